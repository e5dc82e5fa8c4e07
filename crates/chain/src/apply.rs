//! Applies a block: null rounds, messages, the reward, cron.

use std::sync::Arc;

use atoll_actors::eam::CreateReturn;
use atoll_actors::evm::EthAddress;
use atoll_actors::reward::AwardBlockRewardParams;
use atoll_vm::actors::{EAM_ACTOR, REWARD_ACTOR, SYSTEM_ACTOR};
use atoll_vm::{Applied, ApplyError, ApplyKind, Context, Executor, Failure, Fatal, OrFatal};
use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;

use crate::base_fee::BLOCK_GAS_LIMIT;
use crate::eth_tx::CREATE_EXTERNAL;
use crate::log::{Bloom, Log, log_of_event};
use crate::signed::CheckedMessage;
use crate::supply::Supply;
use crate::tipset::Executed;
use crate::view;

const CRON_ACTOR: ActorID = 3;
/// The method of cron that ends every epoch.
const EPOCH_TICK: u64 = 2;
/// The method of the reward actor that pays a block's producer.
const AWARD_BLOCK_REWARD: u64 = 2;

/// What is the same for all tipsets, until the user changes it.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The network version in force.
    pub network_version: NetworkVersion,
    /// The EIP-155 chain id.
    pub chain_id: u64,
    /// Where the FIL in circulation is known from.
    pub supply: Supply,
    /// Who makes the blocks and earns their rewards. What is not a miner earns nothing: its
    /// rewards are burnt.
    pub miner: Address,
    /// How long an epoch lasts, in seconds.
    pub epoch_seconds: u64,
}

impl Terms {
    /// The context of a tipset, but for the FIL in circulation: that is counted on its state.
    #[must_use]
    pub fn context(&self, epoch: ChainEpoch, timestamp: u64, base_fee: &TokenAmount) -> Context {
        let mut context = Context::new(self.network_version);
        context.epoch = epoch;
        context.timestamp = timestamp;
        context.base_fee = base_fee.clone();
        context.chain_id = self.chain_id;
        context
    }

    /// Completes the context of a tipset by its state, and goes on with it.
    pub fn enter(&self, executor: &mut Executor, mut context: Context) -> Result<(), Fatal> {
        context.circulating_supply = self.supply.circulating(executor)?;
        executor.set_context(context)
    }
}

/// A block to be applied.
#[derive(Clone, Debug)]
pub struct Block {
    /// The epoch of its parent. Those between had no block, and get their cron alone.
    pub parent_epoch: ChainEpoch,
    /// Its epoch.
    pub epoch: ChainEpoch,
    /// Its time.
    pub timestamp: u64,
    /// The base fee that its messages pay.
    pub base_fee: TokenAmount,
}

/// A block, applied.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The messages that are in it, with what became of them.
    pub executed: Vec<Executed>,
    /// Messages that could not be in it, and why.
    pub dropped: Vec<(Arc<CheckedMessage>, String)>,
    /// The gas that its messages used.
    pub gas_used: u64,
    /// Where its logs are not.
    pub bloom: Bloom,
    /// What the machine did with each message, if `keep_traces` was asked for.
    pub applied: Vec<Applied>,
}

/// What to do with what the machine records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traces {
    /// Record nothing.
    Off,
    /// Record every call and charge, and keep what the machine answers.
    Keep,
}

/// Applies a block to the state of a machine. The state is not flushed.
pub fn apply(
    executor: &mut Executor,
    terms: &Terms,
    block: &Block,
    messages: &[Arc<CheckedMessage>],
    traces: Traces,
) -> Result<Outcome, Fatal> {
    let (outcome, earned) = apply_messages(executor, terms, block, messages, traces)?;
    reward(executor, terms, block.epoch, earned)?;
    cron(executor, block.epoch)?;
    Ok(outcome)
}

/// What the messages of a block bring its producer, and what they cost it.
#[derive(Debug, Default)]
pub(crate) struct Earned {
    tips: TokenAmount,
    penalty: TokenAmount,
}

