//! Runs code: revm's interpreter over our memory, our gas and our view of the world.
//!
//! Gas is counted twice, in the same unit. The interpreter counts down what an opcode costs by
//! itself; the machine charges what it is asked for. Before a frame asks the machine for
//! anything, it settles what the interpreter used; afterwards the interpreter goes on with what
//! the machine says is left ([`Frame::outside`]).

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use revm_interpreter::bytecode::Bytecode;
use revm_interpreter::bytecode::opcode::{DUP1, DUP16};
use revm_interpreter::context_interface::cfg::GasParams;
use revm_interpreter::interpreter::{ExtBytecode, ReturnDataImpl, RuntimeFlags};
use revm_interpreter::interpreter_types::{Jumps, LoopControl};
use revm_interpreter::primitives::hardfork::SpecId;
use revm_interpreter::primitives::{Address, Bytes, U256};
use revm_interpreter::{
    CallInput, Gas, InputsImpl, InstructionResult, Interpreter, InterpreterAction,
    InterpreterTypes, STACK_LIMIT, Stack,
};

use crate::error::{ActorError, OrExit};
use crate::inspector::{Begin, Inspector, Step};
use crate::runtime::Runtime;
use crate::state::Store;

use super::address::EthAddress;
use super::memory::Memory;
use super::near::Keys;
use super::state::Contract;
use super::words::word_of;
use super::{EthereumGas, ethereum, exit, gas, instructions, memory};

/// The parts of revm's interpreter, with our memory.
#[derive(Debug)]
pub(super) struct Parts;

impl InterpreterTypes for Parts {
    type Stack = Stack;
    type Memory = Memory;
    type Bytecode = ExtBytecode;
    type ReturnData = ReturnDataImpl;
    type Input = InputsImpl;
    type RuntimeFlag = RuntimeFlags;
    type Extend = ();
    type Output = InterpreterAction;
}

/// One run of one code.
pub(super) struct Call {
    /// What is run.
    pub(super) code: Bytecode,
    /// Who called, as contracts know it.
    pub(super) caller: EthAddress,
    /// The contract whose state it is.
    pub(super) address: EthAddress,
    /// What came along.
    pub(super) value: TokenAmount,
    /// The call data.
    pub(super) input: Vec<u8>,
}

/// How a run ended, other than by an error.
pub(super) enum Outcome {
    /// STOP, RETURN or SELFDESTRUCT.
    Return(Bytes),
    /// REVERT: the changes are undone.
    Revert(Bytes),
}

/// What instructions reach beyond the interpreter.
pub(super) struct Frame<'f, 'r> {
    pub(super) contract: &'f mut Contract<'r>,
    pub(super) caller: EthAddress,
    pub(super) value: TokenAmount,
    pub(super) inspector: Option<&'r dyn Inspector>,
    /// Ethereum's gas, if a test counts it.
    pub(super) ethereum: Option<&'r EthereumGas>,
    /// The prices that revm's instructions ask for, looked up once a frame.
    pub(super) params: &'static GasParams,
    /// The slots that this frame has met.
    pub(super) met: Keys,
    /// The draw behind PREVRANDAO, once a frame.
    pub(super) prevrandao: Option<U256>,
    /// How much memory the interpreter holds, and how much of it the machine knows of.
    memory_held: Rc<Cell<u64>>,
    memory_taken: u64,
    /// What the machine said was left when the interpreter last went on.
    granted: u64,
    /// Why an instruction failed with [`InstructionResult::FatalExternalError`].
    failure: Option<ActorError>,
}

