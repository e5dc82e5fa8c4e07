//! When cron looks at which deal: once, around its start, to see whether it was activated.
//!
//! Deals of the old kind, which cron settled every thirty days, are looked at again until they
//! end.
//!
//! Invariant, which [`State::check`] verifies: a deal that begins after the last tick is in the
//! schedule.

use std::collections::BTreeSet;

use fvm_shared::clock::ChainEpoch;
use fvm_shared::deal::DealID;
use fvm_shared::error::ExitCode;

use cid::Cid;

use crate::adt::{Map, Set};
use crate::error::{ActorError, OrExit};
use crate::market::state::State;
use crate::state::Store;

/// The schedule, opened from the state.
pub(super) struct Schedule<'s> {
    epochs: Map<'s, ChainEpoch, Cid>,
    store: Store<'s>,
}

impl<'s> Schedule<'s> {
    pub(super) fn open(state: &State, store: Store<'s>) -> Result<Self, ActorError> {
        Ok(Self {
            epochs: Map::load(store, &state.deal_ops_by_epoch, "schedule")?,
            store,
        })
    }

    pub(super) fn save(mut self, state: &mut State) -> Result<(), ActorError> {
        state.deal_ops_by_epoch = self.epochs.flush()?;
        Ok(())
    }

    /// Adds a deal to an epoch.
    pub(super) fn put(&mut self, epoch: ChainEpoch, id: DealID) -> Result<(), ActorError> {
        let mut deals = match self.epochs.get(&epoch)? {
            Some(root) => Set::load(self.store, root, "deals of an epoch")?,
            None => Set::empty(self.store, "deals of an epoch"),
        };
        deals.put(&id)?;
        self.epochs.set(&epoch, deals.flush()?)?;
        Ok(())
    }

    /// The deals of an epoch, in the order in which the set holds them.
    pub(super) fn at(&self, epoch: ChainEpoch) -> Result<Vec<DealID>, ActorError> {
        let mut ids = Vec::new();
        if let Some(root) = self.epochs.get(&epoch)? {
            Set::load(self.store, root, "deals of an epoch")?.for_each(|id| {
                ids.push(id);
                Ok(())
            })?;
        }
        Ok(ids)
    }

    /// Forgets an epoch.
    pub(super) fn remove(&mut self, epoch: ChainEpoch) -> Result<(), ActorError> {
        self.epochs.delete(&epoch)?;
        Ok(())
    }

    /// Is there nothing to look at, ever?
    pub(super) fn is_empty(&self) -> bool {
        self.epochs.is_empty()
    }

    /// Every deal in it.
    pub(super) fn all(&self) -> Result<BTreeSet<DealID>, ActorError> {
        let mut all = BTreeSet::new();
        self.epochs.for_each(|epoch, _| {
            all.extend(self.at(epoch)?);
            Ok(())
        })?;
        Ok(all)
    }
}

/// The first epoch from `earliest` on in which a deal is looked at. Each has its own place within
/// the interval, so that nobody can make many deals fall due together.
///
/// # Errors
/// 24 if that is beyond the last epoch that can be counted.
pub(super) fn next_epoch(
    id: DealID,
    interval: ChainEpoch,
    earliest: ChainEpoch,
) -> Result<ChainEpoch, ActorError> {
    let place = (id % interval.unsigned_abs().max(1)) as ChainEpoch;
    let rest = earliest.saturating_sub(place);
    // Before the first place in the first interval, the quotient already rounds up.
    let round_up = rest > 0 && rest % interval != 0;
    (rest / interval + ChainEpoch::from(round_up))
        .checked_mul(interval)
        .and_then(|epoch| epoch.checked_add(place))
        .or_exit(
            ExitCode::USR_ASSERTION_FAILED,
            "the epoch in which a deal comes up",
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_deal_has_its_place_in_the_interval() {
        for (id, earliest, expected) in [
            (0, 0, 0),
            (0, 1, 100),
            (0, 100, 100),
            (7, 0, 7),
            (7, 7, 7),
            (7, 8, 107),
            (107, 8, 107),
        ] {
            assert_eq!(
                next_epoch(id, 100, earliest).unwrap(),
                expected,
                "deal {id} from {earliest}"
            );
        }
    }
}
