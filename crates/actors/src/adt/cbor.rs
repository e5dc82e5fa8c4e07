//! As much of DAG-CBOR as it takes to find the borders of what is in a node.

use crate::error::ActorError;

// Major types of CBOR.
pub(super) const UINT: u8 = 0;
pub(super) const BYTES: u8 = 2;
const TEXT: u8 = 3;
pub(super) const ARRAY: u8 = 4;
const MAP: u8 = 5;
pub(super) const TAG: u8 = 6;

/// A collection is not what the network's format says.
pub(super) fn corrupt(words: &str) -> ActorError {
    ActorError::illegal_state(words)
}

/// What a CBOR item starts with, in its shortest form.
pub(super) fn head(out: &mut Vec<u8>, major: u8, value: u64) {
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

/// Finds the borders of items in CBOR.
pub(super) struct Reader<'b> {
    data: &'b [u8],
    at: usize,
}

impl<'b> Reader<'b> {
    pub(super) fn new(data: &'b [u8]) -> Self {
        Self::new_at(data, 0)
    }

    /// Begins so many bytes into the data.
    pub(super) fn new_at(data: &'b [u8], at: usize) -> Self {
        Self { data, at }
    }

    /// How many bytes are behind it.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    fn take(&mut self, count: u64) -> Result<&[u8], ActorError> {
        let rest = &self.data[self.at..];
        let count = usize::try_from(count)
            .ok()
            .filter(|count| *count <= rest.len());
        let count = count.ok_or_else(|| corrupt("a node ends too early"))?;
        self.at += count;
        Ok(&rest[..count])
    }

    /// The major type and the value in which an item begins.
    pub(super) fn head(&mut self) -> Result<(u8, u64), ActorError> {
        let first = self.take(1)?[0];
        let value = match first & 0x1f {
            value @ 0..24 => u64::from(value),
            size @ 24..28 => {
                let bytes = self.take(1 << (size - 24))?;
                bytes
                    .iter()
                    .fold(0, |value, byte| value << 8 | u64::from(*byte))
            }
            _ => return Err(corrupt("an item has no length")),
        };
        Ok((first >> 5, value))
    }

    /// A byte string of up to eight bytes: the bits of a node.
    pub(super) fn bitmap(&mut self) -> Result<&[u8], ActorError> {
        let (BYTES, len @ 0..=8) = self.head()? else {
            return Err(corrupt("a bitmap is no byte string, or too long"));
        };
        self.take(len)
    }

    /// Goes past so many items and all inside them.
    pub(super) fn skip(&mut self, items: u64) -> Result<(), ActorError> {
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
                .ok_or_else(|| corrupt("a value has too many items"))?;
        }
        Ok(())
    }
}
