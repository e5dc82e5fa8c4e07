//! The chain as Ethereum's tools see it, from outside.

use crate::node::{ALICE, BOB, Node};
use serde_json::{Value, json};

/// Code that answers 42 to everything, behind code that returns it.
const ANSWER: &str = "0x69602a60005260206000f3600052600a6016f3";
/// Reverts with Error("no").
const REVERTS: &str = concat!(
    "0x",
    // PUSH32 the first word, MSTORE at 0; length and text; REVERT(0, 100).
    "7f08c379a000000000000000000000000000000000000000000000000000000000600052",
    "60206004526002602452",
    "7f6e6f000000000000000000000000000000000000000000000000000000000000604452",
    "60646000fd",
);

fn send(node: &Node, transaction: Value) -> Value {
    let hash = node.ok("eth_sendTransaction", json!([transaction]));
    let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
    assert!(receipt.is_object(), "mined at once: {receipt}");
    receipt
}

#[test]
fn a_transfer_is_mined_at_once() {
    let node = Node::start();
    let before = node.ok("eth_getBalance", json!([BOB, "latest"]));
    let receipt = send(
        &node,
        json!({"from": ALICE, "to": BOB, "value": "0xde0b6b3a7640000"}),
    );
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["from"], ALICE);
    assert_eq!(receipt["to"], BOB);
    assert_eq!(receipt["contractAddress"], Value::Null);
    assert_ne!(node.ok("eth_getBalance", json!([BOB, "latest"])), before);
    assert_eq!(node.ok("eth_getBalance", json!([BOB, "earliest"])), before);
    assert_eq!(
        node.ok("eth_getTransactionCount", json!([ALICE, "latest"])),
        "0x1"
    );
    assert_eq!(
        node.ok("eth_getTransactionCount", json!([ALICE, "0x0"])),
        "0x0"
    );
    assert_eq!(
        node.ok(
            "eth_getTransactionCount",
            json!([ALICE, {"blockHash": receipt["blockHash"]}])
        ),
        "0x1"
    );

    let block = node.ok(
        "eth_getBlockByNumber",
        json!([receipt["blockNumber"], true]),
    );
    assert_eq!(block["hash"], receipt["blockHash"]);
    assert_eq!(block["transactions"][0]["hash"], receipt["transactionHash"]);
    assert_eq!(block["gasUsed"], receipt["gasUsed"]);
    let same = node.ok("eth_getBlockByHash", json!([block["hash"], false]));
    assert_eq!(same["transactions"], json!([receipt["transactionHash"]]));
    let transaction = node.ok(
        "eth_getTransactionByHash",
        json!([receipt["transactionHash"]]),
    );
    assert_eq!(transaction, block["transactions"][0]);
    let receipts = node.ok("eth_getBlockReceipts", json!([block["hash"]]));
    assert_eq!(receipts, json!([receipt]));
}

#[test]
fn a_contract_is_deployed_and_called() {
    let node = Node::start();
    let receipt = send(&node, json!({"from": ALICE, "data": ANSWER}));
    assert_eq!(receipt["status"], "0x1", "{receipt}");
    assert_eq!(receipt["to"], Value::Null);
    let contract = receipt["contractAddress"].clone();
    let code = node.ok("eth_getCode", json!([contract, "latest"]));
    assert_eq!(code, "0x602a60005260206000f3");
    let answer = node.ok("eth_call", json!([{"to": contract}, "latest"]));
    assert_eq!(answer, format!("0x{:064x}", 42));
    assert_eq!(
        node.ok("eth_getTransactionCount", json!([contract, "latest"])),
        "0x1"
    );
}

#[test]
fn reverts_have_code_3_and_their_data() {
    let node = Node::start();
    let overrides = json!({BOB: {"code": REVERTS}});
    let answer = node.call("eth_call", json!([{"to": BOB}, "latest", overrides]));
    assert_eq!(answer["error"]["code"], 3, "{answer}");
    assert_eq!(answer["error"]["message"], "execution reverted: no");
    let data = answer["error"]["data"].as_str().expect("data");
    assert!(data.starts_with("0x08c379a0"), "{data}");
    let (code, _) = node.fails("eth_estimateGas", json!([{"to": BOB}, "latest", overrides]));
    assert_eq!(code, 3);
    assert_eq!(node.ok("eth_call", json!([{"to": BOB}, "latest"])), "0x");
}

