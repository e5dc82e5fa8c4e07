//! What happened inside: traces, simulations, what waits.

use crate::node::{ALICE, BOB, Node};
use atoll_rpc::Console;
use serde_json::{Value, json};

fn forwarder(node: &Node) -> String {
    // PUSH1 0 x4 (out size, out, in size, in), PUSH1 1, CALLDATALOAD(0), GAS, CALL, STOP.
    let code = "0x6000600060006000600160003 55af100".replace(' ', "");
    let address = "0x00000000000000000000000000000000000000f0".to_owned();
    node.ok("anvil_setCode", json!([address, code]));
    address
}

fn padded(address: &str) -> String {
    format!("0x{}{}", "0".repeat(24), &address[2..])
}

#[test]
fn the_call_tracer_shows_calls_below() {
    let node = Node::start();
    let forwarder = forwarder(&node);
    let call = json!({"from": ALICE, "to": forwarder, "value": "0x5", "data": padded(BOB)});
    let hash = node.ok("eth_sendTransaction", json!([call]));
    let frame = node.ok(
        "debug_traceTransaction",
        json!([hash, {"tracer": "callTracer"}]),
    );
    assert_eq!(frame["type"], "CALL");
    assert_eq!(frame["from"], ALICE);
    assert_eq!(frame["to"], forwarder);
    assert_eq!(frame["value"], "0x5");
    assert_eq!(frame["input"], padded(BOB));
    let below = &frame["calls"][0];
    assert_eq!(below["from"], forwarder);
    assert_eq!(below["to"], BOB, "{frame}");
    assert_eq!(below["value"], "0x1");
    let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(frame["gasUsed"], receipt["gasUsed"]);

    let flat = node.ok("trace_transaction", json!([hash]));
    assert_eq!(flat.as_array().map(Vec::len), Some(2));
    assert_eq!(flat[0]["subtraces"], 1);
    assert_eq!(flat[1]["traceAddress"], json!([0]));
    assert_eq!(flat[1]["action"]["to"], BOB);
    assert_eq!(
        node.ok("trace_block", json!([receipt["blockNumber"]])),
        flat
    );
    assert_eq!(node.ok("trace_get", json!([hash, ["0x0"]])), flat[1]);
    let filtered = node.ok(
        "trace_filter",
        json!([{"fromBlock": "earliest", "toAddress": [BOB]}]),
    );
    assert_eq!(filtered, json!([flat[1]]));
    let operations = node.ok("ots_getInternalOperations", json!([hash]));
    assert_eq!(operations[0]["to"], BOB);

    let traced = node.ok(
        "debug_traceCall",
        json!([call, "latest", {"tracer": "callTracer"}]),
    );
    assert_eq!(traced["calls"][0]["to"], BOB);
    let (code, _) = node.fails(
        "debug_traceTransaction",
        json!([hash, {"tracer": "no such"}]),
    );
    assert_eq!(code, -32004);
}

#[test]
fn creations_are_frames_with_their_code() {
    let node = Node::start();
    let code = "0x69602a60005260206000f3600052600a6016f3";
    let hash = node.ok(
        "eth_sendTransaction",
        json!([{"from": ALICE, "data": code}]),
    );
    let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
    let frame = node.ok(
        "debug_traceTransaction",
        json!([hash, {"tracer": "callTracer"}]),
    );
    assert_eq!(frame["type"], "CREATE", "{frame}");
    assert_eq!(frame["to"], receipt["contractAddress"]);
    assert_eq!(frame["input"], code);
    assert_eq!(frame["output"], "0x602a60005260206000f3");
    let creator = node.ok(
        "ots_getContractCreator",
        json!([receipt["contractAddress"]]),
    );
    assert_eq!(creator, json!({"hash": hash, "creator": ALICE}));
}

