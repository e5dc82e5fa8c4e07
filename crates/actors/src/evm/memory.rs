//! The memory of one frame.
//!
//! The network's EVM addresses memory with 32 bits and lives in a Wasm instance of 512 MiB, of
//! which a message may have 2 GiB altogether. Where these end, a contract sees an exit code, so
//! the ends are kept here; the machine counts what the frames of a message hold together.

use std::cell::{Cell, Ref, RefCell};
use std::ops::Range;
use std::rc::Rc;

use fvm_shared::error::ExitCode;
use revm_interpreter::interpreter_types::MemoryTr;

use crate::error::ActorError;

use super::exit;

const WORD: usize = 32;

/// Beyond this a size is no 32-bit number.
const ADDRESSABLE: u64 = u32::MAX as u64;

/// Beyond this a vector of bytes cannot be on a 32-bit machine; the official actor panics.
const VECTOR_MAX: u64 = i32::MAX as u64;

/// What one frame may have beyond the 18 pages that it begins with (`dispatch`).
const FRAME_MAX: u64 = (512 << 20) - (18 << 16);

/// The page in which the official actor reserves memory.
const PAGE: u64 = 4096;

/// The page in which its allocator asks Wasm for memory, and the least that it asks for beyond what
/// it is asked.
const WASM_PAGE: u64 = 64 << 10;
const ALLOCATOR: u64 = 64;

/// What is free at the end of the heap when a frame begins, roughly.
const FREE: u64 = 56 << 10;

/// So many bytes can always be copied: they are at hand in what was taken in pages.
pub(super) const AT_HAND: u64 = 64 << 10;

/// The memory of one frame.
#[derive(Debug)]
pub(super) struct Memory {
    bytes: RefCell<Vec<u8>>,
    heap: Heap,
    /// What the official instance would have asked for, for the frame to take from the message's.
    held: Rc<Cell<u64>>,
    /// What the message has left for this frame. It stays the same while the frame runs: what
    /// nested calls take is free again when they are over.
    left: u64,
    /// Where memory would have ended when it was refused.
    refused: Cell<Option<u64>>,
}

/// The heap of an official instance, as far as contents of its memory are concerned: one vector,
/// mostly its last block.
#[derive(Clone, Copy, Debug)]
struct Heap {
    /// What is reserved for the vector.
    reserved: u64,
    /// What is free behind it.
    free: u64,
    /// What was asked of Wasm for it.
    asked: u64,
}

impl Heap {
    /// Reserves room for `size` bytes: pages, at least doubling. A vector that can't be extended
    /// where it is moves to new memory, and leaves a hole that is too small for what comes later.
    fn reserve(mut self, size: u64) -> Self {
        if size <= self.reserved {
            return self;
        }
        // Contracts ask for any size, up to the greatest number there is.
        let reserved = (self.reserved * 2).max(size.div_ceil(PAGE).saturating_mul(PAGE));
        let more = reserved - self.reserved;
        if more <= self.free {
            self.free -= more;
        } else {
            let asked = in_wasm_pages(reserved);
            self.asked = self.asked.saturating_add(asked);
            self.free += asked.saturating_sub(reserved);
        }
        self.reserved = reserved;
        self
    }
}

/// What the allocator asks of Wasm for so many bytes.
fn in_wasm_pages(bytes: u64) -> u64 {
    let pages = bytes.saturating_add(ALLOCATOR).div_ceil(WASM_PAGE);
    pages.saturating_mul(WASM_PAGE)
}

impl Memory {
    /// Memory for a frame of a message that has so much left.
    pub(super) fn new(left: u64) -> Self {
        Self {
            bytes: RefCell::new(Vec::with_capacity(PAGE as usize)),
            heap: Heap {
                reserved: PAGE,
                free: FREE,
                asked: 0,
            },
            held: Rc::default(),
            left,
            refused: Cell::new(None),
        }
    }

    /// How much it holds, now and later.
    pub(super) fn held(&self) -> Rc<Cell<u64>> {
        self.held.clone()
    }

