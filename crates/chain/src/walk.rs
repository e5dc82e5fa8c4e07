//! Walks over everything that hangs below roots.

use std::collections::HashSet;

use atoll_vm::{Fatal, OrFatal};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
use fvm_shared::IDENTITY_HASH;
use ipld_core::ipld::Ipld;

use crate::spill::short;

/// Blocks that were met, by the first half of their digest.
#[derive(Debug, Default)]
pub struct Seen(HashSet<[u8; 16]>);

impl Seen {
    /// Was a block met?
    #[must_use]
    pub fn contains(&self, cid: &Cid) -> bool {
        self.0.contains(&short(cid))
    }

    pub(crate) fn insert(&mut self, cid: &Cid) {
        self.0.insert(short(cid));
    }

    pub(crate) fn has(&self, short: &[u8; 16]) -> bool {
        self.0.contains(short)
    }

    /// How many were met.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Was none met?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is done with a block.
pub type Visit<'v> = &'v mut dyn FnMut(&Cid, &[u8]) -> Result<(), Fatal>;

/// Visits every block below a root that was not met before, parents first, in the order in
/// which links stand. Returns how many are linked but not there: pruned, or on another chain.
///
/// Links in other formats than those of state (sector commitments, for example) name data that
/// no blockstore holds, and are passed over. Blocks inlined in their CID need no place in a
/// store; what they link to does.
pub fn walk(
    store: &dyn Blockstore,
    root: &Cid,
    seen: &mut Seen,
    visit: Visit<'_>,
) -> Result<u64, Fatal> {
    let mut missing = 0;
    let mut waiting = vec![*root];
    while let Some(cid) = waiting.pop() {
        if !matches!(cid.codec(), DAG_CBOR | IPLD_RAW) {
            continue;
        }
        let is_inlined = cid.hash().code() == IDENTITY_HASH;
        if !is_inlined && !seen.0.insert(short(&cid)) {
            continue;
        }
        let data = match is_inlined {
            true => Some(cid.hash().digest().to_vec()),
            false => store.get(&cid).or_fatal("reading a block")?,
        };
        let Some(data) = data else {
            missing += 1;
            continue;
        };
        if cid.codec() == DAG_CBOR {
            waiting.extend(links(&data)?.into_iter().rev());
        }
        if !is_inlined {
            visit(&cid, &data)?;
        }
    }
    Ok(missing)
}

/// The links in a DAG-CBOR block, in order.
pub fn links(data: &[u8]) -> Result<Vec<Cid>, Fatal> {
    let tree: Ipld = fvm_ipld_encoding::from_slice(data).or_fatal("looking for links")?;
    let mut links = Vec::new();
    tree.references(&mut links);
    Ok(links)
}
