//! What a tracer sees of a message that runs: the calls of all actors with what they pay, read and
//! write, and contracts step by step.

use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::{ActorID, MethodNum};
use revm_interpreter::primitives::U256;

use crate::evm::EthAddress;
use crate::kinds::ActorKind;
use crate::runtime::SlotMap;

/// Watches messages run, and contracts step by step. Everything is told in order, at the moment it
/// happens; what a call that fails did was told all the same. Methods take `&self`: a tracer that
/// collects keeps a cell.
///
/// The first methods are about calls of any actor, native, Wasm or none at all; those after them
/// about the code of contracts that run natively. A frame of a contract asks once whether anyone
/// watches ([`crate::Runtime::inspector`]); if not, it runs a loop that knows nothing of this trait.
pub trait Inspector {
    /// The chain or an actor calls an actor. Calls nest: each is over when it is answered or refused.
    ///
    /// The account that the machine makes for a key which receives something is not called. What it
    /// takes to construct it belongs to the call that needed it, before its callee is found.
    fn called(&self, _call: &Called<'_>) {}

    /// The callee of the innermost call is found, and is about to get its value. A bare transfer
    /// runs no code after that.
    fn found(&self, _callee: &Callee<'_>) {}

    /// The innermost call is answered.
    fn answered(&self, _code: ExitCode, _data: Option<Block<'_>>) {}

    /// The innermost call could not be made, or was ended from outside.
    fn refused(&self, _number: ErrorNumber, _words: &str) {}

    /// The innermost call was charged gas, or could not pay: for what it asked of the machine, for
    /// Wasm that was executed, or by the table of a native actor. Only the inclusion of the message
    /// is charged before its call.
    fn charged(&self, _charge: &Charge<'_>) {}

    /// The actor that runs read a block of state. Slots that are at hand need none.
    fn block_read(&self, _cid: &Cid, _size: usize) {}

    /// The actor that runs wrote a block of state. Slots are written at a flush, which is nobody's
    /// call.
    fn block_written(&self, _cid: &Cid, _size: usize) {}

    /// The actor that runs has a new state.
    fn root_set(&self, _root: &Cid) {}

    /// The actor that runs says something, on a network where actors may.
    fn said(&self, _words: &str) {}

    /// A frame begins to run code.
    fn begin(&self, _begin: &Begin<'_>) {}

    /// Before an opcode is executed.
    fn step(&self, _step: &Step<'_>) {}

    /// A slot was read.
    fn slot_read(&self, _slot: &Slot) {}

    /// A slot is about to be written.
    fn slot_written(&self, _slot: &Slot, _old: &[u8; 32]) {}

    /// The state of the frame that began last is written: what it changed is seen by others from
    /// now on, and was charged for.
    fn state_written(&self) {}

    /// The frame that began last and has not ended is over.
    fn end(&self) {}
}

/// A call of an actor.
#[derive(Debug)]
pub struct Called<'a> {
    /// The caller.
    pub from: ActorID,
    /// The address as the caller gave it.
    pub to: &'a Address,
    /// The method.
    pub method: MethodNum,
    /// The parameters.
    pub params: Option<Block<'a>>,
    /// What goes along.
    pub value: &'a TokenAmount,
    /// What the call may use, in whole gas.
    pub gas_limit: u64,
    /// May the call change nothing?
    pub read_only: bool,
}

/// Who is called, as it is before the call.
#[derive(Debug)]
pub struct Callee<'a> {
    /// The callee.
    pub id: ActorID,
    /// Its code.
    pub code: &'a Cid,
    /// What it is, if its code is native.
    pub kind: Option<ActorKind>,
    /// Its f4 address, if it has one.
    pub delegated_address: Option<&'a Address>,
}

/// Data that actors pass to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// The multicodec of its format.
    pub codec: u64,
    /// Its bytes.
    pub data: &'a [u8],
}

/// Gas, in thousandths, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charge<'a> {
    /// What the gas is for, in the words that every Filecoin node uses in its traces, or in a
    /// native actor's own.
    pub cause: &'a str,
    /// For work that is done now.
    pub compute_milligas: u64,
    /// For the rest: storage, memory, work that is put off.
    pub other_milligas: u64,
}

/// A frame that begins.
#[derive(Debug)]
pub struct Begin<'a> {
    /// The contract whose state it is.
    pub address: EthAddress,
    /// Who called, as the contract sees it.
    pub caller: EthAddress,
    /// The call data.
    pub input: &'a [u8],
    /// The code, which need not be the contract's.
    pub code: &'a [u8],
    /// The gas that it may use.
    pub gas: u64,
}

/// The state of a frame before an opcode.
#[derive(Debug)]
pub struct Step<'a> {
    /// Where the opcode is.
    pub pc: usize,
    /// The opcode.
    pub opcode: u8,
    /// The gas that is left before it.
    pub gas: u64,
    /// The stack, its top last.
    pub stack: &'a [U256],
    /// The memory.
    pub memory: &'a [u8],
    /// What the last call returned.
    pub return_data: &'a [u8],
}

impl Step<'_> {
    /// What the opcode is called.
    #[must_use]
    pub fn name(&self) -> &'static str {
        revm_interpreter::bytecode::opcode::OpCode::name_by_op(self.opcode)
    }
}

/// A slot of the running contract, with what it holds afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// In which map.
    pub map: SlotMap,
    /// Its key.
    pub key: [u8; 32],
    /// Its value.
    pub value: [u8; 32],
}
