//! "As if": state and block overrides for calls, estimates and simulations.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Address, Big, Data, Quantity, Word, forms};

/// The accounts that are different.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(transparent)]
pub(crate) struct StateOverrides(pub(crate) BTreeMap<Address, AccountOverride>);

/// How an account is different.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccountOverride {
    pub(crate) balance: Option<Big>,
    pub(crate) nonce: Option<Quantity>,
    pub(crate) code: Option<Data>,
    /// The whole storage.
    pub(crate) state: Option<BTreeMap<Word, Word>>,
    /// Some slots.
    pub(crate) state_diff: Option<BTreeMap<Word, Word>>,
    /// Puts a precompile elsewhere; not on Filecoin.
    pub(crate) move_precompile_to_address: Option<Address>,
}

/// How the block is different.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BlockOverrides {
    pub(crate) number: Option<Quantity>,
    #[serde(alias = "timestamp")]
    pub(crate) time: Option<Quantity>,
    pub(crate) gas_limit: Option<Quantity>,
    #[serde(alias = "coinbase")]
    pub(crate) fee_recipient: Option<Address>,
    #[serde(alias = "random")]
    pub(crate) prev_randao: Option<Word>,
    #[serde(alias = "baseFee")]
    pub(crate) base_fee_per_gas: Option<Big>,
}

forms! {
    StateOverrides: "an object of accounts with balance, nonce, code, state or stateDiff" [Object];
    BlockOverrides: "an object with number, time, gasLimit, feeRecipient, prevRandao or baseFeePerGas" [Object];
}

impl BlockOverrides {
    /// What contracts on Filecoin cannot be told otherwise is refused, not ignored.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        if self.gas_limit.is_some() {
            return Err("gasLimit: a block's limit is the network's");
        }
        if self.fee_recipient.is_some() {
            return Err("feeRecipient: contracts on Filecoin do not see it");
        }
        if self.prev_randao.is_some() {
            return Err("prevRandao: set the beacon of the epoch with atoll_setBeacon");
        }
        Ok(())
    }
}
