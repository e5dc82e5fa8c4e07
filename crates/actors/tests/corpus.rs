//! Messages of mainnet to the storage actors, as fvm-test-vectors keeps them: their parameters
//! and returns must be what our tables of methods say. The corpus stays outside the repository:
//! `ATOLL_CORPUS` names its folder.
//!
//! Vectors lie in folders that name the actor (`fil_10_storageminer`). Methods that are gone
//! since (`ProveCommitSector`, for example) are counted and passed over.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use atoll_actors::{ActorKind, registry};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use fvm_shared::METHOD_SEND;
use fvm_shared::message::Message;
use serde_json::Value;

#[test]
fn what_mainnet_sent_can_be_read() {
    let Some(corpus) = std::env::var_os("ATOLL_CORPUS").map(PathBuf::from) else {
        eprintln!("SKIPPED: set ATOLL_CORPUS to the folder of fvm-test-vectors to run this test");
        return;
    };
    let mut read = BTreeMap::<String, u64>::new();
    let mut gone = BTreeMap::<String, u64>::new();
    for (kind, path) in vectors(&corpus, None) {
        let actor = registry::actor(kind).expect("all are native");
        let text = std::fs::read(&path).expect("a file");
        let vector: Value = serde_json::from_slice(&text).expect("a vector");
        let receipts = &vector["postconditions"]["receipts"];
        for (number, applied) in vector["apply_messages"]
            .as_array()
            .expect("messages")
            .iter()
            .enumerate()
        {
            let message: Message =
                fvm_ipld_encoding::from_slice(&bytes(&applied["bytes"])).expect("a message");
            if message.method_num == METHOD_SEND {
                continue;
            }
            let Some(method) = actor.method(message.method_num) else {
                let name = format!("{} {}", kind.name(), message.method_num);
                *gone.entry(name).or_default() += 1;
                continue;
            };
            let place = || format!("{}: {method:?}", path.display());
            if method.params.name.is_empty() {
                assert!(message.params.bytes().is_empty(), "{}", place());
            } else {
                let shown = (method.params.show)(message.params.bytes());
                shown.unwrap_or_else(|words| panic!("{}: {words}", place()));
            }
            let returned = bytes(&receipts[number]["return"]);
            if !returned.is_empty() && !method.returns.name.is_empty() {
                let shown = (method.returns.show)(&returned);
                shown.unwrap_or_else(|words| panic!("{}: {words}", place()));
            }
            *read
                .entry(format!("{} {}", kind.name(), method.name))
                .or_default() += 1;
        }
    }
    println!("read: {read:?}\ngone: {gone:?}");
    assert!(
        read.values().sum::<u64>() > 0,
        "no message at {}",
        corpus.display()
    );
}

/// The vectors below a folder, and to which actor they go.
fn vectors(folder: &Path, kind: Option<ActorKind>) -> Vec<(ActorKind, PathBuf)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path.is_dir() {
            let named = ActorKind::ALL.into_iter().find(|kind| {
                name.starts_with("fil_") && name.ends_with(&format!("_{}", kind.name()))
            });
            found.extend(vectors(&path, named.or(kind)));
        } else if let (Some(kind), true) = (kind, name.ends_with(".json")) {
            found.push((kind, path));
        }
    }
    found
}

fn bytes(text: &Value) -> Vec<u8> {
    BASE64
        .decode(text.as_str().unwrap_or_default())
        .expect("base64")
}
