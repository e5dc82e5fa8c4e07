//! Messages in, tipsets out.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use atoll_vm::{Executor, Fatal, OrFatal};
use fvm_shared::econ::TokenAmount;
use num_bigint::BigInt;

use crate::apply::{Block, Outcome, Terms, Traces, apply, may_sign};
use crate::base_fee::{self, BLOCK_GAS_LIMIT};
use crate::disk::Change;
use crate::externs::{beacon_entry, ticket};
use crate::header::{BlockHeader, write_events, write_messages, write_receipts};
use crate::pool::{Refusal, SelectBy, Standing, check_form};
use crate::signed::{CheckedMessage, Signature, SignatureKind};
use crate::tipset::{Executed, Tipset};
use crate::view;

use super::borrow::{Worker, with_stack};
use super::{Chain, Notice, Roots, elected, finish};

/// When tipsets are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mining {
    /// At once, when there is a message to go into one.
    OnSubmission,
    /// When [`Chain::mine`] is called.
    OnRequest,
    /// Again and again. The chain has no clock: whoever listens for [`Notice::Mining`] calls
    /// [`Chain::mine`] this often.
    Every(Duration),
}

/// Where the time of tipsets comes from.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Time {
    /// Ahead of the caller's clock, in seconds.
    offset: i64,
    /// The time of the next tipset, to the second.
    next: Option<u64>,
    /// The time between tipsets, whatever the caller's clock says.
    interval: Option<u64>,
}

impl Time {
    /// The time of a tipset after one of `last`. It never runs backwards.
    pub(super) fn stamp(&self, now: u64, last: u64) -> u64 {
        let time = match (self.next, self.interval) {
            (Some(next), _) => next,
            (None, Some(interval)) => last.saturating_add(interval),
            (None, None) => now.saturating_add_signed(self.offset),
        };
        time.max(last)
    }
}

impl Chain {
    /// When tipsets are made.
    #[must_use]
    pub fn mining(&self) -> Mining {
        self.read_settings().mining
    }

    /// Changes when tipsets are made.
    pub fn set_mining(&self, mining: Mining) {
        self.write_settings().mining = mining;
        self.notify(&Notice::Mining(mining));
    }

    /// Changes in which order messages of different senders go on chain.
    pub fn set_select(&self, by: SelectBy) {
        self.write_settings().select = by;
    }

    /// Sets the base fee of the next tipset. After it, the rules go on from there.
    pub fn set_next_base_fee(&self, base_fee: TokenAmount) {
        self.write_settings().next_base_fee = Some(base_fee);
    }

    /// Puts the chain's clock ahead by so many seconds. Returns how far ahead it is in all.
    pub fn advance_time(&self, seconds: i64) -> i64 {
        let time = &mut self.write_settings().time;
        time.offset = time.offset.saturating_add(seconds);
        time.offset
    }

    /// Sets the chain's clock, given what the caller's says.
    pub fn set_time(&self, now: u64, time: u64) {
        let ahead = i128::from(time) - i128::from(now);
        let ahead = ahead.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        self.write_settings().time.offset = i64::try_from(ahead).expect("it was clamped");
    }

    /// Sets the time of the next tipset; from it on, the clock runs on. Not before the head's.
    pub fn set_next_timestamp(&self, now: u64, timestamp: u64) -> Result<(), Refusal> {
        if timestamp < self.head().timestamp() {
            let words = "the timestamp is before that of the last block";
            return Err(Refusal::Malformed(words));
        }
        self.set_time(now, timestamp);
        self.write_settings().time.next = Some(timestamp);
        Ok(())
    }

    /// Sets the time between tipsets, whatever the clock says; `None` gives them the clock's.
    pub fn set_timestamp_interval(&self, seconds: Option<u64>) {
        self.write_settings().time.interval = seconds;
    }

    /// The time that a tipset mined now would have.
    #[must_use]
    pub fn next_timestamp(&self, now: u64) -> u64 {
        let last = self.head().timestamp();
        self.read_settings().time.stamp(now, last)
    }

    /// Takes a message in, given the time. If tipsets are made at once, it is on chain when this
    /// returns, unless one before it in sequence is missing.
    pub fn submit(&self, message: Arc<CheckedMessage>, now: u64) -> Result<(), Refusal> {
        self.add(message)?;
        self.mine_submitted(now)
    }

    /// Takes many messages in; they share tipsets.
    pub fn submit_all(
        &self,
        messages: impl IntoIterator<Item = Arc<CheckedMessage>>,
        now: u64,
    ) -> Vec<Result<(), Refusal>> {
        let mut results: Vec<_> = messages
            .into_iter()
            .map(|message| self.add(message))
            .collect();
        if let Err(refusal) = self.mine_submitted(now) {
            results
                .iter_mut()
                .for_each(|result| *result = Err(refusal.clone()));
        }
        results
    }

