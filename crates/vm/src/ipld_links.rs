//! Finds the links in a block, and thereby checks that it is well-formed CBOR (FIP-0071).

use cid::Cid;
use fvm_ipld_encoding::{CBOR, DAG_CBOR, IPLD_RAW};
use fvm_shared::IDENTITY_HASH;
use fvm_shared::commcid::{FIL_COMMITMENT_SEALED, FIL_COMMITMENT_UNSEALED};
use fvm_shared::error::ErrorNumber;
use multihash_codetable::Multihash;

use crate::blocks::LinkRules;
use crate::crypto::HashFunction;
use crate::error::{Refusal, SyscallError};
use crate::gas::{Charge, Gas, GasTracker, OutOfGas};
use crate::price::PriceList;

/// The links of a block that count for reachability, in the order in which they occur.
///
/// Only DAG-CBOR has links. Commitments to sectors and pieces don't count: they name no blocks.
/// Blocks inlined in a CID don't count either, but the links in them do. Up to nv20 nothing is
/// looked at, and nothing charged.
///
/// # Cost
/// `scan_field` for each CBOR header and `scan_cid` for each CID, as far as the scan got.
///
/// # Errors
/// `Serialization` if the block is malformed, `NotFound` if it links to a block that can't exist
/// here, `IllegalCodec` if blocks can't have this format.
pub fn scan(
    rules: LinkRules,
    codec: u64,
    data: &[u8],
    prices: &PriceList,
    gas: &mut GasTracker,
) -> Result<Vec<Cid>, SyscallError> {
    if rules == LinkRules::Trusted {
        return Ok(Vec::new());
    }
    let available = gas.available();
    let mut scan = Scan {
        per_field: prices.scan_field,
        per_cid: prices.scan_cid,
        left: available,
        links: Vec::new(),
        unfindable: Unfindable::Refused,
    };
    let outcome = scan.block(codec, data);
    gas.charge(Charge::compute("OnScanIpldLinks", available - scan.left))?;
    outcome?;
    Ok(scan.links)
}

/// The links to follow when a block that was accepted before is written to disk. Free.
///
/// What can't be followed is passed over: up to nv20 blocks were accepted as they came.
pub(crate) fn links_of_accepted(codec: u64, data: &[u8]) -> Vec<Cid> {
    let mut scan = Scan {
        per_field: Gas::ZERO,
        per_cid: Gas::ZERO,
        left: Gas::ZERO,
        links: Vec::new(),
        unfindable: Unfindable::PassedOver,
    };
    // A block that ends early has no more links.
    scan.block(codec, data).ok();
    scan.links
}

/// May any block hold this CID, whatever blocks there are? So it is with commitments to sectors
/// and pieces, and with data inlined in the CID that has no links itself. Free.
#[must_use]
pub fn names_no_block(cid: &Cid) -> bool {
    let mut scan = Scan {
        per_field: Gas::ZERO,
        per_cid: Gas::ZERO,
        left: Gas::ZERO,
        links: Vec::new(),
        unfindable: Unfindable::Refused,
    };
    scan.link(*cid).is_ok() && scan.links.is_empty()
}

struct Scan {
    per_field: Gas,
    per_cid: Gas,
    left: Gas,
    links: Vec<Cid>,
    unfindable: Unfindable,
}

/// What becomes of a link to a block that can't exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unfindable {
    Refused,
    PassedOver,
}

impl Scan {
    fn block(&mut self, codec: u64, data: &[u8]) -> Result<(), SyscallError> {
        match codec {
            DAG_CBOR => self.dag_cbor(data),
            CBOR | IPLD_RAW => Ok(()),
            _ => Err(Refusal::new(
                ErrorNumber::IllegalCodec,
                format!("blocks can't have codec {codec:#x}"),
            )
            .into()),
        }
    }

    /// Walks over one CBOR item and all inside it. The nesting needs no stack: only the number
    /// of items still to come matters.
    fn dag_cbor(&mut self, mut data: &[u8]) -> Result<(), SyscallError> {
        let mut items_left: u64 = 1;
        while items_left > 0 {
            items_left -= 1;
            self.spend(self.per_field)?;
            let header = Header::read(&mut data)?;
            match header.major {
                Major::Unsigned | Major::Negative | Major::Other => {}
                Major::Bytes | Major::Text => {
                    take(&mut data, header.value)?;
                }
                Major::Array => items_left = add_items(items_left, Some(header.value))?,
                Major::Map => items_left = add_items(items_left, header.value.checked_mul(2))?,
                Major::Tag if header.value == CID_TAG => {
                    self.spend(self.per_cid)?;
                    let cid = read_cid(&mut data)?;
                    self.link(cid)?;
                }
                // The tagged item follows.
                Major::Tag => items_left += 1,
            }
        }
        if data.is_empty() {
            Ok(())
        } else {
            Err(malformed("bytes after the CBOR item").into())
        }
    }

