//! The instruction table: revm's instructions, and ours wherever FEVM differs, the machine is
//! asked, or the order of checks shows in an exit code.

use atoll_keccak::keccak_256;
use fvm_ipld_encoding::IPLD_RAW;
use fvm_shared::address::Address;
use fvm_shared::error::ExitCode;
use fvm_shared::event::{ActorEvent, Entry, Flags};
use revm_interpreter::bytecode::opcode::*;
use revm_interpreter::instructions::memory;
use revm_interpreter::interpreter_types::{LegacyBytecode, LoopControl, MemoryTr};
use revm_interpreter::primitives::{KECCAK_EMPTY, U256};
use revm_interpreter::{
    CallInput, Instruction, InstructionContext, InstructionExecResult, InstructionResult,
    InstructionTable, Interpreter, InterpreterAction, num_words,
};

use crate::error::{ActorError, OrExit};
use crate::inspector::Slot;
use crate::randomness::{self, Purpose};
use crate::runtime::SlotMap;

use super::address::{self, EthAddress};
use super::gas;
use super::interpreter::{Frame, Parts};
use super::words::word_of;
use super::{accounts, calls, creation};

/// What an instruction works on.
pub(super) type Context<'c, 'f, 'r> = InstructionContext<'c, Frame<'f, 'r>, Parts>;

/// The instructions of FEVM. Only what [`gas::OPCODES`] lists exists.
pub(super) const fn table<'f, 'r>() -> InstructionTable<Parts, Frame<'f, 'r>> {
    let revm = revm_interpreter::instruction_table();
    let mut table = [Instruction::unknown(); 256];
    let mut row = 0;
    while row < gas::OPCODES.len() {
        let opcode = gas::OPCODES[row].0 as usize;
        table[opcode] = revm[opcode];
        row += 1;
    }
    table[EXP as usize] = Instruction::new(exp);
    table[KECCAK256 as usize] = Instruction::new(keccak256);
    table[CALLDATACOPY as usize] = Instruction::new(calldatacopy);
    table[CODECOPY as usize] = Instruction::new(codecopy);
    table[RETURNDATACOPY as usize] = Instruction::new(returndatacopy);
    table[MLOAD as usize] = Instruction::new(mload);
    table[MSTORE as usize] = Instruction::new(mstore);
    table[MSTORE8 as usize] = Instruction::new(mstore8);
    table[MCOPY as usize] = Instruction::new(mcopy);
    table[RETURN as usize] = Instruction::new(ret);
    table[REVERT as usize] = Instruction::new(revert);
    table[SLOAD as usize] = Instruction::new(load_slot::<PERSISTENT>);
    table[SSTORE as usize] = Instruction::new(store_slot::<PERSISTENT>);
    table[TLOAD as usize] = Instruction::new(load_slot::<TRANSIENT>);
    table[TSTORE as usize] = Instruction::new(store_slot::<TRANSIENT>);
    table[LOG0 as usize] = Instruction::new(log::<0>);
    table[LOG1 as usize] = Instruction::new(log::<1>);
    table[LOG2 as usize] = Instruction::new(log::<2>);
    table[LOG3 as usize] = Instruction::new(log::<3>);
    table[LOG4 as usize] = Instruction::new(log::<4>);
    table[ORIGIN as usize] = Instruction::new(origin);
    table[BALANCE as usize] = Instruction::new(balance);
    table[SELFBALANCE as usize] = Instruction::new(selfbalance);
    table[BLOCKHASH as usize] = Instruction::new(blockhash);
    table[DIFFICULTY as usize] = Instruction::new(prevrandao);
    table[EXTCODESIZE as usize] = Instruction::new(accounts::extcodesize);
    table[EXTCODECOPY as usize] = Instruction::new(accounts::extcodecopy);
    table[EXTCODEHASH as usize] = Instruction::new(accounts::extcodehash);
    table[CALL as usize] = Instruction::new(calls::call);
    table[STATICCALL as usize] = Instruction::new(calls::staticcall);
    table[DELEGATECALL as usize] = Instruction::new(calls::delegatecall);
    table[CREATE as usize] = Instruction::new(creation::create);
    table[CREATE2 as usize] = Instruction::new(creation::create2);
    table[SELFDESTRUCT as usize] = Instruction::new(creation::selfdestruct);
    table
}

// --- stack, memory, gas ----------------------------------------------------------------------

/// Takes the topmost words, the top first.
pub(super) fn pop<const N: usize>(
    interpreter: &mut Interpreter<Parts>,
) -> Result<[U256; N], InstructionResult> {
    interpreter
        .stack
        .popn()
        .ok_or(InstructionResult::StackUnderflow)
}

