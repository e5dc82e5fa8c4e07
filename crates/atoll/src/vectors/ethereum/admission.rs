//! Which transactions Ethereum does not let into a block. Filecoin's rules for messages are others;
//! these stand here so that blocks can be judged which Ethereum refuses.

use anyhow::{Context, Result};
use atoll_actors::evm::ethereum::intrinsic_gas;
use atoll_chain::eth_tx::EthTx;
use serde::Deserialize;
use serde_json::Value;

use super::blobs;
use super::format::{BlockJson, EthAddressText, Header, Transaction};
use super::world::CHAIN_ID;
use super::world::World;

/// What a block holds that Ethereum refuses.
pub struct Decoded {
    /// Its header.
    pub header: Header,
    /// Its transactions; the others cannot be read, or not by Filecoin.
    pub transactions: Vec<Option<Transaction>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DecodedJson {
    block_header: Header,
    #[serde(default)]
    transactions: Vec<Value>,
}

impl Decoded {
    /// Reads it.
    pub fn read(block: &BlockJson) -> Result<Self> {
        let decoded = block.decoded.as_ref();
        let decoded = decoded.context("a block that cannot be decoded")?;
        let DecodedJson {
            block_header,
            transactions,
        } = DecodedJson::deserialize(decoded).context("a block that is refused")?;
        let mut sent = block.transaction_sequence.iter();
        let transactions = transactions.into_iter().map(|transaction| {
            let mut transaction = Transaction::deserialize(transaction).ok()?;
            let sent = sent.next();
            if transaction.sender.is_none() {
                // The node itself can tell who signed, of the kinds of transaction that it takes.
                let signed = EthTx::decode(&sent?.raw_bytes.0, CHAIN_ID).ok()?;
                transaction.sender = Some(EthAddressText(signed.sender().ok()?.0));
            }
            Some(transaction)
        });
        Ok(Self {
            header: block_header,
            transactions: transactions.collect(),
        })
    }
}

/// The longest initcode (EIP-3860).
const INITCODE_MAX: usize = 2 * 24_576;

/// Why a transaction may not be in a block, if it may not.
pub fn refusal(
    world: &mut World,
    header: &Header,
    transaction: &Transaction,
) -> Result<Option<&'static str>> {
    let sender = transaction.sender.context("a transaction of nobody")?;
    let sender = world.account(&sender.0)?;
    let gas_limit = transaction.gas_limit.to_u64_saturating();
    let creates = transaction.to.0.is_empty();
    let slots = transaction
        .access_list
        .iter()
        .map(|listed| listed.storage_keys.len());
    let intrinsic = intrinsic_gas(
        &transaction.data.0,
        creates,
        transaction.access_list.len(),
        slots.sum(),
    );
    let price = transaction
        .max_fee_per_gas
        .or(transaction.gas_price)
        .unwrap_or_default();
    let tip = transaction.max_priority_fee_per_gas.unwrap_or(price);
    let has_blobs = transaction.kind.0 == blobs::KIND;
    let hashes = &transaction.blob_versioned_hashes;
    let blob_price = transaction.max_fee_per_blob_gas.to_bigint();
    let cost = price.to_bigint() * gas_limit
        + &blob_price * blobs::gas(transaction)
        + transaction.value.to_bigint();
    let reasons = [
        (!sender.code.is_empty(), "sent by a contract (EIP-3607)"),
        (
            sender.nonce != transaction.nonce.0,
            "with another nonce than the sender's",
        ),
        (
            transaction.nonce.0 == u64::MAX,
            "with the last nonce (EIP-2681)",
        ),
        (gas_limit < intrinsic, "with too little gas to begin"),
        (
            gas_limit > header.gas_limit.0,
            "with more gas than the block's",
        ),
        (
            creates && transaction.data.0.len() > INITCODE_MAX,
            "with initcode that is too long (EIP-3860)",
        ),
        (
            price.to_bigint() < header.base_fee_per_gas.0.into(),
            "with a price below the base fee",
        ),
        (tip > price, "with a tip above its price"),
        (
            cost > sender.balance,
            "with a cost that the sender does not have",
        ),
        (
            transaction.kind.0 > blobs::KIND,
            "of a kind that Cancun does not have",
        ),
        (has_blobs && creates, "with blobs, creating a contract"),
        (has_blobs && hashes.is_empty(), "for blobs, without any"),
        (
            blobs::too_many([transaction].into_iter()),
            "with too many blobs",
        ),
        (
            hashes.iter().any(|hash| hash.0.0[0] != blobs::HASH_VERSION),
            "with a blob of another version",
        ),
        (
            has_blobs && blob_price < blobs::price(header),
            "with too low a price for blobs",
        ),
    ];
    let reason = reasons.into_iter().find(|(refused, _)| *refused);
    Ok(reason.map(|(_, words)| words))
}
