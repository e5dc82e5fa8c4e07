//! Signatures and hashes, with the verdicts that the network has always given.
//!
//! Everything here is a pure function of its input and runs on the calling thread. Gas is the
//! kernel's concern.

use std::sync::LazyLock;

use atoll_keccak::keccak_256;
use blst::min_pk::{PublicKey, Signature};
use blst::{BLST_ERROR, Pairing, blst_fp12, blst_p1_affine, blst_p2_affine};
use fvm_shared::address::{Address, Payload};
use fvm_shared::crypto::signature::{
    BLS_PUB_LEN, BLS_SIG_LEN, SECP_PUB_LEN, SECP_SIG_LEN, SECP_SIG_MESSAGE_HASH_SIZE, SignatureType,
};
use fvm_shared::error::ErrorNumber;
use multihash_codetable::{Code, Multihash, MultihashDigest};
use secp256k1::ecdsa::{RecoverableSignature, RecoveryId};
use secp256k1::{Message, Secp256k1, VerifyOnly};

use crate::error::Refusal;

/// The ciphersuite of the network's BLS signatures: no augmentation, no proof of possession.
const BLS_DOMAIN: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

/// Read without a lock once it is there.
static SECP256K1: LazyLock<Secp256k1<VerifyOnly>> = LazyLock::new(Secp256k1::verification_only);

/// A hash function that actors may call by its multicodec.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFunction {
    /// SHA2-256.
    Sha2_256,
    /// BLAKE2b, 256 bits: the one that names blocks.
    Blake2b256,
    /// BLAKE2b, 512 bits.
    Blake2b512,
    /// Keccak-256, as Ethereum uses it.
    Keccak256,
    /// RIPEMD-160.
    Ripemd160,
}

impl HashFunction {
    /// All of them, in the order of declaration.
    pub const ALL: [Self; 5] = [
        Self::Sha2_256,
        Self::Blake2b256,
        Self::Blake2b512,
        Self::Keccak256,
        Self::Ripemd160,
    ];

    /// The function with this multicodec.
    ///
    /// # Errors
    /// `IllegalArgument` if actors can't call such a function.
    pub fn from_code(code: u64) -> Result<Self, Refusal> {
        Self::ALL
            .into_iter()
            .find(|function| function.code() == code)
            .ok_or_else(|| {
                let words = format!("no hash function has code {code:#x}");
                Refusal::new(ErrorNumber::IllegalArgument, words)
            })
    }

    /// Its multicodec.
    pub const fn code(self) -> u64 {
        match self {
            Self::Sha2_256 => 0x12,
            Self::Blake2b256 => 0xb220,
            Self::Blake2b512 => 0xb240,
            Self::Keccak256 => 0x1b,
            Self::Ripemd160 => 0x1053,
        }
    }

    /// Hashes `data`.
    pub fn digest(self, data: &[u8]) -> Multihash {
        let table = match self {
            Self::Sha2_256 => Code::Sha2_256,
            Self::Blake2b256 => Code::Blake2b256,
            Self::Blake2b512 => Code::Blake2b512,
            Self::Keccak256 => {
                return Multihash::wrap(self.code(), &keccak_256(data))
                    .expect("a multihash has room for 32 bytes");
            }
            Self::Ripemd160 => Code::Ripemd160,
        };
        table.digest(data)
    }
}

/// Whether `signature` is one of `plaintext` by the key behind `signer`.
///
/// A malformed signature, or a kind of signature that this address can't make, is a wrong one.
///
/// # Errors
/// `IllegalArgument` if the address does not name a key at all.
pub fn verify_signature(
    kind: SignatureType,
    signature: &[u8],
    signer: &Address,
    plaintext: &[u8],
) -> Result<bool, Refusal> {
    match (kind, signer.payload()) {
        (SignatureType::Secp256k1, Payload::Secp256k1(_)) => {
            Ok(verify_secp256k1(signature, signer, plaintext))
        }
        (SignatureType::BLS, Payload::BLS(key)) => Ok(signature
            .try_into()
            .is_ok_and(|signature| verify_bls_aggregate(signature, &[*key], &[plaintext]))),
        (_, Payload::Secp256k1(_) | Payload::BLS(_)) => Ok(false),
        _ => {
            let words = format!("{} addresses name no key", signer.protocol());
            Err(Refusal::new(ErrorNumber::IllegalArgument, words))
        }
    }
}