#[test]
fn simulated_calls_build_on_each_other() {
    let node = Node::start();
    // Returns SLOAD(0) and puts one more there.
    let code = "0x60005480600052600101600055602060 00f3".replace(' ', "");
    let counter = "0x00000000000000000000000000000000000000c0";
    let call = json!({"from": ALICE, "to": counter});
    let blocks = node.ok(
        "eth_simulateV1",
        json!([{"blockStateCalls": [
        {"stateOverrides": {counter: {"code": code}}, "calls": [call, call]},
        {"blockOverrides": {"number": "0x10"}, "calls": [call]},
    ]}, "latest"]),
    );
    let answers = |block: &Value| -> Vec<Value> {
        let calls = block["calls"].as_array().expect("calls").iter();
        calls.map(|call| call["returnData"].clone()).collect()
    };
    let word = |number: u64| json!(format!("0x{number:064x}"));
    assert_eq!(answers(&blocks[0]), [word(0), word(1)], "{blocks}");
    assert_eq!(answers(&blocks[1]), [word(2)]);
    assert_eq!(blocks[0]["number"], "0x1");
    assert_eq!(blocks[1]["number"], "0x10");
    assert_eq!(blocks[1]["parentHash"], blocks[0]["hash"]);
    assert_eq!(node.ok("eth_getCode", json!([counter])), "0x");
    assert!(blocks[0]["transactions"][1].is_string());
    let whole = node.ok(
        "eth_simulateV1",
        json!([{"returnFullTransactions": true, "blockStateCalls": [
            {"calls": [{"from": ALICE, "to": counter, "value": "0x5", "gas": "0x989680"}, call]},
        ]}]),
    );
    let [first, second] = [0, 1].map(|index| &whole[0]["transactions"][index]);
    assert_eq!(first["blockHash"], whole[0]["hash"]);
    assert_eq!(first["from"], ALICE);
    assert_eq!(
        (&first["to"], &first["value"]),
        (&json!(counter), &json!("0x5"))
    );
    assert_eq!(
        (&first["nonce"], &first["gas"]),
        (&json!("0x0"), &json!("0x989680"))
    );
    assert_eq!(
        (&second["nonce"], &second["transactionIndex"]),
        (&json!("0x1"), &json!("0x1"))
    );
    let backwards = json!([{"blockStateCalls": [{"blockOverrides": {"number": "0x0"}}]}]);
    assert_eq!(node.fails("eth_simulateV1", backwards).0, -38020);
}

#[test]
fn the_pool_shows_what_waits() {
    let node = Node::start();
    node.ok("evm_setAutomine", json!([false]));
    for nonce in [0, 1, 5] {
        let transaction = json!({"from": ALICE, "to": BOB, "nonce": nonce, "gas": "0x1312d00"});
        node.ok("eth_sendTransaction", json!([transaction]));
    }
    assert_eq!(
        node.ok("txpool_status", json!([])),
        json!({"pending": "0x2", "queued": "0x1"})
    );
    let content = node.ok("txpool_content", json!([]));
    assert_eq!(content["pending"][ALICE]["1"]["to"], BOB);
    assert_eq!(content["queued"][ALICE]["5"]["nonce"], "0x5");
    assert_eq!(
        node.ok("txpool_contentFrom", json!([ALICE]))["queued"]["5"]["from"],
        ALICE
    );
    node.ok("anvil_dropAllTransactions", json!([]));
    assert_eq!(node.ok("txpool_status", json!([]))["pending"], "0x0");
}

#[test]
fn pending_is_a_state_too() {
    let node = Node::start();
    node.ok("evm_setAutomine", json!([false]));
    let before = node.ok("eth_getBalance", json!([BOB, "pending"]));
    node.ok(
        "eth_sendTransaction",
        json!([{"from": ALICE, "to": BOB, "value": "0x1"}]),
    );
    assert_eq!(node.ok("eth_getBalance", json!([BOB, "latest"])), before);
    assert_ne!(node.ok("eth_getBalance", json!([BOB, "pending"])), before);
}

/// Puts 5 into slot 0, which has 3.
fn setter(node: &Node) -> String {
    let address = "0x00000000000000000000000000000000000a7015".to_owned();
    node.ok("anvil_setCode", json!([address, "0x600560005500"]));
    node.ok("anvil_setStorageAt", json!([address, "0x0", "0x3"]));
    address
}

fn word(number: u8) -> String {
    format!("0x{number:064x}")
}

