//! What goes into and comes out of the token's methods. FRC-46 fixed most of it; mint and destroy
//! are the registry's own.

use fvm_ipld_encoding::RawBytes;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;

/// The parameters of `Mint`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct MintParams {
    /// Who receives the new tokens.
    pub to: Address,
    /// How many.
    pub amount: TokenAmount,
    /// Who may spend them for the receiver, as good as without limit.
    pub operators: Vec<Address>,
}

/// What `Mint` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct MintReturn {
    /// What the receiver held before the hook.
    pub balance: TokenAmount,
    /// What everybody held before the hook.
    pub supply: TokenAmount,
    /// What the receiver's hook answered.
    pub recipient_data: RawBytes,
}

/// The parameters of `Destroy`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct DestroyParams {
    /// Whose tokens.
    pub owner: Address,
    /// How many.
    pub amount: TokenAmount,
}

/// The parameters of `Burn`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BurnParams {
    /// How many of the caller's tokens.
    pub amount: TokenAmount,
}

/// What `Burn` and `Destroy` answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BurnReturn {
    /// What the holder has left.
    pub balance: TokenAmount,
}

/// The parameters of `BurnFrom`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BurnFromParams {
    /// Whose tokens.
    pub owner: Address,
    /// How many.
    pub amount: TokenAmount,
}

/// What `BurnFrom` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BurnFromReturn {
    /// What the holder has left.
    pub balance: TokenAmount,
    /// What the caller may still spend of it.
    pub allowance: TokenAmount,
}

/// The parameters of `Transfer`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct TransferParams {
    /// Who receives.
    pub to: Address,
    /// How many of the caller's tokens.
    pub amount: TokenAmount,
    /// Passed on to the receiver's hook.
    pub operator_data: RawBytes,
}

/// What `Transfer` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct TransferReturn {
    /// What the sender had left before the hook.
    pub from_balance: TokenAmount,
    /// What the receiver held before the hook.
    pub to_balance: TokenAmount,
    /// What the receiver's hook answered.
    pub recipient_data: RawBytes,
}

/// The parameters of `TransferFrom`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct TransferFromParams {
    /// Whose tokens.
    pub from: Address,
    /// Who receives.
    pub to: Address,
    /// How many.
    pub amount: TokenAmount,
    /// Passed on to the receiver's hook.
    pub operator_data: RawBytes,
}

/// What `TransferFrom` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct TransferFromReturn {
    /// What the sender had left before the hook.
    pub from_balance: TokenAmount,
    /// What the receiver held before the hook.
    pub to_balance: TokenAmount,
    /// What the caller may still spend for the sender.
    pub allowance: TokenAmount,
    /// What the receiver's hook answered.
    pub recipient_data: RawBytes,
}

/// The parameters of `IncreaseAllowance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct IncreaseAllowanceParams {
    /// Who may spend more.
    pub operator: Address,
    /// How much more.
    pub increase: TokenAmount,
}

/// The parameters of `DecreaseAllowance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct DecreaseAllowanceParams {
    /// Who may spend less.
    pub operator: Address,
    /// How much less.
    pub decrease: TokenAmount,
}

/// The parameters of `RevokeAllowance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct RevokeAllowanceParams {
    /// Who may not spend anything any more.
    pub operator: Address,
}

/// The parameters of `Allowance`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct AllowanceParams {
    /// Whose tokens.
    pub owner: Address,
    /// Who may spend them.
    pub operator: Address,
}

/// The parameters of `Receive` (FRC-46's universal receiver hook).
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ReceiveParams {
    /// What kind of asset came; see [`super::FRC46_TOKEN_TYPE`].
    pub kind: u32,
    /// Of an FRC-46 token: a [`TokensReceived`].
    pub payload: RawBytes,
}

/// Tells a receiver which tokens came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct TokensReceived {
    /// Who had them; the token actor itself when they are new.
    pub from: ActorID,
    /// Who has them now.
    pub to: ActorID,
    /// Who moved them.
    pub operator: ActorID,
    /// How many.
    pub amount: TokenAmount,
    /// From whoever moved them.
    pub operator_data: RawBytes,
    /// From the token.
    pub token_data: RawBytes,
}
