//! Events: what an actor may emit, and what becomes of it when calls are undone.

mod root;

use fvm_ipld_encoding::{CBOR, IPLD_RAW};
use fvm_shared::error::ErrorNumber;
use fvm_shared::event::{ActorEvent, Entry, Flags, StampedEvent};

use crate::error::Refusal;

pub use root::events_root;

/// How large an event is, for its price. Known before anything about the event is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventSize {
    /// Number of entries.
    pub entries: usize,
    /// All keys together.
    pub keys_len: usize,
    /// All values together; up to nv20 the whole encoded event.
    pub values_len: usize,
}

impl EventSize {
    /// The size of an event that came as one encoded block (up to nv20).
    pub fn encoded(len: usize) -> Self {
        Self {
            entries: 0,
            keys_len: 0,
            values_len: len,
        }
    }

    /// The size of an event that came in parts (from nv21).
    pub fn parts(parts: &EventParts<'_>) -> Self {
        Self {
            entries: parts.headers.len() / EntryHeader::LEN,
            keys_len: parts.keys.len(),
            values_len: parts.values.len(),
        }
    }

    /// The size of an event that is put together.
    pub fn of(event: &ActorEvent) -> Self {
        let entries = &event.entries;
        Self {
            entries: entries.len(),
            keys_len: entries.iter().map(|entry| entry.key.len()).sum(),
            values_len: entries.iter().map(|entry| entry.value.len()).sum(),
        }
    }

    /// The most that the event can take when it is encoded for the receipt.
    pub fn encoded_max(&self) -> u64 {
        // A tuple of two: the emitter (9 bytes at most) and the head of at most 255 entries (2).
        const EVENT: u64 = 1 + 9 + 2;
        // A tuple of four: flags (1), key of at most 255 bytes (2), codec (2), value (3).
        const ENTRY: u64 = 1 + 1 + 2 + 2 + 3;
        EVENT
            .saturating_add(ENTRY.saturating_mul(self.entries as u64))
            .saturating_add(self.keys_len as u64)
            .saturating_add(self.values_len as u64)
    }
}

// The estimate above assumes that the number of entries and the length of a key fit one byte.
const _: () = assert!(ENTRIES_MAX <= u8::MAX as usize);
const _: () = assert!(KEY_LEN_MAX <= u8::MAX as usize);

/// Limits of FIP-0072.
const ENTRIES_MAX: usize = 255;
const KEY_LEN_MAX: usize = 31;
/// All values of one event together (FIP-0049).
const VALUES_LEN_MAX: usize = 8 << 10;

/// Limits of FIP-0049, before nv21.
const ENCODED_ENTRIES_MAX: usize = 256;
const ENCODED_KEY_LEN_MAX: usize = 32;
/// No valid event comes near this; it saves decoding what can't be one.
const ENCODED_LEN_MAX: usize = 1 << 20;

/// An event as it comes from Wasm memory: three buffers (FIP-0072).
#[derive(Clone, Copy, Debug)]
pub struct EventParts<'a> {
    /// One [`fvm_shared::sys::EventEntry`] after another. A whole number of them.
    pub headers: &'a [u8],
    /// All keys, end to end.
    pub keys: &'a [u8],
    /// All values, end to end.
    pub values: &'a [u8],
}

/// What an entry says of itself: flags, codec and the lengths of its key and value.
struct EntryHeader {
    flags: u64,
    codec: u64,
    key_len: u32,
    value_len: u32,
}

impl EntryHeader {
    /// As in memory: little-endian, without gaps.
    const LEN: usize = size_of::<fvm_shared::sys::EventEntry>();

    fn read(bytes: &[u8; Self::LEN]) -> Self {
        let (flags, rest) = bytes.split_first_chunk().expect("24 bytes");
        let (codec, rest) = rest.split_first_chunk().expect("16 bytes");
        let (key_len, rest) = rest.split_first_chunk().expect("8 bytes");
        let value_len = rest.first_chunk().expect("4 bytes");
        Self {
            flags: u64::from_le_bytes(*flags),
            codec: u64::from_le_bytes(*codec),
            key_len: u32::from_le_bytes(*key_len),
            value_len: u32::from_le_bytes(*value_len),
        }
    }
}

