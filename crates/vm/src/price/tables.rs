//! The numbers, oldest first. Each version states what it changed.

use super::WasmPrices;
use super::{
    AggregateSeals, CallPrice, EventPrice, PriceList, RandomnessPrice, Scaling, TipsetPrice,
};
use crate::gas::Gas;

const fn gas(gas: u64) -> Gas {
    Gas::new(gas)
}

const AGGREGATE_32GIB: AggregateSeals = AggregateSeals {
    per_seal: gas(449_900),
    steps: &[
        (4, gas(103_994_170)),
        (7, gas(112_356_810)),
        (13, gas(122_912_610)),
        (26, gas(137_559_930)),
        (52, gas(162_039_100)),
        (103, gas(210_960_780)),
        (205, gas(318_351_180)),
        (410, gas(528_274_980)),
    ],
};

const AGGREGATE_64GIB: AggregateSeals = AggregateSeals {
    per_seal: gas(359_272),
    steps: &[
        (4, gas(102_581_240)),
        (7, gas(110_803_030)),
        (13, gas(120_803_700)),
        (26, gas(134_642_130)),
        (52, gas(157_357_890)),
        (103, gas(203_017_690)),
        (205, gas(304_253_590)),
        (410, gas(509_880_640)),
    ],
};

/// A non-interactive seal brings this many challenges into the aggregate (FIP-0092).
const NI_POREP_CHALLENGES: u64 = 126;

const AGGREGATE_32GIB_NI: AggregateSeals = AggregateSeals {
    per_seal: gas(44_990).times(NI_POREP_CHALLENGES),
    steps: &[
        (1, gas(112_356_810)),
        (2, gas(122_912_610)),
        (3, gas(137_559_930)),
        (5, gas(162_039_100)),
        (9, gas(210_960_780)),
        (17, gas(318_351_180)),
        (33, gas(528_274_980)),
    ],
};

const AGGREGATE_64GIB_NI: AggregateSeals = AggregateSeals {
    per_seal: gas(35_928).times(NI_POREP_CHALLENGES),
    steps: &[
        (1, gas(110_803_030)),
        (2, gas(120_803_700)),
        (3, gas(134_642_130)),
        (5, gas(157_357_890)),
        (9, gas(203_017_690)),
        (17, gas(304_253_590)),
        (33, gas(509_880_640)),
    ],
};

/// One byte in the state for as long as the chain lasts; messages and returns pay less, for they
/// can be forgotten some day.
const STORED_BYTE: Gas = gas(3_340);
const CHAIN_BYTE: Gas = gas(1_300);

/// What the state of one actor more took: its entry and its address.
const ENTRY_STORAGE: Gas = CHAIN_BYTE.times(36 + 40);

/// Any hash of anything, before they were measured.
const HASH: Gas = gas(31_355);

/// nv17, and nv16 before it: Wasm is metered (FIP-0032), all else costs what it did in Lotus.
pub const SKYR: PriceList = PriceList {
    value_transfer: Gas::ZERO,
    method_invocation: Gas::ZERO,
    call_in_one: Some(CallPrice {
        base: gas(29_233),
        method: gas(29_233 - 5_377),
        transfer: gas(27_500),
        transfer_only: gas(159_672),
    }),

    // Addresses and actors are found for free.
    address_lookup: Gas::ZERO,
    address_assignment: Gas::ZERO,
    actor_lookup: Gas::ZERO,
    actor_update: Gas::ZERO,
    actor_create: gas(1_108_454).plus(ENTRY_STORAGE),
    actor_delete_refund: ENTRY_STORAGE,

    verify_secp256k1: Scaling::flat(gas(1_637_292)),
    verify_bls: Scaling::flat(gas(16_598_605)),
    sha2_256: Scaling::flat(HASH),
    blake2b_256: Scaling::flat(HASH),
    blake2b_512: Scaling::flat(HASH),
    keccak_256: Scaling::flat(HASH),
    ripemd_160: Scaling::flat(HASH),
    randomness: RandomnessPrice::Flat(gas(21_000)),

    block_copy: Scaling::each(Gas::from_milligas(500)),
    block_allocate: Scaling::flat(Gas::ZERO),
    // A copy, and 10 for keeping it.
    block_retention_min: Scaling::each(Gas::from_milligas(10_500)),
    // The call out of the machine is in it.
    block_open: Scaling::flat(gas(114_617 + 21_000)),
    // One more copy: from the machine's store to the node's.
    block_store: Scaling::each(CHAIN_BYTE.plus(Gas::from_milligas(500))),
    // Linking costs 353,640 in all, and hashing is charged apart.
    block_flush: gas(353_640 - 31_355),

    wasm: WasmPrices {
        memory_fill_per_byte: 0,
        memory_copy_per_byte: 0,
        ..HYGGE.wasm
    },
    ..HYGGE
};

