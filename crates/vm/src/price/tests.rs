use super::*;
use expect_test::expect_file;

fn prices(version: u32) -> &'static PriceList {
    PriceList::of_version(NetworkVersion::from(version)).expect("a version with prices")
}

/// The whole table of each version, so that repricing shows up in review as numbers.
#[test]
fn tables() {
    expect_file!["tables/nv17.txt"].assert_debug_eq(prices(17));
    expect_file!["tables/nv18.txt"].assert_debug_eq(prices(18));
    expect_file!["tables/nv21.txt"].assert_debug_eq(prices(21));
    expect_file!["tables/nv25.txt"].assert_debug_eq(prices(25));
}

#[test]
fn each_version_has_its_table() {
    for (versions, table) in [
        (17..=17, &tables::SKYR),
        (18..=20, &tables::HYGGE),
        (21..=24, &tables::WATERMELON),
        (25..=28, &tables::TEEP),
    ] {
        for version in versions {
            assert_eq!(prices(version), table, "version {version}");
        }
    }
    for version in [0, 15, 16, 29, u32::MAX] {
        assert_eq!(PriceList::of_version(NetworkVersion::from(version)), None);
    }
}

/// A byte kept in memory costs 10 gas in all, however it came there.
#[test]
fn memory_costs_at_least_its_retention() {
    for version in [18, 21, 25] {
        let prices = prices(version);
        assert_eq!(prices.on_block_open(10, 0).total(), Gas::new(100));
        assert_eq!(prices.on_block_create(10, 0).total(), Gas::new(100));
    }
    // Enough links pay for the memory by themselves.
    let open = prices(21).on_block_open(10, 2);
    assert_eq!((open.compute, open.other), (Gas::new(600), Gas::new(24)));
    let create = prices(21).on_block_create(10, 2);
    assert_eq!((create.compute, create.other), (Gas::new(624), Gas::ZERO));
}

#[test]
fn messages() {
    let charge = prices(28).on_chain_message(100);
    assert_eq!(charge.compute, Gas::new(38_863));
    assert_eq!(charge.other, Gas::new(475_000 + 36 * 1_300 + 100 * 1_300));
    assert_eq!(prices(28).on_chain_return(7).total(), Gas::new(7 * 1_300));
    assert_eq!(prices(28).on_nested_return(3).total(), Gas::new(900));
    assert_eq!(prices(18).on_nested_return(3).total(), Gas::ZERO);
    assert_eq!(prices(28).on_method_invocation(2).total(), Gas::new(75_600));
}

/// nv17 as its own formulas have it: calls in one sum, 10.5 gas a byte held, links with the hash
/// and two copies.
#[test]
fn skyr() {
    let prices = prices(17);
    let call = |value, method| prices.on_call(value, method).expect("one sum").total();
    assert_eq!(call(false, 0), Gas::new(29_233));
    assert_eq!(call(true, 0), Gas::new(29_233 + 27_500 + 159_672));
    assert_eq!(call(false, 2), Gas::new(29_233 - 5_377));
    assert_eq!(call(true, 2), Gas::new(29_233 + 27_500 - 5_377));
    assert_eq!(super::tables::HYGGE.on_call(true, 2), None);
    assert_eq!(
        prices.on_create_actor_with_address().total(),
        Gas::new(1_108_454 + 76 * 1_300)
    );
    assert_eq!(prices.on_block_open_base().total(), Gas::new(135_617));
    assert_eq!(prices.on_block_open(100, 0).total(), Gas::new(1_050));
    assert_eq!(prices.on_block_create(100, 0).total(), Gas::new(1_050));
    assert_eq!(
        prices.on_block_link(HashFunction::Blake2b256, 100).total(),
        Gas::new(353_640 + 100 + 100 * 1_300)
    );
    assert_eq!(
        prices.on_get_randomness(-3, 1_000).total(),
        Gas::new(21_000)
    );
    assert_eq!(prices.wasm.memory(65_536), 0);
}

