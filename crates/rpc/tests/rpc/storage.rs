//! Storage from the outside: providers, sectors, deals and datacap on a dev chain.

use serde_json::{Value, json};

use crate::node::Node;

/// The smallest sectors of the dev policy.
const SECTOR_BYTES: u64 = 2_048;

/// A provider of its own on a new chain.
fn provider(node: &Node) -> Value {
    node.ok("atoll_createProvider", json!([]))["id"].take()
}

fn raw_power(node: &Node, provider: &Value) -> String {
    let power = node.ok("Filecoin.StateMinerPower", json!([provider, null]));
    let raw = power["MinerPower"]["RawBytePower"].as_str();
    raw.expect("a decimal").to_owned()
}

fn counts(node: &Node, provider: &Value) -> [u64; 3] {
    let counts = node.ok("Filecoin.StateMinerSectorCount", json!([provider, null]));
    ["Live", "Active", "Faulty"].map(|name| counts[name].as_u64().expect("a count"))
}

#[test]
fn the_genesis_has_storage() {
    let node = Node::start();
    let miners = node.ok("Filecoin.StateListMiners", json!([null]));
    let [miner] = miners.as_array().expect("a list").as_slice() else {
        panic!("one miner makes the blocks: {miners}");
    };
    node.ok("atoll_mine", json!([3]));
    let balance = |node: &Node| -> u128 {
        let actor = node.ok("Filecoin.StateGetActor", json!([miner, null]));
        actor["Balance"].as_str().unwrap().parse().unwrap()
    };
    let before = balance(&node);
    node.ok("atoll_mine", json!([1]));
    assert!(balance(&node) > before, "a block earns its reward");

    let wallet = node.ok("Filecoin.WalletDefaultAddress", json!([]));
    let datacap = node.ok("Filecoin.StateVerifiedClientStatus", json!([wallet, null]));
    assert_eq!(datacap, (1u64 << 40).to_string());
    let root = node.ok("Filecoin.StateVerifiedRegistryRootKey", json!([null]));
    let status = node.ok("Filecoin.StateVerifierStatus", json!([root, null]));
    assert_eq!(status, Value::Null, "who names verifiers is none");
}

#[test]
fn the_supply_follows_the_rules() {
    let node = Node::start();
    let supply = || {
        let supply = node.ok("Filecoin.StateVMCirculatingSupplyInternal", json!([null]));
        [
            "FilVested",
            "FilMined",
            "FilReserveDisbursed",
            "FilBurnt",
            "FilLocked",
            "FilCirculating",
        ]
        .map(|name| supply[name].as_str().unwrap().parse::<i128>().unwrap())
    };
    let [vested, mined, disbursed, burnt, locked, circulating] = supply();
    assert_eq!((mined, disbursed, burnt), (0, 0, 0));
    assert_eq!(circulating, vested - locked);
    node.ok("atoll_mine", json!([10]));
    let [_, mined, _, burnt, locked, circulating] = supply();
    assert!(mined > 0 && locked > 0);
    assert_eq!(circulating, vested + mined - burnt - locked);
    let exact = node.ok("Filecoin.StateCirculatingSupply", json!([null]));
    assert_eq!(exact, circulating.to_string());
    node.ok("atoll_setCirculatingSupply", json!(["12"]));
    let exact = node.ok("Filecoin.StateCirculatingSupply", json!([null]));
    assert_eq!(exact, "12");
}

#[test]
fn a_provider_is_who_it_was_created_as() {
    let node = Node::start();
    let created = node.ok("atoll_createProvider", json!([{"sectorSize": 8 << 20}]));
    let info = node.ok("Filecoin.StateMinerInfo", json!([created["id"], null]));
    assert_eq!(info["SectorSize"], 8 << 20);
    assert_eq!(info["NewWorker"], "<empty>");
    let worker = node.ok("Filecoin.StateAccountKey", json!([info["Worker"], null]));
    assert_eq!(worker, created["worker"]);
    let by_robust = node.ok("Filecoin.StateMinerInfo", json!([created["robust"], null]));
    assert_eq!(by_robust, info);
    let free = node.ok(
        "Filecoin.StateMinerAvailableBalance",
        json!([created["id"], null]),
    );
    let actor = node.ok("Filecoin.StateGetActor", json!([created["id"], null]));
    let number = |value: &Value| -> u128 { value.as_str().unwrap().parse().unwrap() };
    assert!(
        number(&free) < number(&actor["Balance"]),
        "the deposit is locked"
    );
    let (_, words) = node.fails("Filecoin.StateMinerInfo", json!(["f04", null]));
    assert!(words.contains("no miner"), "{words}");
    let (_, words) = node.fails("atoll_createProvider", json!([{"sectorSize": 3}]));
    assert!(words.contains("sectors here have"), "{words}");
}

