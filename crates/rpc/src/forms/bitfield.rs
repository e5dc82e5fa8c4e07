//! Bit fields as Lotus prints them: the lengths of runs of zeros and ones in turn, zeros first.

use fvm_ipld_bitfield::BitField;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::forms;

/// A set of numbers by its runs: `[5, 1]` is the number 5 alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunLengths(pub(crate) BitField);

forms! {
    RunLengths: "a bit field: an array of run lengths, zeros first" [Array];
}

impl Serialize for RunLengths {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut lengths = Vec::new();
        let mut end = 0;
        for run in self.0.ranges() {
            lengths.extend([run.start - end, run.end - run.start]);
            end = run.end;
        }
        if lengths.is_empty() {
            lengths.push(0); // As Lotus prints the empty set.
        }
        lengths.serialize(to)
    }
}

impl<'de> Deserialize<'de> for RunLengths {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut end = 0u64;
        let mut runs = Vec::new();
        for (place, length) in Vec::<u64>::deserialize(from)?.into_iter().enumerate() {
            let start = end;
            end = start
                .checked_add(length)
                .filter(|end| *end < u64::MAX)
                .ok_or_else(|| serde::de::Error::custom("the runs are longer than 2^64"))?;
            if place % 2 == 1 {
                runs.push(start..end);
            }
        }
        let ranges = fvm_ipld_bitfield::iter::Ranges::new(runs);
        Ok(Self(BitField::from_ranges(ranges)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Form;

    #[test]
    fn runs_come_back_as_they_were() {
        for text in ["[0]", "[5,1]", "[0,3,4,2]"] {
            let read = RunLengths::read(text).expect("a bit field");
            assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
        }
        let read = RunLengths::read("[5,1]").expect("a bit field");
        assert_eq!(read.0.iter().collect::<Vec<_>>(), [5]);
    }

    #[test]
    fn runs_beyond_all_numbers_are_refused() {
        assert!(RunLengths::read("[18446744073709551615,1]").is_err());
        assert!(RunLengths::read("[-1]").is_err());
        assert!(RunLengths::read("{}").is_err());
    }
}
