//! Calling other actors, and what their failures become.

use fvm_ipld_encoding::CBOR;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::sys::SendFlags;
use fvm_shared::{METHOD_SEND, MethodNum};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{ActorError, OrExit};
use crate::runtime::{Reply, Runtime, Send};

/// What came of a call: the inner error means that it could not be made.
pub type Sent = Result<Reply, ErrorNumber>;

/// Calls another actor and leaves it to the caller to judge the outcome. Inside a transaction
/// the call is not made ([`ErrorNumber::IllegalOperation`]).
///
/// # Errors
/// Only this actor's own end: no gas, node failure.
pub fn send(rt: &dyn Runtime, call: Send) -> Result<Sent, ActorError> {
    if rt.frame().in_transaction() {
        return Ok(Err(ErrorNumber::IllegalOperation));
    }
    rt.send(call)
}

/// [`send`] with all the gas there is, and the right to write.
///
/// # Errors
/// Only this actor's own end: no gas, node failure.
pub fn try_call(
    rt: &dyn Runtime,
    to: &Address,
    method: MethodNum,
    params: Option<IpldBlock>,
    value: TokenAmount,
) -> Result<Sent, ActorError> {
    let flags = SendFlags::empty();
    send(
        rt,
        Send {
            to: *to,
            method,
            params,
            value,
            gas_limit: None,
            flags,
        },
    )
}

/// Calls another actor; its failure is this actor's, by the rules of [`require`].
///
/// # Errors
/// See [`require`].
pub fn call(
    rt: &dyn Runtime,
    to: &Address,
    method: MethodNum,
    params: Option<IpldBlock>,
    value: TokenAmount,
) -> Result<Option<IpldBlock>, ActorError> {
    require(try_call(rt, to, method, params, value)?)
}

/// Moves value to another actor.
///
/// # Errors
/// See [`require`].
pub fn transfer(rt: &dyn Runtime, to: &Address, value: TokenAmount) -> Result<(), ActorError> {
    call(rt, to, METHOD_SEND, None, value).map(|_| ())
}

/// Makes a callee's failure the caller's own.
///
/// # Errors
/// A code of the callee's passes through with its data, except that a system's code may not be
/// borrowed: a missing return, an illegal instruction or an illegal exit code become 23, the
/// others 24. A call that could not be made is 23 if there was no receiver, 19 if there was too
/// little to send, 25 if it would have written, else 24.
pub fn require(sent: Sent) -> Result<Option<IpldBlock>, ActorError> {
    match sent {
        Ok(reply) if reply.code.is_success() => Ok(reply.data),
        Ok(reply) => Err(ActorError {
            code: borrowed_code(reply.code),
            words: format!("the callee exited with {}", reply.code),
            data: reply.data,
        }),
        Err(number) => Err(call_not_made(number)),
    }
}

fn borrowed_code(code: ExitCode) -> ExitCode {
    match code {
        ExitCode::SYS_MISSING_RETURN
        | ExitCode::SYS_ILLEGAL_INSTRUCTION
        | ExitCode::SYS_ILLEGAL_EXIT_CODE => ExitCode::USR_UNSPECIFIED,
        code if code.is_system_error() => ExitCode::USR_ASSERTION_FAILED,
        code => code,
    }
}

/// What a call that could not be made means to an actor that needed it.
#[must_use]
pub fn call_not_made(number: ErrorNumber) -> ActorError {
    let code = match number {
        ErrorNumber::NotFound => ExitCode::USR_UNSPECIFIED,
        ErrorNumber::InsufficientFunds => ExitCode::USR_INSUFFICIENT_FUNDS,
        ErrorNumber::ReadOnly => ExitCode::USR_READ_ONLY,
        _ => ExitCode::USR_ASSERTION_FAILED,
    };
    ActorError::new(code, format!("the call was not made: {number}"))
}

/// Encodes parameters for a call.
///
/// # Errors
/// 21 if the value cannot be encoded.
pub fn params<T: Serialize + ?Sized>(value: &T) -> Result<Option<IpldBlock>, ActorError> {
    IpldBlock::serialize(CBOR, value)
        .map(Some)
        .or_exit(ExitCode::USR_SERIALIZATION, "parameters")
}

/// Decodes what a callee returned.
///
/// # Errors
/// 24 if it returned nothing, 21 if it returned nonsense.
pub fn decode<T: DeserializeOwned>(data: Option<IpldBlock>) -> Result<T, ActorError> {
    data.or_exit(ExitCode::USR_ASSERTION_FAILED, "the callee's return")?
        .deserialize()
        .or_exit(ExitCode::USR_SERIALIZATION, "the callee's return")
}
