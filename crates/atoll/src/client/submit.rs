//! Fills in what a message needs, signs it, and hands it to the node.

use anyhow::{Context, Result, ensure};
use atoll_actors::evm::EthAddress;
use atoll_chain::eth_tx::{Fees, Unsigned};
use atoll_chain::{Hash, SignatureKind, SignedMessage};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cid::Cid;
use clap::Args;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use serde::Deserialize;
use serde_json::{Value, json};

use super::accounts::{Account, Sender};
use super::calldata::Asking;
use crate::remote::Remote;
use crate::story::remote::Link;

/// What a message may cost.
#[derive(Args, Clone, Debug)]
pub struct Limits {
    /// The most gas it may use; estimated if absent.
    #[arg(long, value_name = "GAS")]
    gas_limit: Option<u64>,
    /// The sequence number (nonce); the next one if absent.
    #[arg(long, value_name = "N")]
    nonce: Option<u64>,
}

/// What is to be sent.
pub struct Draft {
    /// To whom; `None` creates a contract.
    pub to: Option<Address>,
    /// What goes along.
    pub value: TokenAmount,
    /// What is asked.
    pub asking: Asking,
}

/// A message that the node has taken.
#[derive(Clone, Copy, Debug)]
pub enum Sent {
    /// By the hash of the Ethereum transaction.
    Ethereum(Hash),
    /// By the CID of the Filecoin message.
    Filecoin(Cid),
}

impl Draft {
    /// Which of a key's accounts can send this.
    pub fn account(&self, remote: &Remote) -> Result<Account> {
        Ok(match (&self.asking, &self.to) {
            (Asking::Actor(..), _) => Account::Filecoin,
            (_, None) => Account::Ethereum,
            (_, Some(to)) => match eth_address(to, remote)? {
                Some(_) => Account::Ethereum,
                None => Account::Filecoin,
            },
        })
    }

    /// Sends it.
    pub fn send(self, sender: &Sender, limits: &Limits, remote: &Remote) -> Result<Sent> {
        let best = self.account(remote)?;
        match sender.account(best) {
            Account::Ethereum => self.send_ethereum(sender, limits, remote),
            Account::Filecoin => self.send_filecoin(sender, limits, remote),
        }
    }

    fn send_ethereum(self, sender: &Sender, limits: &Limits, remote: &Remote) -> Result<Sent> {
        let from = sender
            .key
            .eth_address()
            .context("the key has no Ethereum account")?;
        let Asking::Contract(input) = self.asking else {
            anyhow::bail!(
                "an Ethereum account sends Ethereum transactions only, which have no methods; \
                 name the key's f1 account by --from"
            );
        };
        let to = match &self.to {
            None => None,
            Some(to) => Some(eth_address(to, remote)?.with_context(|| {
                format!("an Ethereum account can't send to {to}: it has no 0x address yet")
            })?),
        };
        let request = json!({
            "from": from.to_string(),
            "to": to.map(|to| to.to_string()),
            "value": format!("0x{:x}", self.value.atto()),
            "data": format!("0x{}", hex::encode(&input)),
        });
        let gas_limit = match limits.gas_limit {
            Some(gas_limit) => gas_limit,
            None => quantity(remote, "eth_estimateGas", json!([request]))?,
        };
        let nonce = match limits.nonce {
            Some(nonce) => nonce,
            None => {
                let params = json!([from.to_string(), "pending"]);
                quantity(remote, "eth_getTransactionCount", params)?
            }
        };
        let chain_id = quantity(remote, "eth_chainId", json!([]))?;
        let tip = quantity(remote, "eth_maxPriorityFeePerGas", json!([]))?;
        let price = quantity(remote, "eth_gasPrice", json!([]))?;
        let unsigned = Unsigned {
            chain_id,
            nonce,
            fees: Fees::Eip1559 {
                // The price may double before it is too low.
                max_fee: TokenAmount::from_atto(u128::from(price) * 2 + u128::from(tip)),
                max_priority_fee: TokenAmount::from_atto(tip),
            },
            gas_limit,
            to,
            value: self.value,
            input,
        };
        let raw = sender.key.sign_eth(unsigned)?.encode();
        let raw = format!("0x{}", hex::encode(raw));
        let hash: String = remote.ask("eth_sendRawTransaction", json!([raw]))?;
        Ok(Sent::Ethereum(hash_of(&hash)?))
    }

