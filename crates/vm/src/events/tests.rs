use fvm_ipld_amt::Amt;
use proptest::prelude::*;

use super::*;
use expect_test::{Expect, expect};

struct Given<'a> {
    flags: u64,
    codec: u64,
    key_len: u32,
    value_len: u32,
    keys: &'a [u8],
    values: &'a [u8],
}

const GOOD: Given<'static> = Given {
    flags: 3,
    codec: IPLD_RAW,
    key_len: 2,
    value_len: 3,
    keys: b"t1",
    values: b"abc",
};

fn header(given: &Given<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(given.flags.to_le_bytes());
    bytes.extend(given.codec.to_le_bytes());
    bytes.extend(given.key_len.to_le_bytes());
    bytes.extend(given.value_len.to_le_bytes());
    bytes
}

fn describe(result: Result<ActorEvent, Refusal>) -> String {
    match result {
        Ok(event) => {
            let entry = |e: &Entry| {
                format!(
                    "{}={}:{:#x}:{}",
                    e.key,
                    e.value.len(),
                    e.codec,
                    e.flags.bits()
                )
            };
            event
                .entries
                .iter()
                .map(entry)
                .collect::<Vec<_>>()
                .join(" ")
        }
        Err(refusal) => format!("{:?}: {}", refusal.number, refusal.words),
    }
}

#[track_caller]
fn check(given: Given<'_>, expected: Expect) {
    let headers = header(&given);
    let parts = EventParts {
        headers: &headers,
        keys: given.keys,
        values: given.values,
    };
    expected.assert_eq(&describe(from_parts(&parts)));
}

#[test]
fn parts_are_put_together() {
    check(GOOD, expect!["t1=3:0x55:3"]);
    check(
        Given {
            codec: CBOR,
            flags: 0,
            ..GOOD
        },
        expect!["t1=3:0x51:0"],
    );
    let headers = [
        header(&GOOD),
        header(&Given {
            key_len: 1,
            value_len: 0,
            ..GOOD
        }),
    ]
    .concat();
    let parts = EventParts {
        headers: &headers,
        keys: b"t1x",
        values: b"abc",
    };
    expect!["t1=3:0x55:3 x=0:0x55:3"].assert_eq(&describe(from_parts(&parts)));
    assert_eq!(
        EventSize::parts(&parts),
        EventSize {
            entries: 2,
            keys_len: 3,
            values_len: 3
        }
    );
    let none = EventParts {
        headers: &[],
        keys: &[],
        values: &[],
    };
    expect![""].assert_eq(&describe(from_parts(&none)));
}

#[test]
fn parts_that_break_a_rule() {
    check(
        Given { flags: 4, ..GOOD },
        expect!["IllegalArgument: unknown flags of an entry"],
    );
    check(
        Given {
            key_len: 32,
            keys: &[b'k'; 32],
            ..GOOD
        },
        expect!["LimitExceeded: the key of an entry can't be so long"],
    );
    check(
        Given {
            key_len: 31,
            keys: &[b'k'; 31],
            ..GOOD
        },
        expect!["kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk=3:0x55:3"],
    );
    check(
        Given { key_len: 3, ..GOOD },
        expect!["IllegalArgument: the key of an entry is cut off"],
    );
    check(
        Given {
            value_len: u32::MAX,
            ..GOOD
        },
        expect!["IllegalArgument: the value of an entry is cut off"],
    );
    check(
        Given {
            codec: 0x71,
            ..GOOD
        },
        expect!["IllegalCodec: an entry can't have codec 0x71"],
    );
    check(
        Given { key_len: 1, ..GOOD },
        expect!["IllegalArgument: the entries of an event don't use up its keys and values"],
    );
    check(
        Given {
            value_len: 2,
            ..GOOD
        },
        expect!["IllegalArgument: the entries of an event don't use up its keys and values"],
    );
    check(
        Given {
            keys: b"\xff\xff",
            ..GOOD
        },
        expect!["IllegalArgument: the keys of an event are not UTF-8"],
    );
    // Keys are cut between characters only.
    check(
        Given {
            key_len: 1,
            keys: "é".as_bytes(),
            ..GOOD
        },
        expect!["IllegalArgument: the key of an entry is cut off"],
    );
    check(
        Given {
            value_len: 8193,
            values: &[0; 8193],
            ..GOOD
        },
        expect!["LimitExceeded: the values of an event can't be so long"],
    );
    check(
        Given {
            value_len: 8192,
            values: &[0; 8192],
            ..GOOD
        },
        expect!["t1=8192:0x55:3"],
    );
}

#[test]
fn an_event_has_at_most_255_entries() {
    let one = header(&Given {
        key_len: 0,
        value_len: 0,
        ..GOOD
    });
    let count = |entries| {
        let headers = one.repeat(entries);
        let parts = EventParts {
            headers: &headers,
            keys: &[],
            values: &[],
        };
        from_parts(&parts)
            .map(|event| event.entries.len())
            .map_err(|refusal| refusal.number)
    };
    assert_eq!(count(255), Ok(255));
    assert_eq!(count(256), Err(ErrorNumber::LimitExceeded));
}

fn entry(key_len: usize, value_len: usize, codec: u64) -> Entry {
    let flags = Flags::FLAG_INDEXED_ALL;
    Entry {
        flags,
        key: "k".repeat(key_len),
        codec,
        value: vec![0; value_len],
    }
}

