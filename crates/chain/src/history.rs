//! Which tipset is where, and which message is in it.
//!
//! Tipsets are kept as records, on the disk or in a file without a name; a few are in memory,
//! decoded. So a long chain takes little more memory than a short one.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use atoll_vm::Fatal;
use fvm_shared::clock::ChainEpoch;

use crate::disk::{Beacon, Disk};
use crate::hash::Hash;
use crate::log::Bloom;
use crate::record;
use crate::spill::{Place, Spill};
use crate::tipset::{Executed, Tipset};

/// So many tipsets are in memory at most, and so many messages in them.
const RECENT_TIPSETS_MAX: usize = 256;
const RECENT_MESSAGES_MAX: usize = 2048;

/// The tipsets of the chain by epoch, and everything by its hashes.
#[derive(Debug)]
pub struct History {
    head: Arc<Tipset>,
    genesis: Arc<Tipset>,
    records: Records,
    recent: Mutex<Recent>,
    /// What went wrong when a record was to be read, if anything did.
    trouble: Mutex<Option<String>>,
    /// Values of the beacon that were put in its mouth.
    pub(crate) beacon: Beacon,
}

/// Where records are.
#[derive(Debug)]
enum Records {
    /// In a file without a name.
    Spilled {
        bytes: Spill,
        epochs: BTreeMap<ChainEpoch, Place>,
        names: HashMap<ShortHash, At>,
    },
    /// On the disk, which has an index of names too.
    OnDisk {
        disk: Arc<Disk>,
        epochs: BTreeSet<ChainEpoch>,
    },
}

/// The first half of a hash: enough to tell all apart that anybody can make.
type ShortHash = [u8; 16];

fn short(hash: &Hash) -> ShortHash {
    *hash.0.first_chunk().expect("32 bytes")
}

/// Where a name leads: to a tipset, or to one of its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) epoch: ChainEpoch,
    /// The message's place; `None` for the tipset itself.
    pub(crate) index: Option<u32>,
}

impl History {
    /// A chain of a genesis alone. If there is a disk, it is there already.
    pub(crate) fn new(genesis: Arc<Tipset>, disk: Option<Arc<Disk>>) -> Result<Self, Fatal> {
        let records = match disk {
            Some(disk) => Records::OnDisk {
                epochs: [genesis.epoch()].into(),
                disk,
            },
            None => Records::Spilled {
                bytes: Spill::default(),
                epochs: BTreeMap::new(),
                names: HashMap::new(),
            },
        };
        let mut history = Self {
            head: genesis.clone(),
            genesis: genesis.clone(),
            records,
            recent: Mutex::default(),
            trouble: Mutex::default(),
            beacon: Beacon::new(),
        };
        history.push(genesis)?;
        Ok(history)
    }

    /// The chain on a disk; `None` if it has no tipset.
    pub(crate) fn reopen(disk: Arc<Disk>) -> Result<Option<Self>, Fatal> {
        let epochs: BTreeSet<ChainEpoch> = disk.epochs()?.into_iter().collect();
        let (Some(first), Some(last)) = (epochs.first(), epochs.last()) else {
            return Ok(None);
        };
        let there = |tipset: Option<Tipset>| {
            let tipset = tipset.map(Arc::new);
            tipset.ok_or_else(|| Fatal::new("a tipset went missing from the folder"))
        };
        let (genesis, head) = (there(disk.tipset(*first)?)?, there(disk.tipset(*last)?)?);
        Ok(Some(Self {
            head,
            genesis,
            beacon: disk.beacon()?,
            records: Records::OnDisk { disk, epochs },
            recent: Mutex::default(),
            trouble: Mutex::default(),
        }))
    }

    /// The last tipset.
    #[must_use]
    pub fn head(&self) -> &Arc<Tipset> {
        &self.head
    }

    /// The first tipset.
    #[must_use]
    pub fn genesis(&self) -> &Arc<Tipset> {
        &self.genesis
    }

    /// The tipset at an epoch; `None` if the round was null, or is yet to come.
    #[must_use]
    pub fn at(&self, epoch: ChainEpoch) -> Option<Arc<Tipset>> {
        if epoch == self.head.epoch() {
            return Some(self.head.clone());
        }
        if let Some(tipset) = self.recent().tipsets.get(&epoch) {
            return Some(tipset.clone());
        }
        // Trouble here is trouble of the machine: the node says so and takes no more messages.
        match self.load(epoch) {
            Ok(tipset) => {
                let tipset = Arc::new(tipset?);
                self.recent().keep(tipset.clone());
                Some(tipset)
            }
            Err(fatal) => {
                *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some(format!("reading the tipset of epoch {epoch}: {fatal}"));
                None
            }
        }
    }

