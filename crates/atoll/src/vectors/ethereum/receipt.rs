//! What a block's header says of its receipts: a root and a Bloom filter.
//!
//! With one transaction in a block, the root is the hash of a tree of one leaf: it vouches for
//! the transaction's success and every byte of its logs.

use fvm_shared::event::StampedEvent;
use multihash_codetable::{Code, MultihashDigest};

/// A log as Ethereum knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Who emitted it.
    pub address: [u8; 20],
    /// What it can be found by.
    pub topics: Vec<[u8; 32]>,
    /// The rest.
    pub data: Vec<u8>,
}

impl Log {
    /// Reads a contract's event (FIP-0054); `None` if it is none.
    #[must_use]
    pub fn from_event(address: [u8; 20], stamped: &StampedEvent) -> Option<Self> {
        let mut log = Self {
            address,
            topics: Vec::new(),
            data: Vec::new(),
        };
        for entry in &stamped.event.entries {
            match entry.key.as_str() {
                "t1" | "t2" | "t3" | "t4" => {
                    log.topics.push(entry.value.as_slice().try_into().ok()?)
                }
                "d" => log.data.clone_from(&entry.value),
                _ => return None,
            }
        }
        Some(log)
    }

    fn rlp(&self) -> Vec<u8> {
        let topics: Vec<_> = self.topics.iter().map(|topic| rlp_bytes(topic)).collect();
        rlp_list(&[
            rlp_bytes(&self.address),
            rlp_list(&topics),
            rlp_bytes(&self.data),
        ])
    }
}

/// The Bloom filter of some logs: each address and topic sets three of 2048 bits.
#[must_use]
pub fn bloom(logs: &[Log]) -> [u8; 256] {
    let mut filter = [0; 256];
    for log in logs {
        let topics = log.topics.iter().map(<[u8; 32]>::as_slice);
        for item in topics.chain([log.address.as_slice()]) {
            let hash = keccak(item);
            for pair in hash[..6].chunks_exact(2) {
                let bit = usize::from(u16::from_be_bytes([pair[0], pair[1]]) % 2048);
                filter[255 - bit / 8] |= 1 << (bit % 8);
            }
        }
    }
    filter
}

/// The hash of some logs, as virtual machine tests give it.
#[must_use]
pub fn logs_hash(logs: &[Log]) -> [u8; 32] {
    keccak(&rlp_logs(logs))
}

/// The receipts' root of a block with one transaction.
#[must_use]
pub fn single_receipt_root(kind: u8, success: bool, gas_used: u64, logs: &[Log]) -> [u8; 32] {
    let receipt = rlp_list(&[
        rlp_number(success.into()),
        rlp_number(gas_used),
        rlp_bytes(&bloom(logs)),
        rlp_logs(logs),
    ]);
    // EIP-2718: the types newer than the first are put in front.
    let receipt = match kind {
        0 => receipt,
        kind => [vec![kind], receipt].concat(),
    };
    // The key is the index zero as RLP, 0x80, behind the mark of a leaf with a path of even length.
    const PATH: [u8; 2] = [0x20, 0x80];
    keccak(&rlp_list(&[rlp_bytes(&PATH), rlp_bytes(&receipt)]))
}

fn rlp_logs(logs: &[Log]) -> Vec<u8> {
    let logs: Vec<_> = logs.iter().map(Log::rlp).collect();
    rlp_list(&logs)
}

/// A number as RLP: the bytes that it has.
pub(super) fn rlp_number(number: u64) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    rlp_bytes(&bytes[number.leading_zeros() as usize / 8..])
}

/// Bytes as RLP.
pub(super) fn rlp_bytes(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [byte] if *byte < 0x80 => vec![*byte],
        _ => with_length(0x80, bytes),
    }
}

/// A list of what is RLP already.
pub(super) fn rlp_list(items: &[Vec<u8>]) -> Vec<u8> {
    with_length(0xc0, &items.concat())
}

fn with_length(base: u8, body: &[u8]) -> Vec<u8> {
    /// Lengths up to this one are part of the first byte.
    const SHORT: usize = 55;
    let mut encoded = Vec::with_capacity(body.len() + 9);
    if body.len() <= SHORT {
        encoded.push(base + body.len() as u8);
    } else {
        let length = (body.len() as u64).to_be_bytes();
        let length = &length[(body.len() as u64).leading_zeros() as usize / 8..];
        encoded.push(base + SHORT as u8 + length.len() as u8);
        encoded.extend_from_slice(length);
    }
    encoded.extend_from_slice(body);
    encoded
}

/// Keccak-256.
#[must_use]
pub fn keccak(data: &[u8]) -> [u8; 32] {
    let hash = Code::Keccak256.digest(data);
    hash.digest().try_into().expect("Keccak-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_logs_have_a_known_hash() {
        assert_eq!(
            hex::encode(logs_hash(&[])),
            "1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"
        );
    }

    #[test]
    fn lengths_are_short_or_long() {
        assert_eq!(rlp_bytes(&[0x7f]), [0x7f]);
        assert_eq!(rlp_bytes(&[0x80]), [0x81, 0x80]);
        assert_eq!(rlp_number(0), [0x80]);
        assert_eq!(rlp_number(0x400), [0x82, 4, 0]);
        assert_eq!(rlp_bytes(&[0; 55])[..1], [0xb7]);
        assert_eq!(rlp_bytes(&[0; 56])[..2], [0xb8, 56]);
        assert_eq!(rlp_list(&[vec![1; 1024]])[..3], [0xf9, 4, 0]);
    }

    /// From the header of ethereum/tests' `CREATE_EmptyContract_d0g0v0_Cancun`.
    #[test]
    fn the_root_of_one_receipt() {
        assert_eq!(
            hex::encode(single_receipt_root(0, true, 0x01_d21f, &[])),
            "5359685cfdda17dbbf6000ff3628ecda5a5869ccecbc567fc7980c729565f07c"
        );
    }
}
