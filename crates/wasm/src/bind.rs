//! Links an actor's imports to the kernel, by the table of the ABI.
//!
//! A binding reads what an actor passes, calls the kernel, and writes what it returns. Around
//! that, every syscall has one order: charge what the actor has run so far, charge for the call
//! itself, see that there is room for the result, act, and tell the actor what gas is left.

mod actor;
mod crypto;
mod debug;
mod event;
mod gas;
mod ipld;
mod legacy;
mod network;
mod nv17;
mod proofs;
mod rand;
mod result;
mod self_;
mod send;
mod vm;

use atoll_vm::abi::{self, Syscall};
use atoll_vm::{Kernel, Refusal, SyscallError};
use fvm_shared::error::ErrorNumber;
use fvm_shared::version::NetworkVersion;
use wasmtime::{AsContextMut, Caller, IntoFunc, Linker};

use crate::runner::{ActorMemory, Host, host};
use result::Returned;

/// Links all syscalls of a network version.
pub(crate) fn linker(
    engine: &wasmtime::Engine,
    version: NetworkVersion,
) -> wasmtime::Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    for row in abi::syscalls(version) {
        bind(Binding {
            linker: &mut linker,
            row,
        })?;
    }
    Ok(linker)
}

/// A row of the table, about to be linked.
struct Binding<'a> {
    linker: &'a mut Linker<Host>,
    row: &'static Syscall,
}

impl Binding<'_> {
    fn to<Params, Args>(self, function: impl IntoFunc<Host, Params, Args>) -> wasmtime::Result<()> {
        self.linker
            .func_wrap(self.row.module, self.row.name, function)?;
        Ok(())
    }
}

fn bind(binding: Binding<'_>) -> wasmtime::Result<()> {
    let row = binding.row;
    // Syscalls that have changed since: see `legacy` and `nv17`.
    let is_old = row.until.is_some();
    match (row.module, row.name) {
        ("vm", "abort") => nv17::abort(binding),
        ("vm", "context") => nv17::context(binding),
        ("vm", "exit") => vm::exit(binding),
        ("vm", "message_context") => vm::message_context(binding),

        ("network", "base_fee") => nv17::base_fee(binding),
        ("network", "context") => network::context(binding),
        ("network", "tipset_cid") => network::tipset_cid(binding),
        ("network", "total_fil_circ_supply") => network::total_fil_circ_supply(binding),

        ("ipld", "block_open") => ipld::block_open(binding),
        ("ipld", "block_create") => ipld::block_create(binding),
        ("ipld", "block_read") => ipld::block_read(binding),
        ("ipld", "block_stat") => ipld::block_stat(binding),
        ("ipld", "block_link") => ipld::block_link(binding),

        ("self", "root") => self_::root(binding),
        ("self", "set_root") => self_::set_root(binding),
        ("self", "current_balance") => self_::current_balance(binding),
        ("self", "self_destruct") if is_old => legacy::self_destruct(binding),
        ("self", "self_destruct") => self_::self_destruct(binding),

        ("actor", "resolve_address") => actor::resolve_address(binding),
        ("actor", "lookup_delegated_address") => actor::lookup_delegated_address(binding),
        ("actor", "get_actor_code_cid") => actor::get_actor_code_cid(binding),
        ("actor", "new_actor_address") => nv17::new_actor_address(binding),
        ("actor", "next_actor_address") => actor::next_actor_address(binding),
        ("actor", "create_actor") if is_old => nv17::create_actor(binding),
        ("actor", "create_actor") => actor::create_actor(binding),
        ("actor", "get_builtin_actor_type") => actor::get_builtin_actor_type(binding),
        ("actor", "get_code_cid_for_type") => actor::get_code_cid_for_type(binding),
        ("actor", "balance_of") => actor::balance_of(binding),

        ("crypto", "verify_signature") => crypto::verify_signature(binding),
        ("crypto", "verify_bls_aggregate") => crypto::verify_bls_aggregate(binding),
        ("crypto", "recover_secp_public_key") => crypto::recover_secp_public_key(binding),
        ("crypto", "hash") => crypto::hash(binding),
        ("crypto", "compute_unsealed_sector_cid") => proofs::compute_unsealed_sector_cid(binding),
        ("crypto", "verify_seal") => nv17::verify_seal(binding),
        ("crypto", "verify_post") => proofs::verify_post(binding),
        ("crypto", "verify_consensus_fault") => proofs::verify_consensus_fault(binding),
        ("crypto", "verify_aggregate_seals") => proofs::verify_aggregate_seals(binding),
        ("crypto", "verify_replica_update") => proofs::verify_replica_update(binding),
        ("crypto", "batch_verify_seals") => proofs::batch_verify_seals(binding),

        ("event", "emit_event") if is_old => legacy::emit_event(binding),
        ("event", "emit_event") => event::emit_event(binding),

        ("rand", "get_chain_randomness") if is_old => legacy::get_chain_randomness(binding),
        ("rand", "get_chain_randomness") => rand::get_chain_randomness(binding),
        ("rand", "get_beacon_randomness") if is_old => legacy::get_beacon_randomness(binding),
        ("rand", "get_beacon_randomness") => rand::get_beacon_randomness(binding),

        ("gas", "charge") => gas::charge(binding),
        ("gas", "available") => gas::available(binding),

        ("send", "send") if is_old => nv17::send(binding),
        ("send", "send") => send::send(binding),

        ("debug", "log") => debug::log(binding),
        ("debug", "enabled") => debug::enabled(binding),
        ("debug", "store_artifact") => debug::store_artifact(binding),

        (module, name) => Err(wasmtime::Error::msg(format!(
            "nothing is bound to {module}.{name}"
        ))),
    }
}

