//! What native EVM code costs, in Filecoin gas.
//!
//! The network runs the EVM in Wasm and counts Wasm instructions; we run it natively and charge
//! what that comes to. Every figure is here. What an opcode asks of the machine (calls, balances,
//! events, randomness) the machine charges at the network's prices; the figures are without that.

use std::sync::{Arc, LazyLock};

use revm_interpreter::GasTable;
use revm_interpreter::bytecode::opcode::*;
use revm_interpreter::context_interface::cfg::{GasId, GasParams};

use crate::runtime::SlotMap;

/// A frame: dispatch, parameters, the load of the state, the answer.
pub(super) const FRAME: u64 = 400_000;
/// A call of a getter.
pub(super) const GETTER: u64 = 300_000;
/// A kibibyte of code to be loaded and searched for jump destinations.
const CODE_PER_KIBIBYTE: u64 = 98_000;
/// A changed state that is written.
pub(super) const SAVE: u64 = 1_500_000;

/// A slot that gets another value.
const SLOT_CHANGED: u64 = 1_000_000;
/// A slot that gets its first value.
const SLOT_CREATED: u64 = 2_500_000;
/// A transient slot that gets another value.
const TRANSIENT_CHANGED: u64 = 20_000;

/// What it costs to give a slot another value than `old`.
pub(super) fn slot_change(map: SlotMap, old: &[u8; 32]) -> u64 {
    match map {
        SlotMap::Persistent if *old == [0; 32] => SLOT_CREATED,
        SlotMap::Persistent => SLOT_CHANGED,
        SlotMap::Transient => TRANSIENT_CHANGED,
    }
}

/// 32 bytes that memory grows by.
pub(super) const MEMORY_WORD: u64 = 26;
/// 32 bytes that are copied.
pub(super) const COPY_WORD: u64 = 7;
/// 32 bytes that KECCAK256 hashes.
pub(super) const KECCAK_WORD: u64 = 120;
/// A bit of an exponent: a multiplication.
pub(super) const EXP_BIT: u64 = 3_900;

/// What it costs to load code of some size and to search it for jump destinations.
pub(super) fn code(size: usize) -> u64 {
    (size as u64 * CODE_PER_KIBIBYTE).div_ceil(1024)
}

/// What revm's own instructions ask for: only the price of memory, which has no quadratic part.
pub(super) static PARAMS: LazyLock<GasParams> = LazyLock::new(|| {
    let mut params = GasParams::new(Arc::new([0; 256]));
    params.override_gas([
        (GasId::memory_linear_cost(), MEMORY_WORD),
        (GasId::memory_quadratic_reduction(), u64::MAX),
    ]);
    params
});

/// Each opcode of the network's EVM with its own cost. What is not here does not exist: CALLCODE,
/// the blob opcodes and everything newer than Cancun but CLZ.
pub(super) const OPCODES: &[(u8, u16)] = &[
    (STOP, 500),
    (ADD, 700),
    (MUL, 1_700),
    (SUB, 700),
    (DIV, 2_500),
    (SDIV, 2_700),
    (MOD, 2_500),
    (SMOD, 2_700),
    (ADDMOD, 9_000),
    (MULMOD, 20_000),
    (EXP, 3_000),
    (SIGNEXTEND, 900),
    (LT, 700),
    (GT, 700),
    (SLT, 700),
    (SGT, 700),
    (EQ, 600),
    (ISZERO, 500),
    (AND, 600),
    (OR, 600),
    (XOR, 600),
    (NOT, 500),
    (BYTE, 700),
    (SHL, 900),
    (SHR, 900),
    (SAR, 1_000),
    (CLZ, 600),
    (KECCAK256, 20_000),
    (ADDRESS, 700),
    (BALANCE, 2_000),
    (ORIGIN, 2_000),
    (CALLER, 700),
    (CALLVALUE, 1_500),
    (CALLDATALOAD, 900),
    (CALLDATASIZE, 500),
    (CALLDATACOPY, 1_500),
    (CODESIZE, 500),
    (CODECOPY, 1_500),
    (GASPRICE, 3_000),
    (EXTCODESIZE, 10_000),
    (EXTCODECOPY, 10_000),
    (RETURNDATASIZE, 500),
    (RETURNDATACOPY, 1_500),
    (EXTCODEHASH, 10_000),
    (BLOCKHASH, 10_000),
    (COINBASE, 500),
    (TIMESTAMP, 600),
    (NUMBER, 600),
    (DIFFICULTY, 2_000),
    (GASLIMIT, 500),
    (CHAINID, 600),
    (SELFBALANCE, 2_000),
    (BASEFEE, 2_000),
    (POP, 300),
    (MLOAD, 1_200),
    (MSTORE, 1_200),
    (MSTORE8, 1_000),
    (SLOAD, 3_000),
    (SSTORE, 3_000),
    (JUMP, 800),
    (JUMPI, 900),
    (PC, 500),
    (MSIZE, 500),
    (GAS, 500),
    (JUMPDEST, 300),
    (TLOAD, 2_500),
    (TSTORE, 3_000),
    (MCOPY, 2_000),
    (PUSH0, 400),
    (PUSH1, 500),
    (PUSH2, 500),
    (PUSH3, 500),
    (PUSH4, 500),
    (PUSH5, 500),
    (PUSH6, 500),
    (PUSH7, 500),
    (PUSH8, 500),
    (PUSH9, 900),
    (PUSH10, 900),
    (PUSH11, 900),
    (PUSH12, 900),
    (PUSH13, 900),
    (PUSH14, 900),
    (PUSH15, 900),
    (PUSH16, 900),
    (PUSH17, 900),
    (PUSH18, 900),
    (PUSH19, 900),
    (PUSH20, 900),
    (PUSH21, 900),
    (PUSH22, 900),
    (PUSH23, 900),
    (PUSH24, 900),
    (PUSH25, 900),
    (PUSH26, 900),
    (PUSH27, 900),
    (PUSH28, 900),
    (PUSH29, 900),
    (PUSH30, 900),
    (PUSH31, 900),
    (PUSH32, 900),
    (DUP1, 500),
    (DUP2, 500),
    (DUP3, 500),
    (DUP4, 500),
    (DUP5, 500),
    (DUP6, 500),
    (DUP7, 500),
    (DUP8, 500),
    (DUP9, 500),
    (DUP10, 500),
    (DUP11, 500),
    (DUP12, 500),
    (DUP13, 500),
    (DUP14, 500),
    (DUP15, 500),
    (DUP16, 500),
    (SWAP1, 500),
    (SWAP2, 500),
    (SWAP3, 500),
    (SWAP4, 500),
    (SWAP5, 500),
    (SWAP6, 500),
    (SWAP7, 500),
    (SWAP8, 500),
    (SWAP9, 500),
    (SWAP10, 500),
    (SWAP11, 500),
    (SWAP12, 500),
    (SWAP13, 500),
    (SWAP14, 500),
    (SWAP15, 500),
    (SWAP16, 500),
    (LOG0, 10_000),
    (LOG1, 12_000),
    (LOG2, 14_000),
    (LOG3, 16_000),
    (LOG4, 18_000),
    (CREATE, 20_000),
    (CALL, 20_000),
    (RETURN, 1_000),
    (DELEGATECALL, 20_000),
    (CREATE2, 20_000),
    (STATICCALL, 20_000),
    (REVERT, 1_000),
    (INVALID, 500),
    (SELFDESTRUCT, 20_000),
];

