//! Who may call. Every method that succeeds has gone through exactly one of these.

use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::error::ExitCode;

use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::runtime::Runtime;

/// Anyone may call.
///
/// # Errors
/// 24 if the caller was checked before.
pub fn any(rt: &dyn Runtime) -> Result<(), ActorError> {
    check(rt, || Ok(true))
}

/// Only these actors may call.
///
/// # Errors
/// 18 for anybody else; 24 if the caller was checked before.
pub fn one_of(rt: &dyn Runtime, ids: &[ActorID]) -> Result<(), ActorError> {
    check(rt, || Ok(ids.contains(&rt.message().caller)))
}

/// Only these addresses may call. A caller is known by its id alone, so any address but an
/// f0 matches nobody.
///
/// # Errors
/// 18 for anybody else; 24 if the caller was checked before.
pub fn one_of_addresses<'a>(
    rt: &dyn Runtime,
    addresses: impl IntoIterator<Item = &'a Address>,
) -> Result<(), ActorError> {
    let caller = Address::new_id(rt.message().caller);
    check(rt, || {
        Ok(addresses.into_iter().any(|address| *address == caller))
    })
}

/// Only built-in actors of these kinds may call.
///
/// # Errors
/// 18 for anybody else; 24 if the caller was checked before.
pub fn kinds(rt: &dyn Runtime, kinds: &[ActorKind]) -> Result<(), ActorError> {
    check(rt, || {
        let caller = rt.message().caller;
        // A caller without code can't be: it is running.
        let code = rt
            .code_of(caller)?
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "caller's code")?;
        Ok(rt
            .kind_of_code(&code)?
            .is_some_and(|kind| kinds.contains(&kind)))
    })
}

fn check(
    rt: &dyn Runtime,
    allowed: impl FnOnce() -> Result<bool, ActorError>,
) -> Result<(), ActorError> {
    rt.frame().caller_unchecked()?;
    if !allowed()? {
        return Err(ActorError::forbidden(format!(
            "f0{} may not call",
            rt.message().caller
        )));
    }
    rt.frame().mark_caller_checked();
    Ok(())
}
