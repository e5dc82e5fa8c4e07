//! CALL, STATICCALL and DELEGATECALL: sends to other actors.

use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_ipld_encoding::{BytesDe, DAG_CBOR, IPLD_RAW};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::sys::SendFlags;
use revm_interpreter::InstructionExecResult;
use revm_interpreter::interpreter_types::MemoryTr;
use revm_interpreter::primitives::U256;

use crate::error::{ActorError, OrExit};
use crate::runtime::Send;
use crate::send::{self, Sent};

use super::accounts::Target;
use super::address::EthAddress;
use super::instructions::{Context, charge_words, pop, push, region};
use super::interpreter::Frame;
use super::types::DelegateCallParams;
use super::words::amount_of;
use super::{gas, method, precompiles};

/// What a transfer by a contract of old may use: a call with no gas but value, or with
/// Ethereum's stipend and none. Filecoin's gas is another unit, so the stipend is replaced.
const TRANSFER_GAS: u64 = 10_000_000;

/// Ethereum's stipend.
const STIPEND: u64 = 2_300;

/// How a contract is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Call,
    Static,
    Delegate,
}

/// A call as a contract asks for it.
pub(super) struct Request {
    pub(super) kind: Kind,
    pub(super) gas: U256,
    pub(super) to: EthAddress,
    pub(super) value: U256,
    pub(super) input: Vec<u8>,
}

/// How a call went: `Ok` pushes one, `Err` zero; the bytes are what it returned.
pub(super) type Answer = Result<Vec<u8>, Vec<u8>>;

pub(super) fn call(mut context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [gas, to, value, input, input_size, output, output_size] = pop(context.interpreter)?;
    if !value.is_zero() {
        context.host.writable("a transfer")?;
    }
    make(
        &mut context,
        Kind::Call,
        [gas, to, value],
        [input, input_size],
        [output, output_size],
    )
}

pub(super) fn staticcall(mut context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [gas, to, input, input_size, output, output_size] = pop(context.interpreter)?;
    let target = [gas, to, U256::ZERO];
    make(
        &mut context,
        Kind::Static,
        target,
        [input, input_size],
        [output, output_size],
    )
}

pub(super) fn delegatecall(mut context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [gas, to, input, input_size, output, output_size] = pop(context.interpreter)?;
    let target = [gas, to, U256::ZERO];
    make(
        &mut context,
        Kind::Delegate,
        target,
        [input, input_size],
        [output, output_size],
    )
}

/// Makes a call. Memory for the input grows before it, memory for the output after it.
fn make(
    context: &mut Context<'_, '_, '_>,
    kind: Kind,
    [gas, to, value]: [U256; 3],
    [input, input_size]: [U256; 2],
    [output, output_size]: [U256; 2],
) -> InstructionExecResult {
    let interpreter = &mut *context.interpreter;
    let input = region(interpreter, input, input_size)?;
    charge_words(interpreter, gas::COPY_WORD, input.size)?;
    let request = Request {
        kind,
        gas,
        to: EthAddress::from_word(to),
        value,
        input: interpreter.memory.copy_out(input.offset, input.size),
    };
    let answer = context
        .host
        .outside(&mut interpreter.gas, |frame| frame.call(request))?;
    let (success, data) = match answer {
        Ok(data) => (U256::ONE, data),
        Err(data) => (U256::ZERO, data),
    };
    interpreter.return_data.0 = data.into();
    let output = region(interpreter, output, output_size)?;
    let copied = output.size.min(interpreter.return_data.0.len());
    charge_words(interpreter, gas::COPY_WORD, copied)?;
    if copied > 0 {
        // What lies beyond the returned data stays as it is.
        interpreter
            .memory
            .set(output.offset, &interpreter.return_data.0[..copied]);
    }
    push(interpreter, success)
}

impl Frame<'_, '_> {
    fn call(&mut self, request: Request) -> Result<Answer, ActorError> {
        if precompiles::reserved(self, request.to) {
            let answer = precompiles::call(self, &request);
            // A precompile that fails returns nothing, unless the contract ends with it.
            return match self.take_failure() {
                Some(error) => Err(error),
                None => Ok(answer.map_err(|_| Vec::new())),
            };
        }
        match request.kind {
            Kind::Call | Kind::Static => self.call_actor(request),
            Kind::Delegate => self.call_delegate(request),
        }
    }

