//! Ethereum's gas, for tests whose results turn on it.
//!
//! Such a test keeps this account beside the machine's own. Filecoin's gas is counted as ever, and
//! the message has more of it than it can use; what an opcode costs on Ethereum is taken from here
//! before the opcode is executed ([`opcodes`]), and a frame with too little left fails. Frames hand
//! gas to each other through [`EthereumGas`], warm addresses and slots (EIP-2929) and refunds
//! (EIP-3529) are undone with the frame that made them. Prices and precompiles' gas are revm's.
//!
//! No chain has one: [`crate::Runtime::ethereum_gas`].

mod opcodes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use atoll_keccak::keccak_256;
use fvm_shared::error::ExitCode;
use revm_interpreter::GasTable;
use revm_interpreter::context_interface::cfg::GasParams;
use revm_interpreter::instructions::gas_table_spec;
use revm_interpreter::primitives::hardfork::SpecId;
use revm_interpreter::primitives::{Address, U256};
use revm_precompile::Precompiles;

use crate::eam;
use crate::error::ActorError;

use super::address::EthAddress;

pub(super) use opcodes::run;

/// Whose prices hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// Those that virtual machine tests were written for.
    Frontier,
    /// Those of blockchain tests.
    Cancun,
}

/// The account of one transaction at a time.
pub struct EthereumGas {
    spec: SpecId,
    /// What each opcode costs whatever it works on.
    table: GasTable,
    /// What comes on top.
    params: GasParams,
    count: Mutex<Count>,
}

/// A transaction, as far as its gas goes.
#[derive(Debug)]
pub struct Transaction<'a> {
    /// Who signed it.
    pub sender: EthAddress,
    /// To whom; a creation if to nobody.
    pub to: Option<EthAddress>,
    /// The sender's count.
    pub nonce: u64,
    /// The input or the initcode.
    pub input: &'a [u8],
    /// What it may use.
    pub gas_limit: u64,
    /// Who gets the tips: warm from the start (EIP-3651).
    pub coinbase: EthAddress,
    /// What is warm because it was announced (EIP-2930).
    pub access_list: &'a [(EthAddress, Vec<[u8; 32]>)],
}

/// The gas limit does not cover what a transaction costs before it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntrinsicGasTooLow;

/// What the frames of a transaction know together.
#[derive(Default)]
struct Count {
    gas_limit: u64,
    /// The frames that run, the outermost first.
    frames: Vec<Running>,
    /// Gas between two frames: what a callee may use, or what it left.
    handed_over: u64,
    /// Did a frame run since gas was handed over?
    taken: bool,
    /// What will be given back in the end.
    refund: i64,
    warm: BTreeSet<Warm>,
    /// What slots held before the transaction, of those that it wrote to.
    original: BTreeMap<SlotOf, [u8; 32]>,
    /// What happened, for frames that are undone.
    past: Vec<Event>,
    /// Which opcodes were met, in any transaction: a bit each.
    executed: U256,
}

struct Running {
    left: u64,
    /// How much had happened when it began.
    since: usize,
}

/// A slot of an account.
type SlotOf = (EthAddress, [u8; 32]);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Warm {
    Account(EthAddress),
    Slot(SlotOf),
}

enum Event {
    Met(Warm),
    Refunded(i64),
}

/// How a frame ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// What it did stands.
    Success,
    /// What it did is undone, and it keeps what it has left.
    Revert,
    /// What it did is undone, and nothing is left.
    Halt,
}

