//! What a call of a built-in actor costs natively, in Filecoin gas, beyond what it asks of the
//! machine. (The EVM actor has a table of its own: [`crate::evm`].)
//!
//! The figures come from the same fit as those of the EVM, each over the recorded calls of that
//! method. The fit was made by a script on counts that `gas_fit` (an example of `atoll-native`) took
//! before it left out undone changes of slots; run again, it will give somewhat other figures. They hold the Wasm instance, dispatch and the blocks of
//! state, so a call costs the same whatever the shape of a tree.

mod storage;

use fvm_shared::MethodNum;

use crate::kinds::ActorKind::{self, *};

/// A call that the table does not have, a wrong method number included: the entry into an actor.
/// `vectors/core`, calls of `InvokeEVM` on actors without it.
const ENTRY: u64 = 565_000;

/// A call of an account that is no contract: its code is a few lines. `vectors/core`.
const ACCOUNT_ENTRY: u64 = 540_000;

/// A call of a placeholder. `vectors/core`, calls of missing actors.
const PLACEHOLDER_ENTRY: u64 = 420_000;

/// Of a method: what a call costs before it runs, and what it costs more if it succeeds.
#[rustfmt::skip]
const TABLE: &[(ActorKind, MethodNum, u64, u64)] = &[
    (Account, 1, 614_000, 688_000),
    (Account, 2_643_134_072, 644_000, 348_000),
    (Cron, 2, 565_000, 10_377_000),
    (DataCap, 80_475_954, 749_000, 6_682_000),
    (DataCap, 114_981_429, 565_000, 236_000),
    (DataCap, 116_935_346, 840_000, 7_567_000),
    (DataCap, 1_434_719_642, 1_200_000, 1_570_000),
    (DataCap, 1_777_121_560, 565_000, 3_342_000),
    (DataCap, 2_765_635_761, 565_000, 3_529_000),
    (DataCap, 3_261_979_605, 565_000, 549_000),
    (DataCap, 4_205_072_950, 565_000, 902_000),
    (Eam, 4, 677_000, 492_000),
    (EthAccount, 3_844_450_837, 565_000, 57_000),
    (Init, 2, 5_537_000, 1_324_000),
    (Init, 3, 5_086_000, 57_000),
    (Multisig, 1, 606_000, 99_000),
    // For a wallet with few transactions pending; with twenty the network charges twice as much.
    (Multisig, 2, 595_000, 4_871_000),
    (Multisig, 3, 1_022_000, 7_206_000),
    (Multisig, 4, 565_000, 5_651_000),
    (Multisig, 5, 613_000, 1_151_000),
    (PaymentChannel, 1, 655_000, 0),
    (PaymentChannel, 2, 846_000, 1_863_000),
    (PaymentChannel, 3, 825_000, 799_000),
    (PaymentChannel, 4, 829_000, 67_000),
    (Reward, 3, 592_000, 298_000),
    (Reward, 1_024, 632_000, 0),
    (Reward, 2_000, 632_000, 0),
    (Market, 2, 614_000, 3_078_000),
    (Market, 3, 641_000, 3_215_000),
    (Market, 726_108_461, 565_000, 849_000),
    (Market, 822_473_126, 565_000, 3_156_000),
    (Miner, 1, 644_000, 0),
    (Miner, 2, 565_000, 637_000),
    (Miner, 3, 565_000, 3_217_000),
    (Miner, 4, 1_188_000, 2_476_000),
    (Miner, 12, 634_000, 0),
    (Miner, 16, 645_000, 0),
    (Miner, 18, 565_000, 3_106_000),
    (Miner, 21, 565_000, 2_682_000),
    (Miner, 22, 565_000, 2_422_000),
    (Miner, 23, 811_000, 2_875_000),
    (Miner, 28, 634_000, 0),
    (Miner, 30, 565_000, 3_215_000),
    (Miner, 31, 565_000, 613_000),
    (Miner, 348_244_887, 565_000, 606_000),
    (Miner, 1_332_909_407, 565_000, 555_000),
    (Miner, 1_726_876_304, 565_000, 3_189_000),
    (Miner, 2_812_875_329, 565_000, 555_000),
    (Miner, 3_180_523_767, 565_000, 307_000),
    (Miner, 3_275_365_574, 565_000, 559_000),
    (Miner, 3_858_292_296, 565_000, 555_000),
    (Miner, 4_026_106_874, 565_000, 332_000),
    (Miner, 4_127_382_196, 565_000, 809_000),
    (Power, 3, 659_000, 0),
    (Power, 6, 5_702_000, 0),
    (Power, 9, 592_000, 291_000),
    (Power, 36_284_446, 565_000, 565_000),
    (Power, 196_739_875, 565_000, 255_000),
    (Power, 931_722_534, 565_000, 256_000),
    (Power, 3_753_401_894, 969_000, 161_000),
    (VerifiedRegistry, 2, 795_000, 2_500_000),
    (VerifiedRegistry, 3, 565_000, 2_365_000),
    (VerifiedRegistry, 4, 962_000, 0),
    (VerifiedRegistry, 9, 647_000, 0),
    (VerifiedRegistry, 3_726_118_371, 565_000, 1_319_000),
];

/// What a call of an actor costs before it runs.
#[must_use]
pub fn entry(kind: ActorKind, method: MethodNum) -> u64 {
    match (row(kind, method), kind) {
        (Some((gas, _)), _) => gas,
        (None, Placeholder) => PLACEHOLDER_ENTRY,
        (None, Account | EthAccount) => ACCOUNT_ENTRY,
        (None, _) => ENTRY,
    }
}

/// What a call that succeeded costs more, by the size of its parameters in bytes.
#[must_use]
pub fn success(kind: ActorKind, method: MethodNum, params_len: usize) -> u64 {
    let gas = row(kind, method).map_or(0, |(_, gas)| gas);
    gas.saturating_add(storage::success(kind, method, params_len))
}

fn row(kind: ActorKind, method: MethodNum) -> Option<(u64, u64)> {
    let row = TABLE
        .iter()
        .find(|(of, number, _, _)| (*of, *number) == (kind, method));
    row.map(|(_, _, entry, success)| (*entry, *success))
}
