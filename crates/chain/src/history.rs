//! Which tipset is where, and which message is in it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use fvm_shared::clock::ChainEpoch;

use crate::hash::Hash;
use crate::tipset::{Executed, Tipset};

/// The tipsets of the chain by epoch, and everything by its hashes.
#[derive(Debug, Default)]
pub struct History {
    tipsets: BTreeMap<ChainEpoch, Arc<Tipset>>,
    /// By Ethereum block hash and by the digest of the block's CID.
    epochs: HashMap<Hash, ChainEpoch>,
    /// By Ethereum hash and by the digest of both CIDs.
    messages: HashMap<Hash, (ChainEpoch, usize)>,
    /// Values of the beacon that were put in its mouth.
    pub(crate) beacon: BTreeMap<ChainEpoch, [u8; 32]>,
}

impl History {
    /// The last tipset.
    #[must_use]
    pub fn head(&self) -> &Arc<Tipset> {
        let last = self.tipsets.last_key_value();
        last.expect("a chain has a genesis").1
    }

    /// The first tipset.
    #[must_use]
    pub fn genesis(&self) -> &Arc<Tipset> {
        let first = self.tipsets.first_key_value();
        first.expect("a chain has a genesis").1
    }

    /// The tipset at an epoch; `None` if the round was null, or is yet to come.
    #[must_use]
    pub fn at(&self, epoch: ChainEpoch) -> Option<&Arc<Tipset>> {
        self.tipsets.get(&epoch)
    }

    /// The tipset at an epoch, or the last one before it.
    #[must_use]
    pub fn at_or_before(&self, epoch: ChainEpoch) -> Option<&Arc<Tipset>> {
        Some(self.tipsets.range(..=epoch).next_back()?.1)
    }

    /// The tipset at an epoch, or the first one after it.
    #[must_use]
    pub fn at_or_after(&self, epoch: ChainEpoch) -> Option<&Arc<Tipset>> {
        Some(self.tipsets.range(epoch..).next()?.1)
    }

    /// The tipsets from one epoch to another, both included, in order.
    pub fn range(
        &self,
        epochs: std::ops::RangeInclusive<ChainEpoch>,
    ) -> impl DoubleEndedIterator<Item = &Arc<Tipset>> {
        let empty = epochs.is_empty();
        let epochs = if empty { 0..=0 } else { epochs };
        let tipsets = self.tipsets.range(epochs).map(|(_, tipset)| tipset);
        tipsets.filter(move |_| !empty)
    }

    /// The tipset with this Ethereum hash, or whose block's CID has this digest.
    #[must_use]
    pub fn by_hash(&self, hash: &Hash) -> Option<&Arc<Tipset>> {
        self.at(*self.epochs.get(hash)?)
    }

    /// The message with this Ethereum hash, or whose CID (with or without its signature) has
    /// this digest.
    #[must_use]
    pub fn message(&self, hash: &Hash) -> Option<(&Arc<Tipset>, &Arc<Executed>)> {
        let (epoch, index) = self.messages.get(hash)?;
        let tipset = self.at(*epoch)?;
        Some((tipset, tipset.messages.get(*index)?))
    }

    /// Puts a tipset on top, or in the place of the head.
    pub(crate) fn push(&mut self, tipset: Arc<Tipset>) {
        let epoch = tipset.epoch();
        for hash in tipset_hashes(&tipset) {
            self.epochs.insert(hash, epoch);
        }
        for executed in &tipset.messages {
            for hash in message_hashes(executed) {
                self.messages.insert(hash, (epoch, executed.index));
            }
        }
        self.tipsets.insert(epoch, tipset);
    }

    /// Takes the head off, unless it is the genesis.
    pub(crate) fn pop(&mut self) -> Option<Arc<Tipset>> {
        if self.tipsets.len() < 2 {
            return None;
        }
        let (_, tipset) = self.tipsets.pop_last()?;
        for hash in tipset_hashes(&tipset) {
            self.epochs.remove(&hash);
        }
        for executed in &tipset.messages {
            for hash in message_hashes(executed) {
                self.messages.remove(&hash);
            }
        }
        Some(tipset)
    }
}

fn tipset_hashes(tipset: &Tipset) -> [Hash; 2] {
    [tipset.hash, Hash::of_cid(&tipset.block)]
}

fn message_hashes(executed: &Executed) -> [Hash; 3] {
    let message = &executed.message;
    [
        message.eth_hash,
        Hash::of_cid(&message.cid),
        Hash::of_cid(&message.message_cid),
    ]
}

/// A history that readers and the one writer share. The writer holds the lock only to put a
/// finished tipset in.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedHistory(Arc<RwLock<History>>);

impl SharedHistory {
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, History> {
        // Nothing in a critical section can panic halfway through a change.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, History> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
