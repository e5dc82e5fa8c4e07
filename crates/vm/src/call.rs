//! One actor calls another, or the chain calls an actor.
//!
//! A call goes down this list once: checkpoint, gas limit, frame, receiver, value, actor. Each
//! step undoes on the way back what it did on the way in.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cid::Cid;
use fvm_shared::address::{Address, Payload};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::sys::BlockId;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};
use num_traits::Zero;

use crate::actors::{EAM_ACTOR, SYSTEM_ACTOR};
use crate::blocks::{Block, BlockRegistry, NO_BLOCK};
use crate::error::{Fatal, Refusal, Stop, SyscallError};
use crate::gas::Gas;
use crate::kernel::{Frame, Kernel};
use crate::machine::{Machine, Seat};
use crate::runner::Entry;
use crate::state::Actor;
use crate::trace::{FailedFrame, TraceEvent, TracedCall};

/// A call about to be made.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) from: ActorID,
    pub(crate) to: Address,
    pub(crate) method: MethodNum,
    pub(crate) params: Option<Block>,
    pub(crate) value: &'a TokenAmount,
    /// What the callee may use; everything that is left if `None`.
    pub(crate) gas_limit: Option<Gas>,
    pub(crate) mutability: Mutability,
}

/// May a call change anything?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// It may.
    Mutable,
    /// It may not, nor may anything that it calls.
    ReadOnly,
}

/// What a callee answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) code: ExitCode,
    pub(crate) data: Option<Block>,
}

/// A call to an actor whose id is known.
struct Invocation<'a> {
    from: ActorID,
    to: ActorID,
    method: MethodNum,
    params: Option<Block>,
    value: &'a TokenAmount,
    mutability: Mutability,
    origin: Origin,
}

/// Who wants a call.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// A message or an actor.
    Caller,
    /// The machine itself, which constructs an account. It leaves no frame of its own in a trace.
    Machine,
}

/// Makes a call. Unless it succeeds, nothing it did remains but the gas it used.
pub(crate) fn call(seat: &mut Seat, call: Call<'_>) -> Result<Reply, SyscallError> {
    let before = seat.checkpoint();
    let result = with_gas_limit(seat, call);
    if !matches!(&result, Ok(reply) if reply.code.is_success()) {
        seat.revert(before);
    }
    result
}

/// Puts the caller's limit in force for the duration of the call.
fn with_gas_limit(seat: &mut Seat, call: Call<'_>) -> Result<Reply, SyscallError> {
    let gas_limit = call.gas_limit;
    trace_call(seat, &call);
    if let Some(limit) = gas_limit {
        seat.message.gas.push_limit(limit);
    }
    let depth_max = seat.context.limits.call_depth_max;
    let depth_max = depth_max.saturating_add(seat.rules.calls_beyond_depth_max);
    let too_deep = seat.message.depth >= depth_max;
    let mut result = if too_deep {
        let words = "the call stack is as deep as it may be";
        Err(Refusal::new(ErrorNumber::LimitExceeded, words).into())
    } else {
        with_frame(seat, call)
    };
    if gas_limit.is_some() && !(too_deep && seat.rules.too_deep_keeps_limit) {
        seat.message.gas.pop_limit();
    }
    // The callee is out of gas, but its caller is not: the caller sees an exit code. A caller
    // with nothing left either goes down with the callee.
    if matches!(result, Err(SyscallError::Stop(Stop::OutOfGas)))
        && !seat.message.gas.available().is_zero()
    {
        result = Ok(Reply {
            code: ExitCode::SYS_OUT_OF_GAS,
            data: None,
        });
    }
    seat.trace(|_| trace_result(&result));
    result
}

/// Counts the frame, and frees the memory that it used.
fn with_frame(seat: &mut Seat, call: Call<'_>) -> Result<Reply, SyscallError> {
    let memory = seat.message.memory.mark();
    seat.message.depth += 1;
    let result = to_receiver(seat, call);
    seat.message.depth -= 1;
    seat.message.memory.release(memory);
    result
}

