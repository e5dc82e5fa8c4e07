//! Messages as they stand on chain.

use atoll_testkit::play::Play;
use atoll_vm::ApplyKind;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;

use crate::{Reached, promises, syscalls};

/// Decodes a message and applies it, at a base fee of 100 attoFIL, to a state with an actor that
/// does what its parameters say.
pub fn message(data: &[u8]) -> Reached {
    let Ok(message) = fvm_ipld_encoding::from_slice::<Message>(data) else {
        return Reached::Door;
    };
    let encoded = fvm_ipld_encoding::to_vec(&message).expect("what was decoded can be encoded");
    let again: Message = fvm_ipld_encoding::from_slice(&encoded).expect("and decoded again");
    assert_eq!(message, again);

    let version = NetworkVersion::V28;
    let mut reached = Reached::Door;
    for kind in [ApplyKind::Explicit, ApplyKind::Implicit] {
        let mut message = message.clone();
        // Enough for whatever one message does here, and soon over.
        message.gas_limit = message.gas_limit.min(100_000_000);
        let play = Play {
            version,
            base_fee: 100,
            module: syscalls::interpreter(version),
            privileged: false,
            message,
            kind,
            length: data.len(),
        };
        if promises::check(&play).is_some() {
            reached = Reached::Inside;
        }
    }
    reached
}
