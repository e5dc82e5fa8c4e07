//! Checks the state of a whole chain: what each actor promises of its own, and what holds between
//! them.
//!
//! The promises are written where they are kept, at the head of the files of each actor. Nothing
//! here runs while messages are executed; tests and tools run it on what came of them.

use std::collections::BTreeMap;

use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde::de::DeserializeOwned;

use crate::error::ActorError;
use crate::ids;
use crate::kinds::ActorKind;
use crate::miner::deadline_info::DeadlineInfo;
use crate::policy::Policy;
use crate::state::Store;
use crate::verifreg::tokens;
use crate::{datacap, market, miner, power, verifreg};

/// The built-in actors of a chain, after the messages of an epoch.
#[derive(Debug)]
pub struct Snapshot<'s> {
    /// Each of them.
    pub actors: BTreeMap<ActorID, ActorEntry>,
    /// The blocks of their states.
    pub store: Store<'s>,
    /// The rules that they live under.
    pub policy: &'s Policy,
    /// The epoch.
    pub epoch: ChainEpoch,
}

/// An actor.
#[derive(Clone, Debug)]
pub struct ActorEntry {
    /// Its kind.
    pub kind: ActorKind,
    /// The head of its state.
    pub head: Cid,
    /// What it has.
    pub balance: TokenAmount,
}

/// Everything that does not hold, in words.
///
/// # Errors
/// 20 if a state can't be read at all.
pub fn check_state(chain: &Snapshot<'_>) -> Result<Vec<String>, ActorError> {
    let mut broken = Vec::new();
    for (id, actor) in &chain.actors {
        let found = match actor.kind {
            ActorKind::Market => check_market(chain, actor)?,
            ActorKind::VerifiedRegistry => check_registry(chain, actor)?,
            ActorKind::Miner => check_miner(chain, *id, actor)?,
            ActorKind::Power => check_power(chain, actor)?,
            ActorKind::DataCap => chain
                .read::<datacap::state::State>(actor)?
                .check(chain.store)?,
            _ => continue,
        };
        broken.extend(found.into_iter().map(|words| format!("f0{id}: {words}")));
    }
    Ok(broken)
}

impl Snapshot<'_> {
    fn read<S: DeserializeOwned>(&self, actor: &ActorEntry) -> Result<S, ActorError> {
        self.store
            .read(&actor.head, ExitCode::USR_ILLEGAL_STATE, actor.kind.name())
    }

    /// The state of an actor that exists once, if it does.
    fn read_single<S: DeserializeOwned>(&self, id: ActorID) -> Result<Option<S>, ActorError> {
        self.actors
            .get(&id)
            .map(|actor| self.read(actor))
            .transpose()
    }
}

/// A miner by itself, and that the power actor knows its power and wakes it when it must.
fn check_miner(
    chain: &Snapshot<'_>,
    id: ActorID,
    actor: &ActorEntry,
) -> Result<Vec<String>, ActorError> {
    let state: miner::state::State = chain.read(actor)?;
    let checked =
        miner::check_state::check_state(chain.policy, chain.store, &state, &actor.balance);
    let mut broken = checked.problems;
    let Some(power) = chain.read_single::<power::State>(ids::POWER)? else {
        return Ok(broken);
    };
    let address = Address::new_id(id);
    let claims = power.claims(chain.store)?;
    let Some(claim) = claims.get(&address)? else {
        broken.push("no claim at the power actor".to_owned());
        return Ok(broken);
    };
    let proven = &checked.active_power;
    if (&claim.raw_byte_power, &claim.quality_adj_power) != (&proven.raw, &proven.qa) {
        broken.push(format!("it claims {claim:?}, and proves {proven:?}"));
    }
    if state.deadline_cron_active {
        // In the last epoch of a deadline, cron has come already or is still to come.
        let start = state.proving_period_start;
        let last = |epoch| DeadlineInfo::at(chain.policy, start, epoch).last();
        let (this, next) = (last(chain.epoch), last(chain.epoch + 1));
        if !power.wakes(chain.store, &address, this)?
            && !power.wakes(chain.store, &address, next)?
        {
            broken.push(format!("nobody wakes it in epoch {next}"));
        }
    }
    Ok(broken)
}

/// The power actor: its totals are the sums of the claims, each of which is a miner's.
fn check_power(chain: &Snapshot<'_>, actor: &ActorEntry) -> Result<Vec<String>, ActorError> {
    let state: power::State = chain.read(actor)?;
    let mut broken = state.check(chain.policy, chain.store)?;
    state.claims(chain.store)?.for_each(|address, _| {
        let claimant = address.id().ok().and_then(|id| chain.actors.get(&id));
        if claimant.is_none_or(|claimant| claimant.kind != ActorKind::Miner) {
            broken.push(format!("{address} claims power and is no miner"));
        }
        Ok(())
    })?;
    Ok(broken)
}

/// The registry, and that it holds the datacap of all its allocations.
fn check_registry(chain: &Snapshot<'_>, actor: &ActorEntry) -> Result<Vec<String>, ActorError> {
    let state: verifreg::state::State = chain.read(actor)?;
    let held = match chain.read_single::<datacap::state::State>(ids::DATACAP)? {
        Some(token) => token.token.balance(chain.store, ids::VERIFIED_REGISTRY)?,
        None => TokenAmount::default(),
    };
    state.check(
        chain.store,
        chain.policy,
        chain.epoch,
        &tokens::datacap(&held),
    )
}

/// The market, and that allocations which wait for its deals are for these deals. One may be gone
/// before its deal: it expires earlier, and can be claimed without the deal.
fn check_market(chain: &Snapshot<'_>, actor: &ActorEntry) -> Result<Vec<String>, ActorError> {
    let state: market::state::State = chain.read(actor)?;
    let mut broken = state.check(chain.store, &actor.balance, chain.epoch)?;
    let registry: Option<verifreg::state::State> = chain.read_single(ids::VERIFIED_REGISTRY)?;
    let Some(registry) = registry else {
        return Ok(broken);
    };
    let mut allocations = registry.allocations(chain.store)?;
    for (deal, number) in state.waiting_allocations(chain.store)? {
        let proposal = state.proposal(chain.store, deal)?;
        let Some(allocation) = allocations.get(&proposal.client_id()?, &number)? else {
            continue;
        };
        if allocation.provider != proposal.provider_id()? || allocation.data != proposal.piece_cid {
            broken.push(format!("allocation {number} is not for deal {deal}"));
        }
    }
    Ok(broken)
}