#[test]
fn overrides_change_only_the_call() {
    let node = Node::start();
    // SLOAD 1, SELFBALANCE, TIMESTAMP, NUMBER, each returned as a word.
    let code = "0x6001546000524760205242604052436060526080600 0f3".replace(' ', "");
    let answer = node.ok(
        "eth_call",
        json!([
            {"to": BOB},
            "latest",
            {BOB: {"code": code, "balance": "0x7", "stateDiff": {"0x1": "0x2a"}}},
            {"time": "0x77359400", "number": "0x1234"}
        ]),
    );
    let words = [42u64, 7, 2_000_000_000, 0x1234].map(|word| format!("{word:064x}"));
    assert_eq!(answer, format!("0x{}", words.concat()));
    assert_eq!(node.ok("eth_getCode", json!([BOB, "latest"])), "0x");
}

#[test]
fn blocks_that_are_not_there() {
    let node = Node::start();
    assert_eq!(
        node.ok("eth_getBlockByNumber", json!(["0x99", false])),
        Value::Null
    );
    let hash = format!("0x{}", "12".repeat(32));
    assert_eq!(
        node.ok("eth_getBlockByHash", json!([hash, false])),
        Value::Null
    );
    assert_eq!(
        node.ok("eth_getTransactionByHash", json!([hash])),
        Value::Null
    );
    assert_eq!(
        node.ok("eth_getTransactionReceipt", json!([hash])),
        Value::Null
    );
    assert_eq!(node.fails("eth_getBalance", json!([BOB, "0x99"])).0, -32001);
    assert_eq!(
        node.fails("eth_getBalance", json!([BOB, {"blockHash": hash}]))
            .0,
        -32001
    );
}

#[test]
fn logs_are_found_by_topic_address_and_range() {
    let node = Node::start();
    // LOG1 with the caller as topic and 32 bytes of data.
    let code = "0x33602060 00a100".replace(' ', "");
    node.ok("anvil_setCode", json!([BOB, code]));
    let receipt = send(&node, json!({"from": ALICE, "to": BOB}));
    let topic = format!("0x{}{}", "0".repeat(24), &ALICE[2..]);
    assert_eq!(receipt["logs"][0]["topics"], json!([topic]), "{receipt}");
    let logs = |filter: Value| node.ok("eth_getLogs", json!([filter]));
    let found = logs(json!({"fromBlock": "earliest", "address": BOB, "topics": [topic]}));
    assert_eq!(found, receipt["logs"]);
    assert_eq!(logs(json!({"blockHash": receipt["blockHash"]})), found);
    assert_eq!(
        logs(
            json!({"fromBlock": "earliest", "topics": [[format!("0x{}", "0".repeat(64)), topic]]})
        ),
        found
    );
    assert_eq!(
        logs(json!({"fromBlock": "earliest", "address": ALICE})),
        json!([])
    );
    assert_eq!(logs(json!({"fromBlock": "0x99"})), json!([]));
    assert_eq!(
        node.fails(
            "eth_getLogs",
            json!([{"fromBlock": "0x2", "toBlock": "0x1"}])
        )
        .0,
        -32602
    );
}

#[test]
fn filters_tell_what_is_new() {
    let node = Node::start();
    let blocks = node.ok("eth_newBlockFilter", json!([]));
    let waiting = node.ok("eth_newPendingTransactionFilter", json!([]));
    assert_eq!(node.ok("eth_getFilterChanges", json!([blocks])), json!([]));
    let receipt = send(&node, json!({"from": ALICE, "to": BOB}));
    assert_eq!(
        node.ok("eth_getFilterChanges", json!([blocks])),
        json!([receipt["blockHash"]])
    );
    assert_eq!(node.ok("eth_getFilterChanges", json!([blocks])), json!([]));
    assert_eq!(
        node.ok("eth_getFilterChanges", json!([waiting])),
        json!([receipt["transactionHash"]])
    );
    assert_eq!(node.ok("eth_uninstallFilter", json!([blocks])), true);
    assert_eq!(node.ok("eth_uninstallFilter", json!([blocks])), false);
    assert_eq!(
        node.fails("eth_getFilterChanges", json!([blocks])).1,
        "filter not found"
    );
}

