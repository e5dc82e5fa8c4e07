//! Prices that a Wasm runner applies by itself, so that it need not know what they mean.

/// What Wasm costs, in milligas.
///
/// Free of charge are `nop`, `drop`, `block`, `loop`, `else`, `end`, `return` and `unreachable`
/// (FIP-0032). An instruction that no field names, and that is not one of these, makes a module
/// invalid: SIMD, atomics, reference instructions, tail calls, exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WasmPrices {
    /// Constants, locals, globals, `select`, dropped segments, sizes of memory and table, and
    /// conversions that only reinterpret. Part of the price of all that reads or writes memory
    /// or a table.
    pub instruction: u64,
    /// Arithmetic, comparisons, bits, floats, and all other conversions.
    pub math: u64,
    /// A jump that is always taken: `br`, and that of `call`.
    pub jump: u64,
    /// `br_if` and `if`.
    pub jump_conditional: u64,
    /// A jump through a table: `br_table`, and that of `call_indirect`; both also read memory.
    pub jump_indirect: u64,
    /// A call, on top of its jump.
    pub call: u64,
    /// Writing to memory or a table, on top of the instruction.
    pub memory_fill: u64,
    /// The same, for each byte of `memory.fill`, `memory.grow`, `table.fill` and `table.grow`.
    /// Growing pays also where it fails.
    pub memory_fill_per_byte: u64,
    /// Reading memory or a table, on top of the instruction.
    pub memory_access: u64,
    /// The same, for each byte of `memory.copy`, `memory.init`, `table.copy` and `table.init`.
    pub memory_copy_per_byte: u64,
    /// Calling the machine, on top of what the call itself costs.
    pub syscall: u64,
}

/// A table keeps one pointer for each element.
const TABLE_ELEMENT_LEN: u64 = 8;

impl WasmPrices {
    /// For memory that an instance starts with, or that has grown.
    pub const fn memory(&self, len: u64) -> u64 {
        self.memory_fill
            .saturating_add(self.memory_fill_per_byte.saturating_mul(len))
    }

    /// For the exported table that an instance starts with.
    pub const fn table(&self, elements: u64) -> u64 {
        self.memory(elements.saturating_mul(TABLE_ELEMENT_LEN))
    }
}
