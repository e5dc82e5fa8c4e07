//! Module `network`.

use wasmtime::Caller;

use super::result::sys_amount;
use super::{Binding, call_for};
use crate::runner::Host;

pub(super) fn context(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| kernel.network_context())
    })
}

pub(super) fn tipset_cid(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, epoch: i64, cid: u32, cid_len: u32| {
            call_for(caller, out, |kernel, memory| {
                memory.check(cid, cid_len)?;
                let key = kernel.tipset_cid(epoch)?;
                Ok(memory.write_cid(&key, cid, cid_len)?)
            })
        },
    )
}

pub(super) fn total_fil_circ_supply(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| {
            sys_amount(&kernel.circulating_supply())
        })
    })
}
