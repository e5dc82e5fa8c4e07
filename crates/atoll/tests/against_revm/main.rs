//! Our EVM against revm itself, on opcodes whose meaning Ethereum and Filecoin share.
//!
//! Codes follow from a seed: computation, memory, storage, logs and jumps. Both sides run each
//! with the same call data; success, output, storage and logs have to be the same. Whatever asks
//! for the world is left out, since there the two differ by design.

mod generate;
mod oracle;

use std::collections::BTreeMap;

use atoll::contract::Word;
use atoll::vectors::ethereum::format::{Account, Number, Wide};
use atoll::vectors::ethereum::receipt::Log;
use atoll::vectors::ethereum::world::{BlockInfo, Call, Ground, World};
use atoll::vectors::json::Hex;
use atoll_vm::executor::STACK_BYTES;
use fvm_ipld_encoding::BytesDe;

use self::generate::Case;

const CONTRACT: [u8; 20] = [0xc0; 20];
const CALLER: [u8; 20] = [0xca; 20];

/// What a code did.
#[derive(Debug, PartialEq, Eq)]
struct Did {
    success: bool,
    /// What it returned or reverted with.
    output: Vec<u8>,
    /// The slots that are not zero.
    storage: BTreeMap<[u8; 32], [u8; 32]>,
    logs: Vec<Log>,
}

fn ours(ground: &Ground, case: &Case) -> anyhow::Result<Did> {
    let account = |code: &[u8], balance: u8| {
        let mut word = Word::default();
        word.0[31] = balance;
        Account {
            balance: Wide(word),
            code: Hex(code.to_vec()),
            nonce: Number(1),
            storage: BTreeMap::new(),
        }
    };
    let block = BlockInfo {
        number: 1000,
        timestamp: 1000,
        base_fee: 0,
        coinbase: [0; 20],
    };
    let contract = account(&case.code, 0);
    let caller = account(&[], case.value);
    let accounts = [(&CONTRACT, &contract), (&CALLER, &caller)];
    let mut world = World::new(ground, None, block, accounts)?;
    let applied = world.call(Call {
        from: CALLER,
        to: Some(CONTRACT),
        nonce: 1,
        value: case.value.into(),
        data: &case.input,
    })?;
    let output = match applied.return_codec {
        Some(_) => {
            let BytesDe(output) = applied.receipt.return_data.deserialize()?;
            output
        }
        None => Vec::new(),
    };
    let storage = world.account(&CONTRACT)?.storage;
    Ok(Did {
        success: applied.receipt.exit_code.is_success(),
        output,
        storage: storage
            .into_iter()
            .map(|(key, value)| (key.0, value.0))
            .collect(),
        logs: world.logs(&applied)?,
    })
}

/// Runs the seeds, and says how many of them succeeded, so that nobody compares failures alone.
fn compare(seeds: std::ops::Range<u64>) -> usize {
    let ground = Ground::new().expect("the native actors make a first state");
    let mut successes = 0;
    for seed in seeds {
        let case = generate::case(seed);
        let expected = oracle::run(&case);
        let got = ours(&ground, &case).expect("the machine works");
        successes += usize::from(expected.success);
        assert_eq!(
            got,
            expected,
            "seed {seed}, code {}",
            hex::encode(&case.code)
        );
    }
    successes
}

#[test]
fn generated_codes_do_the_same() {
    const SEEDS: u64 = 1500;
    let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
    let worker = worker.spawn(|| compare(0..SEEDS)).expect("a thread");
    let successes = worker.join().expect("all seeds are equal");
    assert!(
        successes as u64 > SEEDS / 3,
        "only {successes} codes ended well"
    );
}
