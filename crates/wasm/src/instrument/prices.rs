//! What each instruction costs.

use atoll_vm::price::WasmPrices;
use wasmparser::Operator;

use super::{InstrumentError, PAGE_LEN};

/// The cost of one instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cost {
    /// Known before the instruction runs.
    Fixed(u64),
    /// So much, and so much for each unit that the top of the stack asks for.
    Linear { base: u64, per_unit: u32 },
}

/// How many bytes an element of a table counts for.
const TABLE_ELEMENT_LEN: u64 = 8;

/// What may be asked for in one instruction times what a unit costs has to fit the counter.
const PER_UNIT_MAX: u64 = 0x7fff_ffff;

/// The cost of one instruction.
///
/// Instructions that cannot be validated, or that the stack limiter turns away, have none.
pub(super) fn cost(prices: &WasmPrices, op: &Operator<'_>) -> Result<Cost, InstrumentError> {
    use Operator::*;
    let fixed = |price| Ok(Cost::Fixed(price));
    match op {
        // FIP-0032: what only structures the code is free.
        Nop | Block { .. } | Loop { .. } | Unreachable | Return | Else | End | Drop => fixed(0),

        Br { .. } => fixed(prices.jump),
        BrIf { .. } | If { .. } => fixed(prices.jump_conditional),
        BrTable { .. } => fixed(prices.jump_indirect + prices.memory_access),
        Call { .. } => fixed(prices.jump + prices.call),
        CallIndirect { .. } => fixed(prices.jump_indirect + prices.memory_access + prices.call),

        I64ExtendI32U
        | I32WrapI64
        | I32ReinterpretF32
        | I64ReinterpretF64
        | F32ReinterpretI32
        | F64ReinterpretI64
        | I32Const { .. }
        | I64Const { .. }
        | F32Const { .. }
        | F64Const { .. }
        | LocalGet { .. }
        | LocalSet { .. }
        | LocalTee { .. }
        | GlobalGet { .. }
        | GlobalSet { .. }
        | Select
        | DataDrop { .. }
        | ElemDrop { .. }
        | MemorySize { .. }
        | TableSize { .. } => fixed(prices.instruction),

        I32Load { .. }
        | I32Load8U { .. }
        | I32Load16U { .. }
        | I32Load8S { .. }
        | I32Load16S { .. }
        | I64Load { .. }
        | I64Load8U { .. }
        | I64Load16U { .. }
        | I64Load32U { .. }
        | I64Load8S { .. }
        | I64Load16S { .. }
        | I64Load32S { .. }
        | F32Load { .. }
        | F64Load { .. }
        | TableGet { .. } => fixed(prices.instruction + prices.memory_access),
        I32Store { .. }
        | I32Store8 { .. }
        | I32Store16 { .. }
        | I64Store { .. }
        | I64Store8 { .. }
        | I64Store16 { .. }
        | I64Store32 { .. }
        | F32Store { .. }
        | F64Store { .. }
        | TableSet { .. } => fixed(prices.instruction + prices.memory_fill),

        MemoryInit { .. } | MemoryCopy { .. } => copying(prices, 1),
        TableInit { .. } | TableCopy { .. } => copying(prices, TABLE_ELEMENT_LEN),
        MemoryFill { .. } => filling(prices, 1),
        TableFill { .. } | TableGrow { .. } => filling(prices, TABLE_ELEMENT_LEN),
        MemoryGrow { .. } => filling(prices, PAGE_LEN),

        _ if is_math(op) => fixed(prices.math),
        _ => Err(InstrumentError::Unmeterable(
            "an instruction without a price",
        )),
    }
}

fn copying(prices: &WasmPrices, unit_len: u64) -> Result<Cost, InstrumentError> {
    linear(
        prices.instruction + prices.memory_access,
        prices.memory_copy_per_byte,
        unit_len,
    )
}

fn filling(prices: &WasmPrices, unit_len: u64) -> Result<Cost, InstrumentError> {
    linear(
        prices.instruction + prices.memory_fill,
        prices.memory_fill_per_byte,
        unit_len,
    )
}

fn linear(base: u64, per_byte: u64, unit_len: u64) -> Result<Cost, InstrumentError> {
    match per_byte.checked_mul(unit_len) {
        Some(0) => Ok(Cost::Fixed(base)),
        Some(per_unit) if per_unit <= PER_UNIT_MAX => Ok(Cost::Linear {
            base,
            per_unit: per_unit as u32,
        }),
        _ => Err(InstrumentError::Unmeterable(
            "a price too high to be charged by the unit",
        )),
    }
}

fn is_math(op: &Operator<'_>) -> bool {
    use Operator::*;
    matches!(
        op,
        // Sign extension.
        I32Extend8S | I32Extend16S | I64Extend8S | I64Extend16S | I64Extend32S | I64ExtendI32S
        // Bits.
        | I32And | I32Or | I32Xor | I32Shl | I32ShrS | I32ShrU | I32Rotl | I32Rotr
        | I64And | I64Or | I64Xor | I64Shl | I64ShrS | I64ShrU | I64Rotl | I64Rotr
        | I32Clz | I32Ctz | I32Popcnt | I64Clz | I64Ctz | I64Popcnt
        // Comparison.
        | I32Eqz | I32Eq | I32Ne | I32LtS | I32LtU | I32GtS | I32GtU | I32LeS | I32LeU | I32GeS
        | I32GeU | I64Eqz | I64Eq | I64Ne | I64LtS | I64LtU | I64GtS | I64GtU | I64LeS | I64LeU
        | I64GeS | I64GeU | F32Eq | F32Ne | F32Lt | F32Gt | F32Le | F32Ge | F64Eq | F64Ne | F64Lt
        | F64Gt | F64Le | F64Ge
        // Integers.
        | I32Add | I32Sub | I32Mul | I32DivS | I32DivU | I32RemS | I32RemU
        | I64Add | I64Sub | I64Mul | I64DivS | I64DivU | I64RemS | I64RemU
        // Floats.
        | F32Abs | F32Neg | F32Ceil | F32Floor | F32Trunc | F32Nearest | F32Sqrt | F32Add | F32Sub
        | F32Mul | F32Div | F32Min | F32Max | F32Copysign
        | F64Abs | F64Neg | F64Ceil | F64Floor | F64Trunc | F64Nearest | F64Sqrt | F64Add | F64Sub
        | F64Mul | F64Div | F64Min | F64Max | F64Copysign
        // Conversion.
        | I32TruncF32S | I32TruncF32U | I32TruncF64S | I32TruncF64U
        | I64TruncF32S | I64TruncF32U | I64TruncF64S | I64TruncF64U
        | I32TruncSatF32S | I32TruncSatF32U | I32TruncSatF64S | I32TruncSatF64U
        | I64TruncSatF32S | I64TruncSatF32U | I64TruncSatF64S | I64TruncSatF64U
        | F32ConvertI32S | F32ConvertI32U | F32ConvertI64S | F32ConvertI64U | F32DemoteF64
        | F64ConvertI32S | F64ConvertI32U | F64ConvertI64S | F64ConvertI64U | F64PromoteF32
    )
}
