//! Writes first seeds for every fuzz target into `fuzz/seeds`, from what the repository has.
//!
//! ```sh
//! cargo run -p atoll-fuzzing --example write_seeds
//! ```
//!
//! Seeds that libFuzzer found are committed beside them, and stay as they are.

use std::path::{Path, PathBuf};

use atoll::car;
use atoll_testkit::rule::Rule;
use atoll_testkit::{files, world};
use cid::Cid;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW, RawBytes};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let seeds = Seeds(root.join("fuzz/seeds"));

    // Files under 4 KiB: mutations of long ones change little.
    const LEN_MAX: usize = 4 << 10;
    let mut nth = 0;
    for folder in ["rules", "hostile"] {
        for path in files::files(&root.join("crates/wasm/tests").join(folder)) {
            let text = std::fs::read_to_string(&path).expect("it is text");
            let rule = Rule::parse(&text).expect("the tests read it too");
            let module = rule.module().expect("and assemble it");
            let name = path
                .file_stem()
                .expect("a file has a name")
                .to_string_lossy();
            // Every rule brings all imports: one of a dozen shows enough of them.
            nth += 1;
            let is_good = nth % 12 == 0 && module.len() < LEN_MAX;
            if is_good && (atoll_fuzzing::module)(&module) == atoll_fuzzing::Reached::Inside {
                seeds.write("module", &format!("{folder}-{name}"), &module);
            }
        }
    }

    for (name, bytes) in [
        ("one", one_block()),
        ("three", three_blocks()),
        ("none", no_blocks()),
    ] {
        seeds.write("car", name, &bytes);
    }
    for (name, bytes) in noise(8, 300) {
        seeds.write("bundle", &name, &bytes);
    }
    for (name, bytes) in noise(8, 3_000) {
        seeds.write("instrument", &name, &bytes);
        seeds.write("module", &name, &bytes);
    }
    for (name, bytes) in noise(24, 400) {
        seeds.write("syscalls", &name, &bytes);
    }
    for (name, message) in messages() {
        let bytes = fvm_ipld_encoding::to_vec(&message).expect("a message encodes");
        seeds.write("message", name, &bytes);
    }
    for path in ["examples/tour/messages.json", "examples/exec/store.json"] {
        let bytes = std::fs::read(root.join(path)).expect("it is in the repository");
        seeds.write("json", &path.replace('/', "-"), &bytes);
    }
    let encoded = br#"["8a005501fd1d0f4dfcd7e99afcb99a8326b7dc459d32c6280042006400014200010142000100420001000040"]"#;
    seeds.write("json", "encoded", encoded);
    let amounts = br#"{"network_version": 18, "base_fee": "7 nanoFIL", "epoch": 12,
        "accounts": [{"name": "a", "address": "0xff00000000000000000000000000000000000064"}],
        "messages": [{"from": "a", "to": "f099", "value": 1e3, "calldata": "00ff", "implicit": true}]}"#;
    seeds.write("json", "amounts", amounts);
}

struct Seeds(PathBuf);

impl Seeds {
    fn write(&self, target: &str, name: &str, bytes: &[u8]) {
        let run = atoll_fuzzing::TARGETS
            .iter()
            .find(|known| known.name == target);
        let reached = (run.expect("it is a target").run)(bytes);
        if reached == atoll_fuzzing::Reached::Door {
            println!("{target}/{name} is turned away, and not kept");
            return;
        }
        let folder = self.0.join(target);
        std::fs::create_dir_all(&folder).expect("the folder can be made");
        std::fs::write(folder.join(name), bytes).expect("the file can be written");
    }
}

/// Bytes that targets make something of; the same in every run.
fn noise(count: u64, len: usize) -> impl Iterator<Item = (String, Vec<u8>)> {
    (1..=count).map(move |seed| {
        let mut state = seed.wrapping_mul(0x2545_f491_4f6c_dd1d);
        let bytes = (0..len).map(|_| (atoll_testkit::differential::next(&mut state) >> 32) as u8);
        (format!("noise-{seed}"), bytes.collect())
    })
}

fn archive(blocks: &[(Cid, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let roots: Vec<Cid> = blocks.iter().take(1).map(|(cid, _)| *cid).collect();
    let blocks = blocks.iter().map(|(cid, data)| (cid, data.as_slice()));
    car::write(&mut bytes, &roots, blocks).expect("memory takes it");
    bytes
}

fn no_blocks() -> Vec<u8> {
    archive(&[])
}

fn one_block() -> Vec<u8> {
    archive(&[(world::cid(IPLD_RAW, b"one"), b"one".to_vec())])
}

fn three_blocks() -> Vec<u8> {
    let inlined = cid::multihash::Multihash::wrap(0, b"in").expect("two bytes fit");
    archive(&[
        (
            world::cid(DAG_CBOR, &world::root_block()),
            world::root_block(),
        ),
        (world::cid(DAG_CBOR, world::CHILD), world::CHILD.to_vec()),
        (Cid::new_v1(IPLD_RAW, inlined), b"in".to_vec()),
    ])
}

fn messages() -> Vec<(&'static str, Message)> {
    let plain = Message {
        version: 0,
        from: world::address(world::SENDER).expect("it has one"),
        to: Address::new_id(world::SUBJECT),
        sequence: 0,
        value: TokenAmount::from_atto(3),
        method_num: 2,
        params: RawBytes::default(),
        gas_limit: 90_000_000,
        gas_fee_cap: TokenAmount::from_atto(200),
        gas_premium: TokenAmount::from_atto(1),
    };
    let to = |to| Message {
        to,
        method_num: 0,
        ..plain.clone()
    };
    let from = |from| Message {
        from,
        ..plain.clone()
    };
    vec![
        ("to-an-actor", plain.clone()),
        (
            "to-a-new-key",
            to(Address::new_secp256k1(&[9; 65]).expect("65 bytes")),
        ),
        ("to-a-new-f410", to(world::ethereum(0x99))),
        ("to-nobody", to(Address::new_actor(b"nobody"))),
        ("from-a-placeholder", from(world::ethereum(0x22))),
        ("from-an-actor", from(Address::new_id(world::SUBJECT))),
        // Two calls for the actor: its balance, and one that does not exist.
        (
            "with-a-program",
            Message {
                params: RawBytes::new(vec![12, 0, 3, 0, 0, 255]),
                ..plain.clone()
            },
        ),
        (
            "that-runs-dry",
            Message {
                gas_limit: 2_000_000,
                ..plain
            },
        ),
    ]
}
