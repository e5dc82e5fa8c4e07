//! Blocks in memory: frozen layers that many machines share, under one layer each of their own.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
use fvm_shared::IDENTITY_HASH;
use ipld_core::ipld::Ipld;

use crate::car::Car;

/// Blocks that no longer change: a bundle, a genesis.
#[derive(Debug, Default)]
pub struct Frozen(HashMap<Cid, Vec<u8>>);

impl Frozen {
    /// The blocks of an archive.
    #[must_use]
    pub fn from_car(car: Car) -> Self {
        Self::from_blocks(car.blocks)
    }

    /// Blocks with their CIDs.
    #[must_use]
    pub fn from_blocks(blocks: Vec<(Cid, Vec<u8>)>) -> Self {
        Self(blocks.into_iter().collect())
    }

    /// The block under a CID.
    #[must_use]
    pub fn get(&self, cid: &Cid) -> Option<&[u8]> {
        self.0.get(cid).map(Vec::as_slice)
    }

    /// Writes every block to a store.
    pub fn copy_to(&self, store: &dyn Blockstore) -> Result<()> {
        let mut blocks: Vec<_> = self.0.iter().collect();
        blocks.sort_unstable_by_key(|(cid, _)| **cid);
        blocks
            .into_iter()
            .try_for_each(|(cid, data)| store.put_keyed(cid, data))
    }
}

/// A blockstore that reads through frozen layers and keeps what is written to itself.
#[derive(Debug, Default)]
pub struct Layered {
    frozen: Vec<Arc<Frozen>>,
    own: Mutex<HashMap<Cid, Vec<u8>>>,
}

impl Layered {
    /// An empty layer over frozen ones.
    #[must_use]
    pub fn over(frozen: impl IntoIterator<Item = Arc<Frozen>>) -> Self {
        Self {
            frozen: frozen.into_iter().collect(),
            own: Mutex::default(),
        }
    }

    fn own(&self) -> std::sync::MutexGuard<'_, HashMap<Cid, Vec<u8>>> {
        // A panic elsewhere can't leave a map of immutable blocks half-written.
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blockstore for Layered {
    fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        if let Some(data) = self.frozen.iter().find_map(|layer| layer.get(cid)) {
            return Ok(Some(data.to_vec()));
        }
        Ok(self.own().get(cid).cloned())
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> Result<()> {
        self.own().insert(*cid, block.to_vec());
        Ok(())
    }

    fn has(&self, cid: &Cid) -> Result<bool> {
        Ok(
            self.frozen.iter().any(|layer| layer.get(cid).is_some())
                || self.own().contains_key(cid),
        )
    }
}

/// What hangs below a root.
#[derive(Debug, Default)]
pub struct Reachable {
    /// The blocks, parents before children, in the order in which the links stand.
    pub blocks: Vec<(Cid, Vec<u8>)>,
    /// Linked, but not in the store.
    pub missing: Vec<Cid>,
}

/// Collects every block of a state, except below those that `skip` names.
///
/// Links in other formats than those of state (sector commitments, for example) name data that
/// no blockstore holds, and are passed over. Blocks inlined in their CID need no place in a
/// store; what they link to does.
pub fn reachable(
    store: &dyn Blockstore,
    root: &Cid,
    skip: &dyn Fn(&Cid) -> bool,
) -> Result<Reachable> {
    let mut seen = BTreeSet::new();
    let mut found = Reachable::default();
    let mut waiting = vec![*root];
    while let Some(cid) = waiting.pop() {
        if !matches!(cid.codec(), DAG_CBOR | IPLD_RAW) || skip(&cid) || !seen.insert(cid) {
            continue;
        }
        let is_inlined = cid.hash().code() == IDENTITY_HASH;
        let data = match is_inlined {
            true => Some(cid.hash().digest().to_vec()),
            false => store.get(&cid)?,
        };
        let Some(data) = data else {
            found.missing.push(cid);
            continue;
        };
        if cid.codec() == DAG_CBOR {
            let links = links(&data).with_context(|| format!("block {cid}"))?;
            waiting.extend(links.into_iter().rev());
        }
        if !is_inlined {
            found.blocks.push((cid, data));
        }
    }
    Ok(found)
}

/// The links in a DAG-CBOR block, in order.
pub fn links(data: &[u8]) -> Result<Vec<Cid>> {
    let ipld: Ipld = fvm_ipld_encoding::from_slice(data)?;
    let mut links = Vec::new();
    ipld.references(&mut links);
    Ok(links)
}
