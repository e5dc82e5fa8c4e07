//! DAG-CBOR that is written piece by piece, in its one form.

use cid::Cid;

use crate::ipld_links::CID_TAG;

// Major types.
pub(crate) const UINT: u8 = 0;
pub(crate) const BYTES: u8 = 2;
const TEXT: u8 = 3;
pub(crate) const ARRAY: u8 = 4;
const TAG: u8 = 6;

/// What an item starts with, in its shortest form.
pub(crate) fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend_from_slice(&[major | 24, value as u8]),
        0x100..0x1_0000 => {
            out.push(major | 25);
            out.extend_from_slice(&(value as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            out.push(major | 26);
            out.extend_from_slice(&(value as u32).to_be_bytes());
        }
        _ => {
            out.push(major | 27);
            out.extend_from_slice(&value.to_be_bytes());
        }
    }
}

/// A byte string.
pub(crate) fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    head(out, BYTES, value.len() as u64);
    out.extend_from_slice(value);
}

/// A text.
pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    head(out, TEXT, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

/// A link to a block.
pub(crate) fn link(out: &mut Vec<u8>, cid: &Cid) {
    head(out, TAG, CID_TAG);
    let cid = cid.to_bytes();
    head(out, BYTES, cid.len() as u64 + 1);
    out.push(0);
    out.extend_from_slice(&cid);
}
