//! The prestate tracer, in go-ethereum's form: what a transaction met, or what it changed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::diff::{Account, Diff};
use crate::forms::hex::Fixed;
use crate::forms::{Address, Big, Data, Hash, Quantity};

/// What the tracer is to do.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Config {
    diff_mode: bool,
    disable_code: bool,
    disable_storage: bool,
}

/// What the tracer answers.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(in crate::methods) enum Prestate {
    Met(Accounts),
    Changed { pre: Accounts, post: Accounts },
}

type Accounts = BTreeMap<Address, Shown>;

/// What is shown of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(in crate::methods) struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    balance: Option<Big>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Data>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    storage: BTreeMap<Hash, Hash>,
}

/// Shows a difference as the tracer is to.
pub(super) fn show(diff: &Diff, config: Config) -> Prestate {
    if !config.diff_mode {
        let met = diff.before.iter();
        return Prestate::Met(
            met.map(|(address, account)| (*address, whole(account, config)))
                .collect(),
        );
    }
    let (mut pre, mut post) = (Accounts::new(), Accounts::new());
    for (address, before) in &diff.before {
        let Some(after) = diff.after.get(address).filter(|after| *after != before) else {
            continue;
        };
        // Of what stays the same, slots are left out; of a new account, all that was before.
        if before.exists {
            let mut shown = whole(before, config);
            shown.storage.retain(|key, value| {
                *value != Fixed::ZERO && after.slots.get(&key.0) != Some(&value.0)
            });
            pre.insert(*address, shown);
        }
        if after.exists {
            post.insert(*address, changed(before, after, config));
        }
    }
    Prestate::Changed { pre, post }
}

/// All of an account, where it is not zero.
fn whole(account: &Account, config: Config) -> Shown {
    let storage = account
        .slots
        .iter()
        .map(|(key, value)| (Fixed(*key), Fixed(*value)));
    Shown {
        balance: Some(Big(account.balance.0.into())),
        nonce: (account.nonce > 0).then_some(Quantity(account.nonce)),
        code: (!account.code.is_empty() && !config.disable_code)
            .then(|| Data(account.code.clone())),
        storage: match config.disable_storage {
            true => BTreeMap::new(),
            false => storage.collect(),
        },
    }
}

/// What is otherwise than before.
fn changed(before: &Account, after: &Account, config: Config) -> Shown {
    let all = whole(after, config);
    Shown {
        balance: all.balance.filter(|_| before.balance != after.balance),
        nonce: (before.nonce != after.nonce).then_some(Quantity(after.nonce)),
        code: all.code.filter(|_| before.code != after.code),
        storage: all
            .storage
            .into_iter()
            .filter(|(key, value)| {
                *value != Fixed::ZERO && before.slots.get(&key.0) != Some(&value.0)
            })
            .collect(),
    }
}
