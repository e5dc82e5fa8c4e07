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
use crate::gas;
use crate::kinds::ActorKind;
use crate::method::{Actor, Answer, EXPORTED_METHOD_MIN, Fallback};
use crate::runtime::Runtime;

/// The memory that each frame takes of the message's: an instance of an official actor has 18 pages
/// once it runs, and a table of 1 to 4 KiB. Without it, calls could nest where the network has no
/// memory left for them.
const INSTANCE_MEMORY: u64 = (18 << 16) + (2 << 10);

/// Runs the method that the message names, as the actor's table says.
///
/// A panic becomes exit 24, as it does in the official actors.
///
/// # Errors
/// Whatever the method fails with; 18 if the caller may not use low numbers; 22 if there is no
/// such method; 24 if the method did not check its caller exactly once.
pub fn dispatch(actor: &Actor, rt: &dyn Runtime, params: Option<IpldBlock>) -> Answer {
    // Nothing of ours outlives the call: the runtime undoes the state of an actor that fails.
    catch_unwind(AssertUnwindSafe(|| dispatch_in_frame(actor, rt, params)))
        .unwrap_or_else(|panic| Err(ActorError::assertion_failed(words_of(&*panic))))
}

fn dispatch_in_frame(actor: &Actor, rt: &dyn Runtime, params: Option<IpldBlock>) -> Answer {
    let number = rt.message().method;
    rt.charge("actor", gas::entry(actor.kind, number))?;
    rt.take_memory(INSTANCE_MEMORY)?;
    if let Fallback::Accept = actor.fallback {
        return Ok(None);
    }
    // Before the lookup: a contract that calls an unknown low number gets 18, not 22.
    if actor.restrict_internal {
        refuse_low_number(rt, number)?;
    }
    let params_len = params.as_ref().map_or(0, |params| params.data.len());
    let answer = match actor.method(number) {
        Some(method) => (method.run)(rt, params)?,
        None => fall_back(actor, rt, number, params)?,
    };
    rt.frame().caller_was_checked()?;
    match gas::success(actor.kind, number, params_len) {
        0 => {}
        gas => rt.charge("actor", gas)?,
    }
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
) -> Answer {
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
pub fn encode_return<T: Serialize>(value: &T) -> Answer {
    IpldBlock::serialize(CBOR, value)
        .map(Some)
        .or_exit(ExitCode::USR_SERIALIZATION, "return")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::callers;
    use crate::method::{Callers, Shape};
    use crate::replay::Genesis;
    use crate::replay::machine::Machine;

    const CONTRACT: u64 = 1000;
    const SOMEBODY: u64 = 100;
    const EXPORTED: u64 = EXPORTED_METHOD_MIN + 1;

    static ACTOR: Actor = Actor {
        kind: ActorKind::Account,
        state: Shape::NONE,
        methods: crate::methods! {
            1 Nothing() -> (), Callers::Any => callers::any;
            2 Double(u64) -> u64, Callers::Any => double;
            3 Unchecked() -> (), Callers::Any => unchecked;
            4 CheckedTwice() -> (), Callers::Any => checked_twice;
            5 Panics() -> (), Callers::Any => panics;
            6 System() -> (), Callers::Named("system") => system_only;
        },
        fallback: Fallback::AcceptExported,
        restrict_internal: true,
    };

    fn double(rt: &dyn Runtime, number: u64) -> Result<u64, ActorError> {
        callers::any(rt)?;
        Ok(number * 2)
    }

    fn unchecked(_rt: &dyn Runtime) -> Result<(), ActorError> {
        Ok(())
    }

    fn checked_twice(rt: &dyn Runtime) -> Result<(), ActorError> {
        callers::any(rt)?;
        callers::any(rt)
    }

    fn panics(_rt: &dyn Runtime) -> Result<(), ActorError> {
        panic!("a test of panics")
    }

    fn system_only(rt: &dyn Runtime) -> Result<(), ActorError> {
        callers::one_of(rt, &[crate::ids::SYSTEM])
    }

    #[track_caller]
    fn check(
        caller: u64,
        method: MethodNum,
        params: Option<&[u8]>,
        expected: Result<Option<&[u8]>, u32>,
    ) {
        let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/actors");
        let genesis = Genesis::load(&vectors).unwrap();
        let machine = Machine::new(&genesis, &[]).unwrap();
        machine.create(ActorKind::Evm, CONTRACT, None).unwrap();
        let params = params.map(|data| IpldBlock {
            codec: CBOR,
            data: data.to_vec(),
        });
        let answer = machine.stand_in(caller, SOMEBODY, method, |rt| dispatch(&ACTOR, rt, params));
        let answer = answer
            .map(|block| block.map(|block| block.data))
            .map_err(|e| e.code.value());
        assert_eq!(answer, expected.map(|data| data.map(<[u8]>::to_vec)));
    }

    #[test]
    fn parameters_and_answers() {
        check(SOMEBODY, 1, None, Ok(None));
        check(SOMEBODY, 1, Some(&[]), Err(16));
        check(SOMEBODY, 2, None, Err(16));
        check(SOMEBODY, 2, Some(&[0x15]), Ok(Some(&[0x18, 0x2a])));
        check(SOMEBODY, 2, Some(&[]), Err(21));
        check(SOMEBODY, 2, Some(&[0x60]), Err(21));
        check(SOMEBODY, 2, Some(&[0x15, 0x15]), Err(21));
    }

    #[test]
    fn the_caller_is_checked_once() {
        check(SOMEBODY, 3, None, Err(24));
        check(SOMEBODY, 4, None, Err(24));
        check(SOMEBODY, 6, None, Err(18));
        check(crate::ids::SYSTEM, 6, None, Ok(None));
    }

    #[test]
    fn a_panic_is_24() {
        check(SOMEBODY, 5, None, Err(24));
    }

    #[test]
    fn contracts_and_strangers_have_no_low_numbers() {
        check(CONTRACT, 1, None, Err(18));
        check(CONTRACT, 77, None, Err(18));
        check(CONTRACT, EXPORTED, None, Ok(None));
        check(SOMEBODY, 77, None, Err(22));
        check(SOMEBODY, EXPORTED, Some(&[0xff]), Ok(None));
        check(CONTRACT + 1, 1, None, Err(18));
    }
}
