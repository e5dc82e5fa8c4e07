//! A chain longer than what is kept in memory: in a file without a name, on a disk, in an archive.

mod common;

use std::sync::Arc;

use atoll_actors::evm::EthAddress;
use atoll_chain::{Chain, Disk, Hash, car};
use atoll_vm::state::Atto;

use common::NOW;

/// More than are in memory at once.
const TIPSETS: u64 = 300;

/// Emits a log with the topic 0xaa, and makes an empty contract.
const LOGS: &str = "600760005260aa60206000a160006000f3";

fn receiver() -> EthAddress {
    EthAddress([0x55; 20])
}

/// A transfer a tipset; every hundredth also emits a log. Returns the messages' hashes.
fn grow(chain: &Chain) -> Vec<Hash> {
    let key = &common::keys()[0];
    let logs = hex::decode(LOGS).expect("hex");
    let hashes = (0..TIPSETS).map(|nonce| {
        let tx = match nonce % 100 {
            7 => common::tx(chain, key, nonce, None, (0, 1_000), &logs),
            _ => common::tx(chain, key, nonce, Some(receiver()), (1, 1_000), &[]),
        };
        chain.submit(tx.clone(), NOW + nonce).expect("taken");
        tx.eth_hash
    });
    hashes.collect()
}

/// Everything is found, from the first tipset to the last.
fn check(chain: &Chain, hashes: &[Hash]) {
    let head = chain.head();
    assert_eq!(head.epoch(), TIPSETS as i64);
    for (hash, epoch) in hashes.iter().zip(1..) {
        let (tipset, executed) = chain.message(hash).expect("on chain");
        assert_eq!((tipset.epoch(), executed.epoch), (epoch, epoch));
        assert!(executed.succeeded(), "{:?}", executed.failure);
        let by_cid = chain.message(&Hash::of_cid(&executed.message.cid));
        assert_eq!(by_cid.expect("the same").1.message.eth_hash, *hash);
        let found = chain.tipset_by_hash(&tipset.hash).expect("on chain");
        assert_eq!(found.block, tipset.block);
    }
    let forth: Vec<i64> = chain
        .tipsets(1..=i64::MAX)
        .map(|tipset| tipset.epoch())
        .collect();
    let mut back: Vec<i64> = chain
        .tipsets(1..=i64::MAX)
        .rev()
        .map(|t| t.epoch())
        .collect();
    back.reverse();
    assert_eq!(forth, (1..=TIPSETS as i64).collect::<Vec<_>>());
    assert_eq!(forth, back);
    // Logs are found without a look at the other tipsets.
    let mut topic = [0; 32];
    topic[31] = 0xaa;
    let with_logs: Vec<i64> = chain
        .tipsets(0..=i64::MAX)
        .that_may(|bloom| bloom.may_contain(&topic))
        .map(|tipset| tipset.epoch())
        .collect();
    assert_eq!(with_logs, [8, 108, 208]);
    for tipset in chain.tipsets(1..=i64::MAX).step_by(50) {
        let replayed = chain.replay(&tipset).expect("replayed");
        assert_eq!(replayed.state_root, tipset.executed_root);
    }
    let mut state = chain.state(&head).expect("a state");
    let balance = state.balance(&receiver().to_f410()).expect("readable");
    assert_eq!(balance, Atto(u128::from(TIPSETS) - 3));
}

fn new(disk: Option<Arc<Disk>>) -> Chain {
    Chain::new(common::parts(disk), &common::genesis(&common::keys())).expect("a genesis")
}

#[test]
fn a_long_chain_is_found_in_all_its_parts() {
    let chain = new(None);
    let hashes = grow(&chain);
    check(&chain, &hashes);
    // The head goes, and what was on it is found no more.
    chain.rollback(1).expect("popped");
    assert_eq!(chain.head().epoch(), TIPSETS as i64 - 1);
    assert!(chain.message(&hashes[TIPSETS as usize - 1]).is_none());
    assert!(chain.message(&hashes[0]).is_some());
}

#[test]
fn a_disk_has_it_all_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let hashes = {
        let disk = Arc::new(Disk::open(folder.path()).expect("a folder"));
        grow(&new(Some(disk)))
    };
    let disk = Arc::new(Disk::open(folder.path()).expect("a folder"));
    let chain = Chain::reopen(common::parts(Some(disk))).expect("whole");
    check(&chain.ok().expect("a chain"), &hashes);
}

#[test]
fn an_archive_has_it_all() {
    let chain = new(None);
    let hashes = grow(&chain);
    let mut bytes = Vec::new();
    let written = chain.save(&mut bytes).expect("written");
    assert_eq!(written.tipsets as u64, TIPSETS + 1);
    assert_eq!(written.missing, 0);
    let archive = car::read(&bytes).expect("an archive");
    let again = Chain::restore(common::parts(None), &archive).expect("a chain");
    check(&again, &hashes);
    let mut twice = Vec::new();
    again.save(&mut twice).expect("written");
    assert!(bytes == twice, "an archive of an archive is the same");
}

#[test]
fn what_is_pruned_is_gone_and_nothing_else() {
    let parts = common::parts(None);
    let blocks = parts.spilled.clone().expect("in memory");
    let chain = Chain::new(parts, &common::genesis(&common::keys())).expect("a genesis");
    let hashes = grow(&chain);
    let before = blocks.len();
    let old = chain.tipset(10).expect("on chain");
    let gone = chain.prune(2).expect("pruned");
    assert!(gone > before / 2, "{gone} of {before}");
    assert_eq!(blocks.len(), before - gone);
    assert!(
        chain
            .state(&old)
            .and_then(|mut state| state.balance(&receiver().to_f410()))
            .is_err()
    );
    assert_eq!(chain.prune(2).expect("pruned"), 0, "twice is once");
    // It goes on, and tells what it told before.
    let key = &common::keys()[0];
    let tx = common::tx(&chain, key, TIPSETS, Some(receiver()), (1, 1_000), &[]);
    chain.submit(tx, NOW + TIPSETS).expect("taken");
    let head = chain.head();
    assert_eq!(
        chain.replay(&head).expect("replayed").state_root,
        head.executed_root
    );
    assert!(hashes.iter().all(|hash| chain.message(hash).is_some()));
    let logged = chain.tipset(8).expect("on chain");
    let events = logged.messages[0].receipt.events_root.expect("an event");
    assert!(chain.block(&events).expect("readable").is_some());
}
