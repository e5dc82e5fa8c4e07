//! The program, killed at any moment while clients send: what it acknowledged stays, with the same
//! receipt, and it goes on at once.
//!
//! `ATOLL_KILLS` says how often; a few times are enough to catch a commit that is not one.
//! `ATOLL_KILLS_PROGRAM` names another build of the program, such as the one that is shipped.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, thread};

use atoll::remote::Remote;
use atoll_actors::evm::EthAddress;
use atoll_chain::Key;
use atoll_chain::eth_tx::{Fees, Unsigned};
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use fvm_shared::econ::TokenAmount;
use serde_json::{Value, json};

use crate::node::scratch;

const CHAIN_ID: u64 = 31_415_926;
/// Whoever sends, sends to it, one attoFIL a transaction.
const RECEIVER: [u8; 20] = [0x77; 20];
const KILLS: u64 = 12;
/// The longest that a node lives, in milliseconds, from its start or from its first answer.
const LIFE_MS_MAX: u64 = 400;
/// What the issue asks of a restart. A build that is not optimised, beside other tests, gets more.
const RESTART_MAX: Duration = Duration::from_secs(1);
const RESTART_MAX_UNOPTIMISED: Duration = Duration::from_secs(15);

/// A transaction that the node has acknowledged, with its receipt if it was asked for in time.
struct Acknowledged {
    hash: String,
    receipt: Option<Value>,
}

#[test]
fn what_the_node_acknowledged_survives_every_kill() {
    let kills = env::var("ATOLL_KILLS").map_or(KILLS, |kills| kills.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let keys = derive(DEV_MNEMONIC, DEV_PATH, 2).expect("dev keys");
    let mut moments = Moments(4);
    let mut all = Vec::new();
    let mut restarts = Vec::new();
    for kill in 0..kills {
        if kill % 8 == 7 {
            // While it starts.
            let _child = start(folder);
            thread::sleep(Duration::from_millis(moments.next() % 60));
        }
        let begun = Instant::now();
        let mut child = start(folder);
        let url = url_of(&mut child);
        let remote = Remote::new(&url);
        let head = quantity(&ask(&remote, "eth_blockNumber", json!([])));
        if kill > 0 {
            restarts.push(begun.elapsed());
        }
        check(&remote, head, &keys, &all, all.len().saturating_sub(200));
        let clients: Vec<_> = keys
            .iter()
            .cloned()
            .map(|key| {
                let remote = Remote::new(&url);
                thread::spawn(move || send_until_killed(&remote, &key))
            })
            .collect();
        thread::sleep(Duration::from_millis(moments.next() % LIFE_MS_MAX));
        drop(child);
        for client in clients {
            all.extend(client.join().expect("a client ends with its node"));
        }
    }
    let mut child = start(folder);
    let remote = Remote::new(&url_of(&mut child));
    let head = quantity(&ask(&remote, "eth_blockNumber", json!([])));
    check(&remote, head, &keys, &all, 0);

    assert!(!all.is_empty(), "no node lived long enough to do anything");
    restarts.sort_unstable();
    let (middle, slowest) = (restarts[restarts.len() / 2], restarts[restarts.len() - 1]);
    println!(
        "{kills} kills: {} transactions acknowledged, {} of them with receipts, {head} blocks; \
         restart to the first answer {middle:?} (median), {slowest:?} (slowest)",
        all.len(),
        all.iter().filter(|one| one.receipt.is_some()).count(),
    );
    let limit = match cfg!(debug_assertions) && env::var_os("ATOLL_KILLS_PROGRAM").is_none() {
        true => RESTART_MAX_UNOPTIMISED,
        false => RESTART_MAX,
    };
    assert!(slowest < limit, "a restart took {slowest:?}");
}

/// Is everything from `first` on there, and does the index agree with the state?
fn check(remote: &Remote, head: u64, keys: &[Key], all: &[Acknowledged], first: usize) {
    for Acknowledged { hash, receipt } in &all[first..] {
        let found = ask(remote, "eth_getTransactionReceipt", json!([hash]));
        assert_eq!(found["status"], "0x1", "transaction {hash}: {found}");
        if let Some(receipt) = receipt {
            assert_eq!(found, *receipt, "the receipt of {hash} is another now");
        }
        let block = ask(
            remote,
            "eth_getBlockByNumber",
            json!([found["blockNumber"], false]),
        );
        assert_eq!(block["hash"], found["blockHash"], "of transaction {hash}");
        let index = usize::try_from(quantity(&found["transactionIndex"])).expect("small");
        assert_eq!(block["transactions"][index], **hash);
    }
    // Every attoFIL that arrived is a transaction that its sender counted, in some block.
    let receiver = json!([format!("0x{}", hex::encode(RECEIVER)), "latest"]);
    let received = quantity(&ask(remote, "eth_getBalance", receiver));
    let sent = |key: &Key| {
        let sender = json!([address(key), "latest"]);
        quantity(&ask(remote, "eth_getTransactionCount", sender))
    };
    let sent: u64 = keys.iter().map(sent).sum();
    assert_eq!(received, sent);
    assert!(received >= head, "{received} transactions in {head} blocks");
    assert!(received >= all.len() as u64, "{received} transactions");
}

/// Sends one transaction after another until the node is gone; asks for every second receipt.
fn send_until_killed(remote: &Remote, key: &Key) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    let sender = json!([address(key), "latest"]);
    let Ok(next) = remote.ask::<Value>("eth_getTransactionCount", sender) else {
        return acknowledged;
    };
    for nonce in quantity(&next).. {
        let transaction = json!([signed(key, nonce)]);
        let Some(hash) = answered(remote, "eth_sendRawTransaction", transaction) else {
            break;
        };
        let hash = hash.as_str().expect("a hash").to_owned();
        let asked = nonce % 2 == 0;
        let receipt = asked.then(|| answered(remote, "eth_getTransactionReceipt", json!([hash])));
        if let Some(Some(receipt)) = &receipt {
            assert!(receipt.is_object(), "{hash} was acknowledged: {receipt}");
        }
        let receipt = receipt.flatten();
        acknowledged.push(Acknowledged { hash, receipt });
    }
    acknowledged
}

