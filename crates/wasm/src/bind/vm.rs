//! Module `vm`.

use wasmtime::Caller;

use super::{Binding, call, call_for};
use crate::runner::{ActorMemory, Host};

pub(super) fn exit(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, code: u32, data: u32, words: u32, words_len: u32| {
            call(caller, |kernel, memory| {
                Err(kernel
                    .exit(code, data, last_words(&memory, words, words_len))
                    .into())
            })
        },
    )
}

pub(super) fn message_context(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| kernel.message_context())
    })
}

/// What an actor says as it ends. For people, so anything will do, as long as it is short.
pub(super) fn last_words(memory: &ActorMemory<'_>, offset: u32, len: u32) -> String {
    const HALF_MAX: usize = 512;
    let bytes = match memory.read(offset, len) {
        Ok([]) => return "the actor ended itself".to_owned(),
        Ok(bytes) => bytes,
        Err(_) => return "the actor's last words are not in its memory".to_owned(),
    };
    if bytes.len() <= 2 * HALF_MAX {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let first = String::from_utf8_lossy(&bytes[..HALF_MAX]);
    let last = String::from_utf8_lossy(&bytes[bytes.len() - HALF_MAX..]);
    format!("{first} ... {last}")
}
