//! The message vectors of fvm-test-vectors (also test-vectors): single messages of mainnet,
//! each with the part of the state that it touches.

pub mod chain;
pub mod run;

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::message::Message;
use serde::{Deserialize, Deserializer};

use self::chain::Source;
use super::json::{Atto, CidLink};
use crate::car::{self, Car};
use crate::file;
use atoll_chain::message::chain_length;

/// A vector.
#[derive(Debug, Deserialize)]
pub struct Vector {
    /// `message`: the one class that is left.
    pub class: String,
    /// What a runner must be able to do.
    #[serde(default)]
    pub selector: BTreeMap<String, String>,
    #[serde(rename = "_meta")]
    meta: Meta,
    car: Base64,
    /// What holds before.
    pub preconditions: Preconditions,
    /// The messages, in order.
    pub apply_messages: Vec<Apply>,
    /// What must hold afterwards.
    pub postconditions: Postconditions,
    /// What the chain answers to actors that ask for randomness.
    #[serde(default)]
    pub randomness: Vec<Randomness>,
}

#[derive(Debug, Deserialize)]
struct Meta {
    id: String,
}

/// The state and the tipset on which the messages are applied.
#[derive(Debug, Deserialize)]
pub struct Preconditions {
    /// Each is a run of its own.
    pub variants: Vec<Variant>,
    /// The state before.
    pub state_tree: StateTree,
    /// 100 attoFIL if absent.
    pub basefee: Option<Atto>,
    /// The total supply of FIL if absent.
    pub circ_supply: Option<Atto>,
}

/// An epoch and the rules in force.
#[derive(Debug, Deserialize)]
pub struct Variant {
    /// A name; the rules are those of `nv`, whatever it says.
    pub id: String,
    /// The epoch of the tipset.
    pub epoch: ChainEpoch,
    /// The network version.
    pub nv: u32,
}

/// A state by its root.
#[derive(Debug, Deserialize)]
pub struct StateTree {
    /// The root.
    pub root_cid: CidLink,
}

/// A message to apply.
#[derive(Debug, Deserialize)]
pub struct Apply {
    bytes: Base64,
    /// Epochs after that of the variant.
    #[serde(default)]
    pub epoch_offset: Option<ChainEpoch>,
}

/// What must hold afterwards.
#[derive(Debug, Deserialize)]
pub struct Postconditions {
    /// The state after all messages.
    pub state_tree: StateTree,
    /// A receipt for each message.
    pub receipts: Vec<Receipt>,
}

/// What a message must end with.
#[derive(Debug, Deserialize)]
pub struct Receipt {
    /// Its exit code.
    pub exit_code: u32,
    /// What it returns; empty if nothing.
    #[serde(rename = "return")]
    pub returned: Base64,
    /// The gas it used.
    pub gas_used: u64,
}

/// One answer of the chain.
#[derive(Debug, Deserialize)]
pub struct Randomness {
    on: (Source, ChainEpoch),
    ret: Base64,
}

/// Bytes in base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Base64(pub Vec<u8>);

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
        BASE64
            .decode(text)
            .map(Self)
            .map_err(|e| serde::de::Error::custom(format!("base64: {e}")))
    }
}

impl Vector {
    /// What the vector calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.meta.id
    }

    /// Do all messages go to one of these actors, named by its number?
    pub fn is_for(&self, actors: &[ActorID]) -> Result<bool> {
        for apply in &self.apply_messages {
            let (message, _) = apply.message()?;
            if !actors.iter().any(|id| message.to == Address::new_id(*id)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Unpacks the state and takes it out of the vector, which is then smaller by most of it.
    pub fn take_state(&mut self) -> Result<Car> {
        let packed = std::mem::take(&mut self.car.0);
        let bytes = file::gunzip(&packed).context("the vector's state")?;
        car::read(&bytes).context("the vector's state")
    }

    /// Every answer of the chain. Of two for the same question the first counts.
    pub fn randomness(&self) -> Result<BTreeMap<(Source, ChainEpoch), [u8; 32]>> {
        let mut answers = BTreeMap::new();
        for Randomness { on, ret } in &self.randomness {
            let digest = ret
                .0
                .as_slice()
                .try_into()
                .context("randomness is 32 bytes")?;
            answers.entry(*on).or_insert(digest);
        }
        Ok(answers)
    }
}

impl Apply {
    /// The message, and the length that inclusion is charged for.
    pub fn message(&self) -> Result<(Message, usize)> {
        let message: Message =
            fvm_ipld_encoding::from_slice(&self.bytes.0).context("the message to apply")?;
        ensure!(
            message.version == 0,
            "a message of version {}",
            message.version
        );
        let length = chain_length(&message, self.bytes.0.len());
        Ok((message, length))
    }
}

impl Vector {
    /// Why this program can't run the vector, if it can't.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        if self.class != "message" {
            return Some(format!(
                "its class is {}; only messages are run",
                self.class
            ));
        }
        // Actors that exist in no bundle, and a check of block headers that is stubbed here.
        for (key, what) in [
            (
                "chaos_actor",
                "the chaos actor, which is in no official bundle",
            ),
            (
                "requires:consensus_fault_extern",
                "a real check of consensus faults",
            ),
        ] {
            if self.selector.get(key).is_some_and(|value| value == "true") {
                return Some(format!("it needs {what}"));
            }
        }
        if self.name().contains("DisputeWindowedPoSt-Ok") {
            return Some("it needs a proof of spacetime to fail, and proofs are believed".into());
        }
        if self
            .apply_messages
            .iter()
            .any(|apply| apply.epoch_offset.is_some())
        {
            return Some("its messages are epochs apart".to_owned());
        }
        None
    }
}
