//! Datacap, allocations and claims.

use std::collections::BTreeMap;

use atoll_actors::verifreg::state::{Allocation, Claim, State};
use atoll_actors::{datacap, ids};
use fvm_shared::bigint::BigInt;
use num_traits::Zero;
use serde::Serialize;

use crate::forms::filecoin::{Address, BigDecimal, Cid, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{Reader, id_address, unreadable};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct AllocationForm {
    client: u64,
    provider: u64,
    data: Cid,
    size: u64,
    term_min: i64,
    term_max: i64,
    expiration: i64,
}

impl From<&Allocation> for AllocationForm {
    fn from(allocation: &Allocation) -> Self {
        Self {
            client: allocation.client,
            provider: allocation.provider,
            data: Cid(allocation.data),
            size: allocation.size.0,
            term_min: allocation.term_min,
            term_max: allocation.term_max,
            expiration: allocation.expiration,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct ClaimForm {
    provider: u64,
    client: u64,
    data: Cid,
    size: u64,
    term_min: i64,
    term_max: i64,
    term_start: i64,
    sector: u64,
}

impl From<&Claim> for ClaimForm {
    fn from(claim: &Claim) -> Self {
        Self {
            provider: claim.provider,
            client: claim.client,
            data: Cid(claim.data),
            size: claim.size.0,
            term_min: claim.term_min,
            term_max: claim.term_max,
            term_start: claim.term_start,
            sector: claim.sector,
        }
    }
}

pub(in crate::methods) fn allocation(
    caller: &Caller<'_>,
    client: Address,
    allocation: u64,
    key: Option<TipsetKey>,
) -> Result<Option<AllocationForm>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (client, _) = reader.actor(&client.0)?;
    let registry: State = reader.singleton(ids::VERIFIED_REGISTRY)?;
    let mut all = registry.allocations(reader.store()).map_err(unreadable)?;
    let found = all.get(&client, &allocation).map_err(unreadable)?;
    Ok(found.map(AllocationForm::from))
}

pub(in crate::methods) fn allocations(
    caller: &Caller<'_>,
    client: Address,
    key: Option<TipsetKey>,
) -> Result<BTreeMap<String, AllocationForm>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (client, _) = reader.actor(&client.0)?;
    let registry: State = reader.singleton(ids::VERIFIED_REGISTRY)?;
    let mut all = registry.allocations(reader.store()).map_err(unreadable)?;
    let mut found = BTreeMap::new();
    let gather = all.for_each_in(&client, |number, allocation| {
        found.insert(number.to_string(), allocation.into());
        Ok(())
    });
    gather.map_err(unreadable)?;
    Ok(found)
}

pub(in crate::methods) fn claim(
    caller: &Caller<'_>,
    provider: Address,
    claim: u64,
    key: Option<TipsetKey>,
) -> Result<Option<ClaimForm>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (provider, _) = reader.actor(&provider.0)?;
    let registry: State = reader.singleton(ids::VERIFIED_REGISTRY)?;
    let mut all = registry.claims(reader.store()).map_err(unreadable)?;
    let found = all.get(&provider, &claim).map_err(unreadable)?;
    Ok(found.map(ClaimForm::from))
}

pub(in crate::methods) fn claims(
    caller: &Caller<'_>,
    provider: Address,
    key: Option<TipsetKey>,
) -> Result<BTreeMap<String, ClaimForm>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (provider, _) = reader.actor(&provider.0)?;
    let registry: State = reader.singleton(ids::VERIFIED_REGISTRY)?;
    let mut all = registry.claims(reader.store()).map_err(unreadable)?;
    let mut found = BTreeMap::new();
    let gather = all.for_each_in(&provider, |number, claim| {
        found.insert(number.to_string(), claim.into());
        Ok(())
    });
    gather.map_err(unreadable)?;
    Ok(found)
}

/// The datacap of a client in bytes; `null` if it has none.
pub(in crate::methods) fn client_status(
    caller: &Caller<'_>,
    client: Address,
    key: Option<TipsetKey>,
) -> Result<Option<BigDecimal>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (client, _) = reader.actor(&client.0)?;
    let token: datacap::state::State = reader.singleton(ids::DATACAP)?;
    let balance = token.token.balance(reader.store(), client);
    let bytes: BigInt = balance.map_err(unreadable)?.atto() / datacap::GRANULARITY;
    Ok((!bytes.is_zero()).then_some(BigDecimal(bytes)))
}

/// What a verifier may still hand out; `null` if it is none.
pub(in crate::methods) fn verifier_status(
    caller: &Caller<'_>,
    verifier: Address,
    key: Option<TipsetKey>,
) -> Result<Option<BigDecimal>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (verifier, _) = reader.actor(&verifier.0)?;
    let registry: State = reader.singleton(ids::VERIFIED_REGISTRY)?;
    let allowance = registry.verifier_allowance(reader.store(), &id_address(verifier));
    Ok(allowance.map_err(unreadable)?.map(BigDecimal))
}

pub(in crate::methods) fn root_key(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<Address, Error> {
    let mut reader = Reader::open(caller, key)?;
    let registry: State = reader.singleton(ids::VERIFIED_REGISTRY)?;
    Ok(Address(registry.root_key))
}
