//! `eth_`: the chain as Ethereum's tools see it.

pub(super) mod blocks;
pub(super) mod calls;
pub(super) mod fees;
pub(super) mod filters;
pub(super) mod logs;
pub(super) mod proof;
pub(super) mod send;
pub(super) mod sign;
pub(super) mod simulate;
pub(super) mod slots;
pub(super) mod state;
pub(super) mod subscriptions;
pub(super) mod transactions;

use std::sync::Arc;

use atoll_actors::evm::EthAddress;
use atoll_chain::{Overrides, StateView, Tipset, Trial};
use atoll_vm::Fatal;
use fvm_shared::clock::ChainEpoch;

use crate::forms::hex::Fixed;
use crate::forms::{Address, BlockId, BlockTag, Hash, Quantity};
use crate::jsonrpc::error::Error;
use crate::node::{Caller, now};

/// How far below the head a block is safe (FRC-0089), and final.
const SAFE_EPOCHS: ChainEpoch = 30;
const FINAL_EPOCHS: ChainEpoch = 900;

/// The tipset that a client means, if it is there; the one before if its round was null.
pub(super) fn tipset_or_before(caller: &Caller<'_>, id: BlockId) -> Result<Arc<Tipset>, Error> {
    match id {
        BlockId::Tag(BlockTag::Number(number)) => {
            let head = caller.chain().head();
            let epoch = epoch_of(number)?;
            if epoch > head.epoch() {
                return Err(Error::unknown_block(format!(
                    "unknown block: {number} is beyond the head {}",
                    head.epoch()
                )));
            }
            caller
                .chain()
                .tipset_at_or_before(epoch)
                .ok_or_else(|| Error::unknown_block(format!("unknown block {number}")))
        }
        BlockId::Tag(tag) => tagged(caller, tag),
        BlockId::Hash { hash, .. } => by_hash(caller, hash)?
            .ok_or_else(|| Error::unknown_block(format!("unknown block {hash}"))),
    }
}

/// The state that a client means: after a tipset, or after what waits.
pub(super) fn state_of<'c>(
    caller: &'c Caller<'_>,
    id: Option<BlockId>,
) -> Result<StateView<'c>, Error> {
    let chain = caller.chain();
    match id.unwrap_or_default() {
        BlockId::Tag(BlockTag::Pending) if chain.waiting_count() > 0 => {
            Ok(chain.pending(now())?.state)
        }
        id => Ok(chain.state(&*tipset_or_before(caller, id)?)?),
    }
}

/// The same state, for messages to be tried out on it, and the tipset before it.
pub(super) fn trial_on<'c>(
    caller: &'c Caller<'_>,
    id: Option<BlockId>,
    overrides: &Overrides<'_>,
) -> Result<(Arc<Tipset>, Trial<'c>), Error> {
    let chain = caller.chain();
    let pending = id == Some(BlockId::Tag(BlockTag::Pending)) && chain.waiting_count() > 0;
    // An inspector can only watch a state whose blocks are stored.
    let opened = if pending && overrides.inspector.is_none() {
        chain
            .pending_trial(now(), overrides)
            .map(|(tipset, trial)| (Arc::new(tipset), trial))
    } else {
        let tipset = match pending {
            true => chain.head(),
            false => tipset_or_before(caller, id.unwrap_or_default())?,
        };
        let trial = chain.trial(&tipset, overrides);
        trial.map(|trial| (tipset, trial))
    };
    opened.map_err(|fatal| match overrides.state {
        // The client's own changes of the state may be what is impossible.
        Some(_) => Error::refused(fatal.to_string()),
        None => fatal.into(),
    })
}

/// Exactly the tipset that a client means. `None`: it is yet to come, or was never there. A null
/// round is an error, as Lotus has it.
pub(super) fn tipset(caller: &Caller<'_>, id: BlockId) -> Result<Option<Arc<Tipset>>, Error> {
    match id {
        BlockId::Tag(BlockTag::Number(number)) => {
            let epoch = epoch_of(number)?;
            let chain = caller.chain();
            match chain.tipset(epoch) {
                Some(tipset) => Ok(Some(tipset)),
                None if epoch > chain.head().epoch() || epoch < chain.genesis().epoch() => Ok(None),
                None => Err(Error::null_round(number)),
            }
        }
        BlockId::Tag(tag) => tagged(caller, tag).map(Some),
        BlockId::Hash { hash, .. } => by_hash(caller, hash),
    }
}

/// The tipset of a name. None of them names a null round.
pub(super) fn tagged(caller: &Caller<'_>, tag: BlockTag) -> Result<Arc<Tipset>, Error> {
    let chain = caller.chain();
    let below = |epochs| {
        let epoch = chain.head().epoch() - epochs;
        chain
            .tipset_at_or_before(epoch)
            .unwrap_or_else(|| chain.genesis())
    };
    Ok(match tag {
        BlockTag::Earliest => chain.genesis(),
        BlockTag::Finalized => below(FINAL_EPOCHS),
        BlockTag::Safe => below(SAFE_EPOCHS),
        BlockTag::Latest => chain.head(),
        BlockTag::Pending if chain.waiting_count() == 0 => chain.head(),
        BlockTag::Pending => Arc::new(chain.pending(now()).map_err(Error::internal)?.tipset),
        BlockTag::Number(number) => chain
            .tipset_at_or_before(epoch_of(number)?)
            .ok_or_else(|| Error::unknown_block(format!("unknown block {number}")))?,
    })
}

fn by_hash(caller: &Caller<'_>, hash: Hash) -> Result<Option<Arc<Tipset>>, Error> {
    Ok(caller.chain().tipset_by_hash(&chain_hash(hash)))
}

fn epoch_of(number: u64) -> Result<ChainEpoch, Error> {
    ChainEpoch::try_from(number).map_err(|_| Error::param("block", "no epoch has this number"))
}

/// An epoch as a number. Epochs are never negative.
pub(super) fn number(epoch: ChainEpoch) -> Quantity {
    Quantity(u64::try_from(epoch).unwrap_or_default())
}

pub(super) fn chain_hash(hash: Hash) -> atoll_chain::Hash {
    atoll_chain::Hash(hash.0)
}

pub(super) fn wire_hash(hash: atoll_chain::Hash) -> Hash {
    Fixed(hash.0)
}

pub(super) fn wire_cid(cid: &cid::Cid) -> Hash {
    Fixed(atoll_chain::Hash::of_cid(cid).0)
}

pub(super) fn eth_address(address: Address) -> EthAddress {
    EthAddress(address.0)
}

pub(super) fn wire_address(address: EthAddress) -> Address {
    Fixed(address.0)
}

impl From<Fatal> for Error {
    fn from(fatal: Fatal) -> Self {
        Self::internal(fatal)
    }
}
