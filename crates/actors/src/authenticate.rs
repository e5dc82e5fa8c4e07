//! Asking somebody whether they signed something.
//!
//! Who can sign decides for themselves what a signature is: an account checks its key, a contract
//! runs its code (FIP-0044).

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sys::SendFlags;

use crate::account::{AUTHENTICATE_MESSAGE, AuthenticateMessageParams};
use crate::error::ActorError;
use crate::runtime::{Runtime, Send};
use crate::send;

/// Requires that `signer` acknowledges a signature. It can't change anything meanwhile.
///
/// # Errors
/// What [`send::require`] makes of the signer's failure; 16 if it says no, 24 if it says nothing,
/// 21 if it says nonsense.
pub fn require_signed(
    rt: &dyn Runtime,
    signer: &Address,
    params: &AuthenticateMessageParams,
) -> Result<(), ActorError> {
    let sent = send::send(
        rt,
        Send {
            to: *signer,
            method: AUTHENTICATE_MESSAGE,
            params: send::params(params)?,
            value: TokenAmount::default(),
            gas_limit: None,
            flags: SendFlags::READ_ONLY,
        },
    )?;
    if send::decode(send::require(sent)?)? {
        Ok(())
    } else {
        Err(ActorError::illegal_argument(format!(
            "{signer} has not signed this"
        )))
    }
}
