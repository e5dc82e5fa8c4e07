//! The hashes, which are real, and the CommD, which is not.

use cid::Cid;
use fvm_shared::commcid::{FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED};
use fvm_shared::crypto::hash::SupportedHashes;
use fvm_shared::piece::PieceInfo;
use multihash_codetable::{Code, Multihash, MultihashDigest};

use crate::adt::MapKey;

/// Hashes as the network does.
pub(super) fn hash(hash: SupportedHashes, data: &[u8]) -> Vec<u8> {
    let code = match hash {
        SupportedHashes::Sha2_256 => Code::Sha2_256,
        SupportedHashes::Blake2b256 => Code::Blake2b256,
        SupportedHashes::Blake2b512 => Code::Blake2b512,
        SupportedHashes::Keccak256 => Code::Keccak256,
        SupportedHashes::Ripemd160 => Code::Ripemd160,
    };
    code.digest(data).digest().to_vec()
}

/// A CommD that tells proofs and pieces apart, no more.
pub(super) fn fake_commd(proof: i64, pieces: &[PieceInfo]) -> Cid {
    let mut bytes = proof.to_bytes();
    for piece in pieces {
        bytes.extend(piece.cid.to_bytes());
        bytes.extend(piece.size.0.to_bytes());
    }
    let digest = Code::Sha2_256.digest(&bytes);
    let hash = Multihash::wrap(SHA2_256_TRUNC254_PADDED, digest.digest()).expect("32 bytes");
    Cid::new_v1(FIL_COMMITMENT_UNSEALED, hash)
}
