//! A small chain without a bundle: just enough actors for code to meet.
//!
//! | id | what |
//! | --- | --- |
//! | 0 | system, whose state names the code of the others |
//! | 1 | init, with the map of addresses |
//! | 2, 99 | reward, burnt funds |
//! | 100 | the sender, an account with an f1 address and 1,000 FIL |
//! | 101 | an account with an f3 address |
//! | 102 | a placeholder with an f410 address and 1 atto (since nv18) |
//! | 200 | the actor under test, with an f410 address (since nv18) and 50 atto; its state links to a child |
//! | 201 | another actor with the same code, an f2 address and 70 atto |

use std::collections::BTreeMap;

use cid::Cid;
use fvm_ipld_blockstore::{Block, Blockstore};
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_ipld_encoding::{CborStore, DAG_CBOR, IPLD_RAW};
use fvm_ipld_hamt::{BytesKey, Hamt};
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::state::{ActorState, StateInfo0, StateRoot, StateTreeVersion};
use fvm_shared::version::NetworkVersion;
use multihash_codetable::{Code, MultihashDigest};

/// The tipset of every message.
pub const EPOCH: ChainEpoch = 1000;
pub const TIMESTAMP: u64 = 30_000;
pub const CHAIN_ID: u64 = 314;
pub const CHAIN_RANDOMNESS: [u8; 32] = [0xcc; 32];
pub const BEACON_RANDOMNESS: [u8; 32] = [0xbb; 32];

/// How long every message is on chain, in bytes.
pub const MESSAGE_LEN: usize = 100;

pub const REWARD: ActorID = 2;
pub const BURNT: ActorID = 99;
pub const SENDER: ActorID = 100;
pub const BLS_ACCOUNT: ActorID = 101;
pub const PLACEHOLDER: ActorID = 102;
pub const SUBJECT: ActorID = 200;
pub const OTHER: ActorID = 201;

/// Every actor that has an address besides its id.
const ADDRESSED: [ActorID; 5] = [SENDER, BLS_ACCOUNT, PLACEHOLDER, SUBJECT, OTHER];

/// The first id that the init actor will give away.
const NEXT_ID: ActorID = 1000;

/// The addresses of the table above.
pub fn address(id: ActorID) -> Option<Address> {
    match id {
        SENDER => Address::new_secp256k1(&[1; 65]).ok(),
        101 => Address::new_bls(&[2; 48]).ok(),
        102 => Some(ethereum(0x22)),
        SUBJECT => Some(ethereum(0x11)),
        OTHER => Some(Address::new_actor(b"other")),
        _ => None,
    }
}

/// An f410 address.
pub fn ethereum(fill: u8) -> Address {
    Address::new_delegated(10, &[fill; 20]).expect("20 bytes are not too many")
}

/// FIL in circulation.
pub fn circulating_supply() -> TokenAmount {
    TokenAmount::from_whole(5)
}

/// What a block would be called.
pub fn cid(codec: u64, data: &[u8]) -> Cid {
    Cid::new_v1(codec, Code::Blake2b256.digest(data))
}

/// The block that the state of the actor under test links to: the text "child" in CBOR.
pub const CHILD: &[u8] = b"\x65child";
/// A block that is in the store, but that nothing reachable links to.
pub const STRANGER: &[u8] = b"\x68stranger";
/// A block that is nowhere.
pub const MISSING: &[u8] = b"\x67missing";

/// The state of the actor under test: an array with a link to its child.
pub fn root_block() -> Vec<u8> {
    let child = cid(DAG_CBOR, CHILD).to_bytes();
    [
        &[0x81, 0xd8, 42, 0x58, child.len() as u8 + 1, 0][..],
        &child,
    ]
    .concat()
}

/// An actor in a tree of version 4: code, state, sequence number and balance.
type OldActorState = (Cid, Cid, u64, TokenAmount);

/// Actors by their ids.
pub type Actors = BTreeMap<ActorID, ActorState>;

#[derive(Serialize_tuple, Deserialize_tuple)]
struct InitState {
    address_map: Cid,
    next_id: ActorID,
    network_name: String,
}

