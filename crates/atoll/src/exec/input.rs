//! The file of messages: what it may say, and what that means.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use fvm_ipld_encoding::{BytesSer, RawBytes};
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Network, Payload};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use multihash_codetable::{Code, MultihashDigest};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::amount;
use crate::vectors::json::{Hex, Int};

/// What the file says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Which rules are in force.
    pub network_version: Option<u32>,
    /// What the network calls itself.
    pub network_name: Option<String>,
    /// The epoch of the tipset.
    pub epoch: ChainEpoch,
    /// Its time, in seconds of Unix.
    pub timestamp: u64,
    /// Its base fee.
    pub base_fee: Option<Amount>,
    /// The EIP-155 chain id.
    pub chain_id: Option<u64>,
    /// FIL in circulation.
    pub circulating_supply: Option<Amount>,
    /// Accounts with funds.
    pub accounts: Vec<AccountInput>,
    /// Actors of the user's own.
    pub actors: Vec<ActorInput>,
    /// The messages, in order: objects, or signed or unsigned messages as hex of CBOR.
    pub messages: Vec<Value>,
}

/// An account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountInput {
    /// What the file calls it.
    pub name: String,
    /// Its address (f1, f3, f410 or 0x); made from the name if absent.
    pub address: Option<String>,
    /// What it holds.
    pub balance: Option<Amount>,
}

/// An actor of the user's own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActorInput {
    /// What the file calls it.
    pub name: String,
    /// Where it is placed.
    pub id: ActorID,
    /// Its code: a `.wasm` or `.wat` file, beside this one.
    pub code: String,
    /// Its state, one block of CBOR; an empty array if absent.
    pub state: Option<Hex>,
    /// What it holds.
    #[serde(default)]
    pub balance: Amount,
}

/// A message as an object.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageInput {
    /// A title for it, for people.
    pub title: Option<String>,
    /// Who sends it: a name or an address.
    pub from: String,
    /// To whom: a name or an address.
    pub to: String,
    /// What goes along.
    #[serde(default)]
    pub value: Amount,
    /// A number, or a name.
    pub method: Option<Value>,
    /// The parameters: CBOR.
    pub params: Option<Hex>,
    /// Parameters that are one byte string, as contracts take them.
    pub calldata: Option<Hex>,
    /// The sequence number; that of the sender if absent.
    pub sequence: Option<Int>,
    /// How much gas it may use.
    pub gas_limit: Option<Int>,
    /// What it pays at most, a unit of gas.
    pub gas_fee_cap: Option<Amount>,
    /// What it pays above the base fee, a unit of gas.
    pub gas_premium: Option<Amount>,
    /// Sent by the chain itself: no fees, no sequence number.
    #[serde(default)]
    pub implicit: bool,
}

/// An amount of FIL, with a unit.
#[derive(Clone, Debug, Default)]
pub struct Amount(pub TokenAmount);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(deserializer)? {
            Value::Number(number) => number.to_string(),
            Value::String(text) => text,
            other => {
                return Err(serde::de::Error::custom(format!(
                    "{other} is not an amount"
                )));
            }
        };
        amount::parse(&text)
            .map(Self)
            .map_err(|e| serde::de::Error::custom(format!("{e:#}")))
    }
}

/// A message, either way it may be written.
#[derive(Debug)]
pub enum Given {
    /// Field by field.
    Fields(Box<MessageInput>),
    /// As it stands on chain.
    Encoded {
        /// The message.
        message: Box<Message>,
        /// How many bytes it takes on chain, with its signature if there is one.
        length: usize,
    },
}

