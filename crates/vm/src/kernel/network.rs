//! Module `network`: the tipset and the chain below it.

use cid::Cid;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ErrorNumber;
use fvm_shared::sys::out::network::NetworkContext;

use super::Kernel;
use crate::error::{Fatal, Refusal, SyscallError};

impl Kernel {
    /// Returns the tipset being applied, as it is laid out for Wasm.
    ///
    /// # Cost
    /// `network_context`.
    pub fn network_context(&mut self) -> Result<NetworkContext, SyscallError> {
        self.charge_for(self.prices().on_network_context())?;
        let base_fee = self.sys_amount(&self.context().base_fee)?;
        let context = self.context();
        Ok(NetworkContext {
            epoch: context.epoch,
            timestamp: context.timestamp,
            base_fee,
            chain_id: context.chain_id,
            network_version: context.network_version,
        })
    }

    /// Returns the key of the tipset at an epoch before this one.
    ///
    /// # Cost
    /// `tipset_cid`, by how far back the epoch lies.
    ///
    /// # Errors
    /// `IllegalArgument` if the epoch is negative, not in the past, or too far in it.
    pub fn tipset_cid(&mut self, epoch: ChainEpoch) -> Result<Cid, SyscallError> {
        let illegal = |words| Refusal::new(ErrorNumber::IllegalArgument, words);
        if epoch < 0 {
            return Err(illegal("the epoch is negative").into());
        }
        // Both are at least zero.
        let lookback = self.context().epoch - epoch;
        if lookback <= 0 {
            return Err(illegal("the epoch is not in the past").into());
        }
        if self
            .seat
            .rules
            .tipset_lookback_max
            .is_some_and(|max| lookback > max)
        {
            return Err(illegal("the epoch is too far in the past").into());
        }
        self.charge_for(self.prices().on_tipset_cid(lookback))?;
        Ok(self.seat.externs.tipset_cid(epoch).map_err(Fatal)?)
    }

    /// Returns the FIL in circulation, as this tipset was told. Free.
    #[must_use]
    pub fn circulating_supply(&self) -> TokenAmount {
        self.context().circulating_supply.clone()
    }
}
