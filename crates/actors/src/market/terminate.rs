//! Sectors that end early take their deals with them.

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use num_traits::Zero;

use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::market::calls::burn;
use crate::market::deal::DealState;
use crate::market::deals::proposal_cid;
use crate::market::emit::DealEvent;
use crate::market::lifecycle::Books;
use crate::market::state::State;
use crate::market::types::OnMinerSectorsTerminateParams;
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// `OnMinerSectorsTerminate`: pays the provider up to the end of its sectors, gives the clients
/// the rest, and burns the provider's collateral.
///
/// A deal that had ended by then is left to be settled.
pub(super) fn on_miner_sectors_terminate(
    rt: &dyn Runtime,
    params: OnMinerSectorsTerminateParams,
) -> Result<(), ActorError> {
    callers::kinds(rt, &[ActorKind::Miner])?;
    let miner_id = rt.message().caller;
    let miner = Address::new_id(miner_id);
    let to_burn = state::transaction(rt, |state: &mut State| {
        let store = Store::of(rt);
        let ids = state.take_sector_deals(store, miner_id, params.sectors.iter())?;
        let mut books = Books::open(state, store)?;
        let mut to_burn = TokenAmount::zero();
        for id in ids {
            // It may have ended, and been settled for good.
            let Some(proposal) = books.deals.proposals.get(id)?.cloned() else {
                continue;
            };
            if proposal.provider != miner {
                return Err(ActorError::illegal_state(format!(
                    "deal {id} of {} in a sector of {miner}",
                    proposal.provider
                )));
            }
            if proposal.end_epoch <= params.epoch {
                continue;
            }
            let state = *books.deals.states.get(id)?.or_exit(
                ExitCode::USR_ILLEGAL_ARGUMENT,
                "the state of a deal in a sector",
            )?;
            if !state.ever_updated() {
                // Cron may not have seen it yet.
                books
                    .deals
                    .pending
                    .delete(&proposal_cid(rt, &proposal.encode()?)?)?;
            }
            let terminated = DealState {
                slash_epoch: params.epoch,
                ..state
            };
            to_burn += books.terminate(&proposal, &terminated)?;
            books.deals.remove_completed(id)?;
            DealEvent::Terminated.emit(rt, id, &proposal)?;
        }
        books.save(state)?;
        Ok(to_burn)
    })?;
    burn(rt, to_burn)
}
