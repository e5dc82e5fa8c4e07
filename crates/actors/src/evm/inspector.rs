//! What a tracer sees of a running contract.

use cid::Cid;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::error::ExitCode;
use revm_interpreter::primitives::U256;

use super::address::EthAddress;
use crate::kinds::ActorKind;
use crate::runtime::{MessageInfo, SlotMap};

/// Watches native actors run, and contracts step by step. Methods take `&self`: a tracer that collects
/// keeps a cell.
///
/// A frame asks once whether anyone watches ([`crate::Runtime::inspector`]); if not, it runs a
/// loop that knows nothing of this trait.
pub trait Inspector {
    /// A native actor is called, contract or not. Calls nest.
    fn entered(&self, _call: &Entered<'_>) {}

    /// The call that was entered last and not left is over.
    fn left(&self, _code: ExitCode) {}

    /// A frame begins to run code.
    fn begin(&self, _begin: &Begin<'_>) {}

    /// Before an opcode is executed.
    fn step(&self, step: &Step<'_>);

    /// A slot was read.
    fn slot_read(&self, _slot: &Slot) {}

    /// A slot is about to be written.
    fn slot_written(&self, _slot: &Slot, _old: &[u8; 32]) {}

    /// The state of the frame that began last is written: what it changed is seen by others from
    /// now on, and was charged for.
    fn state_written(&self) {}

    /// The frame that began last and has not ended is over.
    fn end(&self) {}

    /// A native actor, contract or not, was charged gas by its own table, and what for. What the
    /// machine charges for what actors ask of it is in the message's trace.
    fn charged(&self, _cause: &'static str, _gas: u64) {}

    /// A native actor read a block of state. Slots that are at hand need none.
    fn block_read(&self, _cid: &Cid, _size: usize) {}

    /// A native actor wrote a block of state. Slots are written at a flush, which is nobody's call.
    fn block_written(&self, _cid: &Cid, _size: usize) {}

    /// A native actor has a new state.
    fn root_set(&self, _root: &Cid) {}
}

/// A call of a native actor.
#[derive(Debug)]
pub struct Entered<'a> {
    /// What the actor is.
    pub kind: ActorKind,
    /// Who calls whom, how, and with what value.
    pub message: &'a MessageInfo,
    /// The parameters.
    pub params: Option<&'a IpldBlock>,
    /// The gas that the call may use.
    pub gas: u64,
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
