//! Who does what for storage on a dev chain: who names verifiers, who hands out datacap, and who
//! works for the miner that makes the blocks.

use atoll_native::genesis::{Account, Grant, MinerPlan};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::RegisteredPoStProof;

use crate::chain::Genesis;
use crate::keys::Key;

/// Keys beside those of the user's accounts. They follow from the user's first.
#[derive(Clone, Debug)]
pub struct Roles {
    owner: Key,
    root: Key,
    verifier: Key,
    worker: Key,
}

/// What the verifier may hand out: 1 PiB.
const VERIFIER_BYTES: u64 = 1 << 50;
/// What each account of the first key has of it: 1 TiB.
const CLIENT_BYTES: u64 = 1 << 40;
/// What each of the roles has for gas.
const GAS_FIL: u64 = 1_000;
/// What the owner gives the miner.
const MINER_FIL: u64 = 100;

impl Roles {
    /// The roles of the chain whose first account has this key.
    #[must_use]
    pub fn of(first: &Key) -> Self {
        let [root, verifier, worker] = [0, 1, 2].map(|number| first.bls_below(number));
        Self {
            owner: first.clone(),
            root,
            verifier,
            worker,
        }
    }

    /// The keys that the node signs with for them.
    #[must_use]
    pub fn keys(&self) -> Vec<Key> {
        vec![
            self.root.clone(),
            self.verifier.clone(),
            self.worker.clone(),
        ]
    }

    /// Writes them into a genesis: after the accounts that are in it, whose first key owns the
    /// miner and has datacap.
    pub fn join(&self, genesis: &mut Genesis, post_proof: RegisteredPoStProof) {
        let [root, verifier, worker] = [&self.root, &self.verifier, &self.worker].map(Key::address);
        let funded = |address| Account {
            address,
            balance: TokenAmount::from_whole(GAS_FIL),
        };
        genesis
            .accounts
            .extend([root, verifier, worker].map(funded));
        genesis.root_key = Some(root);
        let grant = |address: Address, bytes: u64| Grant {
            address,
            datacap: bytes.into(),
        };
        genesis.verifiers.push(grant(verifier, VERIFIER_BYTES));
        let ethereum = self.owner.eth_address().map(|address| address.to_f410());
        let clients = [Some(self.owner.address()), ethereum].into_iter().flatten();
        let clients = clients.map(|client| grant(client, CLIENT_BYTES));
        genesis.verified_clients.extend(clients);
        genesis.miners.push(MinerPlan {
            owner: self.owner.address(),
            worker,
            post_proof,
            balance: TokenAmount::from_whole(MINER_FIL),
        });
    }
}
