//! Module `vm`: the message, and its end.

use fvm_shared::error::ExitCode;
use fvm_shared::sys;
use fvm_shared::sys::BlockId;
use fvm_shared::sys::out::vm::{ContextFlags, MessageContext};

use super::Kernel;
use crate::blocks::NO_BLOCK;
use crate::call::Mutability;
use crate::error::{Stop, SyscallError};

impl Kernel {
    /// Ends the actor. Codes that only the machine may use become `SYS_ILLEGAL_EXIT_CODE`.
    ///
    /// A block that does not exist breaks the whole message, as it always has.
    #[must_use]
    pub fn exit(&self, code: u32, data: BlockId, words: String) -> Stop {
        let asked = ExitCode::new(code);
        let (code, words) = if !asked.is_success() && asked.is_system_error() {
            let words = format!("the actor exited with code {asked}, which is the machine's");
            (ExitCode::SYS_ILLEGAL_EXIT_CODE, words)
        } else {
            (asked, words)
        };
        if data == NO_BLOCK {
            return Stop::Exit {
                code,
                words,
                data: None,
            };
        }
        match self.blocks.get(data) {
            Ok(block) => Stop::Exit {
                code,
                words,
                data: Some(block.clone()),
            },
            Err(_) => Stop::Broken(format!("exit with block {data}, which does not exist")),
        }
    }

    /// Returns the message being handled, as it is laid out for Wasm.
    ///
    /// # Cost
    /// `message_context`.
    pub fn message_context(&mut self) -> Result<MessageContext, SyscallError> {
        self.charge_for(self.prices().on_message_context())?;
        let value_received = self.sys_amount(&self.frame.value_received)?;
        let message = &self.seat.message;
        Ok(MessageContext {
            origin: message.origin,
            nonce: message.sequence,
            caller: self.frame.caller,
            receiver: self.frame.receiver,
            method_number: self.frame.method,
            value_received,
            gas_premium: amount(message.gas_premium.0),
            flags: match self.frame.mutability {
                Mutability::ReadOnly => ContextFlags::READ_ONLY,
                Mutability::Mutable => ContextFlags::empty(),
            },
        })
    }

    /// An amount as it is laid out for Wasm. One that does not fit breaks the message.
    pub(super) fn sys_amount(
        &self,
        value: &fvm_shared::econ::TokenAmount,
    ) -> Result<sys::TokenAmount, Stop> {
        sys::TokenAmount::try_from(value)
            .map_err(|_| Stop::Broken(format!("{value} does not fit into 128 bits")))
    }
}

fn amount(atto: u128) -> sys::TokenAmount {
    sys::TokenAmount {
        lo: atto as u64,
        hi: (atto >> 64) as u64,
    }
}
