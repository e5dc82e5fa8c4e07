//! Tipsets and messages as they were executed.

use std::sync::Arc;

use atoll_actors::evm::EthAddress;
use atoll_vm::Fees;
use cid::Cid;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::event::StampedEvent;
use fvm_shared::receipt::Receipt;

use crate::apply::Terms;
use crate::hash::Hash;
use crate::header::BlockHeader;
use crate::log::{Bloom, Log};
use crate::signed::CheckedMessage;

/// A tipset of one block, executed.
#[derive(Clone, Debug)]
pub struct Tipset {
    /// Its block.
    pub header: BlockHeader,
    /// The CID of the block.
    pub block: Cid,
    /// The CID of the tipset's key, whose digest is the Ethereum block hash.
    pub key: Cid,
    /// Its Ethereum block hash.
    pub hash: Hash,
    /// What held when it was made.
    pub terms: Terms,
    /// The state that its messages led to.
    pub executed_root: Cid,
    /// The state after it. The header of the next tipset names it. Differs from the one that its
    /// messages led to if a developer changed it by hand since.
    pub state_root: Cid,
    /// The receipts of its messages. The header of the next tipset names them.
    pub receipts_root: Cid,
    /// Its messages in the order of execution, with what became of them.
    pub messages: Vec<Arc<Executed>>,
    /// The gas that its messages used.
    pub gas_used: u64,
    /// Where its logs are not.
    pub bloom: Bloom,
}

impl Tipset {
    /// Its epoch: the number of the Ethereum block.
    #[must_use]
    pub fn epoch(&self) -> ChainEpoch {
        self.header.height
    }

    /// Its time, in seconds of Unix.
    #[must_use]
    pub fn timestamp(&self) -> u64 {
        self.header.timestamp
    }

    /// The base fee that its messages paid.
    #[must_use]
    pub fn base_fee(&self) -> &TokenAmount {
        &self.header.parent_base_fee
    }

    /// The Ethereum hash of its parent; zero for the genesis.
    #[must_use]
    pub fn parent_hash(&self) -> Hash {
        match self.header.parents.as_slice() {
            [] => Hash::default(),
            parents => Hash::of_cid(&crate::header::tipset_key(parents)),
        }
    }
}

/// A message with what became of it.
#[derive(Clone, Debug)]
pub struct Executed {
    /// The message.
    pub message: Arc<CheckedMessage>,
    /// The epoch of its tipset.
    pub epoch: ChainEpoch,
    /// Its place in the tipset.
    pub index: usize,
    /// Its sender as contracts know it.
    pub from: EthAddress,
    /// Its receiver as contracts know it; `None` if it has none: it creates a contract, or the
    /// receiver does not exist.
    pub to: Option<EthAddress>,
    /// What is on chain.
    pub receipt: Receipt,
    /// The codec of the returned data, if there is any.
    pub return_codec: Option<u64>,
    /// What was emitted, in order.
    pub events: Vec<StampedEvent>,
    /// The events that are logs.
    pub logs: Vec<Log>,
    /// How many logs the messages before it in the tipset have.
    pub logs_before: usize,
    /// How much gas the messages before it in the tipset used.
    pub gas_before: u64,
    /// Who paid and got what.
    pub fees: Fees,
    /// The contract that it created.
    pub created: Option<EthAddress>,
    /// Why it failed, in words, if it did.
    pub failure: Option<String>,
}

impl Executed {
    /// Did it do what it was to do?
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.receipt.exit_code.is_success()
    }

    /// Where its logs are not.
    #[must_use]
    pub fn bloom(&self) -> Bloom {
        let mut bloom = Bloom::default();
        self.logs.iter().for_each(|log| bloom.add_log(log));
        bloom
    }
}
