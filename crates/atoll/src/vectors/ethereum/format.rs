//! The two formats of ethereum/tests that hold a whole state before and after.
//!
//! Blockchain tests are blocks of transactions; virtual machine tests are one call of one code.
//! What is not read here (hashes of blocks, signatures) says nothing about execution.

use std::collections::BTreeMap;

use fvm_shared::bigint::{BigInt, Sign};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::contract::Word;
use crate::vectors::json::Hex;

/// A file of cases by name.
pub type File = BTreeMap<String, Value>;

/// A case of either format.
#[derive(Debug)]
pub enum Case {
    /// Blocks on a state.
    Blocks(Box<BlockTest>),
    /// One code in a world of its own.
    Vm(Box<VmTest>),
}

/// Reads a case; `None` if it has neither format.
pub fn read(value: Value) -> anyhow::Result<Option<Case>> {
    Ok(if value.get("blocks").is_some() {
        Some(Case::Blocks(serde_json::from_value(value)?))
    } else if value.get("exec").is_some() {
        Some(Case::Vm(serde_json::from_value(value)?))
    } else {
        None
    })
}

/// Blocks on a state.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockTest {
    /// Whose rules hold.
    pub network: String,
    /// The accounts before.
    pub pre: Accounts,
    /// The accounts after; absent where only the root of their tree is given.
    pub post_state: Option<Accounts>,
    /// The root of the tree of accounts after, where that is all.
    pub post_state_hash: Option<Hex>,
    /// The blocks in order.
    pub blocks: Vec<BlockJson>,
}

/// Accounts by address.
pub type Accounts = BTreeMap<EthAddressText, Account>;

/// An account of Ethereum's.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// What it holds.
    pub balance: Wide,
    /// Its code.
    pub code: Hex,
    /// How many transactions it has sent, or contracts created.
    pub nonce: Number,
    /// Its storage.
    pub storage: BTreeMap<Wide, Wide>,
}

/// A block.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockJson {
    /// Its header; absent where the block is not to be decoded.
    pub block_header: Option<Header>,
    /// Why Ethereum refuses it, if it does.
    pub expect_exception: Option<Value>,
    /// Its transactions.
    #[serde(default)]
    pub transactions: Vec<Transaction>,
    /// What validators took out.
    #[serde(default)]
    pub withdrawals: Vec<Withdrawal>,
    /// The transactions of a block that is refused, as they were sent.
    #[serde(default)]
    pub transaction_sequence: Vec<Sent>,
    /// What a block that is refused holds, if it can be decoded.
    #[serde(rename = "rlp_decoded")]
    pub decoded: Option<Value>,
}

/// A transaction as it was sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// Its bytes.
    pub raw_bytes: Hex,
}

/// What a validator took out.
#[derive(Debug, Deserialize)]
pub struct Withdrawal {
    /// Who gets it.
    pub address: EthAddressText,
    /// How much, in gwei.
    pub amount: Number,
}

/// What is read of a header.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Header {
    /// Who gets the tips.
    pub coinbase: EthAddressText,
    /// The number of the block.
    pub number: Number,
    /// Its time.
    pub timestamp: Number,
    /// What each unit of gas burns.
    #[serde(default)]
    pub base_fee_per_gas: Number,
    /// The gas that its transactions may use.
    pub gas_limit: Number,
    /// The gas of all its transactions.
    pub gas_used: Number,
    /// How many blobs there were lately, by their gas (EIP-4844).
    #[serde(default)]
    pub excess_blob_gas: Number,
    /// The root of the beacon block before (EIP-4788).
    pub parent_beacon_block_root: Option<Wide>,
    /// The Bloom filter of its logs.
    pub bloom: Hex,
    /// The root of its receipts.
    pub receipt_trie: Hex,
}

