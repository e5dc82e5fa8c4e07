//! Messages that wait for a block.

use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use num_traits::Zero;

use atoll_vm::state::Atto;

use crate::base_fee::{BASE_FEE_MIN, BLOCK_GAS_LIMIT, effective_premium};
use crate::hash::Hash;
use crate::signed::CheckedMessage;

/// How many messages of one sender may wait.
pub const SENDER_MESSAGES_MAX: usize = 20_000;
/// How many messages may wait in all.
pub const MESSAGES_MAX: usize = 200_000;
/// How long a message may be (the network's limit).
pub const MESSAGE_SIZE_MAX: usize = 64 << 10;
/// By how much, in percent, a replacement must raise the premium (the network's rule).
pub const REPLACE_PERCENT: u64 = 125;

/// Why a message may not wait for a block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is there already.
    #[error("already known")]
    Known,
    /// Its sequence number is used up.
    #[error("nonce too low: next nonce {next}, tx nonce {given}")]
    SequenceTooLow {
        /// The next of the sender.
        next: u64,
        /// That of the message.
        given: u64,
    },
    /// Another message waits with this sequence number, and this one pays not enough more.
    #[error("replacement transaction underpriced: the premium must be at least {least} attoFIL")]
    ReplacementUnderpriced {
        /// What it takes.
        least: String,
    },
    /// The sender cannot pay for it.
    #[error("insufficient funds for gas * price + value: have {have} attoFIL, want {want}")]
    InsufficientFunds {
        /// What the sender has.
        have: String,
        /// What it may cost.
        want: String,
    },
    /// The sender has never received anything.
    #[error(
        "insufficient funds for gas * price + value: the account {0} does not exist; send it some FIL first"
    )]
    NoSender(Address),
    /// The sender is no account.
    #[error("the sender {0} is not an account")]
    NotAnAccount(Address),
    /// It asks for more gas than a block has.
    #[error("exceeds block gas limit: the gas limit {given} is beyond {BLOCK_GAS_LIMIT}")]
    GasLimit {
        /// What it asks for.
        given: u64,
    },
    /// It asks for less gas than its inclusion takes.
    #[error(
        "intrinsic gas too low: the gas limit {given} is below the {least} that inclusion takes; Filecoin's unit of gas is finer than Ethereum's: let the node estimate it (forge script: --skip-simulation)"
    )]
    GasTooLow {
        /// What it asks for.
        given: u64,
        /// What inclusion takes.
        least: u64,
    },
    /// It offers less than the base fee can ever be.
    #[error(
        "max fee per gas less than block base fee: the fee cap {given} is below the minimum of {BASE_FEE_MIN} attoFIL"
    )]
    FeeCapTooLow {
        /// What it offers.
        given: String,
    },
    /// Its premium is above its fee cap.
    #[error("max priority fee per gas higher than max fee per gas")]
    PremiumAboveCap,
    /// A field that no message can have.
    #[error("{0}")]
    Malformed(&'static str),
    /// It is too long.
    #[error("oversized data: {length} bytes are more than {MESSAGE_SIZE_MAX}")]
    TooLong {
        /// How long it is.
        length: usize,
    },
    /// Too many wait already.
    #[error("the pool is full: {0}")]
    Full(&'static str),
    /// The node is in trouble.
    #[error("the node could not do its work: {0}")]
    Trouble(String),
}

/// What a message's sender has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) sequence: u64,
    pub(crate) balance: Atto,
}

/// In which order messages of different senders go on chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelectBy {
    /// First come, first served.
    #[default]
    Arrival,
    /// Who pays the highest premium, first.
    Fee,
}

#[derive(Clone, Debug)]
struct Waiting {
    message: Arc<CheckedMessage>,
    arrival: u64,
}

/// Messages that wait for a block, by sender and sequence number.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    senders: HashMap<Address, BTreeMap<u64, Waiting>>,
    by_hash: HashMap<Hash, (Address, u64)>,
    arrivals: u64,
    count: usize,
}

impl Pool {
    /// How many messages wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Does none wait?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// A waiting message by its Ethereum hash or the digest of its CID.
    #[must_use]
    pub fn get(&self, hash: &Hash) -> Option<&Arc<CheckedMessage>> {
        let (sender, sequence) = self.by_hash.get(hash)?;
        Some(&self.senders.get(sender)?.get(sequence)?.message)
    }