#[test]
fn transactions_that_filecoin_lacks_are_refused_with_the_reason() {
    let node = Node::start();
    let (code, words) = node.fails("eth_sendRawTransaction", json!(["0x01c0"]));
    assert_eq!(code, -32000);
    assert!(words.contains("2930"), "{words}");
    let (_, words) = node.fails("eth_sendRawTransaction", json!(["0x03c0"]));
    assert!(words.contains("4844"), "{words}");
}

#[test]
fn signatures_are_those_of_other_tools() {
    let node = Node::start();
    // As anvil 1.7.1 and cast sign it with the same key.
    let signed = node.ok("eth_sign", json!([ALICE, "0x68656c6c6f"]));
    assert_eq!(signed.as_str().map(str::len), Some(132));
    assert_eq!(
        node.ok("personal_sign", json!(["0x68656c6c6f", ALICE])),
        signed
    );
    assert_eq!(
        node.fails(
            "eth_sign",
            json!(["0x00000000000000000000000000000000000000aa", "0x"])
        )
        .0,
        -32000
    );
    let transaction = node.ok(
        "eth_signTransaction",
        json!([{"from": ALICE, "to": BOB, "gas": "0x1312d00"}]),
    );
    let hash = node.ok("eth_sendRawTransaction", json!([transaction["raw"]]));
    assert_eq!(hash, transaction["tx"]["hash"]);
}

#[test]
fn time_and_state_can_be_turned_back() {
    let node = Node::start();
    let id = node.ok("evm_snapshot", json!([]));
    let before = node.ok("eth_getBalance", json!([BOB]));
    send(&node, json!({"from": ALICE, "to": BOB, "value": 5}));
    node.ok("anvil_setBalance", json!([BOB, "0x1"]));
    assert_eq!(node.ok("eth_getBalance", json!([BOB])), "0x1");
    assert_eq!(node.ok("evm_revert", json!([id])), true);
    assert_eq!(node.ok("eth_getBalance", json!([BOB])), before);
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x0");
    assert_eq!(node.ok("evm_revert", json!([id])), false);

    node.ok("evm_setNextBlockTimestamp", json!([4_000_000_000u64]));
    node.ok("evm_mine", json!([]));
    assert_eq!(
        node.ok("eth_getBlockByNumber", json!(["latest"]))["timestamp"],
        "0xee6b2800"
    );
}

#[test]
fn accounts_can_be_impersonated() {
    let node = Node::start();
    let someone = "0x00000000000000000000000000000000000000aa";
    let transfer = json!({"from": someone, "to": BOB, "value": "0x1"});
    assert_eq!(
        node.fails("eth_sendTransaction", json!([transfer])).0,
        -32000
    );
    node.ok("anvil_setBalance", json!([someone, "0xde0b6b3a7640000"]));
    node.ok("hardhat_impersonateAccount", json!([someone]));
    let receipt = send(&node, transfer.clone());
    assert_eq!(receipt["from"], someone);
    assert_eq!(receipt["status"], "0x1");
    node.ok("hardhat_stopImpersonatingAccount", json!([someone]));
    assert_eq!(
        node.fails("eth_sendTransaction", json!([transfer])).0,
        -32000
    );
}

