//! Who pays and gets what for a message.

use fvm_shared::message::Message;

use crate::state::Atto;

/// The fees of one message. All zero for an implicit one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fees {
    /// Burnt for the gas that was used.
    pub base_fee_burn: Atto,
    /// Burnt for asking for much more gas than was used.
    pub over_estimation_burn: Atto,
    /// For whoever put the message on chain.
    pub miner_tip: Atto,
    /// Owed by whoever put the message on chain. Only reported: nobody has paid it yet.
    pub penalty: Atto,
    /// Given back to the sender.
    pub refund: Atto,
    /// Gas given back.
    pub gas_refund: u64,
    /// Gas burnt for asking for much more than was used.
    pub gas_burned: u64,
}

impl Atto {
    /// This much for each unit of gas. Saturates, which only a penalty can come near: a message
    /// that pays was admitted with all it may cost in its sender's balance.
    #[must_use]
    pub fn times(self, gas: u64) -> Self {
        Self(self.0.saturating_mul(u128::from(gas)))
    }
}

impl Fees {
    /// Splits what was paid in advance: fee cap times gas limit.
    pub(crate) fn settle(message: &Message, gas_used: u64, base_fee: Atto, prepaid: Atto) -> Self {
        let gas_limit = message.gas_limit;
        // Both fit: their product with the gas limit is a balance, or they are above what is.
        let fee_cap = Atto::from_token(&message.gas_fee_cap).unwrap_or(Atto(u128::MAX));
        let premium = Atto::from_token(&message.gas_premium).unwrap_or(Atto(u128::MAX));

        let base_fee_paid = base_fee.min(fee_cap);
        let unpaid = Atto(base_fee.0 - base_fee_paid.0);
        let tip = premium.min(Atto(fee_cap.0 - base_fee_paid.0));
        let (gas_refund, gas_burned) = over_estimation(gas_used, gas_limit);

        let base_fee_burn = base_fee_paid.times(gas_used);
        let over_estimation_burn = base_fee_paid.times(gas_burned);
        let miner_tip = tip.times(gas_limit);
        let spent = base_fee_burn.0 + over_estimation_burn.0 + miner_tip.0;
        Self {
            base_fee_burn,
            over_estimation_burn,
            miner_tip,
            penalty: Atto(
                unpaid
                    .times(gas_used)
                    .0
                    .saturating_add(unpaid.times(gas_burned).0),
            ),
            refund: Atto(
                prepaid
                    .0
                    .checked_sub(spent)
                    .expect("gas used and burnt is in the limit"),
            ),
            gas_refund,
            gas_burned,
        }
    }
}

/// What becomes of the gas that was asked for and not used: (given back, burnt).
///
/// Up to a tenth more than was used is free. Beyond that, the burnt share of the rest grows with
/// how far beyond, until all is burnt.
fn over_estimation(gas_used: u64, gas_limit: u64) -> (u64, u64) {
    if gas_used == 0 {
        return (0, gas_limit);
    }
    let (used, limit) = (u128::from(gas_used), u128::from(gas_limit));
    let rest = limit.saturating_sub(used);
    let over = limit.saturating_sub(used * 11 / 10).min(used);
    // At most `rest`, because `over` is at most `used`.
    let burned = rest * over / used;
    ((rest - burned) as u64, burned as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_estimation_burns_more_the_further_it_goes() {
        // (used, limit) -> (refund, burnt), as the network has it.
        for (used, limit, refund, burned) in [
            (100, 200, 10, 90),
            (100, 150, 30, 20),
            (1_000, 1_300, 240, 60),
            (200, 200, 0, 0),
            (20_000, 21_000, 1_000, 0),
            (0, 2_000, 0, 2_000),
            (500, 651, 121, 30),
            (500, 5_000, 0, 4_500),
            (7_499_000_000, 7_500_000_000, 1_000_000, 0),
            (1, 7_500_000_000, 0, 7_499_999_999),
        ] {
            assert_eq!(
                over_estimation(used, limit),
                (refund, burned),
                "{used} of {limit}"
            );
        }
    }
}
