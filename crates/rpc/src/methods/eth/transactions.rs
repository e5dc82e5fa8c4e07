//! Messages as Ethereum's transactions, and their receipts.

use atoll_actors::evm::{Bytes, EthAddress, method::INVOKE_CONTRACT};
use atoll_chain::eth_tx::{CREATE_EXTERNAL, EthTx, Fees, Unsigned};
use atoll_chain::signed::SignatureKind;
use atoll_chain::{Chain, CheckedMessage, Executed, Tipset};
use fvm_shared::address::Address as FilecoinAddress;
use fvm_shared::message::Message;
use num_bigint::BigUint;
use serde::Serialize;

use crate::forms::hex::{Bloom, Fixed};
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::logs::{Log, logs_of};
use super::{chain_hash, number, tipset, wire_address, wire_hash};

/// A transaction, on chain or waiting.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Transaction {
    pub(crate) hash: Hash,
    nonce: Quantity,
    block_hash: Option<Hash>,
    block_number: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    block_timestamp: Option<Quantity>,
    transaction_index: Option<Quantity>,
    pub(crate) from: Address,
    to: Option<Address>,
    value: Big,
    gas: Quantity,
    gas_price: Big,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_fee_per_gas: Option<Big>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_priority_fee_per_gas: Option<Big>,
    input: Data,
    #[serde(rename = "type")]
    kind: Quantity,
    /// A homestead transaction does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    chain_id: Option<Quantity>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_list: Option<[Hash; 0]>,
    v: Quantity,
    r: Big,
    s: Big,
    #[serde(skip_serializing_if = "Option::is_none")]
    y_parity: Option<Quantity>,
}

/// What became of a transaction.
#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Receipt {
    transaction_hash: Hash,
    transaction_index: Quantity,
    block_hash: Hash,
    block_number: Quantity,
    from: Address,
    to: Option<Address>,
    cumulative_gas_used: Quantity,
    gas_used: Quantity,
    contract_address: Option<Address>,
    logs: Vec<Log>,
    logs_bloom: Bloom,
    #[serde(rename = "type")]
    kind: Quantity,
    status: Quantity,
    effective_gas_price: Big,
}

/// What Lotus shows as the receiver of a message whose receiver never came to be: it reverted.
const NOBODY: Address = {
    let mut bytes = [0; 20];
    bytes[0] = 0xff;
    let mut place = 12;
    while place < 20 {
        bytes[place] = 0xff;
        place += 1;
    }
    Fixed(bytes)
};

/// A message on chain as a transaction.
pub(crate) fn transaction(executed: &Executed, tipset: &Tipset, chain_id: u64) -> Transaction {
    let from = wire_address(executed.from);
    let to = executed.to.map(wire_address);
    Transaction {
        block_hash: Some(wire_hash(tipset.hash)),
        block_number: Some(number(tipset.epoch())),
        block_timestamp: Some(Quantity(tipset.timestamp())),
        transaction_index: Some(Quantity(executed.index as u64)),
        gas_price: price_paid(executed),
        ..bare(&executed.message, from, to, chain_id)
    }
}

/// What a unit of the gas that a message used cost its sender, rounded down: with the tip, which is
/// paid for the whole gas limit, and with what was burnt for too high a limit, as Lotus has it.
fn price_paid(executed: &Executed) -> Big {
    let price = paid(executed) / u128::from(executed.receipt.gas_used.max(1));
    Big(price.into())
}

/// What a message cost its sender beside its value, in attoFIL.
pub(in crate::methods) fn paid(executed: &Executed) -> u128 {
    let fees = &executed.fees;
    // All of it was in one balance.
    fees.base_fee_burn.0 + fees.over_estimation_burn.0 + fees.miner_tip.0
}

impl Transaction {
    /// One that nobody signed.
    pub(super) fn simulated(hash: Hash, from: Address, unsigned: Unsigned) -> Self {
        let nobodys = EthTx {
            unsigned,
            v: 0,
            r: [0; 32],
            s: [0; 32],
        };
        of_eth(hash, from, &nobodys)
    }

    /// The same in a block.
    pub(super) fn placed(
        self,
        block: Hash,
        number: Quantity,
        time: Quantity,
        index: usize,
    ) -> Self {
        Self {
            block_hash: Some(block),
            block_number: Some(number),
            block_timestamp: Some(time),
            transaction_index: Some(Quantity(index as u64)),
            ..self
        }
    }
}

