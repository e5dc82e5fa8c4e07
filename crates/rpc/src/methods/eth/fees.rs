//! What gas costs.

use std::sync::Arc;

use atoll_chain::Tipset;
use atoll_chain::base_fee::{BLOCK_GAS_LIMIT, effective_premium};
use fvm_shared::econ::TokenAmount;
use serde::Serialize;

use crate::forms::{Big, BlockId, BlockTag, Quantity};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{number, tipset_or_before};

/// How many blocks a history shows at most, as go-ethereum has it.
const HISTORY_MAX: u64 = 1024;

/// What goes to a block's producer, a unit of gas: nothing, because nobody competes for room here.
///
/// It would be paid for the gas limit, not for the gas used, so that a sender would pay more than
/// `gasUsed * effectiveGasPrice`, which tests of Ethereum's tools expect to the last unit.
pub(in crate::methods) fn premium() -> TokenAmount {
    TokenAmount::default()
}

pub(in crate::methods) fn max_priority_fee(_: &Caller<'_>) -> Result<Big, Error> {
    Ok(Big::of(&premium()))
}

pub(in crate::methods) fn gas_price(caller: &Caller<'_>) -> Result<Big, Error> {
    Ok(Big::of(&(caller.chain().next_base_fee() + premium())))
}

pub(in crate::methods) fn base_fee(caller: &Caller<'_>) -> Result<Big, Error> {
    Ok(Big::of(&caller.chain().next_base_fee()))
}

/// There are no blobs.
pub(in crate::methods) fn blob_base_fee(_: &Caller<'_>) -> Result<Quantity, Error> {
    Ok(Quantity(0))
}

/// What `eth_feeHistory` answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct History {
    oldest_block: Quantity,
    base_fee_per_gas: Vec<Big>,
    gas_used_ratio: Vec<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reward: Option<Vec<Vec<Big>>>,
}

/// The fees of the last blocks. Null rounds are left out.
pub(in crate::methods) fn history(
    caller: &Caller<'_>,
    block_count: Quantity,
    newest_block: BlockTag,
    reward_percentiles: Option<Vec<f64>>,
) -> Result<History, Error> {
    let wrong = |why| Err(Error::param("reward_percentiles", why));
    if let Some(percentiles) = &reward_percentiles {
        if percentiles.len() > 100 {
            return wrong("there are more than 100 of them");
        }
        if !percentiles
            .iter()
            .all(|percentile| (0.0..=100.0).contains(percentile))
        {
            return wrong("each must be from 0 to 100");
        }
        if !percentiles.is_sorted() {
            return wrong("they must rise");
        }
    }
    let chain = caller.chain();
    let newest = tipset_or_before(caller, BlockId::Tag(newest_block))?;
    let mut tipsets: Vec<Arc<Tipset>> = Vec::new();
    let mut epoch = newest.epoch();
    while (tipsets.len() as u64) < block_count.0.min(HISTORY_MAX) {
        let Some(tipset) = chain.tipset_at_or_before(epoch) else {
            break;
        };
        epoch = tipset.epoch() - 1;
        tipsets.push(tipset);
    }
    tipsets.reverse();
    let Some(oldest) = tipsets.first() else {
        return Ok(History {
            oldest_block: Quantity(0),
            base_fee_per_gas: Vec::new(),
            gas_used_ratio: Vec::new(),
            reward: None,
        });
    };
    let next = match chain.tipset_at_or_after(newest.epoch() + 1) {
        Some(next) => next.base_fee().clone(),
        None => chain.next_base_fee(),
    };
    let base_fees = tipsets.iter().map(|tipset| tipset.base_fee());
    Ok(History {
        oldest_block: number(oldest.epoch()),
        base_fee_per_gas: base_fees.chain([&next]).map(Big::of).collect(),
        gas_used_ratio: tipsets
            .iter()
            .map(|tipset| gas_used_ratio(tipset))
            .collect(),
        reward: reward_percentiles.map(|percentiles| {
            tipsets
                .iter()
                .map(|tipset| rewards(tipset, &percentiles))
                .collect()
        }),
    })
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "clients want a fraction; nothing of the chain comes from it"
)]
fn gas_used_ratio(tipset: &Tipset) -> f64 {
    tipset.gas_used as f64 / BLOCK_GAS_LIMIT as f64
}

/// What messages paid above the base fee, by percentiles of the gas they used.
fn rewards(tipset: &Tipset, percentiles: &[f64]) -> Vec<Big> {
    let mut paid: Vec<(TokenAmount, u64)> = tipset
        .messages
        .iter()
        .map(|message| {
            (
                effective_premium(message.message.message(), tipset.base_fee()),
                message.receipt.gas_used,
            )
        })
        .collect();
    paid.sort();
    let mut reached = 0;
    let mut place = 0;
    percentiles
        .iter()
        .map(|percentile| {
            let threshold = share(tipset.gas_used, *percentile);
            while place + 1 < paid.len() && reached + paid[place].1 < threshold {
                reached += paid[place].1;
                place += 1;
            }
            paid.get(place)
                .map_or(Big::default(), |(premium, _)| Big::of(premium))
        })
        .collect()
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clients ask in percent; nothing of the chain comes from it"
)]
fn share(gas: u64, percentile: f64) -> u64 {
    (gas as f64 * percentile / 100.0) as u64
}
