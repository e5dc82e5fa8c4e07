//! A chain on disk, killed at any moment: what was acknowledged is there, whole, and it goes on.
//!
//! The test runs itself as the process to be killed. `ATOLL_KILLS` says how often; a few dozen
//! times are enough to catch a batch that is not one.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, thread};

use atoll_actors::evm::EthAddress;
use atoll_chain::{Chain, Disk, Hash};
use atoll_vm::state::Atto;

const FOLDER: &str = "ATOLL_KILL_FOLDER";

fn receiver() -> EthAddress {
    EthAddress([0x77; 20])
}

fn open(folder: &Path) -> Chain {
    let disk = Arc::new(Disk::open(folder).expect("a folder"));
    match Chain::reopen(common::parts(Some(disk))).expect("a whole chain") {
        Ok(chain) => chain,
        Err(parts) => Chain::new(parts, &common::genesis(&common::keys())).expect("a genesis"),
    }
}

/// Sends one attoFIL at a time, and says so each time it is on chain.
fn work(folder: &Path) {
    let chain = open(folder);
    let key = &common::keys()[0];
    let from = key.eth_address().expect("secp256k1").to_f410();
    let mut out = std::io::stdout();
    let mut nonce = chain.next_sequence(&from).expect("readable");
    loop {
        let tx = common::tx(&chain, key, nonce, Some(receiver()), (1, 1_000), &[]);
        chain
            .submit(tx.clone(), common::NOW + nonce)
            .expect("taken");
        writeln!(out, "done {nonce} {}", hex::encode(tx.eth_hash.0)).expect("read");
        out.flush().expect("read");
        nonce += 1;
    }
}

#[test]
fn what_was_acknowledged_survives_every_kill() {
    if let Some(folder) = env::var_os(FOLDER) {
        return work(Path::new(&folder));
    }
    let kills: u64 = env::var("ATOLL_KILLS").map_or(30, |kills| kills.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let mut acknowledged: Vec<[u8; 32]> = Vec::new();
    for kill in 0..kills {
        let mut child = Command::new(env::current_exe().expect("this test"))
            .args([
                "--exact",
                "what_was_acknowledged_survives_every_kill",
                "--nocapture",
            ])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let output = child.stdout.take().expect("piped");
        let reader = thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines
                .filter_map(|line| {
                    let at = line.find("done ")?;
                    let mut words = line[at..].split(' ').skip(1);
                    let nonce: usize = words.next()?.parse().ok()?;
                    // The last line may be cut off.
                    let hash = <[u8; 32]>::try_from(hex::decode(words.next()?).ok()?).ok()?;
                    Some((nonce, hash))
                })
                .collect::<Vec<_>>()
        });
        // At another moment each time, from before the chain is open to well under way.
        thread::sleep(Duration::from_millis(kill * 7_919 % 400));
        child.kill().expect("it was running");
        child.wait().expect("it is gone");
        for (nonce, hash) in reader.join().expect("it reads") {
            // What was done and not said before the last kill is not sent again.
            acknowledged.resize(acknowledged.len().max(nonce + 1), [0; 32]);
            acknowledged[nonce] = hash;
        }
        check(folder.path(), &acknowledged);
    }
    let count = acknowledged.iter().filter(|hash| **hash != [0; 32]).count();
    assert!(count > 0, "no process lived long enough to do anything");
    println!("{count} messages acknowledged over {kills} kills");
}

fn check(folder: &Path, acknowledged: &[[u8; 32]]) {
    let start = Instant::now();
    let chain = open(folder);
    let opened = start.elapsed();
    for (nonce, hash) in acknowledged.iter().enumerate() {
        if *hash == [0; 32] {
            continue;
        }
        let found = chain.message(&Hash(*hash));
        let (_, executed) = found.unwrap_or_else(|| panic!("message {nonce} is lost"));
        assert_eq!(executed.message.message().sequence, nonce as u64);
        assert!(executed.succeeded());
    }
    // Index and state agree: as many transfers as the receiver has attoFIL.
    let head = chain.head();
    let on_chain: usize = chain.tipsets(1..=i64::MAX).map(|t| t.messages.len()).sum();
    let mut state = chain.state(&head).expect("the head's state is there");
    let balance = state.balance(&receiver().to_f410()).expect("readable");
    assert_eq!(balance, Atto(on_chain as u128));
    if head.epoch() > 0 {
        let replayed = chain.replay(&head).expect("the parent's state is there");
        assert_eq!(replayed.state_root, head.state_root);
    }
    assert!(opened < Duration::from_secs(10), "opening took {opened:?}");
}
