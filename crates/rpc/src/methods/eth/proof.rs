//! `eth_getProof`: blocks of data that show what an account and its slots hold, to whoever trusts
//! no more than a state root. `crates/rpc/PROOFS.md` tells how to check one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use atoll_actors::evm::{self, CodeHash, EthAddress};
use atoll_chain::{Chain, Tipset};
use atoll_vm::state::StateTree;
use atoll_vm::{Actor, OrFatal, Store};
use cid::Cid;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::CborStore;
use serde::Serialize;

use crate::forms::hex::Fixed;
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity, Word};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{eth_address, tipset_or_before, wire_cid};

/// How many slots are shown at a time, as go-ethereum has it.
const KEYS_MAX: usize = 1024;

/// What `eth_getProof` answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct AccountProof {
    address: Address,
    account_proof: Vec<Data>,
    balance: Big,
    code_hash: Hash,
    nonce: Quantity,
    storage_hash: Hash,
    storage_proof: Vec<SlotProof>,
}

/// A slot with what shows its value.
#[derive(Serialize)]
struct SlotProof {
    key: Word,
    value: Big,
    proof: Vec<Data>,
}

pub(in crate::methods) fn get(
    caller: &Caller<'_>,
    address: Address,
    storage_keys: Vec<Word>,
    block: Option<BlockId>,
) -> Result<AccountProof, Error> {
    if storage_keys.len() > KEYS_MAX {
        return Err(Error::limit(format!("there are more than {KEYS_MAX} keys")));
    }
    let chain = &caller.node.chain;
    let tipset = match block.unwrap_or_default() {
        // Of what waits there is no block whose root could be trusted.
        BlockId::Tag(BlockTag::Pending) => chain.head(),
        id => tipset_or_before(caller, id)?,
    };
    let witness = Witness::of(chain);
    let found = account(&witness, &tipset, eth_address(address))?;
    let contract = found.as_ref().and_then(|found| found.contract.as_ref());
    let code_hash = match (&found, contract) {
        (_, Some(contract)) => contract.bytecode_hash,
        (Some(found), None) if found.is_native => CodeHash::native(),
        _ => CodeHash::empty(),
    };
    let no_slots = evm::write_empty(&MemoryBlockstore::default()).map_err(Error::internal)?;
    let storage_hash = contract.map_or(no_slots, |contract| contract.contract_state);
    let actor = found.as_ref().map(|found| &found.actor);
    Ok(AccountProof {
        address,
        account_proof: witness.blocks(),
        balance: actor.map_or_else(Big::default, |actor| Big::of(&actor.balance.to_token())),
        code_hash: Fixed(code_hash.0),
        nonce: Quantity(match contract {
            Some(contract) => contract.nonce,
            None => actor.map_or(0, |actor| actor.sequence),
        }),
        storage_hash: wire_cid(&storage_hash),
        storage_proof: storage_keys
            .into_iter()
            .map(|key| match contract {
                Some(contract) => slot(chain, &contract.contract_state, key),
                None => Ok(SlotProof::nothing(key)),
            })
            .collect::<Result<_, Error>>()?,
    })
}

/// An account as it is found on the way from a state root.
struct Found {
    actor: Actor,
    contract: Option<evm::State>,
    /// Is it an actor that contracts see as code that they cannot read?
    is_native: bool,
}

/// Reads an account, and with it every block that leads to it.
fn account(
    witness: &Arc<Witness>,
    tipset: &Tipset,
    address: EthAddress,
) -> Result<Option<Found>, Error> {
    let store = Store::new(Arc::clone(witness) as Arc<_>);
    let mut tree = StateTree::load(store, &tipset.state_root)?;
    let Some(id) = tree.resolve(&address.to_filecoin())? else {
        return Ok(None);
    };
    let Some(actor) = tree.actor(id)?.cloned() else {
        return Ok(None);
    };
    let name = witness.chain.state(tipset)?.name_of_code(&actor.code);
    let contract: Option<evm::State> = match name.as_deref() {
        Some("evm") => tree
            .store()
            .get_cbor(&actor.root)
            .or_fatal("reading a contract's state")?,
        _ => None,
    };
    let is_account = matches!(
        name.as_deref(),
        Some("evm" | "account" | "ethaccount" | "placeholder")
    );
    Ok(Some(Found {
        actor,
        contract: contract.filter(|contract| contract.tombstone.is_none()),
        is_native: !is_account,
    }))
}

fn slot(chain: &Arc<Chain>, root: &Cid, key: Word) -> Result<SlotProof, Error> {
    let witness = Witness::of(chain);
    let value = evm::read_slot(&*witness, root, &key.0).map_err(Error::internal)?;
    Ok(SlotProof {
        key,
        value: Big(num_bigint::BigUint::from_bytes_be(
            &value.unwrap_or_default(),
        )),
        proof: witness.blocks(),
    })
}

impl SlotProof {
    /// Of what is no contract: it has no slots.
    fn nothing(key: Word) -> Self {
        Self {
            key,
            value: Big::default(),
            proof: Vec::new(),
        }
    }
}

/// The chain's blocks of data, which remembers those that were read.
struct Witness {
    chain: Arc<Chain>,
    read: Mutex<Read>,
}

/// Blocks in the order in which they were first read: the root first.
#[derive(Default)]
struct Read {
    known: BTreeSet<Cid>,
    blocks: Vec<Vec<u8>>,
}

impl Witness {
    fn of(chain: &Arc<Chain>) -> Arc<Self> {
        Arc::new(Self {
            chain: Arc::clone(chain),
            read: Mutex::default(),
        })
    }

    /// What was read.
    fn blocks(&self) -> Vec<Data> {
        let read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.blocks.iter().cloned().map(Data).collect()
    }
}

impl Blockstore for Witness {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        let block = self.chain.block(cid)?;
        if let Some(block) = &block {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            if read.known.insert(*cid) {
                read.blocks.push(block.clone());
            }
        }
        Ok(block)
    }

    fn put_keyed(&self, cid: &Cid, _: &[u8]) -> anyhow::Result<()> {
        anyhow::bail!("a proof only reads, and {cid} was to be written")
    }
}
