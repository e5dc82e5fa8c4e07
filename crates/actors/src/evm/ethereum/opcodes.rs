//! What each opcode costs on Ethereum, taken before it is executed.

use revm_interpreter::bytecode::opcode::*;
use revm_interpreter::context_interface::context::SStoreResult;
use revm_interpreter::interpreter_types::{Jumps, MemoryTr};
use revm_interpreter::primitives::U256;
use revm_interpreter::primitives::hardfork::SpecId;
use revm_interpreter::{InstructionExecResult, InstructionResult, Interpreter, num_words};

use crate::error::ActorError;
use crate::kinds::ActorKind;
use crate::runtime::{Runtime, SlotMap};

use super::super::address::EthAddress;
use super::super::gas;
use super::super::instructions::{pop, push, region};
use super::super::interpreter::{Frame, Parts};
use super::super::words::word_of;
use super::{Count, EthereumGas, SlotOf, Warm, created_by_nonce, created_by_salt, out_of_gas};

/// How many frames may nest below the first.
const DEPTH_MAX: usize = 1024;

/// The longest initcode (EIP-3860).
const INITCODE_MAX: usize = 2 * 24_576;

/// Runs a frame, opcode by opcode, on Ethereum's gas.
pub(in super::super) fn run(
    interpreter: &mut Interpreter<Parts>,
    frame: &mut Frame<'_, '_>,
    account: &EthereumGas,
) -> InstructionResult {
    let table = &Frame::INSTRUCTIONS;
    loop {
        let opcode = interpreter.bytecode.opcode();
        let executed = match account.before(opcode, interpreter, frame) {
            Ok(Next::Execute) => interpreter.step(table, &gas::STATIC, frame),
            Ok(Next::Refuse) => refuse(opcode, interpreter),
            Err(error) => Err(frame.fail(error)),
        };
        if let Err(end) = executed.and_then(|()| account.after(opcode, interpreter)) {
            return end;
        }
    }
}

/// What to do with an opcode that was paid for.
enum Next {
    Execute,
    /// A call or creation that Ethereum does not begin, where Filecoin would: it pushes zero.
    Refuse,
}

/// Goes on as if a call or a creation had been refused.
fn refuse(opcode: u8, interpreter: &mut Interpreter<Parts>) -> InstructionExecResult {
    interpreter.bytecode.relative_jump(1);
    interpreter.return_data.0 = Default::default();
    match opcode {
        CREATE => {
            let [_, offset, size] = pop(interpreter)?;
            region(interpreter, offset, size)?;
        }
        CREATE2 => {
            let [_, offset, size, _] = pop(interpreter)?;
            region(interpreter, offset, size)?;
        }
        _ => {
            if opcode == CALL {
                let [gas, to, _] = pop(interpreter)?;
                for word in [to, gas] {
                    push(interpreter, word)?;
                }
            }
            let [_, _, input, input_size, output, output_size] = pop(interpreter)?;
            region(interpreter, input, input_size)?;
            region(interpreter, output, output_size)?;
        }
    }
    push(interpreter, U256::ZERO)
}

impl EthereumGas {
    fn since(&self, spec: SpecId) -> bool {
        self.spec.is_enabled_in(spec)
    }

