//! Three kinds of trouble, three types.
//!
//! [`Refusal`]: the actor asked for something it may not have; it sees a number and may carry
//! on. [`Stop`]: the actor is finished. [`Fatal`]: this node is in trouble, and no receipt may
//! be written. Crossing from one to another is a visible, named step.

use std::borrow::Cow;
use std::fmt;

use fvm_shared::error::{ErrorNumber, ExitCode};

use crate::blocks::Block;

/// This node could not do its work: a missing block, a corrupt tree, a failing disk.
#[derive(Debug)]
pub struct Fatal(pub anyhow::Error);

impl Fatal {
    /// Trouble described in words.
    pub fn new(words: impl fmt::Display + fmt::Debug + Send + Sync + 'static) -> Self {
        Self(anyhow::Error::msg(words))
    }
}

impl fmt::Display for Fatal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.0)
    }
}

impl std::error::Error for Fatal {}

impl From<atoll_ipld::Error> for Fatal {
    fn from(error: atoll_ipld::Error) -> Self {
        Self(anyhow::Error::new(error).context("in a map of the state"))
    }
}

/// Names the step at which a library's error becomes this node's trouble.
pub trait OrFatal<T> {
    /// Wraps the error, saying what this node was about to do.
    fn or_fatal(self, doing: &'static str) -> Result<T, Fatal>;
}

impl<T, E> OrFatal<T> for Result<T, E>
where
    E: Into<anyhow::Error>,
{
    fn or_fatal(self, doing: &'static str) -> Result<T, Fatal> {
        self.map_err(|e| Fatal(e.into().context(doing)))
    }
}

/// The actor asked for something it may not have. It sees the number and may carry on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The number the actor sees.
    pub number: ErrorNumber,
    /// For people: traces and the backtrace of a failed message. Never observable on chain.
    pub words: Cow<'static, str>,
}

impl Refusal {
    /// A refusal with its explanation.
    pub fn new(number: ErrorNumber, words: impl Into<Cow<'static, str>>) -> Self {
        Self {
            number,
            words: words.into(),
        }
    }
}

/// The actor is finished: it exited, ran dry, or the node failed beneath it.
#[derive(Debug)]
pub enum Stop {
    /// The actor ended itself, or was ended for breaking a rule.
    Exit {
        /// What the caller sees.
        code: ExitCode,
        /// For people.
        words: String,
        /// Data that travels with the code, such as revert data.
        data: Option<Block>,
    },
    /// The gas of this frame is spent.
    OutOfGas,
    /// The message has broken a rule of the machine that no caller can recover from. Unlike
    /// trouble of the node this is the same on every node: the whole message ends with
    /// `SYS_ASSERTION_FAILED` and all its gas is spent.
    Broken(String),
    /// The node failed.
    Fatal(Fatal),
}

impl Stop {
    /// An end with an exit code and no data.
    pub fn exit(code: ExitCode, words: impl Into<String>) -> Self {
        Self::Exit {
            code,
            words: words.into(),
            data: None,
        }
    }
}

impl From<Fatal> for Stop {
    fn from(fatal: Fatal) -> Self {
        Self::Fatal(fatal)
    }
}

/// What a kernel method returns besides success.
#[derive(Debug)]
pub enum SyscallError {
    /// The actor gets a number back.
    Refused(Refusal),
    /// The actor does not get control back.
    Stop(Stop),
}

impl From<Refusal> for SyscallError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Stop> for SyscallError {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

impl From<Fatal> for SyscallError {
    fn from(fatal: Fatal) -> Self {
        Self::Stop(Stop::Fatal(fatal))
    }
}
