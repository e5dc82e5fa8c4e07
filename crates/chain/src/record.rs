//! A tipset as it is kept: all that would take an execution to find out again.

use std::sync::Arc;

use atoll_actors::evm::EthAddress;
use atoll_vm::state::Atto;
use atoll_vm::{Fatal, Fees, OrFatal};
use cid::Cid;
use fvm_ipld_encoding::strict_bytes;
use fvm_shared::address::Address;
use fvm_shared::event::StampedEvent;
use fvm_shared::receipt::Receipt;
use fvm_shared::version::NetworkVersion;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::apply::Terms;
use crate::header::{BlockHeader, eth_block_hash, tipset_key};
use crate::log::{Bloom, Log, log_of_event};
use crate::signed::{CheckedMessage, SignedMessage, cbor};
use crate::supply::Supply;
use crate::tipset::{Executed, Tipset};

#[derive(Serialize_tuple, Deserialize_tuple)]
struct TipsetRecord {
    /// First, so that it is found without reading the rest: see [`bloom`].
    #[serde(with = "strict_bytes")]
    bloom: Vec<u8>,
    header: BlockHeader,
    terms: TermsRecord,
    executed_root: Cid,
    state_root: Cid,
    receipts_root: Cid,
    messages: Vec<MessageRecord>,
}

/// What held when a tipset was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub(crate) struct TermsRecord {
    network_version: u32,
    chain_id: u64,
    supply: Supply,
    miner: Address,
    epoch_seconds: u64,
}

impl From<&Terms> for TermsRecord {
    fn from(terms: &Terms) -> Self {
        Self {
            network_version: terms.network_version.into(),
            chain_id: terms.chain_id,
            supply: terms.supply.clone(),
            miner: terms.miner,
            epoch_seconds: terms.epoch_seconds,
        }
    }
}

impl From<TermsRecord> for Terms {
    fn from(record: TermsRecord) -> Self {
        Self {
            network_version: NetworkVersion::new(record.network_version),
            chain_id: record.chain_id,
            supply: record.supply,
            miner: record.miner,
            epoch_seconds: record.epoch_seconds,
        }
    }
}

#[derive(Serialize_tuple, Deserialize_tuple)]
struct MessageRecord {
    signed: SignedMessage,
    impersonated: bool,
    from: EthAddress,
    to: Option<EthAddress>,
    receipt: Receipt,
    return_codec: Option<u64>,
    events: Vec<StampedEvent>,
    /// Who emitted each event that is a log, as contracts know it.
    emitters: Vec<EthAddress>,
    fees: FeesRecord,
    created: Option<EthAddress>,
    failure: Option<String>,
}

#[derive(Serialize_tuple, Deserialize_tuple)]
struct FeesRecord {
    base_fee_burn: Atto,
    over_estimation_burn: Atto,
    miner_tip: Atto,
    penalty: Atto,
    refund: Atto,
    gas_refund: u64,
    gas_burned: u64,
}

/// Writes a tipset down.
pub(crate) fn encode(tipset: &Tipset) -> Vec<u8> {
    cbor(&TipsetRecord {
        bloom: tipset.bloom.0.to_vec(),
        header: tipset.header.clone(),
        terms: (&tipset.terms).into(),
        executed_root: tipset.executed_root,
        state_root: tipset.state_root,
        receipts_root: tipset.receipts_root,
        messages: tipset
            .messages
            .iter()
            .map(|executed| of(executed))
            .collect(),
    })
}

/// Where a record's logs are not, without decoding it.
pub(crate) fn bloom(record: &[u8]) -> Result<Bloom, Fatal> {
    let bloom = record.get(BLOOM_START..BLOOM_END);
    let bloom = bloom.and_then(|bloom| <[u8; BLOOM_LENGTH]>::try_from(bloom).ok());
    let bloom = bloom.ok_or_else(|| Fatal::new("a tipset on disk has no bloom filter"))?;
    Ok(Bloom(Box::new(bloom)))
}

const BLOOM_LENGTH: usize = 256;
/// Behind the head of the list and the head of a string of 256 bytes.
const BLOOM_START: usize = 1 + 3;
/// A record is at least so long.
pub(crate) const BLOOM_END: usize = BLOOM_START + BLOOM_LENGTH;

/// Reads what [`encode`] wrote.
pub(crate) fn decode(bytes: &[u8]) -> Result<Tipset, Fatal> {
    let record: TipsetRecord =
        fvm_ipld_encoding::from_slice(bytes).or_fatal("decoding a tipset")?;
    let TipsetRecord {
        bloom: _,
        header,
        terms,
        executed_root,
        state_root,
        receipts_root,
        messages,
    } = record;
    let block = header.cid();
    let mut tipset = Tipset {
        block,
        key: tipset_key(&[block]),
        hash: eth_block_hash(&block),
        terms: terms.into(),
        executed_root,
        state_root,
        receipts_root,
        messages: Vec::with_capacity(messages.len()),
        gas_used: 0,
        bloom: bloom(bytes)?,
        header,
    };
    let mut logs_before = 0;
    for message in messages {
        let executed = message.back(&tipset, logs_before)?;
        logs_before += executed.logs.len();
        tipset.gas_used += executed.receipt.gas_used;
        tipset.messages.push(Arc::new(executed));
    }
    Ok(tipset)
}

fn of(executed: &Executed) -> MessageRecord {
    let fees = &executed.fees;
    MessageRecord {
        signed: executed.message.signed.clone(),
        impersonated: executed.message.impersonated,
        from: executed.from,
        to: executed.to,
        receipt: executed.receipt.clone(),
        return_codec: executed.return_codec,
        events: executed.events.clone(),
        emitters: executed.logs.iter().map(|log| log.address).collect(),
        fees: FeesRecord {
            base_fee_burn: fees.base_fee_burn,
            over_estimation_burn: fees.over_estimation_burn,
            miner_tip: fees.miner_tip,
            penalty: fees.penalty,
            refund: fees.refund,
            gas_refund: fees.gas_refund,
            gas_burned: fees.gas_burned,
        },
        created: executed.created,
        failure: executed.failure.clone(),
    }
}

impl MessageRecord {
    fn back(self, tipset: &Tipset, logs_before: usize) -> Result<Executed, Fatal> {
        let mut emitters = self.emitters.into_iter();
        let mut logs = Vec::new();
        for (event_index, stamped) in self.events.iter().enumerate() {
            if let Some((topics, data)) = log_of_event(&stamped.event) {
                let address = emitters
                    .next()
                    .ok_or_else(|| Fatal::new("a tipset on disk has a log without an emitter"))?;
                logs.push(Log {
                    address,
                    topics,
                    data,
                    event_index,
                });
            }
        }
        let fees = self.fees;
        Ok(Executed {
            message: CheckedMessage::trusted(self.signed, tipset.terms.chain_id, self.impersonated),
            epoch: tipset.epoch(),
            index: tipset.messages.len(),
            from: self.from,
            to: self.to,
            receipt: self.receipt,
            return_codec: self.return_codec,
            events: self.events,
            logs,
            logs_before,
            gas_before: tipset.gas_used,
            fees: Fees {
                base_fee_burn: fees.base_fee_burn,
                over_estimation_burn: fees.over_estimation_burn,
                miner_tip: fees.miner_tip,
                penalty: fees.penalty,
                refund: fees.refund,
                gas_refund: fees.gas_refund,
                gas_burned: fees.gas_burned,
            },
            created: self.created,
            failure: self.failure,
        })
    }
}
