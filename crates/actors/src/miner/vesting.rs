//! Funds that are free only later: three quarters of each block's reward, and the deposit of a
//! new miner (FIP-0077).
//!
//! The table's next entry lies in the state itself, the rest in a block of its own (FIP-0100):
//! most epochs need only look at that one.
//!
//! What holds of the table (`check_state` verifies it): epochs rise and are rounded to half days
//! from the start of the proving period; amounts are positive, save that a penalty may have used
//! up the first; and they add up to the state's `locked_funds`.

use std::cmp::Ordering;

use cid::Cid;
use fvm_ipld_encoding::CborStore;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use multihash_codetable::Code;
use num_traits::ToPrimitive;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::quantize::Quantization;
use crate::error::{ActorError, OrExit};
use crate::policy::{EPOCHS_IN_DAY, EPOCHS_IN_HOUR};
use crate::state::Store;

/// In what steps something vests.
#[derive(Clone, Copy, Debug)]
pub struct VestingSchedule {
    /// When the last of it is free.
    pub period: ChainEpoch,
    /// How far apart the steps are.
    pub step: ChainEpoch,
    /// To what they are rounded, so that the tables of many rewards fall together.
    pub quantization: ChainEpoch,
}

/// How rewards vest, and the deposit of a new miner.
pub const REWARD_VESTING: VestingSchedule = VestingSchedule {
    period: 180 * EPOCHS_IN_DAY,
    step: EPOCHS_IN_DAY,
    quantization: 12 * EPOCHS_IN_HOUR,
};

/// Something that is free after an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct VestingFund {
    /// The last epoch in which it is not.
    pub epoch: ChainEpoch,
    /// How much.
    pub amount: TokenAmount,
}

/// All that vests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VestingFunds(Option<HeadAndTail>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
struct HeadAndTail {
    head: VestingFund,
    /// A list of [`VestingFund`].
    tail: Cid,
}

/// A [`VestingFund`] that is calculated with. Each reward goes over hundreds of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
struct Entry {
    epoch: ChainEpoch,
    amount: Atto,
}

/// An amount of atto. All FIL that there can ever be is less than 2^91, so that it can be
/// multiplied by the 2^19 epochs of a schedule; whatever would not fit is an error. In CBOR it is
/// the network's big integer, as a [`TokenAmount`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Atto(i128);

/// What was unlocked to pay a debt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unlocked {
    /// What was free anyway.
    pub vested: TokenAmount,
    /// What would have been free later.
    pub unvested: TokenAmount,
}

impl VestingFunds {
    /// The whole table, without a first entry that has been used up.
    ///
    /// # Errors
    /// 20 if it can't be read.
    pub fn load(&self, store: Store<'_>) -> Result<Vec<VestingFund>, ActorError> {
        let funds = self.entries(store)?;
        Ok(funds.into_iter().map(VestingFund::from).collect())
    }

    fn entries(&self, store: Store<'_>) -> Result<Vec<Entry>, ActorError> {
        let Some(HeadAndTail { head, tail }) = &self.0 else {
            return Ok(Vec::new());
        };
        let mut funds: Vec<Entry> =
            store.read(tail, ExitCode::USR_ILLEGAL_STATE, "vesting funds")?;
        if head.amount.is_positive() {
            let head = Entry {
                epoch: head.epoch,
                amount: Atto::try_from(&head.amount)?,
            };
            funds.insert(0, head);
        }
        Ok(funds)
    }

    fn save(&mut self, store: Store<'_>, funds: &[Entry]) -> Result<(), ActorError> {
        self.0 = match funds {
            [] => None,
            [head, tail @ ..] => {
                let tail = store
                    .put_cbor(&tail, Code::Blake2b256)
                    .or_illegal_state("vesting funds")?;
                let head = VestingFund::from(*head);
                Some(HeadAndTail { head, tail })
            }
        };
        Ok(())
    }

    /// Adds an amount that vests by a schedule from now on, and takes out what is free by now.
    /// Returns the latter.
    ///
    /// # Errors
    /// 20 if the table can't be read.
    pub fn add(
        &mut self,
        store: Store<'_>,
        schedule: &VestingSchedule,
        now: ChainEpoch,
        proving_period_start: ChainEpoch,
        amount: &TokenAmount,
    ) -> Result<TokenAmount, ActorError> {
        let quant = Quantization {
            unit: schedule.quantization,
            offset: proving_period_start,
        };
        let new = steps(schedule, quant, now, Atto::try_from(amount)?)?;
        let mut funds = merge(&self.entries(store)?, &new)?;
        let vested = take_vested(&mut funds, now)?;
        self.save(store, &funds)?;
        Ok(vested)
    }