/// Puts a word on the stack.
pub(super) fn push(interpreter: &mut Interpreter<Parts>, word: U256) -> InstructionExecResult {
    if interpreter.stack.push(word) {
        Ok(())
    } else {
        Err(InstructionResult::StackOverflow)
    }
}

/// How many bytes a word has.
const WORD: U256 = U256::from_limbs([32, 0, 0, 0]);

/// A range of memory.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Region {
    pub(super) offset: usize,
    pub(super) size: usize,
}

/// Makes room for a range of memory. An empty one needs none, wherever it is.
pub(super) fn region(
    interpreter: &mut Interpreter<Parts>,
    offset: U256,
    size: U256,
) -> Result<Region, InstructionResult> {
    let size = usize::try_from(size).map_err(|_| InstructionResult::InvalidOperandOOG)?;
    if size == 0 {
        return Ok(Region::default());
    }
    let offset = usize::try_from(offset).map_err(|_| InstructionResult::InvalidOperandOOG)?;
    interpreter
        .resize_memory(&gas::PARAMS, offset, size)
        .inspect_err(|_| interpreter.memory.refused_at(offset.saturating_add(size)))?;
    Ok(Region { offset, size })
}

/// Runs an instruction of revm's that makes room for `size` bytes from the topmost word on.
fn from_top<'f, 'r>(
    context: Context<'_, 'f, 'r>,
    size: U256,
    run: impl FnOnce(Context<'_, 'f, 'r>) -> InstructionExecResult,
) -> InstructionExecResult {
    let Context { interpreter, host } = context;
    let offset = interpreter.stack.peek(0).unwrap_or_default();
    let result = run(Context {
        interpreter: &mut *interpreter,
        host,
    });
    if result == Err(InstructionResult::MemoryLimitOOG) {
        let end = offset.saturating_add(size);
        interpreter
            .memory
            .refused_at(usize::try_from(end).unwrap_or(usize::MAX));
    }
    result
}

/// Ends the frame where the official actor has no memory for copies of so many bytes.
fn check_copies(frame: &mut Frame<'_, '_>, bytes: usize) -> InstructionExecResult {
    frame
        .check_copies(bytes as u64)
        .map_err(|error| frame.fail(error))
}

/// Charges for work on some bytes. Comes after [`region`], whose exit codes go first.
pub(super) fn charge_words(
    interpreter: &mut Interpreter<Parts>,
    per_word: u64,
    bytes: usize,
) -> InstructionExecResult {
    charge(
        interpreter,
        per_word.saturating_mul(num_words(bytes) as u64),
    )
}

/// Charges what an opcode costs beyond its own price.
fn charge(interpreter: &mut Interpreter<Parts>, amount: u64) -> InstructionExecResult {
    if interpreter.gas.record_regular_cost(amount) {
        Ok(())
    } else {
        Err(InstructionResult::OutOfGas)
    }
}

/// Fills a range of memory with what `data` has from an offset on, and zeros beyond its end.
pub(super) fn copy_in(
    interpreter: &mut Interpreter<Parts>,
    to: Region,
    from: U256,
    data: &[u8],
) -> InstructionExecResult {
    charge_words(interpreter, gas::COPY_WORD, to.size)?;
    if to.size > 0 {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        interpreter.memory.set_data(to.offset, from, to.size, data);
    }
    Ok(())
}

// --- computation -----------------------------------------------------------------------------

fn exp(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [base, exponent] = pop(context.interpreter)?;
    charge(
        context.interpreter,
        gas::EXP_BIT * exponent.bit_len() as u64,
    )?;
    push(context.interpreter, base.pow(exponent))
}

fn keccak256(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let interpreter = context.interpreter;
    let [offset, size] = pop(interpreter)?;
    let Region { offset, size } = region(interpreter, offset, size)?;
    charge_words(interpreter, gas::KECCAK_WORD, size)?;
    let hash = match size {
        0 => KECCAK_EMPTY,
        _ => keccak_256(&interpreter.memory.slice(offset..offset + size)).into(),
    };
    push(interpreter, hash.into())
}

fn calldatacopy(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [to, from, size] = pop(context.interpreter)?;
    let to = region(context.interpreter, to, size)?;
    let data = match &context.interpreter.input.input {
        CallInput::Bytes(bytes) => bytes.clone(),
        CallInput::SharedBuffer(_) => Default::default(),
    };
    copy_in(context.interpreter, to, from, &data)
}

fn codecopy(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [to, from, size] = pop(context.interpreter)?;
    let to = region(context.interpreter, to, size)?;
    charge_words(context.interpreter, gas::COPY_WORD, to.size)?;
    if to.size > 0 {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let Interpreter {
            memory, bytecode, ..
        } = context.interpreter;
        memory.set_data(to.offset, from, to.size, bytecode.bytecode_slice());
    }
    Ok(())
}

fn returndatacopy(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [to, from, size] = pop(context.interpreter)?;
    let to = region(context.interpreter, to, size)?;
    let data = context.interpreter.return_data.0.clone();
    // Unlike the other copies, this one may not read beyond the end, not even nothing.
    let end = usize::try_from(from)
        .ok()
        .and_then(|from| from.checked_add(to.size));
    if end.is_none_or(|end| end > data.len()) {
        return Err(InstructionResult::OutOfOffset);
    }
    copy_in(context.interpreter, to, from, &data)
}

fn mload(context: Context<'_, '_, '_>) -> InstructionExecResult {
    from_top(context, WORD, memory::mload)
}

fn mstore(context: Context<'_, '_, '_>) -> InstructionExecResult {
    from_top(context, WORD, memory::mstore)
}

fn mstore8(context: Context<'_, '_, '_>) -> InstructionExecResult {
    from_top(context, U256::ONE, memory::mstore8)
}

fn ret(context: Context<'_, '_, '_>) -> InstructionExecResult {
    leave(context, InstructionResult::Return)
}

fn revert(context: Context<'_, '_, '_>) -> InstructionExecResult {
    leave(context, InstructionResult::Revert)
}

/// Ends the frame with what is in a range of memory.
fn leave(context: Context<'_, '_, '_>, end: InstructionResult) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [offset, size] = pop(interpreter)?;
    let Region { offset, size } = region(interpreter, offset, size)?;
    // Once as the output. Code is not copied again, an answer is, and what a contract reverts with is
    // encoded beside it, for which the official actor asks in a way that does not end its instance.
    check_copies(frame, size)?;
    let again = match end {
        InstructionResult::Revert => frame
            .check_copies(2 * size as u64)
            .map_err(|error| ActorError::assertion_failed(error.words)),
        _ if frame.contract.is_new() => Ok(()),
        _ => frame.check_copies(2 * size as u64),
    };
    again.map_err(|error| frame.fail(error))?;
    let output = interpreter.memory.copy_out(offset, size).into();
    let gas = interpreter.gas;
    interpreter
        .bytecode
        .set_action(InterpreterAction::new_return(end, output, gas));
    Err(end)
}

fn mcopy(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let interpreter = context.interpreter;
    let [to, from, size] = pop(interpreter)?;
    let from = region(interpreter, from, size)?;
    let to = region(interpreter, to, size)?;
    charge_words(interpreter, gas::COPY_WORD, to.size)?;
    if to.size > 0 {
        interpreter.memory.copy(to.offset, from.offset, to.size);
    }
    Ok(())
}

// --- storage ---------------------------------------------------------------------------------

const PERSISTENT: bool = true;
const TRANSIENT: bool = false;

const fn map_of(persistent: bool) -> SlotMap {
    if persistent {
        SlotMap::Persistent
    } else {
        SlotMap::Transient
    }
}

fn load_slot<const MAP: bool>(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [key] = pop(interpreter)?;
    let (map, key) = (map_of(MAP), key.to_be_bytes());
    let value = frame
        .contract
        .slot(map, &key)
        .map_err(|error| frame.fail(error))?;
    meet(interpreter, frame, map, &key, &value)?;
    if let Some(inspector) = frame.inspector {
        inspector.slot_read(&Slot { map, key, value });
    }
    push(interpreter, U256::from_be_bytes(value))
}

fn store_slot<const MAP: bool>(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [key, value] = pop(interpreter)?;
    frame.writable("a store")?;
    let (map, key, value) = (map_of(MAP), key.to_be_bytes(), value.to_be_bytes());
    let old = frame
        .contract
        .slot(map, &key)
        .map_err(|error| frame.fail(error))?;
    meet(interpreter, frame, map, &key, &old)?;
    // Writing what is there changes nothing, not even whether the state is written again.
    if old != value {
        if map == SlotMap::Transient {
            charge(interpreter, gas::transient_change(&old))?;
        }
        frame
            .contract
            .set_slot(map, &key, &old, &value)
            .map_err(|error| frame.fail(error))?;
    }
    if let Some(inspector) = frame.inspector {
        inspector.slot_written(&Slot { map, key, value }, &old);
    }
    Ok(())
}

/// Charges for an access of a frame to a slot, beyond the opcode.
fn meet(
    interpreter: &mut Interpreter<Parts>,
    frame: &mut Frame<'_, '_>,
    map: SlotMap,
    key: &[u8; 32],
    value: &[u8; 32],
) -> InstructionExecResult {
    match map {
        SlotMap::Persistent => charge(interpreter, gas::access(frame.met.meet(key), value)),
        SlotMap::Transient => Ok(()),
    }
}

// --- events ----------------------------------------------------------------------------------

/// The keys under which an event carries the topics and the data of a log.
const TOPIC_KEYS: [&str; 4] = ["t1", "t2", "t3", "t4"];
const DATA_KEY: &str = "d";

fn log<const TOPICS: usize>(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [offset, size] = peek_log(interpreter, TOPICS)?;
    let topics: [U256; TOPICS] = pop(interpreter)?;
    frame.writable("a log")?;
    let data = region(interpreter, offset, size)?;
    // Once as an entry, once with all values in a row.
    check_copies(frame, 2 * data.size)?;
    charge_words(interpreter, gas::LOG_WORD, data.size)?;
    let entry = |key: &str, value: Vec<u8>| Entry {
        flags: Flags::FLAG_INDEXED_ALL,
        key: key.to_owned(),
        codec: IPLD_RAW,
        value,
    };
    let mut entries = Vec::with_capacity(TOPICS + 1);
    for (topic, key) in topics.iter().zip(TOPIC_KEYS) {
        entries.push(entry(key, topic.to_be_bytes_vec()));
    }
    if data.size > 0 {
        entries.push(entry(
            DATA_KEY,
            interpreter.memory.copy_out(data.offset, data.size),
        ));
    }
    frame.outside(&mut interpreter.gas, |frame| {
        frame
            .contract
            .rt
            .emit(ActorEvent { entries })?
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "emit an event")
    })
}

