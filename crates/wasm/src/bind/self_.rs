//! Module `self`.

use wasmtime::Caller;

use super::result::sys_amount;
use super::{Binding, call, call_for};
use crate::runner::Host;

pub(super) fn root(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, cid: u32, cid_len: u32| {
            call_for(caller, out, |kernel, memory| {
                memory.check(cid, cid_len)?;
                let root = kernel.root()?;
                Ok(memory.write_cid(&root, cid, cid_len)?)
            })
        },
    )
}

pub(super) fn set_root(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, cid: u32| {
        call(caller, |kernel, memory| {
            kernel.set_root(memory.read_cid(cid)?)
        })
    })
}

pub(super) fn current_balance(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| {
            sys_amount(&kernel.current_balance()?)
        })
    })
}

pub(super) fn self_destruct(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, burn_unspent: u32| {
        call(caller, |kernel, _| kernel.self_destruct(burn_unspent > 0))
    })
}