/// [`OPCODES`] by number. What does not exist costs nothing, since it ends the frame.
pub(super) const STATIC: GasTable = {
    let mut table = [0; 256];
    let mut row = 0;
    while row < OPCODES.len() {
        table[OPCODES[row].0 as usize] = OPCODES[row].1;
        row += 1;
    }
    table
};

/// What precompiles cost. The hashes and the recovery are the machine's, at its prices.
pub(super) mod precompiles {
    use revm_precompile::modexp::calculate_iteration_count;

    use revm_interpreter::primitives::U256;

    pub(crate) const IDENTITY_WORD: u64 = 7;
    pub(crate) const BN254_ADD: u64 = 400_000;
    pub(crate) const BN254_MUL: u64 = 11_000_000;
    pub(crate) const BN254_PAIRING: u64 = 60_000_000;
    pub(crate) const BN254_PAIR: u64 = 40_000_000;
    pub(crate) const BLAKE2F_ROUND: u64 = 1_000;
    pub(crate) const BLS_G1_ADD: u64 = 1_500_000;
    pub(crate) const BLS_G1_MSM: u64 = 15_000_000;
    pub(crate) const BLS_G2_ADD: u64 = 3_000_000;
    pub(crate) const BLS_G2_MSM: u64 = 35_000_000;
    pub(crate) const BLS_PAIRING: u64 = 80_000_000;
    pub(crate) const BLS_PAIR: u64 = 60_000_000;
    pub(crate) const BLS_MAP_FP: u64 = 12_000_000;
    pub(crate) const BLS_MAP_FP2: u64 = 50_000_000;
    pub(crate) const P256_VERIFY: u64 = 40_000_000;

    /// A multiplication of two words of 64 bits, and what goes with it.
    const MODEXP_STEP: u64 = 60;
    const MODEXP: u64 = 100_000;
    /// A byte of an operand, given or not: lengths may be far longer than the input.
    const MODEXP_BYTE: u64 = 8;

    /// Squares and multiplications in the exponent, each quadratic in the longer operand.
    pub(crate) fn modexp(base: u32, exponent: u32, modulus: u32, input: &[u8]) -> u64 {
        let longest = u64::from(base.max(modulus)).div_ceil(8);
        // The first word of the exponent says how many of its bits count.
        let at = 96usize.saturating_add(base as usize);
        let mut head = [0; 32];
        let size = (exponent as usize).min(32);
        let given = input.get(at..).unwrap_or_default();
        let given = &given[..given.len().min(size)];
        head[32 - size..32 - size + given.len()].copy_from_slice(given);
        let rounds = calculate_iteration_count::<8>(exponent.into(), &U256::from_be_bytes(head));
        MODEXP
            .saturating_add(
                (u64::from(base) + u64::from(exponent) + u64::from(modulus)) * MODEXP_BYTE,
            )
            .saturating_add(
                longest
                    .saturating_mul(longest)
                    .saturating_mul(rounds)
                    .saturating_mul(MODEXP_STEP),
            )
    }
}