/// A transaction.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Transaction {
    /// Its type; absent for those of old.
    #[serde(default, rename = "type")]
    pub kind: Number,
    /// Who signed it, if the case says so.
    pub sender: Option<EthAddressText>,
    /// To whom; empty for a creation.
    pub to: Hex,
    /// The sequence number.
    pub nonce: Number,
    /// What is sent along.
    pub value: Wide,
    /// The input or the initcode.
    pub data: Hex,
    /// What it may use.
    pub gas_limit: Wide,
    /// What it pays, in the types that say so.
    pub gas_price: Option<Wide>,
    /// What it pays at most.
    pub max_fee_per_gas: Option<Wide>,
    /// What it pays beyond the base fee, at most.
    pub max_priority_fee_per_gas: Option<Wide>,
    /// What it pays at most for a unit of its blobs' gas (EIP-4844).
    #[serde(default)]
    pub max_fee_per_blob_gas: Wide,
    /// Its blobs.
    #[serde(default)]
    pub blob_versioned_hashes: Vec<Wide>,
    /// What it announces to access (EIP-2930).
    #[serde(default)]
    pub access_list: Vec<Announced>,
}

/// An account that a transaction announces to access, and slots of it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Announced {
    /// The account.
    pub address: EthAddressText,
    /// The keys of the slots.
    pub storage_keys: Vec<Wide>,
}

/// One code in a world of its own.
#[derive(Debug, Deserialize)]
pub struct VmTest {
    /// What the code sees of the block.
    pub env: Env,
    /// The call.
    pub exec: Exec,
    /// The accounts before.
    pub pre: Accounts,
    /// The accounts after; absent if the code must fail.
    pub post: Option<Accounts>,
    /// The gas that is left after; absent if the code must fail.
    pub gas: Option<Wide>,
    /// What it returns.
    pub out: Option<Hex>,
    /// The hash of its logs.
    pub logs: Option<Hex>,
    /// Calls that it would have made: there is nobody to call.
    #[serde(default)]
    pub callcreates: Vec<Value>,
}

/// What the code sees of the block.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Env {
    /// The number of the block.
    pub current_number: Number,
    /// Its time.
    pub current_timestamp: Number,
}

/// A call.
#[derive(Debug, Deserialize)]
pub struct Exec {
    /// Who is called.
    pub address: EthAddressText,
    /// Who calls.
    pub caller: EthAddressText,
    /// Who signed.
    pub origin: EthAddressText,
    /// The code.
    pub code: Hex,
    /// The input.
    pub data: Hex,
    /// What it may use.
    pub gas: Wide,
    /// What is sent along.
    pub value: Wide,
}

/// An address as `0x` and twenty bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EthAddressText(pub [u8; 20]);

impl<'de> Deserialize<'de> for EthAddressText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Hex(bytes) = Hex::deserialize(deserializer)?;
        let bytes = bytes
            .try_into()
            .map_err(|_| serde::de::Error::custom("an address has twenty bytes"))?;
        Ok(Self(bytes))
    }
}

/// A number of at most 256 bits, in hex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wide(pub Word);

impl Wide {
    /// The number, if 128 bits hold it.
    #[must_use]
    pub fn to_u128(self) -> Option<u128> {
        let (high, low) = self.0.0.split_at(16);
        let low = low.try_into().expect("the other half");
        (high.iter().all(|byte| *byte == 0)).then(|| u128::from_be_bytes(low))
    }
}

impl Wide {
    /// The number.
    #[must_use]
    pub fn to_bigint(self) -> BigInt {
        BigInt::from_bytes_be(Sign::Plus, &self.0.0)
    }

    /// The number, or the greatest of 64 bits.
    #[must_use]
    pub fn to_u64_saturating(self) -> u64 {
        self.to_u128()
            .and_then(|number| u64::try_from(number).ok())
            .unwrap_or(u64::MAX)
    }
}

impl<'de> Deserialize<'de> for Wide {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let text = String::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        let digits = digits.trim_start_matches('0');
        if digits.len() > 64 {
            return Err(D::Error::custom(format!("{text} is beyond 256 bits")));
        }
        let bytes = hex::decode(format!("{digits:0>64}"))
            .map_err(|_| D::Error::custom(format!("{text} is no number in hex")))?;
        Ok(Self(Word(bytes.try_into().expect("64 digits"))))
    }
}

/// A number of at most 64 bits, in hex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(pub u64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Wide::deserialize(deserializer)?
            .to_u128()
            .and_then(|number| u64::try_from(number).ok())
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("a number beyond 64 bits"))
    }
}