    /// Takes out what is free by now.
    ///
    /// # Errors
    /// 20 if the table can't be read.
    pub fn unlock_vested(
        &mut self,
        store: Store<'_>,
        now: ChainEpoch,
    ) -> Result<TokenAmount, ActorError> {
        let has_vested = |table: &HeadAndTail| table.head.epoch < now;
        if self.0.as_ref().is_none_or(|table| !has_vested(table)) {
            return Ok(TokenAmount::default());
        }
        let mut funds = self.entries(store)?;
        let vested = take_vested(&mut funds, now)?;
        self.save(store, &funds)?;
        Ok(vested)
    }

    /// Takes out what is free by now, and beyond that up to `target` of what is not, the soonest
    /// first.
    ///
    /// # Errors
    /// 20 if the table can't be read.
    pub fn unlock_up_to(
        &mut self,
        store: Store<'_>,
        now: ChainEpoch,
        target: &TokenAmount,
    ) -> Result<Unlocked, ActorError> {
        let Some(HeadAndTail { head, .. }) = &mut self.0 else {
            return Ok(Unlocked::default());
        };
        if head.epoch >= now && head.amount >= *target {
            // The first entry is enough: the others stay unread. It may be used up to zero.
            head.amount -= target;
            return Ok(Unlocked {
                unvested: target.clone(),
                ..Unlocked::default()
            });
        }
        let mut funds = self.entries(store)?;
        let vested = take_vested(&mut funds, now)?;
        let mut missing = target.clone();
        // An entry that covers what is missing stays, though nothing may be left of it.
        let used_up = funds
            .iter()
            .take_while(|fund| {
                let amount = TokenAmount::from(fund.amount);
                let all = amount < missing;
                if all {
                    missing -= amount;
                }
                all
            })
            .count();
        funds.drain(..used_up);
        if let Some(fund) = funds.first_mut() {
            fund.amount = Atto::try_from(&(TokenAmount::from(fund.amount) - &missing))?;
            missing = TokenAmount::default();
        }
        self.save(store, &funds)?;
        Ok(Unlocked {
            vested,
            unvested: target - missing,
        })
    }
}

impl From<Entry> for VestingFund {
    fn from(entry: Entry) -> Self {
        Self {
            epoch: entry.epoch,
            amount: entry.amount.into(),
        }
    }
}

impl Atto {
    fn checked_add(self, other: Self) -> Result<Self, ActorError> {
        self.0.checked_add(other.0).map(Self).ok_or_else(too_much)
    }
}

impl From<Atto> for TokenAmount {
    fn from(amount: Atto) -> Self {
        Self::from_atto(amount.0)
    }
}

impl TryFrom<&TokenAmount> for Atto {
    type Error = ActorError;

    fn try_from(amount: &TokenAmount) -> Result<Self, ActorError> {
        amount.atto().to_i128().map(Self).ok_or_else(too_much)
    }
}

fn too_much() -> ActorError {
    ActorError::illegal_state("more vests than FIL exists")
}

/// A byte for the sign, then the magnitude; nothing for zero.
impl Serialize for Atto {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let magnitude = self.0.unsigned_abs();
        let mut bytes = [0; 17];
        bytes[1..].copy_from_slice(&magnitude.to_be_bytes());
        let zeros = magnitude.leading_zeros() as usize / 8;
        // Over the last zero, if there is one.
        bytes[zeros] = u8::from(self.0 < 0);
        serializer.serialize_bytes(if magnitude == 0 { &[] } else { &bytes[zeros..] })
    }
}