    /// Takes what an opcode costs. If its operands are not there it costs nothing, since it ends
    /// the frame.
    fn before(
        &self,
        opcode: u8,
        interpreter: &Interpreter<Parts>,
        frame: &mut Frame<'_, '_>,
    ) -> Result<Next, ActorError> {
        let mut count = self.count();
        count.executed.set_bit(opcode.into(), true);
        let words = Words(interpreter.stack.data());
        if words.0.len() < operands(opcode) {
            return Ok(Next::Execute);
        }
        count.take(self.table[usize::from(opcode)].into())?;
        let own = own_address(interpreter);
        let size = |at| words.size(at);
        match opcode {
            EXP => count.take(self.params.exp_cost(words.at(1)))?,
            KECCAK256 => {
                self.take_memory(&mut count, interpreter, &[(0, 1)])?;
                count.take(self.params.keccak256_cost(size(1)))?;
            }
            MLOAD | MSTORE => {
                self.take_memory_to(&mut count, interpreter, end(words.at(0), U256::from(32)))?;
            }
            MSTORE8 => {
                self.take_memory_to(&mut count, interpreter, end(words.at(0), U256::ONE))?;
            }
            CALLDATACOPY | CODECOPY | RETURNDATACOPY => {
                self.take_memory(&mut count, interpreter, &[(0, 2)])?;
                count.take(self.params.copy_cost(size(2)))?;
            }
            MCOPY => {
                self.take_memory(&mut count, interpreter, &[(0, 2), (1, 2)])?;
                count.take(self.params.mcopy_cost(size(2)))?;
            }
            EXTCODECOPY => {
                self.take_memory(&mut count, interpreter, &[(1, 3)])?;
                count.take(self.params.extcodecopy(size(3)))?;
                self.take_account(&mut count, words.address(0))?;
            }
            BALANCE | EXTCODESIZE | EXTCODEHASH => {
                self.take_account(&mut count, words.address(0))?;
            }
            LOG0..=LOG4 => {
                self.take_memory(&mut count, interpreter, &[(0, 1)])?;
                let size = u64::try_from(words.at(1)).unwrap_or(u64::MAX);
                count.take(self.params.log_cost(opcode - LOG0, size))?;
            }
            RETURN | REVERT => self.take_memory(&mut count, interpreter, &[(0, 1)])?,
            SLOAD => {
                let slot = (own, words.at(0).to_be_bytes());
                if count.meet(Warm::Slot(slot)) {
                    count.take(self.params.cold_storage_additional_cost())?;
                }
            }
            SSTORE => {
                let slot = (own, words.at(0).to_be_bytes());
                self.take_store(&mut count, slot, words.at(1), frame)?;
            }
            CALL | STATICCALL | DELEGATECALL => {
                return self.take_call(&mut count, opcode, interpreter, frame);
            }
            CREATE | CREATE2 => return self.take_creation(&mut count, opcode, interpreter, frame),
            SELFDESTRUCT => {
                let to = words.address(0);
                let cold = self.since(SpecId::BERLIN) && count.meet(Warm::Account(to));
                let rt = frame.contract.rt;
                let tops_up = self.since(SpecId::TANGERINE)
                    && rt.balance()? != Default::default()
                    && is_empty(rt, to)?;
                count.take(self.params.selfdestruct_cost(tops_up, cold))?;
            }
            _ => {}
        }
        Ok(Next::Execute)
    }

