//! `atoll send`: a message to an actor.

use std::io::Write;

use anyhow::Result;
use clap::Args;

use super::Asked;
use super::accounts::Signer;
use super::calldata::{Question, Read};
use super::outcome;
use super::submit::{Draft, Limits};
use crate::exec::input::parse_address;
use crate::{Ending, amount};

/// Send funds, or call a contract or an actor for real.
///
/// The message is signed here and sent to the node; then the command waits until it is on chain
/// and shows what came of it. It ends with 1 if the message failed.
///
/// A key has two accounts. 0x (f410) sends Ethereum transactions, f1 sends Filecoin messages;
/// unless --from names one of them, the one that can do it sends.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --value '1 FIL'
  atoll send CONTRACT 'transfer(address,uint256)' 0x7099... 500 --from 1
  atoll send CONTRACT increment --abi out/Counter.sol/Counter.json
  atoll send f099 --value '1 FIL' --from alice
  atoll send f02 --method ThisEpochReward")]
pub struct SendCommand {
    /// To whom: any form of an address.
    to: String,
    #[command(flatten)]
    question: Question,
    /// What goes along, with a unit ('1.5 FIL'); digits alone count attoFIL.
    #[arg(long, default_value = "0", value_name = "AMOUNT")]
    value: String,
    #[command(flatten)]
    signer: Signer,
    #[command(flatten)]
    limits: Limits,
    /// Do not wait until it is on chain; print its hash.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    asked: Asked,
}

impl SendCommand {
    /// Sends the message.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let remote = self.asked.remote();
        let to = parse_address(&self.to)?;
        let value = amount::parse(&self.value)?;
        let sender = self.signer.find()?;
        let Read {
            asking,
            function,
            contracts,
        } = self.question.read(&to, &remote)?;
        let draft = Draft {
            to: Some(to),
            value,
            asking,
        };
        let sent = draft.send(&sender, &self.limits, &remote);
        let sent = sent.map_err(|error| super::call::told(error, &contracts))?;
        if self.no_wait {
            outcome::print_sent(&sent, self.asked.json, out)?;
            return Ok(Ending::Good);
        }
        let replayed = outcome::wait(&sent, &remote)?;
        outcome::print(
            &replayed,
            &contracts,
            function.as_ref(),
            self.asked.json,
            out,
        )
    }
}
