//! Syscalls in the form that they had up to network version 17.

use atoll_vm::kernel::InvocationContext;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sys::SendFlags;
use wasmtime::Caller;

use super::actor::no_room;
use super::result::{Returned, amount, lay, sys_amount};
use super::vm::last_words;
use super::{Binding, call, call_for, verdict};
use crate::runner::Host;

pub(super) fn abort(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, code: u32, words: u32, words_len: u32| {
            call(caller, |kernel, memory| {
                Err(kernel
                    .abort(code, last_words(&memory, words, words_len))
                    .into())
            })
        },
    )
}

pub(super) fn context(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| kernel.invocation_context())
    })
}

impl Returned for InvocationContext {
    const LEN: usize = Self::LEN;

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        let Self {
            value_received,
            caller,
            receiver,
            method,
            epoch,
            network_version,
        } = *self;
        lay::<{ Self::LEN }>(&[
            &amount(value_received),
            &caller.to_le_bytes(),
            &receiver.to_le_bytes(),
            &method.to_le_bytes(),
            &epoch.to_le_bytes(),
            &network_version.to_le_bytes(),
        ])
    }
}

pub(super) fn base_fee(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, out: u32| {
        call_for(caller, out, |kernel, _| sys_amount(&kernel.base_fee()))
    })
}

pub(super) fn new_actor_address(binding: Binding<'_>) -> wasmtime::Result<()> {
    /// Of an f2 address, asked for before one is given away.
    const LEN: usize = 21;
    binding.to(
        |caller: Caller<'_, Host>, out: u32, address: u32, address_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let room = memory.write(address, address_len)?;
                let room = room.get_mut(..LEN).ok_or_else(no_room)?;
                room.copy_from_slice(&kernel.new_actor_address()?.to_bytes());
                Ok(LEN as u32)
            })
        },
    )
}

pub(super) fn create_actor(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(|caller: Caller<'_, Host>, id: u64, code: u32| {
        call(caller, |kernel, memory| {
            kernel.create_built_in(memory.read_cid(code)?, id)
        })
    })
}

pub(super) fn verify_seal(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, info: u32, info_len: u32| {
            call_for(caller, out, |kernel, memory| {
                Ok(verdict(
                    kernel.verify_seal(&memory.read_cbor(info, info_len)?)?,
                ))
            })
        },
    )
}

pub(super) fn send(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         to: u32,
         to_len: u32,
         method: u64,
         params: u32,
         value_high: u64,
         value_low: u64| {
            call_for(caller, out, |kernel, memory| {
                let to = memory.read_address(to, to_len)?;
                let value = u128::from(value_high) << 64 | u128::from(value_low);
                let value = TokenAmount::from_atto(value);
                kernel.send(&to, method, params, &value, None, SendFlags::empty())
            })
        },
    )
}
