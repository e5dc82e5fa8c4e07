//! What happened inside: traces, simulations, what waits.

use crate::node::{ALICE, BOB, Node};
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
