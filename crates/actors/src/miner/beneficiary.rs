//! Who gets what a miner's owner withdraws: the owner, or a beneficiary with a quota and a term
//! (FIP-0029).
//!
//! The owner proposes; the nominee must agree, and so must a beneficiary whose term runs and whose
//! quota is not used up.

use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use num_traits::Zero;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::info::{MinerInfo, resolve};
use super::state::State;
use super::types::{ActiveBeneficiary, ChangeBeneficiaryParams, GetBeneficiaryReturn};
use crate::callers;
use crate::error::ActorError;
use crate::runtime::Runtime;
use crate::state::{self, Store, transaction};

/// The terms of a beneficiary. All zero for an owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BeneficiaryTerm {
    /// How much it may get in all.
    pub quota: TokenAmount,
    /// How much it got.
    pub used_quota: TokenAmount,
    /// From when on it gets nothing.
    pub expiration: ChainEpoch,
}

impl BeneficiaryTerm {
    /// How much it may get now.
    #[must_use]
    pub fn available(&self, now: ChainEpoch) -> TokenAmount {
        if now >= self.expiration {
            return TokenAmount::zero();
        }
        (&self.quota - &self.used_quota).max(TokenAmount::zero())
    }
}

/// A beneficiary to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct PendingBeneficiaryChange {
    /// Who.
    pub new_beneficiary: Address,
    /// How much it may get in all.
    pub new_quota: TokenAmount,
    /// From when on it gets nothing.
    pub new_expiration: ChainEpoch,
    /// Has the present beneficiary agreed, or nothing to say?
    pub approved_by_beneficiary: bool,
    /// Has the nominee agreed?
    pub approved_by_nominee: bool,
}

/// 30: proposes a beneficiary, or agrees to one by proposing the same.
pub(super) fn change_beneficiary(
    rt: &dyn Runtime,
    params: ChangeBeneficiaryParams,
) -> Result<(), ActorError> {
    callers::any(rt)?;
    let caller = Address::new_id(rt.message().caller);
    let nominee = Address::new_id(resolve(rt, &params.new_beneficiary)?);
    let params = ChangeBeneficiaryParams {
        new_beneficiary: nominee,
        ..params
    };
    let now = rt.network().epoch;

    transaction(rt, |state: &mut State| {
        let mut info = state.load_info(Store::of(rt))?;
        let mut proposal = if caller == info.owner {
            propose(&info, params, now)?
        } else {
            agree(&info, &params, caller)?
        };
        proposal.approved_by_beneficiary |= caller == info.beneficiary;
        proposal.approved_by_nominee |= caller == nominee;
        if proposal.approved_by_beneficiary && proposal.approved_by_nominee {
            if nominee != info.beneficiary {
                info.beneficiary_term.used_quota = TokenAmount::zero();
            }
            info.beneficiary = nominee;
            info.beneficiary_term.quota = proposal.new_quota;
            info.beneficiary_term.expiration = proposal.new_expiration;
            info.pending_beneficiary_term = None;
        } else {
            info.pending_beneficiary_term = Some(proposal);
        }
        state.save_info(Store::of(rt), &info)
    })
}

/// The owner's proposal, over any before it.
fn propose(
    info: &MinerInfo,
    params: ChangeBeneficiaryParams,
    now: ChainEpoch,
) -> Result<PendingBeneficiaryChange, ActorError> {
    if params.new_beneficiary != info.owner {
        if !params.new_quota.is_positive() {
            return Err(ActorError::illegal_argument("a beneficiary needs a quota"));
        }
    } else if !params.new_quota.is_zero() || params.new_expiration != 0 {
        return Err(ActorError::illegal_argument(
            "an owner has neither quota nor expiration",
        ));
    }
    Ok(PendingBeneficiaryChange {
        new_beneficiary: params.new_beneficiary,
        new_quota: params.new_quota,
        new_expiration: params.new_expiration,
        approved_by_beneficiary: info.beneficiary_term.available(now).is_zero(),
        approved_by_nominee: false,
    })
}

/// The proposal that beneficiary or nominee agree to.
fn agree(
    info: &MinerInfo,
    params: &ChangeBeneficiaryParams,
    caller: Address,
) -> Result<PendingBeneficiaryChange, ActorError> {
    let Some(proposal) = &info.pending_beneficiary_term else {
        return Err(ActorError::forbidden("no beneficiary is proposed"));
    };
    if caller != info.beneficiary && caller != proposal.new_beneficiary {
        return Err(ActorError::forbidden(
            "only beneficiary and nominee have a say",
        ));
    }
    let same = proposal.new_beneficiary == params.new_beneficiary
        && proposal.new_quota == params.new_quota
        && proposal.new_expiration == params.new_expiration;
    if !same {
        return Err(ActorError::illegal_argument(
            "another beneficiary, or other terms",
        ));
    }
    Ok(proposal.clone())
}

/// 31: who gets withdrawals, and who shall.
pub(super) fn get_beneficiary(rt: &dyn Runtime) -> Result<GetBeneficiaryReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let info = state.load_info(Store::of(rt))?;
    Ok(GetBeneficiaryReturn {
        active: ActiveBeneficiary {
            beneficiary: info.beneficiary,
            term: info.beneficiary_term,
        },
        proposed: info.pending_beneficiary_term,
    })
}