/// Puts together an event that came in parts (from nv21).
///
/// # Errors
/// `LimitExceeded`, `IllegalArgument` or `IllegalCodec`, whichever rule is broken first.
pub fn from_parts(parts: &EventParts<'_>) -> Result<ActorEvent, Refusal> {
    let (headers, []) = parts.headers.as_chunks::<{ EntryHeader::LEN }>() else {
        return Err(illegal("an event header is cut off"));
    };
    check_size(&EventSize::parts(parts))?;
    let mut keys =
        str::from_utf8(parts.keys).map_err(|_| illegal("the keys of an event are not UTF-8"))?;
    let mut values = parts.values;

    let mut entries = Vec::with_capacity(headers.len());
    for header in headers.iter().map(EntryHeader::read) {
        let flags = known_flags(header.flags)?;
        check_key_len(header.key_len as usize)?;
        let (key, other_keys) = keys
            .split_at_checked(header.key_len as usize)
            .ok_or_else(|| illegal("the key of an entry is cut off"))?;
        let (value, other_values) = values
            .split_at_checked(header.value_len as usize)
            .ok_or_else(|| illegal("the value of an entry is cut off"))?;
        check_codec(header.codec)?;
        (keys, values) = (other_keys, other_values);
        entries.push(Entry {
            flags,
            key: key.into(),
            codec: header.codec,
            value: value.into(),
        });
    }
    if !keys.is_empty() || !values.is_empty() {
        return Err(illegal(
            "the entries of an event don't use up its keys and values",
        ));
    }
    Ok(ActorEvent { entries })
}

/// Checks an event that is put together already, by the rules for parts.
///
/// # Errors
/// `LimitExceeded`, `IllegalArgument` or `IllegalCodec`, whichever rule is broken first.
pub fn check(event: &ActorEvent) -> Result<(), Refusal> {
    check_size(&EventSize::of(event))?;
    for entry in &event.entries {
        known_flags(entry.flags.bits())?;
        check_key_len(entry.key.len())?;
        check_codec(entry.codec)?;
    }
    Ok(())
}

fn check_size(size: &EventSize) -> Result<(), Refusal> {
    if size.entries > ENTRIES_MAX {
        return Err(exceeded("an event can't have so many entries"));
    }
    if size.values_len > VALUES_LEN_MAX {
        return Err(exceeded("the values of an event can't be so long"));
    }
    Ok(())
}

fn known_flags(bits: u64) -> Result<Flags, Refusal> {
    Flags::from_bits(bits).ok_or_else(|| illegal("unknown flags of an entry"))
}

fn check_key_len(len: usize) -> Result<(), Refusal> {
    if len > KEY_LEN_MAX {
        return Err(exceeded("the key of an entry can't be so long"));
    }
    Ok(())
}

fn check_codec(codec: u64) -> Result<(), Refusal> {
    if codec != IPLD_RAW && codec != CBOR {
        return Err(illegal_codec(codec));
    }
    Ok(())
}

/// Decodes an event that came as one block (up to nv20).
///
/// # Errors
/// `IllegalArgument` or `IllegalCodec`, whichever rule is broken first.
pub fn from_encoded(data: &[u8]) -> Result<ActorEvent, Refusal> {
    if data.len() > ENCODED_LEN_MAX {
        return Err(illegal("no event is so long"));
    }
    let event: ActorEvent = fvm_ipld_encoding::from_slice(data)
        .map_err(|e| Refusal::new(ErrorNumber::IllegalArgument, format!("not an event: {e}")))?;
    if event.entries.len() > ENCODED_ENTRIES_MAX {
        return Err(illegal("an event can't have so many entries"));
    }
    let mut values_len = 0;
    for entry in &event.entries {
        if entry.key.len() > ENCODED_KEY_LEN_MAX {
            return Err(illegal("the key of an entry can't be so long"));
        }
        if entry.codec != IPLD_RAW {
            return Err(illegal_codec(entry.codec));
        }
        values_len += entry.value.len();
    }
    if values_len > VALUES_LEN_MAX {
        return Err(illegal("the values of an event can't be so long"));
    }
    Ok(event)
}

fn illegal(words: &'static str) -> Refusal {
    Refusal::new(ErrorNumber::IllegalArgument, words)
}

fn exceeded(words: &'static str) -> Refusal {
    Refusal::new(ErrorNumber::LimitExceeded, words)
}

fn illegal_codec(codec: u64) -> Refusal {
    Refusal::new(
        ErrorNumber::IllegalCodec,
        format!("an entry can't have codec {codec:#x}"),
    )
}

/// The events of one message. Those of a call that fails are forgotten.
#[derive(Debug, Default)]
pub struct EventLog(Vec<StampedEvent>);

/// A point to which an [`EventLog`] can return.
#[derive(Clone, Copy, Debug)]
pub struct EventCheckpoint(usize);

impl EventLog {
    /// Adds an event.
    pub fn push(&mut self, event: StampedEvent) {
        self.0.push(event);
    }

    /// A point to return to.
    #[must_use]
    pub fn checkpoint(&self) -> EventCheckpoint {
        EventCheckpoint(self.0.len())
    }

    /// Forgets the events since the checkpoint.
    pub fn revert(&mut self, to: EventCheckpoint) {
        self.0.truncate(to.0);
    }

    /// The events that remain.
    #[must_use]
    pub fn into_events(self) -> Vec<StampedEvent> {
        self.0
    }
}

#[cfg(test)]
mod tests;
