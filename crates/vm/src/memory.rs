//! How much memory the Wasm instances of one message may have.

/// Counts the bytes of memory and tables of all instances that are alive at the same time.
#[derive(Debug)]
pub struct MemoryLimiter {
    bytes_max: u64,
    bytes: u64,
}

/// What was in use when a frame began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MemoryMark(u64);

impl MemoryLimiter {
    /// A limiter for one message.
    #[must_use]
    pub fn new(bytes_max: u64) -> Self {
        Self {
            bytes_max,
            bytes: 0,
        }
    }

    /// Bytes in use.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.bytes
    }

    /// Bytes that may still be taken.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.bytes_max.saturating_sub(self.bytes)
    }

    /// Takes bytes for a memory or a table; `false` if that would exceed the limit.
    #[must_use]
    pub fn grow(&mut self, bytes: u64) -> bool {
        match self.bytes.checked_add(bytes) {
            Some(sum) if sum <= self.bytes_max => {
                self.bytes = sum;
                true
            }
            _ => false,
        }
    }

    pub(crate) fn mark(&self) -> MemoryMark {
        MemoryMark(self.bytes)
    }

    /// A frame is over: what it used is free again.
    pub(crate) fn release(&mut self, mark: MemoryMark) {
        self.bytes = mark.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_gives_back_what_it_took() {
        let mut memory = MemoryLimiter::new(10);
        assert!(memory.grow(4));
        let mark = memory.mark();
        assert!(memory.grow(6));
        assert!(!memory.grow(1));
        assert!(!memory.grow(u64::MAX));
        memory.release(mark);
        assert!(memory.grow(6));
        assert_eq!(memory.used(), 10);
    }
}