    /// Where the logs of an epoch's tipset are not. `None`: the tipset itself has to be asked.
    fn bloom(&self, epoch: ChainEpoch) -> Option<Bloom> {
        let read = match &self.records {
            Records::Spilled { bytes, epochs, .. } => {
                let start = bytes.read_start(*epochs.get(&epoch)?, record::BLOOM_END);
                start.and_then(|start| record::bloom(&start)).map(Some)
            }
            Records::OnDisk { disk, .. } => disk.bloom(epoch),
        };
        read.ok().flatten()
    }

    /// Says what went wrong when a record was read, if anything did.
    pub(crate) fn check(&self) -> Result<(), Fatal> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble
            .as_ref()
            .map_or(Ok(()), |words| Err(Fatal::new(words.clone())))
    }

    fn load(&self, epoch: ChainEpoch) -> Result<Option<Tipset>, Fatal> {
        match &self.records {
            Records::Spilled { bytes, epochs, .. } => match epochs.get(&epoch) {
                Some(place) => record::decode(&bytes.read(*place)?).map(Some),
                None => Ok(None),
            },
            Records::OnDisk { disk, epochs } => match epochs.contains(&epoch) {
                true => disk.tipset(epoch),
                false => Ok(None),
            },
        }
    }

    /// The tipset at an epoch, or the last one before it.
    #[must_use]
    pub fn at_or_before(&self, epoch: ChainEpoch) -> Option<Arc<Tipset>> {
        if epoch >= self.head.epoch() {
            return Some(self.head.clone());
        }
        self.at(self.epochs(0..=epoch).next_back()?)
    }

    /// The tipset at an epoch, or the first one after it.
    #[must_use]
    pub fn at_or_after(&self, epoch: ChainEpoch) -> Option<Arc<Tipset>> {
        self.at(self.epochs(epoch..=ChainEpoch::MAX).next()?)
    }

    /// The epochs that have a tipset, from one to another, both included, in order.
    pub fn epochs(
        &self,
        epochs: RangeInclusive<ChainEpoch>,
    ) -> Box<dyn DoubleEndedIterator<Item = ChainEpoch> + '_> {
        if epochs.is_empty() {
            return Box::new(std::iter::empty());
        }
        match &self.records {
            Records::Spilled { epochs: all, .. } => {
                Box::new(all.range(epochs).map(|(epoch, _)| *epoch))
            }
            Records::OnDisk { epochs: all, .. } => Box::new(all.range(epochs).copied()),
        }
    }

    /// The tipset with this Ethereum hash, or whose block's CID has this digest.
    #[must_use]
    pub fn by_hash(&self, hash: &Hash) -> Option<Arc<Tipset>> {
        match self.locate(hash)? {
            At { epoch, index: None } => self.at(epoch),
            At { index: Some(_), .. } => None,
        }
    }

    /// The message with this Ethereum hash, or whose CID (with or without its signature) has
    /// this digest.
    #[must_use]
    pub fn message(&self, hash: &Hash) -> Option<(Arc<Tipset>, Arc<Executed>)> {
        let At { epoch, index } = self.locate(hash)?;
        let index = usize::try_from(index?).ok()?;
        let tipset = self.at(epoch)?;
        let executed = tipset.messages.get(index)?.clone();
        Some((tipset, executed))
    }

    /// Is there a message of this name?
    #[must_use]
    pub fn has_message(&self, hash: &Hash) -> bool {
        self.locate(hash).is_some_and(|at| at.index.is_some())
    }

    fn locate(&self, hash: &Hash) -> Option<At> {
        match &self.records {
            Records::Spilled { names, .. } => names.get(&short(hash)).copied(),
            Records::OnDisk { disk, .. } => match disk.locate(hash) {
                Ok(at) => at,
                Err(fatal) => {
                    *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) =
                        Some(format!("looking up {hash}: {fatal}"));
                    None
                }
            },
        }
    }

    /// Puts a tipset on top, or in the place of the head. On a disk, it is there already.
    pub(crate) fn push(&mut self, tipset: Arc<Tipset>) -> Result<(), Fatal> {
        let epoch = tipset.epoch();
        match &mut self.records {
            Records::Spilled {
                bytes,
                epochs,
                names,
            } => {
                let place = bytes.append(&record::encode(&tipset))?;
                names.extend(
                    named(&tipset)
                        .into_iter()
                        .map(|(hash, at)| (short(&hash), at)),
                );
                epochs.insert(epoch, place);
            }
            Records::OnDisk { epochs, .. } => {
                epochs.insert(epoch);
            }
        }
        if epoch == self.genesis.epoch() {
            self.genesis = tipset.clone();
        }
        self.recent().keep(tipset.clone());
        self.head = tipset;
        Ok(())
    }

    /// The tipset below the head; `None` if the head is the genesis.
    pub(crate) fn below_head(&self) -> Result<Option<Arc<Tipset>>, Fatal> {
        let head = self.head.epoch();
        let Some(below) = self.epochs(0..=head - 1).next_back() else {
            return Ok(None);
        };
        let tipset = self.at(below);
        self.check()?;
        Ok(tipset)
    }

    /// Takes the head off, given the tipset below it. On a disk, that has happened already.
    pub(crate) fn pop(&mut self, below: Arc<Tipset>) -> Arc<Tipset> {
        let epoch = self.head.epoch();
        match &mut self.records {
            Records::Spilled { epochs, names, .. } => {
                epochs.remove(&epoch);
                for (name, _) in named(&self.head) {
                    names.remove(&short(&name));
                }
            }
            Records::OnDisk { epochs, .. } => {
                epochs.remove(&epoch);
            }
        }
        self.recent().forget(epoch);
        std::mem::replace(&mut self.head, below)
    }

    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        // Nothing in a critical section can panic halfway through a change.
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tipsets in memory, the longest kept first.
#[derive(Debug, Default)]
struct Recent {
    tipsets: HashMap<ChainEpoch, Arc<Tipset>>,
    order: VecDeque<ChainEpoch>,
    messages: usize,
}