#[test]
fn messages_wait_while_mining_is_off() {
    let node = Node::start();
    node.ok("evm_setAutomine", json!([false]));
    let hash = node.ok("eth_sendTransaction", json!([{"from": ALICE, "to": BOB}]));
    assert_eq!(
        node.ok("eth_getTransactionReceipt", json!([hash])),
        Value::Null
    );
    let waiting = node.ok("eth_getTransactionByHash", json!([hash]));
    assert_eq!(waiting["blockNumber"], Value::Null);
    assert_eq!(
        node.ok("eth_getTransactionCount", json!([ALICE, "pending"])),
        "0x1"
    );
    assert_eq!(
        node.ok("eth_getTransactionCount", json!([ALICE, "latest"])),
        "0x0"
    );
    let pending = node.ok("eth_getBlockByNumber", json!(["pending", false]));
    assert_eq!(pending["transactions"], json!([hash]));
    node.ok("anvil_mine", json!([3]));
    assert_eq!(
        node.ok("eth_getTransactionReceipt", json!([hash]))["blockNumber"],
        "0x1"
    );
    assert_eq!(node.ok("eth_blockNumber", json!([])), "0x3");
}

#[test]
fn fees_have_a_history() {
    let node = Node::start();
    node.ok("anvil_mine", json!([4]));
    send(
        &node,
        json!({"from": ALICE, "to": BOB, "maxFeePerGas": "0x30d40", "maxPriorityFeePerGas": "0x186a0"}),
    );
    let history = node.ok("eth_feeHistory", json!(["0x3", "latest", [0, 50, 100]]));
    assert_eq!(history["oldestBlock"], "0x3");
    assert_eq!(history["baseFeePerGas"].as_array().map(Vec::len), Some(4));
    assert_eq!(history["gasUsedRatio"].as_array().map(Vec::len), Some(3));
    assert_eq!(history["reward"][2][1], "0x186a0", "{history}");
    assert_eq!(history["reward"][0], json!(["0x0", "0x0", "0x0"]));
    assert_eq!(
        node.fails("eth_feeHistory", json!([3, "latest", [50, 10]]))
            .0,
        -32602
    );
}

#[test]
fn senders_pay_what_their_receipts_say() {
    let node = Node::start();
    let balance = |block: &Value| -> u128 {
        let balance = node.ok("eth_getBalance", json!([ALICE, block]));
        let digits = balance.as_str().expect("digits").trim_start_matches("0x");
        u128::from_str_radix(digits, 16).expect("a number")
    };
    let number = |value: &Value| {
        let digits = value.as_str().expect("digits").trim_start_matches("0x");
        u128::from_str_radix(digits, 16).expect("a number")
    };
    for transaction in [
        json!({"from": ALICE, "to": BOB, "value": "0x7"}),
        json!({"from": ALICE, "data": ANSWER, "value": "0x7"}),
    ] {
        let before = balance(&json!("latest"));
        let receipt = send(&node, transaction);
        let paid = before - balance(&json!("latest"));
        let gas = number(&receipt["gasUsed"]) * number(&receipt["effectiveGasPrice"]);
        assert_eq!(paid, 7 + gas, "{receipt}");
    }
}

/// What a constructor returns is how clients read many contracts by one call.
#[test]
fn a_call_without_receiver_answers_with_the_code() {
    let node = Node::start();
    let code = node.ok("eth_call", json!([{"from": ALICE, "data": ANSWER}]));
    assert_eq!(code, "0x602a60005260206000f3");
    let (code, _) = node.fails("eth_call", json!([{"from": ALICE, "data": REVERTS}]));
    assert_eq!(code, 3);
}

#[test]
fn a_reset_takes_all_back() {
    let node = Node::start();
    let fresh = node.ok("eth_getBlockByNumber", json!(["latest", false]));
    node.ok("anvil_setBalance", json!([BOB, "0x1"]));
    send(&node, json!({"from": ALICE, "to": BOB}));
    assert_eq!(node.ok("evm_snapshot", json!([])), "0x1");
    node.ok("evm_setAutomine", json!([false]));
    node.ok("anvil_reset", json!([]));
    assert_eq!(
        node.ok("eth_getBlockByNumber", json!(["latest", false])),
        fresh
    );
    assert_eq!(node.ok("anvil_getAutomine", json!([])), true);
    assert_eq!(node.ok("evm_revert", json!(["0x1"])), false);
    send(&node, json!({"from": ALICE, "to": BOB}));
}

