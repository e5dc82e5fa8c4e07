//! Syscalls in the form that they had up to network version 20.

use wasmtime::Caller;

use super::{Binding, call, call_for};
use crate::runner::Host;

pub(super) fn self_destruct(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, heir: u32, heir_len: u32| {
        call(caller, |kernel, memory| {
            kernel.self_destruct_to(&memory.read_address(heir, heir_len)?)
        })
    })
}

pub(super) fn emit_event(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, event: u32, event_len: u32| {
        call(caller, |kernel, memory| {
            kernel.emit_encoded_event(memory.read(event, event_len)?)
        })
    })
}

pub(super) fn get_chain_randomness(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         domain: i64,
         epoch: i64,
         entropy: u32,
         entropy_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let entropy = memory.read(entropy, entropy_len)?;
                kernel.draw_chain_randomness(domain, epoch, entropy)
            })
        },
    )
}

pub(super) fn get_beacon_randomness(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         domain: i64,
         epoch: i64,
         entropy: u32,
         entropy_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let entropy = memory.read(entropy, entropy_len)?;
                kernel.draw_beacon_randomness(domain, epoch, entropy)
            })
        },
    )
}
