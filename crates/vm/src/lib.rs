//! The virtual machine: applies messages to a state tree and returns receipts.
//!
//! This crate knows nothing of blocks, JSON, sockets, clocks or Wasmtime. Whatever must come
//! from outside arrives through [`Externs`], [`Verifier`], [`Runner`] or a blockstore.

pub mod abi;
pub mod blocks;
pub mod commd;
pub mod crypto;
pub mod error;
pub mod events;
pub mod externs;
pub mod gas;
pub mod ipld_links;
pub mod kernel;
pub mod price;
pub mod runner;

pub use blocks::Block;
pub use error::{Fatal, OrFatal, Refusal, Stop, SyscallError};
pub use externs::{Externs, Verifier};
pub use gas::{Gas, GasTracker};
pub use price::PriceList;
pub use runner::{Entry, Runner};