/// Takes the range of a log, if its topics are there as well.
fn peek_log(
    interpreter: &mut Interpreter<Parts>,
    topics: usize,
) -> Result<[U256; 2], InstructionResult> {
    if interpreter.stack.len() < topics + 2 {
        return Err(InstructionResult::StackUnderflow);
    }
    pop(interpreter)
}

// --- the world -------------------------------------------------------------------------------

/// How far back BLOCKHASH sees. The machine itself would answer for a whole finality.
const BLOCKHASH_DEPTH: i64 = 256;

fn origin(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let address = frame.outside(&mut interpreter.gas, |frame| {
        let rt = frame.contract.rt;
        address::of_actor(rt, rt.message().origin)
    })?;
    push(interpreter, address.to_word())
}

fn balance(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [address] = pop(interpreter)?;
    let address: Address = EthAddress::from_word(address).to_filecoin();
    let balance = frame.outside(&mut interpreter.gas, |frame| {
        let rt = frame.contract.rt;
        match rt.resolve(&address)? {
            Some(id) => Ok(rt.balance_of(id)?.unwrap_or_default()),
            None => Ok(Default::default()),
        }
    })?;
    push(interpreter, word_of(&balance))
}

fn selfbalance(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let balance = frame.outside(&mut interpreter.gas, |frame| frame.contract.rt.balance())?;
    push(interpreter, word_of(&balance))
}