impl Recent {
    fn keep(&mut self, tipset: Arc<Tipset>) {
        let epoch = tipset.epoch();
        self.forget(epoch);
        self.messages += tipset.messages.len();
        self.tipsets.insert(epoch, tipset);
        self.order.push_back(epoch);
        while self.order.len() > 1
            && (self.order.len() > RECENT_TIPSETS_MAX || self.messages > RECENT_MESSAGES_MAX)
        {
            let oldest = *self.order.front().expect("more than one");
            self.forget(oldest);
        }
    }

    fn forget(&mut self, epoch: ChainEpoch) {
        if let Some(tipset) = self.tipsets.remove(&epoch) {
            self.messages -= tipset.messages.len();
            self.order.retain(|kept| *kept != epoch);
        }
    }
}

/// All names of a tipset and of its messages.
pub(crate) fn named(tipset: &Tipset) -> Vec<(Hash, At)> {
    let epoch = tipset.epoch();
    let own = [tipset.hash, Hash::of_cid(&tipset.block)];
    let own = own
        .into_iter()
        .map(|hash| (hash, At { epoch, index: None }));
    let messages = tipset
        .messages
        .iter()
        .zip(0..)
        .flat_map(|(executed, index)| {
            let message = &executed.message;
            let names = [
                message.eth_hash,
                Hash::of_cid(&message.cid),
                Hash::of_cid(&message.message_cid),
            ];
            let index = Some(index);
            names.map(|hash| (hash, At { epoch, index }))
        });
    own.chain(messages).collect()
}

/// A history that readers and the one writer share. The writer holds the lock only to put a
/// finished tipset in.
#[derive(Clone, Debug)]
pub(crate) struct SharedHistory(Arc<RwLock<History>>);

impl SharedHistory {
    pub(crate) fn new(history: History) -> Self {
        Self(Arc::new(RwLock::new(history)))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, History> {
        // Nothing in a critical section can panic halfway through a change.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, History> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tipsets from one epoch to another, both included, in order. Each is loaded when its
    /// turn comes; one that is replaced meanwhile is passed over.
    pub(crate) fn range(&self, epochs: RangeInclusive<ChainEpoch>) -> Tipsets {
        let epochs: Vec<ChainEpoch> = self.read().epochs(epochs).collect();
        Tipsets {
            history: self.clone(),
            epochs: epochs.into_iter(),
        }
    }
}

/// Tipsets one after another, from either end.
#[derive(Clone, Debug)]
pub struct Tipsets {
    history: SharedHistory,
    epochs: std::vec::IntoIter<ChainEpoch>,
}

impl Tipsets {
    /// Only those that may have the logs wanted; the others are not even loaded.
    pub fn that_may(self, wanted: impl Fn(&Bloom) -> bool) -> impl Iterator<Item = Arc<Tipset>> {
        let Self { history, epochs } = self;
        epochs.filter_map(move |epoch| {
            let history = history.read();
            match history.bloom(epoch) {
                Some(bloom) if !wanted(&bloom) => None,
                _ => history.at(epoch),
            }
        })
    }
}

impl Iterator for Tipsets {
    type Item = Arc<Tipset>;

    fn next(&mut self) -> Option<Self::Item> {
        let history = self.history.read();
        self.epochs.by_ref().find_map(|epoch| history.at(epoch))
    }
}

impl DoubleEndedIterator for Tipsets {
    fn next_back(&mut self) -> Option<Self::Item> {
        let history = self.history.read();
        self.epochs
            .by_ref()
            .rev()
            .find_map(|epoch| history.at(epoch))
    }
}