    fn mine_submitted(&self, now: u64) -> Result<(), Refusal> {
        if self.mining() != Mining::OnSubmission {
            return Ok(());
        }
        self.mine_ready(now)
            .map(|_| ())
            .map_err(|fatal| Refusal::Trouble(fatal.to_string()))
    }

    /// Puts a message among those that wait.
    fn add(&self, message: Arc<CheckedMessage>) -> Result<(), Refusal> {
        let trouble = |fatal: Fatal| Refusal::Trouble(fatal.to_string());
        {
            let history = self.history.read();
            if history.has_message(&message.eth_hash) {
                return Err(Refusal::Known);
            }
            history.check().map_err(trouble)?;
        }
        let standing = self.standing(&message)?;
        self.pool().add(message.clone(), standing)?;
        self.notify(&Notice::Waiting(message));
        Ok(())
    }

    /// How a message's sender stands at the head, if the message may wait at all.
    fn standing(&self, message: &CheckedMessage) -> Result<Standing, Refusal> {
        let head = self.head();
        // Between messages the machine that mines stands there, and is quicker asked than opened.
        if let Ok(mut worker) = self.worker.try_lock()
            && let Some(executor) =
                worker.at(&head.state_root, self.read_settings().terms.network_version)
        {
            return standing_on(executor, message);
        }
        let state = self.state(&head);
        let mut state = state.map_err(|fatal| Refusal::Trouble(fatal.to_string()))?;
        standing_on(&mut state.executor, message)
    }

    /// Makes a tipset of what waits, be it nothing.
    pub fn mine(&self, now: u64) -> Result<Arc<Tipset>, Fatal> {
        self.mine_after(now, 0)
    }

    /// Makes a tipset after so many null rounds.
    pub fn mine_after(&self, now: u64, null_rounds: u64) -> Result<Arc<Tipset>, Fatal> {
        let mut worker = self.worker();
        let tipset = self.mine_one(&mut worker, now, null_rounds, Wanted::Always)?;
        Ok(tipset.expect("a tipset was made of whatever waits"))
    }

    /// Makes tipsets until no message can go into one.
    pub fn mine_ready(&self, now: u64) -> Result<Vec<Arc<Tipset>>, Fatal> {
        let mut worker = self.worker();
        let mut made = Vec::new();
        while let Some(tipset) = self.mine_one(&mut worker, now, 0, Wanted::IfMessages)? {
            made.push(tipset);
        }
        Ok(made)
    }

    pub(crate) fn worker(&self) -> MutexGuard<'_, Worker> {
        self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mine_one(
        &self,
        worker: &mut Worker,
        now: u64,
        null_rounds: u64,
        wanted: Wanted,
    ) -> Result<Option<Arc<Tipset>>, Fatal> {
        if wanted == Wanted::IfMessages && self.pool().is_empty() {
            return Ok(None);
        }
        let head = self.head();
        let settings = self.read_settings().clone();
        let terms = &settings.terms;
        let base_fee = settings
            .next_base_fee
            .unwrap_or_else(|| base_fee_after(terms, &head));
        let null_rounds = i64::try_from(null_rounds).or_fatal("counting null rounds")?;
        let block = Block {
            parent_epoch: head.epoch(),
            epoch: head.epoch() + 1 + null_rounds,
            timestamp: settings.time.stamp(now, head.timestamp()),
            base_fee,
        };
        let context = terms.context(block.epoch, block.timestamp, &block.base_fee);
        let mut executor = worker.take(self, &head.state_root, context)?;
        let messages = self.select(&mut executor, settings.select, &block.base_fee);
        if wanted == Wanted::IfMessages && messages.is_empty() {
            worker.put_back(head.state_root, executor);
            return Ok(None);
        }
        let outcome = with_stack(|| apply(&mut executor, terms, &block, &messages, Traces::Off))?;
        let state_root = executor.flush()?;
        let dropped = outcome.dropped.clone();
        let header = self.header(&head, terms, &block, settings.branch, &outcome)?;
        let receipts = outcome.executed.iter().map(|executed| &executed.receipt);
        let receipts_root = write_receipts(&self.parts.blocks, receipts)?;
        let events = outcome.executed.iter().map(|executed| &executed.events[..]);
        write_events(&self.parts.blocks, events)?;
        let tipset = finish(
            &self.parts.blocks,
            header,
            terms,
            Roots {
                state: state_root,
                receipts: receipts_root,
            },
            outcome.executed,
        )?;
        self.keep(&[Change::Put(&tipset)])?;
        let tipset = Arc::new(tipset);
        self.history.write().push(tipset.clone())?;
        worker.put_back(state_root, executor);
        {
            let mut settings = self.write_settings();
            settings.next_base_fee = None;
            settings.time.next = None;
        }
        self.clean_pool(&tipset, &dropped);
        for (message, words) in dropped {
            self.notify(&Notice::Dropped(message, words));
        }
        self.notify(&Notice::Applied(tipset.clone()));
        Ok(Some(tipset))
    }

