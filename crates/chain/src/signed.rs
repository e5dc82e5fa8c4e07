//! Messages with their signatures, and the names they go by.

use std::sync::Arc;

use atoll_actors::evm::EthAddress;
use atoll_vm::crypto::{HashFunction, recover_secp256k1, verify_signature};
use cid::Cid;
use fvm_ipld_encoding::{DAG_CBOR, strict_bytes};
use fvm_shared::address::Protocol;
use fvm_shared::crypto::signature::SignatureType;
use fvm_shared::message::Message;
use multihash_codetable::{Code, MultihashDigest};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::eth_tx::{EthTx, EthTxError};
use crate::hash::Hash;

/// What kind of signature it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureKind {
    /// Of an f1 address, over the CID of the message.
    Secp256k1,
    /// Of an f3 address, over the CID of the message.
    Bls,
    /// Of an f410 address, over the Ethereum transaction that the message was (FIP-0055).
    Delegated,
}

impl SignatureKind {
    /// The number that the network gives it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Secp256k1 => 1,
            Self::Bls => 2,
            Self::Delegated => 3,
        }
    }

    /// The kind with this number.
    #[must_use]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Secp256k1),
            2 => Some(Self::Bls),
            3 => Some(Self::Delegated),
            _ => None,
        }
    }
}

/// A signature. Its CBOR is one byte string: the number of its kind, then its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its kind.
    pub kind: SignatureKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = Vec::with_capacity(self.bytes.len() + 1);
        bytes.push(self.kind.number());
        bytes.extend_from_slice(&self.bytes);
        strict_bytes::Serialize::serialize(&bytes, serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: Vec<u8> = strict_bytes::Deserialize::deserialize(deserializer)?;
        let (number, bytes) = bytes
            .split_first()
            .ok_or_else(|| D::Error::custom("a signature without a kind"))?;
        let kind = SignatureKind::from_number(*number)
            .ok_or_else(|| D::Error::custom(format!("no kind of signature is {number}")))?;
        Ok(Self {
            kind,
            bytes: bytes.to_vec(),
        })
    }
}

/// A message as its sender hands it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SignedMessage {
    /// The message.
    pub message: Message,
    /// Its signature.
    pub signature: Signature,
}

impl SignedMessage {
    /// The CID of the message on chain: with its signature, except that BLS signatures are
    /// aggregated and so not part of it.
    #[must_use]
    pub fn cid(&self) -> Cid {
        match self.signature.kind {
            SignatureKind::Bls => message_cid(&self.message),
            SignatureKind::Secp256k1 | SignatureKind::Delegated => cid_of(self),
        }
    }

    /// How many bytes it takes on chain, which is what inclusion is charged for.
    #[must_use]
    pub fn chain_length(&self) -> usize {
        match self.signature.kind {
            SignatureKind::Bls => cbor(&self.message).len(),
            SignatureKind::Secp256k1 | SignatureKind::Delegated => cbor(self).len(),
        }
    }
}

/// The CID of a message without its signature.
#[must_use]
pub fn message_cid(message: &Message) -> Cid {
    cid_of(message)
}

/// The CID of a value as a DAG-CBOR block.
pub(crate) fn cid_of(value: &impl Serialize) -> Cid {
    Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&cbor(value)))
}

/// A value that we made ourselves, as CBOR.
pub(crate) fn cbor(value: &impl Serialize) -> Vec<u8> {
    fvm_ipld_encoding::to_vec(value).expect("messages and headers always encode")
}

/// Why a message is not what its sender signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The signature is another's, or of another message.
    #[error("the signature is not one of {from} over this message")]
    Wrong {
        /// Who should have signed.
        from: String,
    },
    /// Addresses of this kind sign nothing.
    #[error("{from} is no address that can sign; use f1, f3 or f410")]
    NoKey {
        /// Who should have signed.
        from: String,
    },
    /// A delegated signature over a message that no Ethereum transaction can be.
    #[error("a message with a delegated signature must be an Ethereum transaction: {0}")]
    NotEthereum(#[from] EthTxError),
}

/// A message whose signature was checked, with the names it goes by. Checking is dear, so it is
/// done once, before the message meets any lock.
#[derive(Clone, Debug)]
pub struct CheckedMessage {
    /// The message.
    pub signed: SignedMessage,
    /// Its CID on chain.
    pub cid: Cid,
    /// The CID of the message without its signature.
    pub message_cid: Cid,
    /// Its Ethereum hash: that of the transaction, or the digest of the CID.
    pub eth_hash: Hash,
    /// How many bytes it takes on chain.
    pub chain_length: usize,
    /// Was it put in without a signature, in the name of its sender?
    pub impersonated: bool,
}

