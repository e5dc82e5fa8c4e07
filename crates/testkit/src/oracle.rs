//! The network's instrumentation, as its own crate does it.

use std::num::NonZeroU32;

use atoll_vm::price::WasmPrices;
use fvm_wasm_instrument::gas_metering::{self, InstructionCost, Operator, Rules};
use fvm_wasm_instrument::stack_limiter;

/// Instruments a module as crate `fvm` 4.8.4 does: the stack limiter first, so that it is metered
/// as well.
pub fn instrument(wasm: &[u8], prices: &WasmPrices, stack_max: u32) -> Result<Vec<u8>, String> {
    // It panics on some of what it does not support.
    let instrumented = std::panic::catch_unwind(|| {
        let limited = stack_limiter::inject(wasm, stack_max).map_err(|e| e.to_string())?;
        gas_metering::inject(&limited, &Oracle(*prices), "gas").map_err(|e| e.to_string())
    });
    instrumented.unwrap_or_else(|_| Err("panicked".into()))
}

/// The price list, spelt by the names of the instructions: independent of our own table.
struct Oracle(WasmPrices);

impl Rules for Oracle {
    fn instruction_cost(&self, op: &Operator) -> anyhow::Result<InstructionCost> {
        let debug = format!("{op:?}");
        let name = debug
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default();
        let p = &self.0;
        let linear = |base: u64, per_byte: u64, unit: u64| {
            let per_unit = u32::try_from(per_byte * unit)?;
            Ok(match NonZeroU32::new(per_unit) {
                Some(per_unit) => InstructionCost::Linear(base, per_unit),
                None => InstructionCost::Fixed(base),
            })
        };
        let fixed = match name {
            "Nop" | "Block" | "Loop" | "Unreachable" | "Return" | "Else" | "End" | "Drop" => 0,
            "Br" => p.jump,
            "BrIf" | "If" => p.jump_conditional,
            "BrTable" => p.jump_indirect + p.memory_access,
            "Call" => p.jump + p.call,
            "CallIndirect" => p.jump_indirect + p.memory_access + p.call,
            "MemoryInit" | "MemoryCopy" => {
                return linear(p.instruction + p.memory_access, p.memory_copy_per_byte, 1);
            }
            "TableInit" | "TableCopy" => {
                return linear(p.instruction + p.memory_access, p.memory_copy_per_byte, 8);
            }
            "MemoryFill" => {
                return linear(p.instruction + p.memory_fill, p.memory_fill_per_byte, 1);
            }
            "TableFill" | "TableGrow" => {
                return linear(p.instruction + p.memory_fill, p.memory_fill_per_byte, 8);
            }
            "MemoryGrow" => {
                return linear(
                    p.instruction + p.memory_fill,
                    p.memory_fill_per_byte,
                    1 << 16,
                );
            }
            "RefNull" | "RefIsNull" | "RefFunc" => anyhow::bail!("unsupported"),
            "Select" | "TypedSelect" | "DataDrop" | "ElemDrop" | "MemorySize" | "TableSize"
            | "I64ExtendI32U" | "I32WrapI64" => p.instruction,
            _ if name.contains("Reinterpret")
                || name.contains("Const")
                || name.starts_with("Local")
                || name.starts_with("Global") =>
            {
                p.instruction
            }
            _ if name.contains("Load") || name == "TableGet" => p.instruction + p.memory_access,
            _ if name.contains("Store") || name == "TableSet" => p.instruction + p.memory_fill,
            _ => p.math,
        };
        Ok(InstructionCost::Fixed(fixed))
    }

    fn gas_charge_cost(&self) -> u64 {
        0
    }

    fn linear_calc_cost(&self) -> u64 {
        0
    }
}