/// Finds the receiver, or creates one where an address may be called into being.
fn to_receiver(seat: &mut Seat, call: Call<'_>) -> Result<Reply, SyscallError> {
    let Call {
        from,
        to,
        method,
        params,
        value,
        gas_limit: _,
        mutability,
    } = call;
    let id = match seat.resolve(&to)? {
        Some(id) => id,
        None => create_receiver(seat, &to, mutability)?,
    };
    invoke(
        seat,
        Invocation {
            from,
            to: id,
            method,
            params,
            value,
            mutability,
            origin: Origin::Caller,
        },
    )
}

fn create_receiver(
    seat: &mut Seat,
    to: &Address,
    mutability: Mutability,
) -> Result<ActorID, SyscallError> {
    let is_key = match to.payload() {
        Payload::Secp256k1(_) | Payload::BLS(_) => true,
        Payload::Delegated(to)
            if to.namespace() == EAM_ACTOR && seat.manifest.placeholder.is_some() =>
        {
            false
        }
        _ => {
            let words = format!("{to} does not exist and can't be created by sending to it");
            return Err(Refusal::new(ErrorNumber::NotFound, words).into());
        }
    };
    if mutability == Mutability::ReadOnly {
        let words = format!("a read-only call can't create {to}");
        return Err(Refusal::new(ErrorNumber::ReadOnly, words).into());
    }
    if is_key {
        create_account(seat, to)
    } else {
        create_placeholder(seat, to)
    }
}

/// Creates the account of a key and runs its constructor.
fn create_account(seat: &mut Seat, to: &Address) -> Result<ActorID, SyscallError> {
    if to.is_bls_zero_address() {
        let words = "the address of the zero BLS key can't have an account";
        return Err(Refusal::new(ErrorNumber::IllegalArgument, words).into());
    }
    let account = Actor::new(seat.manifest.account, None);
    let id = create_with_address(seat, to, account)?;
    let params = fvm_ipld_encoding::to_vec(to).map_err(|e| {
        Refusal::new(
            ErrorNumber::IllegalArgument,
            format!("{to} does not encode: {e}"),
        )
    })?;
    // The exit code is ignored: an account that failed to construct itself is there all the
    // same, and the value sent to it too.
    invoke(
        seat,
        Invocation {
            from: SYSTEM_ACTOR,
            to: id,
            method: METHOD_CONSTRUCTOR,
            params: Some(Block::new(seat.rules.params_codec(), params, Vec::new())),
            value: &TokenAmount::zero(),
            mutability: Mutability::Mutable,
            origin: Origin::Machine,
        },
    )?;
    Ok(id)
}

/// Creates a placeholder, which holds funds until somebody can show that the address is theirs
/// (FIP-0048). No code runs.
fn create_placeholder(seat: &mut Seat, to: &Address) -> Result<ActorID, SyscallError> {
    let code = seat
        .manifest
        .placeholder
        .ok_or_else(|| Fatal::new("this network version has no placeholder actor"))?;
    create_with_address(seat, to, Actor::new(code, Some(*to)))
}

fn create_with_address(
    seat: &mut Seat,
    address: &Address,
    actor: Actor,
) -> Result<ActorID, SyscallError> {
    let charge = seat.prices.on_create_actor_with_address();
    seat.message.gas.charge(charge)?;
    let id = seat.state.assign_id(address)?;
    seat.message.access.touch_address(address);
    seat.charge_update(id)?;
    seat.state.set_actor(id, actor)?;
    Ok(id)
}

