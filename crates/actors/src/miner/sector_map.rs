//! Sectors that a message names, by deadline and partition.

use std::collections::BTreeMap;

use fvm_ipld_bitfield::BitField;

use crate::error::ActorError;
use crate::policy::Policy;

/// Sectors by partition.
pub type PartitionSectors = BTreeMap<u64, BitField>;

/// Sectors by deadline and partition, whatever order the message had them in.
#[derive(Debug, Default)]
pub struct DeadlineSectors(BTreeMap<u64, PartitionSectors>);

impl DeadlineSectors {
    /// Gathers what a message declares.
    ///
    /// # Errors
    /// 16 if a deadline doesn't exist, or if there are more partitions or sectors than one message
    /// may address.
    pub fn gather(
        policy: &Policy,
        declarations: impl IntoIterator<Item = (u64, u64, BitField)>,
    ) -> Result<Self, ActorError> {
        let mut all = Self::default();
        for (deadline, partition, sectors) in declarations {
            if deadline >= policy.period_deadlines {
                return Err(ActorError::illegal_argument(format!(
                    "no deadline {deadline}"
                )));
            }
            *all.0
                .entry(deadline)
                .or_default()
                .entry(partition)
                .or_default() |= &sectors;
        }
        all.check_limits(policy)?;
        Ok(all)
    }

    fn check_limits(&self, policy: &Policy) -> Result<(), ActorError> {
        let (mut partitions, mut sectors) = (0_u64, 0_u64);
        for numbers in self.0.values().flat_map(PartitionSectors::values) {
            partitions += 1;
            sectors = sectors.saturating_add(numbers.len());
        }
        if partitions > policy.addressed_partitions_max {
            return Err(ActorError::illegal_argument(format!(
                "{partitions} partitions at once"
            )));
        }
        if sectors > policy.addressed_sectors_max {
            return Err(ActorError::illegal_argument(format!(
                "{sectors} sectors at once"
            )));
        }
        Ok(())
    }

    /// The deadlines, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &PartitionSectors)> {
        self.0
            .iter()
            .map(|(index, partitions)| (*index, partitions))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::miner::bitfield_queue::bits;

    fn gather(declarations: &[(u64, u64, &[u64])]) -> Result<DeadlineSectors, ActorError> {
        let policy = Policy {
            period_deadlines: 3,
            addressed_partitions_max: 3,
            addressed_sectors_max: 5,
            ..Policy::mainnet()
        };
        let declarations = declarations
            .iter()
            .map(|(d, p, s)| (*d, *p, bits(s.iter().copied()).unwrap()));
        DeadlineSectors::gather(&policy, declarations)
    }

    #[test]
    fn merges_and_orders() {
        let all = gather(&[(2, 1, &[5]), (0, 3, &[1]), (2, 1, &[5, 6]), (2, 0, &[9])]).unwrap();
        let shown: Vec<(u64, Vec<(u64, u64)>)> = all
            .iter()
            .map(|(d, ps)| (d, ps.iter().map(|(p, s)| (*p, s.len())).collect()))
            .collect();
        assert_eq!(shown, [(0, vec![(3, 1)]), (2, vec![(0, 1), (1, 2)])]);
    }

    #[test]
    fn limits() {
        let code = |result: Result<DeadlineSectors, ActorError>| result.unwrap_err().code.value();
        assert_eq!(code(gather(&[(3, 0, &[1])])), 16);
        assert_eq!(
            code(gather(&[
                (0, 0, &[]),
                (0, 1, &[]),
                (1, 0, &[]),
                (2, 0, &[])
            ])),
            16
        );
        assert_eq!(code(gather(&[(0, 0, &[1, 2, 3]), (1, 0, &[1, 2, 3])])), 16);
        assert!(gather(&[(0, 0, &[1, 2, 3]), (1, 0, &[1, 2])]).is_ok());
    }

    #[test]
    fn an_endless_set_does_not_overflow() {
        let endless = BitField::from_ranges(fvm_ipld_bitfield::iter::Ranges::new(std::iter::once(
            0..u64::MAX,
        )));
        let twice = [(0, 0, endless.clone()), (0, 1, endless)];
        let error = DeadlineSectors::gather(&Policy::mainnet(), twice).unwrap_err();
        assert_eq!(error.code.value(), 16);
    }
}
