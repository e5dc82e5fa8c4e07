//! The outcome of a batch whose items may fail one by one.

use fvm_shared::error::ExitCode;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

/// The outcome of a batch: how many items succeeded, and which failed how, in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BatchReturn {
    /// How many items succeeded.
    pub success_count: u32,
    /// The items that failed.
    pub fail_codes: Vec<FailCode>,
}

/// An item that failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct FailCode {
    /// Its place in the batch.
    pub idx: u32,
    /// Why.
    pub code: ExitCode,
}

impl BatchReturn {
    /// `n` items, all successful.
    #[must_use]
    pub const fn ok(n: u32) -> Self {
        Self {
            success_count: n,
            fail_codes: Vec::new(),
        }
    }

    /// From the exit code of each item.
    #[must_use]
    pub fn of(codes: impl IntoIterator<Item = ExitCode>) -> Self {
        let mut batch = Self::ok(0);
        for (idx, code) in (0_u32..).zip(codes) {
            if code.is_success() {
                batch.success_count += 1;
            } else {
                batch.fail_codes.push(FailCode { idx, code });
            }
        }
        batch
    }

    /// How many items there were.
    #[must_use]
    pub fn size(&self) -> usize {
        self.success_count as usize + self.fail_codes.len()
    }

    /// Did every item succeed?
    #[must_use]
    pub fn all_ok(&self) -> bool {
        self.fail_codes.is_empty()
    }

    /// The exit code of each item.
    #[must_use]
    pub fn codes(&self) -> Vec<ExitCode> {
        let mut codes = vec![ExitCode::OK; self.size()];
        for fail in &self.fail_codes {
            if let Some(code) = codes.get_mut(fail.idx as usize) {
                *code = fail.code;
            }
        }
        codes
    }

    /// Those of `items` that succeeded, or `None` if this is the outcome of another number of
    /// items.
    #[must_use]
    pub fn successes<'i, T>(&self, items: &'i [T]) -> Option<Vec<&'i T>> {
        let codes = self.codes();
        (codes.len() == items.len()).then(|| {
            items
                .iter()
                .zip(codes)
                .filter(|(_, code)| code.is_success())
                .map(|(i, _)| i)
                .collect()
        })
    }

    /// The outcome of batches, each over what the one before left: an item has the code of the
    /// first batch that it failed in. `None` if their sizes don't fit.
    #[must_use]
    pub fn stack(batches: &[Self]) -> Option<Self> {
        let Some((first, later)) = batches.split_first() else {
            return Some(Self::ok(0));
        };
        let mut codes = first.codes();
        for batch in later {
            let survivors = codes.iter_mut().filter(|code| code.is_success());
            let mut next = batch.codes().into_iter();
            for code in survivors {
                *code = next.next()?;
            }
            if next.next().is_some() {
                return None;
            }
        }
        Some(Self::of(codes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes as digits: 0 is success.
    fn batch(codes: &str) -> BatchReturn {
        BatchReturn::of(codes.bytes().map(|b| ExitCode::new(u32::from(b - b'0'))))
    }

    #[track_caller]
    fn check_stack(batches: &[&str], expected: Option<&str>) {
        let batches: Vec<_> = batches.iter().map(|codes| batch(codes)).collect();
        assert_eq!(BatchReturn::stack(&batches), expected.map(batch));
    }

    #[test]
    fn later_failures_fall_on_earlier_successes() {
        check_stack(&[], Some(""));
        check_stack(&["102"], Some("102"));
        check_stack(&["0102", "03", "4"], Some("4132"));
        check_stack(&["000", "000", "050"], Some("050"));
        check_stack(&["9", ""], Some("9"));
    }

    #[test]
    fn sizes_must_fit() {
        check_stack(&["0102", "0"], None);
        check_stack(&["01", "00"], None);
    }

    #[test]
    fn codes_and_successes() {
        let batch = batch("0100");
        assert_eq!(
            (batch.size(), batch.all_ok(), batch.success_count),
            (4, false, 3)
        );
        assert_eq!(
            batch.successes(&["a", "b", "c", "d"]),
            Some(vec![&"a", &"c", &"d"])
        );
        assert_eq!(batch.successes(&["a"]), None);
        // What a stranger sent may name items that are not there.
        let odd = BatchReturn {
            success_count: 0,
            fail_codes: vec![FailCode {
                idx: 7,
                code: ExitCode::USR_NOT_FOUND,
            }],
        };
        assert_eq!(odd.codes(), [ExitCode::OK]);
    }
}