/// A syscall that returns nothing.
fn call(
    mut caller: Caller<'_, Host>,
    act: impl FnOnce(&mut Kernel, ActorMemory<'_>) -> Result<(), SyscallError>,
) -> wasmtime::Result<u32> {
    enter(&mut caller)?;
    let mut store = caller.as_context_mut();
    let (kernel, memory) = host::kernel_and_memory(&mut store);
    let result = act(kernel, memory);
    leave(caller, result)
}

/// A syscall that returns something, which goes to `out`.
fn call_for<T: Returned>(
    mut caller: Caller<'_, Host>,
    out: u32,
    act: impl FnOnce(&mut Kernel, &mut ActorMemory<'_>) -> Result<T, SyscallError>,
) -> wasmtime::Result<u32> {
    enter(&mut caller)?;
    let mut store = caller.as_context_mut();
    let (kernel, mut memory) = host::kernel_and_memory(&mut store);
    if !memory.has(out, T::LEN) {
        // The one way back that does not tell the actor what gas is left. What it has used is
        // then charged to it once more, later; the network's receipts contain it.
        return Ok(ErrorNumber::IllegalArgument as u32);
    }
    let result =
        act(kernel, &mut memory).and_then(|value| Ok(memory.put(out, value.to_bytes().as_ref())?));
    leave(caller, result)
}

/// Charges what the actor has run so far, and for the call.
fn enter(caller: &mut Caller<'_, Host>) -> wasmtime::Result<()> {
    let paid = host::settle(&mut *caller).and_then(|()| caller.data_mut().charge_for_syscall());
    paid.map_err(|stop| caller.data_mut().stop(stop))
}

/// Goes back to the actor, unless it is finished.
fn leave(mut caller: Caller<'_, Host>, result: Result<(), SyscallError>) -> wasmtime::Result<u32> {
    let result = match result {
        Ok(()) => Ok(0),
        Err(SyscallError::Refused(Refusal { number, .. })) => Ok(number as u32),
        Err(SyscallError::Stop(stop)) => Err(caller.data_mut().stop(stop)),
    };
    host::resume(caller)?;
    result
}

/// How actors are told yes and no.
fn verdict(yes: bool) -> i32 {
    if yes { 0 } else { -1 }
}

#[cfg(test)]
mod tests;
