//! Solidity's ABI, as far as precompiles and `handle_filecoin_method` need it.

use revm_interpreter::primitives::U256;

pub(super) const WORD: usize = 32;

/// A number had more bytes than its type has room for.
#[derive(Debug)]
pub(super) struct Overflow;

/// Reads words. Beyond the end of the input everything is zero.
pub(super) struct Reader<'a> {
    whole: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self {
            whole: input,
            rest: input,
        }
    }

    /// Goes on reading at an offset from the start.
    pub(super) fn seek(&mut self, offset: u64) {
        let offset = usize::try_from(offset).unwrap_or(usize::MAX);
        self.rest = self.whole.get(offset..).unwrap_or_default();
    }

    /// How many bytes are left before everything is zero.
    pub(super) fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `size` bytes.
    pub(super) fn bytes(&mut self, size: usize) -> Vec<u8> {
        let (taken, rest) = self.rest.split_at(size.min(self.rest.len()));
        self.rest = rest;
        let mut bytes = taken.to_vec();
        bytes.resize(size, 0);
        bytes
    }

    /// The next word.
    pub(super) fn word(&mut self) -> U256 {
        let (taken, rest) = self.rest.split_at(WORD.min(self.rest.len()));
        self.rest = rest;
        let mut word = [0; WORD];
        word[..taken.len()].copy_from_slice(taken);
        U256::from_be_bytes(word)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Overflow> {
        u64::try_from(self.word()).map_err(|_| Overflow)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Overflow> {
        u32::try_from(self.word()).map_err(|_| Overflow)
    }
}

/// Writes words.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Starts with bytes that are no word: a selector.
    pub(super) fn starting_with(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }

    pub(super) fn word(mut self, word: U256) -> Self {
        self.0.extend_from_slice(&word.to_be_bytes::<WORD>());
        self
    }

    pub(super) fn u64(self, number: u64) -> Self {
        self.word(U256::from(number))
    }

    /// Ends with the length and the bytes of a byte string, padded to whole words.
    pub(super) fn bytes(self, bytes: &[u8]) -> Vec<u8> {
        let Self(mut written) = self.u64(bytes.len() as u64);
        written.extend_from_slice(bytes);
        written.resize(
            written.len() + bytes.len().next_multiple_of(WORD) - bytes.len(),
            0,
        );
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_beyond_the_end_gives_zeros() {
        let mut reader = Reader::new(&[1; 33]);
        assert_eq!(reader.word(), U256::from_be_bytes([1; 32]));
        assert_eq!(reader.word(), U256::from(1) << 248);
        assert_eq!(reader.word(), U256::ZERO);
        reader.seek(31);
        assert_eq!(reader.bytes(3), [1, 1, 0]);
        reader.seek(u64::MAX);
        assert_eq!(reader.bytes(1), [0]);
        reader.seek(0);
        assert!(reader.u64().is_err());
    }

    #[test]
    fn byte_strings_are_padded() {
        assert_eq!(Writer::default().bytes(&[]).len(), 32);
        assert_eq!(Writer::default().bytes(&[1; 32]).len(), 64);
        let written = Writer::starting_with(&[9]).u64(3).bytes(&[1; 33]);
        assert_eq!(written.len(), 1 + 32 + 32 + 64);
        assert_eq!(written[written.len() - 32..], {
            let mut last = [0; 32];
            last[0] = 1;
            last
        });
    }
}
