//! Module `rand`.

use wasmtime::Caller;

use super::{Binding, call_for};
use crate::runner::Host;

pub(super) fn get_chain_randomness(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32, epoch: i64| {
        call_for(caller, out, |kernel, _| kernel.get_chain_randomness(epoch))
    })
}

pub(super) fn get_beacon_randomness(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32, epoch: i64| {
        call_for(caller, out, |kernel, _| kernel.get_beacon_randomness(epoch))
    })
}
