//! Bundles of actors.

use std::sync::{Arc, LazyLock};

use arbitrary::Unstructured;
use atoll::bundle::Bundle;
use atoll::car;
use atoll::store::Layered;
use atoll_native::genesis::{self, Plan};
use atoll_testkit::play;
use atoll_vm::{Context, Manifest, Runner, SharedBlockstore, Store};
use cid::Cid;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
use fvm_shared::version::NetworkVersion;
use multihash_codetable::{Code, MultihashDigest};

use crate::Reached;

static RUNNER: LazyLock<Arc<dyn Runner>> = LazyLock::new(play::runner);

/// Reads a bundle: the bytes as they are, or one that is made from them, in which every block
/// has its right CID, so that what is inside is read at all. Of one that is accepted, names lead
/// to codes and back as the machine has it, and a first state can be tried on it.
pub fn bundle(data: &[u8]) -> Reached {
    let archive = match data.split_first() {
        Some((0, bytes)) => bytes.to_vec(),
        _ => made(&mut Unstructured::new(data)).unwrap_or_default(),
    };
    let Ok(bundle) = Bundle::parse(&archive) else {
        return Reached::Door;
    };
    let store: SharedBlockstore = Arc::new(Layered::over([bundle.blocks.clone()]));
    if let Ok(manifest) = Manifest::load_list(&Store::new(store.clone()), &bundle.data) {
        for actor in &bundle.actors {
            assert_eq!(
                manifest.code_of_name(&actor.name),
                bundle.code_of(&actor.name)
            );
            assert_ne!(manifest.type_of_code(&actor.code), 0);
        }
    }
    let plan = Plan::bare(Context::new(NetworkVersion::V28), bundle.data, "fuzz");
    // No code here does what a constructor must; what counts is that the answer is an error.
    let built = genesis::build(&plan, &store, &RUNNER);
    assert!(built.is_err(), "a state stands on code that does nothing");
    Reached::Inside
}

/// An archive that is a bundle but for what the bytes say to do otherwise.
fn made(u: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    const NAMES: [&str; 8] = [
        "system",
        "init",
        "account",
        "placeholder",
        "eam",
        "ethaccount",
        "reward",
        "cron",
    ];
    let mut blocks = Vec::new();
    let mut actors: Vec<(String, Cid)> = Vec::new();
    for nth in 0..u.int_in_range(1..=12)? {
        let name = match u.ratio(15, 16)? {
            true => NAMES
                .get(nth)
                .map_or(format!("actor{nth}"), |name| (*name).to_owned()),
            false => u.arbitrary()?,
        };
        let code = if u.ratio(3, 4)? {
            put(&mut blocks, IPLD_RAW, ACCEPTS_ALL.clone())
        } else {
            put(
                &mut blocks,
                *u.choose(&[IPLD_RAW, DAG_CBOR])?,
                u.arbitrary()?,
            )
        };
        actors.push((name, code));
    }
    let list = match u.ratio(15, 16)? {
        true => fvm_ipld_encoding::to_vec(&actors).expect("it encodes"),
        false => u.arbitrary()?,
    };
    let list = put(&mut blocks, DAG_CBOR, list);
    let manifest = match u.ratio(15, 16)? {
        true => fvm_ipld_encoding::to_vec(&(1, list)).expect("it encodes"),
        false => u.arbitrary()?,
    };
    let manifest = put(&mut blocks, DAG_CBOR, manifest);
    if u.ratio(1, 16)? && !blocks.is_empty() {
        let lost = u.choose_index(blocks.len())?;
        blocks.remove(lost);
    }
    let roots = match u.ratio(1, 16)? {
        true => vec![manifest, list],
        false => vec![manifest],
    };
    let mut archive = Vec::new();
    let blocks = blocks.iter().map(|(cid, data)| (cid, data.as_slice()));
    car::write(&mut archive, &roots, blocks).expect("memory takes it");
    Ok(archive)
}

/// A module that is valid and stores nothing.
static ACCEPTS_ALL: LazyLock<Vec<u8>> = LazyLock::new(|| atoll_testkit::world::inert(0));

fn put(blocks: &mut Vec<(Cid, Vec<u8>)>, codec: u64, data: Vec<u8>) -> Cid {
    let cid = Cid::new_v1(codec, Code::Blake2b256.digest(&data));
    blocks.push((cid, data));
    cid
}
