//! What native EVM code costs, in Filecoin gas.
//!
//! The network runs the EVM in Wasm and counts Wasm instructions; we run it natively and charge
//! what that came to. Every figure is here. What a contract asks of the machine (calls, balances,
//! events, randomness) the machine charges at the network's prices; the figures are without that.
//!
//! Unless a figure says otherwise it comes from one least-squares fit, with no figure below zero,
//! over 1,935 messages of the recorded scenarios (`vectors/fevm`, `vectors/core`): all that we
//! executed with the recorded outcome and that call no costly precompile, each weighted by its
//! own gas, and those of real contracts weighted more. Opcodes that do alike in the official actor
//! share a figure. Where the recordings do not tell two figures apart, the fit is held near one
//! read off `gas_per_opcode_loops_*`. The example `gas_fit` of `atoll-native` repeats it. (These
//! figures are of a run in which changes of slots counted even if they were undone before they
//! were written, so it gives somewhat others.) `atoll vectors --gas-report` says how near all
//! this comes.

use std::sync::{Arc, LazyLock};

use revm_interpreter::GasTable;
use revm_interpreter::bytecode::opcode::*;
use revm_interpreter::context_interface::cfg::{GasId, GasParams};

use super::near::Place;

/// A frame beyond the entry into the actor ([`crate::gas`]): the load of the state, the answer.
const FRAME: u64 = 604_400;
/// A byte of call data.
const INPUT_BYTE: u64 = 5;
/// A call of a getter, beyond the entry into the actor.
pub(super) const GETTER: u64 = 425_100;
/// A byte of code to be loaded and searched for jump destinations.
const CODE_BYTE: u64 = 107;
/// A byte of code to be stored: the network's price of storage.
const DEPOSIT_BYTE: u64 = 3_340;
/// A changed state that is written.
const SAVE: u64 = 1_915_200;
/// The same if slots changed: the root of the slots.
const SLOTS_SAVE: u64 = 284_700;
/// A frame that ends in an exceptional halt: the words about it.
pub(super) const HALT: u64 = 75_400;

// The first access of a frame to a slot, by where its key lies ([`Place`]) and whether the slot
// holds anything. One beside a known slot costs the fit nothing.
const FOUND_LOW: u64 = 670_000;
const FOUND_HIGH: u64 = 206_600;
const FOUND_GROUP: u64 = 641_100;
const ABSENT_LOW: u64 = 116_900;
const ABSENT_HIGH: u64 = 107_900;
const ABSENT_GROUP: u64 = 1_073_000;

// A slot that changed, when the state is written. Removing one costs the fit nothing.
const CREATED_KEY_BYTE: u64 = 16_090;
const CREATED_VALUE_BYTE: u64 = 20_300;
const CHANGED_HIGH: u64 = 550_500;
const CHANGED_GROUP: u64 = 1_354_300;

/// A transient slot that gets its first value.
const TRANSIENT_CREATED: u64 = 439_400;

/// 32 bytes that memory grows by.
const MEMORY_WORD: u64 = 26;
/// 32 bytes that are copied.
pub(super) const COPY_WORD: u64 = 10;
/// 32 bytes that KECCAK256 hashes: the network's own price of the hash, 33 a byte. (The fit has
/// 211, since hardly any recording hashes more than a few words, and much data must not be cheap.
/// The opcode is that much cheaper that hashing two words, as for a mapping, costs what was fitted.)
pub(super) const KECCAK_WORD: u64 = 1_056;
/// A bit of an exponent: a multiplication or two.
pub(super) const EXP_BIT: u64 = 3_300;

/// What a frame costs before it runs anything.
pub(super) fn frame(input: usize) -> u64 {
    FRAME + input as u64 * INPUT_BYTE
}

/// What it costs to load code of some size and to search it for jump destinations.
pub(super) fn code(size: usize) -> u64 {
    size as u64 * CODE_BYTE
}

/// What it costs to store code of some size.
pub(super) fn deposit(size: usize) -> u64 {
    size as u64 * DEPOSIT_BYTE
}

/// What an access of a frame to a slot costs, by its key and what it holds: never by where it lies
/// in a tree, nor by what is cached.
pub(super) fn access(place: Place, value: &[u8; 32]) -> u64 {
    match (place, *value == [0; 32]) {
        (Place::Known | Place::Pair, _) => 0,
        (Place::Group, false) => FOUND_GROUP,
        (Place::Low, false) => FOUND_LOW,
        (Place::High, false) => FOUND_HIGH,
        (Place::Group, true) => ABSENT_GROUP,
        (Place::Low, true) => ABSENT_LOW,
        (Place::High, true) => ABSENT_HIGH,
    }
}

