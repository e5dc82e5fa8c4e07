//! What actors hold.

use atoll_actors::registry;
use atoll_vm::Actor;
use serde::Serialize;
use serde_json::Value;

use crate::forms::filecoin::{Address, Base64, BigDecimal, Cid, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::tipset;

/// An actor.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct ActorForm {
    code: Cid,
    head: Cid,
    nonce: u64,
    balance: BigDecimal,
    delegated_address: Option<Address>,
}

/// An actor in Lotus' form.
pub(in crate::methods) fn actor_form(actor: &Actor) -> ActorForm {
    ActorForm {
        code: Cid(actor.code),
        head: Cid(actor.root),
        nonce: actor.sequence,
        balance: (&actor.balance.to_token()).into(),
        delegated_address: actor.delegated_address.map(Address),
    }
}

pub(super) fn not_found(address: &Address) -> Error {
    Error::actor_not_found(format!("actor not found: {}", address.0))
}

pub(in crate::methods) fn get_actor(
    caller: &Caller<'_>,
    address: Address,
    key: Option<TipsetKey>,
) -> Result<ActorForm, Error> {
    let tipset = tipset(caller, key)?;
    let found = caller.chain().state(&tipset)?.actor(&address.0)?;
    let (_, actor) = found.ok_or_else(|| not_found(&address))?;
    Ok(actor_form(&actor))
}

/// What `StateReadState` answers. The state is its IPLD as JSON: fields are by place, not by
/// name, as they are on chain.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct ActorState {
    balance: BigDecimal,
    code: Cid,
    state: Value,
}

pub(in crate::methods) fn read_state(
    caller: &Caller<'_>,
    address: Address,
    key: Option<TipsetKey>,
) -> Result<ActorState, Error> {
    let tipset = tipset(caller, key)?;
    let mut state = caller.chain().state(&tipset)?;
    let (_, actor) = state
        .actor(&address.0)?
        .ok_or_else(|| not_found(&address))?;
    let block = state.block(&actor.root)?;
    let tree: ipld_core::ipld::Ipld = fvm_ipld_encoding::from_slice(&block)
        .map_err(|why| Error::refused(format!("the state is no CBOR: {why}")))?;
    Ok(ActorState {
        balance: (&actor.balance.to_token()).into(),
        code: Cid(actor.code),
        state: json_of(&tree),
    })
}

/// The parameters of a method as JSON: like states, by place, not by name.
pub(in crate::methods) fn decode_params(
    caller: &Caller<'_>,
    address: Address,
    method: u64,
    params: Base64,
    key: Option<TipsetKey>,
) -> Result<Value, Error> {
    let tipset = tipset(caller, key)?;
    let mut state = caller.chain().state(&tipset)?;
    let (_, actor) = state
        .actor(&address.0)?
        .ok_or_else(|| not_found(&address))?;
    let name = state.name_of_code(&actor.code);
    let mut known = registry::ACTORS.iter();
    let known = known.find(|known| Some(known.kind.name()) == name.as_deref());
    if known.is_some_and(|known| known.method(method).is_none()) {
        let name = name.unwrap_or_default();
        return Err(Error::refused(format!("{name} has no method {method}")));
    }
    if params.0.is_empty() {
        return Ok(Value::Null);
    }
    let tree: ipld_core::ipld::Ipld = fvm_ipld_encoding::from_slice(&params.0)
        .map_err(|why| Error::param("params", &format!("they are no CBOR: {why}")))?;
    Ok(json_of(&tree))
}

/// IPLD as JSON: links as `{"/": ...}`, bytes as `{"/": {"bytes": ...}}`, as DAG-JSON has it.
fn json_of(tree: &ipld_core::ipld::Ipld) -> Value {
    use base64::Engine;
    use ipld_core::ipld::Ipld;
    match tree {
        Ipld::Null => Value::Null,
        Ipld::Bool(flag) => Value::Bool(*flag),
        Ipld::Integer(number) => serde_json::to_value(number).unwrap_or(Value::Null),
        Ipld::Float(number) => serde_json::to_value(number).unwrap_or(Value::Null),
        Ipld::String(text) => Value::String(text.clone()),
        Ipld::Bytes(bytes) => {
            let text = base64::engine::general_purpose::STANDARD_NO_PAD.encode(bytes);
            serde_json::json!({"/": {"bytes": text}})
        }
        Ipld::List(list) => list.iter().map(json_of).collect(),
        Ipld::Map(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), json_of(value)))
            .collect(),
        Ipld::Link(cid) => serde_json::json!({"/": cid.to_string()}),
    }
}

pub(in crate::methods) fn lookup_id(
    caller: &Caller<'_>,
    address: Address,
    key: Option<TipsetKey>,
) -> Result<Address, Error> {
    let tipset = tipset(caller, key)?;
    let id = caller.chain().state(&tipset)?.resolve(&address.0)?;
    let id = id.ok_or_else(|| not_found(&address))?;
    Ok(Address(fvm_shared::address::Address::new_id(id)))
}

/// The address behind an id, for whoever wants one that no reorg can give to another.
pub(in crate::methods) fn lookup_robust(
    caller: &Caller<'_>,
    address: Address,
    key: Option<TipsetKey>,
) -> Result<Address, Error> {
    let tipset = tipset(caller, key)?;
    let Ok(id) = address.0.id() else {
        return Ok(address); // It is one.
    };
    let mut state = caller.chain().state(&tipset)?;
    if state.actor(&address.0)?.is_none() {
        return Err(not_found(&address));
    }
    let found = state.robust_address(id)?;
    let none = || Error::refused(format!("f0{id} has no other address"));
    found.map(Address).ok_or_else(none)
}

pub(in crate::methods) fn account_key(
    caller: &Caller<'_>,
    address: Address,
    key: Option<TipsetKey>,
) -> Result<Address, Error> {
    let tipset = tipset(caller, key)?;
    let found = caller.chain().state(&tipset)?.key_address(&address.0)?;
    let none = || Error::refused(format!("{} is not an account with a key", address.0));
    found.map(Address).ok_or_else(none)
}

pub(in crate::methods) fn circulating_supply(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    let tipset = tipset(caller, key)?;
    let state = caller.chain().state(&tipset)?;
    Ok(state.circulating_supply().into())
}

/// The FIL in circulation and what it is made of.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Supply {
    fil_vested: BigDecimal,
    fil_mined: BigDecimal,
    fil_burnt: BigDecimal,
    fil_locked: BigDecimal,
    fil_circulating: BigDecimal,
    fil_reserve_disbursed: BigDecimal,
}

pub(in crate::methods) fn vm_circulating_supply(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<Supply, Error> {
    let tipset = tipset(caller, key)?;
    let chain = caller.chain();
    let mut state = chain.state(&tipset)?;
    let counted = state.count_supply(&chain.terms().supply)?;
    Ok(Supply {
        fil_vested: (&counted.vested).into(),
        fil_mined: (&counted.mined).into(),
        fil_burnt: (&counted.burnt).into(),
        fil_locked: (&counted.locked).into(),
        // What the user said instead counts.
        fil_circulating: state.circulating_supply().into(),
        fil_reserve_disbursed: (&counted.disbursed).into(),
    })
}

pub(in crate::methods) fn list_actors(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<Vec<Address>, Error> {
    let tipset = tipset(caller, key)?;
    let mut all = Vec::new();
    caller.chain().state(&tipset)?.for_each_actor(|id, _| {
        all.push(Address(fvm_shared::address::Address::new_id(id)));
        Ok(())
    })?;
    Ok(all)
}
