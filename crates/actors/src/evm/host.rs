//! What revm's own instructions ask of the world.
//!
//! Our instruction table ([`super::instructions`]) takes from revm only instructions that cannot
//! fail for the world's sake: arithmetic, stack, memory, and what the tipset says of itself. Those
//! ask the first half of this trait. The other half serves instructions that the table replaces
//! or does not have; it answers as an empty world would.

use revm_interpreter::Host;
use revm_interpreter::context_interface::cfg::GasParams;
use revm_interpreter::context_interface::context::{SStoreResult, SelfDestructResult, StateLoad};
use revm_interpreter::context_interface::host::LoadError;
use revm_interpreter::context_interface::journaled_state::AccountInfoLoad;
use revm_interpreter::primitives::{Address, B256, Log, StorageKey, StorageValue, U256};

use super::interpreter::Frame;
use super::words::word_of;

/// GASLIMIT: that of a block, whatever the tipset holds.
const BLOCK_GAS_LIMIT: u64 = 10_000_000_000;

impl Host for Frame<'_, '_> {
    fn gas_params(&self) -> &GasParams {
        self.params
    }

    fn basefee(&self) -> U256 {
        word_of(&self.contract.rt.network().base_fee)
    }

    fn gas_limit(&self) -> U256 {
        U256::from(BLOCK_GAS_LIMIT)
    }

    fn block_number(&self) -> U256 {
        // No tipset has a negative epoch.
        U256::from(self.contract.rt.network().epoch.unsigned_abs())
    }

    fn timestamp(&self) -> U256 {
        U256::from(self.contract.rt.network().timestamp)
    }

    /// A tipset has many winners, so none is named.
    fn beneficiary(&self) -> Address {
        Address::ZERO
    }

    fn chain_id(&self) -> U256 {
        U256::from(self.contract.rt.network().chain_id)
    }

    /// What the message pays, not what it offered.
    fn effective_gas_price(&self) -> U256 {
        let rt = self.contract.rt;
        word_of(&(&rt.network().base_fee + &rt.message().gas_premium))
    }

    // --- asked by no instruction in our table ------------------------------------------------

    fn caller(&self) -> Address {
        Address::ZERO
    }

    fn blob_gasprice(&self) -> U256 {
        U256::ZERO
    }

    fn difficulty(&self) -> U256 {
        U256::ZERO
    }

    fn prevrandao(&self) -> Option<U256> {
        None
    }

    fn slot_num(&self) -> U256 {
        U256::ZERO
    }

    fn blob_hash(&self, _number: usize) -> Option<U256> {
        None
    }

    fn max_initcode_size(&self) -> usize {
        usize::MAX
    }

    fn is_amsterdam_eip8037_enabled(&self) -> bool {
        false
    }

    fn block_hash(&mut self, _number: u64) -> Option<B256> {
        None
    }

    fn selfdestruct(
        &mut self,
        _address: Address,
        _target: Address,
        _skip_cold_load: bool,
    ) -> Result<StateLoad<SelfDestructResult>, LoadError> {
        Err(LoadError::DBError)
    }

    fn log(&mut self, _log: Log) {}

    fn sstore_skip_cold_load(
        &mut self,
        _address: Address,
        _key: StorageKey,
        _value: StorageValue,
        _skip_cold_load: bool,
    ) -> Result<StateLoad<SStoreResult>, LoadError> {
        Err(LoadError::DBError)
    }

    fn sload_skip_cold_load(
        &mut self,
        _address: Address,
        _key: StorageKey,
        _skip_cold_load: bool,
    ) -> Result<StateLoad<StorageValue>, LoadError> {
        Err(LoadError::DBError)
    }

    fn tstore(&mut self, _address: Address, _key: StorageKey, _value: StorageValue) {}

    fn tload(&mut self, _address: Address, _key: StorageKey) -> StorageValue {
        StorageValue::ZERO
    }

    fn load_account_info_skip_cold_load(
        &mut self,
        _address: Address,
        _load_code: bool,
        _skip_cold_load: bool,
    ) -> Result<AccountInfoLoad<'_>, LoadError> {
        Err(LoadError::DBError)
    }
}
