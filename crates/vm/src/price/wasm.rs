//! Prices that a Wasm runner applies by itself, so that it need not know what they mean.

/// A price in milligas with a part for each unit that an instruction works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WasmLinear {
    /// Milligas for the instruction itself.
    pub base: u64,
    /// Milligas for each unit; the unit is named where the price is.
    pub each: u64,
}

impl WasmLinear {
    /// The price of `count` units, or as much as there can be.
    pub const fn of(&self, count: u64) -> u64 {
        self.base.saturating_add(self.each.saturating_mul(count))
    }
}

/// What Wasm costs, in milligas.
///
/// Every instruction that may be used belongs to exactly one field, named in its comment. Those
/// free of charge (FIP-0032) are `nop`, `drop`, `block`, `loop`, `else`, `end`, `return` and
/// `unreachable`; all that no field names make a module invalid: SIMD, atomics, reference
/// instructions, tail calls, exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WasmPrices {
    /// Constants, locals, globals, `select`, `drop`s of segments, sizes of memory and table,
    /// and the conversions that only reinterpret: `i64.extend_i32_u`, `i32.wrap_i64`,
    /// `*.reinterpret_*`.
    pub plain: u64,
    /// Arithmetic, comparisons, bits, floats, and all other conversions.
    pub math: u64,
    /// `br`.
    pub jump: u64,
    /// `br_if` and `if`.
    pub jump_if: u64,
    /// `br_table`.
    pub jump_table: u64,
    /// `call`.
    pub call: u64,
    /// `call_indirect`.
    pub call_indirect: u64,
    /// Loads of all widths, `table.get`.
    pub load: u64,
    /// Stores of all widths, `table.set`.
    pub store: u64,

    /// `memory.grow`, by page of 64 KiB. Paid also where growing fails.
    pub memory_grow: WasmLinear,
    /// `memory.fill`, by byte.
    pub memory_fill: WasmLinear,
    /// `memory.copy` and `memory.init`, by byte.
    pub memory_copy: WasmLinear,
    /// `table.grow` and `table.fill`, by element.
    pub table_fill: WasmLinear,
    /// `table.copy` and `table.init`, by element.
    pub table_copy: WasmLinear,

    /// The memory that an instance starts with, by byte.
    pub start_memory: WasmLinear,
    /// The exported table that an instance starts with, by element.
    pub start_table: WasmLinear,

    /// Calling the machine, on top of what the call itself costs.
    pub syscall: u64,
}

/// A page of Wasm memory.
const PAGE_LEN: u64 = 65_536;

/// A table keeps one pointer for each element.
const TABLE_ELEMENT_LEN: u64 = 8;

impl WasmPrices {
    /// One price for every instruction, and one for every byte that is copied, filled or
    /// brought into being: so it has been since FIP-0057 (nv18).
    pub(super) const fn uniform(instruction: u64, byte: u64, syscall: u64) -> Self {
        const fn by(base: u64, byte: u64, unit_len: u64) -> WasmLinear {
            WasmLinear {
                base,
                each: byte * unit_len,
            }
        }
        Self {
            plain: instruction,
            math: instruction,
            jump: instruction,
            jump_if: instruction,
            jump_table: instruction,
            call: instruction,
            call_indirect: instruction,
            load: instruction,
            store: instruction,
            memory_grow: by(instruction, byte, PAGE_LEN),
            memory_fill: by(instruction, byte, 1),
            memory_copy: by(instruction, byte, 1),
            table_fill: by(instruction, byte, TABLE_ELEMENT_LEN),
            table_copy: by(instruction, byte, TABLE_ELEMENT_LEN),
            start_memory: by(0, byte, 1),
            start_table: by(0, byte, TABLE_ELEMENT_LEN),
            syscall,
        }
    }
}
