//! `atoll deploy`: a contract onto the chain.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::Asked;
use super::accounts::Signer;
use super::calldata::{Asking, creation};
use super::outcome;
use super::submit::{Draft, Limits};
use crate::{Ending, amount};

/// Deploy a contract.
///
/// The file is what a compiler left: an artifact of Foundry (out/File.sol/Name.json) or Hardhat
/// (artifacts/.../Name.json), the JSON of solc, or the creation code as hex.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll deploy out/Counter.sol/Counter.json 7
  atoll deploy build/combined.json --contract Token 1000000
  atoll deploy counter.hex --constructor '(uint256)' 7")]
pub struct DeployCommand {
    /// The contract.
    file: PathBuf,
    /// What its constructor takes.
    #[arg(value_name = "ARGS", allow_negative_numbers = true)]
    arguments: Vec<String>,
    /// Which contract, if the file holds several.
    #[arg(long, value_name = "NAME")]
    contract: Option<String>,
    /// The types that the constructor takes, in parentheses, if the file does not say.
    #[arg(long, value_name = "TYPES")]
    constructor: Option<String>,
    /// What goes along, with a unit ('1.5 FIL'); digits alone count attoFIL.
    #[arg(long, default_value = "0", value_name = "AMOUNT")]
    value: String,
    #[command(flatten)]
    signer: Signer,
    #[command(flatten)]
    limits: Limits,
    #[command(flatten)]
    asked: Asked,
}

impl DeployCommand {
    /// Deploys the contract.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let remote = self.asked.remote();
        let (artifact, code) = creation(
            &self.file,
            self.contract.as_deref(),
            self.constructor.as_deref(),
            &self.arguments,
        )?;
        let draft = Draft {
            to: None,
            value: amount::parse(&self.value)?,
            asking: Asking::Contract(code),
        };
        let sent = draft.send(&self.signer.find()?, &self.limits, &remote);
        let sent = sent.map_err(|error| super::call::told(error, &artifact.interface))?;
        let replayed = outcome::wait(&sent, &remote)?;
        outcome::print(&replayed, &artifact.interface, None, self.asked.json, out)
    }
}