fn blockhash(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [number] = pop(interpreter)?;
    let now = frame.contract.rt.network().epoch;
    let asked = i64::try_from(number)
        .ok()
        .filter(|n| (now - BLOCKHASH_DEPTH..now).contains(n));
    let Some(epoch) = asked else {
        return push(interpreter, U256::ZERO);
    };
    let tipset = frame.outside(&mut interpreter.gas, |frame| {
        frame.contract.rt.tipset_cid(epoch)
    })?;
    let hash = match tipset {
        Ok(cid) => {
            let digest = cid.hash().digest();
            U256::try_from_be_slice(&digest[..digest.len().min(32)]).unwrap_or_default()
        }
        Err(_) => U256::ZERO,
    };
    push(interpreter, hash)
}

/// The randomness of this epoch: Filecoin knows it before anything runs, Ethereum only that of
/// the block before (EIP-4399, FIP-0075).
fn prevrandao(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let random = match frame.prevrandao {
        Some(random) => random,
        None => {
            let random = frame.outside(&mut interpreter.gas, |frame| {
                let rt = frame.contract.rt;
                let epoch = rt.network().epoch;
                randomness::from_beacon(rt, Purpose::EvmPrevRandao, epoch, b"prevrandao")
            })?;
            *frame.prevrandao.insert(U256::from_be_bytes(random))
        }
    };
    push(interpreter, random)
}

impl Frame<'_, '_> {
    /// Fails with 25 in a read-only frame.
    pub(super) fn writable(&mut self, what: &str) -> InstructionExecResult {
        if self.contract.read_only {
            return Err(self.fail(ActorError::read_only(format!("{what} in a read-only call"))));
        }
        Ok(())
    }
}