#[track_caller]
fn check_encoded(entries: Vec<Entry>, expected: Expect) {
    let data = fvm_ipld_encoding::to_vec(&ActorEvent { entries }).unwrap();
    expected.assert_eq(&describe(from_encoded(&data)));
}

#[test]
fn encoded_events() {
    check_encoded(vec![entry(2, 3, IPLD_RAW)], expect!["kk=3:0x55:3"]);
    check_encoded(
        vec![entry(33, 0, IPLD_RAW)],
        expect!["IllegalArgument: the key of an entry can't be so long"],
    );
    check_encoded(
        vec![entry(2, 3, CBOR)],
        expect!["IllegalCodec: an entry can't have codec 0x51"],
    );
    check_encoded(
        vec![entry(2, 4096, IPLD_RAW), entry(2, 4097, IPLD_RAW)],
        expect!["IllegalArgument: the values of an event can't be so long"],
    );
    check_encoded(
        vec![entry(0, 0, IPLD_RAW); 257],
        expect!["IllegalArgument: an event can't have so many entries"],
    );
    let trailing = from_encoded(&[0x80, 0]).unwrap_err();
    assert_eq!(trailing.number, ErrorNumber::IllegalArgument);
    let long = from_encoded(&vec![0; ENCODED_LEN_MAX + 1]).unwrap_err();
    assert_eq!(long.words, "no event is so long");
}

fn stamped(emitter: u64) -> StampedEvent {
    StampedEvent {
        emitter,
        event: ActorEvent {
            entries: vec![entry(2, 3, IPLD_RAW)],
        },
    }
}

fn emitters(log: EventLog) -> Vec<u64> {
    log.into_events()
        .iter()
        .map(|event| event.emitter)
        .collect()
}

#[test]
fn events_of_a_failed_call_are_forgotten() {
    let mut log = EventLog::default();
    log.push(stamped(1));
    let failed = log.checkpoint();
    log.push(stamped(2));
    log.revert(failed);
    log.push(stamped(3));
    assert_eq!(emitters(log), [1, 3]);
}

/// The root is the one that a stored AMT would have, also with more than one node.
#[test]
fn the_root_needs_no_store() {
    let store = fvm_ipld_blockstore::MemoryBlockstore::new();
    for count in [1, 2, 32, 33, 1025] {
        let events: Vec<_> = (0..count).map(stamped).collect();
        let mut amt = Amt::<StampedEvent, _>::new_with_bit_width(&store, 5);
        for (index, event) in events.iter().enumerate() {
            amt.set(index as u64, event.clone()).unwrap();
        }
        assert_eq!(
            events_root(&events),
            Some(amt.flush().unwrap()),
            "{count} events"
        );
    }
    assert_eq!(events_root(&[]), None);
}

fn any_entry() -> impl Strategy<Value = Entry> {
    let value = proptest::collection::vec(any::<u8>(), 0..300);
    (any::<u64>(), ".{0,40}", any::<u64>(), value).prop_map(|(flags, key, codec, value)| Entry {
        // Before nv21 nobody asked whether flags are known.
        flags: Flags::from_bits_retain(flags),
        key,
        codec,
        value,
    })
}

proptest! {
    /// The library is the oracle, whatever is in the events.
    #[test]
    fn the_root_is_the_librarys(
        events in proptest::collection::vec((any::<u64>(), proptest::collection::vec(any_entry(), 0..6)), 1..40)
    ) {
        let events: Vec<_> = events
            .into_iter()
            .map(|(emitter, entries)| StampedEvent::new(emitter, ActorEvent { entries }))
            .collect();
        let store = fvm_ipld_blockstore::MemoryBlockstore::new();
        let theirs = Amt::new_from_iter_with_bit_width(&store, 5, &events).unwrap();
        prop_assert_eq!(events_root(&events), Some(theirs));
    }
}

/// A native actor's event goes by the same rules, in the same order, as one that comes in parts.
#[test]
fn an_event_that_is_put_together_is_checked_too() {
    let entry = |flags, key: &str, codec, value: usize| Entry {
        flags: Flags::from_bits_retain(flags),
        key: key.to_owned(),
        codec,
        value: vec![7; value],
    };
    let long = "k".repeat(32);
    for entries in [
        vec![],
        vec![entry(3, "t1", IPLD_RAW, 8 << 10)],
        vec![entry(3, "t1", IPLD_RAW, (8 << 10) + 1)],
        vec![
            entry(0, "", CBOR, 4 << 10),
            entry(0, "", CBOR, (4 << 10) + 1),
        ],
        vec![entry(3, "t1", CBOR, 0); 255],
        vec![entry(4, &long, 1, 0); 256],
        vec![entry(4, &long, 1, 0)],
        vec![entry(3, &long, 1, 0)],
        vec![entry(3, &long[1..], 1, 0)],
        vec![entry(3, &long[1..], CBOR, 0), entry(3, "", 0x71, 0)],
    ] {
        let event = ActorEvent { entries };
        let (mut headers, mut keys, mut values) = (Vec::new(), String::new(), Vec::new());
        for entry in &event.entries {
            headers.extend(header(&Given {
                flags: entry.flags.bits(),
                codec: entry.codec,
                key_len: entry.key.len() as u32,
                value_len: entry.value.len() as u32,
                keys: b"",
                values: b"",
            }));
            keys.push_str(&entry.key);
            values.extend(&entry.value);
        }
        let parts = EventParts {
            headers: &headers,
            keys: keys.as_bytes(),
            values: &values,
        };
        let checked = super::check(&event).map(|()| event);
        assert_eq!(describe(checked), describe(from_parts(&parts)));
    }
}
