//! `atoll call`: what a contract or an actor would answer, without a message on chain.

use std::io::Write;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use fvm_ipld_encoding::{CBOR, RawBytes};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::message::Message;
use serde_json::{Value, json};

use super::Asked;
use super::accounts::{Account, Signer};
use super::calldata::{Asking, Question, Read, bytes};
use super::outcome::member;
use super::state::tipset_at;
use super::submit::{eth_address, lotus};
use crate::abi::Interface;
use crate::exec::input::parse_address;
use crate::remote::Refusal;
use crate::story::names::contract_bytes;
use crate::story::show::show_data;
use crate::style::BAD;
use crate::{Ending, amount};

/// Ask a contract or an actor; nothing changes.
///
/// Ends with 1 if the call fails, and tells why.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll call CONTRACT 'balanceOf(address)(uint256)' 0x70997970C51812dc3A010C7d01b50e0d17dc79C8
  atoll call CONTRACT total --abi out/Token.sol/Token.json
  atoll call CONTRACT 'count()(uint256)' --epoch 12
  atoll call f02 --method ThisEpochReward")]
pub struct CallCommand {
    /// Whom: any form of an address.
    to: String,
    #[command(flatten)]
    question: Question,
    /// What goes along, with a unit ('1.5 FIL'); digits alone count attoFIL.
    #[arg(long, default_value = "0", value_name = "AMOUNT")]
    value: String,
    #[command(flatten)]
    signer: Signer,
    /// On the state after this epoch; the newest if absent.
    #[arg(long, value_name = "EPOCH")]
    epoch: Option<u64>,
    #[command(flatten)]
    asked: Asked,
}

impl CallCommand {
    /// Asks, and prints the answer.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let remote = self.asked.remote();
        let to = parse_address(&self.to)?;
        let value = amount::parse(&self.value)?;
        let Read {
            asking,
            function,
            contracts,
        } = self.question.read(&to, &remote)?;
        let (method, params) = match asking {
            Asking::Actor(method, params) => (method, params),
            Asking::Contract(data) => {
                let eth = eth_address(&to, &remote)?;
                let eth = eth.with_context(|| format!("there is nobody at {to}"))?;
                let sender = self.signer.find()?.key.eth_address();
                let request = json!({
                    "from": sender.map(|sender| sender.to_string()),
                    "to": eth.to_string(),
                    "value": format!("0x{:x}", value.atto()),
                    "data": format!("0x{}", hex::encode(data)),
                });
                let block = match self.epoch {
                    Some(epoch) => format!("0x{epoch:x}"),
                    None => "latest".to_owned(),
                };
                let answer: Result<String> = remote.ask("eth_call", json!([request, block]));
                return match answer {
                    Ok(answer) => {
                        let data = bytes(&answer)?;
                        let shown = function.as_ref().and_then(|f| f.show_return(&data));
                        self.print(&data, shown, out)
                    }
                    Err(error) => self.failed(told(error, &contracts), out),
                };
            }
        };
        let sender = self.signer.find()?;
        let from = match sender.account(Account::Filecoin) {
            Account::Filecoin => sender.key.address(),
            Account::Ethereum => sender.named.unwrap_or_else(|| sender.key.address()),
        };
        let message = Message {
            version: 0,
            from,
            to,
            sequence: 0,
            value,
            method_num: method,
            params: RawBytes::new(params),
            gas_limit: 0,
            gas_fee_cap: TokenAmount::default(),
            gas_premium: TokenAmount::default(),
        };
        let key = tipset_at(&remote, self.epoch)?;
        let answer: Value = remote.ask("Filecoin.StateCall", json!([lotus(&message), key]))?;
        let code = member(&answer, "/MsgRct/ExitCode")?
            .as_u64()
            .unwrap_or_default();
        let code = ExitCode::new(u32::try_from(code).context("an exit code")?);
        let returned = member(&answer, "/MsgRct/Return")?
            .as_str()
            .unwrap_or_default();
        let returned = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, returned)
            .context("what the actor returned")?;
        if !code.is_success() {
            let words = answer
                .get("Error")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let reverted = contracts.show_revert(&contract_bytes(CBOR, &returned));
            let why = reverted.unwrap_or_else(|| words.to_owned());
            return self.failed(anyhow!("exit {code}: {why}"), out);
        }
        let codec = answer
            .pointer("/ExecutionTrace/MsgRct/ReturnCodec")
            .and_then(Value::as_u64);
        let shown = (!returned.is_empty()).then(|| show_data(codec.unwrap_or(CBOR), &returned));
        self.print(&returned, shown, out)
    }

    fn print(&self, data: &[u8], shown: Option<String>, out: &mut dyn Write) -> Result<Ending> {
        let hex = format!("0x{}", hex::encode(data));
        match (self.asked.json, shown) {
            (true, shown) => writeln!(out, "{}", json!({ "return": hex, "result": shown }))?,
            (false, Some(shown)) => writeln!(out, "{shown}")?,
            (false, None) => writeln!(out, "{hex}")?,
        }
        Ok(Ending::Good)
    }

    fn failed(&self, error: anyhow::Error, out: &mut dyn Write) -> Result<Ending> {
        if !error.chain().any(|cause| cause.is::<Refusal>()) && error.chain().count() > 1 {
            return Err(error);
        }
        let why = error.to_string();
        match self.asked.json {
            true => writeln!(out, "{}", json!({ "error": why }))?,
            false => writeln!(out, "{BAD}failed:{BAD:#} {}", why.escape_debug())?,
        }
        Ok(Ending::Failed)
    }
}

/// An error with what a contract reverted with in its own terms, if it did.
pub fn told(error: anyhow::Error, contracts: &Interface) -> anyhow::Error {
    let reverted = error.downcast_ref::<Refusal>().and_then(|refusal| {
        let data = bytes(refusal.data.as_ref()?.as_str()?).ok()?;
        contracts.show_revert(&data)
    });
    match reverted {
        Some(reverted) => error.context(format!("the contract reverted: {reverted}")),
        None => error,
    }
}
