//! Module `debug`. Where debugging is off, which is everywhere that matters, nothing is looked
//! at, not even pointers.

use wasmtime::Caller;

use super::{Binding, call, call_for, verdict};
use crate::runner::Host;

pub(super) fn log(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, words: u32, words_len: u32| {
        call(caller, |kernel, memory| {
            if kernel.debug_enabled() {
                kernel.log(memory.read_text(words, words_len)?.to_owned());
            }
            Ok(())
        })
    })
}

pub(super) fn enabled(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| Ok(verdict(kernel.debug_enabled())))
    })
}

/// Artifacts are files for whoever debugs an actor on their own machine. They are checked, and
/// noted in the trace by their names; nothing is written.
pub(super) fn store_artifact(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, name: u32, name_len: u32, data: u32, data_len: u32| {
            call(caller, |kernel, memory| {
                if kernel.debug_enabled() {
                    let data_len = memory.read(data, data_len)?.len();
                    let name = memory.read_text(name, name_len)?;
                    kernel.log(format!("artifact {name}: {data_len} bytes"));
                }
                Ok(())
            })
        },
    )
}
