//! Checks the state of a whole chain: what each actor promises of its own, and what holds between
//! them.
//!
//! The promises are written where they are kept, at the head of the files of each actor. Nothing
//! here runs while messages are executed; tests and tools run it on what came of them.

use std::collections::BTreeMap;

use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde::de::DeserializeOwned;

use crate::error::ActorError;
use crate::ids;
use crate::kinds::ActorKind;
use crate::policy::Policy;
use crate::state::Store;
use crate::verifreg::tokens;
use crate::{datacap, market, miner, verifreg};

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
            ActorKind::Miner => check_miner(chain, actor)?,
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

/// A miner by itself.
fn check_miner(chain: &Snapshot<'_>, actor: &ActorEntry) -> Result<Vec<String>, ActorError> {
    let state = chain.read(actor)?;
    let checked =
        miner::check_state::check_state(chain.policy, chain.store, &state, &actor.balance);
    Ok(checked.problems)
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
