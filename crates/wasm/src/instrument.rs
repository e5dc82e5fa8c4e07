//! Rewrites a module so that it meters itself and bounds its own stack.
//!
//! The network charges for instructions block by block, in a stream of instructions that nobody
//! executes any more: the module as `fvm-wasm-instrument` 0.4.0 leaves it, with a stack limiter
//! around every call. Prices, block borders and limits must come out as they do there, but the
//! code that enforces them need not look the same. What may be observed is the gas counter at
//! each host call, trap and return, and the point at which gas or stack run out. So:
//!
//! - The gas counter is a global of the module itself, and a block's charge is written inline.
//!   Cranelift then forwards the counter from block to block and turns each check into a single
//!   conditional trap.
//! - A caller sets the height of the stack for its callee and the callee checks it, so there is
//!   nothing to undo after a call. [`height`] says what a function counts for.
//! - A function with nearly as many locals as there may be keeps all that in globals, and calls
//!   through functions that put the height back.
//! - Only what the host looks at stays exported: the memory, the table, the entry point.
//! - A start function becomes an export: the counter must be filled before any code runs.
//!
//! This module does not know what the prices mean.

mod blocks;
mod emit;
mod height;
mod layout;
mod prices;

use atoll_vm::price::WasmPrices;
use wasmparser::{Validator, WasmFeatures};

/// The export that actors are entered by.
pub const ENTRY_EXPORT: &str = "invoke";
/// The export that holds the memory syscalls read and write.
pub const MEMORY_EXPORT: &str = "memory";
/// The export of the table whose initial size is charged for.
pub const TABLE_EXPORT: &str = "table";
/// The export that holds the gas counter, an `i64`; negative once gas has run out.
pub const GAS_EXPORT: &str = "gas";
/// The export of what was the module's start function, if it had one.
pub const START_EXPORT: &str = "start";

/// The bytes of a page, in which memory is sized.
pub const PAGE_LEN: u64 = 65536;

/// What of Wasm an actor may use.
///
/// No SIMD, threads, multiple values, multiple memories, 64-bit memory, tail calls, exceptions,
/// garbage collection or extended constants: the network's price list knows no price for them.
pub const FEATURES: WasmFeatures = WasmFeatures::MUTABLE_GLOBAL
    .union(WasmFeatures::SATURATING_FLOAT_TO_INT)
    .union(WasmFeatures::SIGN_EXTENSION)
    .union(WasmFeatures::REFERENCE_TYPES)
    .union(WasmFeatures::BULK_MEMORY)
    .union(WasmFeatures::FLOATS);

/// Why a module cannot be run at all.
#[derive(Debug, thiserror::Error)]
pub enum InstrumentError {
    /// It is not a valid module, or uses features that actors may not use.
    #[error("not a valid module: {0}")]
    Invalid(#[from] wasmparser::BinaryReaderError),
    /// It is valid, but the network's instrumentation has no place for something in it.
    #[error("cannot be metered: {0}")]
    Unmeterable(&'static str),
}

/// Validates a module and returns it with metering and the stack limiter built in.
///
/// `stack_elements_max` bounds the sum of [`height`]s over all frames.
pub fn instrument(
    wasm: &[u8],
    prices: &WasmPrices,
    stack_elements_max: u32,
) -> Result<Vec<u8>, InstrumentError> {
    Validator::new_with_features(FEATURES).validate_all(wasm)?;
    let layout = layout::read(wasm)?;
    let frames = (layout.bodies.iter().enumerate())
        .map(|(nth, body)| height::of_function(&layout, nth, body))
        .collect::<Result<Vec<u32>, _>>()?;
    emit::module(&layout, &frames, prices, stack_elements_max)
}
