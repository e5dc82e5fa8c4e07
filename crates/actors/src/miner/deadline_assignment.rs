//! Which deadline a new sector is proven in.
//!
//! Sectors go one by one, each to the deadline that is best by this order, where "after" means
//! with that sector added:
//! 1. fewest partitions after compaction: a partition more is a machine more;
//! 2. fewest partitions as they are: puts compaction off;
//! 3. with an open partition rather than a full one;
//! 4. if both have an open one, the fuller deadline: neighbours in number stay together;
//! 5. fewest live sectors;
//! 6. lowest index.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::deadline::Deadline;
use super::sector::SectorOnChainInfo;
use crate::error::ActorError;
use crate::policy::Policy;

/// A deadline that could take a sector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Candidate {
    index: usize,
    live_sectors: u64,
    total_sectors: u64,
    partition_size: u64,
}

impl Candidate {
    fn compacted_partitions_after(&self) -> u64 {
        (self.live_sectors + 1).div_ceil(self.partition_size)
    }

    fn partitions_after(&self) -> u64 {
        (self.total_sectors + 1).div_ceil(self.partition_size)
    }

    /// Are all its partitions full?
    fn is_full(&self) -> bool {
        self.total_sectors.is_multiple_of(self.partition_size)
    }
}

impl Ord for Candidate {
    fn cmp(&self, other: &Self) -> Ordering {
        let fuller_if_both_open = || match self.is_full() || other.is_full() {
            true => Ordering::Equal,
            false => other.total_sectors.cmp(&self.total_sectors),
        };
        self.compacted_partitions_after()
            .cmp(&other.compacted_partitions_after())
            .then_with(|| self.partitions_after().cmp(&other.partitions_after()))
            .then_with(|| self.is_full().cmp(&other.is_full()))
            .then_with(fuller_if_both_open)
            .then_with(|| self.live_sectors.cmp(&other.live_sectors))
            .then_with(|| self.index.cmp(&other.index))
    }
}

impl PartialOrd for Candidate {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The sectors that each deadline gets. `None` among the deadlines is one that may not change.
///
/// # Errors
/// 20 if every deadline has as many partitions as it may; 24 if none may change.
pub(super) fn assign_deadlines(
    policy: &Policy,
    partition_size: u64,
    deadlines: &[Option<Deadline>],
    sectors: Vec<SectorOnChainInfo>,
) -> Result<Vec<Vec<SectorOnChainInfo>>, ActorError> {
    let sectors_max = partition_size.saturating_mul(policy.deadline_partitions_max);
    let mut candidates: BinaryHeap<Reverse<Candidate>> = deadlines
        .iter()
        .enumerate()
        .filter_map(|(index, deadline)| {
            let Deadline {
                live_sectors,
                total_sectors,
                ..
            } = *deadline.as_ref()?;
            Some(Reverse(Candidate {
                index,
                live_sectors,
                total_sectors,
                partition_size,
            }))
        })
        .collect();

    let mut assigned = vec![Vec::new(); deadlines.len()];
    for sector in sectors {
        let mut best = candidates
            .peek_mut()
            .ok_or_else(|| ActorError::assertion_failed("no deadline may change"))?;
        if best.0.total_sectors >= sectors_max {
            return Err(ActorError::illegal_state("every deadline is full"));
        }
        assigned[best.0.index].push(sector);
        best.0.live_sectors += 1;
        best.0.total_sectors += 1;
    }
    Ok(assigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Assigns `count` sectors to deadlines given as `live/total`, or `-` for one that may not
    /// change, and shows how many each gets.
    #[track_caller]
    fn check(
        partition_size: u64,
        partitions_max: u64,
        deadlines: &str,
        count: u64,
        expected: &str,
    ) {
        let policy = Policy {
            deadline_partitions_max: partitions_max,
            ..Policy::mainnet()
        };
        let blocks = fvm_ipld_blockstore::MemoryBlockstore::new();
        let empty = Deadline::new(crate::state::Store(&blocks)).unwrap();
        let deadlines: Vec<Option<Deadline>> = deadlines
            .split_whitespace()
            .map(|words| {
                let (live, total) = words.split_once('/')?;
                Some(Deadline {
                    live_sectors: live.parse().unwrap(),
                    total_sectors: total.parse().unwrap(),
                    ..empty.clone()
                })
            })
            .collect();
        let sectors = (0..count).map(crate::miner::test_kit::sector).collect();
        let shown = match assign_deadlines(&policy, partition_size, &deadlines, sectors) {
            Ok(assigned) => assigned
                .iter()
                .map(|s| s.len().to_string())
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => format!("exit {}", error.code.value()),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn fills_a_partition_in_each_deadline_first() {
        check(3, 100, "0/0 0/0 0/0", 3, "3 0 0");
        check(3, 100, "0/0 0/0 0/0", 7, "3 3 1");
        check(3, 100, "0/0 0/0 0/0", 10, "4 3 3");
    }

    #[test]
    fn an_open_partition_comes_before_a_new_one() {
        check(4, 100, "0/0 2/2 1/1", 2, "0 2 0");
        check(4, 100, "0/0 2/2 1/1", 5, "0 2 3");
        check(4, 100, "0/0 2/2 1/1", 6, "1 2 3");
    }

    #[test]
    fn dead_sectors_count_before_compaction_only() {
        // After compaction the first needs one partition either way, the second a new one.
        check(4, 100, "1/8 4/4", 1, "1 0");
        // Equal after compaction: the one with fewer partitions as they are.
        check(4, 100, "1/8 1/4", 1, "0 1");
    }

    #[test]
    fn a_deadline_that_may_not_change_gets_nothing() {
        check(4, 100, "- 0/0 -", 9, "0 9 0");
        check(4, 100, "- -", 1, "exit 24");
    }

    #[test]
    fn full_deadlines_refuse() {
        check(2, 2, "4/4 3/3", 1, "0 1");
        check(2, 2, "4/4 3/3", 2, "exit 20");
    }
}