impl CheckedMessage {
    /// Checks the signature.
    pub fn new(signed: SignedMessage, chain_id: u64) -> Result<Arc<Self>, SignatureError> {
        let from = signed.message.from;
        let message_cid = message_cid(&signed.message);
        let wrong = || SignatureError::Wrong {
            from: from.to_string(),
        };
        let mut eth_hash = None;
        match (signed.signature.kind, from.protocol()) {
            (SignatureKind::Delegated, Protocol::Delegated) => {
                let tx = EthTx::from_signed(&signed, chain_id)?;
                if tx.sender()?.to_f410() != from {
                    return Err(wrong());
                }
                eth_hash = Some(tx.hash());
            }
            (SignatureKind::Secp256k1, Protocol::Secp256k1)
            | (SignatureKind::Bls, Protocol::BLS) => {
                let kind = match signed.signature.kind {
                    SignatureKind::Bls => SignatureType::BLS,
                    _ => SignatureType::Secp256k1,
                };
                let bytes = &signed.signature.bytes;
                match verify_signature(kind, bytes, &from, &message_cid.to_bytes()) {
                    Ok(true) => {}
                    Ok(false) | Err(_) => return Err(wrong()),
                }
            }
            (_, Protocol::ID | Protocol::Actor) => {
                return Err(SignatureError::NoKey {
                    from: from.to_string(),
                });
            }
            _ => return Err(wrong()),
        }
        Ok(Self::name(signed, message_cid, eth_hash, false))
    }

    /// Decodes and checks an Ethereum transaction.
    pub fn from_eth(raw: &[u8], chain_id: u64) -> Result<Arc<Self>, EthTxError> {
        let tx = EthTx::decode(raw, chain_id)?;
        let hash = tx.hash();
        let signed = tx.to_signed(tx.sender()?);
        let message_cid = message_cid(&signed.message);
        Ok(Self::name(signed, message_cid, Some(hash), false))
    }

    /// A message in the name of its sender, who has not signed it. Its signature is made up of
    /// the sender's address, so that equal messages of different senders have different hashes.
    #[must_use]
    pub fn impersonated(message: Message, chain_id: u64) -> Arc<Self> {
        let mut bytes = vec![0; 65];
        let from = message.from.to_bytes();
        let shown = from.len().min(64);
        bytes[64 - shown..64].copy_from_slice(&from[..shown]);
        bytes[0] = 1;
        let signed = SignedMessage {
            message,
            signature: Signature {
                kind: SignatureKind::Delegated,
                bytes,
            },
        };
        let hash = EthTx::from_signed(&signed, chain_id).map(|tx| tx.hash());
        let message_cid = message_cid(&signed.message);
        Self::name(signed, message_cid, hash.ok(), true)
    }

    /// A message read back from a chain that has checked it before.
    pub(crate) fn trusted(signed: SignedMessage, chain_id: u64, impersonated: bool) -> Arc<Self> {
        let message_cid = message_cid(&signed.message);
        let eth_hash = match signed.signature.kind {
            SignatureKind::Delegated => EthTx::from_signed(&signed, chain_id).ok(),
            SignatureKind::Secp256k1 | SignatureKind::Bls => None,
        };
        Self::name(
            signed,
            message_cid,
            eth_hash.map(|tx| tx.hash()),
            impersonated,
        )
    }

    fn name(
        signed: SignedMessage,
        message_cid: Cid,
        eth_hash: Option<Hash>,
        impersonated: bool,
    ) -> Arc<Self> {
        let cid = signed.cid();
        Arc::new(Self {
            eth_hash: eth_hash.unwrap_or_else(|| Hash::of_cid(&cid)),
            chain_length: signed.chain_length(),
            cid,
            message_cid,
            signed,
            impersonated,
        })
    }

    /// The message itself.
    #[must_use]
    pub fn message(&self) -> &Message {
        &self.signed.message
    }
}

/// Whose Ethereum key signed this digest.
///
/// The recovery byte is 0 or 1. `None` if no key fits.
pub(crate) fn recover_eth(digest: &Hash, signature: &[u8; 65]) -> Option<EthAddress> {
    let key = recover_secp256k1(&digest.0, signature).ok()?;
    Some(eth_address_of(&key))
}

/// The Ethereum address of an uncompressed public key.
pub(crate) fn eth_address_of(key: &[u8; 65]) -> EthAddress {
    let hash = keccak256(&key[1..]);
    let (_, tail) = hash.0.split_first_chunk::<12>().expect("32 bytes");
    EthAddress(tail.try_into().expect("20 of 32 bytes are left"))
}

/// Ethereum's hash.
pub(crate) fn keccak256(data: &[u8]) -> Hash {
    let digest = HashFunction::Keccak256.digest(data);
    Hash(digest.digest().try_into().expect("keccak-256 has 32 bytes"))
}
