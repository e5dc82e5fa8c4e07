//! What contracts can be asked, say and fail with, as their compilers write it down (the JSON
//! ABI).

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use super::{Signature, Type, WORD, decode, keccak256, list, show_revert};

/// Functions, events and errors of any number of contracts.
#[derive(Clone, Debug, Default)]
pub struct Interface {
    /// What they can be asked.
    pub functions: Vec<Signature>,
    /// What they say.
    pub events: Vec<Event>,
    /// What they fail with.
    pub errors: Vec<Signature>,
    /// What the constructor takes, if one was read.
    pub constructor: Option<Vec<Type>>,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its name and all its parameters.
    pub signature: Signature,
    /// Which of the parameters are topics.
    pub indexed: Vec<bool>,
    /// Is there no topic that names it?
    pub anonymous: bool,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    inputs: Vec<Parameter>,
    #[serde(default)]
    outputs: Vec<Parameter>,
    #[serde(default)]
    anonymous: bool,
}

#[derive(Deserialize)]
struct Parameter {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    components: Vec<Parameter>,
    #[serde(default)]
    indexed: bool,
}

impl Interface {
    /// Reads a JSON ABI: the list itself.
    pub fn parse(abi: &Value) -> Result<Self> {
        let items: Vec<Item> = Deserialize::deserialize(abi).context("the ABI")?;
        let mut interface = Self::default();
        for item in items {
            let what = || format!("{} {} of the ABI", item.kind, item.name);
            let inputs = types(&item.inputs).with_context(what)?;
            let named = |outputs| Signature {
                name: item.name.clone(),
                inputs: inputs.clone(),
                outputs,
            };
            match item.kind.as_str() {
                // A function, where old compilers leave the kind out.
                "function" | "" => {
                    let outputs = types(&item.outputs).with_context(what)?;
                    interface.functions.push(named(Some(outputs)));
                }
                "constructor" => interface.constructor = Some(inputs),
                "error" => interface.errors.push(named(None)),
                "event" => interface.events.push(Event {
                    signature: named(None),
                    indexed: item.inputs.iter().map(|input| input.indexed).collect(),
                    anonymous: item.anonymous,
                }),
                "fallback" | "receive" => {}
                other => bail!("the ABI has an item of the unknown kind {other:?}"),
            }
        }
        Ok(interface)
    }

    /// Adds all that another has, without what is here already.
    pub fn merge(&mut self, other: Self) {
        let known: BTreeSet<[u8; 4]> = self.functions.iter().map(Signature::selector).collect();
        let new = |signature: &Signature| !known.contains(&signature.selector());
        self.functions
            .extend(other.functions.into_iter().filter(new));
        self.errors.extend(other.errors);
        self.events.extend(other.events);
    }

    /// The function of this name, if there is one only.
    pub fn function(&self, name: &str) -> Result<&Signature> {
        let mut found = self
            .functions
            .iter()
            .filter(|function| function.name == name);
        match (found.next(), found.next()) {
            (Some(function), None) => Ok(function),
            (Some(_), Some(_)) => {
                bail!("there are several functions {name}; write the one you mean with its types")
            }
            (None, _) => bail!(
                "there is no function {name} in the ABI; write it with its types, as in \
                 'transfer(address,uint256)'"
            ),
        }
    }

    /// What call data asks, if it is a call of a function known.
    #[must_use]
    pub fn show_call(&self, data: &[u8]) -> Option<(&Signature, String)> {
        self.functions
            .iter()
            .find_map(|function| Some((function, function.show_call(data)?)))
    }

    /// What a revert says: in Solidity's own ways, or by an error known.
    #[must_use]
    pub fn show_revert(&self, data: &[u8]) -> Option<String> {
        let own = || self.errors.iter().find_map(|error| error.show_call(data));
        show_revert(data).or_else(own)
    }

    /// What a log says, if it is an event known.
    #[must_use]
    pub fn show_event(&self, topics: &[[u8; 32]], data: &[u8]) -> Option<String> {
        self.events
            .iter()
            .find_map(|event| event.show(topics, data))
    }
}

