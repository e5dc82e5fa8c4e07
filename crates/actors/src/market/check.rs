//! The invariants of the market that span its subjects; those of one subject are checked beside
//! it.

use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;

use crate::error::ActorError;
use crate::market::deals::Deals;
use crate::market::escrow::Escrow;
use crate::market::schedule::Schedule;
use crate::market::state::State;
use crate::state::Store;

impl State {
    /// Every invariant that does not hold, in words. `balance` is the actor's.
    ///
    /// # Errors
    /// 20 if the state can't be read.
    pub fn check(
        &self,
        store: Store<'_>,
        balance: &TokenAmount,
        now: ChainEpoch,
    ) -> Result<Vec<String>, ActorError> {
        let deals = Deals::open(self, store)?;
        let mut broken = Escrow::open(self, store)?.check(balance)?;
        broken.extend(deals.check(now)?);
        self.check_sectors(store, &deals, now, &mut broken)?;
        self.check_schedule(store, &deals, &mut broken)?;
        Ok(broken)
    }

    fn check_sectors(
        &self,
        store: Store<'_>,
        deals: &Deals<'_>,
        now: ChainEpoch,
        broken: &mut Vec<String>,
    ) -> Result<(), ActorError> {
        let lists = self.sector_deals(store)?;
        for (provider, sectors) in &lists {
            for (sector, ids) in sectors {
                for id in ids {
                    let proposal = deals.proposals.get(*id)?;
                    let state = deals.states.get(*id)?;
                    let fits = proposal.is_some_and(|p| p.provider == Address::new_id(*provider))
                        && state.is_some_and(|s| s.sector == *sector && !s.terminated());
                    if !fits {
                        broken.push(format!("deal {id} is no deal of {provider} in {sector}"));
                    }
                }
            }
        }
        deals.states.for_each(|id, state| {
            let Some(proposal) = deals.proposals.get(id)? else {
                return Ok(());
            };
            // A deal that has ended may have lost its sector before it is settled.
            if state.terminated() || proposal.end_epoch <= now {
                return Ok(());
            }
            let ids = lists
                .get(&proposal.provider_id()?)
                .and_then(|s| s.get(&state.sector));
            if !ids.is_some_and(|ids| ids.contains(&id)) {
                broken.push(format!(
                    "deal {id} is missing in its sector {}",
                    state.sector
                ));
            }
            Ok(())
        })
    }

    fn check_schedule(
        &self,
        store: Store<'_>,
        deals: &Deals<'_>,
        broken: &mut Vec<String>,
    ) -> Result<(), ActorError> {
        let scheduled = Schedule::open(self, store)?.all()?;
        deals.proposals.for_each(|id, proposal| {
            if proposal.start_epoch > self.last_cron && !scheduled.contains(&id) {
                broken.push(format!("deal {id} is not scheduled"));
            }
            Ok(())
        })
    }
}
