//! What a contract or an actor is asked, from the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use serde_json::json;

use super::trace::codes::Codes;
use crate::abi::{Interface, Signature};
use crate::artifact;
use crate::remote::Remote;
use crate::story::names::kind_of_name;

/// What is asked.
#[derive(Args, Clone, Debug)]
pub struct Question {
    /// A function as 'name(types)' or 'name(types)(types returned)', or its name alone if --abi
    /// has it; then its arguments.
    #[arg(value_name = "FUNCTION ARGS", allow_negative_numbers = true)]
    words: Vec<String>,
    /// Call data as hex, instead of a function.
    #[arg(long, value_name = "HEX", conflicts_with_all = ["words", "method"])]
    data: Option<String>,
    /// A method of a Filecoin actor, by its name or number, instead of a function.
    #[arg(long, value_name = "METHOD", conflicts_with = "words")]
    method: Option<String>,
    /// What the method takes: CBOR as hex.
    #[arg(long, value_name = "HEX", requires = "method")]
    params: Option<String>,
    /// Artifacts of solc, Foundry or Hardhat, ABIs, or folders of these. Repeatable.
    #[arg(long, value_name = "PATH")]
    abi: Vec<PathBuf>,
}

/// What is asked, encoded.
pub enum Asking {
    /// A contract, with this call data; or nobody, and only funds move.
    Contract(Vec<u8>),
    /// An actor's method.
    Actor(MethodNum, Vec<u8>),
}

/// A question that was read.
pub struct Read {
    /// What goes into the message.
    pub asking: Asking,
    /// The function, if one was named.
    pub function: Option<Signature>,
    /// What contracts can be asked, say and fail with.
    pub contracts: Interface,
}

impl Question {
    /// Encodes what is asked of an actor of this address.
    pub fn read(&self, to: &Address, remote: &Remote) -> Result<Read> {
        let contracts = artifact::interfaces(self.abi.iter().map(PathBuf::as_path))?;
        if let Some(method) = &self.method {
            let params = bytes(self.params.as_deref().unwrap_or_default()).context("--params")?;
            return Ok(Read {
                asking: Asking::Actor(method_number(method, to, remote)?, params),
                function: None,
                contracts,
            });
        }
        if let Some(data) = &self.data {
            return Ok(Read {
                asking: Asking::Contract(bytes(data).context("--data")?),
                function: None,
                contracts,
            });
        }
        let Some((function, arguments)) = self.words.split_first() else {
            return Ok(Read {
                asking: Asking::Contract(Vec::new()),
                function: None,
                contracts,
            });
        };
        let mut function = match function.contains('(') {
            true => Signature::parse(function)?,
            false => contracts.function(function)?.clone(),
        };
        if function.outputs.is_none() {
            let known = contracts.functions.iter();
            let mut known = known.filter(|known| known.selector() == function.selector());
            function.outputs = known.next().and_then(|known| known.outputs.clone());
        }
        Ok(Read {
            asking: Asking::Contract(function.encode(arguments)?),
            function: Some(function),
            contracts,
        })
    }
}

/// Bytes in hex, with or without 0x.
pub fn bytes(text: &str) -> Result<Vec<u8>> {
    let hex = text.strip_prefix("0x").unwrap_or(text);
    hex::decode(hex).with_context(|| format!("{text:?} is not hex"))
}

/// A method's number: as it stands, or by its name in the table of the actor that is there.
fn method_number(method: &str, to: &Address, remote: &Remote) -> Result<MethodNum> {
    if let Ok(number) = method.parse() {
        return Ok(number);
    }
    let actor: serde_json::Value =
        remote.ask("Filecoin.StateGetActor", json!([to.to_string(), []]))?;
    let code = actor
        .pointer("/Code/~1")
        .and_then(serde_json::Value::as_str);
    let code = code
        .context("the node tells no code of the actor")?
        .parse()?;
    let mut codes = Codes::ask(remote)?;
    let name = codes.name(&code, to)?;
    let kind = name.as_deref().and_then(kind_of_name);
    let actor = kind.and_then(atoll_actors::registry::actor);
    let Some(actor) = actor else {
        bail!("{to} is no built-in actor; give the method's number");
    };
    let mut methods = actor.methods.iter();
    let found = methods.find(|known| known.name == method);
    let found = found.with_context(|| {
        let known: Vec<&str> = actor.methods.iter().map(|method| method.name).collect();
        format!(
            "the {} actor has no method {method:?}, but {}",
            actor.kind.name(),
            known.join(", ")
        )
    })?;
    Ok(found.number)
}

/// The code that deploys a contract: of an artifact, with the constructor's arguments.
pub fn creation(
    path: &Path,
    contract: Option<&str>,
    constructor: Option<&str>,
    arguments: &[String],
) -> Result<(artifact::Artifact, Vec<u8>)> {
    let artifact = artifact::Artifact::read(path, contract)?;
    let mut code = artifact
        .creation()
        .with_context(|| format!("the contract {}", path.display()))?;
    let types = match constructor {
        Some(types) => Signature::parse(&format!("constructor{types}"))?.inputs,
        None => artifact.interface.constructor.clone().unwrap_or_default(),
    };
    ensure!(
        !types.is_empty() || arguments.is_empty(),
        "the constructor takes no arguments as far as is known; --constructor gives their types"
    );
    let arguments = crate::abi::encode_arguments(&types, arguments);
    code.extend(arguments.context("the constructor's arguments")?);
    Ok((artifact, code))
}