    /// All that wait, in the order of arrival.
    #[must_use]
    pub fn messages(&self) -> Vec<Arc<CheckedMessage>> {
        let mut all: Vec<&Waiting> = self.senders.values().flat_map(BTreeMap::values).collect();
        all.sort_by_key(|waiting| waiting.arrival);
        all.into_iter()
            .map(|waiting| waiting.message.clone())
            .collect()
    }

    /// The first sequence number from this one on that no message waits with.
    #[must_use]
    pub fn next_sequence(&self, sender: &Address, mut sequence: u64) -> u64 {
        if let Some(waiting) = self.senders.get(sender) {
            while waiting.contains_key(&sequence) {
                sequence += 1;
            }
        }
        sequence
    }

    /// Adds a message, or says why not.
    pub(crate) fn add(
        &mut self,
        message: Arc<CheckedMessage>,
        standing: Standing,
    ) -> Result<(), Refusal> {
        if self.by_hash.contains_key(&message.eth_hash) {
            return Err(Refusal::Known);
        }
        let inner = message.message();
        check_against_sender(&message, standing)?;
        let (from, sequence) = (inner.from, inner.sequence);
        let none = BTreeMap::new();
        let waiting = self.senders.get(&from).unwrap_or(&none);
        match waiting.get(&sequence) {
            Some(old) => {
                let premium = &old.message.message().gas_premium;
                let least = (premium * REPLACE_PERCENT).div_ceil(100) + TokenAmount::from_atto(1);
                if inner.gas_premium < least {
                    let least = least.atto().to_string();
                    return Err(Refusal::ReplacementUnderpriced { least });
                }
            }
            None if waiting.len() >= SENDER_MESSAGES_MAX => {
                return Err(Refusal::Full("this sender has too many messages in it"));
            }
            None if self.count >= MESSAGES_MAX => {
                return Err(Refusal::Full("try again after the next block"));
            }
            None => {}
        }
        self.remove(&from, sequence);
        self.insert(message);
        Ok(())
    }

    /// Puts a message back that was on chain, unless another waits in its place.
    pub(crate) fn put_back(&mut self, message: Arc<CheckedMessage>) {
        let (from, sequence) = (message.message().from, message.message().sequence);
        let waits = |waiting: &BTreeMap<u64, Waiting>| waiting.contains_key(&sequence);
        if !self.senders.get(&from).is_some_and(waits) {
            self.insert(message);
        }
    }

    fn insert(&mut self, message: Arc<CheckedMessage>) {
        let (from, sequence) = (message.message().from, message.message().sequence);
        for hash in hashes(&message) {
            self.by_hash.insert(hash, (from, sequence));
        }
        let arrival = self.arrivals;
        self.arrivals += 1;
        self.count += 1;
        let waiting = self.senders.entry(from).or_default();
        waiting.insert(sequence, Waiting { message, arrival });
    }

    /// Takes a message out.
    pub(crate) fn remove(
        &mut self,
        sender: &Address,
        sequence: u64,
    ) -> Option<Arc<CheckedMessage>> {
        let waiting = self.senders.get_mut(sender)?;
        let removed = waiting.remove(&sequence)?;
        if waiting.is_empty() {
            self.senders.remove(sender);
        }
        for hash in hashes(&removed.message) {
            self.by_hash.remove(&hash);
        }
        self.count -= 1;
        Some(removed.message)
    }

    /// Takes out what is used up: everything of a sender below a sequence number.
    pub(crate) fn forget_below(&mut self, sender: &Address, sequence: u64) {
        while let Some(waiting) = self.senders.get(sender)
            && let Some((&lowest, _)) = waiting.first_key_value()
            && lowest < sequence
        {
            self.remove(sender, lowest);
        }
    }

    /// Takes everything out.
    pub(crate) fn clear(&mut self) {
        let arrivals = self.arrivals;
        *self = Self {
            arrivals,
            ..Self::default()
        };
    }