/// Runs code to its end. Whoever watches is told of the beginning; the end is the caller's to
/// tell, when the state is written.
pub(super) fn run(contract: &mut Contract<'_>, call: Call) -> Result<Outcome, ActorError> {
    let rt = contract.rt;
    let read_only = contract.read_only;
    let granted = rt.gas_available();
    let inspector = rt.inspector();
    if let Some(inspector) = inspector {
        inspector.begin(&Begin {
            address: call.address,
            caller: call.caller,
            input: &call.input,
            code: call.code.original_byte_slice(),
            gas: granted,
        });
    }
    let mut interpreter = Interpreter::<Parts> {
        bytecode: ExtBytecode::new(call.code),
        gas: Gas::new(granted),
        stack: Stack::new(),
        return_data: ReturnDataImpl::default(),
        memory: Memory::new(rt.memory_left()),
        input: InputsImpl {
            target_address: Address::from(call.address.0),
            bytecode_address: None,
            caller_address: Address::from(call.caller.0),
            input: CallInput::Bytes(call.input.into()),
            call_value: word_of(&call.value),
            depth: 0,
        },
        // The newest rules: what FEVM lacks of them is not in the instruction table.
        runtime_flag: RuntimeFlags {
            is_static: read_only,
            spec_id: SpecId::OSAKA,
        },
        extend: (),
    };
    let mut frame = Frame {
        contract,
        memory_held: interpreter.memory.held(),
        memory_taken: 0,
        caller: call.caller,
        value: call.value,
        inspector,
        ethereum: rt.ethereum_gas(),
        params: &gas::PARAMS,
        met: Keys::default(),
        prevrandao: None,
        granted,
        failure: None,
    };
    let end = match (frame.inspector, frame.ethereum) {
        (None, None) => run_plain(&mut interpreter, &mut frame),
        (Some(inspector), None) => run_inspected(&mut interpreter, &mut frame, inspector),
        (_, Some(ethereum)) => {
            ethereum.begin();
            ethereum::run(&mut interpreter, &mut frame, ethereum)
        }
    };
    frame.finish(end, &mut interpreter)
}

fn run_plain(interpreter: &mut Interpreter<Parts>, frame: &mut Frame<'_, '_>) -> InstructionResult {
    let table = &Frame::INSTRUCTIONS;
    loop {
        if let Err(end) = interpreter.step(table, &gas::STATIC, frame) {
            return end;
        }
    }
}

fn run_inspected(
    interpreter: &mut Interpreter<Parts>,
    frame: &mut Frame<'_, '_>,
    inspector: &dyn Inspector,
) -> InstructionResult {
    let table = &Frame::INSTRUCTIONS;
    loop {
        inspector.step(&Step {
            pc: interpreter.bytecode.pc(),
            opcode: interpreter.bytecode.opcode(),
            gas: interpreter.gas.remaining(),
            stack: interpreter.stack.data(),
            memory: &interpreter.memory.bytes(),
            return_data: &interpreter.return_data.0,
        });
        if let Err(end) = interpreter.step(table, &gas::STATIC, frame) {
            return end;
        }
    }
}

impl<'f, 'r> Frame<'f, 'r> {
    pub(super) const INSTRUCTIONS: revm_interpreter::InstructionTable<Parts, Self> =
        instructions::table();

    /// Asks the machine for something, with both counts of gas in step before and after.
    pub(super) fn outside<T>(
        &mut self,
        gas: &mut Gas,
        ask: impl FnOnce(&mut Self) -> Result<T, ActorError>,
    ) -> Result<T, InstructionResult> {
        let answer = self.settle(gas).and_then(|()| ask(self));
        self.granted = self.contract.rt.gas_available();
        gas.set_remaining(self.granted);
        answer.map_err(|error| self.fail(error))
    }

    /// Charges what the interpreter has used since it last went on, and tells the machine how much
    /// memory it holds, so that a nested call finds the rest.
    fn settle(&mut self, gas: &Gas) -> Result<(), ActorError> {
        let held = self.memory_held.get();
        if held > self.memory_taken {
            self.contract.rt.take_memory(held - self.memory_taken)?;
            self.memory_taken = held;
        }
        let used = self.granted.saturating_sub(gas.remaining());
        self.granted = gas.remaining();
        self.contract.rt.charge("evm", used)
    }

    /// Fails where the official actor would have no memory to copy so many bytes, which ends the
    /// frame.
    pub(super) fn check_copies(&self, bytes: u64) -> Result<(), ActorError> {
        if bytes <= memory::AT_HAND {
            return Ok(());
        }
        let left = self.contract.rt.memory_left();
        let left = left.saturating_add(self.memory_taken);
        memory::copy_refusal(bytes, self.memory_held.get(), left).map_or(Ok(()), Err)
    }

    /// Ends the frame with an error.
    pub(super) fn fail(&mut self, error: ActorError) -> InstructionResult {
        self.failure = Some(error);
        InstructionResult::FatalExternalError
    }

    /// What the frame was ended with, if it was.
    pub(super) fn take_failure(&mut self) -> Option<ActorError> {
        self.failure.take()
    }

