//! Asking somebody whether they signed something.
//!
//! Who can sign decides for themselves what a signature is: an account checks its key, a contract
//! runs its code (FIP-0044).

use fvm_ipld_encoding::strict_bytes;
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sys::SendFlags;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::ActorError;
use crate::runtime::{Runtime, Send};
use crate::send;

/// The number of `AuthenticateMessage`.
pub const AUTHENTICATE_MESSAGE: MethodNum = 2643134072;

/// The parameters of `AuthenticateMessage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct AuthenticateMessageParams {
    /// Without the byte that says its type.
    #[serde(with = "strict_bytes")]
    pub signature: Vec<u8>,
    /// What was signed.
    #[serde(with = "strict_bytes")]
    pub message: Vec<u8>,
}

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