    /// After an opcode: takes back what a callee left, and shows the gas that there is.
    fn after(&self, opcode: u8, interpreter: &mut Interpreter<Parts>) -> InstructionExecResult {
        let mut count = self.count();
        match opcode {
            CALL | STATICCALL | DELEGATECALL | CREATE | CREATE2 => {
                let failed = interpreter.stack.data().last().is_some_and(U256::is_zero);
                let left = std::mem::take(&mut count.handed_over);
                // A creation that fails without a frame found something at its address. One that
                // is refused handed nothing over.
                let burnt = matches!(opcode, CREATE | CREATE2) && failed && !count.taken;
                if let Some(running) = count.frames.last_mut().filter(|_| !burnt) {
                    running.left += left;
                }
            }
            GAS => {
                let left = count.frames.last().map_or(0, |running| running.left);
                pop::<1>(interpreter)?;
                push(interpreter, U256::from(left))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes what memory costs that grows to hold some ranges, each given by where its offset and
    /// its size are on the stack.
    fn take_memory(
        &self,
        count: &mut Count,
        interpreter: &Interpreter<Parts>,
        ranges: &[(usize, usize)],
    ) -> Result<(), ActorError> {
        let words = Words(interpreter.stack.data());
        let ends = ranges
            .iter()
            .map(|(offset, size)| end(words.at(*offset), words.at(*size)));
        let end = ends.max().unwrap_or_default();
        self.take_memory_to(count, interpreter, end)
    }

    fn take_memory_to(
        &self,
        count: &mut Count,
        interpreter: &Interpreter<Parts>,
        end: usize,
    ) -> Result<(), ActorError> {
        let (now, then) = (num_words(interpreter.memory.size()), num_words(end));
        if then <= now {
            return Ok(());
        }
        let cost = |words| self.params.memory_cost(words);
        count.take(cost(then).saturating_sub(cost(now)))
    }

    fn take_account(&self, count: &mut Count, address: EthAddress) -> Result<(), ActorError> {
        if count.meet(Warm::Account(address)) {
            count.take(self.params.cold_account_additional_cost())?;
        }
        Ok(())
    }

    /// EIP-2200, EIP-2929, EIP-3529.
    fn take_store(
        &self,
        count: &mut Count,
        slot: SlotOf,
        value: U256,
        frame: &mut Frame<'_, '_>,
    ) -> Result<(), ActorError> {
        let net = self.since(SpecId::ISTANBUL);
        if net && count.running()?.left <= self.params.call_stipend() {
            return Err(out_of_gas());
        }
        count.take(self.params.sstore_static_gas())?;
        let present = frame.contract.slot(SlotMap::Persistent, &slot.1)?;
        let original = *count.original.entry(slot).or_insert(present);
        let values = SStoreResult {
            original_value: U256::from_be_bytes(original),
            present_value: U256::from_be_bytes(present),
            new_value: value,
        };
        let cold = count.meet(Warm::Slot(slot));
        count.take(self.params.sstore_dynamic_gas(net, &values, cold))?;
        count.refund(self.params.sstore_refund(net, &values));
        Ok(())
    }

    /// Takes what a call costs, and hands over what the callee may use: at most 63 of 64 parts of
    /// what is left (EIP-150), and a stipend if value goes along.
    fn take_call(
        &self,
        count: &mut Count,
        opcode: u8,
        interpreter: &Interpreter<Parts>,
        frame: &Frame<'_, '_>,
    ) -> Result<Next, ActorError> {
        let words = Words(interpreter.stack.data());
        let to = words.address(1);
        let (value, input) = match opcode {
            CALL => (words.at(2), 3),
            _ => (U256::ZERO, 2),
        };
        let ranges = [(input, input + 1), (input + 2, input + 3)];
        self.take_memory(count, interpreter, &ranges)?;
        self.take_account(count, to)?;
        let mut stipend = 0;
        if !value.is_zero() {
            count.take(self.params.transfer_value_cost())?;
            stipend = self.params.call_stipend();
        }
        if opcode == CALL {
            let rules_of_161 = self.since(SpecId::SPURIOUS_DRAGON);
            let cost = self.params.new_account_cost(rules_of_161, !value.is_zero());
            if cost > 0 && is_empty(frame.contract.rt, to)? {
                count.take(cost)?;
            }
        }
        let asked = u64::try_from(words.at(0)).unwrap_or(u64::MAX);
        let given = if self.since(SpecId::TANGERINE) {
            let left = count.running()?.left;
            asked.min(left - left / 64)
        } else {
            asked
        };
        count.take(given)?;
        count.hand_over(given + stipend);
        let too_deep = count.frames.len() > DEPTH_MAX;
        decide(frame, !value.is_zero(), too_deep, value)
    }

    /// Takes what a creation costs, and hands over 63 of 64 parts of what is left.
    fn take_creation(
        &self,
        count: &mut Count,
        opcode: u8,
        interpreter: &Interpreter<Parts>,
        frame: &Frame<'_, '_>,
    ) -> Result<Next, ActorError> {
        let words = Words(interpreter.stack.data());
        let own = own_address(interpreter);
        let size = words.size(2);
        self.take_memory(count, interpreter, &[(1, 2)])?;
        if self.since(SpecId::SHANGHAI) {
            if size > INITCODE_MAX {
                return Err(out_of_gas());
            }
            count.take(self.params.initcode_cost(size))?;
        }
        count.take(match opcode {
            CREATE => self.params.create_cost(),
            _ => self.params.create2_cost(size),
        })?;
        let nonce = frame.contract.nonce();
        // EIP-2681: the nonce stays below 2^64 - 1.
        let refused = count.frames.len() > DEPTH_MAX || nonce == u64::MAX;
        if let Next::Refuse = decide(frame, true, refused, words.at(0))? {
            count.hand_over(0);
            return Ok(Next::Refuse);
        }
        let created = match opcode {
            CREATE => created_by_nonce(own, nonce),
            _ => {
                let initcode = bytes_at(interpreter, words.at(1), size);
                created_by_salt(own, words.at(3).to_be_bytes(), &initcode)
            }
        };
        count.meet(Warm::Account(created));
        let left = count.running()?.left;
        let given = left - left / 64;
        count.take(given)?;
        count.hand_over(given);
        Ok(Next::Execute)
    }
}

/// Whether a call or a creation is refused, for a reason that is known or for want of the value.
/// One that writes where a frame may not ends the frame, whatever else there is.
fn decide(
    frame: &Frame<'_, '_>,
    writes: bool,
    refused: bool,
    value: U256,
) -> Result<Next, ActorError> {
    let contract = &frame.contract;
    let violates = writes && contract.read_only;
    let poor = !value.is_zero() && word_of(&contract.rt.balance()?) < value;
    Ok(if (refused || poor) && !violates {
        Next::Refuse
    } else {
        Next::Execute
    })
}

impl Count {
    fn hand_over(&mut self, gas: u64) {
        self.handed_over = gas;
        self.taken = false;
    }
}

/// The account whose storage the code works on.
fn own_address(interpreter: &Interpreter<Parts>) -> EthAddress {
    EthAddress(interpreter.input.target_address.into_array())
}

/// What is on the stack, seen from its top.
struct Words<'s>(&'s [U256]);

impl Words<'_> {
    fn at(&self, place: usize) -> U256 {
        self.0[self.0.len() - 1 - place]
    }

    /// A size, which cannot be paid for where it is beyond the machine's.
    fn size(&self, place: usize) -> usize {
        usize::try_from(self.at(place)).unwrap_or(usize::MAX)
    }

    fn address(&self, place: usize) -> EthAddress {
        EthAddress::from_word(self.at(place))
    }
}

/// How many words an opcode takes, of those that this file looks at.
fn operands(opcode: u8) -> usize {
    match opcode {
        MLOAD | SLOAD | BALANCE | EXTCODESIZE | EXTCODEHASH | SELFDESTRUCT => 1,
        EXP | KECCAK256 | MSTORE | MSTORE8 | SSTORE | LOG0..=LOG4 | RETURN | REVERT => 2,
        CALLDATACOPY | CODECOPY | RETURNDATACOPY | MCOPY | CREATE => 3,
        EXTCODECOPY | CREATE2 => 4,
        STATICCALL | DELEGATECALL => 6,
        CALL => 7,
        _ => 0,
    }
}

/// The end of a range of memory; an empty one has none.
fn end(offset: U256, size: U256) -> usize {
    if size.is_zero() {
        return 0;
    }
    usize::try_from(offset.saturating_add(size)).unwrap_or(usize::MAX)
}

/// A range of memory that was paid for, and need not be there yet.
fn bytes_at(interpreter: &Interpreter<Parts>, offset: U256, size: usize) -> Vec<u8> {
    let memory = interpreter.memory.bytes();
    let offset = usize::try_from(offset).unwrap_or(usize::MAX);
    let held = memory.get(offset..).unwrap_or_default();
    let mut bytes = held[..held.len().min(size)].to_vec();
    bytes.resize(size, 0);
    bytes
}

/// Is there nothing, as Ethereum sees it (EIP-161)? An Ethereum account has sent something, or it
/// were a placeholder.
fn is_empty(rt: &dyn Runtime, address: EthAddress) -> Result<bool, ActorError> {
    let Some(id) = rt.resolve(&address.to_filecoin())? else {
        return Ok(true);
    };
    let Some(code) = rt.code_of(id)? else {
        return Ok(true);
    };
    let untouched = match rt.kind_of_code(&code)? {
        Some(ActorKind::Placeholder) => true,
        // Nobody has signed for zero, though its account is there from the first state on.
        Some(ActorKind::EthAccount) => address.0 == [0; 20],
        _ => false,
    };
    Ok(untouched && rt.balance_of(id)?.unwrap_or_default() == Default::default())
}
