//! What contracts see of other actors: EXTCODESIZE, EXTCODECOPY, EXTCODEHASH.

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sys::SendFlags;
use fvm_shared::{ActorID, MethodNum};
use revm_interpreter::InstructionExecResult;
use revm_interpreter::primitives::U256;

use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::runtime::Send;
use crate::send;
use crate::state::Store;

use super::address::EthAddress;
use super::calls::required;
use super::instructions::{Context, copy_in, pop, push, region};
use super::interpreter::Frame;
use super::state::CodeHash;
use super::{NATIVE_CODE, method, precompiles};

/// What is behind an address.
pub(super) enum Target {
    /// A contract.
    Contract(ActorID),
    /// An account of any kind, a placeholder included.
    Account,
    /// Any other actor. It seems to have one byte of code.
    Native,
    /// A precompile.
    Precompile,
    /// Nothing.
    Missing,
}

pub(super) fn extcodesize(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [address] = pop(interpreter)?;
    let code = frame.outside(&mut interpreter.gas, |frame| frame.code_at(address))?;
    push(interpreter, U256::from(code.len()))
}

pub(super) fn extcodecopy(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [address, to, from, size] = pop(interpreter)?;
    let code = frame.outside(&mut interpreter.gas, |frame| frame.code_at(address))?;
    let to = region(interpreter, to, size)?;
    copy_in(interpreter, to, from, &code)
}

/// The network answers for precompiles and accounts as for empty code, whether or not Ethereum
/// would call them empty (EIP-161 knows no such state here).
pub(super) fn extcodehash(context: Context<'_, '_, '_>) -> InstructionExecResult {
    let Context {
        interpreter,
        host: frame,
    } = context;
    let [address] = pop(interpreter)?;
    let hash = frame.outside(&mut interpreter.gas, |frame| {
        Ok(match frame.target(EthAddress::from_word(address))? {
            Target::Contract(id) => {
                let answer = frame.ask(id, method::GET_BYTECODE_HASH)?;
                U256::from_be_bytes(send::decode::<CodeHash>(answer)?.0)
            }
            Target::Native => U256::from_be_bytes(CodeHash::native().0),
            Target::Account | Target::Precompile => U256::from_be_bytes(CodeHash::empty().0),
            Target::Missing => U256::ZERO,
        })
    })?;
    push(interpreter, hash)
}

impl Frame<'_, '_> {
    /// Looks up what is behind an address.
    pub(super) fn target(&self, address: EthAddress) -> Result<Target, ActorError> {
        if precompiles::exists(self, address) {
            return Ok(Target::Precompile);
        }
        let rt = self.contract.rt;
        let Some(id) = rt.resolve(&address.to_filecoin())? else {
            return Ok(Target::Missing);
        };
        let Some(code) = rt.code_of(id)? else {
            return Ok(Target::Missing);
        };
        Ok(match rt.kind_of_code(&code)? {
            Some(ActorKind::Evm) => Target::Contract(id),
            Some(ActorKind::Account | ActorKind::EthAccount | ActorKind::Placeholder) => {
                Target::Account
            }
            _ => Target::Native,
        })
    }

    /// The code that contracts see behind an address.
    fn code_at(&mut self, address: U256) -> Result<Vec<u8>, ActorError> {
        match self.target(EthAddress::from_word(address))? {
            Target::Contract(id) => {
                let Some(code) = self.bytecode_of(id)? else {
                    return Ok(Vec::new());
                };
                Store::of(self.contract.rt)
                    .get(&code)
                    .or_illegal_state("read a contract's code")?
                    .or_illegal_state("read a contract's code")
            }
            Target::Native => Ok(vec![NATIVE_CODE]),
            Target::Account | Target::Precompile | Target::Missing => Ok(Vec::new()),
        }
    }

    /// Asks a contract for the block of its code; `None` if it is dead.
    pub(super) fn bytecode_of(&mut self, id: ActorID) -> Result<Option<Cid>, ActorError> {
        send::decode(self.ask(id, method::GET_BYTECODE)?)
    }

    /// Calls a getter of another contract, with all the gas there is.
    fn ask(&mut self, id: ActorID, method: MethodNum) -> Result<Option<IpldBlock>, ActorError> {
        required(self.contract.send(Send {
            to: Address::new_id(id),
            method,
            params: None,
            value: TokenAmount::default(),
            gas_limit: None,
            flags: SendFlags::READ_ONLY,
        })?)
    }
}
