//! Proofs are checked by somebody who has nothing but the proof and the header's state root.

use std::sync::Arc;

use atoll_actors::evm::{EthAddress, State, read_slot};
use atoll_vm::state::StateTree;
use atoll_vm::{Actor, MemoryStore, Store};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{CborStore, DAG_CBOR};
use multihash_codetable::{Code, Multihash, MultihashDigest};
use serde_json::{Value, json};

use crate::node::{ALICE, Node};

const NOBODY: &str = "0x00000000000000000000000000000000000a7013";

/// A contract whose constructor fills so many slots that their tree has several levels.
fn many_slots(node: &Node) -> Value {
    let writes: String = (0..80)
        .map(|slot| format!("60{:02x}60{slot:02x}55", slot + 1))
        .collect();
    let code = format!("0x{writes}60006000f3");
    let hash = node.ok(
        "eth_sendTransaction",
        json!([{"from": ALICE, "data": code}]),
    );
    let receipt = node.ok("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1");
    receipt["contractAddress"].clone()
}

fn bytes(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("a string");
    hex::decode(text.trim_start_matches("0x")).expect("hex digits")
}

fn cid_of_digest(digest: &[u8]) -> Cid {
    let hash = Multihash::wrap(Code::Blake2b256.into(), digest).expect("32 bytes");
    Cid::new_v1(DAG_CBOR, hash)
}

/// The blocks of a proof, each under the hash that it really has.
fn blocks(proof: &Value) -> MemoryStore {
    let store = MemoryStore::new();
    for block in proof.as_array().expect("a list") {
        let block = bytes(block);
        let cid = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&block));
        store.put_keyed(&cid, &block).expect("memory");
    }
    store
}

/// Reads an account from a proof alone.
fn read_account(root: &Cid, proof: &Value, address: &str) -> Result<Option<Actor>, String> {
    let store = Store::new(Arc::new(blocks(proof)));
    let address: [u8; 20] = bytes(&json!(address)).try_into().expect("20 bytes");
    let mut tree = StateTree::load(store, root).map_err(|fatal| fatal.to_string())?;
    let id = tree.resolve(&EthAddress(address).to_filecoin());
    let Some(id) = id.map_err(|fatal| fatal.to_string())? else {
        return Ok(None);
    };
    let actor = tree.actor(id).map_err(|fatal| fatal.to_string())?;
    Ok(actor.cloned())
}

fn state_root(node: &Node) -> Cid {
    let block = node.ok("eth_getBlockByNumber", json!(["latest", false]));
    cid_of_digest(&bytes(&block["stateRoot"]))
}

#[test]
fn a_contract_and_its_slots_follow_from_the_root() {
    let node = Node::start();
    let contract = many_slots(&node);
    let keys = json!(["0x4f", "0x0", "0x50"]);
    let proof = node.ok("eth_getProof", json!([contract, keys, "latest"]));
    let address = contract.as_str().expect("an address");
    let actor = read_account(&state_root(&node), &proof["accountProof"], address)
        .expect("the proof is whole")
        .expect("the contract is there");
    let state: State = blocks(&proof["accountProof"])
        .get_cbor(&actor.root)
        .expect("it is CBOR")
        .expect("the contract's state is in the proof");
    assert_eq!(bytes(&proof["codeHash"]), state.bytecode_hash.0);
    assert_eq!(proof["nonce"], "0x1");
    assert_eq!(
        cid_of_digest(&bytes(&proof["storageHash"])),
        state.contract_state
    );
    for (slot, (key, value)) in [(0x4f, Some(0x50)), (0, Some(1)), (0x50, None)]
        .iter()
        .enumerate()
    {
        let shown = &proof["storageProof"][slot];
        let mut word = [0; 32];
        word[31] = *key;
        let read = read_slot(&blocks(&shown["proof"]), &state.contract_state, &word);
        let read = read.expect("the proof is whole").map(|value| value[31]);
        assert_eq!(read, *value);
        let value = format!("{:#x}", value.unwrap_or_default());
        assert_eq!(shown["value"], value.as_str());
        let length = shown["proof"].as_array().map_or(0, Vec::len);
        assert!(length >= 2, "the tree has several levels: {length}");
    }
}

#[test]
fn a_changed_block_proves_nothing() {
    let node = Node::start();
    many_slots(&node);
    let proof = node.ok("eth_getProof", json!([ALICE, [], "latest"]));
    let root = state_root(&node);
    let blocks = proof["accountProof"].as_array().expect("a list");
    assert!(read_account(&root, &proof["accountProof"], ALICE).is_ok_and(|found| found.is_some()));
    for place in 0..blocks.len() {
        let mut changed = blocks.clone();
        let mut block = bytes(&changed[place]);
        *block.last_mut().expect("no block is empty") ^= 1;
        changed[place] = json!(format!("0x{}", hex::encode(block)));
        assert!(
            read_account(&root, &json!(changed), ALICE).is_err(),
            "block {place}"
        );
    }
}

#[test]
fn accounts_and_nobody() {
    let node = Node::start();
    many_slots(&node);
    let root = state_root(&node);
    let proof = node.ok("eth_getProof", json!([ALICE, ["0x0"], "latest"]));
    let actor = read_account(&root, &proof["accountProof"], ALICE).expect("the proof is whole");
    let actor = actor.expect("Alice is there");
    assert_eq!(proof["nonce"], format!("{:#x}", actor.sequence).as_str());
    assert_eq!(proof["balance"], format!("{:#x}", actor.balance.0).as_str());
    assert_eq!(proof["storageProof"][0]["proof"], json!([]));

    let proof = node.ok("eth_getProof", json!([NOBODY, [], "latest"]));
    assert_eq!(proof["balance"], "0x0");
    assert_eq!(
        read_account(&root, &proof["accountProof"], NOBODY),
        Ok(None)
    );
    // An earlier state has another root, and Alice had sent nothing.
    let proof = node.ok("eth_getProof", json!([ALICE, [], "0x0"]));
    assert_eq!(proof["nonce"], "0x0");
    assert!(read_account(&root, &proof["accountProof"], ALICE).is_err());
}

#[test]
fn slots_are_listed_by_the_hashes_of_their_keys() {
    let node = Node::start();
    let contract = many_slots(&node);
    let block = node.ok("eth_getBlockByNumber", json!(["latest", false]));
    let range = |index: u64, start: &str, count: u64| {
        node.ok(
            "debug_storageRangeAt",
            json!([block["hash"], index, contract, start, count]),
        )
    };
    // Before its transaction, the contract has none.
    assert_eq!(
        range(0, "0x0", 100),
        json!({"storage": {}, "nextKey": null})
    );
    let all = range(1, "0x0", 100);
    assert_eq!(all["nextKey"], Value::Null);
    let all = all["storage"].as_object().expect("slots");
    assert_eq!(all.len(), 80);
    // keccak256 of a word of zeros: the hash of slot 0.
    let first = "0x290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563";
    assert_eq!(all[first]["value"], format!("0x{:064x}", 1));
    let mut start = "0x0".to_owned();
    let mut met = 0;
    loop {
        let page = range(1, &start, 33);
        met += page["storage"].as_object().map_or(0, serde_json::Map::len);
        let Some(next) = page["nextKey"].as_str() else {
            break;
        };
        start = next.to_owned();
    }
    assert_eq!(met, 80);
}
