//! The calendar of proving: when deadlines open and close, and what may be done meanwhile.
//!
//! A proving period is cut into deadlines of equal length. A miner's calendar is fixed by the
//! start of any of its periods; everything follows from that, the current epoch and the policy.
//!
//! ```text
//!    fault_cutoff   challenge      open                     close          dispute ends
//!  ------|---------------|----------|--- proofs accepted ---|--- disputes ---|------
//!        no declarations from here on           last = close - 1
//! ```

use fvm_shared::clock::ChainEpoch;

use super::quantize::Quantization;
use crate::policy::Policy;

/// One opening of one deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeadlineInfo {
    /// The epoch that this was reckoned at.
    pub current_epoch: ChainEpoch,
    /// The first epoch of its proving period.
    pub period_start: ChainEpoch,
    /// Which deadline of the period.
    pub index: u64,
    /// The first epoch in which proofs are accepted.
    pub open: ChainEpoch,
    /// The first epoch in which they no longer are.
    pub close: ChainEpoch,
    /// The epoch whose randomness is the challenge.
    pub challenge: ChainEpoch,
    /// The first epoch in which faults and recoveries can no longer be declared.
    pub fault_cutoff: ChainEpoch,
    proving_period: ChainEpoch,
}

impl DeadlineInfo {
    /// A deadline of the period that starts at `period_start`.
    #[must_use]
    pub fn new(
        policy: &Policy,
        period_start: ChainEpoch,
        index: u64,
        current_epoch: ChainEpoch,
    ) -> Self {
        let proving_period = policy.proving_period;
        if index >= policy.period_deadlines {
            // One past the last: a point at the end of the period.
            let end = period_start + proving_period;
            let (open, close, challenge, fault_cutoff) = (end, end, end, 0);
            return Self {
                current_epoch,
                period_start,
                index,
                open,
                close,
                challenge,
                fault_cutoff,
                proving_period,
            };
        }
        let open = period_start + index as ChainEpoch * policy.challenge_window;
        Self {
            current_epoch,
            period_start,
            index,
            open,
            close: open + policy.challenge_window,
            challenge: open - policy.challenge_lookback,
            fault_cutoff: open - policy.fault_declaration_cutoff,
            proving_period,
        }
    }

    /// The deadline that is open at an epoch, on the calendar of any period's start. It holds
    /// whether or not cron has kept the miner's own record up to date.
    #[must_use]
    pub fn at(policy: &Policy, period_start: ChainEpoch, epoch: ChainEpoch) -> Self {
        let starts = Quantization {
            unit: policy.proving_period,
            offset: period_start,
        };
        let current_start = starts.down(epoch);
        let index = (epoch - current_start) / policy.challenge_window;
        Self::new(policy, current_start, index as u64, epoch)
    }

    /// This opening of the deadline if it has not closed, else the next that will not have.
    #[must_use]
    pub fn next_not_elapsed(self, policy: &Policy) -> Self {
        if self.current_epoch < self.close {
            return self;
        }
        let periods = 1 + (self.current_epoch - self.close) / self.proving_period;
        let period_start = self.period_start + periods * self.proving_period;
        Self::new(policy, period_start, self.index, self.current_epoch)
    }

    /// Has its period begun?
    #[must_use]
    pub fn period_started(&self) -> bool {
        self.current_epoch >= self.period_start
    }

    /// Are proofs accepted now?
    #[must_use]
    pub fn is_open(&self) -> bool {
        (self.open..self.close).contains(&self.current_epoch)
    }

    /// Is it too late to declare faults and recoveries?
    #[must_use]
    pub fn fault_cutoff_passed(&self) -> bool {
        self.current_epoch >= self.fault_cutoff
    }

    /// The last epoch in which proofs are accepted.
    #[must_use]
    pub fn last(&self) -> ChainEpoch {
        self.close - 1
    }

    /// The last epochs of all openings of this deadline: when its sectors end.
    #[must_use]
    pub fn quantization(&self) -> Quantization {
        Quantization {
            unit: self.proving_period,
            offset: self.last(),
        }
    }
}

