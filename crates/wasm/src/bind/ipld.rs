//! Module `ipld`.

use fvm_shared::sys::out::ipld::{IpldOpen, IpldStat};
use wasmtime::Caller;

use super::{Binding, call_for};
use crate::runner::Host;

pub(super) fn block_open(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32, cid: u32| {
        call_for(caller, out, |kernel, memory| {
            let cid = memory.read_cid(cid)?;
            let (id, stat) = kernel.block_open(&cid)?;
            Ok(IpldOpen {
                codec: stat.codec,
                id,
                size: stat.size,
            })
        })
    })
}

pub(super) fn block_create(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, codec: u64, data: u32, data_len: u32| {
            call_for(caller, out, |kernel, memory| {
                kernel.block_create(codec, memory.read(data, data_len)?)
            })
        },
    )
}

pub(super) fn block_read(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, id: u32, offset: u32, data: u32, data_len: u32| {
            call_for(caller, out, |kernel, memory| {
                kernel.block_read(id, offset, memory.write(data, data_len)?)
            })
        },
    )
}

pub(super) fn block_stat(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32, id: u32| {
        call_for(caller, out, |kernel, _| {
            let stat = kernel.block_stat(id)?;
            Ok(IpldStat {
                codec: stat.codec,
                size: stat.size,
            })
        })
    })
}

pub(super) fn block_link(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         id: u32,
         hash_code: u64,
         hash_len: u32,
         cid: u32,
         cid_len: u32| {
            call_for(caller, out, |kernel, memory| {
                memory.check(cid, cid_len)?;
                let link = kernel.block_link(id, hash_code, hash_len)?;
                Ok(memory.write_cid(&link, cid, cid_len)?)
            })
        },
    )
}
