//! The one place where this project vouches for bytes that become machine code.

use wasmtime::{Engine, Module};

/// Turns the bytes of a compiled module back into one. `None` if they are of another version or
/// configuration of Wasmtime, or of another kind of processor.
///
/// The caller has checked that these very bytes were written by this installation: see
/// [`super::disk`], the only caller.
#[expect(
    unsafe_code,
    reason = "Wasmtime can't check machine code; its MAC was checked before"
)]
pub(super) fn deserialize(engine: &Engine, authentic: &[u8]) -> Option<Module> {
    // SAFETY: the bytes came out of `Module::serialize` in a process of this installation and
    // have not changed since: `disk` compares a MAC, keyed with a secret that only this user can
    // read, over the bytes it holds in memory, not over a file that may still change. Whoever
    // could forge that can read this user's files and needs no cache to run code as this user.
    unsafe { Module::deserialize(engine, authentic) }.ok()
}
