//! The chain as Filecoin's tools see it, from outside.

use crate::node::{ALICE, BOB, Node};
use serde_json::{Value, json};

#[test]
fn the_head_is_a_tipset() {
    let node = Node::start();
    node.ok("atoll_mine", json!([2]));
    let head = node.ok("Filecoin.ChainHead", json!([]));
    assert_eq!(head["Height"], 2);
    let block = &head["Blocks"][0];
    assert_eq!(block["Height"], 2);
    assert_eq!(
        node.ok("Filecoin.ChainGetTipSet", json!([head["Cids"]])),
        head
    );
    assert_eq!(
        node.ok("Filecoin.ChainGetBlock", json!([head["Cids"][0]])),
        *block
    );
    assert_eq!(
        node.ok("Filecoin.ChainGetTipSetByHeight", json!([2, null])),
        head
    );
    let parent = node.ok("Filecoin.ChainGetTipSet", json!([block["Parents"]]));
    assert_eq!(parent["Height"], 1);
    // The header is a block of data like any other.
    assert_eq!(
        node.ok("Filecoin.ChainHasObj", json!([head["Cids"][0]])),
        true
    );
    assert!(
        node.ok("Filecoin.ChainReadObj", json!([head["Cids"][0]]))
            .is_string()
    );
}

#[test]
fn null_rounds_have_no_tipset() {
    let node = Node::start();
    assert_eq!(node.ok("atoll_mineNullRounds", json!([3])), "0x4");
    assert_eq!(
        node.ok("Filecoin.ChainGetTipSetByHeight", json!([2, null]))["Height"],
        0
    );
    assert_eq!(
        node.ok("Filecoin.ChainGetTipSetAfterHeight", json!([2, null]))["Height"],
        4
    );
    let (code, words) = node.fails("eth_getBlockByNumber", json!(["0x2", false]));
    assert_eq!(code, 12, "as Lotus has it");
    assert!(words.contains("null round"), "{words}");
    assert!(node.ok("eth_getBalance", json!([ALICE, "0x2"])).is_string());
}

#[test]
fn a_message_is_filled_signed_sent_and_found() {
    let node = Node::start();
    let all = node.ok("Filecoin.WalletList", json!([]));
    let native = all[0].as_str().expect("an address");
    assert!(
        native.starts_with("t1") || native.starts_with("f1"),
        "{native}"
    );
    let to = node.ok("Filecoin.EthAddressToFilecoinAddress", json!([BOB]));
    let before = node.ok("Filecoin.WalletBalance", json!([to]));
    let message = json!({"From": native, "To": to, "Value": "1000", "Method": 0});
    let signed = node.ok("Filecoin.MpoolPushMessage", json!([message, null]));
    let found = node.ok("Filecoin.StateWaitMsg", json!([signed["CID"], 0, 10, true]));
    assert_eq!(found["Receipt"]["ExitCode"], 0);
    let number = |value: &Value| {
        value
            .as_str()
            .expect("a decimal")
            .parse::<u128>()
            .expect("a number")
    };
    let after = node.ok("Filecoin.WalletBalance", json!([to]));
    assert_eq!(number(&after) - number(&before), 1000);
    assert_eq!(node.ok("Filecoin.MpoolGetNonce", json!([native])), 1);
    assert_eq!(
        node.ok(
            "Filecoin.StateSearchMsg",
            json!([null, signed["CID"], 10, true])
        ),
        found
    );
    assert_eq!(
        node.ok("Filecoin.ChainGetMessage", json!([signed["CID"]]))["Value"],
        "1000"
    );

    let replayed = node.ok("Filecoin.StateReplay", json!([null, signed["CID"]]));
    assert_eq!(replayed["MsgRct"], found["Receipt"]);
    assert_eq!(replayed["ExecutionTrace"]["Msg"]["Value"], "1000");
    let hash = node.ok(
        "Filecoin.EthGetTransactionHashByCid",
        json!([signed["CID"]]),
    );
    assert_eq!(
        node.ok("eth_getTransactionReceipt", json!([hash]))["status"],
        "0x1"
    );
    let cid = node.ok("Filecoin.EthGetMessageCidByTransactionHash", json!([hash]));
    assert_eq!(cid, signed["CID"]);
    let spent = node.ok("atoll_gasBreakdown", json!([hash]));
    assert!(
        spent.as_object().is_some_and(|spent| !spent.is_empty()),
        "{spent}"
    );
}

