//! The virtual machine: applies messages to a state tree and returns receipts.
//!
//! Start at [`Executor::apply`]; calls nest through [`call`], and one actor's view of the
//! machine is [`Kernel`]. State is in [`state`], what differs between network versions in
//! [`rules`], [`price`] and [`abi`].
//!
//! This crate knows nothing of blocks, JSON, sockets, clocks or Wasmtime. Whatever must come
//! from outside arrives through [`Externs`], [`Verifier`], [`Runner`] or a blockstore.

pub mod executor;

pub mod call;
mod fees;
mod machine;

pub mod kernel;

pub mod dispatch;
pub mod runner;

pub mod state;

pub mod access;
pub mod actors;
pub mod context;
pub mod error;
pub mod externs;
pub mod manifest;
pub mod memory;
pub mod rules;
pub mod store;
pub mod trace;

pub mod abi;
pub mod blocks;
pub mod commd;
pub mod crypto;
pub mod events;
pub mod gas;
mod hash_map;
pub mod ipld_links;
pub mod price;

pub use blocks::Block;
pub use call::Mutability;
pub use context::{Context, Limits};
pub use dispatch::Dispatcher;
pub use error::{Fatal, OrFatal, Refusal, Stop, SyscallError};
pub use executor::{Applied, ApplyError, ApplyKind, Executor, Failure, Setup};
pub use externs::{Externs, Verifier};
pub use fees::Fees;
pub use gas::{Gas, GasTracker};
pub use kernel::Kernel;
pub use manifest::Manifest;
pub use price::PriceList;
pub use runner::{Entry, Runner};
pub use state::{Actor, Atto, Slot, SlotMap, StateTree};
pub use store::{MemoryStore, SharedBlockstore, Store};
