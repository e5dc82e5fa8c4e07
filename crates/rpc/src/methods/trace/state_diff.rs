//! What a transaction changed, in OpenEthereum's form: every field with what became of it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::diff::{Account, Diff};
use crate::forms::hex::Fixed;
use crate::forms::{Address, Big, Data, Hash, Quantity};

/// The accounts that are otherwise than before.
pub(in crate::methods) type StateDiff = BTreeMap<Address, AccountDiff>;

/// What became of an account.
#[derive(Clone, Debug, Serialize)]
pub(in crate::methods) struct AccountDiff {
    balance: Change<Big>,
    code: Change<Data>,
    nonce: Change<Quantity>,
    storage: BTreeMap<Hash, Change<Hash>>,
}

/// What became of a value.
#[derive(Clone, Debug, Serialize)]
enum Change<T> {
    #[serde(rename = "=")]
    Same,
    #[serde(rename = "+")]
    Born(T),
    #[serde(rename = "-")]
    Died(T),
    #[serde(rename = "*")]
    Altered { from: T, to: T },
}

/// Shows a difference.
pub(super) fn show(diff: &Diff) -> StateDiff {
    let mut shown = StateDiff::new();
    for (address, before) in &diff.before {
        if let Some(after) = diff.after.get(address).filter(|after| *after != before) {
            shown.insert(*address, account(before, after));
        }
    }
    shown
}

fn account(before: &Account, after: &Account) -> AccountDiff {
    let lives = (before.exists, after.exists);
    let slots = before.slots.iter();
    let storage = slots.filter_map(|(key, old)| {
        let new = after.slots.get(key)?;
        (new != old).then(|| (Fixed(*key), change(lives, Fixed(*old), Fixed(*new))))
    });
    AccountDiff {
        balance: change(
            lives,
            Big(before.balance.0.into()),
            Big(after.balance.0.into()),
        ),
        code: change(lives, Data(before.code.clone()), Data(after.code.clone())),
        nonce: change(lives, Quantity(before.nonce), Quantity(after.nonce)),
        storage: storage.collect(),
    }
}

fn change<T: PartialEq>(lives: (bool, bool), from: T, to: T) -> Change<T> {
    match lives {
        (false, true) => Change::Born(to),
        (true, false) => Change::Died(from),
        _ if from == to => Change::Same,
        _ => Change::Altered { from, to },
    }
}
