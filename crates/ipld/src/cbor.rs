//! As much of DAG-CBOR as it takes to write a block piece by piece, in its one form, and to find the
//! borders of what is in a node.

use cid::Cid;

use crate::error::Error;

/// Major type: a number that is not negative.
pub const UINT: u8 = 0;
/// Major type: a byte string.
pub const BYTES: u8 = 2;
/// Major type: a text.
pub const TEXT: u8 = 3;
/// Major type: a list.
pub const ARRAY: u8 = 4;
/// Major type: a map.
pub const MAP: u8 = 5;
/// Major type: a tag.
pub const TAG: u8 = 6;

/// The tag of a link.
const CID_TAG: u64 = 42;

/// What an item starts with, in its shortest form.
#[inline]
pub fn head(out: &mut Vec<u8>, major: u8, value: u64) {
    let major = major << 5;
    match value {
        0..24 => out.push(major | value as u8),
        24..0x100 => out.extend_from_slice(&[major | 24, value as u8]),
        _ => long_head(out, major, value),
    }
}

/// One that takes more than two bytes, as few items in a node do.
#[inline(never)]
fn long_head(out: &mut Vec<u8>, major: u8, value: u64) {
    match value {
        0..0x1_0000 => {
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
#[inline]
pub fn bytes(out: &mut Vec<u8>, value: &[u8]) {
    head(out, BYTES, value.len() as u64);
    out.extend_from_slice(value);
}

/// A text.
#[inline]
pub fn text(out: &mut Vec<u8>, value: &str) {
    head(out, TEXT, value.len() as u64);
    out.extend_from_slice(value.as_bytes());
}

/// A link to a block.
pub fn link(out: &mut Vec<u8>, cid: &Cid) {
    head(out, TAG, CID_TAG);
    let cid = cid.to_bytes();
    head(out, BYTES, cid.len() as u64 + 1);
    out.push(0);
    out.extend_from_slice(&cid);
}

/// Finds the borders of items.
pub(crate) struct Reader<'b> {
    data: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(data: &'b [u8]) -> Self {
        Self::new_at(data, 0)
    }

    /// Begins so many bytes into the data.
    pub(crate) fn new_at(data: &'b [u8], at: usize) -> Self {
        Self { data, at }
    }

    /// How many bytes are behind it.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn take(&mut self, count: u64) -> Result<&'b [u8], Error> {
        let data = self.data;
        let rest = &data[self.at..];
        let count = usize::try_from(count)
            .ok()
            .filter(|count| *count <= rest.len());
        let count = count.ok_or_else(|| Error::Corrupt("a node ends too early"))?;
        self.at += count;
        Ok(&rest[..count])
    }

    /// The major type and the value in which an item begins.
    pub(crate) fn head(&mut self) -> Result<(u8, u64), Error> {
        let first = self.take(1)?[0];
        let value = match first & 0x1f {
            value @ 0..24 => u64::from(value),
            size @ 24..28 => {
                let bytes = self.take(1 << (size - 24))?;
                bytes
                    .iter()
                    .fold(0, |value, byte| value << 8 | u64::from(*byte))
            }
            _ => return Err(Error::Corrupt("an item has no length")),
        };
        Ok((first >> 5, value))
    }

    /// A byte string.
    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], Error> {
        match self.head()? {
            (BYTES, len) => self.take(len),
            _ => Err(Error::Corrupt("a byte string is missing")),
        }
    }

    /// An item, with all inside it.
    pub(crate) fn item(&mut self) -> Result<&'b [u8], Error> {
        let start = self.at;
        self.skip(1)?;
        Ok(&self.data[start..self.at])
    }

    /// A byte string of up to eight bytes: the bits of a node.
    pub(crate) fn bitmap(&mut self) -> Result<&'b [u8], Error> {
        let (BYTES, len @ 0..=8) = self.head()? else {
            return Err(Error::Corrupt("a bitmap is no byte string, or too long"));
        };
        self.take(len)
    }

    /// Goes past so many items and all inside them.
    pub(crate) fn skip(&mut self, items: u64) -> Result<(), Error> {
        let mut left = items;
        while left > 0 {
            let (major, value) = self.head()?;
            let inside = match major {
                BYTES | TEXT => {
                    self.take(value)?;
                    0
                }
                ARRAY => value,
                MAP => value.saturating_mul(2),
                TAG => 1,
                _ => 0,
            };
            left = (left - 1)
                .checked_add(inside)
                .ok_or_else(|| Error::Corrupt("a value has too many items"))?;
        }
        Ok(())
    }
}