fn verify_secp256k1(signature: &[u8], signer: &Address, plaintext: &[u8]) -> bool {
    let Ok(signature) = <&[u8; SECP_SIG_LEN]>::try_from(signature) else {
        return false;
    };
    let digest = HashFunction::Blake2b256.digest(plaintext);
    let hash = digest
        .digest()
        .try_into()
        .expect("BLAKE2b-256 has 32 bytes");
    let Ok(key) = recover_secp256k1(hash, signature) else {
        return false;
    };
    Address::new_secp256k1(&key).is_ok_and(|recovered| recovered == *signer)
}

/// The uncompressed public key whose owner signed `hash`.
///
/// The signature is r, s and a recovery byte of 0 to 3. A high s is taken as it is: Ethereum's
/// recovery precompile accepts it, so the network does (since the bug fix in all versions).
///
/// # Errors
/// `IllegalArgument` if no key fits the signature.
pub fn recover_secp256k1(
    hash: &[u8; SECP_SIG_MESSAGE_HASH_SIZE],
    signature: &[u8; SECP_SIG_LEN],
) -> Result<[u8; SECP_PUB_LEN], Refusal> {
    let [compact @ .., recovery] = signature;
    RecoveryId::try_from(i32::from(*recovery))
        .and_then(|recovery| RecoverableSignature::from_compact(compact, recovery))
        .and_then(|signature| SECP256K1.recover_ecdsa(Message::from_digest(*hash), &signature))
        .map(|key| key.serialize_uncompressed())
        .map_err(|e| Refusal::new(ErrorNumber::IllegalArgument, format!("no public key: {e}")))
}

/// Cuts the plaintexts of a BLS aggregate, handed in end to end, at their lengths.
///
/// # Errors
/// `IllegalArgument` if the lengths don't add up to the whole.
pub fn split_plaintexts<'a>(mut whole: &'a [u8], lens: &[u32]) -> Result<Vec<&'a [u8]>, Refusal> {
    let mismatch = || {
        Refusal::new(
            ErrorNumber::IllegalArgument,
            "plaintext lengths don't add up",
        )
    };
    let mut plaintexts = Vec::with_capacity(lens.len());
    for &len in lens {
        let (plaintext, rest) = whole.split_at_checked(len as usize).ok_or_else(mismatch)?;
        plaintexts.push(plaintext);
        whole = rest;
    }
    if whole.is_empty() {
        Ok(plaintexts)
    } else {
        Err(mismatch())
    }
}

/// Whether `aggregate` is the sum of one signature by each key of its plaintext.
///
/// Nothing signed by nobody is true, whatever the signature holds. Otherwise the verdict is false
/// unless every point decodes, lies in its subgroup, no key is the identity, and no plaintext
/// occurs twice (against rogue keys: draft-irtf-cfrg-bls-signature, section 3.1).
pub fn verify_bls_aggregate(
    aggregate: &[u8; BLS_SIG_LEN],
    keys: &[[u8; BLS_PUB_LEN]],
    plaintexts: &[&[u8]],
) -> bool {
    if keys.len() != plaintexts.len() {
        return false;
    }
    if keys.is_empty() {
        return true;
    }
    let Ok(aggregate) = Signature::sig_validate(aggregate, false) else {
        return false;
    };
    if !blst::uniq(plaintexts) {
        return false;
    }

    // The library's own aggregate verification runs on a pool of threads shared by the process.
    let mut pairing = Pairing::new(true, BLS_DOMAIN);
    for (key, plaintext) in keys.iter().zip(plaintexts) {
        // Refuses the identity, and points outside the subgroup.
        let Ok(key) = PublicKey::key_validate(key) else {
            return false;
        };
        let key: &blst_p1_affine = (&key).into();
        // The unit stands for "no signature here": the aggregate joins at the end.
        let added = pairing.aggregate(key, false, &(), false, plaintext, &[]);
        if added != BLST_ERROR::BLST_SUCCESS {
            return false;
        }
    }
    pairing.commit();
    let mut target = blst_fp12::default();
    let aggregate: &blst_p2_affine = (&aggregate).into();
    Pairing::aggregated(&mut target, aggregate);
    pairing.finalverify(Some(&target))
}

#[cfg(test)]
mod tests;