impl<'de> Deserialize<'de> for Atto {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl Visitor<'_> for Bytes {
            type Value = Atto;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a big integer of up to 16 bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Atto, E> {
                let Some((sign @ (0 | 1), magnitude)) = bytes.split_first() else {
                    let empty = bytes.is_empty().then_some(Atto(0));
                    return empty.ok_or_else(|| E::custom("the sign of a big integer"));
                };
                let zeros = magnitude.iter().take_while(|byte| **byte == 0).count();
                let magnitude = &magnitude[zeros..];
                let mut all = [0; 16];
                let Some(low) = all.len().checked_sub(magnitude.len()) else {
                    return Err(E::invalid_length(magnitude.len(), &self));
                };
                all[low..].copy_from_slice(magnitude);
                let value = i128::try_from(u128::from_be_bytes(all)).map_err(E::custom)?;
                Ok(Atto(if *sign == 1 { -value } else { value }))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

/// The steps in which an amount vests linearly, each as much as brings the sum up to its share.
fn steps(
    schedule: &VestingSchedule,
    quant: Quantization,
    begin: ChainEpoch,
    amount: Atto,
) -> Result<Vec<Entry>, ActorError> {
    let mut funds = Vec::new();
    let mut so_far = 0;
    let mut epoch = begin;
    while so_far < amount.0 {
        epoch += schedule.step;
        let vest_epoch = quant.up(epoch);
        let elapsed = vest_epoch - begin;
        let target = match elapsed < schedule.period {
            true => {
                let share = amount.0.checked_mul(elapsed.into()).ok_or_else(too_much)?;
                share.div_euclid(schedule.period.into())
            }
            false => amount.0,
        };
        funds.push(Entry {
            epoch: vest_epoch,
            amount: Atto(target - so_far),
        });
        so_far = target;
    }
    Ok(funds)
}

/// Two tables as one.
fn merge(mut a: &[Entry], mut b: &[Entry]) -> Result<Vec<Entry>, ActorError> {
    let mut merged = Vec::with_capacity(a.len() + b.len());
    while let ([x, rest_of_a @ ..], [y, rest_of_b @ ..]) = (a, b) {
        let mut next = *x;
        match x.epoch.cmp(&y.epoch) {
            Ordering::Less => a = rest_of_a,
            Ordering::Greater => (next, b) = (*y, rest_of_b),
            Ordering::Equal => {
                next.amount = x.amount.checked_add(y.amount)?;
                (a, b) = (rest_of_a, rest_of_b);
            }
        }
        merged.push(next);
    }
    merged.extend_from_slice(a);
    merged.extend_from_slice(b);
    Ok(merged)
}

/// Takes what is free by now off the front.
fn take_vested(funds: &mut Vec<Entry>, now: ChainEpoch) -> Result<TokenAmount, ActorError> {
    let count = funds.iter().take_while(|fund| fund.epoch < now).count();
    let vested = funds
        .drain(..count)
        .try_fold(Atto(0), |sum, fund| sum.checked_add(fund.amount))?;
    Ok(vested.into())
}

#[cfg(test)]
mod tests {
    use fvm_ipld_blockstore::MemoryBlockstore;

    use super::*;

    /// Shows a table as `epoch:atto`.
    fn shown(funds: &VestingFunds, blocks: &MemoryBlockstore) -> String {
        let funds = funds.load(Store(blocks)).unwrap();
        let words: Vec<_> = funds
            .iter()
            .map(|f| format!("{}:{}", f.epoch, f.amount.atto()))
            .collect();
        words.join(" ")
    }

    fn atto(amount: i64) -> TokenAmount {
        TokenAmount::from_atto(amount)
    }

    /// One entry after another at 10, 20, ...
    fn table(blocks: &MemoryBlockstore, amounts: &[i64]) -> VestingFunds {
        let mut funds = VestingFunds::default();
        let entries = (1..).zip(amounts).map(|(i, a)| Entry {
            epoch: 10 * i,
            amount: Atto((*a).into()),
        });
        let entries: Vec<_> = entries.collect();
        funds.save(Store(blocks), &entries).unwrap();
        funds
    }

    #[track_caller]
    fn check_steps(
        schedule: VestingSchedule,
        offset: ChainEpoch,
        now: ChainEpoch,
        amount: i64,
        expected: &str,
    ) {
        let blocks = MemoryBlockstore::new();
        let mut funds = VestingFunds::default();
        let vested = funds
            .add(Store(&blocks), &schedule, now, offset, &atto(amount))
            .unwrap();
        assert_eq!(vested, atto(0));
        assert_eq!(shown(&funds, &blocks), expected);
    }

    #[test]
    fn vests_in_steps() {
        let by_one = VestingSchedule {
            period: 5,
            step: 1,
            quantization: 1,
        };
        check_steps(by_one, 0, 100, 100, "101:20 102:20 103:20 104:20 105:20");
        let by_two = VestingSchedule {
            period: 10,
            step: 2,
            quantization: 4,
        };
        // 2, 4, 6, ... rounded up to 4, 4, 8, 8, 12: a second step to the same epoch adds nothing.
        check_steps(by_two, 0, 0, 100, "4:40 4:0 8:40 8:0 12:20");
        check_steps(by_two, 1, 0, 100, "5:50 5:0 9:40 9:0 13:10");
    }

    #[test]
    fn merges_and_takes_what_is_free() {
        let blocks = MemoryBlockstore::new();
        let mut funds = table(&blocks, &[1, 2, 3]);
        let schedule = VestingSchedule {
            period: 20,
            step: 10,
            quantization: 1,
        };
        let vested = funds
            .add(Store(&blocks), &schedule, 11, 0, &atto(100))
            .unwrap();
        assert_eq!(vested, atto(1));
        assert_eq!(shown(&funds, &blocks), "20:2 21:50 30:3 31:50");
        assert_eq!(funds.unlock_vested(Store(&blocks), 20).unwrap(), atto(0));
        assert_eq!(funds.unlock_vested(Store(&blocks), 22).unwrap(), atto(52));
        assert_eq!(funds.unlock_vested(Store(&blocks), 99).unwrap(), atto(53));
        assert_eq!(funds, VestingFunds::default());
    }

    #[track_caller]
    fn check_unlock(amounts: &[i64], now: ChainEpoch, target: i64, expected: (i64, i64, &str)) {
        let blocks = MemoryBlockstore::new();
        let mut funds = table(&blocks, amounts);
        let unlocked = funds
            .unlock_up_to(Store(&blocks), now, &atto(target))
            .unwrap();
        let (vested, unvested, rest) = expected;
        assert_eq!(
            unlocked,
            Unlocked {
                vested: atto(vested),
                unvested: atto(unvested)
            }
        );
        assert_eq!(shown(&funds, &blocks), rest);
    }

    #[test]
    fn amounts_are_written_as_the_network_writes_them() {
        for amount in [
            0,
            1,
            -1,
            127,
            128,
            255,
            256,
            -65_536,
            i128::from(u64::MAX),
            i128::MAX,
            -i128::MAX,
        ] {
            let bytes = fvm_ipld_encoding::to_vec(&Atto(amount)).unwrap();
            let whole = TokenAmount::from_atto(amount);
            assert_eq!(bytes, fvm_ipld_encoding::to_vec(&whole).unwrap());
            assert_eq!(fvm_ipld_encoding::from_slice(&bytes), Ok(Atto(amount)));
        }
        let beyond = TokenAmount::from_atto(i128::MAX) + TokenAmount::from_atto(1);
        let bytes = fvm_ipld_encoding::to_vec(&beyond).unwrap();
        assert!(fvm_ipld_encoding::from_slice::<Atto>(&bytes).is_err());
        assert_eq!(Atto::try_from(&beyond).unwrap_err(), too_much());
    }

    #[test]
    fn debts_take_what_is_not_free_yet() {
        check_unlock(&[5, 5, 5], 0, 3, (0, 3, "10:2 20:5 30:5"));
        check_unlock(&[5, 5, 5], 0, 5, (0, 5, "20:5 30:5"));
        check_unlock(&[5, 5, 5], 0, 7, (0, 7, "20:3 30:5"));
        check_unlock(&[5, 5, 5], 11, 3, (5, 3, "20:2 30:5"));
        check_unlock(&[5, 5, 5], 21, 9, (10, 5, ""));
        check_unlock(&[5, 5, 5], 0, 99, (0, 15, ""));
        check_unlock(&[], 0, 1, (0, 0, ""));
    }

    #[test]
    fn an_entry_used_up_to_zero_stays_as_the_first() {
        let blocks = MemoryBlockstore::new();
        let mut funds = table(&blocks, &[5, 5]);
        funds.unlock_up_to(Store(&blocks), 0, &atto(5)).unwrap();
        let head = funds.0.clone().unwrap().head;
        assert_eq!(
            head,
            VestingFund {
                epoch: 10,
                amount: atto(0)
            }
        );
        // The slow way leaves one too: 10:0 is not loaded, 20:5 is used up.
        funds.unlock_up_to(Store(&blocks), 0, &atto(5)).unwrap();
        let head = funds.0.clone().unwrap().head;
        assert_eq!(
            head,
            VestingFund {
                epoch: 20,
                amount: atto(0)
            }
        );
    }
}
