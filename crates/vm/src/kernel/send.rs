//! Module `send`: calls to other actors.

use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;
use fvm_shared::sys::out::send::Send;
use fvm_shared::sys::{BlockId, SendFlags};

use super::Kernel;
use crate::blocks::{Block, NO_BLOCK};
use crate::call::{Call, Mutability, call};
use crate::error::{Fatal, Refusal, SyscallError};
use crate::gas::Gas;

impl Kernel {
    /// Calls an actor. Its answer, if it has data, becomes a block of this actor's.
    ///
    /// A callee that fails is a success of this call: its exit code is in the answer.
    ///
    /// # Cost
    /// Creating the receiver where that is needed, `value_transfer`, `method_invocation`, and
    /// all that the callee uses, up to `gas_limit`.
    ///
    /// # Errors
    /// The call can't be made: `ReadOnly`, `InvalidHandle`, `LimitExceeded` (depth, blocks),
    /// `NotFound` (receiver), `InsufficientFunds`, `IllegalArgument`.
    pub fn send(
        &mut self,
        to: &Address,
        method: MethodNum,
        params: BlockId,
        value: &TokenAmount,
        gas_limit: Option<Gas>,
        flags: SendFlags,
    ) -> Result<Send, SyscallError> {
        let read_only = flags.read_only() || self.frame.mutability == Mutability::ReadOnly;
        if read_only && !value.is_zero() {
            let words = "a read-only call can't transfer value";
            return Err(Refusal::new(ErrorNumber::ReadOnly, words).into());
        }
        let params = self.block_or_none(params)?;
        self.blocks.check_room()?;
        let reply = call(
            &mut self.seat,
            Call {
                from: self.frame.receiver,
                to: *to,
                method,
                params,
                value,
                gas_limit,
                mutability: if read_only {
                    Mutability::ReadOnly
                } else {
                    Mutability::Mutable
                },
            },
        )?;
        let exit_code = reply.code.value();
        let Some(block) = reply.data else {
            return Ok(Send {
                exit_code,
                return_id: NO_BLOCK,
                return_codec: 0,
                return_size: 0,
            });
        };
        let stat = block.stat();
        // There is room, and the callee's kernel has checked the block.
        let return_id = self.blocks.put_reachable(block).map_err(|refusal| {
            Fatal::new(format!("keeping an answer failed: {}", refusal.words))
        })?;
        Ok(Send {
            exit_code,
            return_id,
            return_codec: stat.codec,
            return_size: stat.size,
        })
    }

    /// A block of this actor's.
    ///
    /// # Errors
    /// `InvalidHandle` if there is none with this id.
    pub fn block(&self, id: BlockId) -> Result<&Block, SyscallError> {
        Ok(self.blocks.get(id)?)
    }

    fn block_or_none(&self, id: BlockId) -> Result<Option<Block>, SyscallError> {
        if id == NO_BLOCK {
            Ok(None)
        } else {
            Ok(Some(self.blocks.get(id)?.clone()))
        }
    }
}
