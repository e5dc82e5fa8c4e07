//! How an actor fails.

use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::error::ExitCode;

/// The actor gives up with an exit code. The machine undoes what it did.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("exit {code}: {words}")]
pub struct ActorError {
    /// What the caller sees.
    pub code: ExitCode,
    /// For people; never observable on chain.
    pub words: String,
    /// Data that travels with the code, such as revert data.
    pub data: Option<IpldBlock>,
}

macro_rules! by_code {
    ($($(#[$doc:meta])* $name:ident => $code:ident;)*) => {
        impl ActorError {
            $($(#[$doc])*
            pub fn $name(words: impl Into<String>) -> Self {
                Self::new(ExitCode::$code, words)
            })*
        }
    };
}

by_code! {
    /// 16
    illegal_argument => USR_ILLEGAL_ARGUMENT;
    /// 17
    not_found => USR_NOT_FOUND;
    /// 18
    forbidden => USR_FORBIDDEN;
    /// 19
    insufficient_funds => USR_INSUFFICIENT_FUNDS;
    /// 20
    illegal_state => USR_ILLEGAL_STATE;
    /// 21
    serialization => USR_SERIALIZATION;
    /// 22
    unhandled_message => USR_UNHANDLED_MESSAGE;
    /// 23
    unspecified => USR_UNSPECIFIED;
    /// 24
    assertion_failed => USR_ASSERTION_FAILED;
    /// 25
    read_only => USR_READ_ONLY;
}

impl ActorError {
    /// An error with any code.
    pub fn new(code: ExitCode, words: impl Into<String>) -> Self {
        Self {
            code,
            words: words.into(),
            data: None,
        }
    }

    /// Says what was being done when it happened; the code stays.
    #[must_use]
    pub fn during(mut self, doing: &str) -> Self {
        self.words = format!("{doing}: {}", self.words);
        self
    }
}

impl From<atoll_ipld::Error> for ActorError {
    /// A collection that can't be read or written is 20.
    fn from(error: atoll_ipld::Error) -> Self {
        Self::illegal_state(error.to_string())
    }
}

/// Names the exit code that a library's error becomes.
pub trait OrExit<T> {
    /// Wraps the error, saying what the actor was about to do.
    fn or_exit(self, code: ExitCode, doing: &str) -> Result<T, ActorError>;

    /// The same with 20 (illegal state), the commonest.
    fn or_illegal_state(self, doing: &str) -> Result<T, ActorError>
    where
        Self: Sized,
    {
        self.or_exit(ExitCode::USR_ILLEGAL_STATE, doing)
    }
}

impl<T, E: std::fmt::Display> OrExit<T> for Result<T, E> {
    fn or_exit(self, code: ExitCode, doing: &str) -> Result<T, ActorError> {
        self.map_err(|e| ActorError::new(code, format!("{doing}: {e}")))
    }
}

impl<T> OrExit<T> for Option<T> {
    fn or_exit(self, code: ExitCode, doing: &str) -> Result<T, ActorError> {
        self.ok_or_else(|| ActorError::new(code, format!("{doing}: none")))
    }
}
