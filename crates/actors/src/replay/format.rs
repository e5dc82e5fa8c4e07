//! The JSON of scenarios and of their genesis.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use cid::Cid;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::address::{Address, Network};
use fvm_shared::bigint::BigInt;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::{ActorID, MethodNum};
use multihash_codetable::Multihash;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::Value;

use super::Error;
use crate::kinds::ActorKind;

/// A scenario.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it is about, in a word.
    pub area: String,
    /// What it is about.
    pub about: String,
    /// The version of the actors that it was recorded from.
    pub actors: String,
    /// The policy that it was recorded under, for people.
    pub policy: Value,
    /// The network version that the actors saw.
    pub network_version: u32,
    /// The root of the genesis that it starts from.
    #[serde(deserialize_with = "text")]
    pub genesis: Cid,
    /// What happens.
    pub steps: Vec<Step>,
    /// The root of the actor table in the end.
    #[serde(default, deserialize_with = "optional_text")]
    pub final_state_root: Option<Cid>,
}

/// A step as written: exactly one of the fields is there (`expect` goes with `message`).
#[derive(Debug, Default, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    set_epoch: Option<ChainEpoch>,
    set_circulating_supply: Option<Amount>,
    set_base_fee: Option<Amount>,
    set_timestamp: Option<u64>,
    set_actor: Option<SetActor>,
    override_primitive: Option<OverridePrimitive>,
    message: Option<Message>,
    expect: Option<Expect>,
}

/// What a step does.
#[derive(Debug)]
#[allow(missing_docs)]
pub enum StepKind<'a> {
    SetEpoch(ChainEpoch),
    SetCirculatingSupply(&'a TokenAmount),
    SetBaseFee(&'a TokenAmount),
    SetTimestamp(u64),
    SetActor(&'a SetActor),
    OverridePrimitive(&'a OverridePrimitive),
    Message(&'a Message, &'a Expect),
}

impl Step {
    /// Does it execute a message?
    #[must_use]
    pub fn is_message(&self) -> bool {
        self.message.is_some()
    }

    /// What the step does.
    ///
    /// # Errors
    /// If it is not one thing.
    pub fn kind(&self) -> Result<StepKind<'_>, Error> {
        let mut kinds = Vec::with_capacity(1);
        kinds.extend(self.set_epoch.map(StepKind::SetEpoch));
        kinds.extend(
            self.set_circulating_supply
                .as_ref()
                .map(|a| StepKind::SetCirculatingSupply(&a.0)),
        );
        kinds.extend(
            self.set_base_fee
                .as_ref()
                .map(|a| StepKind::SetBaseFee(&a.0)),
        );
        kinds.extend(self.set_timestamp.map(StepKind::SetTimestamp));
        kinds.extend(self.set_actor.as_ref().map(StepKind::SetActor));
        kinds.extend(
            self.override_primitive
                .as_ref()
                .map(StepKind::OverridePrimitive),
        );
        match (&self.message, &self.expect) {
            (Some(message), Some(expect)) => kinds.push(StepKind::Message(message, expect)),
            (None, None) => {}
            _ => return Err(Error::Format("a message goes with what to expect".into())),
        }
        match (kinds.pop(), kinds.is_empty()) {
            (Some(kind), true) => Ok(kind),
            _ => Err(Error::Format("a step does exactly one thing".into())),
        }
    }
}

/// Overwrites an entry of the actor table.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetActor {
    /// Whose.
    pub address: AddressText,
    /// Its code, by name.
    pub code: CodeName,
    /// Its head.
    #[serde(deserialize_with = "text")]
    pub head: Cid,
    /// Its sequence number.
    pub sequence: u64,
    /// Its balance.
    pub balance: Amount,
    /// Its f4 address.
    #[serde(default)]
    pub delegated: Option<AddressText>,
    /// Blocks to store first.
    #[serde(default)]
    pub blocks: BTreeMap<String, Hex>,
}

/// A primitive that follows another rule from here on.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverridePrimitive {
    primitive: String,
    /// The rule, for people.
    pub rule: String,
    empty_by_seal_proof: BTreeMap<String, String>,
}

impl OverridePrimitive {
    /// The CommD of no pieces, by seal proof.
    ///
    /// # Errors
    /// If another primitive is to be overridden.
    pub fn empty_by_seal_proof(&self) -> Result<BTreeMap<i64, Cid>, Error> {
        if self.primitive != "compute_unsealed_sector_cid" {
            return Err(Error::Format(format!("no override of {}", self.primitive)));
        }
        let parse = |(proof, cid): (&String, &String)| {
            let proof = i64::from_str(proof).map_err(|e| Error::Format(e.to_string()))?;
            let cid = Cid::from_str(cid).map_err(|e| Error::Format(e.to_string()))?;
            Ok((proof, cid))
        };
        self.empty_by_seal_proof.iter().map(parse).collect()
    }
}

/// A message to execute.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// From whom, in the form that f2 addresses are made of.
    pub from: AddressText,
    /// To whom.
    pub to: AddressText,
    /// With how much.
    pub value: Amount,
    /// Which method.
    pub method: MethodNum,
    /// With which parameters.
    pub params: Option<Block>,
    /// Does the chain itself send it? It is executed like any other.
    pub implicit: bool,
}

/// What a message must come to.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The exit code of the message.
    pub exit_code: u32,
    /// What it returns, or the data of its failure.
    pub r#return: Option<Block>,
    /// The calls that it makes.
    pub trace: Trace,
    /// Every entry of the actor table that it changes; `None` for one that it removes.
    pub heads: BTreeMap<AddressText, Option<Entry>>,
}

