//! CREATE, CREATE2 and SELFDESTRUCT.

use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sys::SendFlags;
use revm_interpreter::primitives::{Bytes, U256};
use revm_interpreter::{InstructionExecResult, InstructionResult};

use crate::eam;
use crate::error::ActorError;
use crate::runtime::Send;
use crate::{ids, send};

use super::address::EthAddress;
use super::calls::{bytes_of, required};
use super::instructions::{Context, charge_words, pop, push, region};
use super::interpreter::Frame;
use super::words::amount_of;
use super::{exit, gas};

pub(super) fn create(mut context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [endowment, offset, size] = pop(context.interpreter)?;
    let initcode = initcode(&mut context, offset, size)?;
    let nonce = context.host.contract.nonce();
    let params = eam::CreateParams { initcode, nonce };
    make(context, eam::CREATE, send::params(&params), endowment)
}

pub(super) fn create2(mut context: Context<'_, '_, '_>) -> InstructionExecResult {
    let [endowment, offset, size, salt] = pop(context.interpreter)?;
    let initcode = initcode(&mut context, offset, size)?;
    let params = eam::Create2Params {
        initcode,
        salt: salt.to_be_bytes(),
    };
    make(context, eam::CREATE2, send::params(&params), endowment)
}

fn initcode(
    context: &mut Context<'_, '_, '_>,
    offset: U256,
    size: U256,
) -> Result<Vec<u8>, InstructionResult> {
    context.host.writable("a creation")?;
    let code = region(context.interpreter, offset, size)?;
    charge_words(context.interpreter, gas::COPY_WORD, code.size)?;
    Ok(context.interpreter.memory.copy_out(code.offset, code.size))
}

fn make(
    context: Context<'_, '_, '_>,
    method: MethodNum,
    params: Result<Option<IpldBlock>, ActorError>,
    endowment: U256,
) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    interpreter.return_data.0 = Bytes::new();
    let created = frame.outside(&mut interpreter.gas, |frame| {
        frame.create(method, params?, amount_of(endowment))
    })?;
    match created {
        Ok(address) => push(interpreter, address.to_word()),
        Err(data) => {
            interpreter.return_data.0 = data.into();
            push(interpreter, U256::ZERO)
        }
    }
}

impl Frame<'_, '_> {
    /// Has the Ethereum address manager create a contract. The inner error is what a failed
    /// constructor returned.
    fn create(
        &mut self,
        method: MethodNum,
        params: Option<IpldBlock>,
        value: TokenAmount,
    ) -> Result<Result<EthAddress, Vec<u8>>, ActorError> {
        // Asked here, since a creation that cannot be paid for does not count.
        if value > self.contract.rt.balance()? {
            return Ok(Err(Vec::new()));
        }
        // Counted before the call, so that it stands whatever becomes of it; unlike on Ethereum
        // even if the call stack is full.
        self.contract.raise_nonce()?;
        let gas_limit = self.gas_limit(U256::MAX);
        let sent = self.contract.send(Send {
            to: Address::new_id(ids::EAM),
            method,
            params,
            value,
            gas_limit,
            flags: SendFlags::empty(),
        })?;
        Ok(match required(sent) {
            Ok(created) => Ok(send::decode::<eam::CreateReturn>(created)?.eth_address),
            // Any data here comes from the constructor.
            Err(error) => Err(bytes_of(error.data)),
        })
    }

    /// Gives the balance away and marks the contract.
    fn destroy(&mut self, beneficiary: EthAddress) -> Result<(), ActorError> {
        let rt = self.contract.rt;
        send::transfer(rt, &beneficiary.to_filecoin(), rt.balance()?).map_err(|error| {
            let words = format!("giving the balance to {beneficiary}: {}", error.words);
            ActorError::new(exit::SELFDESTRUCT_FAILED, words)
        })?;
        self.contract.bury()
    }
}

/// Unlike on Ethereum, what a contract leaves to itself is not burnt, and the contract is there
/// until the message ends.
pub(super) fn selfdestruct(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [beneficiary] = pop(interpreter)?;
    frame.writable("a self-destruction")?;
    let beneficiary = EthAddress::from_word(beneficiary);
    frame.outside(&mut interpreter.gas, |frame| frame.destroy(beneficiary))?;
    Err(InstructionResult::SelfDestruct)
}
