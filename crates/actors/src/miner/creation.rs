//! How a miner comes to be.

use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::RegisteredPoStProof;

use super::calls::{own_address, pledge_inputs};
use super::deadline_info::DeadlineInfo;
use super::info::{
    MinerInfo, check_control_addresses, check_peer_info, resolve, resolve_all, resolve_worker,
};
use super::state::State;
use super::types::ConstructorParams;
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::randomness::blake2b;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::{callers, ids};

/// 1: makes a miner, and locks the deposit that came with it (FIP-0077). Init actor.
pub(super) fn constructor(rt: &dyn Runtime, params: ConstructorParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::INIT])?;
    let policy = rt.policy();
    check_control_addresses(policy, &params.control_addresses)?;
    check_peer_info(policy, &params.peer_id, &params.multi_addresses)?;
    check_post_proof(policy, params.window_post_proof_type)?;

    let balance = rt.balance()?;
    let deposit_power = policy.consensus_power_min / 10;
    let deposit = pledge_inputs(rt)?.initial_pledge(&deposit_power.into())?;
    if balance < deposit {
        let words = format!("a new miner needs a deposit of {deposit}");
        return Err(ActorError::insufficient_funds(words));
    }

    let owner: ActorID = resolve(rt, &params.owner)?;
    let worker = resolve_worker(rt, &params.worker)?;
    let control_addresses = resolve_all(rt, &params.control_addresses)?;

    let now = rt.network().epoch;
    let calendar = DeadlineInfo::at(policy, proving_period_offset(rt, now)?, now);
    let info = MinerInfo::new(owner, worker, control_addresses, params)?;
    let store = Store::of(rt);
    let mut state = State::new(policy, store, &info, calendar.period_start, calendar.index)?;
    state.lock_funds(store, now, &deposit)?;
    state::create(rt, &state)
}

/// 16 if miners of this kind aren't made here.
pub(super) fn check_post_proof(
    policy: &Policy,
    proof: RegisteredPoStProof,
) -> Result<(), ActorError> {
    if !policy.post_proofs.contains(&proof) {
        return Err(ActorError::illegal_argument(format!(
            "{proof:?} isn't for this network"
        )));
    }
    Ok(())
}

/// Spreads the proving periods of miners over the day: by the hash of address and epoch.
fn proving_period_offset(rt: &dyn Runtime, now: ChainEpoch) -> Result<ChainEpoch, ActorError> {
    let mut seed = fvm_ipld_encoding::to_vec(&own_address(rt))
        .or_exit(ExitCode::USR_SERIALIZATION, "own address")?;
    seed.extend(now.to_be_bytes());
    let digest = blake2b(rt, &seed)?;
    let (first, _) = digest.split_first_chunk().expect("32 bytes have a first 8");
    let offset = u64::from_be_bytes(*first) % rt.policy().proving_period.unsigned_abs();
    Ok(offset as ChainEpoch)
}
