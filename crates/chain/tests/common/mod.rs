//! A dev chain on native actors.

use std::sync::Arc;

use atoll_actors::Policy;
use atoll_actors::evm::EthAddress;
use atoll_chain::eth_tx::{Fees, Unsigned};
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use atoll_chain::surroundings::Believer;
use atoll_chain::{Chain, CheckedMessage, Disk, Genesis, Key, Parts, SpilledBlocks};
use atoll_native::genesis::Account;
use atoll_native::{NativeRunner, codes};
use atoll_vm::{Dispatcher, Runner, SharedBlockstore};
use fvm_shared::econ::TokenAmount;

/// The time of the genesis.
pub(crate) const NOW: u64 = 1_700_000_000;

fn runner(native: NativeRunner) -> Arc<dyn Runner> {
    let native: Arc<dyn Runner> = Arc::new(native);
    Arc::new(
        codes::all().fold(Dispatcher::new(), |dispatcher, (code, _)| {
            dispatcher.with_native(code, native.clone())
        }),
    )
}

/// What a chain works with, in memory or on a disk.
pub(crate) fn parts(disk: Option<Arc<Disk>>) -> Parts {
    let spilled = Arc::new(SpilledBlocks::default());
    let blocks: SharedBlockstore = match &disk {
        Some(disk) => disk.clone(),
        None => spilled.clone(),
    };
    Parts {
        blocks,
        disk,
        spilled: Some(spilled),
        runner: runner(NativeRunner::new(Policy::mainnet())),
        watched: Box::new(|inspector| {
            runner(NativeRunner::new(Policy::mainnet()).watched_by(inspector))
        }),
        verifier: Arc::new(Believer),
        policy: Policy::mainnet(),
    }
}

/// Three of the keys that Ethereum's tools have.
pub(crate) fn keys() -> Vec<Key> {
    derive(DEV_MNEMONIC, DEV_PATH, 3).expect("dev keys")
}

/// Both accounts of every key, funded.
pub(crate) fn genesis(keys: &[Key]) -> Genesis {
    let mut accounts = Vec::new();
    for key in keys {
        for address in [
            key.eth_address().expect("secp256k1").to_f410(),
            key.address(),
        ] {
            let balance = TokenAmount::from_whole(10_000);
            accounts.push(Account { address, balance });
        }
    }
    Genesis {
        accounts,
        timestamp: NOW,
        ..Genesis::default()
    }
}

/// A transaction with plenty of gas, signed.
pub(crate) fn tx(
    chain: &Chain,
    key: &Key,
    nonce: u64,
    to: Option<EthAddress>,
    (value, premium): (u64, u64),
    input: &[u8],
) -> Arc<CheckedMessage> {
    let unsigned = Unsigned {
        chain_id: chain.chain_id(),
        nonce,
        fees: Fees::Eip1559 {
            max_fee: TokenAmount::from_atto(1_000_000_000),
            max_priority_fee: TokenAmount::from_atto(premium),
        },
        gas_limit: 1_000_000_000,
        to,
        value: TokenAmount::from_atto(value),
        input: input.to_vec(),
    };
    let tx = key.sign_eth(unsigned).expect("it signs");
    CheckedMessage::from_eth(&tx.encode(), chain.chain_id()).expect("it is well")
}
