//! Module `send`.

use atoll_vm::{Gas, Refusal};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;
use fvm_shared::sys::SendFlags;
use wasmtime::Caller;

use super::{Binding, call_for};
use crate::runner::Host;

pub(super) fn send(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         to: u32,
         to_len: u32,
         method: u64,
         params: u32,
         value_high: u64,
         value_low: u64,
         gas_limit: u64,
         flags: u64| {
            call_for(caller, out, |kernel, memory| {
                let to = memory.read_address(to, to_len)?;
                let value = u128::from(value_high) << 64 | u128::from(value_low);
                let value = TokenAmount::from_atto(value);
                // The greatest number stands for no limit.
                let gas_limit = (gas_limit < u64::MAX).then(|| Gas::new(gas_limit));
                let flags = SendFlags::from_bits(flags).ok_or_else(|| {
                    let words = format!("there are no such flags: {flags:#x}");
                    Refusal::new(ErrorNumber::IllegalArgument, words)
                })?;
                kernel.send(&to, method, params, &value, gas_limit, flags)
            })
        },
    )
}
