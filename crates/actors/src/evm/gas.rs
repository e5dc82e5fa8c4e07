//! What native EVM code costs, in Filecoin gas.
//!
//! The network runs the EVM in Wasm and counts Wasm instructions; we run it natively and charge
//! what that came to. Every figure is here. What a contract asks of the machine (calls, balances,
//! events, randomness) the machine charges at the network's prices; the figures are without that.
//!
//! Unless a figure says otherwise it comes from one least-squares fit, with no figure below zero,
//! over the messages of the recorded scenarios (`vectors/fevm`, `vectors/core`) and of half of
//! those of `vectors/solidity`: all that we executed with the recorded outcome and that call no
//! costly precompile, each weighted by its own gas, and those of real contracts weighted more.
//! Opcodes that do alike in the official actor share a figure. Where the recordings do not tell two
//! figures apart, the fit is held near one read off `gas_per_opcode_loops_*`. The example `gas_fit`
//! of `atoll-native` repeats it. `atoll vectors --gas-report` says how near all this comes.
//!
//! What the network charges for a slot grows with the nodes of the tree above it; our figures are
//! those of contracts with few slots ([`super::near`]).

use std::sync::{Arc, LazyLock};

use revm_interpreter::GasTable;
use revm_interpreter::bytecode::opcode::*;
use revm_interpreter::context_interface::cfg::{GasId, GasParams};

use super::near::Place;

/// A frame beyond the entry into the actor ([`crate::gas`]): the load of the state, the answer.
const FRAME: u64 = 605_300;
/// A byte of call data.
const INPUT_BYTE: u64 = 5;
/// A call of a getter, beyond the entry into the actor.
pub(super) const GETTER: u64 = 445_200;
/// A byte of code to be loaded and searched for jump destinations.
const CODE_BYTE: u64 = 118;
/// A byte of code to be stored: the network's price of storage.
const DEPOSIT_BYTE: u64 = 3_340;
/// A changed state that is written.
const SAVE: u64 = 1_660_600;
/// The same if slots changed: the root of the slots.
const SLOTS_SAVE: u64 = 606_800;
/// A frame that ends in an exceptional halt: the words about it.
pub(super) const HALT: u64 = 87_000;

// The first access of a frame to a slot, by where its key lies ([`Place`]) and whether the slot
// holds anything. Where nothing is found the fit has nothing for keys far from all known, but no
// read may be free: some of what it has for their creation is charged here.
const FOUND_LOW: u64 = 627_700;
const FOUND_HIGH: u64 = 207_900;
const FOUND_GROUP: u64 = 374_100;
const FOUND_PAIR: u64 = 170_600;
const ABSENT_PAIR: u64 = 61_100;
const ABSENT_LOW: u64 = 40_000;
const ABSENT_HIGH: u64 = 100_000;
const ABSENT_GROUP: u64 = 1_202_300;

/// A further access to a slot that lies deep in the tree: the bits that lead there are compared
/// again each time. Read off `blobPush` in `vectors/solidity/shelves.json` and `insertion` in
/// `sorts.json`, which do little else.
const AGAIN_DEEP: u64 = 70_000;

// A slot that changed, when the state is written. What is zero costs the fit nothing.
const CREATED_LOW: u64 = 4_700;
const CREATED_HIGH: u64 = 575_800;
const CREATED_GROUP: u64 = 0;
const CREATED_PAIR: u64 = 0;
const CREATED_VALUE_BYTE: u64 = 14_660;
const CHANGED_LOW: u64 = 0;
const CHANGED_HIGH: u64 = 537_000;
const CHANGED_GROUP: u64 = 1_292_700;
const CHANGED_PAIR: u64 = 0;
const REMOVED_LOW: u64 = 0;
const REMOVED_HIGH: u64 = 0;
const REMOVED_GROUP: u64 = 0;
const REMOVED_PAIR: u64 = 0;

/// A transient slot that gets its first value.
const TRANSIENT_CREATED: u64 = 441_300;