/// A call with all that happens in it.
#[derive(Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// Who calls.
    pub from: ActorID,
    /// Who is called.
    pub to: AddressText,
    /// What goes along.
    #[serde(default)]
    pub value: Amount,
    /// The method.
    pub method: MethodNum,
    /// The parameters.
    #[serde(default)]
    pub params: Option<Block>,
    /// How it ends.
    #[serde(default)]
    pub exit_code: u32,
    /// What it returns.
    #[serde(default)]
    pub r#return: Option<Block>,
    /// What it emits.
    #[serde(default)]
    pub events: Vec<Event>,
    /// The calls that it makes.
    #[serde(default)]
    pub subinvocations: Vec<Trace>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    /// Who emits it.
    pub emitter: ActorID,
    /// What it says.
    pub entries: Vec<EventEntry>,
}

/// An entry of an event.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventEntry {
    /// What is indexed.
    pub flags: u64,
    /// The key.
    pub key: String,
    /// The codec of the value.
    pub codec: u64,
    /// The value.
    pub value: Hex,
}

/// An entry of the actor table.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The code, by name.
    pub code: CodeName,
    /// The head of the state.
    #[serde(deserialize_with = "text")]
    pub head: Cid,
    /// The sequence number.
    pub sequence: u64,
    /// The balance.
    pub balance: Amount,
    /// The f4 address.
    #[serde(default)]
    pub delegated: Option<AddressText>,
}

/// The state that every scenario starts from.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisText {
    /// The actor table.
    pub actors: BTreeMap<AddressText, Entry>,
    /// The base fee.
    pub base_fee: Amount,
    /// The file with the blocks.
    pub car: String,
    /// The chain id.
    pub chain_id: u64,
    /// FIL in circulation.
    pub circulating_supply: Amount,
    /// The epoch.
    pub epoch: ChainEpoch,
    /// The network version.
    pub network_version: u32,
    /// The policy, for people.
    pub policy: Value,
    /// The root of the actor table.
    #[serde(deserialize_with = "text")]
    pub state_root: Cid,
    /// The time.
    pub timestamp: u64,
}

/// An amount in attoFIL, as a decimal string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amount(pub TokenAmount);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        text::<BigInt, D>(from).map(|atto| Self(TokenAmount::from_atto(atto)))
    }
}

/// An address as text, always with an `f`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressText(pub Address);

impl AddressText {
    /// The id in an f0 address.
    ///
    /// # Errors
    /// If it is another kind of address.
    pub fn id(&self) -> Result<ActorID, Error> {
        self.0
            .id()
            .map_err(|_| Error::Format(format!("{} is not an f0 address", self.0)))
    }
}

impl<'de> Deserialize<'de> for AddressText {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Network::Mainnet
            .parse_address(&text)
            .map(Self)
            .map_err(D::Error::custom)
    }
}

/// Bytes in hex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        decode_hex(&text)
            .map(Self)
            .ok_or_else(|| D::Error::custom("not hex"))
    }
}

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map(|digit| digit as u8);
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?))
        .collect()
}

/// A block of parameters or of an answer.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// Its codec.
    pub codec: u64,
    /// Its bytes.
    pub hex: Hex,
}

impl Block {
    /// As the actors see it.
    #[must_use]
    pub fn to_ipld(&self) -> IpldBlock {
        IpldBlock {
            codec: self.codec,
            data: self.hex.0.clone(),
        }
    }

    /// From what the actors gave.
    #[must_use]
    pub fn from_ipld(block: &IpldBlock) -> Self {
        Self {
            codec: block.codec,
            hex: Hex(block.data.clone()),
        }
    }
}

/// A code by the name of its actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeName(pub ActorKind);

impl CodeName {
    /// The code that stands for an actor in these scenarios.
    #[must_use]
    pub fn cid(self) -> Cid {
        identity_cid(format!("fil/test/{}", self.0.name()).as_bytes())
    }

    /// The actor that a code stands for.
    #[must_use]
    pub fn of(code: &Cid) -> Option<Self> {
        let name = code.hash().digest().strip_prefix(b"fil/test/")?;
        let kind = ActorKind::ALL
            .into_iter()
            .find(|kind| kind.name().as_bytes() == name)?;
        (Self(kind).cid() == *code).then_some(Self(kind))
    }
}

impl<'de> Deserialize<'de> for CodeName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = String::deserialize(from)?;
        let kind = ActorKind::ALL.into_iter().find(|kind| kind.name() == name);
        kind.map(Self)
            .ok_or_else(|| D::Error::custom(format!("no actor is called {name}")))
    }
}

/// A CID whose hash is the data itself.
#[must_use]
pub fn identity_cid(data: &[u8]) -> Cid {
    let hash = Multihash::wrap(0, data).expect("names are shorter than a multihash may be");
    Cid::new_v1(fvm_ipld_encoding::IPLD_RAW, hash)
}

fn text<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    String::deserialize(from)?.parse().map_err(D::Error::custom)
}

fn optional_text<'de, T, D>(from: D) -> Result<Option<T>, D::Error>
where
    T: FromStr<Err: Display>,
    D: Deserializer<'de>,
{
    let text = Option::<String>::deserialize(from)?;
    text.map(|text| text.parse().map_err(D::Error::custom))
        .transpose()
}