/// Applies the null rounds before a block and its messages, without the end of its epoch.
pub(crate) fn apply_messages(
    executor: &mut Executor,
    terms: &Terms,
    block: &Block,
    messages: &[Arc<CheckedMessage>],
    traces: Traces,
) -> Result<(Outcome, Earned), Fatal> {
    for epoch in block.parent_epoch + 1..block.epoch {
        // A null round passes between its neighbours: its time is its distance from the block.
        let distance = u64::try_from(block.epoch - epoch).unwrap_or_default();
        let earlier = distance.saturating_mul(terms.epoch_seconds);
        let timestamp = block.timestamp.saturating_sub(earlier);
        let context = terms.context(epoch, timestamp, &block.base_fee);
        terms.enter(executor, context)?;
        cron(executor, epoch)?;
    }
    let mut context = terms.context(block.epoch, block.timestamp, &block.base_fee);
    context.tracing = traces == Traces::Keep;
    terms.enter(executor, context)?;

    let mut outcome = Outcome::default();
    let mut earned = Earned::default();
    for message in messages {
        let applied = match apply_one(executor, message) {
            Ok(applied) => applied,
            Err(ApplyError::Malformed(words)) => {
                outcome.dropped.push((message.clone(), words.to_owned()));
                continue;
            }
            Err(ApplyError::Fatal(fatal)) => return Err(fatal),
        };
        if let Some(Failure::NotAdmitted(words)) = &applied.failure {
            outcome.dropped.push((message.clone(), words.clone()));
            continue;
        }
        earned.tips += applied.fees.miner_tip.to_token();
        earned.penalty += applied.fees.penalty.to_token();
        if traces == Traces::Keep {
            outcome.applied.push(applied.clone());
        }
        let executed = record(executor, block, message, applied, &outcome)?;
        outcome.gas_used += executed.receipt.gas_used;
        executed
            .logs
            .iter()
            .for_each(|log| outcome.bloom.add_log(log));
        outcome.executed.push(executed);
    }
    if traces == Traces::Keep {
        let mut context = executor.context().clone();
        context.tracing = false;
        executor.set_context(context)?;
    }
    Ok((outcome, earned))
}

fn apply_one(executor: &mut Executor, checked: &CheckedMessage) -> Result<Applied, ApplyError> {
    let message = checked.message();
    if checked.impersonated
        && let Some((id, actor)) = view::actor(executor, &message.from)?
        && !may_sign(executor, &actor.code)
    {
        return apply_as(executor, checked, id, actor.sequence);
    }
    executor.apply(message, ApplyKind::Explicit, checked.chain_length)
}

/// Could an actor with this code have signed a message?
pub(crate) fn may_sign(executor: &Executor, code: &Cid) -> bool {
    let manifest = executor.manifest();
    *code == manifest.account
        || Some(*code) == manifest.eth_account
        || manifest.is_placeholder(code)
}

/// Applies a message in the name of an actor that can't sign, such as a contract. It pays no
/// fees, but is counted and its gas is limited.
fn apply_as(
    executor: &mut Executor,
    checked: &CheckedMessage,
    id: ActorID,
    sequence: u64,
) -> Result<Applied, ApplyError> {
    let message = checked.message();
    let inclusion = executor.inclusion_gas(checked.chain_length);
    if message.sequence != sequence {
        return Err(ApplyError::Malformed(
            "the sequence number is not the sender's next",
        ));
    }
    let Some(gas_limit) = message
        .gas_limit
        .checked_sub(inclusion)
        .filter(|left| *left > 0)
    else {
        return Err(ApplyError::Malformed(
            "the gas limit is below what inclusion takes",
        ));
    };
    let inner = Message {
        gas_limit,
        ..message.clone()
    };
    let mut applied = executor.apply(&inner, ApplyKind::Implicit, 0)?;
    // The actor may be gone: it may have destroyed itself.
    if executor.state().actor(id)?.is_some() {
        executor.state().set_sequence(id, sequence + 1)?;
    }
    applied.receipt.gas_used += inclusion;
    Ok(applied)
}