/// nv18 to nv20: the FEVM and the benchmarked prices that came with it (FIP-0054 to FIP-0057).
pub const HYGGE: PriceList = PriceList {
    message_compute: Scaling::flat(gas(38_863)),
    message_storage: Scaling {
        flat: CHAIN_BYTE.times(36),
        each: CHAIN_BYTE,
    },
    return_storage: Scaling::each(CHAIN_BYTE),

    value_transfer: gas(6_000),
    method_invocation: gas(75_000),
    call_in_one: None,

    address_lookup: gas(1_050_000),
    address_assignment: gas(1_000_000),
    actor_lookup: gas(500_000),
    actor_update: gas(475_000),
    actor_create: gas(650_000),
    actor_delete_refund: Gas::ZERO,
    // System, init, reward, cron, power, market, verified registry, datacap, EAM, burnt funds.
    preloaded_actors: &[0, 1, 2, 3, 4, 5, 6, 7, 10, 99],

    verify_secp256k1: Scaling {
        flat: gas(1_637_292),
        each: gas(10),
    },
    verify_bls: Scaling {
        flat: gas(16_598_605),
        each: gas(26),
    },
    recover_secp256k1: gas(1_637_292),
    bls_pairing: Gas::ZERO, // No such syscall yet.
    bls_hashing: Scaling::flat(Gas::ZERO),
    sha2_256: Scaling::each(gas(7)),
    blake2b_256: Scaling::each(gas(10)),
    blake2b_512: Scaling::each(gas(10)),
    keccak_256: Scaling::each(gas(33)),
    ripemd_160: Scaling::each(gas(35)),

    unsealed_sector_cid: gas(98_647),
    verify_seal: gas(2_000),
    aggregate_32gib: AGGREGATE_32GIB,
    aggregate_64gib: AGGREGATE_64GIB,
    // Non-interactive seals exist from nv23, but had no price of their own before nv25.
    aggregate_32gib_ni: AGGREGATE_32GIB,
    aggregate_64gib_ni: AGGREGATE_32GIB,
    verify_post: Scaling {
        flat: gas(117_680_921),
        each: gas(43_780),
    },
    verify_replica_update: gas(36_316_136),
    verify_consensus_fault: gas(516_422),

    randomness: RandomnessPrice::Draw {
        digest: gas(21_000),
    },
    tipset_cid: TipsetPrice::ParentOrOlder {
        parent: gas(50_000),
        older: gas(215_000),
    },
    builtin_lookup: Gas::ZERO,
    network_context: Gas::ZERO,
    message_context: Gas::ZERO,

    block_copy: Scaling::each(Gas::from_milligas(400)),
    block_allocate: Scaling::each(gas(2)),
    block_retention_min: Scaling::each(gas(10)),
    // Bytes cost nothing to open by themselves: the least price of keeping them covers it.
    block_open: Scaling::flat(gas(187_440)),
    // About 100 bytes of bookkeeping for each block.
    block_store: Scaling {
        flat: STORED_BYTE.times(100),
        each: STORED_BYTE,
    },
    block_flush: gas(172_000),

    // Links are not followed before nv21.
    scan_field: Gas::ZERO,
    scan_cid: Gas::ZERO,
    link_tracked: Gas::ZERO,
    link_checked: Gas::ZERO,

    event: EventPrice::Encoded {
        validate: Scaling {
            flat: gas(1_750),
            each: gas(25),
        },
    },

    install_code: Scaling::flat(Gas::ZERO),

    // One price for every instruction, one for every byte (FIP-0057).
    wasm: WasmPrices {
        instruction: 4_000,
        math: 4_000,
        jump: 4_000,
        jump_conditional: 4_000,
        jump_indirect: 4_000,
        call: 0,
        memory_fill: 0,
        memory_fill_per_byte: 400,
        memory_access: 0,
        memory_copy_per_byte: 400,
        syscall: 14_000_000,
    },
};

/// What walking back along the chain costs: 20 epochs a skip over a day's finality, the
/// computation, and the call out of the machine (FIP-0075).
const LOOKBACK: Scaling = Scaling {
    flat: gas(5_800 * 19 + 15_000 + 21_000),
    each: gas(75),
};

/// nv21 to nv24.
pub const WATERMELON: PriceList = PriceList {
    // FIP-0071: blocks are looked through for links, and reachability is tracked.
    scan_field: gas(35),
    scan_cid: gas(400),
    link_tracked: gas(300),
    link_checked: gas(300),
    // FIP-0072: an event comes in parts and is paid by them.
    event: EventPrice::Parts {
        entry: Scaling {
            flat: gas(2_000),
            each: gas(1_400),
        },
        utf8: Scaling {
            flat: gas(500),
            each: gas(16),
        },
    },
    // FIP-0075: randomness and tipset keys by how far back they lie.
    randomness: RandomnessPrice::Lookback(LOOKBACK),
    tipset_cid: TipsetPrice::Lookback(LOOKBACK),
    // FIP-0079: BLS aggregates.
    bls_pairing: gas(8_299_302),
    bls_hashing: Scaling::each(gas(7)),
    ..HYGGE
};

/// nv25 to nv28.
pub const TEEP: PriceList = PriceList {
    verify_seal: gas(42_000_000), // Was 2,000, a small part of what it takes.
    // Non-interactive seals at their own price (FIP-0092).
    aggregate_32gib_ni: AGGREGATE_32GIB_NI,
    aggregate_64gib_ni: AGGREGATE_64GIB_NI,
    ..WATERMELON
};
