//! The end of an epoch: deals whose turn it is.
//!
//! A deal comes up once, not before its start. If it was not activated it has timed out; if it
//! was, it is only taken off the pending ones, and settled when somebody asks. Deals that cron
//! settled before v13 are of the old kind: cron goes on settling them until they end.

use std::collections::BTreeMap;

use fvm_shared::clock::ChainEpoch;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;

use crate::error::ActorError;
use crate::market::calls::burn;
use crate::market::deal::{DealProposal, DealState};
use crate::market::deals::proposal_cid;
use crate::market::emit::DealEvent;
use crate::market::lifecycle::{Books, Outcome, Standing};
use crate::market::schedule::{Schedule, next_epoch};
use crate::market::sectors::DealsBySector;
use crate::market::state::State;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::{callers, ids};

/// `CronTick`.
pub(super) fn cron_tick(rt: &dyn Runtime) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::CRON])?;
    let to_burn = state::transaction(rt, |state: &mut State| {
        let mut tick = Tick::default();
        tick.run(rt, state)?;
        state.last_cron = rt.network().epoch;
        Ok(tick.to_burn)
    })?;
    burn(rt, to_burn)
}

/// What came of the deals so far.
#[derive(Default)]
struct Tick {
    removed: DealsBySector,
    rescheduled: BTreeMap<ChainEpoch, Vec<DealID>>,
    to_burn: TokenAmount,
}

impl Tick {
    /// Looks at all deals of the epochs since the last tick.
    fn run(&mut self, rt: &dyn Runtime, state: &mut State) -> Result<(), ActorError> {
        let store = Store::of(rt);
        let mut schedule = Schedule::open(state, store)?;
        // Most epochs have no deals, and then nothing else is read.
        let mut books = None;
        for epoch in state.last_cron.saturating_add(1)..=rt.network().epoch {
            if schedule.is_empty() {
                break;
            }
            let due = schedule.at(epoch)?;
            if due.is_empty() {
                continue;
            }
            let books = match &mut books {
                Some(books) => books,
                none => none.insert(Books::open(state, store)?),
            };
            for id in due {
                self.visit(rt, books, id)?;
            }
            schedule.remove(epoch)?;
        }

        if let Some(books) = books {
            books.save(state)?;
        }
        state.remove_sector_deals(store, &self.removed)?;
        for (epoch, ids) in &self.rescheduled {
            for id in ids {
                schedule.put(*epoch, *id)?;
            }
        }
        schedule.save(state)
    }

    fn visit(
        &mut self,
        rt: &dyn Runtime,
        books: &mut Books<'_>,
        id: DealID,
    ) -> Result<(), ActorError> {
        // It may have been settled for good or terminated meanwhile.
        let Some(proposal) = books.deals.proposals.get(id)?.cloned() else {
            return Ok(());
        };
        match books.standing(rt, id, &proposal)? {
            Standing::Waiting => Err(ActorError::illegal_state(format!(
                "deal {id} comes up before its start"
            ))),
            Standing::TimedOut(burnt) => {
                self.to_burn += burnt;
                Ok(())
            }
            Standing::Active(state) if !state.ever_updated() => {
                let cid = proposal_cid(rt, &proposal.encode()?)?;
                if books.deals.pending.delete(&cid)? {
                    Ok(())
                } else {
                    Err(ActorError::illegal_state(format!(
                        "deal {id} was not pending"
                    )))
                }
            }
            Standing::Active(state) => self.settle_old(rt, books, id, &proposal, state),
        }
    }

    /// Settles a deal of the old kind. One that was settled by hand before it came up looks like
    /// these, and is kept up with in the same way.
    fn settle_old(
        &mut self,
        rt: &dyn Runtime,
        books: &mut Books<'_>,
        id: DealID,
        proposal: &DealProposal,
        state: DealState,
    ) -> Result<(), ActorError> {
        let now = rt.network().epoch;
        let event = match books.settle(rt, proposal, &state)?.outcome {
            Outcome::Continues => {
                books.deals.states.set(
                    id,
                    DealState {
                        last_updated_epoch: now,
                        ..state
                    },
                )?;
                let interval = rt.policy().deal_updates_interval;
                let next = next_epoch(id, interval, now.saturating_add(1))?;
                self.rescheduled.entry(next).or_default().push(id);
                return Ok(());
            }
            Outcome::Completed => DealEvent::Completed,
            Outcome::Terminated(burnt) => {
                self.to_burn += burnt;
                DealEvent::Terminated
            }
        };
        books.deals.remove_completed(id)?;
        let sectors = self.removed.entry(proposal.provider_id()?).or_default();
        sectors.entry(state.sector).or_default().push(id);
        event.emit(rt, id, proposal)
    }
}