#[test]
fn a_dumped_state_is_loaded_here_and_elsewhere() {
    let node = Node::start();
    let made = send(&node, json!({"from": ALICE, "data": ANSWER}));
    let contract = made["contractAddress"].clone();
    node.ok("anvil_setBalance", json!([BOB, "0x1234"]));
    let dump = node.ok("anvil_dumpState", json!([]));
    let seen = |node: &Node| {
        [
            node.ok("eth_getBalance", json!([ALICE, "latest"])),
            node.ok("eth_getBalance", json!([BOB, "latest"])),
            node.ok("eth_getCode", json!([contract, "latest"])),
            node.ok("eth_getTransactionCount", json!([ALICE, "latest"])),
        ]
    };
    let then = seen(&node);
    assert_eq!(then[1], "0x1234");

    // Back on the same chain, which has gone on.
    node.ok("anvil_setCode", json!([contract, "0x00"]));
    send(&node, json!({"from": ALICE, "to": BOB, "value": "0x9"}));
    assert_ne!(seen(&node), then);
    assert_eq!(node.ok("anvil_loadState", json!([dump])), true);
    assert_eq!(seen(&node), then);

    // On another chain, which is younger.
    let other = Node::start();
    assert_eq!(other.ok("hardhat_loadState", json!([dump])), true);
    assert_eq!(seen(&other), then);
    let call = json!([{"to": contract}, "latest"]);
    assert_eq!(
        other.ok("eth_call", call.clone()),
        node.ok("eth_call", call)
    );
    let receipt = send(&other, json!({"from": ALICE, "to": BOB, "value": "0x9"}));
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(other.ok("eth_getBalance", json!([BOB, "latest"])), "0x123d");

    // What is no dump changes nothing.
    let now = seen(&other);
    let dump = dump.as_str().expect("digits");
    let cut = &dump[..dump.len() - 100];
    let damaged = format!("{}ff", &dump[..dump.len() - 2]);
    for wrong in ["0x", "0x00", "0x1f8b0800", cut, &damaged] {
        let (code, why) = other.fails("anvil_loadState", json!([wrong]));
        assert_eq!(code, -32602, "{why}");
    }
    assert_eq!(seen(&other), now);
}

#[test]
fn a_transaction_is_sent_and_waited_for_in_one_request() {
    let node = Node::start();
    let raw = |nonce: u64| {
        let transaction = json!({
            "from": ALICE, "to": BOB, "gas": "0x1312d00", "nonce": format!("{nonce:#x}"),
        });
        node.ok("eth_signTransaction", json!([transaction]))
    };
    let first = raw(0);
    let receipt = node.ok("eth_sendRawTransactionSync", json!([first["raw"]]));
    let hash = first["tx"]["hash"].clone();
    assert_eq!(receipt["transactionHash"], hash);
    assert_eq!(receipt, node.ok("eth_getTransactionReceipt", json!([hash])));

    node.ok("evm_setAutomine", json!([false]));
    let second = raw(1);
    let request = json!([second["raw"], "0x32"]);
    let (code, words) = node.fails("eth_sendRawTransactionSync", request);
    let hash = second["tx"]["hash"].clone();
    assert_eq!(code, 4, "{words}");
    assert!(words.contains(hash.as_str().expect("digits")), "{words}");
    node.ok("evm_mine", json!([]));
    assert!(
        node.ok("eth_getTransactionReceipt", json!([hash]))
            .is_object()
    );
}

#[test]
fn a_header_is_its_blocks() {
    let node = Node::start();
    let receipt = send(&node, json!({"from": ALICE, "to": BOB, "value": "0x1"}));
    let block = node.ok("eth_getBlockByNumber", json!(["latest", false]));
    let header = node.ok("eth_getHeaderByNumber", json!(["latest"]));
    let by_hash = node.ok("eth_getHeaderByHash", json!([receipt["blockHash"]]));
    assert_eq!(header, by_hash);
    let members = header.as_object().expect("an object");
    assert!(members.contains_key("stateRoot") && !members.contains_key("transactions"));
    for (name, value) in members {
        assert_eq!(block[name], *value, "{name}");
    }
}