/// A message that waits as a transaction.
pub(crate) fn waiting(chain: &Chain, message: &CheckedMessage) -> Result<Transaction, Error> {
    let inner = message.message();
    let (from, to) = if let Some(from) = EthAddress::from_delegated(&inner.from)
        && let Some(to) = EthAddress::from_delegated(&inner.to)
    {
        (Some(from), Some(to))
    } else {
        let mut state = chain.state(&chain.head())?;
        (
            state.eth_address(&inner.from)?,
            state.eth_address(&inner.to)?,
        )
    };
    let from = from.map_or(NOBODY, wire_address);
    Ok(bare(message, from, to.map(wire_address), chain.chain_id()))
}

/// All but where it is on chain.
fn bare(
    message: &CheckedMessage,
    from: Address,
    to: Option<Address>,
    chain_id: u64,
) -> Transaction {
    let hash = wire_hash(message.eth_hash);
    let is_eth = message.signed.signature.kind == SignatureKind::Delegated;
    let decoded = is_eth.then(|| EthTx::from_signed(&message.signed, chain_id));
    match decoded {
        Some(Ok(tx)) => of_eth(hash, from, &tx),
        // Filecoin's own messages are shown as transactions that carry what they do in their input.
        _ => of_native(hash, from, to, message.message(), chain_id),
    }
}

pub(super) fn of_eth(hash: Hash, from: Address, tx: &EthTx) -> Transaction {
    let Unsigned {
        chain_id,
        nonce,
        fees,
        gas_limit,
        to,
        value,
        input,
    } = &tx.unsigned;
    let (kind, gas_price, caps) = match fees {
        Fees::Homestead { gas_price } | Fees::Eip155 { gas_price } => (0, gas_price, None),
        Fees::Eip1559 {
            max_fee,
            max_priority_fee,
        } => (2, max_fee, Some((max_fee, max_priority_fee))),
    };
    let says_chain = !matches!(fees, Fees::Homestead { .. });
    Transaction {
        hash,
        nonce: Quantity(*nonce),
        block_hash: None,
        block_number: None,
        block_timestamp: None,
        transaction_index: None,
        from,
        to: to.map(wire_address),
        value: Big::of(value),
        gas: Quantity(*gas_limit),
        gas_price: Big::of(gas_price),
        max_fee_per_gas: caps.map(|(cap, _)| Big::of(cap)),
        max_priority_fee_per_gas: caps.map(|(_, tip)| Big::of(tip)),
        input: Data(input.clone()),
        kind: Quantity(kind),
        chain_id: says_chain.then_some(Quantity(*chain_id)),
        access_list: caps.map(|_| []),
        v: Quantity(tx.v),
        r: Big(BigUint::from_bytes_be(&tx.r)),
        s: Big(BigUint::from_bytes_be(&tx.s)),
        y_parity: caps.map(|_| Quantity(tx.v)),
    }
}

fn of_native(
    hash: Hash,
    from: Address,
    to: Option<Address>,
    message: &Message,
    chain_id: u64,
) -> Transaction {
    let created = message.to == FilecoinAddress::new_id(atoll_vm::actors::EAM_ACTOR)
        && message.method_num == CREATE_EXTERNAL;
    let plain = || fvm_ipld_encoding::from_slice::<Bytes>(message.params.bytes()).ok();
    let (to, input) = match message.method_num {
        INVOKE_CONTRACT => (to, plain().map(|Bytes(input)| input)),
        CREATE_EXTERNAL if created => (None, plain().map(|Bytes(input)| input)),
        _ => (to, None),
    };
    let to = match (to, &input) {
        (None, Some(_)) if created => None,
        (to, _) => Some(to.unwrap_or(NOBODY)),
    };
    Transaction {
        hash,
        nonce: Quantity(message.sequence),
        block_hash: None,
        block_number: None,
        block_timestamp: None,
        transaction_index: None,
        from,
        to,
        value: Big::of(&message.value),
        gas: Quantity(message.gas_limit),
        gas_price: Big::of(&message.gas_fee_cap),
        max_fee_per_gas: Some(Big::of(&message.gas_fee_cap)),
        max_priority_fee_per_gas: Some(Big::of(&message.gas_premium)),
        input: Data(input.unwrap_or_else(|| {
            let params = message.params.bytes();
            let codec = if params.is_empty() { 0 } else { CBOR_CODEC };
            native_input(message.method_num, codec, params)
        })),
        kind: Quantity(2),
        chain_id: Some(Quantity(chain_id)),
        access_list: Some([]),
        v: Quantity(0),
        r: Big::default(),
        s: Big::default(),
        y_parity: Some(Quantity(0)),
    }
}

