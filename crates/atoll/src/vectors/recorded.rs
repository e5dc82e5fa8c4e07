//! The project's own recording: messages run by the reference machine on the official actors,
//! with everything that it answered (`vectors/README.md`).

pub mod run;

use std::collections::BTreeMap;

use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::message::Message;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::json::{AddressText, Atto, CidText, Hex, Int};

/// A scenario: steps that run in order on one state.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it calls itself.
    pub name: String,
    /// Which subject it belongs to.
    pub group: String,
    /// What it is about, for people.
    pub about: String,
    /// The network version in force.
    pub network_version: u32,
    /// The actors that it was recorded with.
    pub actors: String,
    /// The epoch of the tipset.
    pub epoch: ChainEpoch,
    /// Its time.
    pub timestamp: u64,
    /// Its base fee.
    pub base_fee: Atto,
    /// The EIP-155 chain id.
    pub chain_id: u64,
    /// FIL in circulation.
    pub circulating_supply: Atto,
    /// The state before the first step.
    pub genesis_root: CidText,
    /// For people: the words of return values.
    #[serde(default, rename = "notes")]
    _notes: IgnoredAny,
    /// For people: where contracts come from. Their bytes stand in the messages.
    #[serde(default, rename = "contracts")]
    _contracts: IgnoredAny,
    /// The messages with what they must lead to.
    pub steps: Vec<Step>,
}

/// One message and what it must lead to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What the step calls itself.
    pub label: String,
    /// For people.
    pub note: Option<String>,
    /// The message.
    pub message: MessageJson,
    /// How it is applied.
    pub kind: Kind,
    /// Its length on chain, which inclusion is charged for.
    pub raw_length: usize,
    /// What changes around the machine before it.
    pub set_env: Option<SetEnv>,
    /// What it must lead to.
    pub expect: Expect,
}

/// How a message is applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// As one that a user signed.
    Explicit,
    /// As one that the chain sends itself: without fees or a sequence number.
    Implicit,
}

/// A message in JSON.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageJson {
    version: Int,
    from: AddressText,
    to: AddressText,
    sequence: Int,
    value: Atto,
    method: Int,
    params: Hex,
    gas_limit: Int,
    gas_fee_cap: Atto,
    gas_premium: Atto,
}

/// What changes around the machine; what is absent stays.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetEnv {
    /// The epoch of the tipset.
    pub epoch: Option<ChainEpoch>,
    /// Its time.
    pub timestamp: Option<u64>,
    /// Its base fee.
    pub base_fee: Option<Atto>,
    /// The EIP-155 chain id.
    pub chain_id: Option<u64>,
    /// FIL in circulation.
    pub circulating_supply: Option<Atto>,
    /// The network version in force.
    pub network_version: Option<u32>,
}

/// What a message must lead to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Its exit code.
    pub exit_code: u32,
    /// What it returns.
    #[serde(rename = "return")]
    pub returned: Hex,
    /// In which codec; absent if it returns no block.
    pub return_codec: Option<u64>,
    /// The gas it used.
    pub gas_used: u64,
    /// The gas it bought and must pay for without having used it.
    pub gas_burned: u64,
    /// Absent if zero.
    pub base_fee_burn: Option<Atto>,
    /// Absent if zero.
    pub over_estimation_burn: Option<Atto>,
    /// What the block's miner gets.
    pub miner_tip: Atto,
    /// What the block's miner loses.
    pub penalty: Atto,
    /// What the sender gets back.
    pub refund: Atto,
    /// The root of the events' AMT; absent if there are none.
    pub events_root: Option<CidText>,
    /// The events.
    #[serde(default)]
    pub events: Vec<Event>,
    /// The state after the message and its fees.
    pub state_root: CidText,
    /// Every actor that changed, and how it is now; `null` if it is gone.
    #[serde(default)]
    pub actors: BTreeMap<ActorID, Option<Actor>>,
    /// Every contract whose state changed, and how it is now.
    #[serde(default)]
    pub evm: BTreeMap<ActorID, Contract>,
    /// For people.
    #[serde(rename = "failure_info")]
    _failure_info: Option<IgnoredAny>,
    /// For people.
    #[serde(default, rename = "call_depth")]
    _call_depth: IgnoredAny,
    /// For people, the first calls, a line each. Only how a call ended is looked at.
    #[serde(default)]
    pub calls: Vec<String>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Who emitted it.
    pub emitter: ActorID,
    /// Its entries.
    pub entries: Vec<EventEntry>,
}

/// An entry of an event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventEntry {
    /// What is to be indexed.
    pub flags: u64,
    /// Its key.
    pub key: String,
    /// The codec of its value.
    pub codec: u64,
    /// Its value.
    pub value: Hex,
}

/// How an actor is after a message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The name of its code.
    pub code: String,
    /// Its state.
    pub head: CidText,
    /// How many messages it has sent.
    pub sequence: Int,
    /// What it holds.
    pub balance: Atto,
    /// Its f4 address.
    pub delegated_address: Option<AddressText>,
}

/// How a contract is after a message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// Its code.
    pub bytecode: CidText,
    /// The Keccak hash of its code.
    pub bytecode_hash: Hex,
    /// The root of its storage.
    pub contract_state: CidText,
    /// How many contracts it has created, plus one.
    pub nonce: u64,
    /// Who destroyed it, and in which message.
    pub tombstone: Option<(ActorID, u64)>,
    /// How many slots are not zero.
    pub slot_count: usize,
    /// The slots, if they are few.
    pub slots: Option<BTreeMap<String, String>>,
    /// Its transient storage.
    pub transient: Option<Transient>,
}

/// The transient storage of a contract.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transient {
    /// Its root.
    pub root: CidText,
    /// The message that it lives as long as.
    pub lifespan: (ActorID, u64),
    /// Its slots.
    pub slots: BTreeMap<String, String>,
}

impl From<&MessageJson> for Message {
    fn from(json: &MessageJson) -> Self {
        Self {
            version: json.version.0,
            from: json.from.0,
            to: json.to.0,
            sequence: json.sequence.0,
            value: json.value.0.clone(),
            method_num: json.method.0,
            params: RawBytes::new(json.params.0.clone()),
            gas_limit: json.gas_limit.0,
            gas_fee_cap: json.gas_fee_cap.0.clone(),
            gas_premium: json.gas_premium.0.clone(),
        }
    }
}
