//! Multisigs and keys, from outside.

use atoll_actors::{ActorKind, init, multisig};
use atoll_native::codes;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Network;
use fvm_shared::econ::TokenAmount;
use serde::Serialize;
use serde_json::{Value, json};

use crate::node::{ALICE, BOB, Node};

fn native_keys(node: &Node) -> Vec<String> {
    let all = node.ok("Filecoin.WalletList", json!([]));
    let addresses = all.as_array().expect("a list").iter();
    let texts = addresses.map(|address| address.as_str().expect("an address").to_owned());
    texts.filter(|text| text[1..].starts_with('1')).collect()
}

fn parsed(text: &str) -> fvm_shared::address::Address {
    let network = match text.starts_with('f') {
        true => Network::Mainnet,
        false => Network::Testnet,
    };
    network.parse_address(text).expect("an address")
}

/// Sends a message of the node's own and answers what it returned.
fn push(node: &Node, message: Value, params: &impl Serialize) -> Vec<u8> {
    let params = fvm_ipld_encoding::to_vec(params).expect("it encodes");
    let mut message = message;
    message["Params"] = json!(BASE64.encode(params));
    let signed = node.ok("Filecoin.MpoolPushMessage", json!([message, null]));
    let found = node.ok("Filecoin.StateWaitMsg", json!([signed["CID"], 0, 10, true]));
    assert_eq!(found["Receipt"]["ExitCode"], 0, "{found}");
    let data = found["Receipt"]["Return"].as_str().unwrap_or_default();
    BASE64.decode(data).expect("it is base64")
}

#[test]
fn a_multisig_shows_what_is_locked_and_what_waits() {
    let node = Node::start();
    let keys = native_keys(&node);
    let (code, _) = codes::all()
        .find(|(_, actor)| actor.kind == ActorKind::Multisig)
        .expect("there are native multisigs");
    let constructor = multisig::ConstructorParams {
        signers: keys[..2].iter().map(|key| parsed(key)).collect(),
        num_approvals_threshold: 2,
        unlock_duration: 1_000,
        start_epoch: 0,
    };
    let exec = init::ExecParams {
        code_cid: code,
        constructor_params: RawBytes::serialize(&constructor).expect("it encodes"),
    };
    let message =
        json!({"From": keys[0], "To": parsed("f01").to_string(), "Value": "1000000", "Method": 2});
    let message = with_prefix_of(&keys[0], message);
    let returned = push(&node, message, &exec);
    let created: init::ExecReturn = fvm_ipld_encoding::from_slice(&returned).expect("an answer");
    let wallet = created
        .id_address
        .to_string()
        .replacen('f', &keys[0][..1], 1);

    let schedule = node.ok("Filecoin.MsigGetVestingSchedule", json!([wallet, null]));
    assert_eq!(
        schedule,
        json!({"InitialBalance": "1000000", "StartEpoch": 0, "UnlockDuration": 1000})
    );
    let to = node.ok("Filecoin.EthAddressToFilecoinAddress", json!([BOB]));
    let propose = multisig::ProposeParams {
        to: parsed(to.as_str().expect("an address")),
        value: TokenAmount::from_atto(5),
        method: 0,
        params: RawBytes::default(),
    };
    let message = json!({"From": keys[0], "To": wallet, "Value": "0", "Method": 2});
    push(&node, message, &propose);
    let pending = node.ok("Filecoin.MsigGetPending", json!([wallet, null]));
    let proposer = node.ok("Filecoin.StateLookupID", json!([keys[0], null]));
    assert_eq!(
        pending,
        json!([{"ID": 0, "To": to, "Value": "5", "Method": 0, "Params": null, "Approved": [proposer]}])
    );

    let start = node.ok("Filecoin.ChainHead", json!([]));
    node.ok("atoll_mine", json!([100]));
    let vested = node.ok(
        "Filecoin.MsigGetVested",
        json!([wallet, start["Cids"], null]),
    );
    assert_eq!(vested, "100000", "a tenth of the duration");
    let head = node.ok("Filecoin.ChainHead", json!([]));
    let height = head["Height"].as_u64().expect("an epoch");
    let available = node.ok("Filecoin.MsigGetAvailableBalance", json!([wallet, null]));
    assert_eq!(available, (height * 1_000).to_string());
    let (_, words) = node.fails(
        "Filecoin.MsigGetVested",
        json!([wallet, null, start["Cids"]]),
    );
    assert!(words.contains("is after"), "{words}");
    let (_, words) = node.fails("Filecoin.MsigGetPending", json!([keys[0], null]));
    assert!(words.contains("is no multisig"), "{words}");
}

/// The message with its receiver written as the network writes addresses.
fn with_prefix_of(key: &str, mut message: Value) -> Value {
    let to = message["To"].as_str().expect("an address");
    message["To"] = json!(to.replacen('f', &key[..1], 1));
    message
}

#[test]
fn new_keys_sign() {
    let node = Node::start();
    for (kind, prefix) in [("secp256k1", "1"), ("bls", "3"), ("delegated", "410f")] {
        let address = node.ok("Filecoin.WalletNew", json!([kind]));
        let text = address.as_str().expect("an address");
        assert!(text[1..].starts_with(prefix), "{text}");
        assert_eq!(node.ok("Filecoin.WalletHas", json!([address])), true);
        let signature = node.ok("Filecoin.WalletSign", json!([address, "aGVsbG8="]));
        assert!(signature["Data"].is_string(), "{signature}");
    }
    let (_, words) = node.fails("Filecoin.WalletNew", json!(["ed25519"]));
    assert!(words.contains("must be secp256k1"), "{words}");
}

#[test]
fn the_network_has_parameters() {
    let node = Node::start();
    let params = node.ok("Filecoin.StateGetNetworkParams", json!([]));
    let chain_id = node.ok("eth_chainId", json!([]));
    let number = params["Eip155ChainID"].as_u64().expect("a number");
    assert_eq!(chain_id, format!("{number:#x}"));
    assert_eq!(params["GenesisTimestamp"], 1_700_000_000);
    node.ok("atoll_mine", json!([3]));
    let finalized = node.ok("Filecoin.ChainGetFinalizedTipSet", json!([]));
    let block = node.ok("eth_getBlockByNumber", json!(["finalized", false]));
    let height = finalized["Height"].as_u64().expect("an epoch");
    assert_eq!(block["number"], format!("{height:#x}"));
}

#[test]
fn a_transaction_is_found_by_sender_and_nonce_and_traced_before_it_is_sent() {
    let node = Node::start();
    let fields = json!({"from": ALICE, "to": BOB, "value": "0x7"});
    let signed = node.ok("eth_signTransaction", json!([fields]));
    let raw = match &signed {
        Value::String(_) => &signed,
        object => &object["raw"],
    };
    let traced = node.ok("trace_rawTransaction", json!([raw, ["trace"]]));
    assert_eq!(traced["trace"][0]["action"]["value"], "0x7");
    assert_eq!(
        node.ok("eth_getTransactionBySenderAndNonce", json!([ALICE, "0x0"])),
        Value::Null,
        "it was only tried out"
    );
    let hash = node.ok("eth_sendRawTransaction", json!([raw]));
    let found = node.ok("eth_getTransactionBySenderAndNonce", json!([ALICE, "0x0"]));
    assert_eq!(found["hash"], hash);
    let (_, words) = node.fails("trace_rawTransaction", json!(["0x01", ["trace"]]));
    assert!(!words.is_empty());
}