    /// A send to whatever is behind an address.
    fn call_actor(&mut self, request: Request) -> Result<Answer, ActorError> {
        let is_static = request.kind == Kind::Static;
        let transfer = (request.gas.is_zero() && !request.value.is_zero())
            || (request.gas == U256::from(STIPEND) && request.value.is_zero());
        let gas = if transfer {
            U256::from(TRANSFER_GAS)
        } else {
            request.gas
        };
        let gas_limit = self.gas_limit(gas);
        self.check_copies(request.input.len() as u64)?;
        let sent = self.contract.send(Send {
            to: request.to.to_filecoin(),
            method: method::INVOKE_CONTRACT,
            params: (!request.input.is_empty()).then_some(IpldBlock {
                codec: IPLD_RAW,
                data: request.input,
            }),
            value: amount_of(request.value),
            gas_limit,
            flags: if is_static {
                SendFlags::READ_ONLY
            } else {
                SendFlags::empty()
            },
        })?;
        Ok(match sent {
            Ok(reply) if reply.code.is_success() => Ok(bytes_of(reply.data)),
            Ok(reply) => Err(bytes_of(reply.data)),
            // There is nobody, and nobody could be made: as on Ethereum, that is no failure.
            Err(ErrorNumber::NotFound) => Ok(Vec::new()),
            // Nobody is there, and a read-only call may not create them.
            Err(ErrorNumber::ReadOnly) if is_static || self.contract.read_only => Ok(Vec::new()),
            Err(_) => Err(Vec::new()),
        })
    }

    /// A send to oneself, of another contract's code.
    fn call_delegate(&mut self, request: Request) -> Result<Answer, ActorError> {
        let id = match self.target(request.to)? {
            Target::Contract(id) => id,
            Target::Account | Target::Missing => return Ok(Ok(Vec::new())),
            Target::Native | Target::Precompile => return Ok(Err(Vec::new())),
        };
        let Some(code) = self.bytecode_of(id)? else {
            return Ok(Ok(Vec::new()));
        };
        // Once as a parameter, once as a part of a block.
        self.check_copies(2 * request.input.len() as u64)?;
        let params = DelegateCallParams {
            code,
            input: request.input,
            caller: self.caller,
            value: self.value.clone(),
        };
        let params = IpldBlock::serialize(DAG_CBOR, &params)
            .or_exit(ExitCode::USR_SERIALIZATION, "parameters")?;
        let gas_limit = self.gas_limit(request.gas);
        let sent = self.contract.send(Send {
            to: Address::new_id(self.contract.rt.message().receiver),
            method: method::INVOKE_CONTRACT_DELEGATE,
            params: Some(params),
            value: TokenAmount::default(),
            gas_limit,
            flags: SendFlags::empty(),
        })?;
        Ok(required(sent)
            .map(bytes_of)
            .map_err(|error| bytes_of(error.data)))
    }

    /// What a callee may use: at most 63 of 64 parts of what is left (EIP-150). No limit of this
    /// kind where Ethereum's gas is what limits.
    pub(super) fn gas_limit(&self, asked: U256) -> Option<u64> {
        if self.ethereum.is_some() {
            return None;
        }
        let left = u128::from(self.contract.rt.gas_available());
        let most = u64::try_from(left * 63 / 64).expect("less than a u64");
        Some(u64::try_from(asked).unwrap_or(u64::MAX).min(most))
    }
}

/// Makes a callee's failure the caller's own. A call that was not made is 23 here, whatever the
/// reason.
pub(super) fn required(sent: Sent) -> Result<Option<IpldBlock>, ActorError> {
    match sent {
        Err(number) => Err(ActorError::unspecified(format!(
            "the call was not made: {number}"
        ))),
        made => send::require(made),
    }
}

/// The bytes that a callee returned. Whatever is not a byte string is handed over as it is: a
/// contract can neither be told that the callee failed, nor fail for it.
pub(super) fn bytes_of(block: Option<IpldBlock>) -> Vec<u8> {
    match block {
        Some(block) => match block.deserialize() {
            Ok(BytesDe(bytes)) => bytes,
            Err(_) => block.data,
        },
        None => Vec::new(),
    }
}