/// Moves the value and runs the receiver.
fn invoke(seat: &mut Seat, invocation: Invocation<'_>) -> Result<Reply, SyscallError> {
    let Invocation {
        from,
        to,
        method,
        params,
        value,
        mutability,
        origin,
    } = invocation;
    let machine: &mut Machine = seat;
    let Some(receiver) = machine.actor(to)? else {
        let words = format!("there is no actor f0{to}");
        return Err(Refusal::new(ErrorNumber::NotFound, words).into());
    };
    let code = receiver.code;
    if origin == Origin::Caller {
        machine.trace_invoke(to)?;
    }
    if let Some(charge) = machine.prices.on_call(!value.is_zero(), method) {
        machine.message.gas.charge(charge)?;
    }
    if !value.is_zero() {
        machine
            .message
            .gas
            .charge(machine.prices.on_value_transfer())?;
        machine.transfer(from, to, value)?;
    }
    if method == METHOD_SEND && origin == Origin::Caller {
        return Ok(Reply {
            code: ExitCode::OK,
            data: None,
        });
    }

    let links = params.as_ref().map_or(0, |params| params.links.len());
    machine
        .message
        .gas
        .charge(machine.prices.on_method_invocation(links))?;
    let mut blocks = BlockRegistry::new(machine.rules.links);
    let params = match params {
        Some(params) => blocks.put_reachable(params)?,
        None => NO_BLOCK,
    };
    let frame = Frame {
        caller: from,
        receiver: to,
        method,
        value_received: value.clone(),
        mutability,
    };
    let result = run(
        seat,
        frame,
        blocks,
        &Entry {
            code,
            method,
            params,
        },
    );
    let result = end_frame(seat, to, method, origin, result);
    charge_return(seat, result)
}

/// Hands the machine to the runner and takes it back, whatever happens in between.
fn run(
    seat: &mut Seat,
    frame: Frame,
    blocks: BlockRegistry,
    entry: &Entry,
) -> Result<Option<Block>, Stop> {
    let machine = seat.take()?;
    let runner = std::sync::Arc::clone(&machine.runner);
    let lost_and_found = machine.lost_and_found.upgrade();
    let kernel = Kernel::new(Seat::new(machine), frame, blocks);
    let run = catch_unwind(AssertUnwindSafe(|| runner.run(kernel, entry)));
    let panic = match run {
        Ok((kernel, result)) => {
            let (machine, blocks) = kernel.into_parts()?;
            seat.put_back(machine);
            return answer(&blocks, result?);
        }
        Err(panic) => panic,
    };
    // The unwinding stack dropped the kernel, and its seat left the machine for us.
    if let Some(machine) = lost_and_found.and_then(|lost_and_found| lost_and_found.collect()) {
        seat.put_back(machine);
    }
    Err(Stop::Fatal(Fatal::new(format!(
        "the runner of code {} panicked: {}",
        entry.code,
        panic_words(&*panic)
    ))))
}

/// The block behind the id that an actor answered with.
fn answer(blocks: &BlockRegistry, id: Option<BlockId>) -> Result<Option<Block>, Stop> {
    let Some(id) = id else { return Ok(None) };
    match blocks.get(id) {
        Ok(block) => Ok(Some(block.clone())),
        Err(_) => Err(Stop::Exit {
            code: ExitCode::SYS_MISSING_RETURN,
            words: format!("the actor answered with block {id}, which does not exist"),
            data: None,
        }),
    }
}

/// Turns the end of an actor into what its caller sees.
fn end_frame(
    seat: &mut Seat,
    actor: ActorID,
    method: MethodNum,
    origin: Origin,
    result: Result<Option<Block>, Stop>,
) -> Result<Reply, Stop> {
    let stop = match result {
        Ok(data) => {
            return Ok(Reply {
                code: ExitCode::OK,
                data,
            });
        }
        Err(stop) => stop,
    };
    let (code, words) = match &stop {
        Stop::Exit { code, words, .. } => (*code, words.as_str()),
        Stop::OutOfGas => (ExitCode::SYS_OUT_OF_GAS, "out of gas"),
        Stop::Broken(words) => (ExitCode::SYS_ASSERTION_FAILED, words.as_str()),
        Stop::Fatal(_) => (ExitCode::SYS_ASSERTION_FAILED, "the node failed"),
    };
    if !code.is_success() && origin == Origin::Caller && seat.is_taken() {
        let words = words.to_owned();
        seat.message.note_failure(FailedFrame {
            actor,
            method,
            code,
            words,
        });
    }
    match stop {
        Stop::Exit { code, data, .. } => Ok(Reply { code, data }),
        stop => Err(stop),
    }
}

