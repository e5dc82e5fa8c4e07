//! The JSON that commands read.

use atoll::exec::input::{Given, Input};
use atoll::vectors::recognise;

use crate::Reached;

/// Reads a vector of any format, and a file of messages down to each message.
pub fn json(data: &[u8]) -> Reached {
    let is_vector = matches!(recognise::parse(data), Ok(Some(_)));
    let is_input = Input::parse(data).is_ok_and(|input| {
        let (names, messages) = (input.names(), input.messages());
        if let (Ok(names), Ok(messages)) = (names, messages) {
            for message in messages {
                if let Given::Fields(fields) = message {
                    let _ = names.address(&fields.from);
                    let _ = names.address(&fields.to);
                    let _ = fields.encoded_params();
                }
            }
        }
        true
    });
    match is_vector || is_input {
        true => Reached::Inside,
        false => Reached::Door,
    }
}