/// Writes the chain to a store, with `code` as that of the actor under test and, where
/// `privileged`, as that of the init actor too. Returns the root of its state.
pub fn build(
    store: &impl Blockstore,
    version: NetworkVersion,
    code: &[u8],
    privileged: bool,
) -> Cid {
    // With version 18 came f4 addresses, the actors around them, and a field for them.
    let has_f4 = version >= NetworkVersion::V18;
    let put = |codec, data: &[u8]| {
        store
            .put(Code::Blake2b256, &Block::new(codec, data))
            .expect("the store takes it")
    };
    let code = put(IPLD_RAW, code);
    let names = [
        "system",
        "init",
        "account",
        "placeholder",
        "eam",
        "ethaccount",
        "reward",
        "subject",
    ];
    let manifest: Vec<(&str, Cid)> = names
        .iter()
        .filter(|name| has_f4 || !["placeholder", "eam", "ethaccount"].contains(name))
        .zip(1_u32..)
        .map(|(name, number)| {
            let privileged = privileged && *name == "init";
            let is_subject = privileged || *name == "subject";
            (
                *name,
                if is_subject {
                    code
                } else {
                    put(IPLD_RAW, &inert(number))
                },
            )
        })
        .collect();
    let code_of = |wanted: &str| manifest.iter().find(|(name, _)| *name == wanted).unwrap().1;

    put(DAG_CBOR, CHILD);
    put(DAG_CBOR, STRANGER);
    let empty = put(DAG_CBOR, &[0x80]);
    let subject_root = put(DAG_CBOR, &root_block());
    let list = store.put_cbor(&manifest, Code::Blake2b256).unwrap();
    let system = store.put_cbor(&(list,), Code::Blake2b256).unwrap();

    let mut map = Hamt::<_, ActorID>::new_with_bit_width(store, 5);
    for (id, address) in ADDRESSED.iter().filter_map(|id| Some((*id, address(*id)?))) {
        if has_f4 || address.protocol() != Protocol::Delegated {
            map.set(address.to_bytes().into(), id).unwrap();
        }
    }
    let address_map = map.flush().unwrap();
    let init = InitState {
        address_map,
        next_id: NEXT_ID,
        network_name: "rules".into(),
    };
    let init = store.put_cbor(&init, Code::Blake2b256).unwrap();

    let fil = |whole| TokenAmount::from_whole(whole);
    let atto = |atto| TokenAmount::from_atto(atto);
    let actors = [
        (0, "system", system, atto(0)),
        (1, "init", init, atto(0)),
        (2, "reward", empty, fil(1_000_000)),
        (99, "account", empty, atto(0)),
        (SENDER, "account", empty, fil(1_000)),
        (101, "account", empty, atto(0)),
        (102, "placeholder", empty, atto(1)),
        (SUBJECT, "subject", subject_root, atto(50)),
        (OTHER, "subject", subject_root, atto(70)),
    ];
    let is_f4 = |address: &Address| address.protocol() == Protocol::Delegated;
    let actors = actors
        .into_iter()
        .filter(|(_, name, ..)| has_f4 || *name != "placeholder")
        .map(|(id, name, state, balance)| {
            let state = ActorState {
                code: code_of(name),
                state,
                sequence: 0,
                balance,
                delegated_address: address(id).filter(is_f4),
            };
            (BytesKey::from(Address::new_id(id).to_bytes()), state)
        });
    let actors = if has_f4 {
        let mut tree = Hamt::<_, ActorState>::new_with_bit_width(store, 5);
        for (key, actor) in actors {
            tree.set(key, actor).unwrap();
        }
        tree.flush().unwrap()
    } else {
        let mut tree = Hamt::<_, OldActorState>::new_with_bit_width(store, 5);
        for (key, actor) in actors {
            let old = (actor.code, actor.state, actor.sequence, actor.balance);
            tree.set(key, old).unwrap();
        }
        tree.flush().unwrap()
    };
    let info = store
        .put_cbor(&StateInfo0::default(), Code::Blake2b256)
        .unwrap();
    let root = StateRoot {
        version: match has_f4 {
            true => StateTreeVersion::V5,
            false => StateTreeVersion::V4,
        },
        actors,
        info,
    };
    store.put_cbor(&root, Code::Blake2b256).unwrap()
}

/// Code that accepts everything and does nothing. The number makes it unlike others.
pub fn inert(number: u32) -> Vec<u8> {
    wat::parse_str(format!(
        r#"(module
            (memory (export "memory") 1)
            (global i32 (i32.const {number}))
            (func (export "invoke") (param i32) (result i32) i32.const 0))"#
    ))
    .expect("it is valid")
}

/// Every actor of a flushed state.
pub fn actors(store: &impl Blockstore, root: &Cid) -> Actors {
    let root: StateRoot = store.get_cbor(root).unwrap().expect("the root is there");
    let mut actors = BTreeMap::new();
    let mut add = |key: &BytesKey, actor: ActorState| {
        actors.insert(Address::from_bytes(&key.0)?.id()?, actor);
        Ok(())
    };
    match root.version {
        StateTreeVersion::V4 => {
            let tree =
                Hamt::<_, OldActorState>::load_with_bit_width(&root.actors, store, 5).unwrap();
            tree.for_each(|key, (code, state, sequence, balance)| {
                let (code, state, sequence) = (*code, *state, *sequence);
                let actor = ActorState {
                    code,
                    state,
                    sequence,
                    balance: balance.clone(),
                    delegated_address: None,
                };
                add(key, actor)
            })
        }
        _ => {
            let tree = Hamt::<_, ActorState>::load_with_bit_width(&root.actors, store, 5).unwrap();
            tree.for_each(|key, actor| add(key, actor.clone()))
        }
    }
    .unwrap();
    actors
}