/// What it costs to write a state whose slots changed for so much.
pub(super) fn save(slots: Option<u64>) -> u64 {
    SAVE + slots.map_or(0, |slots| SLOTS_SAVE + slots)
}

/// What a slot costs when the state is written in which it changed.
pub(super) fn change(place: Place, key: &[u8; 32], old: &[u8; 32], new: &[u8; 32]) -> u64 {
    if *old == [0; 32] {
        CREATED_KEY_BYTE * significant(key) + CREATED_VALUE_BYTE * significant(new)
    } else if *new == [0; 32] {
        0
    } else {
        match place {
            Place::Known | Place::Pair | Place::Low => 0,
            Place::Group => CHANGED_GROUP,
            Place::High => CHANGED_HIGH,
        }
    }
}

/// What it costs to give a transient slot another value than `old`.
pub(super) fn transient_change(old: &[u8; 32]) -> u64 {
    if *old == [0; 32] {
        TRANSIENT_CREATED
    } else {
        0
    }
}

/// How many bytes a word takes in the state, where it has no leading zeros.
fn significant(word: &[u8; 32]) -> u64 {
    32 - word.iter().take_while(|byte| **byte == 0).count() as u64
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
    (STOP, 16_480),
    (ADD, 60),
    (MUL, 3_470),
    (SUB, 60),
    (DIV, 3_090),
    (SDIV, 2_370),
    (MOD, 3_090),
    (SMOD, 2_370),
    (ADDMOD, 3_890),
    (MULMOD, 42_150),
    (EXP, 2_700),
    (SIGNEXTEND, 810),
    (LT, 60),
    (GT, 60),
    (SLT, 810),
    (SGT, 810),
    (EQ, 60),
    (ISZERO, 530),
    (AND, 60),
    (OR, 60),
    (XOR, 60),
    (NOT, 530),
    (BYTE, 810),
    (SHL, 270),
    (SHR, 270),
    (SAR, 270),
    (CLZ, 530),
    (KECCAK256, 20_960), // The fit has 22,650, with another price of a word.
    (ADDRESS, 720),
    (BALANCE, 44_410),
    (ORIGIN, 28_200),
    (CALLER, 720),
    (CALLVALUE, 1_960),
    (CALLDATALOAD, 1_850),
    (CALLDATASIZE, 720),
    (CALLDATACOPY, 2_620),
    (CODESIZE, 720),
    (CODECOPY, 2_620),
    (GASPRICE, 52_740),
    (EXTCODESIZE, 29_600),
    (EXTCODECOPY, 50_330),
    (RETURNDATASIZE, 720),
    (RETURNDATACOPY, 2_620),
    (EXTCODEHASH, 29_510),
    (BLOCKHASH, 4_590),
    (COINBASE, 720),
    (TIMESTAMP, 52_740),
    (NUMBER, 52_740),
    (DIFFICULTY, 2_190),
    (GASLIMIT, 720),
    (CHAINID, 52_740),
    (SELFBALANCE, 18_040),
    (BASEFEE, 52_740),
    (POP, 420),
    (MLOAD, 60),
    (MSTORE, 1_230),
    (MSTORE8, 1_230),
    (SLOAD, 5_440),
    (SSTORE, 830),
    (JUMP, 970),
    (JUMPI, 970),
    (PC, 720),
    (MSIZE, 720),
    (GAS, 14_190),
    (JUMPDEST, 410),
    (TLOAD, 3_050),
    (TSTORE, 2_980),
    (MCOPY, 2_620),
    (PUSH0, 450),
    (PUSH1, 450),
    (PUSH2, 450),
    (PUSH3, 450),
    (PUSH4, 450),
    (PUSH5, 450),
    (PUSH6, 450),
    (PUSH7, 450),
    (PUSH8, 450),
    (PUSH9, 570),
    (PUSH10, 570),
    (PUSH11, 570),
    (PUSH12, 570),
    (PUSH13, 570),
    (PUSH14, 570),
    (PUSH15, 570),
    (PUSH16, 570),
    (PUSH17, 570),
    (PUSH18, 570),
    (PUSH19, 570),
    (PUSH20, 570),
    (PUSH21, 570),
    (PUSH22, 570),
    (PUSH23, 570),
    (PUSH24, 570),
    (PUSH25, 570),
    (PUSH26, 570),
    (PUSH27, 570),
    (PUSH28, 570),
    (PUSH29, 570),
    (PUSH30, 570),
    (PUSH31, 570),
    (PUSH32, 570),
    (DUP1, 450),
    (DUP2, 450),
    (DUP3, 450),
    (DUP4, 450),
    (DUP5, 450),
    (DUP6, 450),
    (DUP7, 450),
    (DUP8, 450),
    (DUP9, 450),
    (DUP10, 450),
    (DUP11, 450),
    (DUP12, 450),
    (DUP13, 450),
    (DUP14, 450),
    (DUP15, 450),
    (DUP16, 450),
    (SWAP1, 900),
    (SWAP2, 900),
    (SWAP3, 900),
    (SWAP4, 900),
    (SWAP5, 900),
    (SWAP6, 900),
    (SWAP7, 900),
    (SWAP8, 900),
    (SWAP9, 900),
    (SWAP10, 900),
    (SWAP11, 900),
    (SWAP12, 900),
    (SWAP13, 900),
    (SWAP14, 900),
    (SWAP15, 900),
    (SWAP16, 900),
    (LOG0, 19_180),
    (LOG1, 27_710),
    (LOG2, 56_250),
    (LOG3, 65_530), // The fit has 91,550, which the table does not hold.
    (LOG4, 37_690),
    (CREATE, 62_710),
    (CALL, 14_840),
    (RETURN, 16_480),
    (DELEGATECALL, 65_530), // The fit has 79,000.
    (CREATE2, 62_710),
    (STATICCALL, 14_840),
    (REVERT, 16_480),
    (INVALID, 500),
    (SELFDESTRUCT, 0),
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

/// What precompiles cost beyond the call: what is left of the recorded gas (`pc_*`) when all the
/// rest is taken off. The hashes and the recovery are the machine's, at its prices. Points are
/// checked first, which is all that a wrong one costs, and a point at infinity saves the rest.
pub(super) mod precompiles {
    use revm_interpreter::primitives::U256;
    use revm_precompile::modexp::calculate_iteration_count;

    /// `gas_per_opcode_loops_0`, CALL identity.
    pub(crate) const ANY: u64 = 12_000;
    pub(crate) const BN254_ADD_CHECK: u64 = 100_000;
    pub(crate) const BN254_ADD: u64 = 830_000;
    const BN254_MUL: u64 = 160_000;
    const BN254_MUL_BIT: u64 = 236_000;
    pub(crate) const BN254_PAIR_CHECK: u64 = 195_000_000;
    const BN254_PAIRING: u64 = 512_000_000;
    const BN254_PAIR: u64 = 215_000_000;
    pub(crate) const BLS_G1_ADD_CHECK: u64 = 350_000;
    pub(crate) const BLS_G1_ADD: u64 = 2_263_000;
    pub(crate) const BLS_G2_ADD_CHECK: u64 = 700_000;
    pub(crate) const BLS_G2_ADD: u64 = 3_695_000;
    pub(crate) const BLS_MAP_FP: u64 = 35_558_000;
    pub(crate) const BLS_MAP_FP2: u64 = 134_457_000;
    pub(crate) const BLS_PAIR_CHECK: u64 = 91_100_000;
    const BLS_PAIRING: u64 = 328_300_000;
    const BLS_PAIR: u64 = 366_100_000;

    // No recording tells these. A multiplication is estimated from the pairing: natively a pairing
    // of one takes about seven multiplications of G1 and three of G2. A round of BLAKE2 is counted
    // in 64-bit operations, a step of the exponentiation in 32-bit multiplications, and P-256 is
    // taken as twice a multiplication of G1.
    pub(crate) const BLS_G1_MSM: u64 = 100_000_000;
    pub(crate) const BLS_G2_MSM: u64 = 230_000_000;
    pub(crate) const BLAKE2F_ROUND: u64 = 2_200;
    pub(crate) const P256_VERIFY: u64 = 200_000_000;
    const MODEXP: u64 = 100_000;
    /// A byte of an operand, given or not: lengths may be far longer than the input.
    const MODEXP_BYTE: u64 = 8;
    /// A multiplication of two words of 64 bits, and what goes with it.
    const MODEXP_STEP: u64 = 200;

    /// A pairing check of BN254.
    pub(crate) fn bn254_pairing(pairs: u64) -> u64 {
        if pairs == 0 {
            0
        } else {
            BN254_PAIRING + pairs.saturating_mul(BN254_PAIR)
        }
    }

    /// A multiplication on BN254: the official code doubles once a bit.
    pub(crate) fn bn254_mul(scalar: &U256) -> u64 {
        BN254_MUL + scalar.bit_len() as u64 * BN254_MUL_BIT
    }

    /// A pairing check of BLS12-381.
    pub(crate) fn bls_pairing(pairs: u64) -> u64 {
        if pairs == 0 {
            0
        } else {
            BLS_PAIRING + pairs.saturating_mul(BLS_PAIR)
        }
    }

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
        let bytes = u64::from(base) + u64::from(exponent) + u64::from(modulus);
        MODEXP.saturating_add(bytes * MODEXP_BYTE).saturating_add(
            longest
                .saturating_mul(longest)
                .saturating_mul(rounds)
                .saturating_mul(MODEXP_STEP),
        )
    }
}