#[test]
fn the_prestate_tracer_shows_what_was_met_and_what_changed() {
    let node = Node::start();
    let setter = setter(&node);
    let before = node.ok("eth_getBalance", json!([ALICE, "latest"]));
    let call = json!({"from": ALICE, "to": setter, "value": "0x7"});
    let hash = node.ok("eth_sendTransaction", json!([call]));
    let tracer =
        |diff: bool| json!({"tracer": "prestateTracer", "tracerConfig": {"diffMode": diff}});

    let met = node.ok("debug_traceTransaction", json!([hash, tracer(false)]));
    assert_eq!(met[ALICE]["balance"], before);
    assert_eq!(met[ALICE]["nonce"], Value::Null, "zero is left out");
    assert_eq!(met[&setter]["code"], "0x600560005500");
    assert_eq!(met[&setter]["storage"], json!({word(0): word(3)}));

    let changed = node.ok("debug_traceTransaction", json!([hash, tracer(true)]));
    assert_eq!(
        changed["pre"][&setter]["storage"],
        json!({word(0): word(3)})
    );
    assert_eq!(
        changed["post"][&setter],
        json!({"balance": "0x7", "storage": {word(0): word(5)}})
    );
    assert_eq!(changed["post"][ALICE]["nonce"], "0x1");
    let after = node.ok("eth_getBalance", json!([ALICE, "latest"]));
    assert_eq!(changed["post"][ALICE]["balance"], after);

    // Tried out once more, it changes no slot.
    let tried = node.ok("debug_traceCall", json!([call, "latest", tracer(true)]));
    assert_eq!(tried["post"][&setter], json!({"balance": "0xe"}), "{tried}");
}

#[test]
fn state_diffs_and_steps_are_replayed() {
    let node = Node::start();
    let setter = setter(&node);
    let call = json!({"from": ALICE, "to": setter});
    let hash = node.ok("eth_sendTransaction", json!([call]));
    let kinds = json!(["trace", "stateDiff", "vmTrace"]);
    let replayed = node.ok("trace_replayTransaction", json!([hash, kinds]));
    assert_eq!(replayed["trace"][0]["action"]["to"], setter);
    let slot = &replayed["stateDiff"][&setter]["storage"][word(0)];
    assert_eq!(*slot, json!({"*": {"from": word(3), "to": word(5)}}));
    assert_eq!(replayed["stateDiff"][&setter]["balance"], "=");
    assert_eq!(
        replayed["stateDiff"][ALICE]["nonce"],
        json!({"*": {"from": "0x0", "to": "0x1"}})
    );
    let steps = &replayed["vmTrace"];
    assert_eq!(steps["code"], "0x600560005500");
    let names: Vec<_> = steps["ops"].as_array().expect("steps").iter().collect();
    assert_eq!(names.len(), 4);
    assert_eq!(names[0]["ex"]["push"], json!(["0x5"]));
    assert_eq!(names[2]["ex"]["store"], json!({"key": "0x0", "val": "0x5"}));

    let tried = node.ok("trace_call", json!([call, ["stateDiff"], "latest"]));
    assert_eq!(
        tried["stateDiff"][&setter],
        Value::Null,
        "the slot has 5 already"
    );
    assert_eq!(tried["stateDiff"][ALICE]["balance"], "=", "nobody pays");
    assert_eq!(tried["trace"], json!([]));
    let (code, _) = node.fails("trace_call", json!([call, ["everything"], "latest"]));
    assert_eq!(code, -32602);
}

#[test]
fn every_step_is_placed_in_its_frame() {
    let node = Node::start();
    let forwarder = forwarder(&node);
    let setter = setter(&node);
    let call = json!({"from": ALICE, "to": forwarder, "value": "0x1", "data": padded(&setter)});
    let trace = node.ok("debug_traceCall", json!([call, "latest", {}]));
    let logs = trace["structLogs"].as_array().expect("steps");
    let depths: Vec<_> = logs
        .iter()
        .filter_map(|log| log["depth"].as_u64())
        .collect();
    assert_eq!(depths, [1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 1]);
    // A step that calls costs what the frame below used.
    let cost = |place: usize| logs[place]["gasCost"].as_u64().expect("a cost");
    assert!(cost(8) > cost(9) + cost(10) + cost(11), "{logs:?}");
    assert_eq!(logs[11]["storage"], json!({"0".repeat(64): word(5)[2..]}));
}

#[test]
fn an_access_list_names_the_slots_that_are_met() {
    let node = Node::start();
    let setter = setter(&node);
    let call = json!({"from": ALICE, "to": setter});
    let answer = node.ok("eth_createAccessList", json!([call, "latest"]));
    let list = json!([{"address": setter, "storageKeys": [word(0)]}]);
    assert_eq!(answer["accessList"], list, "{answer}");
    assert!(answer.get("error").is_none(), "{answer}");
    let transfer = json!({"from": ALICE, "to": BOB, "value": "0x1"});
    let answer = node.ok("eth_createAccessList", json!([transfer]));
    assert_eq!(answer["accessList"], json!([]));
}

