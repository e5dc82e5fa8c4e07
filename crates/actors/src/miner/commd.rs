//! Commitments: CommD over a sector's data, CommR over its sealed replica.

use cid::multihash::Multihash;
use cid::{Cid, Version};
use fvm_shared::commcid::{
    FIL_COMMITMENT_SEALED, FIL_COMMITMENT_UNSEALED, POSEIDON_BLS12_381_A1_FC1,
    SHA2_256_TRUNC254_PADDED,
};
use fvm_shared::error::ExitCode;
use fvm_shared::sector::{RegisteredSealProof, SectorSize};
use serde::{Deserialize, Serialize};

use crate::error::{ActorError, OrExit};

/// CommD, or nothing for a sector of zeros: most sectors are, and state is dear (FIP-0041).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CompactCommD(pub Option<Cid>);

impl CompactCommD {
    /// The whole commitment.
    ///
    /// # Errors
    /// 16 if it is compact and the seal proof isn't one of ours.
    pub fn cid(&self, proof: RegisteredSealProof) -> Result<Cid, ActorError> {
        self.0.map_or_else(|| zero_commd(proof), Ok)
    }
}

/// Does this CID look like a CommD?
#[must_use]
pub fn is_unsealed_sector(cid: &Cid) -> bool {
    has_prefix(cid, FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED)
}

/// Does this CID look like a CommR?
#[must_use]
pub fn is_sealed_sector(cid: &Cid) -> bool {
    has_prefix(cid, FIL_COMMITMENT_SEALED, POSEIDON_BLS12_381_A1_FC1)
}

fn has_prefix(cid: &Cid, codec: u64, hash: u64) -> bool {
    cid.version() == Version::V1
        && cid.codec() == codec
        && cid.hash().code() == hash
        && cid.hash().size() == 32
}

/// CommD of a sector of zeros.
fn zero_commd(proof: RegisteredSealProof) -> Result<Cid, ActorError> {
    let size = proof
        .sector_size()
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "sector size")?;
    let hash = Multihash::wrap(SHA2_256_TRUNC254_PADDED, zero_commd_digest(size))
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "a digest of 32 bytes")?;
    Ok(Cid::new_v1(FIL_COMMITMENT_UNSEALED, hash))
}

/// The root of a tree of zeros, by the height that the sector's size gives it.
#[rustfmt::skip]
fn zero_commd_digest(size: SectorSize) -> &'static [u8; 32] {
    match size {
        SectorSize::_2KiB => const { &from_hex(b"fc7e928296e516faade986b28f92d44a4f24b935485223376a799027bc18f833") },
        SectorSize::_8MiB => const { &from_hex(b"65f29e5d98d246c38b388cfc06db1f6b021303c5a289000bdce832a9c3ec421c") },
        SectorSize::_512MiB => const { &from_hex(b"39560e7b13a93b07a243fd2720ffa7cb3e1d2e505ab3629e79f46313512cda06") },
        SectorSize::_32GiB => const { &from_hex(b"077e5fde35c50a9303a55009e3498a4ebedff39c42b710b730d8ec7ac7afa63e") },
        SectorSize::_64GiB => const { &from_hex(b"e64005a6bfe3777953b8ad6ef93f0fca1049b2041654f2a411f7702799cece02") },
    }
}

const fn from_hex(hex: &[u8; 64]) -> [u8; 32] {
    const fn nibble(digit: u8) -> u8 {
        if digit <= b'9' {
            digit - b'0'
        } else {
            digit - b'a' + 10
        }
    }
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        bytes[i] = nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]);
        i += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use multihash_codetable::{Code, MultihashDigest};

    use super::*;

    #[test]
    fn the_table_is_a_tree_of_zeros() {
        let sizes = [
            SectorSize::_2KiB,
            SectorSize::_8MiB,
            SectorSize::_512MiB,
            SectorSize::_32GiB,
            SectorSize::_64GiB,
        ];
        let mut root = [0_u8; 32];
        let mut bytes = 32_u64;
        for size in sizes {
            while bytes < size as u64 {
                let hash = Code::Sha2_256.digest(&[root, root].concat());
                root.copy_from_slice(hash.digest());
                root[31] &= 0x3f;
                bytes *= 2;
            }
            assert_eq!(zero_commd_digest(size), &root, "{size}");
        }
    }
}
