//! Settling deals: anybody may have a provider paid what is due.

use fvm_ipld_bitfield::BitField;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use num_traits::Zero;

use crate::batch::BatchReturn;
use crate::callers;
use crate::error::ActorError;
use crate::market::calls::burn;
use crate::market::deal::{DealProposal, DealState};
use crate::market::emit::DealEvent;
use crate::market::lifecycle::{Books, Outcome, Settled, Standing};
use crate::market::sectors::DealsBySector;
use crate::market::state::State;
use crate::market::types::{DealSettlement, SettleDealPaymentsReturn};
use crate::market::{EX_DEAL_EXPIRED, GAS_PER_DEAL};
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// `SettleDealPayments`: each deal by itself. Those that time out or end are removed.
pub(super) fn settle_deal_payments(
    rt: &dyn Runtime,
    deals: BitField,
) -> Result<SettleDealPaymentsReturn, ActorError> {
    callers::any(rt)?;
    let mut settlement = Settlement::default();
    state::transaction(rt, |state: &mut State| {
        let store = Store::of(rt);
        let mut books = Books::open(state, store)?;
        for id in deals.iter() {
            // A bitfield of a few bytes can name 2^63 deals.
            rt.charge("settle_deal", GAS_PER_DEAL)?;
            let code = settlement.settle(rt, &mut books, id)?;
            settlement.codes.push(code);
        }
        books.save(state)?;
        state.remove_sector_deals(store, &settlement.removed)
    })?;
    burn(rt, settlement.to_burn)?;
    Ok(SettleDealPaymentsReturn {
        results: BatchReturn::of(settlement.codes),
        settlements: settlement.settlements,
    })
}

/// What came of settling some deals.
#[derive(Default)]
struct Settlement {
    codes: Vec<ExitCode>,
    settlements: Vec<DealSettlement>,
    removed: DealsBySector,
    to_burn: TokenAmount,
}

impl Settlement {
    /// Settles a deal and answers its code. An error fails the whole message.
    fn settle(
        &mut self,
        rt: &dyn Runtime,
        books: &mut Books<'_>,
        id: DealID,
    ) -> Result<ExitCode, ActorError> {
        // One that never was looks like one that is over.
        let Ok(proposal) = books.deals.proposal(id).cloned() else {
            return Ok(EX_DEAL_EXPIRED);
        };
        let state = match books.standing(rt, id, &proposal) {
            Ok(Standing::Waiting) => {
                let payment = TokenAmount::zero();
                self.settlements.push(DealSettlement {
                    payment,
                    completed: false,
                });
                return Ok(ExitCode::OK);
            }
            Ok(Standing::TimedOut(burnt)) => {
                self.to_burn += burnt;
                return Ok(EX_DEAL_EXPIRED);
            }
            Ok(Standing::Active(state)) => state,
            Err(e) => return Ok(e.code),
        };
        if state.terminated() {
            return Err(ActorError::illegal_argument(format!(
                "deal {id} was terminated"
            )));
        }
        let settled = match books.settle(rt, &proposal, &state) {
            Ok(settled) => settled,
            Err(e) => return Ok(e.code),
        };
        self.close(rt, books, id, &proposal, state, settled)?;
        Ok(ExitCode::OK)
    }

    /// Files what came of a deal that was activated.
    fn close(
        &mut self,
        rt: &dyn Runtime,
        books: &mut Books<'_>,
        id: DealID,
        proposal: &DealProposal,
        state: DealState,
        settled: Settled,
    ) -> Result<(), ActorError> {
        let completed = !matches!(settled.outcome, Outcome::Continues);
        self.settlements.push(DealSettlement {
            payment: settled.payment,
            completed,
        });
        if !completed {
            let last_updated_epoch = rt.network().epoch;
            return books.deals.states.set(
                id,
                DealState {
                    last_updated_epoch,
                    ..state
                },
            );
        }
        books.deals.remove_completed(id)?;
        let sectors = self.removed.entry(proposal.provider_id()?).or_default();
        sectors.entry(state.sector).or_default().push(id);
        DealEvent::Completed.emit(rt, id, proposal)
    }
}