/// May a deadline's sectors change? Not while it is open, nor while it is the next to open.
#[must_use]
pub fn is_mutable(
    policy: &Policy,
    period_start: ChainEpoch,
    index: u64,
    current_epoch: ChainEpoch,
) -> bool {
    let next = DeadlineInfo::new(policy, period_start, index, current_epoch);
    current_epoch < next.next_not_elapsed(policy).open - policy.challenge_window
}

/// May the proofs that were taken on trust when a deadline last closed be disputed?
#[must_use]
pub fn is_disputable(
    policy: &Policy,
    period_start: ChainEpoch,
    index: u64,
    current_epoch: ChainEpoch,
) -> bool {
    if period_start > current_epoch {
        return false;
    }
    let next =
        DeadlineInfo::new(policy, period_start, index, current_epoch).next_not_elapsed(policy);
    let last_close = next.close - policy.proving_period;
    !next.is_open() && current_epoch < last_close + policy.dispute_window
}

/// May a deadline's partitions be compacted? Only while its sectors may change, and nobody needs
/// the partitions as they were for a dispute.
#[must_use]
pub fn is_compactable(
    policy: &Policy,
    period_start: ChainEpoch,
    index: u64,
    current_epoch: ChainEpoch,
) -> bool {
    is_mutable(policy, period_start, index, current_epoch)
        && !is_disputable(policy, period_start, index, current_epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: ChainEpoch = 100;

    #[test]
    fn a_deadline_has_its_times() {
        let info = DeadlineInfo::new(&Policy::mainnet(), START, 2, 230);
        assert_eq!((info.challenge, info.fault_cutoff), (200, 150));
        assert_eq!((info.open, info.last(), info.close), (220, 279, 280));
        assert!(info.is_open() && info.period_started() && info.fault_cutoff_passed());
        assert_eq!(
            info.quantization(),
            Quantization {
                unit: 2880,
                offset: 279
            }
        );
    }

    #[test]
    fn one_past_the_last_is_the_end_of_the_period() {
        let info = DeadlineInfo::new(&Policy::mainnet(), START, 48, 0);
        assert_eq!((info.open, info.close, info.challenge), (2980, 2980, 2980));
    }

    #[test]
    fn the_calendar_repeats_both_ways() {
        let policy = Policy::mainnet();
        for (epoch, start, index) in [
            (100, 100, 0),
            (2979, 100, 47),
            (2980, 2980, 0),
            (99, -2780, 47),
            (0, -2780, 46),
        ] {
            for any_start in [START, START + 5 * 2880, START - 3 * 2880] {
                let info = DeadlineInfo::at(&policy, any_start, epoch);
                assert_eq!(
                    (info.period_start, info.index),
                    (start, index),
                    "at {epoch}"
                );
                assert!(info.is_open());
            }
        }
    }

    #[test]
    fn an_elapsed_deadline_comes_again() {
        let policy = Policy::mainnet();
        let next = |epoch| {
            DeadlineInfo::new(&policy, START, 0, epoch)
                .next_not_elapsed(&policy)
                .open
        };
        assert_eq!(
            [next(0), next(159), next(160), next(3039)],
            [100, 100, 2980, 2980]
        );
        assert_eq!([next(3040), next(100_000)], [5860, 100_900]);
    }

    #[test]
    fn what_may_be_done_when() {
        let policy = Policy::mainnet();
        let at = |epoch| {
            let deadline = DeadlineInfo::at(&policy, START, epoch);
            let args = (deadline.period_start, 2);
            [
                is_mutable(&policy, args.0, args.1, epoch),
                is_disputable(&policy, args.0, args.1, epoch),
                is_compactable(&policy, args.0, args.1, epoch),
            ]
        };
        // Deadline 2 is open from 220 to 279.
        assert_eq!(at(159), [true, false, true]);
        assert_eq!(at(160), [false, false, false]);
        assert_eq!(at(220), [false, false, false]);
        assert_eq!(at(279), [false, false, false]);
        assert_eq!(at(280), [true, true, false]);
        assert_eq!(at(280 + 1799), [true, true, false]);
        assert_eq!(at(280 + 1800), [true, false, true]);
    }

    #[test]
    fn nothing_is_disputed_before_the_first_period() {
        assert!(!is_disputable(&Policy::mainnet(), START, 47, 99));
    }
}
