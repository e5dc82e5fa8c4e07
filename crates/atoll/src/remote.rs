//! A node that is asked over HTTP.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thiserror::Error;
use ureq::Agent;

/// What the node answered instead of a result.
#[derive(Clone, Debug, Deserialize, Error)]
#[error("{message}")]
pub struct Refusal {
    /// The number of the error.
    pub code: i64,
    /// What it says.
    pub message: String,
    /// More about it: what a contract reverted with.
    #[serde(default)]
    pub data: Option<Value>,
}

/// The code of JSON-RPC for a method that a node does not have.
const METHOD_NOT_FOUND: i64 = -32601;

/// No answer of interest is larger.
const ANSWER_MAX: u64 = 1 << 30;

/// A node.
#[derive(Debug)]
pub struct Remote {
    url: String,
    agent: Agent,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    result: Value,
    error: Option<Refusal>,
}

impl Remote {
    /// A node by its URL. Nothing is asked yet.
    #[must_use]
    pub fn new(url: &str) -> Self {
        /// A message may take a while; a node that is silent for longer is not there.
        const PATIENCE: Duration = Duration::from_secs(90);
        let config = Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .http_status_as_error(false)
            .build();
        Self {
            url: url.to_owned(),
            agent: config.into(),
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Asks for something. What the node refuses is an error that holds a [`Refusal`].
    pub fn ask<T: DeserializeOwned>(&self, method: &str, params: Value) -> Result<T> {
        let result = self.ask_any(method, params)?;
        serde_json::from_value(result)
            .with_context(|| format!("{} answered {method} with something else", self.url))
    }

    /// The same, where the node may not know the method: `None`.
    pub fn ask_if_known<T: DeserializeOwned>(
        &self,
        method: &str,
        params: Value,
    ) -> Result<Option<T>> {
        match self.ask(method, params) {
            Ok(answer) => Ok(Some(answer)),
            Err(error) => match error.downcast_ref::<Refusal>() {
                Some(refusal) if refusal.code == METHOD_NOT_FOUND => Ok(None),
                _ => Err(error),
            },
        }
    }

    fn ask_any(&self, method: &str, params: Value) -> Result<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let body = serde_json::to_vec(&body)?;
        let mut response = self
            .agent
            .post(&self.url)
            .header("Content-Type", "application/json")
            .send(&body[..])
            .with_context(|| {
                format!(
                    "no node answers at {} (start one with `atoll node`)",
                    self.url
                )
            })?;
        let status = response.status();
        let answer = response
            .body_mut()
            .with_config()
            .limit(ANSWER_MAX)
            .read_to_vec()
            .with_context(|| format!("reading the answer of {}", self.url))?;
        let mut reader = serde_json::Deserializer::from_slice(&answer);
        let answer = Answer::deserialize(&mut reader);
        let answer = answer.with_context(|| {
            format!(
                "{} answered {method} with status {status} and no JSON-RPC",
                self.url
            )
        })?;
        match answer.error {
            Some(refusal) => Err(refusal.into()),
            None => Ok(answer.result),
        }
    }

    /// The blocks of data that the node has.
    #[must_use]
    pub fn blocks(&self) -> RemoteBlocks<'_> {
        RemoteBlocks(self)
    }

    /// A block of data; `None` if the node does not have it. It is not checked.
    pub fn read(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        use base64::Engine;
        let link = json!([{ "/": cid.to_string() }]);
        let answer: Result<String> = self.ask("Filecoin.ChainReadObj", link);
        let text = match answer {
            Ok(text) => text,
            Err(error) if says_absent(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let block = base64::engine::general_purpose::STANDARD.decode(text);
        Ok(Some(block.with_context(|| format!("the block {cid}"))?))
    }
}

/// Does the node say that it does not have the block, rather than that it will not tell?
fn says_absent(error: &anyhow::Error) -> bool {
    // Nodes have no code for it, only words: Lotus' blockstores say one of these.
    let words = ["not found", "could not find"];
    let refusal = error.downcast_ref::<Refusal>();
    refusal.is_some_and(|refusal| words.iter().any(|word| refusal.message.contains(word)))
}

/// A blockstore to read from.
#[derive(Clone, Copy, Debug)]
pub struct RemoteBlocks<'r>(&'r Remote);

impl Blockstore for RemoteBlocks<'_> {
    fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        self.0.read(cid)
    }

    fn put_keyed(&self, _: &Cid, _: &[u8]) -> Result<()> {
        bail!("another node's blocks can only be read")
    }
}
