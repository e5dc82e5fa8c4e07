//! From a method number to an answer.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fvm_ipld_encoding::CBOR;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::MethodNum;
use fvm_shared::error::ExitCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::method::{Actor, EXPORTED_METHOD_MIN, Fallback};
use crate::runtime::Runtime;

/// Runs the method that the message names, as the actor's table says.
///
/// A panic becomes exit 24, as it does in the official actors.
///
/// # Errors
/// Whatever the method fails with; 18 if the caller may not use low numbers; 22 if there is no
/// such method; 24 if the method did not check its caller exactly once.
pub fn dispatch(
    actor: &Actor,
    rt: &dyn Runtime,
    params: Option<IpldBlock>,
) -> Result<Option<IpldBlock>, ActorError> {
    // Nothing of ours outlives the call: the runtime undoes the state of an actor that fails.
    catch_unwind(AssertUnwindSafe(|| dispatch_in_frame(actor, rt, params)))
        .unwrap_or_else(|panic| Err(ActorError::assertion_failed(words_of(&*panic))))
}

fn dispatch_in_frame(
    actor: &Actor,
    rt: &dyn Runtime,
    params: Option<IpldBlock>,
) -> Result<Option<IpldBlock>, ActorError> {
    let number = rt.message().method;
    if let Fallback::Accept = actor.fallback {
        return Ok(None);
    }
    // Before the lookup: a contract that calls an unknown low number gets 18, not 22.
    if actor.restrict_internal {
        refuse_low_number(rt, number)?;
    }
    let answer = match actor.method(number) {
        Some(method) => (method.run)(rt, params)?,
        None => fall_back(actor, rt, number, params)?,
    };
    rt.frame().caller_was_checked()?;
    Ok(answer)
}

/// Refuses numbers below [`EXPORTED_METHOD_MIN`] to contracts and to actors that aren't built in.
fn refuse_low_number(rt: &dyn Runtime, number: MethodNum) -> Result<(), ActorError> {
    if number >= EXPORTED_METHOD_MIN {
        return Ok(());
    }
    let caller = rt.message().caller;
    let code = rt
        .code_of(caller)?
        .or_exit(ExitCode::USR_FORBIDDEN, "code of the caller")?;
    match rt.kind_of_code(&code)? {
        Some(kind) if kind != ActorKind::Evm => Ok(()),
        _ => Err(ActorError::forbidden(format!(
            "method {number} is not open to f0{caller}"
        ))),
    }
}

fn fall_back(
    actor: &Actor,
    rt: &dyn Runtime,
    number: MethodNum,
    params: Option<IpldBlock>,
) -> Result<Option<IpldBlock>, ActorError> {
    let unknown = || ActorError::unhandled_message(format!("no method {number}"));
    match actor.fallback {
        Fallback::Refuse => Err(unknown()),
        Fallback::Accept => Ok(None),
        Fallback::AcceptExported => {
            crate::callers::any(rt)?;
            if number >= EXPORTED_METHOD_MIN {
                Ok(None)
            } else {
                Err(unknown())
            }
        }
        Fallback::Custom(run) => run(rt, number, params),
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    format!("panic: {words}")
}

/// Decodes what a method with parameters was given: 16 if nothing, 21 if nonsense.
///
/// # Errors
/// See above.
pub fn decode_params<T: DeserializeOwned>(params: Option<IpldBlock>) -> Result<T, ActorError> {
    params
        .or_exit(
            ExitCode::USR_ILLEGAL_ARGUMENT,
            "the method takes parameters",
        )?
        .deserialize()
        .or_exit(ExitCode::USR_SERIALIZATION, "parameters")
}

/// Refuses parameters to a method without any: 16.
///
/// # Errors
/// See above.
pub fn no_params(params: Option<IpldBlock>) -> Result<(), ActorError> {
    match params {
        None => Ok(()),
        Some(_) => Err(ActorError::illegal_argument(
            "the method takes no parameters",
        )),
    }
}

/// Encodes what a method returns. A unit return has no block, which the table takes care of.
///
/// # Errors
/// 21 if the value cannot be encoded.
pub fn encode_return<T: Serialize>(value: &T) -> Result<Option<IpldBlock>, ActorError> {
    IpldBlock::serialize(CBOR, value)
        .map(Some)
        .or_exit(ExitCode::USR_SERIALIZATION, "return")
}
