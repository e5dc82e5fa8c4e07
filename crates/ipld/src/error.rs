//! What can be wrong with a collection.

use cid::Cid;

/// A collection can't be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not what the network's format says.
    #[error("{0}")]
    Corrupt(&'static str),
    /// An index or a size that no collection has.
    #[error("{0}")]
    OutOfRange(&'static str),
    /// A value or a link is not of its type, or can't be written.
    #[error("a value: {0}")]
    Value(#[from] fvm_ipld_encoding::Error),
    /// Nobody has a node.
    #[error("the node {0} is missing")]
    Missing(Cid),
    /// A node is corrupt.
    #[error("the node {cid}: {error}")]
    Node {
        /// Which node.
        cid: Cid,
        /// What is wrong with it.
        #[source]
        error: Box<Self>,
    },
    /// The blockstore failed.
    #[error("a node's block: {0:#}")]
    Store(anyhow::Error),
}
