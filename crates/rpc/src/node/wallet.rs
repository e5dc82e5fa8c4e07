//! Keys that the node signs with: dev accounts, and what users import.

use std::sync::{Mutex, MutexGuard, PoisonError};

use atoll_chain::Key;
use fvm_shared::address::Address as FilecoinAddress;

use crate::forms::{Address, hex::Fixed};

/// The keys, in the order in which they came.
#[derive(Default)]
pub(crate) struct Wallet(Mutex<Vec<Key>>);

impl Wallet {
    pub(crate) fn new(keys: Vec<Key>) -> Self {
        Self(Mutex::new(keys))
    }

    /// Adds a key, unless it is there.
    pub(crate) fn add(&self, key: Key) {
        let mut keys = self.lock();
        if !keys.iter().any(|known| known.address() == key.address()) {
            keys.push(key);
        }
    }

    /// The addresses of all Ethereum keys.
    pub(crate) fn eth_addresses(&self) -> Vec<Address> {
        let keys = self.lock();
        keys.iter()
            .filter_map(Key::eth_address)
            .map(|address| Fixed(address.0))
            .collect()
    }

    /// The Filecoin addresses of all keys: f1 or f3, and f410 where a key has one.
    pub(crate) fn addresses(&self) -> Vec<FilecoinAddress> {
        let keys = self.lock();
        keys.iter()
            .flat_map(|key| {
                let delegated = key.eth_address().map(|address| address.to_f410());
                [Some(key.address()), delegated]
            })
            .flatten()
            .collect()
    }

    /// The key of an Ethereum address.
    pub(crate) fn eth_key(&self, address: Address) -> Option<Key> {
        let keys = self.lock();
        let is = |key: &&Key| key.eth_address().is_some_and(|own| own.0 == address.0);
        keys.iter().find(is).cloned()
    }

    /// The key of a Filecoin address: f1, f3 or f410.
    pub(crate) fn key(&self, address: &FilecoinAddress) -> Option<Key> {
        let keys = self.lock();
        let is = |key: &&Key| {
            key.address() == *address
                || key
                    .eth_address()
                    .is_some_and(|own| own.to_f410() == *address)
        };
        keys.iter().find(is).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Key>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