    /// Chooses messages for a block, in the order in which they are to run: those of one sender
    /// in sequence from what the sender is at, those that pay the base fee, no more gas in all
    /// than a block has.
    pub(crate) fn select(
        &self,
        by: SelectBy,
        base_fee: &TokenAmount,
        gas_max: u64,
        mut sequence_of: impl FnMut(&Address) -> Option<u64>,
    ) -> Vec<Arc<CheckedMessage>> {
        let mut heads = BinaryHeap::new();
        #[expect(clippy::iter_over_hash_type, reason = "the heap orders them")]
        for (sender, waiting) in &self.senders {
            if let Some(sequence) = sequence_of(sender)
                && let Some(first) = waiting.get(&sequence)
            {
                heads.push(Bid::new(first, waiting, by, base_fee));
            }
        }
        let mut selected = Vec::new();
        let mut gas = 0u64;
        while let Some(bid) = heads.pop() {
            let inner = bid.waiting.message.message();
            // What comes after it in sequence must wait with it.
            if inner.gas_fee_cap < *base_fee {
                continue;
            }
            let Some(sum) = gas
                .checked_add(inner.gas_limit)
                .filter(|sum| *sum <= gas_max)
            else {
                continue;
            };
            gas = sum;
            selected.push(bid.waiting.message.clone());
            if let Some(next) = bid.following.get(&(inner.sequence + 1)) {
                heads.push(Bid::new(next, bid.following, by, base_fee));
            }
        }
        selected
    }
}

/// A message that could be next, in the order of preference.
struct Bid<'p> {
    premium: TokenAmount,
    waiting: &'p Waiting,
    following: &'p BTreeMap<u64, Waiting>,
}

impl<'p> Bid<'p> {
    fn new(
        waiting: &'p Waiting,
        following: &'p BTreeMap<u64, Waiting>,
        by: SelectBy,
        base_fee: &TokenAmount,
    ) -> Self {
        let premium = match by {
            SelectBy::Arrival => TokenAmount::zero(),
            SelectBy::Fee => effective_premium(waiting.message.message(), base_fee),
        };
        Self {
            premium,
            waiting,
            following,
        }
    }
}

impl Ord for Bid<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let by_premium = self.premium.cmp(&other.premium);
        by_premium.then_with(|| other.waiting.arrival.cmp(&self.waiting.arrival))
    }
}

impl PartialOrd for Bid<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Bid<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Bid<'_> {}

fn hashes(message: &CheckedMessage) -> [Hash; 2] {
    [message.eth_hash, Hash::of_cid(&message.cid)]
}

/// What can be said of a message without knowing the state.
pub(crate) fn check_form(message: &CheckedMessage, inclusion_gas: u64) -> Result<(), Refusal> {
    let inner = message.message();
    if inner.version != 0 {
        return Err(Refusal::Malformed("the message's version is not 0"));
    }
    if message.chain_length > MESSAGE_SIZE_MAX {
        return Err(Refusal::TooLong {
            length: message.chain_length,
        });
    }
    if inner.gas_limit > BLOCK_GAS_LIMIT {
        return Err(Refusal::GasLimit {
            given: inner.gas_limit,
        });
    }
    if inner.gas_limit < inclusion_gas {
        return Err(Refusal::GasTooLow {
            given: inner.gas_limit,
            least: inclusion_gas,
        });
    }
    if inner.value.is_negative() || inner.gas_premium.is_negative() {
        return Err(Refusal::Malformed("an amount is negative"));
    }
    if inner.gas_fee_cap < TokenAmount::from_atto(BASE_FEE_MIN) && !message.impersonated {
        return Err(Refusal::FeeCapTooLow {
            given: inner.gas_fee_cap.atto().to_string(),
        });
    }
    if inner.gas_premium > inner.gas_fee_cap {
        return Err(Refusal::PremiumAboveCap);
    }
    Ok(())
}

fn check_against_sender(message: &CheckedMessage, standing: Standing) -> Result<(), Refusal> {
    let inner = message.message();
    if inner.sequence < standing.sequence {
        return Err(Refusal::SequenceTooLow {
            next: standing.sequence,
            given: inner.sequence,
        });
    }
    let want = &inner.gas_fee_cap * inner.gas_limit + &inner.value;
    if want > standing.balance.to_token() {
        return Err(Refusal::InsufficientFunds {
            have: standing.balance.0.to_string(),
            want: want.atto().to_string(),
        });
    }
    Ok(())
}
