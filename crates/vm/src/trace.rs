//! What happened while a message ran, in order. Recorded only when the context asks for it.

use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, MethodNum};

use crate::blocks::Block;
use crate::error::Refusal;
use crate::gas::TracedCharge;
use crate::state::Actor;

/// One thing that happened. Calls nest: every `Call` has its `Return` or `Refused`.
#[derive(Clone, Debug)]
pub enum TraceEvent {
    /// Gas was charged, or could not be.
    Charge(TracedCharge),
    /// An actor, or the chain, calls an actor.
    Call {
        /// The caller.
        from: ActorID,
        /// The address as the caller gave it.
        to: Address,
        /// The method.
        method: MethodNum,
        /// The parameters.
        params: Option<Block>,
        /// What goes along.
        value: TokenAmount,
        /// What the call may use, in whole gas.
        gas_limit: u64,
        /// May the call change anything?
        read_only: bool,
    },
    /// The callee is found, and is about to get its value.
    Invoke {
        /// The callee.
        id: ActorID,
        /// The callee as it is before the call.
        actor: Box<Actor>,
    },
    /// The call is over.
    Return {
        /// Its exit code.
        code: ExitCode,
        /// What it answers.
        data: Option<Block>,
    },
    /// The call could not be made, or was ended from outside.
    Refused(Refusal),
    /// A block was read or written.
    Ipld {
        /// Which way it went.
        access: BlockAccess,
        /// The block.
        cid: Cid,
        /// Its length in bytes.
        size: usize,
    },
    /// An actor said something.
    Log(String),
}

/// Which way a block went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockAccess {
    /// Opened by an actor.
    Read,
    /// Linked into the state by an actor.
    Write,
}

/// A frame that ended badly. For people; never observable on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedFrame {
    /// The actor that failed.
    pub actor: ActorID,
    /// The method it was running.
    pub method: MethodNum,
    /// Its exit code.
    pub code: ExitCode,
    /// What it said.
    pub words: String,
}

impl std::fmt::Display for FailedFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            actor,
            method,
            code,
            words,
        } = self;
        write!(f, "f0{actor} method {method}: {words} ({code})")
    }
}
