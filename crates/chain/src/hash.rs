//! Thirty-two bytes that name a block or a message, as Ethereum's tools see them.

use std::fmt;

use cid::Cid;
use fvm_ipld_encoding::{DAG_CBOR, strict_bytes};
use multihash_codetable::{Code, MultihashDigest};
use serde::{Deserialize, Serialize};

/// A hash: that of an Ethereum transaction, or the digest of a CID.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hash(#[serde(with = "strict_bytes")] pub [u8; 32]);

impl Hash {
    /// The digest of a CID. All CIDs of a chain have 32 bytes of digest; another is hashed.
    #[must_use]
    pub fn of_cid(cid: &Cid) -> Self {
        let digest = cid.hash().digest();
        Self(digest.try_into().unwrap_or_else(|_| {
            let again = Code::Blake2b256.digest(&cid.to_bytes());
            again.digest().try_into().expect("blake2b-256 has 32 bytes")
        }))
    }

    /// The CID of the DAG-CBOR block with this digest (blake2b-256, as all of a chain's are).
    #[must_use]
    pub fn to_cid(self) -> Cid {
        let hash = multihash_codetable::Multihash::wrap(Code::Blake2b256.into(), &self.0);
        Cid::new_v1(DAG_CBOR, hash.expect("32 bytes fit a multihash"))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("0x")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
