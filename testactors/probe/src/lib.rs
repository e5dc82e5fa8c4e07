//! A counter that can also call others and fail: enough to see a Rust actor, built with the
//! ordinary SDK, go through every layer of the machine.
//!
//! | method | params | does |
//! | --- | --- | --- |
//! | 2 Add | u64 | adds to the counter, emits an event, returns the sum |
//! | 3 Get | | returns the counter |
//! | 4 Relay | [address bytes, method] | sends without params, returns [exit code, data] |
//! | 5 Fail | u32 | exits with this code and the message "asked to" |
//! | 6 Panic | | panics |

use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_ipld_encoding::{BytesSer, CBOR, DAG_CBOR, from_slice, strict_bytes, to_vec};
use fvm_sdk as sdk;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::event::{ActorEvent, Entry, Flags};
use fvm_shared::sys::SendFlags;

const BLAKE2B_256: u64 = 0xb220;
const EMPTY_ARRAY: &[u8] = &[0x80];

/// The entry point that the machine calls.
#[unsafe(no_mangle)]
pub extern "C" fn invoke(params: u32) -> u32 {
    sdk::vm::set_panic_handler();
    let params = match sdk::message::params_raw(params) {
        Ok(block) => block.map(|block| block.data).unwrap_or_default(),
        Err(_) => refuse(ExitCode::USR_ILLEGAL_ARGUMENT, "unreadable parameters"),
    };
    match sdk::message::method_number() {
        2 => add(decode(&params)),
        3 => answer(&load()),
        4 => {
            let (to, method): (strict_bytes::ByteBuf, u64) = decode(&params);
            relay(&to.into_vec(), method)
        }
        5 => refuse(ExitCode::new(decode(&params)), "asked to"),
        6 => panic!("asked to"),
        _ => refuse(ExitCode::USR_UNHANDLED_MESSAGE, "no such method"),
    }
}

fn add(by: u64) -> u32 {
    let Some(sum) = load().checked_add(by) else {
        refuse(ExitCode::USR_ILLEGAL_ARGUMENT, "the counter is full")
    };
    let state = to_vec(&(sum,)).expect("a number encodes");
    let root = sdk::ipld::put(BLAKE2B_256, 32, DAG_CBOR, &state).expect("small blocks can be put");
    if sdk::sself::set_root(&root).is_err() {
        refuse(ExitCode::USR_READ_ONLY, "the state may not change")
    }
    let entry = Entry {
        flags: Flags::FLAG_INDEXED_ALL,
        key: "sum".to_owned(),
        codec: CBOR,
        value: to_vec(&sum).expect("a number encodes"),
    };
    sdk::event::emit_event(&ActorEvent::from(vec![entry])).expect("a small event");
    answer(&sum)
}

fn relay(to: &[u8], method: u64) -> u32 {
    let Ok(to) = Address::from_bytes(to) else {
        refuse(ExitCode::USR_ILLEGAL_ARGUMENT, "not an address")
    };
    let none = TokenAmount::default();
    match sdk::send::send(&to, method, None, none, None, SendFlags::empty()) {
        Ok(reply) => {
            let data = reply.return_data.map(|block| block.data).unwrap_or_default();
            answer(&(reply.exit_code.value(), BytesSer(&data)))
        }
        Err(error) => refuse(ExitCode::new(100 + error as u32), "the call could not be made"),
    }
}

/// The counter; zero in the state that a new actor starts with.
fn load() -> u64 {
    let root = sdk::sself::root().expect("this actor exists");
    let state = sdk::ipld::get(&root).expect("the root is reachable");
    if state == EMPTY_ARRAY { 0 } else { decode::<(u64,)>(&state).0 }
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> T {
    from_slice(bytes)
        .unwrap_or_else(|_| refuse(ExitCode::USR_SERIALIZATION, "not the parameters of this method"))
}

fn answer<T: serde::Serialize>(value: &T) -> u32 {
    let data = to_vec(value).expect("answers encode");
    sdk::ipld::put_block(CBOR, &data).expect("answers are small")
}

fn refuse(code: ExitCode, words: &str) -> ! {
    sdk::vm::exit(code.value(), None::<IpldBlock>, Some(words))
}