    /// Says where the memory that was refused would have ended, before that is rounded up to
    /// words: rounding an end just below 4 GiB is what the official actor fails at.
    pub(super) fn refused_at(&self, end: usize) {
        self.refused.set(Some(end as u64));
    }

    /// Why memory was refused, as the exit code that the network gives.
    pub(super) fn refusal(&self) -> ActorError {
        let size = self.refused.get().unwrap_or(u64::MAX);
        refusal_of(size, size.div_ceil(PAGE).saturating_mul(PAGE))
    }

    /// All of it.
    pub(super) fn bytes(&self) -> Ref<'_, [u8]> {
        Ref::map(self.bytes.borrow(), Vec::as_slice)
    }

    /// The bytes of a range that [`MemoryTr::resize`] has made room for.
    pub(super) fn copy_out(&self, offset: usize, size: usize) -> Vec<u8> {
        if size == 0 {
            Vec::new()
        } else {
            self.bytes.borrow()[offset..offset + size].to_vec()
        }
    }
}

/// The exit code that the network gives where there is no memory for so many bytes, for which the
/// official actor would reserve so many.
fn refusal_of(size: u64, reserved: u64) -> ActorError {
    let code = if size > ADDRESSABLE {
        exit::ILLEGAL_MEMORY_ACCESS
    } else if reserved > VECTOR_MAX {
        ExitCode::USR_ASSERTION_FAILED
    } else {
        ExitCode::SYS_ILLEGAL_INSTRUCTION
    };
    ActorError::new(code, "memory out of reach")
}

/// Why the official actor could not copy so many bytes, if it could not: its instance holds so much
/// already, and the message may have so much in this frame.
pub(super) fn copy_refusal(bytes: u64, held: u64, left: u64) -> Option<ActorError> {
    let needed = held.saturating_add(in_wasm_pages(bytes));
    let refused = needed > FRAME_MAX.min(left);
    refused.then(|| refusal_of(bytes, bytes))
}

impl MemoryTr for Memory {
    fn set_data(&mut self, to: usize, from: usize, size: usize, data: &[u8]) {
        let target = &mut self.bytes.get_mut()[to..to + size];
        let source = &data[from.min(data.len())..];
        let copied = source.len().min(size);
        target[..copied].copy_from_slice(&source[..copied]);
        target[copied..].fill(0);
    }

    fn set_data_from_global(&mut self, to: usize, from: usize, size: usize, data: Range<usize>) {
        let data = self.bytes.get_mut()[data].to_vec();
        self.set_data(to, from, size, &data);
    }