#[test]
fn a_sector_lives_and_ends() {
    let node = Node::start();
    let provider = provider(&node);
    let sector = node.ok("atoll_onboardSector", json!([provider]));
    let number = &sector["sector"];
    let call = |method: &str| node.ok(method, json!([provider, number]));
    assert_eq!(
        raw_power(&node, &provider),
        "0",
        "no power before the first proof"
    );

    call("atoll_proveSector");
    assert_eq!(raw_power(&node, &provider), SECTOR_BYTES.to_string());
    assert_eq!(counts(&node, &provider), [1, 1, 0]);
    let info = node.ok(
        "Filecoin.StateSectorGetInfo",
        json!([provider, number, null]),
    );
    assert_eq!(info["Expiration"], sector["expiration"]);
    let location = node.ok(
        "Filecoin.StateSectorPartition",
        json!([provider, number, null]),
    );
    assert_eq!(location["Deadline"], sector["deadline"]);
    let partitions = node.ok(
        "Filecoin.StateMinerPartitions",
        json!([provider, sector["deadline"], null]),
    );
    assert_eq!(partitions[0]["ActiveSectors"], json!([0, 1]));

    call("atoll_faultSector");
    assert_eq!(counts(&node, &provider), [1, 0, 1]);
    assert_eq!(
        node.ok("Filecoin.StateMinerFaults", json!([provider, null])),
        json!([0, 1])
    );
    call("atoll_recoverSector");
    assert_eq!(counts(&node, &provider), [1, 1, 0]);
    call("atoll_missPost");
    assert_eq!(counts(&node, &provider), [1, 0, 1]);
    assert_eq!(raw_power(&node, &provider), "0");
    call("atoll_recoverSector");
    assert_eq!(raw_power(&node, &provider), SECTOR_BYTES.to_string());

    call("atoll_terminateSector");
    assert_eq!(counts(&node, &provider), [0, 0, 0]);
    let (_, words) = node.fails("atoll_proveSector", json!([provider, 77]));
    assert!(words.contains("77"), "{words}");
}

#[test]
fn a_sector_expires() {
    let node = Node::start();
    let provider = provider(&node);
    let sector = node.ok("atoll_onboardSector", json!([provider]));
    node.ok("atoll_expireSector", json!([provider, sector["sector"]]));
    assert_eq!(counts(&node, &provider), [0, 0, 0]);
    let head = node.ok("Filecoin.ChainHead", json!([]));
    assert!(head["Height"].as_i64() >= sector["expiration"].as_i64());
}

#[test]
fn a_verified_deal_becomes_a_claim() {
    let node = Node::start();
    let provider = provider(&node);
    let deal = node.ok(
        "atoll_publishDeal",
        json!([{"provider": provider, "verified": true, "label": "greetings", "pricePerEpoch": "5"}]),
    );
    let (number, allocation) = (&deal["deal"], &deal["allocation"]);
    let found = node.ok("Filecoin.StateMarketStorageDeal", json!([number, null]));
    assert_eq!(found["Proposal"]["Label"], "greetings");
    assert_eq!(found["State"]["SectorStartEpoch"], -1);
    let waiting = node.ok(
        "Filecoin.StateGetAllocation",
        json!([deal["client"], allocation, null]),
    );
    assert_eq!(waiting["Size"], SECTOR_BYTES);
    let escrow = node.ok("Filecoin.StateMarketBalance", json!([deal["client"], null]));
    assert_eq!(escrow["Escrow"], escrow["Locked"]);

    let sector = node.ok("atoll_activateDeal", json!([number]));
    let found = node.ok("Filecoin.StateMarketDeals", json!([null]));
    let found = &found[number.to_string()];
    assert_eq!(found["State"]["SectorNumber"], sector["sector"]);
    assert_ne!(found["State"]["SectorStartEpoch"], -1);
    let claim = node.ok(
        "Filecoin.StateGetClaim",
        json!([provider, allocation, null]),
    );
    assert_eq!(claim["Sector"], sector["sector"]);
    let claims = node.ok("Filecoin.StateGetClaims", json!([provider, null]));
    assert_eq!(claims[allocation.to_string()], claim);
    let gone = node.ok(
        "Filecoin.StateGetAllocations",
        json!([deal["client"], null]),
    );
    assert_eq!(gone, json!({}));

    // Verified data counts tenfold.
    node.ok("atoll_proveSector", json!([provider, sector["sector"]]));
    let power = node.ok("Filecoin.StateMinerPower", json!([provider, null]));
    let quality: u64 = power["MinerPower"]["QualityAdjPower"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(quality > SECTOR_BYTES, "{power}");
}

#[test]
fn datacap_is_granted() {
    let node = Node::start();
    let wallet = node.ok("Filecoin.WalletList", json!([]));
    let client = &wallet[2];
    let status = || node.ok("Filecoin.StateVerifiedClientStatus", json!([client, null]));
    assert_eq!(status(), Value::Null);
    node.ok("atoll_grantDatacap", json!([client, "4096"]));
    assert_eq!(status(), "4096");
    let (_, words) = node.fails(
        "atoll_grantDatacap",
        json!([client, format!("1{:0>30}", 0)]),
    );
    assert!(words.contains("no verifier"), "{words}");
}

#[test]
fn what_storage_costs_is_told() {
    let node = Node::start();
    let pledge = |bytes: u64, verified: u64| -> u128 {
        let params = json!([1_000, bytes, verified, null]);
        let pledge = node.ok("Filecoin.StateMinerInitialPledgeForSector", params);
        pledge.as_str().unwrap().parse().unwrap()
    };
    assert!(pledge(SECTOR_BYTES, SECTOR_BYTES) > pledge(SECTOR_BYTES, 0));
    let (_, words) = node.fails(
        "Filecoin.StateMinerInitialPledgeForSector",
        json!([1_000, 3, 0, null]),
    );
    assert!(words.contains("sector_size"), "{words}");
    let bounds = node.ok(
        "Filecoin.StateDealProviderCollateralBounds",
        json!([SECTOR_BYTES, true, null]),
    );
    assert_eq!(bounds["Max"], format!("2{:0>27}", 0));
}