/// Puts together what is remembered of a message.
fn record(
    executor: &mut Executor,
    block: &Block,
    message: &Arc<CheckedMessage>,
    applied: Applied,
    before: &Outcome,
) -> Result<Executed, Fatal> {
    let inner = message.message();
    let mut logs = Vec::new();
    for (event_index, stamped) in applied.events.iter().enumerate() {
        if let Some((topics, data)) = log_of_event(&stamped.event) {
            let emitter = Address::new_id(stamped.emitter);
            let address = view::eth_address(executor, &emitter)?;
            logs.push(Log {
                address: address.unwrap_or_else(|| EthAddress::from_id(stamped.emitter)),
                topics,
                data,
                event_index,
            });
        }
    }
    let creates = inner.to == Address::new_id(EAM_ACTOR);
    let created = (creates && applied.receipt.exit_code.is_success())
        .then(|| fvm_ipld_encoding::from_slice::<CreateReturn>(&applied.receipt.return_data))
        .and_then(Result::ok)
        .map(|created| created.eth_address);
    let to = if creates && inner.method_num == CREATE_EXTERNAL {
        None
    } else {
        view::eth_address(executor, &inner.to)?
    };
    let from = view::eth_address(executor, &inner.from)?;
    let last = before.executed.last();
    Ok(Executed {
        message: message.clone(),
        epoch: block.epoch,
        index: before.executed.len(),
        from: from.ok_or_else(|| Fatal::new("a message was applied without a sender"))?,
        to,
        logs_before: last.map_or(0, |last| last.logs_before + last.logs.len()),
        gas_before: before.gas_used,
        logs,
        receipt: applied.receipt,
        return_codec: applied.return_codec,
        events: applied.events,
        fees: applied.fees,
        created,
        failure: applied.failure.as_ref().map(ToString::to_string),
    })
}

fn reward(
    executor: &mut Executor,
    terms: &Terms,
    epoch: ChainEpoch,
    earned: Earned,
) -> Result<(), Fatal> {
    let params = AwardBlockRewardParams {
        miner: terms.miner,
        penalty: earned.penalty,
        gas_reward: earned.tips,
        win_count: 1,
    };
    let params = RawBytes::serialize(&params).or_fatal("encoding the block reward")?;
    let to = Address::new_id(REWARD_ACTOR);
    implicit(
        executor,
        epoch,
        to,
        AWARD_BLOCK_REWARD,
        params,
        "the block reward",
    )
}

fn cron(executor: &mut Executor, epoch: ChainEpoch) -> Result<(), Fatal> {
    let to = Address::new_id(CRON_ACTOR);
    implicit(executor, epoch, to, EPOCH_TICK, RawBytes::default(), "cron")
}

/// A message of the machine itself. The network stops if one fails, and so does this node.
fn implicit(
    executor: &mut Executor,
    epoch: ChainEpoch,
    to: Address,
    method: u64,
    params: RawBytes,
    what: &str,
) -> Result<(), Fatal> {
    /// So much that it is never too little, as the network has it.
    const GAS_LIMIT: u64 = BLOCK_GAS_LIMIT * 10_000;
    let message = Message {
        sequence: u64::try_from(epoch).unwrap_or_default(),
        gas_limit: GAS_LIMIT,
        ..view::implicit(Address::new_id(SYSTEM_ACTOR), to, method, params)
    };
    let applied = executor
        .apply(&message, ApplyKind::Implicit, 0)
        .or_fatal("a message of the machine itself")?;
    if applied.receipt.exit_code.is_success() {
        return Ok(());
    }
    let why = applied.failure.as_ref().map(ToString::to_string);
    Err(Fatal::new(format!(
        "{what} of epoch {epoch} failed with exit code {}: {}",
        applied.receipt.exit_code,
        why.unwrap_or_default()
    )))
}
