//! revm's interpreter with a host of a few maps.

use std::collections::BTreeMap;

use atoll::vectors::ethereum::receipt::Log as OurLog;
use revm_interpreter::bytecode::Bytecode;
use revm_interpreter::context_interface::cfg::GasParams;
use revm_interpreter::context_interface::context::{SStoreResult, SelfDestructResult, StateLoad};
use revm_interpreter::context_interface::host::LoadError;
use revm_interpreter::context_interface::journaled_state::AccountInfoLoad;
use revm_interpreter::interpreter::{EthInterpreter, ExtBytecode};
use revm_interpreter::primitives::hardfork::SpecId;
use revm_interpreter::primitives::{Address, B256, Log, U256};
use revm_interpreter::{
    CallInput, Host, InputsImpl, Interpreter, InterpreterAction, SharedMemory, gas_table,
    instruction_table,
};

use super::generate::Case;
use super::{CALLER, CONTRACT, Did};

/// Enough for any case: gas is not compared.
const GAS: u64 = 1 << 60;

/// Runs a case.
pub(crate) fn run(case: &Case) -> Did {
    let input = InputsImpl {
        target_address: Address::from(CONTRACT),
        bytecode_address: None,
        caller_address: Address::from(CALLER),
        input: CallInput::Bytes(case.input.clone().into()),
        call_value: U256::from(case.value),
        depth: 0,
    };
    let code = ExtBytecode::new(Bytecode::new_legacy(case.code.clone().into()));
    let mut interpreter = Interpreter::<EthInterpreter>::new(
        SharedMemory::new(),
        code,
        input,
        false,
        SpecId::OSAKA,
        GAS,
    );
    let mut maps = Maps {
        prices: GasParams::new_spec(SpecId::OSAKA),
        storage: BTreeMap::new(),
        transient: BTreeMap::new(),
        logs: Vec::new(),
    };
    let action = interpreter.run_plain(&instruction_table(), &gas_table(), &mut maps);
    let InterpreterAction::Return(result) = action else {
        panic!("a code without calls asks for a frame");
    };
    let success = result.result.is_ok();
    let storage = maps.storage.iter().filter(|(_, value)| !value.is_zero());
    let storage = storage.map(|(key, value)| (key.to_be_bytes(), value.to_be_bytes()));
    Did {
        success,
        output: result.output.to_vec(),
        storage: if success {
            storage.collect()
        } else {
            BTreeMap::new()
        },
        logs: if success { maps.logs } else { Vec::new() },
    }
}

struct Maps {
    prices: GasParams,
    storage: BTreeMap<U256, U256>,
    transient: BTreeMap<U256, U256>,
    logs: Vec<OurLog>,
}

impl Host for Maps {
    fn gas_params(&self) -> &GasParams {
        &self.prices
    }

    fn sload_skip_cold_load(
        &mut self,
        _: Address,
        key: U256,
        _: bool,
    ) -> Result<StateLoad<U256>, LoadError> {
        let value = self.storage.get(&key).copied().unwrap_or_default();
        Ok(StateLoad::new(value, false))
    }

    fn sstore_skip_cold_load(
        &mut self,
        _: Address,
        key: U256,
        value: U256,
        _: bool,
    ) -> Result<StateLoad<SStoreResult>, LoadError> {
        let present_value = self.storage.insert(key, value).unwrap_or_default();
        let result = SStoreResult {
            original_value: U256::ZERO,
            present_value,
            new_value: value,
        };
        Ok(StateLoad::new(result, false))
    }

    fn tload(&mut self, _: Address, key: U256) -> U256 {
        self.transient.get(&key).copied().unwrap_or_default()
    }

    fn tstore(&mut self, _: Address, key: U256, value: U256) {
        self.transient.insert(key, value);
    }

    fn log(&mut self, log: Log) {
        self.logs.push(OurLog {
            address: log.address.into_array(),
            topics: log.data.topics().iter().map(|topic| topic.0).collect(),
            data: log.data.data.to_vec(),
        });
    }

    // --- no case asks for these ----------------------------------------------------------------

    fn basefee(&self) -> U256 {
        U256::ZERO
    }

    fn gas_limit(&self) -> U256 {
        U256::ZERO
    }

    fn block_number(&self) -> U256 {
        U256::ZERO
    }

    fn timestamp(&self) -> U256 {
        U256::ZERO
    }

    fn beneficiary(&self) -> Address {
        Address::ZERO
    }

    fn chain_id(&self) -> U256 {
        U256::ZERO
    }

    fn effective_gas_price(&self) -> U256 {
        U256::ZERO
    }

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

    fn blob_hash(&self, _: usize) -> Option<U256> {
        None
    }

    fn max_initcode_size(&self) -> usize {
        0
    }

    fn is_amsterdam_eip8037_enabled(&self) -> bool {
        false
    }

    fn block_hash(&mut self, _: u64) -> Option<B256> {
        None
    }

    fn selfdestruct(
        &mut self,
        _: Address,
        _: Address,
        _: bool,
    ) -> Result<StateLoad<SelfDestructResult>, LoadError> {
        Err(LoadError::DBError)
    }

    fn load_account_info_skip_cold_load(
        &mut self,
        _: Address,
        _: bool,
        _: bool,
    ) -> Result<AccountInfoLoad<'_>, LoadError> {
        Err(LoadError::DBError)
    }
}
