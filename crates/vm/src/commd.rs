//! The commitment to the data of a sector, from the commitments to its pieces.
//!
//! A sector's data is the leaves of a binary tree; a piece is a whole subtree, and what lies
//! between pieces is zero. A valid piece has a power of two of bytes, 128 at least. The checks
//! are those of the network's proofs library, in its units, so that what is refused here is what
//! it refuses. Where its sums would overflow, it panics or wraps around as it was built; here
//! they are refused.

use std::sync::LazyLock;

use cid::Cid;
use fvm_shared::commcid::{Commitment, cid_to_data_commitment_v1, data_commitment_v1_to_cid};
use fvm_shared::error::ErrorNumber;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::RegisteredSealProof;

use crate::crypto::HashFunction;
use crate::error::Refusal;

/// The lengths of gaps that can be filled with zeros, as powers of two.
const GAP_BITS: std::ops::RangeInclusive<u32> = 7..=41;

/// The least that a piece takes, without padding.
const PIECE_DATA_MIN: u64 = 127;

/// The smallest node has two leaves of 32 bytes.
const NODE_BITS: u32 = 6;

/// Commitments to nothing but zeros, by the length as a power of two. A leaf is zero itself.
static ZEROS: LazyLock<[Commitment; 64]> = LazyLock::new(|| {
    let mut zeros = [Commitment::default(); 64];
    for bits in NODE_BITS as usize..zeros.len() {
        zeros[bits] = parent(&zeros[bits - 1], &zeros[bits - 1]);
    }
    zeros
});

/// The CID of a sector's unsealed data.
///
/// Zeros bring each piece to a multiple of its own length, and fill the rest of the sector.
///
/// # Errors
/// `IllegalArgument` if this is not a type of seal, or the pieces are none or don't fit.
pub fn unsealed_sector_cid(
    proof: RegisteredSealProof,
    pieces: &[PieceInfo],
) -> Result<Cid, Refusal> {
    let sector_len = proof
        .sector_size()
        .map_err(|_| refused("not a type of seal"))? as u64;
    let commitment = if pieces.is_empty() {
        ZEROS[sector_len.trailing_zeros() as usize]
    } else {
        root(&lay_out(pieces, sector_len)?)?
    };
    data_commitment_v1_to_cid(&commitment).map_err(refused)
}

/// A subtree, and how much data it holds without padding: 127 bytes of every 128.
#[derive(Clone, Copy)]
struct Subtree {
    data_len: u64,
    commitment: Commitment,
}

impl Subtree {
    fn new(len: u64, commitment: Commitment) -> Self {
        Self {
            data_len: data_len(len),
            commitment,
        }
    }

    /// A subtree of zeros, as large as this one.
    fn zeros_alike(&self) -> Result<Self, Refusal> {
        let bits = self.len()?.trailing_zeros();
        if bits < NODE_BITS {
            return Err(refused("a piece smaller than a node of the tree"));
        }
        let commitment = ZEROS[bits as usize];
        Ok(Self {
            data_len: self.data_len,
            commitment,
        })
    }

    /// Its length, a power of two.
    fn len(&self) -> Result<u64, Refusal> {
        let len = self.data_len.checked_add(self.data_len / 127);
        len.filter(|len| len.is_power_of_two())
            .ok_or_else(|| refused("the length of a piece is not a power of two"))
    }
}

fn data_len(len: u64) -> u64 {
    len - len / 128
}

/// Pieces and the zeros between and after them.
fn lay_out(pieces: &[PieceInfo], sector_len: u64) -> Result<Vec<Subtree>, Refusal> {
    let mut subtrees = Vec::with_capacity(pieces.len());
    let mut end = 0;
    for piece in pieces {
        end = fill_gap(&mut subtrees, end, piece.size.0)?;
        let commitment = cid_to_data_commitment_v1(&piece.cid).map_err(refused)?;
        subtrees.push(Subtree::new(piece.size.0, commitment));
        end = add(end, piece.size.0)?;
    }
    fill_gap(&mut subtrees, end, sector_len)?;

    if subtrees.len() as u64 > data_len(sector_len) / PIECE_DATA_MIN {
        return Err(refused("too many pieces"));
    }
    let len = subtrees
        .iter()
        .try_fold(0, |sum, subtree| add(sum, subtree.len()?))?;
    if len > sector_len {
        return Err(refused("the pieces don't fit into the sector"));
    }
    Ok(subtrees)
}

/// Adds zeros, smallest subtree first, up to the next multiple of `alignment`; returns the end.
fn fill_gap(subtrees: &mut Vec<Subtree>, end: u64, alignment: u64) -> Result<u64, Refusal> {
    let mut gap = end
        .wrapping_neg()
        .checked_rem(alignment)
        .ok_or_else(|| refused("an empty piece"))?;
    let aligned = add(end, gap)?;
    while gap > 0 {
        let bits = gap.trailing_zeros();
        if !GAP_BITS.contains(&bits) {
            return Err(refused("no zeros fill the gap between pieces"));
        }
        subtrees.push(Subtree::new(1 << bits, ZEROS[bits as usize]));
        gap ^= 1 << bits;
    }
    Ok(aligned)
}

/// Joins neighbours of equal length until one subtree is left; zeros help where one is missing.
fn root(subtrees: &[Subtree]) -> Result<Commitment, Refusal> {
    let mut stack = Vec::new();
    for subtree in subtrees {
        while let Some(top) = stack
            .last()
            .filter(|top: &&Subtree| top.data_len < subtree.data_len)
        {
            let zeros = top.zeros_alike()?;
            push(&mut stack, zeros)?;
        }
        push(&mut stack, *subtree)?;
    }
    loop {
        match stack.as_slice() {
            [root] => return Ok(root.commitment),
            [.., top] => {
                let zeros = top.zeros_alike()?;
                push(&mut stack, zeros)?;
            }
            [] => return Err(refused("no pieces")),
        }
    }
}

fn push(stack: &mut Vec<Subtree>, mut subtree: Subtree) -> Result<(), Refusal> {
    while let Some(left) = stack.pop_if(|top| top.data_len == subtree.data_len) {
        subtree = Subtree {
            data_len: add(left.data_len, subtree.data_len)?,
            commitment: parent(&left.commitment, &subtree.commitment),
        };
    }
    stack.push(subtree);
    Ok(())
}

/// SHA-256, cut to 254 bits so that it fits a field element.
fn parent(left: &Commitment, right: &Commitment) -> Commitment {
    let mut children = [0; 64];
    children[..32].copy_from_slice(left);
    children[32..].copy_from_slice(right);
    let hash = HashFunction::Sha2_256.digest(&children);
    let mut parent: Commitment = hash.digest().try_into().expect("SHA-256 has 32 bytes");
    parent[31] &= 0x3f;
    parent
}

fn add(a: u64, b: u64) -> Result<u64, Refusal> {
    a.checked_add(b)
        .ok_or_else(|| refused("the pieces don't fit into any sector"))
}

fn refused(words: &'static str) -> Refusal {
    Refusal::new(ErrorNumber::IllegalArgument, words)
}

#[cfg(test)]
mod tests;