impl EthereumGas {
    /// An account by some rules.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        let spec = match rules {
            Rules::Frontier => SpecId::FRONTIER,
            Rules::Cancun => SpecId::CANCUN,
        };
        Self {
            spec,
            table: gas_table_spec(spec),
            params: GasParams::new_spec(spec),
            count: Mutex::default(),
        }
    }

    /// Takes what a transaction costs before it runs, and hands the rest to its first frame.
    ///
    /// # Errors
    /// If there is no rest, not even none.
    pub fn begin_transaction(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(), IntrinsicGasTooLow> {
        let Transaction {
            sender,
            to,
            nonce,
            input,
            gas_limit,
            coinbase,
            access_list,
        } = transaction;
        let slots = access_list.iter().map(|(_, keys)| keys.len()).sum();
        let intrinsic = intrinsic_gas(input, to.is_none(), access_list.len(), slots);
        let rest = gas_limit.checked_sub(intrinsic).ok_or(IntrinsicGasTooLow)?;
        let called = to.unwrap_or_else(|| created_by_nonce(*sender, *nonce));
        let precompiles = Precompiles::cancun().addresses();
        let listed = access_list.iter().flat_map(|(address, keys)| {
            let slots = keys.iter().map(|key| Warm::Slot((*address, *key)));
            slots.chain([Warm::Account(*address)])
        });
        let mut count = self.count();
        *count = Count {
            executed: count.executed,
            gas_limit: *gas_limit,
            handed_over: rest,
            warm: precompiles
                .map(|address| EthAddress(address.into_array()))
                .chain([*sender, called, *coinbase])
                .map(Warm::Account)
                .chain(listed)
                .collect(),
            ..Count::default()
        };
        Ok(())
    }

    /// Runs the precompile that a transaction is sent to, which on Filecoin is a mere transfer.
    /// Says whether it succeeded; `None` if there is no precompile.
    #[must_use]
    pub fn precompile_of_transaction(&self, to: EthAddress, input: &[u8]) -> Option<bool> {
        self.is_precompile(to)
            .then(|| self.precompile(to, input).is_ok())
    }

    /// What a call takes that is no transaction: nothing before it runs.
    pub fn begin_call(&self, gas_limit: u64) {
        let mut count = self.count();
        *count = Count {
            executed: count.executed,
            gas_limit,
            handed_over: gas_limit,
            ..Count::default()
        };
    }

    /// What the transaction used in the end, with what is given back taken off. One that failed
    /// without a frame, as a creation where there is something already, used all.
    #[must_use]
    pub fn end_transaction(&self, success: bool) -> u64 {
        let count = self.count();
        if !success && !count.taken {
            return count.gas_limit;
        }
        let used = count.gas_limit.saturating_sub(count.handed_over);
        let refund = u64::try_from(count.refund).unwrap_or(0);
        used - refund.min(used / self.params.max_refund_quotient())
    }

    /// Which opcodes were met since the account was opened.
    #[must_use]
    pub fn executed(&self) -> BTreeSet<u8> {
        let executed = self.count().executed;
        (0..=u8::MAX)
            .filter(|opcode| executed.bit((*opcode).into()))
            .collect()
    }

    /// What the call has left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.count().handed_over
    }

    /// Is there a precompile at an address by Ethereum's rules? Filecoin reserves more.
    pub(super) fn is_precompile(&self, address: EthAddress) -> bool {
        Precompiles::cancun().contains(&Address::from(address.0))
    }

    fn count(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A frame begins, with what its caller handed over.
    pub(super) fn begin(&self) {
        let mut count = self.count();
        count.taken = true;
        let left = std::mem::take(&mut count.handed_over);
        let since = count.past.len();
        count.frames.push(Running { left, since });
    }

    /// The frame that runs is over; what it leaves is its caller's.
    pub(super) fn end(&self, end: End) {
        let mut count = self.count();
        let Some(Running { left, since }) = count.frames.pop() else {
            return;
        };
        if end != End::Success {
            count.undo(since);
        }
        count.handed_over = if end == End::Halt { 0 } else { left };
        count.taken = true;
    }

    /// Takes what it costs to keep the code that a constructor returns.
    pub(super) fn deposit(&self, size: usize) -> Result<(), ActorError> {
        self.count().take(self.params.code_deposit_cost(size))
    }

    /// Takes what a precompile costs from what was handed over; if that fails, all of it. Says
    /// what Ethereum's answers; where Ethereum has none, that is nothing, and nothing is taken.
    pub(super) fn precompile(
        &self,
        address: EthAddress,
        input: &[u8],
    ) -> Result<Vec<u8>, ActorError> {
        let Some(precompile) = Precompiles::cancun().get(&Address::from(address.0)) else {
            return Ok(Vec::new());
        };
        let mut count = self.count();
        count.taken = true;
        let given = std::mem::take(&mut count.handed_over);
        match precompile.execute(input, given, 0) {
            Ok(output) if output.is_success() => {
                count.handed_over = given - output.gas_used;
                Ok(output.bytes.into())
            }
            _ => Err(out_of_gas()),
        }
    }
}

impl Count {
    fn running(&mut self) -> Result<&mut Running, ActorError> {
        self.frames
            .last_mut()
            .ok_or_else(|| ActorError::assertion_failed("no frame of Ethereum's runs"))
    }

    fn take(&mut self, amount: u64) -> Result<(), ActorError> {
        let running = self.running()?;
        running.left = running.left.checked_sub(amount).ok_or_else(out_of_gas)?;
        Ok(())
    }

    /// Meets an address or a slot; was it cold?
    fn meet(&mut self, what: Warm) -> bool {
        let cold = self.warm.insert(what);
        if cold {
            self.past.push(Event::Met(what));
        }
        cold
    }

    fn refund(&mut self, amount: i64) {
        self.refund += amount;
        self.past.push(Event::Refunded(amount));
    }

    fn undo(&mut self, since: usize) {
        for event in self.past.drain(since..).rev() {
            match event {
                Event::Met(what) => {
                    self.warm.remove(&what);
                }
                Event::Refunded(amount) => self.refund -= amount,
            }
        }
    }
}

/// What a transaction costs before it runs, by the rules of Cancun: for its input, and for so many
/// accounts and slots that it announces.
#[must_use]
pub fn intrinsic_gas(input: &[u8], creates: bool, accounts: usize, slots: usize) -> u64 {
    GasParams::new_spec(SpecId::CANCUN)
        .initial_tx_gas(input, creates, accounts as u64, slots as u64, 0, None)
        .initial_total_gas()
}

/// A frame of Ethereum's fails alone; the machine's gas is another.
fn out_of_gas() -> ActorError {
    ActorError::new(ExitCode::USR_UNSPECIFIED, "out of Ethereum's gas")
}

/// The address of a contract that is created by CREATE or a transaction.
fn created_by_nonce(creator: EthAddress, nonce: u64) -> EthAddress {
    last_20(keccak_256(&eam::rlp_of_pair(creator, nonce)))
}

/// The address of a contract that is created by CREATE2 (EIP-1014).
fn created_by_salt(creator: EthAddress, salt: [u8; 32], initcode: &[u8]) -> EthAddress {
    last_20(keccak_256(
        &[&[0xff], &creator.0[..], &salt, &keccak_256(initcode)].concat(),
    ))
}

fn last_20(hash: [u8; 32]) -> EthAddress {
    EthAddress(*hash.last_chunk().expect("a hash has 32 bytes"))
}

impl fmt::Debug for EthereumGas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EthereumGas({:?})", self.spec)
    }
}
