//! The root that a receipt names its events by.
//!
//! It is the root of an AMT (version 3, FIP-0049) that nobody stores. Most messages emit an event or
//! two, so nodes are encoded straight from the events; the library type, which copies and encodes
//! each event twice, is the oracle of the tests.

use atoll_ipld::cbor::{ARRAY, UINT, bytes, head, link, text};
use cid::Cid;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::event::StampedEvent;

use super::EventSize;
use crate::crypto::HashFunction;

const BIT_WIDTH: u32 = 5;
/// How many children a node has at most.
const WIDTH: usize = 1 << BIT_WIDTH;

/// The root that a receipt names. `None` if there are no events.
pub fn events_root(events: &[StampedEvent]) -> Option<Cid> {
    if events.is_empty() {
        return None;
    }
    let mut height = 0_u64;
    // The nodes of one level, if there is a level between the root and the events.
    let mut links: Vec<Cid> = Vec::new();
    if events.len() > WIDTH {
        links = nodes(events.chunks(WIDTH), leaf);
        height = 1;
    }
    while links.len() > WIDTH {
        links = nodes(links.chunks(WIDTH), branch);
        height += 1;
    }
    let mut root = Vec::with_capacity(block_len(events));
    head(&mut root, ARRAY, 4);
    head(&mut root, UINT, BIT_WIDTH.into());
    head(&mut root, UINT, height);
    head(&mut root, UINT, events.len() as u64);
    match height {
        0 => leaf(&mut root, events),
        _ => branch(&mut root, &links),
    }
    Some(cid_of(&root))
}

/// The CIDs of nodes with such children.
fn nodes<'a, C: 'a>(
    children: impl Iterator<Item = &'a [C]>,
    encode: impl Fn(&mut Vec<u8>, &[C]),
) -> Vec<Cid> {
    let mut block = Vec::new();
    children
        .map(|children| {
            block.clear();
            encode(&mut block, children);
            cid_of(&block)
        })
        .collect()
}

/// `[bytes of the bitmap, [], [event, ...]]`.
fn leaf(out: &mut Vec<u8>, events: &[StampedEvent]) {
    head(out, ARRAY, 3);
    bytes(out, &bitmap(events.len()));
    head(out, ARRAY, 0);
    head(out, ARRAY, events.len() as u64);
    for event in events {
        append(out, event);
    }
}

/// `[bytes of the bitmap, [link, ...], []]`.
fn branch(out: &mut Vec<u8>, links: &[Cid]) {
    head(out, ARRAY, 3);
    bytes(out, &bitmap(links.len()));
    head(out, ARRAY, links.len() as u64);
    for cid in links {
        link(out, cid);
    }
    head(out, ARRAY, 0);
}

/// Which children a node has: the first so many of 32. The lowest bit is the first byte's.
fn bitmap(children: usize) -> [u8; WIDTH / 8] {
    (u32::MAX >> (WIDTH - children)).to_le_bytes()
}

/// `[emitter, [[flags, key, codec, value], ...]]`.
fn append(out: &mut Vec<u8>, event: &StampedEvent) {
    head(out, ARRAY, 2);
    head(out, UINT, event.emitter);
    head(out, ARRAY, event.event.entries.len() as u64);
    for entry in &event.event.entries {
        head(out, ARRAY, 4);
        head(out, UINT, entry.flags.bits());
        text(out, &entry.key);
        head(out, UINT, entry.codec);
        bytes(out, &entry.value);
    }
}

/// About as long as the root's block, if all events are in it.
fn block_len(events: &[StampedEvent]) -> usize {
    // The root and its node have at most 4 + 9 + 6 bytes before the events.
    const ROOT: u64 = 32;
    let lens = events.iter().take(WIDTH);
    let lens = lens.map(|stamped| EventSize::of(&stamped.event).encoded_max());
    lens.fold(ROOT, u64::saturating_add) as usize
}

fn cid_of(block: &[u8]) -> Cid {
    Cid::new_v1(DAG_CBOR, HashFunction::Blake2b256.digest(block))
}
