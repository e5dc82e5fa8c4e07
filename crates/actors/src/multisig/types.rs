//! What a multisig takes and gives.

use fvm_ipld_encoding::{RawBytes, strict_bytes};
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::TxnId;

/// Constructor's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ConstructorParams {
    /// Who may sign.
    pub signers: Vec<Address>,
    /// How many of them must.
    pub num_approvals_threshold: u64,
    /// How long the first balance is locked; not at all if 0.
    pub unlock_duration: ChainEpoch,
    /// When it begins to unlock.
    pub start_epoch: ChainEpoch,
}

/// Propose's parameters: a call.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ProposeParams {
    /// To whom.
    pub to: Address,
    /// With how much.
    pub value: TokenAmount,
    /// Which method.
    pub method: MethodNum,
    /// With what, as CBOR; nothing if empty.
    pub params: RawBytes,
}

/// What Propose returns.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ProposeReturn {
    /// The number of the transaction.
    pub txn_id: TxnId,
    /// Was the call made?
    pub applied: bool,
    /// If so, how it ended.
    pub code: ExitCode,
    /// If so, what it returned.
    pub ret: RawBytes,
}

/// Approve's and Cancel's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct TxnIdParams {
    /// The number of the transaction.
    pub id: TxnId,
    /// Its hash, to be sure which one it is after a reorganisation; may be empty.
    #[serde(with = "strict_bytes")]
    pub proposal_hash: Vec<u8>,
}

/// What Approve returns.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ApproveReturn {
    /// Was the call made?
    pub applied: bool,
    /// If so, how it ended.
    pub code: ExitCode,
    /// If so, what it returned.
    pub ret: RawBytes,
}

/// AddSigner's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct AddSignerParams {
    /// Whom.
    pub signer: Address,
    /// Does it take one approval more from now on?
    pub increase: bool,
}

/// RemoveSigner's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct RemoveSignerParams {
    /// Whom.
    pub signer: Address,
    /// Does it take one approval less from now on?
    pub decrease: bool,
}

/// SwapSigner's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct SwapSignerParams {
    /// Who goes.
    pub from: Address,
    /// Who comes.
    pub to: Address,
}

/// ChangeNumApprovalsThreshold's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ChangeThresholdParams {
    /// How many approvals it takes from now on.
    pub new_threshold: u64,
}

/// LockBalance's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct LockBalanceParams {
    /// When the amount begins to unlock.
    pub start_epoch: ChainEpoch,
    /// How long that takes.
    pub unlock_duration: ChainEpoch,
    /// How much.
    pub amount: TokenAmount,
}

/// What a token says to an actor that receives some (FRC-46).
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ReceiveParams {
    /// The kind of token.
    pub token_type: u32,
    /// What that kind has to say.
    pub payload: RawBytes,
}

/// What a proposal's hash is over.
#[derive(Debug, Serialize_tuple)]
pub(super) struct ProposalHashData<'a> {
    pub(super) requester: Option<&'a Address>,
    pub(super) to: &'a Address,
    pub(super) value: &'a TokenAmount,
    pub(super) method: MethodNum,
    pub(super) params: &'a RawBytes,
}