impl Input {
    /// Parses the file: an object, or only the list of messages.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(bytes)
            .context("it is not JSON (`atoll exec --help` shows what it may say)")?;
        match value {
            Value::Array(messages) => Ok(Self {
                messages,
                ..Self::default()
            }),
            Value::Object(_) => Ok(serde_json::from_value(value)?),
            _ => bail!("it is neither an object nor a list of messages"),
        }
    }

    /// The messages.
    pub fn messages(&self) -> Result<Vec<Given>> {
        let messages = self.messages.iter().enumerate();
        messages
            .map(|(index, value)| given(value).with_context(|| format!("message {}", index + 1)))
            .collect()
    }

    /// What every name in the file means.
    pub fn names(&self) -> Result<Names> {
        let mut names = Names::built_in();
        for account in &self.accounts {
            let address = match &account.address {
                Some(text) => parse_address(text)?,
                None => made_from(&account.name)?,
            };
            names.add(&account.name, address)?;
        }
        for actor in &self.actors {
            names.add(&actor.name, Address::new_id(actor.id))?;
        }
        Ok(names)
    }
}

fn given(value: &Value) -> Result<Given> {
    let text = match value {
        Value::String(text) => text,
        Value::Object(_) => {
            return Ok(Given::Fields(Box::new(MessageInput::deserialize(value)?)));
        }
        other => bail!("{other} is neither an object nor hex"),
    };
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).context("it is not hex")?;
    if let Ok(message) = fvm_ipld_encoding::from_slice::<Message>(&bytes) {
        let length = atoll_chain::message::chain_length(&message, bytes.len());
        return Ok(Given::Encoded {
            message: Box::new(message),
            length,
        });
    }
    let signed: Result<(Message, BytesOnly), _> = fvm_ipld_encoding::from_slice(&bytes);
    let Ok((message, _signature)) = signed else {
        bail!("it is neither the CBOR of a message (10 fields) nor of a signed one (2)");
    };
    let unsigned = fvm_ipld_encoding::to_vec(&message)?.len();
    let length = atoll_chain::message::chain_length(&message, unsigned);
    Ok(Given::Encoded {
        message: Box::new(message),
        length,
    })
}

type BytesOnly = fvm_ipld_encoding::BytesDe;

/// Addresses by name.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, Address>);

impl Names {
    /// The singletons.
    fn built_in() -> Self {
        let singletons = [
            ("system", 0),
            ("init", 1),
            ("reward", 2),
            ("cron", 3),
            ("power", 4),
            ("market", 5),
            ("verifreg", 6),
            ("datacap", 7),
            ("eam", 10),
            ("burnt", 99),
        ];
        let named = singletons.map(|(name, id)| (name.to_owned(), Address::new_id(id)));
        Self(named.into())
    }

    /// Gives an address a name.
    pub fn add(&mut self, name: &str, address: Address) -> Result<()> {
        ensure!(!name.is_empty(), "a name is empty");
        ensure!(
            parse_address(name).is_err(),
            "the name {name:?} looks like an address"
        );
        let twice = self.0.insert(name.to_owned(), address).is_some();
        ensure!(!twice, "the name {name:?} is taken");
        Ok(())
    }

    /// The address behind a name, or the address itself.
    pub fn address(&self, text: &str) -> Result<Address> {
        match self.0.get(text) {
            Some(address) => Ok(*address),
            None => parse_address(text).with_context(|| {
                let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
                format!(
                    "{text:?} is neither a name in the file nor an address (names: {})",
                    known.join(", ")
                )
            }),
        }
    }

    /// Every name with its address.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Address)> {
        self.0
            .iter()
            .map(|(name, address)| (name.as_str(), address))
    }
}

