//! Module `event`.

use atoll_vm::Refusal;
use atoll_vm::events::EventParts;
use fvm_shared::error::ErrorNumber;
use fvm_shared::sys::EventEntry;
use wasmtime::Caller;

use super::{Binding, call};
use crate::runner::Host;

pub(super) fn emit_event(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         headers: u32,
         entries: u32,
         keys: u32,
         keys_len: u32,
         values: u32,
         values_len: u32| {
            call(caller, |kernel, memory| {
                let headers_len = entries.checked_mul(size_of::<EventEntry>() as u32);
                let headers_len = headers_len.ok_or_else(|| {
                    let words = "the entries are longer than memory can be";
                    Refusal::new(ErrorNumber::IllegalArgument, words)
                })?;
                let headers = memory.read(headers, headers_len)?;
                let keys = memory.read(keys, keys_len)?;
                let values = memory.read(values, values_len)?;
                kernel.emit_event(&EventParts {
                    headers,
                    keys,
                    values,
                })
            })
        },
    )
}