#[test]
fn addresses_have_many_forms() {
    let node = Node::start();
    let delegated = node.ok("Filecoin.EthAddressToFilecoinAddress", json!([ALICE]));
    let id = node.ok("Filecoin.StateLookupID", json!([delegated, null]));
    assert_eq!(
        node.ok("Filecoin.StateAccountKey", json!([id, null])),
        delegated
    );
    assert_eq!(
        node.ok("Filecoin.FilecoinAddressToEthAddress", json!([id])),
        ALICE
    );
    let forms = node.ok("atoll_address", json!([ALICE]));
    assert_eq!(forms["id"], id);
    assert_eq!(forms["delegated"], delegated);
    assert_eq!(forms["ethereum"], ALICE);
    let actor = node.ok("Filecoin.StateGetActor", json!([delegated, null]));
    assert_eq!(actor["DelegatedAddress"], delegated);
    assert_eq!(
        node.fails("Filecoin.StateGetActor", json!(["f09999999", null]))
            .0,
        11
    );
    let state = node.ok("Filecoin.StateReadState", json!(["f01", null]));
    assert!(state["State"].is_array(), "{state}");
}

#[test]
fn unsigned_and_wrongly_signed_messages_are_refused() {
    let node = Node::start();
    let all = node.ok("Filecoin.WalletList", json!([]));
    let message = json!({
        "Version": 0, "From": all[0], "To": all[2], "Nonce": 0, "Value": "1", "GasLimit": 10_000_000,
        "GasFeeCap": "1000000", "GasPremium": "1", "Method": 0, "Params": null
    });
    let mut signed = node.ok("Filecoin.WalletSignMessage", json!([all[0], message]));
    signed["Message"]["Value"] = json!("2");
    let (code, words) = node.fails("Filecoin.MpoolPush", json!([signed]));
    assert_eq!(code, -32000);
    assert!(words.contains("signature"), "{words}");
    signed["Message"]["Value"] = json!("1");
    node.ok("Filecoin.MpoolPush", json!([signed]));
}

#[test]
fn addresses_are_looked_up_both_ways() {
    let node = Node::start();
    let delegated = node.ok("Filecoin.EthAddressToFilecoinAddress", json!([ALICE]));
    assert!(
        delegated
            .as_str()
            .is_some_and(|text| text.starts_with("t410"))
    );
    let native = node.ok("Filecoin.WalletDefaultAddress", json!([]));
    for address in [delegated, native] {
        let id = node.ok("Filecoin.StateLookupID", json!([address, null]));
        assert!(id.as_str().is_some_and(|text| text.starts_with("t0")));
        let robust = node.ok("Filecoin.StateLookupRobustAddress", json!([id, null]));
        assert_eq!(robust, address);
    }
    // The init actor is known by its id alone.
    let (code, _) = node.fails("Filecoin.StateLookupRobustAddress", json!(["f01", null]));
    assert_eq!(code, -32000);
    let (code, _) = node.fails("Filecoin.StateLookupRobustAddress", json!(["f09999", null]));
    assert_eq!(code, 11);
}

#[test]
fn ethereum_methods_have_lotus_names_too() {
    let node = Node::start();
    for (lotus, ours) in [
        ("Filecoin.EthChainId", "eth_chainId"),
        ("Filecoin.EthBlockNumber", "eth_blockNumber"),
        ("Filecoin.NetVersion", "net_version"),
        ("Filecoin.Web3ClientVersion", "web3_clientVersion"),
    ] {
        assert_eq!(node.ok(lotus, json!([])), node.ok(ours, json!([])));
    }
    let traces = node.ok("Filecoin.EthTraceBlock", json!(["latest"]));
    assert_eq!(traces, json!([]));
    assert_eq!(node.fails("Filecoin.EthNonsense", json!([])).0, -32601);
}
