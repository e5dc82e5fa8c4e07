//! Module `gas`.

use wasmtime::Caller;

use super::{Binding, call, call_for};
use crate::runner::Host;

pub(super) fn charge(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, name: u32, name_len: u32, gas: u64| {
            call(caller, |kernel, memory| {
                kernel.charge_named(memory.read_text(name, name_len)?, gas)
            })
        },
    )
}

pub(super) fn available(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| {
            Ok(kernel.gas_available().round_down())
        })
    })
}
