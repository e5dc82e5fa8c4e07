//! What a deal pays, and to whom, as time goes by.
//!
//! A deal that nobody activates times out at its start: the client gets everything back, the
//! provider's collateral is burnt. One that was activated pays the provider for each epoch from
//! its start on, whenever somebody settles it, until its end, when both collaterals are free. If
//! its sector is terminated before that, the provider is paid up to then, the client gets back
//! the rest, and the provider's collateral is burnt.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use num_traits::Zero;

use crate::error::ActorError;
use crate::market::deal::{DealProposal, DealState};
use crate::market::deals::{Deals, proposal_cid};
use crate::market::escrow::{Escrow, Purpose};
use crate::market::state::State;
use crate::runtime::Runtime;
use crate::state::Store;

/// Deals and their money, opened from the state.
pub(super) struct Books<'s> {
    pub(super) deals: Deals<'s>,
    pub(super) escrow: Escrow<'s>,
}

/// Where a deal stands at an epoch.
pub(super) enum Standing {
    /// It waits for activation, and may.
    Waiting,
    /// It waited too long and was removed. So much is to be burnt.
    TimedOut(TokenAmount),
    /// It was activated.
    Active(DealState),
}

/// What came of settling a deal.
pub(super) struct Settled {
    /// What the provider was paid.
    pub(super) payment: TokenAmount,
    /// What becomes of the deal.
    pub(super) outcome: Outcome,
}

/// What becomes of a deal that was settled.
pub(super) enum Outcome {
    /// It goes on.
    Continues,
    /// It has ended well, and is to be removed.
    Completed,
    /// It was terminated before, and is to be removed. So much is to be burnt.
    Terminated(TokenAmount),
}

impl<'s> Books<'s> {
    pub(super) fn open(state: &State, store: Store<'s>) -> Result<Self, ActorError> {
        Ok(Self {
            deals: Deals::open(state, store)?,
            escrow: Escrow::open(state, store)?,
        })
    }

    pub(super) fn save(self, state: &mut State) -> Result<(), ActorError> {
        self.deals.save(state)?;
        self.escrow.save(state)
    }

    /// Says where a deal stands, and removes it if it has timed out.
    pub(super) fn standing(
        &mut self,
        rt: &dyn Runtime,
        id: DealID,
        proposal: &DealProposal,
    ) -> Result<Standing, ActorError> {
        if let Some(state) = self.deals.states.get(id)? {
            return Ok(Standing::Active(*state));
        }
        if rt.network().epoch < proposal.start_epoch {
            return Ok(Standing::Waiting);
        }
        self.time_out(proposal)?;
        let cid = proposal_cid(rt, &proposal.encode()?)?;
        self.deals.remove_timed_out(id, &cid)?;
        Ok(Standing::TimedOut(proposal.provider_collateral.clone()))
    }

    fn time_out(&mut self, proposal: &DealProposal) -> Result<(), ActorError> {
        let DealProposal {
            client, provider, ..
        } = proposal;
        self.escrow
            .unlock(client, &proposal.total_price(), Purpose::StorageFee)?;
        self.escrow.unlock(
            client,
            &proposal.client_collateral,
            Purpose::ClientCollateral,
        )?;
        self.escrow.slash(provider, &proposal.provider_collateral)?;
        // All of the collateral is burnt and nothing remains to be unlocked. The official market
        // unlocks that nothing, which can leave an entry of zero in the table.
        self.escrow
            .unlock(provider, &TokenAmount::zero(), Purpose::ProviderCollateral)
    }

    /// Pays an activated deal up to now, and closes it if it is over.
    ///
    /// # Errors
    /// 20 if it was paid or terminated in the future, or terminated after its end.
    pub(super) fn settle(
        &mut self,
        rt: &dyn Runtime,
        proposal: &DealProposal,
        state: &DealState,
    ) -> Result<Settled, ActorError> {
        let now = rt.network().epoch;
        if !state.ever_updated() {
            // Cron or an earlier settlement may have done so already.
            let cid = proposal_cid(rt, &proposal.encode()?)?;
            self.deals.pending.delete(&cid)?;
        } else if state.last_updated_epoch > now {
            return Err(ActorError::illegal_state(format!(
                "paid in the future: {state:?}"
            )));
        }
        let nothing_yet = Settled {
            payment: TokenAmount::zero(),
            outcome: Outcome::Continues,
        };
        if proposal.start_epoch > now {
            return Ok(nothing_yet);
        }
        if state.terminated() {
            if state.slash_epoch > now {
                return Err(ActorError::illegal_state(format!(
                    "ends in the future: {state:?}"
                )));
            }
            let burnt = self.terminate(proposal, state)?;
            return Ok(Settled {
                outcome: Outcome::Terminated(burnt),
                ..nothing_yet
            });
        }

        let payment = self.pay_until(proposal, state, now.min(proposal.end_epoch))?;
        if now < proposal.end_epoch {
            return Ok(Settled {
                payment,
                ..nothing_yet
            });
        }
        self.expire(proposal, state)?;
        Ok(Settled {
            payment,
            outcome: Outcome::Completed,
        })
    }

    /// Closes a deal whose sector was terminated at `state.slash_epoch`, and answers how much is
    /// to be burnt.
    ///
    /// # Errors
    /// 20 if that was after the deal's end.
    pub(super) fn terminate(
        &mut self,
        proposal: &DealProposal,
        state: &DealState,
    ) -> Result<TokenAmount, ActorError> {
        let DealProposal {
            client,
            provider,
            start_epoch,
            end_epoch,
            ..
        } = proposal;
        if state.slash_epoch > *end_epoch {
            return Err(ActorError::illegal_state(format!(
                "terminated after its end: {state:?}"
            )));
        }
        self.pay_until(proposal, state, state.slash_epoch)?;
        let unpaid_epochs = end_epoch - state.slash_epoch.max(*start_epoch);
        let unpaid = &proposal.price_per_epoch * unpaid_epochs;
        self.escrow.unlock(client, &unpaid, Purpose::StorageFee)?;
        self.escrow.unlock(
            client,
            &proposal.client_collateral,
            Purpose::ClientCollateral,
        )?;
        self.escrow.slash(provider, &proposal.provider_collateral)?;
        Ok(proposal.provider_collateral.clone())
    }

    /// Pays the provider for the epochs since the last payment. Answers the price of these, which
    /// is negative (and not paid) if the deal ended before it began.
    fn pay_until(
        &mut self,
        proposal: &DealProposal,
        state: &DealState,
        end: ChainEpoch,
    ) -> Result<TokenAmount, ActorError> {
        let start = proposal.start_epoch.max(state.last_updated_epoch);
        let price = &proposal.price_per_epoch * end.saturating_sub(start);
        if price.is_positive() {
            self.escrow
                .pay(&proposal.client, &proposal.provider, &price)?;
        }
        Ok(price)
    }

    fn expire(&mut self, proposal: &DealProposal, state: &DealState) -> Result<(), ActorError> {
        if state.sector_start_epoch < 0 {
            return Err(ActorError::illegal_state(format!(
                "never started: {state:?}"
            )));
        }
        let DealProposal {
            client, provider, ..
        } = proposal;
        let collateral = &proposal.provider_collateral;
        self.escrow
            .unlock(provider, collateral, Purpose::ProviderCollateral)?;
        self.escrow.unlock(
            client,
            &proposal.client_collateral,
            Purpose::ClientCollateral,
        )
    }
}