impl Event {
    /// A log of this event as text; `None` if it is none.
    #[must_use]
    pub fn show(&self, topics: &[[u8; 32]], data: &[u8]) -> Option<String> {
        let topics = match self.anonymous {
            true => topics,
            false => topics.strip_prefix(&[self.signature.topic()])?,
        };
        let inputs = || self.signature.inputs.iter().zip(&self.indexed);
        if inputs().filter(|(_, indexed)| **indexed).count() != topics.len() {
            return None;
        }
        let in_data: Vec<Type> = inputs()
            .filter(|(_, indexed)| !**indexed)
            .map(|(kind, _)| kind.clone())
            .collect();
        let mut in_data = decode::values(&in_data, data).ok()?.into_iter();
        let mut in_topics = topics.iter();
        let shown = inputs().map(|(kind, indexed)| match indexed {
            false => in_data.next(),
            // What does not fit a topic is there as its hash.
            true if kind.is_dynamic() || kind.head() != WORD => {
                Some(format!("hash 0x{}", hex::encode(in_topics.next()?)))
            }
            true => {
                let value = decode::values(std::slice::from_ref(kind), in_topics.next()?);
                value.ok()?.pop()
            }
        });
        let shown: Vec<String> = shown.collect::<Option<_>>()?;
        Some(format!("{}({})", self.signature.name, shown.join(", ")))
    }
}

impl Signature {
    /// What logs of an event of this signature begin with.
    #[must_use]
    pub fn topic(&self) -> [u8; 32] {
        keccak256(self.canonical().as_bytes())
    }
}

fn types(parameters: &[Parameter]) -> Result<Vec<Type>> {
    let text: Vec<String> = parameters.iter().map(written).collect();
    let text = format!("({})", text.join(","));
    Ok(list(&text)?.0)
}

/// A type as signatures have it: a struct by the types of its fields.
fn written(parameter: &Parameter) -> String {
    match parameter.kind.strip_prefix("tuple") {
        Some(arrays) => {
            let fields: Vec<String> = parameter.components.iter().map(written).collect();
            format!("({}){arrays}", fields.join(","))
        }
        None => parameter.kind.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn interface() -> Interface {
        Interface::parse(&json!([
            { "type": "constructor", "inputs": [{ "type": "uint256", "name": "start" }] },
            { "type": "function", "name": "set", "inputs": [{ "type": "tuple[]", "name": "pairs",
              "components": [{ "type": "uint8" }, { "type": "string" }] }],
              "outputs": [{ "type": "bool" }] },
            { "type": "event", "name": "Transfer", "inputs": [
                { "type": "address", "indexed": true }, { "type": "address", "indexed": true },
                { "type": "uint256", "indexed": false }] },
            { "type": "event", "name": "Named", "inputs": [{ "type": "string", "indexed": true }] },
            { "type": "error", "name": "Short", "inputs": [{ "type": "uint256" }] },
            { "type": "receive", "stateMutability": "payable" }
        ]))
        .expect("an ABI")
    }

    #[test]
    fn structs_are_told_by_their_fields() {
        let interface = interface();
        let function = interface.function("set").expect("there is one");
        assert_eq!(function.canonical(), "set((uint8,string)[])");
        assert_eq!(interface.constructor, Some(vec![Type::Uint(256)]));
        assert!(interface.function("get").is_err());
    }

    #[test]
    fn logs_and_errors_are_told() {
        let interface = interface();
        let topic: [u8; 32] =
            hex::decode("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
                .expect("hex")
                .try_into()
                .expect("32 bytes");
        let (mut from, mut amount) = ([0; 32], [0; 32]);
        (from[31], amount[31]) = (1, 9);
        assert_eq!(
            interface
                .show_event(&[topic, from, [0; 32]], &amount)
                .as_deref(),
            Some(
                "Transfer(0x0000000000000000000000000000000000000001, \
                 0x0000000000000000000000000000000000000000, 9)"
            )
        );
        assert_eq!(interface.show_event(&[topic, from], &amount), None);
        let named = interface.events[1].signature.topic();
        let shown = interface.show_event(&[named, from], &[]).expect("its hash");
        assert!(shown.starts_with("Named(hash 0x00"), "{shown}");
        let data = interface.errors[0]
            .encode(&["5".to_owned()])
            .expect("it fits");
        assert_eq!(interface.show_revert(&data).as_deref(), Some("Short(5)"));
    }

    #[test]
    fn what_is_no_abi_is_refused() {
        for abi in [
            json!({}),
            json!([{ "type": "soup" }]),
            json!([{ "inputs": [{ "type": "uint7" }] }]),
        ] {
            assert!(Interface::parse(&abi).is_err(), "{abi}");
        }
    }
}