/// Charges for the answer: on chain by its bytes, between actors by its links.
fn charge_return(seat: &mut Seat, result: Result<Reply, Stop>) -> Result<Reply, SyscallError> {
    let reply = result?;
    if let Some(data) = &reply.data {
        let charge = if seat.message.depth == 1 {
            seat.prices.on_chain_return(data.data.len())
        } else {
            seat.prices.on_nested_return(data.links.len())
        };
        seat.message.gas.charge(charge)?;
    }
    Ok(reply)
}

/// Creates an actor at an id that the init actor has assigned, or replaces a placeholder there.
pub(crate) fn create_actor(
    machine: &mut Machine,
    code: Cid,
    id: ActorID,
    delegated_address: Option<Address>,
) -> Result<(), SyscallError> {
    let forbidden = |words: &'static str| Refusal::new(ErrorNumber::Forbidden, words);
    if machine.manifest.is_placeholder(&code) {
        return Err(forbidden("a placeholder can't be constructed").into());
    }
    let placeholder = machine.manifest.placeholder;
    match machine.actor(id)? {
        Some(old) if Some(old.code) == placeholder => {
            if old.delegated_address.is_none() {
                return Err(Stop::Broken(format!("placeholder f0{id} has no f4 address")).into());
            }
            if old.delegated_address != delegated_address {
                return Err(forbidden("the placeholder has another f4 address").into());
            }
            machine.charge_update(id)?;
            machine.state.set_code(id, code)?;
        }
        Some(_) => return Err(forbidden("there is already an actor with this id").into()),
        None => {
            machine
                .message
                .gas
                .charge(machine.prices.on_create_actor())?;
            machine.charge_update(id)?;
            machine
                .state
                .set_actor(id, Actor::new(code, delegated_address))?;
        }
    }
    machine.message.actors_created += 1;
    Ok(())
}

fn trace_call(seat: &mut Seat, call: &Call<'_>) {
    seat.trace(|gas| {
        TraceEvent::Call(TracedCall {
            from: call.from,
            to: call.to,
            method: call.method,
            params: call.params.clone(),
            value: call.value.clone(),
            gas_limit: match call.gas_limit {
                Some(limit) => limit.round_up().min(gas.available().round_up()),
                None => gas.available().round_up(),
            },
            read_only: call.mutability == Mutability::ReadOnly,
        })
    });
}

fn trace_result(result: &Result<Reply, SyscallError>) -> TraceEvent {
    match result {
        Ok(Reply { code, data }) => TraceEvent::Return {
            code: *code,
            data: data.clone(),
        },
        Err(SyscallError::Refused(refusal)) => TraceEvent::Refused(refusal.clone()),
        Err(SyscallError::Stop(Stop::OutOfGas)) => TraceEvent::Return {
            code: ExitCode::SYS_OUT_OF_GAS,
            data: None,
        },
        Err(SyscallError::Stop(Stop::Exit { code, data, .. })) => TraceEvent::Return {
            code: *code,
            data: data.clone(),
        },
        Err(SyscallError::Stop(Stop::Broken(words))) => {
            TraceEvent::Refused(Refusal::new(ErrorNumber::Forbidden, words.clone()))
        }
        Err(SyscallError::Stop(Stop::Fatal(fatal))) => {
            TraceEvent::Refused(Refusal::new(ErrorNumber::Forbidden, fatal.to_string()))
        }
    }
}

fn panic_words(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no words")
}