    fn link(&mut self, cid: Cid) -> Result<(), SyscallError> {
        let (codec, hash) = (cid.codec(), cid.hash());
        if codec == FIL_COMMITMENT_SEALED || codec == FIL_COMMITMENT_UNSEALED {
            return Ok(());
        }
        if !crate::blocks::CODECS.contains(&codec) {
            return self.unfindable(&cid);
        }
        if hash.code() == IDENTITY_HASH {
            // A digest has at most 64 bytes, and each level takes several: this ends soon.
            return self.block(codec, hash.digest());
        }
        if hash.code() != HashFunction::Blake2b256.code() || hash.size() != 32 {
            return self.unfindable(&cid);
        }
        self.links.push(cid);
        Ok(())
    }

    fn unfindable(&self, cid: &Cid) -> Result<(), SyscallError> {
        match self.unfindable {
            Unfindable::Refused => Err(unfindable(cid).into()),
            Unfindable::PassedOver => Ok(()),
        }
    }

    fn spend(&mut self, price: Gas) -> Result<(), OutOfGas> {
        if self.left < price {
            self.left = Gas::ZERO;
            return Err(OutOfGas);
        }
        self.left = self.left - price;
        Ok(())
    }
}

/// The tag that makes a byte string a CID.
pub(crate) const CID_TAG: u64 = 42;

pub(crate) enum Major {
    Unsigned,
    Negative,
    Bytes,
    Text,
    Array,
    Map,
    Tag,
    Other,
}

/// What every CBOR item starts with: its major type and one number.
pub(crate) struct Header {
    pub(crate) major: Major,
    pub(crate) value: u64,
}

impl Header {
    pub(crate) fn read(data: &mut &[u8]) -> Result<Self, Refusal> {
        let truncated = || malformed("a CBOR header is cut off");
        let (&first, rest) = data.split_first().ok_or_else(truncated)?;
        *data = rest;
        let value = match first & 0x1f {
            small @ ..=23 => u64::from(small),
            length @ 24..=27 => {
                let (number, rest) = data
                    .split_at_checked(1 << (length - 24))
                    .ok_or_else(truncated)?;
                *data = rest;
                number
                    .iter()
                    .fold(0, |value, byte| value << 8 | u64::from(*byte))
            }
            // Reserved, or of indefinite length.
            _ => return Err(malformed("a CBOR header of no definite length")),
        };
        let major = match first >> 5 {
            0 => Major::Unsigned,
            1 => Major::Negative,
            2 => Major::Bytes,
            3 => Major::Text,
            4 => Major::Array,
            5 => Major::Map,
            6 => Major::Tag,
            _ => Major::Other,
        };
        Ok(Self { major, value })
    }
}

pub(crate) fn take<'a>(data: &mut &'a [u8], len: u64) -> Result<&'a [u8], Refusal> {
    let taken = usize::try_from(len)
        .ok()
        .and_then(|len| data.split_at_checked(len));
    let (taken, rest) = taken.ok_or_else(|| malformed("a CBOR string is cut off"))?;
    *data = rest;
    Ok(taken)
}

fn add_items(items: u64, more: Option<u64>) -> Result<u64, Refusal> {
    more.and_then(|more| items.checked_add(more))
        .ok_or_else(|| malformed("too many CBOR items"))
}

/// The byte string that follows the tag of a CID.
pub(crate) fn read_cid(data: &mut &[u8]) -> Result<Cid, Refusal> {
    let header = Header::read(data)?;
    if !matches!(header.major, Major::Bytes) {
        return Err(malformed("a CID is not a byte string"));
    }
    let [0, cid @ ..] = take(data, header.value)? else {
        return Err(malformed("a CID does not start with a zero byte"));
    };
    parse_cid(cid)
}

/// The CID that fills `bytes`.
fn parse_cid(bytes: &[u8]) -> Result<Cid, Refusal> {
    // Nearly all links have this one form: version 1, a short codec, BLAKE2b-256.
    const BLAKE2B_256: [u8; 4] = [0xa0, 0xe4, 0x02, 32];
    if let [1, codec @ ..0x80, a, b, c, d, digest @ ..] = bytes
        && [*a, *b, *c, *d] == BLAKE2B_256
        && digest.len() == 32
    {
        let hash = Multihash::wrap(HashFunction::Blake2b256.code(), digest)
            .expect("32 bytes are not too long");
        return Ok(Cid::new_v1(u64::from(*codec), hash));
    }
    let mut rest = bytes;
    let cid = Cid::read_bytes(&mut rest).map_err(|e| malformed(format!("not a CID: {e}")))?;
    if rest.is_empty() {
        Ok(cid)
    } else {
        Err(malformed("bytes after a CID"))
    }
}

#[cold]
fn malformed(words: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorNumber::Serialization, words)
}

#[cold]
fn unfindable(cid: &Cid) -> Refusal {
    let (codec, hash) = (cid.codec(), cid.hash());
    let words = format!(
        "no block can be linked to by codec {codec:#x}, hash {:#x} of {} bytes",
        hash.code(),
        hash.size()
    );
    Refusal::new(ErrorNumber::NotFound, words)
}

#[cfg(test)]
mod tests;
