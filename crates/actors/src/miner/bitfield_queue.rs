//! A queue of sets of numbers, by epoch.

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_shared::clock::ChainEpoch;

use super::quantize::Quantization;
use crate::adt::Array;
use crate::error::{ActorError, OrExit};
use crate::state::Store;

/// A queue of sets of numbers (of sectors, of partitions), by epoch. Epochs are rounded up to
/// the queue's quantization before they become keys.
#[derive(Debug)]
pub struct BitFieldQueue<'a> {
    entries: Array<'a, BitField>,
    quant: Quantization,
}

impl<'a> BitFieldQueue<'a> {
    /// The queue under a root.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(store: Store<'a>, root: &Cid, quant: Quantization) -> Result<Self, ActorError> {
        Ok(Self {
            entries: Array::load(store, root, "queue of numbers")?,
            quant,
        })
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        self.entries.flush()
    }

    /// How many epochs have an entry.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.entries.count()
    }

    /// Adds numbers at an epoch.
    ///
    /// # Errors
    /// 20 if the epoch is negative or the queue can't be read.
    pub fn add(&mut self, epoch: ChainEpoch, numbers: &BitField) -> Result<(), ActorError> {
        if numbers.is_empty() {
            return Ok(());
        }
        let key = queue_key(self.quant.up(epoch))?;
        let entry = match self.entries.get(key)? {
            Some(present) => present | numbers,
            None => numbers.clone(),
        };
        self.entries.set(key, entry)
    }

    /// Adds each number at its epoch.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_each(
        &mut self,
        numbers: impl IntoIterator<Item = (ChainEpoch, u64)>,
    ) -> Result<(), ActorError> {
        let mut rounded: Vec<_> = numbers
            .into_iter()
            .map(|(epoch, number)| (self.quant.up(epoch), number))
            .collect();
        rounded.sort_unstable();
        rounded.dedup();
        for same_epoch in rounded.chunk_by(|a, b| a.0 == b.0) {
            self.add(
                same_epoch[0].0,
                &bits(same_epoch.iter().map(|(_, number)| *number))?,
            )?;
        }
        Ok(())
    }

    /// Takes these numbers out and moves the others down into the gaps, as partitions move when
    /// some are removed. Entries that become empty go.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn cut(&mut self, removed: &BitField) -> Result<(), ActorError> {
        let mut emptied = Vec::new();
        self.entries.for_each_while_mut(|key, entry| {
            let rest = entry.cut(removed);
            if rest.is_empty() {
                emptied.push(key);
            } else {
                **entry = rest;
            }
            Ok(true)
        })?;
        self.entries.delete_all(emptied)?;
        Ok(())
    }

    /// Removes and returns all entries up to and including an epoch; `None` if there are none.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn pop_until(&mut self, until: ChainEpoch) -> Result<Option<BitField>, ActorError> {
        let mut due = Vec::new();
        let mut numbers = BitField::new();
        self.entries.for_each_while(|key, entry| {
            let is_due = key as ChainEpoch <= until;
            if is_due {
                due.push(key);
                numbers |= entry;
            }
            Ok(is_due)
        })?;
        if due.is_empty() {
            return Ok(None);
        }
        self.entries.delete_all(due)?;
        Ok(Some(numbers))
    }

    /// Removes up to `max` numbers, the earliest and lowest first, and returns them with their
    /// epochs.
    ///
    /// # Errors
    /// 20 if the queue can't be read.
    pub fn pop_up_to(&mut self, max: u64) -> Result<Vec<(ChainEpoch, BitField)>, ActorError> {
        let mut popped = Vec::new();
        let mut done = Vec::new();
        let mut cut_short = None;
        let mut room = max;
        self.entries.for_each_while(|key, entry| {
            let epoch = key as ChainEpoch;
            let count = entry.len();
            if count <= room {
                done.push(key);
                popped.push((epoch, entry.clone()));
                room -= count;
            } else {
                let first = entry
                    .slice(0, room)
                    .or_illegal_state("the first of an entry")?;
                cut_short = Some((key, entry - &first));
                popped.push((epoch, first));
                room = 0;
            }
            Ok(room > 0)
        })?;
        self.entries.delete_all(done)?;
        if let Some((key, rest)) = cut_short {
            self.entries.set(key, rest)?;
        }
        Ok(popped)
    }

    /// Visits every entry in ascending order. For checks.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the queue can't be read.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(ChainEpoch, &BitField) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.entries
            .for_each(|key, entry| visit(key as ChainEpoch, entry))
    }
}

