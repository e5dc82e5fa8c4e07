//! Rounding epochs, so that a queue has few distinct keys.

use fvm_shared::clock::ChainEpoch;
use num_integer::Integer;

/// Every epoch as it is.
pub const EXACT: Quantization = Quantization { unit: 1, offset: 0 };

/// The epochs `offset + k * unit`, for every whole `k`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantization {
    /// The distance between two of them; positive.
    pub unit: ChainEpoch,
    /// One of them.
    pub offset: ChainEpoch,
}

impl Quantization {
    /// The first of them not before `epoch`.
    ///
    /// An epoch at the ends of the range overflows, which is exit 24 like any panic of an actor.
    #[must_use]
    pub fn up(self, epoch: ChainEpoch) -> ChainEpoch {
        let offset = self.offset % self.unit;
        offset + self.unit * Integer::div_ceil(&(epoch - offset), &self.unit)
    }

    /// The last of them not after `epoch`.
    #[must_use]
    pub fn down(self, epoch: ChainEpoch) -> ChainEpoch {
        let next = self.up(epoch);
        if next == epoch {
            epoch
        } else {
            next - self.unit
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: ChainEpoch, offset: ChainEpoch, epochs: &[(ChainEpoch, ChainEpoch)]) {
        for &(epoch, up) in epochs {
            let quant = Quantization { unit, offset };
            assert_eq!(
                quant.up(epoch),
                up,
                "{epoch} up, unit {unit}, offset {offset}"
            );
            let down = if up == epoch { up } else { up - unit };
            assert_eq!(
                quant.down(epoch),
                down,
                "{epoch} down, unit {unit}, offset {offset}"
            );
        }
    }

    #[test]
    fn rounds_to_the_grid() {
        check(10, 0, &[(0, 0), (1, 10), (9, 10), (10, 10), (11, 20)]);
        check(10, 4, &[(3, 4), (4, 4), (5, 14), (14, 14)]);
        check(1, 0, &[(0, 0), (17, 17), (-3, -3)]);
    }

    #[test]
    fn an_offset_beyond_the_unit_is_the_same_grid() {
        check(10, 34, &[(3, 4), (5, 14)]);
        check(10, -6, &[(3, 4), (5, 14)]);
    }

    #[test]
    fn negative_epochs_round_up_too() {
        check(10, 0, &[(-1, 0), (-10, -10), (-11, -10)]);
        check(10, 4, &[(-1, 4), (-6, -6), (-7, -6)]);
    }
}