/// What the node answers; nothing if it is gone. It has no reason to refuse.
fn answered(remote: &Remote, method: &str, params: Value) -> Option<Value> {
    match remote.ask::<Value>(method, params) {
        Ok(answer) => Some(answer),
        Err(error) => {
            let refusal = error.downcast_ref::<atoll::remote::Refusal>();
            assert!(refusal.is_none(), "{method} was refused: {error}");
            None
        }
    }
}

#[track_caller]
fn ask(remote: &Remote, method: &str, params: Value) -> Value {
    let answer = remote.ask(method, params);
    answer.unwrap_or_else(|error| panic!("{method}: {error:#}"))
}

fn quantity(value: &Value) -> u64 {
    let digits = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let number = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.unwrap_or_else(|| panic!("no number: {value}"))
}

fn address(key: &Key) -> String {
    let EthAddress(bytes) = key.eth_address().expect("secp256k1");
    format!("0x{}", hex::encode(bytes))
}

fn signed(key: &Key, nonce: u64) -> String {
    let unsigned = Unsigned {
        chain_id: CHAIN_ID,
        nonce,
        fees: Fees::Eip1559 {
            max_fee: TokenAmount::from_nano(10),
            max_priority_fee: TokenAmount::from_atto(1),
        },
        gas_limit: 20_000_000,
        to: Some(EthAddress(RECEIVER)),
        value: TokenAmount::from_atto(1),
        input: Vec::new(),
    };
    let transaction = key.sign_eth(unsigned).expect("it signs");
    format!("0x{}", hex::encode(transaction.encode()))
}

/// A node that ends with the test, however that ends.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(folder: &Path) -> Killed {
    let program = env::var_os("ATOLL_KILLS_PROGRAM");
    let program = program.map_or_else(|| env!("CARGO_BIN_EXE_atoll").into(), PathBuf::from);
    let child = Command::new(program)
        .args(["node", "--port", "0", "--data"])
        .arg(folder)
        .env("NO_COLOR", "1")
        .env("ATOLL_CACHE", scratch("node-cache"))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .expect("the program starts");
    Killed(child)
}

/// Where it listens. The rest of what it prints is thrown away.
fn url_of(Killed(child): &mut Killed) -> String {
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let url = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let urls = line.strip_prefix("Ethereum")?;
        urls.split_whitespace().next().map(str::to_owned)
    });
    thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    url.expect("a node that was killed before starts again")
}

/// Numbers that are the same in each run (splitmix64).
struct Moments(u64);

impl Moments {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