    /// What the end of the run means to the caller.
    fn finish(
        mut self,
        end: InstructionResult,
        interpreter: &mut Interpreter<Parts>,
    ) -> Result<Outcome, ActorError> {
        let pc = interpreter.bytecode.pc().saturating_sub(1);
        if matches!(
            end,
            InstructionResult::OutOfGas | InstructionResult::MemoryOOG
        ) {
            return Err(self.out_of_gas());
        }
        self.settle(&interpreter.gas)?;
        let output = match interpreter.bytecode.action().take() {
            Some(InterpreterAction::Return(result)) => result.output,
            _ => Bytes::new(),
        };
        let code = match end {
            InstructionResult::Stop
            | InstructionResult::Return
            | InstructionResult::SelfDestruct => return Ok(Outcome::Return(output)),
            InstructionResult::Revert => return Ok(Outcome::Revert(output)),
            InstructionResult::FatalExternalError => {
                return Err(self.failure.take().unwrap_or_else(|| {
                    ActorError::assertion_failed("an instruction failed without a reason")
                }));
            }
            InstructionResult::MemoryLimitOOG => {
                return Err(interpreter.memory.refusal().during(&format!("pc {pc}")));
            }
            InstructionResult::InvalidFEOpcode => exit::INVALID_INSTRUCTION,
            InstructionResult::OpcodeNotFound => exit::UNDEFINED_INSTRUCTION,
            InstructionResult::StackUnderflow => exit::STACK_UNDERFLOW,
            InstructionResult::StackOverflow => overflow_or_underflow(interpreter, pc),
            InstructionResult::InvalidOperandOOG | InstructionResult::OutOfOffset => {
                exit::ILLEGAL_MEMORY_ACCESS
            }
            InstructionResult::InvalidJump => exit::BAD_JUMPDEST,
            other => {
                let words = format!("the interpreter ended with {other:?}");
                return Err(ActorError::assertion_failed(words));
            }
        };
        self.contract.rt.charge("evm halt", gas::HALT)?;
        Err(ActorError::new(code, format!("{end:?} at pc {pc}")))
    }

    /// The interpreter ran dry: the machine must know it, or the frame could be said to have
    /// failed with gas left.
    fn out_of_gas(&mut self) -> ActorError {
        let more = self.contract.rt.gas_available().saturating_add(1);
        match self.contract.rt.charge("evm", more) {
            Err(error) => error,
            Ok(()) => ActorError::new(ExitCode::SYS_OUT_OF_GAS, "out of gas"),
        }
    }
}

/// revm reports a DUP of a word that is not there as an overflow.
fn overflow_or_underflow(interpreter: &Interpreter<Parts>, pc: usize) -> ExitCode {
    let opcode = interpreter.bytecode.bytes_slice().get(pc);
    let dup = opcode.is_some_and(|opcode| (DUP1..=DUP16).contains(opcode));
    if dup && interpreter.stack.len() < STACK_LIMIT {
        exit::STACK_UNDERFLOW
    } else {
        exit::STACK_OVERFLOW
    }
}

thread_local! {
    /// Codes that were analysed on this thread. What is in here is observable by time alone:
    /// every load is charged as if it were the first.
    static ANALYSED: RefCell<BTreeMap<Cid, Bytecode>> = const { RefCell::new(BTreeMap::new()) };
}

/// How many codes a thread keeps: about 30 MB at most.
const ANALYSED_MAX: usize = 1024;

/// Loads a code and finds its jump destinations; `None` if it is empty.
pub(super) fn load_code(rt: &dyn Runtime, cid: &Cid) -> Result<Option<Bytecode>, ActorError> {
    let analysed = ANALYSED.with_borrow(|codes| codes.get(cid).cloned());
    let code = match analysed {
        Some(code) => {
            rt.charge("evm code", gas::code(code.len()))?;
            code
        }
        None => {
            let bytes = Store::of(rt)
                .get(cid)
                .or_exit(ExitCode::USR_NOT_FOUND, "read the code")?
                .or_exit(ExitCode::USR_ASSERTION_FAILED, "read the code")?;
            rt.charge("evm code", gas::code(bytes.len()))?;
            let code = analyse(bytes);
            ANALYSED.with_borrow_mut(|codes| {
                if codes.len() >= ANALYSED_MAX {
                    codes.clear();
                }
                codes.insert(*cid, code.clone());
            });
            code
        }
    };
    Ok((!code.is_empty()).then_some(code))
}

/// Finds the jump destinations of a code. Whatever it starts with, it is code: delegations
/// (EIP-7702) and the like are not there.
pub(super) fn analyse(code: Vec<u8>) -> Bytecode {
    Bytecode::new_legacy(code.into())
}
