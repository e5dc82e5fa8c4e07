//! Module `actor`.

use atoll_vm::Refusal;
use fvm_shared::error::ErrorNumber;
use wasmtime::Caller;

use super::result::sys_amount;
use super::{Binding, call, call_for};
use crate::runner::Host;

pub(super) fn resolve_address(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, address: u32, address_len: u32| {
            call_for(caller, out, |kernel, memory| {
                kernel.resolve_address(&memory.read_address(address, address_len)?)
            })
        },
    )
}

pub(super) fn lookup_delegated_address(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, id: u64, address: u32, address_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let room = memory.write(address, address_len)?;
                let Some(found) = kernel.lookup_delegated_address(id)? else {
                    return Ok(0);
                };
                let bytes = found.to_bytes();
                room.get_mut(..bytes.len())
                    .ok_or_else(no_room)?
                    .copy_from_slice(&bytes);
                Ok(bytes.len() as u32)
            })
        },
    )
}

pub(super) fn get_actor_code_cid(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, id: u64, cid: u32, cid_len: u32| {
            call_for(caller, out, |kernel, memory| {
                memory.check(cid, cid_len)?;
                let code = kernel.get_actor_code_cid(id)?;
                Ok(memory.write_cid(&code, cid, cid_len)?)
            })
        },
    )
}

pub(super) fn next_actor_address(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, address: u32, address_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let room = memory.write(address, address_len)?;
                let bytes = kernel.next_actor_address().to_bytes();
                room.get_mut(..bytes.len())
                    .ok_or_else(no_room)?
                    .copy_from_slice(&bytes);
                Ok(bytes.len() as u32)
            })
        },
    )
}

pub(super) fn create_actor(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, id: u64, code: u32, address: u32, address_len: u32| {
            call(caller, |kernel, memory| {
                let code = memory.read_cid(code)?;
                let address = match address_len {
                    0 => None,
                    len => Some(memory.read_address(address, len)?),
                };
                kernel.create_actor(code, id, address)
            })
        },
    )
}

pub(super) fn get_builtin_actor_type(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32, code: u32| {
        call_for(caller, out, |kernel, memory| {
            kernel.get_builtin_actor_type(&memory.read_cid(code)?)
        })
    })
}

pub(super) fn get_code_cid_for_type(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, number: u32, cid: u32, cid_len: u32| {
            call_for(caller, out, |kernel, memory| {
                memory.check(cid, cid_len)?;
                let code = kernel.get_code_cid_for_type(number)?;
                Ok(memory.write_cid(&code, cid, cid_len)?)
            })
        },
    )
}

pub(super) fn balance_of(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32, id: u64| {
        call_for(caller, out, |kernel, _| sys_amount(&kernel.balance_of(id)?))
    })
}

pub(super) fn no_room() -> Refusal {
    Refusal::new(ErrorNumber::BufferTooSmall, "no room for the address")
}
