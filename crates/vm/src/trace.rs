//! What happens while a message runs, in order. It is kept until the message is over if the context
//! asks for that, and told at once to a watcher if there is one.

use std::fmt;
use std::sync::Arc;

use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, MethodNum};

use crate::blocks::Block;
use crate::context::Context;
use crate::error::Refusal;
use crate::gas::TracedCharge;
use crate::state::Actor;

/// One thing that happened. Calls nest: every `Call` has its `Return` or `Refused`.
#[derive(Clone, Debug)]
pub enum TraceEvent {
    /// Gas was charged, or could not be.
    Charge(TracedCharge),
    /// An actor, or the chain, calls an actor.
    Call(TracedCall),
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
    /// The actor that runs has a new state.
    Root(Cid),
    /// An actor said something.
    Log(String),
}

/// A call of an actor.
#[derive(Clone, Debug)]
pub struct TracedCall {
    /// The caller.
    pub from: ActorID,
    /// The address as the caller gave it.
    pub to: Address,
    /// The method.
    pub method: MethodNum,
    /// The parameters.
    pub params: Option<Block>,
    /// What goes along.
    pub value: TokenAmount,
    /// What the call may use, in whole gas.
    pub gas_limit: u64,
    /// May the call change nothing?
    pub read_only: bool,
}

/// Is told each event at the moment it happens, on the thread that runs the message. What a call
/// that fails did was told all the same. It must not panic.
pub type Watcher = Arc<dyn Fn(&TraceEvent) + Send + Sync>;

/// Where the events of one message go.
pub(crate) struct Trace {
    /// `None` if there is only a watcher.
    kept: Option<Vec<TraceEvent>>,
    watcher: Option<Watcher>,
}

impl Trace {
    /// What a context and a watcher ask for; `None` if nobody wants to know.
    pub(crate) fn wanted(context: &Context, watcher: Option<&Watcher>) -> Option<Self> {
        if !context.tracing && watcher.is_none() {
            return None;
        }
        Some(Self {
            kept: context.tracing.then(Vec::new),
            watcher: watcher.cloned(),
        })
    }

    #[cold]
    pub(crate) fn record(&mut self, event: TraceEvent) {
        if let Some(watcher) = &self.watcher {
            watcher(&event);
        }
        if let Some(kept) = &mut self.kept {
            kept.push(event);
        }
    }

    /// What was kept, oldest first.
    pub(crate) fn into_kept(self) -> Vec<TraceEvent> {
        self.kept.unwrap_or_default()
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept = self.kept.as_ref().map_or(0, Vec::len);
        write!(f, "Trace({kept} events kept)")
    }
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

impl fmt::Display for FailedFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            actor,
            method,
            code,
            words,
        } = self;
        write!(f, "f0{actor} method {method}: {words} ({code})")
    }
}