/// An address in one of its forms. Ethereum's are either f410, or an id in disguise.
pub fn parse_address(text: &str) -> Result<Address> {
    let Some(hex) = text.strip_prefix("0x") else {
        let network = if text.starts_with('t') {
            Network::Testnet
        } else {
            Network::Mainnet
        };
        return network
            .parse_address(text)
            .with_context(|| format!("address {text:?}"));
    };
    let bytes: [u8; 20] = hex::decode(hex)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .with_context(|| format!("{text:?} is not 20 bytes of hex"))?;
    const MASK: [u8; 12] = [0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    Ok(match bytes.strip_prefix(&MASK) {
        Some(id) => Address::new_id(u64::from_be_bytes(id.try_into().expect("8 of 20 bytes"))),
        None => Address::new_delegated(atoll_vm::actors::EAM_ACTOR, &bytes)?,
    })
}

/// How Ethereum writes an address, if it can.
#[must_use]
pub fn ethereum_address(address: &Address) -> Option<String> {
    match address.payload() {
        Payload::Delegated(delegated)
            if delegated.namespace() == atoll_vm::actors::EAM_ACTOR
                && delegated.subaddress().len() == 20 =>
        {
            Some(format!("0x{}", hex::encode(delegated.subaddress())))
        }
        _ => None,
    }
}

/// An f1 address that nobody has the key of: signatures play no part here.
fn made_from(name: &str) -> Result<Address> {
    let mut key = [4; 65];
    key[1..].copy_from_slice(Code::Blake2b512.digest(name.as_bytes()).digest());
    Ok(Address::new_secp256k1(&key)?)
}

impl MessageInput {
    /// The parameters as they go into the message.
    pub fn encoded_params(&self) -> Result<RawBytes> {
        match (&self.params, &self.calldata) {
            (Some(_), Some(_)) => bail!("params and calldata exclude each other"),
            (Some(Hex(params)), None) => Ok(RawBytes::new(params.clone())),
            (None, Some(Hex(calldata))) => Ok(RawBytes::serialize(BytesSer(calldata))?),
            (None, None) => Ok(RawBytes::default()),
        }
    }
}

/// Code from a file, text or binary.
pub fn code(folder: &Path, file: &str) -> Result<Vec<u8>> {
    let path = folder.join(file);
    let bytes = crate::file::read(&path)?;
    let wasm = wat::parse_bytes(&bytes).with_context(|| format!("code {}", path.display()))?;
    Ok(wasm.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_for_addresses() {
        let input = Input::parse(
            br#"{"accounts": [{"name": "alice", "balance": "1 FIL"},
                              {"name": "eve", "address": "0x00000000000000000000000000000000000000ee"}],
                 "actors": [{"name": "counter", "id": 1000, "code": "counter.wat"}]}"#,
        )
        .expect("well formed");
        let names = input.names().expect("all different");
        let text = |name| names.address(name).expect("known").to_string();
        assert!(text("alice").starts_with("f1"));
        assert!(text("eve").starts_with("f410"));
        assert_eq!(text("counter"), "f01000");
        assert_eq!(text("burnt"), "f099");
        assert_eq!(text("f0123"), "f0123");
        assert_eq!(text("0xff00000000000000000000000000000000000064"), "f0100");
        let error = format!("{:#}", names.address("bob").expect_err("unknown"));
        assert!(error.contains("alice"), "{error}");
    }

    #[test]
    fn mistakes_are_named() {
        for (json, words) in [
            (&br#"{"acounts": []}"#[..], "acounts"),
            (
                br#"{"accounts": [{"name": "a", "balance": "1 fill"}]}"#,
                "1 fill",
            ),
            (b"7", "neither"),
        ] {
            let error = format!("{:#}", Input::parse(json).expect_err("refused"));
            assert!(error.contains(words), "{error}");
        }
        let twice = br#"{"accounts": [{"name": "a"}, {"name": "a"}]}"#;
        assert!(Input::parse(twice).expect("JSON").names().is_err());
        let built_in = br#"{"accounts": [{"name": "burnt"}]}"#;
        assert!(Input::parse(built_in).expect("JSON").names().is_err());
        for bad in [r#"["zz"]"#, r#"["8a"]"#, "[7]", r#"[{"from": "a"}]"#] {
            assert!(
                Input::parse(bad.as_bytes())
                    .expect("JSON")
                    .messages()
                    .is_err(),
                "{bad}"
            );
        }
    }
}
