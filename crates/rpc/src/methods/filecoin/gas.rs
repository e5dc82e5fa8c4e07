//! What messages need and pay.

use atoll_chain::Overrides;
use atoll_chain::call::EstimateError;
use fvm_shared::econ::TokenAmount;
use serde_json::Value;

use crate::forms::filecoin::{Address, BigDecimal, Message, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::methods::eth::fees;
use crate::node::Caller;

use super::{messages, tipset};

/// How much the base fee can rise in so many blocks, each full: an eighth each.
const BLOCKS_AHEAD: u32 = 20;

pub(in crate::methods) fn fee_cap(
    caller: &Caller<'_>,
    message: Message,
    _blocks: Option<i64>,
    _key: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    let message = message
        .to_chain()
        .map_err(|why| Error::param("message", &why))?;
    Ok((&suggested_cap(caller, &message.gas_premium)).into())
}

fn suggested_cap(caller: &Caller<'_>, premium: &TokenAmount) -> TokenAmount {
    let mut base_fee = caller.chain().next_base_fee();
    for _ in 0..BLOCKS_AHEAD {
        base_fee = (base_fee * 9u64).div_ceil(8u64);
    }
    base_fee + premium
}

pub(in crate::methods) fn premium(
    _: &Caller<'_>,
    _blocks: Option<u64>,
    _sender: Option<Address>,
    _gas_limit: Option<i64>,
    _key: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    Ok((&fees::premium()).into())
}

pub(in crate::methods) fn limit(
    caller: &Caller<'_>,
    message: Message,
    key: Option<TipsetKey>,
) -> Result<u64, Error> {
    let tipset = tipset(caller, key)?;
    let mut message = message
        .to_chain()
        .map_err(|why| Error::param("message", &why))?;
    message.gas_limit = 0;
    let request = messages::request(&message);
    match caller
        .chain()
        .estimate_gas(&tipset, &request, &Overrides::default())
    {
        Ok(estimate) => Ok(estimate.gas_limit),
        Err(EstimateError::Fatal(fatal)) => Err(fatal.into()),
        Err(why) => Err(Error::refused(format!("message execution failed: {why}"))),
    }
}

pub(in crate::methods) fn message_gas(
    caller: &Caller<'_>,
    message: Message,
    spec: Option<Value>,
    _key: Option<TipsetKey>,
) -> Result<Message, Error> {
    Ok((&fill(caller, message, spec)?).into())
}

/// A message with limit, cap and premium where they are zero. The spec's `MaxFee` bounds them.
pub(in crate::methods) fn fill(
    caller: &Caller<'_>,
    message: Message,
    spec: Option<Value>,
) -> Result<fvm_shared::message::Message, Error> {
    let mut filled = message
        .to_chain()
        .map_err(|why| Error::param("message", &why))?;
    if filled.gas_limit == 0 {
        filled.gas_limit = limit(caller, message, None)?;
    }
    if filled.gas_premium.is_zero() {
        filled.gas_premium = fees::premium();
    }
    if filled.gas_fee_cap.is_zero() {
        filled.gas_fee_cap = suggested_cap(caller, &filled.gas_premium);
    }
    let max_fee = spec.as_ref().and_then(|spec| spec.get("MaxFee"));
    if let Some(max_fee) = max_fee.filter(|max| !max.is_null()) {
        let max_fee: BigDecimal = serde_json::from_value(max_fee.clone())
            .map_err(|why| Error::param("spec", &format!("MaxFee: {why}")))?;
        let max_fee = TokenAmount::from_atto(max_fee.0);
        if max_fee.is_positive() && &filled.gas_fee_cap * filled.gas_limit > max_fee {
            filled.gas_fee_cap = max_fee.div_floor(filled.gas_limit.max(1));
        }
    }
    filled.gas_premium = filled.gas_premium.min(filled.gas_fee_cap.clone());
    Ok(filled)
}
