//! How Wasmtime is set up.
//!
//! What an actor could observe is as the network has it: which proposals are on, that NaNs have
//! one form, how large memories and tables may get. The rest is what makes calls cheap.

use atoll_vm::Limits;
use wasmtime::{
    Config, Enabled, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, WasmFeatures,
};

use crate::instrument::FEATURES;

/// Native stack for one instance, in bytes. Far more than the limit on stack elements lets an
/// ordinary module use: functions with very many locals meet this one first.
pub(crate) const NATIVE_STACK_MAX: usize = 4 << 20;

/// How much of an instance's memory is cleared in place when it is given back, in bytes, rather
/// than returned to the system page by page and faulted in again by the next call.
const MEMORY_KEPT: usize = 4 << 20;
const TABLE_KEPT: usize = 64 << 10;

/// The configuration for so many executors.
pub(super) fn wasmtime(executors_max: u32) -> Config {
    let limits = Limits::default();
    let mut config = Config::new();

    config.wasm_features(WasmFeatures::all(), false);
    config.wasm_features(FEATURES, true);
    config.cranelift_nan_canonicalization(true);
    config.max_wasm_stack(NATIVE_STACK_MAX);
    // Nothing here is asynchronous, but Wasmtime wants the two to agree.
    config.async_stack_size(NATIVE_STACK_MAX);

    // Metering is written into the modules, and nobody reads Wasm backtraces.
    config.consume_fuel(false);
    config.epoch_interruption(false);
    config.generate_address_map(false);
    config.native_unwind_info(false);
    config.wasm_backtrace_max_frames(None);

    config.cranelift_opt_level(OptLevel::Speed);
    config.parallel_compilation(true);
    config.memory_init_cow(true);
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(
        &limits,
        executors_max,
    )));
    config
}

/// Room for all instances, reserved once. Reserving costs address space, not memory.
fn pool(limits: &Limits, executors_max: u32) -> PoolingAllocationConfig {
    // More would not fit into the 47 bits of address space that a process has.
    const INSTANCES_MAX: u32 = 16 * 1024;
    // A message nests this deep, and one instance may be on its way out.
    let of_an_executor = limits.call_depth_max + 1;
    let instances = of_an_executor
        .saturating_mul(executors_max.max(1))
        .min(INSTANCES_MAX);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(instances);
    pool.total_memories(instances);
    pool.total_tables(instances);
    pool.max_memories_per_module(1);
    pool.max_tables_per_module(1);
    pool.table_elements(limits.table_elements_max as usize);
    // The network's limit is a whole number of pages far below 2^32.
    pool.max_memory_size(limits.instance_memory_max as usize);
    pool.linear_memory_keep_resident(MEMORY_KEPT);
    pool.table_keep_resident(TABLE_KEPT);
    // Where the kernel can tell which pages were written, only those are cleared.
    pool.pagemap_scan(Enabled::Auto);
    pool
}
