//! What is the same for every message of a tipset.

use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::version::NetworkVersion;

/// The tipset being applied.
#[derive(Clone, Debug)]
pub struct Context {
    /// The network version in force: prices, syscalls and rules follow from it.
    pub network_version: NetworkVersion,
    /// Its epoch.
    pub epoch: ChainEpoch,
    /// Its time, in seconds of Unix.
    pub timestamp: u64,
    /// The base fee, in attoFIL a unit of gas.
    pub base_fee: TokenAmount,
    /// The EIP-155 chain id.
    pub chain_id: u64,
    /// FIL in circulation.
    pub circulating_supply: TokenAmount,
    /// What one message may use.
    pub limits: Limits,
    /// Record the tree of calls and every charge of gas?
    pub tracing: bool,
    /// May actors log? It changes what they do, so all nodes of a network must agree.
    pub actor_debugging: bool,
}

impl Context {
    /// A context at epoch 0 with no fees, the network's limits, and nothing recorded.
    #[must_use]
    pub fn new(network_version: NetworkVersion) -> Self {
        Self {
            network_version,
            epoch: 0,
            timestamp: 0,
            base_fee: TokenAmount::default(),
            chain_id: 0,
            circulating_supply: TokenAmount::default(),
            limits: Limits::default(),
            tracing: false,
            actor_debugging: false,
        }
    }
}

/// What one message may use. The numbers are the network's; a test may shrink them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Frames on the call stack.
    pub call_depth_max: u32,
    /// Elements on the stack of one Wasm instance.
    pub wasm_stack_max: u32,
    /// Elements in the tables of one Wasm instance.
    pub table_elements_max: u32,
    /// Bytes of memory of one Wasm instance.
    pub instance_memory_max: u64,
    /// Bytes of memory and tables of all instances that are alive at the same time.
    pub message_memory_max: u64,
    /// Bytes of one block of data.
    pub block_size_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            call_depth_max: 1024,
            wasm_stack_max: 2048,
            table_elements_max: 20_000,
            instance_memory_max: 512 << 20,
            message_memory_max: 2 << 30,
            block_size_max: 1 << 20,
        }
    }
}