    fn send_filecoin(self, sender: &Sender, limits: &Limits, remote: &Remote) -> Result<Sent> {
        let from = sender.key.address();
        let to = self
            .to
            .context("a Filecoin account deploys no contract; use the 0x account")?;
        let (method_num, params) = match self.asking {
            Asking::Actor(method, params) => (method, params),
            Asking::Contract(data) if data.is_empty() => (fvm_shared::METHOD_SEND, data),
            Asking::Contract(data) => {
                let params = RawBytes::serialize(fvm_ipld_encoding::BytesSer(&data))?;
                (
                    atoll_actors::evm::method::INVOKE_CONTRACT,
                    params.bytes().to_vec(),
                )
            }
        };
        let message = Message {
            version: 0,
            from,
            to,
            sequence: 0,
            value: self.value,
            method_num,
            params: RawBytes::new(params),
            gas_limit: limits.gas_limit.unwrap_or(0),
            gas_fee_cap: TokenAmount::default(),
            gas_premium: TokenAmount::default(),
        };
        let estimated: Estimated = remote.ask(
            "Filecoin.GasEstimateMessageGas",
            json!([lotus(&message), null, []]),
        )?;
        let sequence = match limits.nonce {
            Some(nonce) => nonce,
            None => remote.ask("Filecoin.MpoolGetNonce", json!([from.to_string()]))?,
        };
        let message = Message {
            sequence,
            gas_limit: estimated.gas_limit,
            gas_fee_cap: atto(&estimated.gas_fee_cap)?,
            gas_premium: atto(&estimated.gas_premium)?,
            ..message
        };
        let SignedMessage { message, signature } = sender.key.sign(message)?;
        ensure!(
            signature.kind != SignatureKind::Delegated,
            "Filecoin messages are not signed by Ethereum accounts"
        );
        let signed = json!({
            "Message": lotus(&message),
            "Signature": {
                "Type": signature.kind.number(),
                "Data": STANDARD.encode(&signature.bytes),
            },
        });
        let cid: Link = remote.ask("Filecoin.MpoolPush", json!([signed]))?;
        Ok(Sent::Filecoin(cid.cid()?))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Estimated {
    gas_limit: u64,
    gas_fee_cap: String,
    gas_premium: String,
}

/// A message as Lotus writes it in JSON.
pub fn lotus(message: &Message) -> Value {
    let params = message.params.bytes();
    json!({
        "Version": message.version,
        "To": message.to.to_string(),
        "From": message.from.to_string(),
        "Nonce": message.sequence,
        "Value": message.value.atto().to_string(),
        "GasLimit": message.gas_limit,
        "GasFeeCap": message.gas_fee_cap.atto().to_string(),
        "GasPremium": message.gas_premium.atto().to_string(),
        "Method": message.method_num,
        "Params": (!params.is_empty()).then(|| STANDARD.encode(params)),
    })
}

/// The 0x address of an actor: its f410, or its id in disguise. `None` if nobody is there and it
/// is no address that Ethereum knows.
pub fn eth_address(address: &Address, remote: &Remote) -> Result<Option<EthAddress>> {
    if let Some(address) = EthAddress::from_delegated(address) {
        return Ok(Some(address));
    }
    if let Ok(id) = address.id() {
        return Ok(Some(EthAddress::from_id(id)));
    }
    Ok(super::addr::id_of(address, remote)?.map(EthAddress::from_id))
}

/// Asks for a number in Ethereum's form.
pub fn quantity(remote: &Remote, method: &str, params: Value) -> Result<u64> {
    let text: String = remote.ask(method, params)?;
    number(&text).with_context(|| format!("the answer to {method}"))
}

/// A number in Ethereum's form.
pub fn number(text: &str) -> Result<u64> {
    let digits = text.strip_prefix("0x");
    let digits = digits.with_context(|| format!("{text:?} is no number"))?;
    u64::from_str_radix(digits, 16).with_context(|| format!("{text:?} is no number"))
}

/// A hash in hex.
pub fn hash_of(text: &str) -> Result<Hash> {
    let bytes = super::calldata::bytes(text)?;
    let bytes = bytes.try_into().ok();
    bytes
        .map(Hash)
        .with_context(|| format!("{text:?} is not 32 bytes"))
}

fn atto(text: &str) -> Result<TokenAmount> {
    let atto: BigInt = text
        .parse()
        .with_context(|| format!("{text:?} is no amount"))?;
    Ok(TokenAmount::from_atto(atto))
}