    fn global_slice(&self, range: Range<usize>) -> Ref<'_, [u8]> {
        self.slice(range)
    }

    fn local_memory_offset(&self) -> usize {
        0
    }

    fn set(&mut self, offset: usize, data: &[u8]) {
        self.bytes.get_mut()[offset..offset + data.len()].copy_from_slice(data);
    }

    fn size(&self) -> usize {
        self.bytes.borrow().len()
    }

    fn copy(&mut self, to: usize, from: usize, size: usize) {
        self.bytes.get_mut().copy_within(from..from + size, to);
    }

    fn slice(&self, range: Range<usize>) -> Ref<'_, [u8]> {
        Ref::map(self.bytes.borrow(), |bytes| &bytes[range])
    }

    fn resize(&mut self, size: usize) -> bool {
        self.heap = self.heap.reserve(size as u64);
        self.held.set(self.heap.asked);
        self.bytes.get_mut().resize(size, 0);
        true
    }

    /// Asked before growth is charged for, so that an impossible size has its own exit code
    /// instead of running out of gas.
    fn limit_reached(&self, words: usize) -> bool {
        let size = (words as u64).saturating_mul(WORD as u64);
        let asked = self.heap.reserve(size).asked;
        let refused = size > VECTOR_MAX || asked > FRAME_MAX.min(self.left);
        if refused {
            self.refused.set(Some(size));
        }
        refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_refusal(left: u64, size: u64, code: Option<u32>) {
        let memory = Memory::new(left);
        let refused = memory.limit_reached((size / WORD as u64) as usize);
        assert_eq!(
            refused.then(|| memory.refusal().code.value()),
            code,
            "{size}"
        );
    }

    #[test]
    fn each_end_of_memory_has_its_exit_code() {
        let left = 2 << 30;
        check_refusal(left, 500 << 20, None);
        check_refusal(left, 600 << 20, Some(4));
        check_refusal(left, (1 << 31) - 4096, Some(4));
        check_refusal(left, (1 << 31) - 32, Some(24));
        check_refusal(left, 1 << 31, Some(24));
        check_refusal(left, 1 << 32, Some(38));
        check_refusal(left, u64::MAX, Some(38));
    }

    #[test]
    fn an_end_that_cannot_be_rounded_up_fails_like_a_vector() {
        let memory = Memory::new(2 << 30);
        assert!(memory.limit_reached(1 << 27));
        assert_eq!(memory.refusal().code.value(), 38);
        memory.refused_at(u32::MAX as usize);
        assert_eq!(memory.refusal().code.value(), 24);
        memory.refused_at(1 << 32);
        assert_eq!(memory.refusal().code.value(), 38);
    }

    #[test]
    fn a_frame_has_what_the_message_has_left() {
        check_refusal(300 << 20, 298 << 20, None);
        check_refusal(300 << 20, 300 << 20, Some(4));
    }

    /// What the official actor (v18) asked of Wasm, in pages, when memory grew to these sizes.
    #[test]
    fn memory_is_asked_for_as_officially() {
        const KIB: usize = 1 << 10;
        const MIB: usize = 1 << 20;
        for (ends, pages) in [
            (&[32][..], 0),
            (&[4096], 0),
            (&[56 * KIB], 0),
            (&[64 * KIB], 2),
            (&[80 * KIB], 2),
            (&[128 * KIB], 3),
            (&[4128, 8224, 16416, 32800, 65568], 2),
            (&[64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB], 16),
            (&[MIB], 17),
            (&[MIB, 3 * MIB], 66),
            (&[MIB, 3 * MIB, 7 * MIB], 179),
            (&[MIB, MIB + 32 * KIB], 50),
            (&[MIB, MIB + 32 * KIB, 2 * MIB + 32 * KIB], 115),
            (&[46 * MIB, 47 * MIB], 2210),
            (&[200 * MIB], 3201),
        ] {
            let mut memory = Memory::new(u64::MAX);
            for end in ends {
                assert!(!memory.limit_reached(end / WORD), "{ends:?}");
                memory.resize(*end);
            }
            assert_eq!(memory.held().get(), pages * WASM_PAGE, "{ends:?}");
        }
    }

    /// It grows by a move, for which both vectors must find room.
    #[test]
    fn an_instance_of_512_mib_cannot_double_200() {
        let mut memory = Memory::new(2 << 30);
        memory.resize(200 << 20);
        assert!(memory.limit_reached((201 << 20) / WORD));
        assert_eq!(memory.refusal().code.value(), 4);
    }

    #[test]
    fn copies_need_memory_beside_what_is_held() {
        let code =
            |bytes, held, left| copy_refusal(bytes, held, left).map(|error| error.code.value());
        assert_eq!(code(256 << 20, 128 << 20, 2 << 30), None);
        assert_eq!(code(256 << 20, 257 << 20, 2 << 30), Some(4));
        assert_eq!(code(256 << 20, 128 << 20, 300 << 20), Some(4));
        assert_eq!(code(1 << 31, 0, 2 << 30), Some(24));
    }

    #[test]
    fn copies_are_filled_with_zeros() {
        let mut memory = Memory::new(u64::MAX);
        memory.resize(64);
        memory.set(0, &[7; 64]);
        memory.set_data(1, 1, 4, &[1, 2, 3]);
        assert_eq!(memory.copy_out(0, 6), [7, 2, 3, 0, 0, 7]);
        memory.set_data(0, usize::MAX, 2, &[1]);
        assert_eq!(memory.copy_out(0, 3), [0, 0, 3]);
    }
}