/// 32 bytes that memory grows by.
const MEMORY_WORD: u64 = 26;
/// 32 bytes that are copied.
pub(super) const COPY_WORD: u64 = 8;
/// 32 bytes of data of an event.
pub(super) const LOG_WORD: u64 = 7_400;
/// 32 bytes that KECCAK256 hashes: the network's own price of the hash, 33 a byte. (Hardly any
/// recording hashes more than a few words, and much data must not be cheap.)
pub(super) const KECCAK_WORD: u64 = 1_056;
/// A bit of an exponent: a multiplication or two.
pub(super) const EXP_BIT: u64 = 3_210;

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
        (Place::Known, _) => 0,
        (Place::Deep, _) => AGAIN_DEEP,
        (Place::Pair, false) => FOUND_PAIR,
        (Place::Pair, true) => ABSENT_PAIR,
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
pub(super) fn change(place: Place, old: &[u8; 32], new: &[u8; 32]) -> u64 {
    let [low, high, group, pair] = if *old == [0; 32] {
        [CREATED_LOW, CREATED_HIGH, CREATED_GROUP, CREATED_PAIR]
    } else if *new == [0; 32] {
        [REMOVED_LOW, REMOVED_HIGH, REMOVED_GROUP, REMOVED_PAIR]
    } else {
        [CHANGED_LOW, CHANGED_HIGH, CHANGED_GROUP, CHANGED_PAIR]
    };
    let bytes = if *old == [0; 32] { significant(new) } else { 0 };
    let place = match place {
        Place::Known | Place::Deep => 0,
        Place::Low => low,
        Place::High => high,
        Place::Group => group,
        Place::Pair => pair,
    };
    place + bytes * CREATED_VALUE_BYTE
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
    (STOP, 15_270),
    (ADD, 260),
    (MUL, 4_870),
    (SUB, 260),
    (DIV, 3_220),
    (SDIV, 4_080),
    (MOD, 3_220),
    (SMOD, 4_080),
    (ADDMOD, 4_540),
    (MULMOD, 40_270),
    (EXP, 2_680),
    (SIGNEXTEND, 1_120),
    (LT, 260),
    (GT, 260),
    (SLT, 1_120),
    (SGT, 1_120),
    (EQ, 260),
    (ISZERO, 920),
    (AND, 260),
    (OR, 260),
    (XOR, 260),
    (NOT, 920),
    (BYTE, 1_120),
    (SHL, 1_200),
    (SHR, 1_200),
    (SAR, 1_200),
    (CLZ, 920),
    (KECCAK256, 16_980),
    (ADDRESS, 750),
    (BALANCE, 44_930),
    (ORIGIN, 29_360),
    (CALLER, 750),
    (CALLVALUE, 2_030),
    (CALLDATALOAD, 2_150),
    (CALLDATASIZE, 750),
    (CALLDATACOPY, 2_860),
    (CODESIZE, 750),
    (CODECOPY, 2_860),
    (GASPRICE, 65_530),
    (EXTCODESIZE, 27_130),
    (EXTCODECOPY, 50_440),
    (RETURNDATASIZE, 750),
    (RETURNDATACOPY, 2_860),
    (EXTCODEHASH, 28_740),
    (BLOCKHASH, 4_590),
    (COINBASE, 750),
    (TIMESTAMP, 65_530),
    (NUMBER, 65_530),
    (DIFFICULTY, 2_290),
    (GASLIMIT, 750),
    (CHAINID, 65_530),
    (SELFBALANCE, 18_660),
    (BASEFEE, 65_530),
    (POP, 390),
    (MLOAD, 1_250),
    (MSTORE, 1_250),
    (MSTORE8, 1_250),
    (SLOAD, 3_000),
    (SSTORE, 3_000),
    (JUMP, 450),
    (JUMPI, 450),
    (PC, 750),
    (MSIZE, 750),
    (GAS, 14_950),
    (JUMPDEST, 220),
    (TLOAD, 3_340),
    (TSTORE, 3_270),
    (MCOPY, 2_860),
    (PUSH0, 370),
    (PUSH1, 370),
    (PUSH2, 370),
    (PUSH3, 370),
    (PUSH4, 370),
    (PUSH5, 370),
    (PUSH6, 370),
    (PUSH7, 370),
    (PUSH8, 370),
    (PUSH9, 530),
    (PUSH10, 530),
    (PUSH11, 530),
    (PUSH12, 530),
    (PUSH13, 530),
    (PUSH14, 530),
    (PUSH15, 530),
    (PUSH16, 530),
    (PUSH17, 530),
    (PUSH18, 530),
    (PUSH19, 530),
    (PUSH20, 530),
    (PUSH21, 530),
    (PUSH22, 530),
    (PUSH23, 530),
    (PUSH24, 530),
    (PUSH25, 530),
    (PUSH26, 530),
    (PUSH27, 530),
    (PUSH28, 530),
    (PUSH29, 530),
    (PUSH30, 530),
    (PUSH31, 530),
    (PUSH32, 530),
    (DUP1, 810),
    (DUP2, 810),
    (DUP3, 810),
    (DUP4, 810),
    (DUP5, 810),
    (DUP6, 810),
    (DUP7, 810),
    (DUP8, 810),
    (DUP9, 810),
    (DUP10, 810),
    (DUP11, 810),
    (DUP12, 810),
    (DUP13, 810),
    (DUP14, 810),
    (DUP15, 810),
    (DUP16, 810),
    (SWAP1, 700),
    (SWAP2, 700),
    (SWAP3, 700),
    (SWAP4, 700),
    (SWAP5, 700),
    (SWAP6, 700),
    (SWAP7, 700),
    (SWAP8, 700),
    (SWAP9, 700),
    (SWAP10, 700),
    (SWAP11, 700),
    (SWAP12, 700),
    (SWAP13, 700),
    (SWAP14, 700),
    (SWAP15, 700),
    (SWAP16, 700),
    (LOG0, 19_170),
    (LOG1, 28_300),
    (LOG2, 56_780),
    (LOG3, 65_530), // The fit has 77,480, which the table does not hold.
    (LOG4, 40_530),
    (CREATE, 59_130),
    (CALL, 16_010),
    (RETURN, 15_270),
    (DELEGATECALL, 65_530), // The fit has 74,230.
    (CREATE2, 59_130),
    (STATICCALL, 16_010),
    (REVERT, 15_270),
    (INVALID, 500),
    (SELFDESTRUCT, 320),
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
    // in 64-bit operations, and P-256 is taken as twice a multiplication of G1.
    pub(crate) const BLS_G1_MSM: u64 = 100_000_000;
    pub(crate) const BLS_G2_MSM: u64 = 230_000_000;
    pub(crate) const BLAKE2F_ROUND: u64 = 2_200;
    pub(crate) const P256_VERIFY: u64 = 200_000_000;
    const MODEXP: u64 = 100_000;
    /// A byte of an operand, given or not: lengths may be far longer than the input.
    const MODEXP_BYTE: u64 = 8;
    // `vectors/solidity/precompiles.json`: a multiplication is quadratic in words of 64 bits and
    // takes something for each word.
    const MODEXP_SQUARE: u64 = 1_147;
    const MODEXP_WORD: u64 = 2_985;

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

    /// The official code goes through the exponent in words of 32 bits, with 32 squarings and eight
    /// multiplications each, after it has made a table with nineteen.
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
        let words = rounds / 32 + 1;
        let products = words.saturating_mul(40).saturating_add(19);
        let product = longest
            .saturating_mul(longest)
            .saturating_mul(MODEXP_SQUARE)
            .saturating_add(longest * MODEXP_WORD);
        let bytes = u64::from(base) + u64::from(exponent) + u64::from(modulus);
        MODEXP
            .saturating_add(bytes * MODEXP_BYTE)
            .saturating_add(products.saturating_mul(product))
    }
}