/// The key of an epoch.
pub(super) fn queue_key(epoch: ChainEpoch) -> Result<u64, ActorError> {
    u64::try_from(epoch).or_illegal_state("the key of a queue")
}

/// A set of numbers; 20 if one is `u64::MAX`.
pub(super) fn bits(numbers: impl IntoIterator<Item = u64>) -> Result<BitField, ActorError> {
    BitField::try_from_bits(numbers).or_illegal_state("a set of numbers")
}

#[cfg(test)]
mod tests {
    use fvm_ipld_blockstore::MemoryBlockstore;

    use super::*;
    use crate::miner::quantize::EXACT;

    const BY_TEN: Quantization = Quantization {
        unit: 10,
        offset: 3,
    };

    fn queue(store: Store<'_>, quant: Quantization) -> BitFieldQueue<'_> {
        BitFieldQueue {
            entries: Array::empty(store, 3, "test"),
            quant,
        }
    }

    fn shown(queue: &BitFieldQueue<'_>) -> Vec<(ChainEpoch, Vec<u64>)> {
        let mut all = Vec::new();
        queue
            .for_each(|epoch, entry| {
                all.push((epoch, entry.iter().collect()));
                Ok(())
            })
            .unwrap();
        all
    }

    #[test]
    fn adds_at_rounded_epochs() {
        let blocks = MemoryBlockstore::new();
        let mut queue = queue(Store(&blocks), BY_TEN);
        queue
            .add_each([(4, 7), (13, 1), (2, 9), (14, 7), (13, 1)])
            .unwrap();
        queue.add(3, &bits([2]).unwrap()).unwrap();
        queue.add(99, &BitField::new()).unwrap();
        assert_eq!(
            shown(&queue),
            [(3, vec![2, 9]), (13, vec![1, 7]), (23, vec![7])]
        );
    }

    #[test]
    fn pops_what_is_due() {
        let blocks = MemoryBlockstore::new();
        let mut queue = queue(Store(&blocks), EXACT);
        queue.add_each([(1, 1), (5, 5), (9, 9)]).unwrap();
        assert_eq!(queue.pop_until(0).unwrap(), None);
        assert_eq!(queue.pop_until(5).unwrap(), Some(bits([1, 5]).unwrap()));
        assert_eq!(shown(&queue), [(9, vec![9])]);
    }

    #[test]
    fn pops_no_more_than_asked() {
        let blocks = MemoryBlockstore::new();
        let mut queue = queue(Store(&blocks), EXACT);
        queue
            .add_each([(1, 1), (1, 2), (5, 5), (5, 6), (5, 7)])
            .unwrap();
        let popped = queue.pop_up_to(3).unwrap();
        assert_eq!(
            popped,
            [(1, bits([1, 2]).unwrap()), (5, bits([5]).unwrap())]
        );
        assert_eq!(shown(&queue), [(5, vec![6, 7])]);
        assert_eq!(queue.pop_up_to(2).unwrap(), [(5, bits([6, 7]).unwrap())]);
        assert_eq!(queue.count(), 0);
    }

    #[test]
    fn cutting_closes_the_gaps() {
        let blocks = MemoryBlockstore::new();
        let mut queue = queue(Store(&blocks), EXACT);
        queue.add_each([(1, 0), (2, 1), (2, 3), (3, 2)]).unwrap();
        queue.cut(&bits([0, 2]).unwrap()).unwrap();
        assert_eq!(shown(&queue), [(2, vec![0, 1])]);
    }

    #[test]
    fn a_negative_epoch_is_refused() {
        let blocks = MemoryBlockstore::new();
        let mut queue = queue(Store(&blocks), EXACT);
        assert_eq!(
            queue.add(-1, &bits([1]).unwrap()).unwrap_err().code.value(),
            20
        );
    }
}