#[test]
fn linking_a_block() {
    let charge = prices(21).on_block_link(HashFunction::Blake2b256, 1_000);
    assert_eq!(charge.compute, Gas::new(400 + 2_000 + 10_000 + 300));
    assert_eq!(charge.other, Gas::new(172_000 + 334_000 + 3_340_000));
}

#[test]
fn looking_back() {
    let randomness = |version, lookback, entropy| {
        prices(version)
            .on_get_randomness(lookback, entropy)
            .total()
            .round_up()
    };
    assert_eq!(randomness(18, 900, 10), 21_000 + 10 * 58);
    assert_eq!(randomness(21, 900, 10), 146_200 + 75 * 900);
    assert_eq!(
        prices(21).on_get_randomness(-1, 0).total(),
        Gas::from_milligas(u64::MAX)
    );
    let tipset = |version, lookback| prices(version).on_tipset_cid(lookback).total().round_up();
    assert_eq!((tipset(18, 1), tipset(18, 2)), (50_000, 215_000));
    assert_eq!(tipset(21, 2), 146_200 + 150);
}

#[test]
fn aggregates() {
    use RegisteredSealProof::*;
    let price = |version, proof, seals| {
        prices(version)
            .on_verify_aggregate_seals(proof, seals)
            .total()
            .round_up()
    };
    assert_eq!(price(24, StackedDRG32GiBV1P1, 3), 3 * 449_900);
    assert_eq!(price(24, StackedDRG32GiBV1P1, 4), 4 * 449_900 + 103_994_170);
    assert_eq!(
        price(24, StackedDRG32GiBV1P1, 65),
        65 * 449_900 + 162_039_100
    );
    assert_eq!(
        price(24, StackedDRG64GiBV1P1, 500),
        500 * 359_272 + 509_880_640
    );
    assert_eq!(price(24, StackedDRG2KiBV1P1, 4), 4 * 449_900 + 103_994_170);
    assert_eq!(
        price(24, StackedDRG64GiBV1P2_Feat_NiPoRep, 4),
        4 * 449_900 + 103_994_170
    );
    // FIP-0092 gives these two.
    assert_eq!(price(25, StackedDRG32GiBV1P2_Feat_NiPoRep, 1), 118_025_550);
    assert_eq!(price(25, StackedDRG64GiBV1P2_Feat_NiPoRep, 1), 115_329_958);
    assert_eq!(
        price(25, StackedDRG32GiBV1P2_Feat_NiPoRep, 65),
        65 * 44_990 * 126 + 528_274_980
    );
    assert_eq!(
        price(25, StackedDRG2KiBV1P2_Feat_NiPoRep, 4),
        4 * 449_900 + 103_994_170
    );
}

#[test]
fn events() {
    let size = EventSize {
        entries: 2,
        keys_len: 10,
        values_len: 100,
    };
    let charge = prices(21).on_event(&size);
    // 12 + 2 * 9 + 10 + 100 = 140 bytes at 2.4 gas each.
    assert_eq!(
        charge.compute,
        Gas::new(2 * 336 + 2_000 + 2 * 1_400 + 500 + 10 * 16)
    );
    assert_eq!(charge.other, Gas::new(1_400 + 336));

    let charge = prices(18).on_event(&EventSize::encoded(88));
    assert_eq!(
        charge.total(),
        Gas::from_milligas(88 * 2_400 + 1_750_000 + 88 * 25_000)
    );
    let charge = prices(18).on_event_accepted(88);
    assert_eq!(
        (charge.compute, charge.other),
        (Gas::new(240), Gas::new(80 + 200 + 1_000))
    );
}

#[test]
fn wasm() {
    let wasm = &prices(28).wasm;
    assert_eq!(wasm, &prices(18).wasm);
    assert_eq!(wasm.memory(65_536), 400 * 65_536);
    assert_eq!(wasm.table(3), 3_200 * 3);
    assert_eq!(wasm.table(u64::MAX), u64::MAX);
}
