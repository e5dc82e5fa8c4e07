//! Where two states differ: paths of positions in CBOR arrays, with a `>` where a link was
//! followed.

use atoll_vm::Store;
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use ipld_core::ipld::Ipld;

/// How many differences are worth showing.
const SHOWN_MAX: usize = 10;

pub(crate) fn differences(ours: (&Store, Cid), theirs: (&Store, Cid)) -> Vec<String> {
    let mut found = Vec::new();
    links("", ours, theirs, &mut found);
    found.truncate(SHOWN_MAX);
    found
}

fn links(path: &str, ours: (&Store, Cid), theirs: (&Store, Cid), found: &mut Vec<String>) {
    if ours.1 == theirs.1 || found.len() > SHOWN_MAX {
        return;
    }
    match (load(ours), load(theirs)) {
        (Some(a), Some(b)) => values(&format!("{path}>"), (ours.0, &a), (theirs.0, &b), found),
        _ => found.push(format!("{path}: link {} against {}", ours.1, theirs.1)),
    }
}

fn load((store, cid): (&Store, Cid)) -> Option<Ipld> {
    let block = store.get(&cid).expect("a store can be read")?;
    fvm_ipld_encoding::from_slice(&block).ok()
}

fn values(path: &str, ours: (&Store, &Ipld), theirs: (&Store, &Ipld), found: &mut Vec<String>) {
    if ours.1 == theirs.1 || found.len() > SHOWN_MAX {
        return;
    }
    match (ours.1, theirs.1) {
        (Ipld::List(a), Ipld::List(b)) if a.len() == b.len() => {
            for (place, (a, b)) in a.iter().zip(b).enumerate() {
                values(
                    &format!("{path}/{place}"),
                    (ours.0, a),
                    (theirs.0, b),
                    found,
                );
            }
        }
        (Ipld::Link(a), Ipld::Link(b)) => links(path, (ours.0, *a), (theirs.0, *b), found),
        (a, b) => found.push(format!("{path}: {a:?} against {b:?}")),
    }
}
