//! Which deals are in which sector, so that they end with it.
//!
//! Invariants, which [`State::check`] verifies: a deal in a sector's list belongs to that
//! provider, has that sector in its state and is not terminated; and every activated deal that
//! has not ended is in its sector's list.

use std::collections::{BTreeMap, BTreeSet};

use cid::Cid;
use fvm_shared::ActorID;
use fvm_shared::deal::DealID;
use fvm_shared::sector::SectorNumber;

use crate::adt::Map;
use crate::error::ActorError;
use crate::market::state::State;
use crate::state::Store;

type Providers<'s> = Map<'s, ActorID, Cid>;
type Sectors<'s> = Map<'s, SectorNumber, Vec<DealID>>;

/// Deals by provider and sector.
pub(super) type DealsBySector = BTreeMap<ActorID, BTreeMap<SectorNumber, Vec<DealID>>>;

/// The lists of one provider, opened from the state.
struct ProviderSectors<'s> {
    providers: Providers<'s>,
    provider: ActorID,
    sectors: Sectors<'s>,
}

impl<'s> ProviderSectors<'s> {
    fn open(state: &State, store: Store<'s>, provider: ActorID) -> Result<Self, ActorError> {
        let providers: Providers<'s> = Map::load(store, &state.provider_sectors, "providers")?;
        let sectors = match providers.get(&provider)? {
            Some(root) => Map::load(store, root, "deals in sectors")?,
            None => Map::empty(store, "deals in sectors"),
        };
        Ok(Self {
            providers,
            provider,
            sectors,
        })
    }

    fn save(mut self, state: &mut State) -> Result<(), ActorError> {
        if self.sectors.is_empty() {
            self.providers.delete(&self.provider)?;
        } else {
            self.providers.set(&self.provider, self.sectors.flush()?)?;
        }
        state.provider_sectors = self.providers.flush()?;
        Ok(())
    }
}

impl State {
    /// Adds deals to sectors' lists, which are sorted. A sector without new deals gets a list
    /// too, as in the official market.
    pub(super) fn add_sector_deals(
        &mut self,
        store: Store<'_>,
        provider: ActorID,
        new: &[(SectorNumber, Vec<DealID>)],
    ) -> Result<(), ActorError> {
        let mut lists = ProviderSectors::open(self, store, provider)?;
        for (sector, ids) in new {
            let mut all: BTreeSet<DealID> = ids.iter().copied().collect();
            all.extend(lists.sectors.get(sector)?.into_iter().flatten());
            lists.sectors.set(sector, all.into_iter().collect())?;
        }
        lists.save(self)
    }

    /// Removes sectors' lists, and answers the deals that were in them.
    pub(super) fn take_sector_deals(
        &mut self,
        store: Store<'_>,
        provider: ActorID,
        sectors: impl Iterator<Item = SectorNumber>,
    ) -> Result<Vec<DealID>, ActorError> {
        let mut lists = ProviderSectors::open(self, store, provider)?;
        let mut taken = Vec::new();
        for sector in sectors {
            taken.extend(lists.sectors.delete(&sector)?.unwrap_or_default());
        }
        lists.save(self)?;
        Ok(taken)
    }

    /// Removes deals from sectors' lists, and the lists that become empty.
    pub(super) fn remove_sector_deals(
        &mut self,
        store: Store<'_>,
        gone: &DealsBySector,
    ) -> Result<(), ActorError> {
        for (provider, sectors) in gone {
            let mut lists = ProviderSectors::open(self, store, *provider)?;
            for (sector, gone) in sectors {
                let Some(ids) = lists.sectors.get(sector)? else {
                    continue;
                };
                let left: Vec<DealID> = ids
                    .iter()
                    .filter(|id| !gone.contains(id))
                    .copied()
                    .collect();
                if left.is_empty() {
                    lists.sectors.delete(sector)?;
                } else {
                    lists.sectors.set(sector, left)?;
                }
            }
            lists.save(self)?;
        }
        Ok(())
    }

    /// All deals in sectors' lists.
    pub(super) fn sector_deals(&self, store: Store<'_>) -> Result<DealsBySector, ActorError> {
        let mut all = DealsBySector::new();
        let providers: Providers<'_> = Map::load(store, &self.provider_sectors, "providers")?;
        providers.for_each(|provider, root| {
            let sectors: Sectors<'_> = Map::load(store, root, "deals in sectors")?;
            let lists = all.entry(provider).or_default();
            sectors.for_each(|sector, ids| {
                lists.insert(sector, ids.clone());
                Ok(())
            })
        })?;
        Ok(all)
    }
}