#[test]
fn of_many_calls_each_sees_what_those_before_it_did() {
    let node = Node::start();
    let setter = setter(&node);
    // Returns its first slot, and sets it to 5.
    node.ok(
        "anvil_setCode",
        json!([setter, "0x600054600052600560005560206000f3"]),
    );
    let call = json!({"from": ALICE, "to": setter});
    let bundles = json!([{"transactions": [call, call]}, {"transactions": [call]}]);
    let options = json!({"tracer": "callTracer"});
    let after = json!({"blockNumber": "latest", "transactionIndex": -1});
    let traced = node.ok("debug_traceCallMany", json!([bundles, after, options]));
    let outputs: Vec<Vec<_>> = traced
        .as_array()
        .expect("bundles")
        .iter()
        .map(|bundle| bundle.as_array().expect("calls"))
        .map(|calls| calls.iter().map(|call| call["output"].clone()).collect())
        .collect();
    assert_eq!(json!(outputs), json!([[word(3), word(5)], [word(5)]]));
    let stepped = node.ok("debug_traceCallMany", json!([bundles]));
    let steps = |at: usize| stepped[0][at]["structLogs"].as_array().map(Vec::len);
    assert_eq!((steps(0), steps(1)), (Some(10), Some(10)), "{stepped}");
    let (code, _) = node.fails(
        "debug_traceCallMany",
        json!([bundles, after, {"tracer": "prestateTracer"}]),
    );
    assert_eq!(code, -32004);
}

#[test]
fn contracts_talk_to_the_console() {
    let node = Node::start();
    let mut console = Console::default();
    let mut said = || {
        let said = console.read(&node.chain, &node.chain.head());
        let said = said.expect("it is read").into_iter();
        said.flat_map(|said| said.lines).collect::<Vec<_>>()
    };
    // STATICCALL of the console with the selector of log(uint256) and 42.
    let speaks = concat!(
        "63f82c50f1600052",
        "602a602052",
        "60006000",
        "6024601c",
        "6a636f6e736f6c652e6c6f67",
        "5afa50"
    );
    let call = |to: &str| {
        node.ok(
            "eth_sendTransaction",
            json!([{"from": ALICE, "to": to, "gas": "0x5f5e100"}]),
        );
    };
    call(BOB);
    assert_eq!(said(), Vec::<String>::new());
    // From a constructor.
    let code = format!("0x{speaks}60006000f3");
    node.ok(
        "eth_sendTransaction",
        json!([{"from": ALICE, "data": code}]),
    );
    assert_eq!(said(), ["42"]);
    // From a contract that reverts afterwards, called by another.
    let speaker = "0x00000000000000000000000000000000000000f2";
    node.ok(
        "anvil_setCode",
        json!([speaker, format!("0x{speaks}60006000fd")]),
    );
    call(speaker);
    assert_eq!(said(), ["42"]);
}

#[test]
fn simulations_may_be_strict_and_show_transfers() {
    let node = Node::start();
    let simulate = |call: Value, validation: bool| {
        let blocks = json!([{"calls": [call]}]);
        let payload =
            json!({"blockStateCalls": blocks, "validation": validation, "traceTransfers": true});
        json!([payload, "latest"])
    };
    let call = json!({"from": ALICE, "to": BOB, "value": "0x5"});
    let blocks = node.ok("eth_simulateV1", simulate(call.clone(), false));
    let log = &blocks[0]["calls"][0]["logs"][0];
    assert_eq!(log["address"], format!("0x{}", "ee".repeat(20)));
    assert_eq!(log["topics"][1], padded(ALICE));
    assert_eq!(log["topics"][2], padded(BOB));
    assert_eq!(log["data"], word(5));
    let refused = |change: Value| {
        let mut call = call.clone();
        for (name, value) in change.as_object().expect("an object") {
            call[name] = value.clone();
        }
        node.fails("eth_simulateV1", simulate(call, true)).0
    };
    let fee = "0x64";
    assert_eq!(refused(json!({})), -38012);
    assert_eq!(
        refused(json!({"maxFeePerGas": fee, "nonce": "0x1"})),
        -38011
    );
    let gas = "0x5f5e100";
    let all = "0xffffffffffffffffffffffff";
    assert_eq!(
        refused(json!({"maxFeePerGas": fee, "gas": gas, "value": all})),
        -38014
    );
    let mut right = call.clone();
    (right["maxFeePerGas"], right["gas"]) = (json!(fee), json!(gas));
    node.ok("eth_simulateV1", simulate(right.clone(), true));
    node.ok("eth_sendTransaction", json!([call]));
    right["nonce"] = json!("0x0");
    assert_eq!(
        node.fails("eth_simulateV1", simulate(right, true)).0,
        -38010
    );
}