/// The multicodec of the parameters of messages.
const CBOR_CODEC: u64 = 0x51;

/// A Filecoin call in Solidity's terms: `handle_filecoin_method(uint64,uint64,bytes)`, the hook
/// that contracts have for it, as Lotus shows it.
pub(in crate::methods) fn native_input(method: u64, codec: u64, params: &[u8]) -> Vec<u8> {
    const SELECTOR: [u8; 4] = [0x86, 0x8e, 0x10, 0xc4];
    let mut input = SELECTOR.to_vec();
    // Three words of head; the bytes begin after them.
    for word in [method, codec, 3 * 32, params.len() as u64] {
        input.extend_from_slice(&[0; 24]);
        input.extend_from_slice(&word.to_be_bytes());
    }
    input.extend_from_slice(params);
    input.resize(
        input.len() + params.len().next_multiple_of(32) - params.len(),
        0,
    );
    input
}

impl Transaction {
    /// In a line, as go-ethereum's pool shows it.
    pub(in crate::methods) fn describe(&self) -> String {
        let to = self
            .to
            .map_or("contract creation".to_owned(), |to| to.to_string());
        let Big(value) = &self.value;
        let Big(price) = &self.gas_price;
        format!("{to}: {value} wei + {} gas × {price} wei", self.gas.0)
    }
}

/// The receipt of a message on chain.
pub(crate) fn receipt(executed: &Executed, tipset: &Tipset, chain_id: u64) -> Receipt {
    let shown = transaction(executed, tipset, chain_id);
    Receipt {
        transaction_hash: shown.hash,
        transaction_index: Quantity(executed.index as u64),
        block_hash: wire_hash(tipset.hash),
        block_number: number(tipset.epoch()),
        from: shown.from,
        to: shown.to,
        cumulative_gas_used: Quantity(executed.gas_before + executed.receipt.gas_used),
        gas_used: Quantity(executed.receipt.gas_used),
        contract_address: executed.created.map(wire_address),
        logs: logs_of(executed, tipset),
        logs_bloom: Fixed(*executed.bloom().0),
        kind: shown.kind,
        status: Quantity(u64::from(executed.succeeded())),
        effective_gas_price: price_paid(executed),
    }
}

pub(in crate::methods) fn by_hash(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Transaction>, Error> {
    let chain = caller.chain();
    if let Some((tipset, executed)) = chain.message(&chain_hash(hash)) {
        return Ok(Some(transaction(&executed, &tipset, chain.chain_id())));
    }
    let found = chain.waiting(&chain_hash(hash));
    found.map(|message| waiting(chain, &message)).transpose()
}

pub(in crate::methods) fn receipt_by_hash(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Receipt>, Error> {
    let chain = caller.chain();
    let found = chain.message(&chain_hash(hash));
    Ok(found.map(|(tipset, executed)| receipt(&executed, &tipset, chain.chain_id())))
}

pub(in crate::methods) fn by_number_and_index(
    caller: &Caller<'_>,
    block_number: BlockTag,
    index: Quantity,
) -> Result<Option<Transaction>, Error> {
    by_index(caller, BlockId::Tag(block_number), index)
}

pub(in crate::methods) fn by_hash_and_index(
    caller: &Caller<'_>,
    block_hash: Hash,
    index: Quantity,
) -> Result<Option<Transaction>, Error> {
    let id = BlockId::on_chain(block_hash);
    by_index(caller, id, index)
}

fn by_index(
    caller: &Caller<'_>,
    id: BlockId,
    index: Quantity,
) -> Result<Option<Transaction>, Error> {
    let Some(tipset) = tipset(caller, id)? else {
        return Ok(None);
    };
    let index = usize::try_from(index.0).unwrap_or(usize::MAX);
    let chain_id = caller.chain().chain_id();
    let executed = tipset.messages.get(index);
    Ok(executed.map(|executed| transaction(executed, &tipset, chain_id)))
}

/// The transaction as it travels. Filecoin's own messages have no such form.
pub(in crate::methods) fn raw_by_hash(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Data>, Error> {
    let chain = caller.chain();
    let message = match chain.message(&chain_hash(hash)) {
        Some((_, executed)) => Some(executed.message.clone()),
        None => chain.waiting(&chain_hash(hash)),
    };
    let Some(message) = message else {
        return Ok(None);
    };
    let tx = EthTx::from_signed(&message.signed, chain.chain_id());
    tx.map(|tx| Some(Data(tx.encode())))
        .map_err(|why| Error::not_supported(format!("not an Ethereum transaction: {why}")))
}
