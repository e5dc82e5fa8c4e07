//! The state that the vectors in `vectors/` were recorded on.

use std::io::Read;
use std::sync::Arc;

use atoll_vm::MemoryStore;
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

use crate::car;

/// Where the recorded vectors are.
pub const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors");

/// The recorded genesis: its blocks and its root.
pub fn genesis() -> (Arc<MemoryStore>, Cid) {
    let file = std::fs::File::open(format!("{VECTORS}/genesis.car.gz")).expect("it is in the repo");
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(file)
        .read_to_end(&mut bytes)
        .expect("it is a gzip");
    let (roots, blocks) = car::read(&bytes);
    let store = MemoryStore::new();
    for (cid, data) in blocks {
        store.put_keyed(&cid, data).expect("it is in memory");
    }
    (Arc::new(store), roots[0])
}
