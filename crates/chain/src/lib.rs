//! The chain: from signed messages to tipsets, receipts and logs.
//!
//! Start at [`Chain`]: [`Chain::new`] makes a genesis, [`Chain::submit`] takes a message whose
//! signature is checked ([`CheckedMessage`]), [`Chain::mine`] makes a [`Tipset`]. Looking at a
//! state is [`Chain::state`], trying a message out is [`Chain::call`]. How a block is applied is
//! in [`apply`]; Ethereum transactions become messages in [`eth_tx`].
//!
//! This crate knows nothing of RPC, sockets or clocks: time comes in as a value.

pub mod chain;

pub mod eth_tx;
pub mod keys;
pub mod roles;
pub mod signed;

pub mod pool;

pub mod apply;
pub mod base_fee;
pub mod externs;
pub mod supply;

pub mod call;
pub mod edit;
pub mod view;

pub mod header;
pub mod history;
pub mod log;
pub mod tipset;

pub mod archive;
pub mod car;
pub mod disk;
pub mod fork;
pub mod hash;
pub mod message;
mod record;
mod spill;
pub mod store;
pub mod surroundings;
pub mod walk;

pub use apply::Terms;
pub use archive::ArchiveError;
/// Who watches messages run, in [`Overrides`] and [`Chain::walk`].
pub use atoll_native::SharedInspector;
pub use call::{CallRequest, Estimate, EstimateError, Overrides, Trial};
pub use chain::{
    Between, Chain, Genesis, KeepMessages, LoadError, Mining, Notice, Parts, Pending, Replayed,
};
pub use disk::Disk;
pub use edit::Edit;
pub use eth_tx::{EthTx, EthTxError};
pub use hash::Hash;
pub use history::Tipsets;
pub use keys::Key;
pub use log::Log;
pub use pool::{Refusal, SelectBy};
pub use roles::Roles;
pub use signed::{CheckedMessage, Signature, SignatureKind, SignedMessage};
pub use spill::SpilledBlocks;
pub use supply::Supply;
pub use tipset::{Executed, Tipset};
pub use view::StateView;