    /// Messages for a block, in the order of execution: the network runs BLS messages first.
    pub(super) fn select(
        &self,
        executor: &mut Executor,
        by: SelectBy,
        base_fee: &TokenAmount,
    ) -> Vec<Arc<CheckedMessage>> {
        let selected = self.pool().select(by, base_fee, BLOCK_GAS_LIMIT, |sender| {
            let state = executor.state();
            // Trouble with one sender's state shows when its message is applied.
            let id = state.resolve(sender).ok()??;
            state.actor(id).ok()?.map(|actor| actor.sequence)
        });
        let is_bls =
            |message: &Arc<CheckedMessage>| message.signed.signature.kind == SignatureKind::Bls;
        let (mut first, rest): (Vec<_>, Vec<_>) = selected.into_iter().partition(is_bls);
        first.extend(rest);
        first
    }

    /// Takes what is on chain, and what can't be, out of the pool.
    fn clean_pool(&self, tipset: &Tipset, dropped: &[(Arc<CheckedMessage>, String)]) {
        let mut pool = self.pool();
        for executed in &tipset.messages {
            let message = executed.message.message();
            pool.forget_below(&message.from, message.sequence + 1);
        }
        for (message, _) in dropped {
            let message = message.message();
            pool.remove(&message.from, message.sequence);
        }
    }

    pub(super) fn header(
        &self,
        parent: &Tipset,
        terms: &Terms,
        block: &Block,
        branch: u64,
        outcome: &Outcome,
    ) -> Result<BlockHeader, Fatal> {
        let messages = outcome.executed.iter().map(|executed| &*executed.message);
        Ok(BlockHeader {
            miner: terms.miner,
            ticket: Some(ticket(parent.header.ticket.as_ref(), block.epoch, branch)),
            election_proof: Some(elected()),
            beacon_entries: vec![beacon_entry(block.epoch)],
            win_post_proof: Vec::new(),
            parents: vec![parent.block],
            parent_weight: &parent.header.parent_weight + BigInt::from(1),
            height: block.epoch,
            parent_state_root: parent.state_root,
            parent_message_receipts: parent.receipts_root,
            messages: write_messages(&self.parts.blocks, messages)?,
            bls_aggregate: Some(aggregate(&outcome.executed)?),
            timestamp: block.timestamp,
            // A dev chain's blocks are believed, not signed.
            block_sig: None,
            fork_signaling: 0,
            parent_base_fee: block.base_fee.clone(),
        })
    }
}

/// How a message's sender stands on a state.
fn standing_on(executor: &mut Executor, message: &CheckedMessage) -> Result<Standing, Refusal> {
    check_form(message, executor.inclusion_gas(message.chain_length))?;
    let from = message.message().from;
    let found =
        view::actor(executor, &from).map_err(|fatal| Refusal::Trouble(fatal.to_string()))?;
    let (_, actor) = found.ok_or(Refusal::NoSender(from))?;
    if !may_sign(executor, &actor.code) && !message.impersonated {
        return Err(Refusal::NotAnAccount(from));
    }
    Ok(Standing {
        sequence: actor.sequence,
        balance: actor.balance,
    })
}

/// Is a tipset wanted that has no messages?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Always,
    IfMessages,
}

/// The base fee that follows from a tipset.
pub(super) fn base_fee_after(terms: &Terms, tipset: &Tipset) -> TokenAmount {
    let messages = tipset
        .messages
        .iter()
        .map(|executed| executed.message.message());
    base_fee::next(terms.network_version, tipset.base_fee(), messages)
}

/// The sum of the BLS signatures of a block's messages.
fn aggregate(executed: &[Executed]) -> Result<Signature, Fatal> {
    use blst::min_pk::{AggregateSignature, Signature as BlsSignature};
    let signatures = executed
        .iter()
        .map(|executed| &executed.message.signed.signature)
        .filter(|signature| signature.kind == SignatureKind::Bls)
        .map(|signature| BlsSignature::from_bytes(&signature.bytes))
        .collect::<Result<Vec<_>, _>>();
    let broken = |error| Fatal::new(format!("summing BLS signatures: {error:?}"));
    let signatures = signatures.map_err(broken)?;
    let bytes = if signatures.is_empty() {
        // The point at infinity, compressed.
        let mut infinity = vec![0; 96];
        infinity[0] = 0xc0;
        infinity
    } else {
        let all: Vec<&BlsSignature> = signatures.iter().collect();
        let sum = AggregateSignature::aggregate(&all, false).map_err(broken)?;
        sum.to_signature().to_bytes().to_vec()
    };
    Ok(Signature {
        kind: SignatureKind::Bls,
        bytes,
    })
}
