//! The virtual machine: applies messages to a state tree and returns receipts.
//!
//! This crate knows nothing of blocks, JSON, sockets, clocks or Wasmtime. Whatever must come
//! from outside arrives through [`Externs`], [`Verifier`], [`Runner`] or a blockstore.

pub mod error;
pub mod externs;
pub mod kernel;
pub mod runner;

pub use error::{Fatal, OrFatal, Refusal, Stop, SyscallError};
pub use externs::{Externs, Verifier};
pub use runner::{Entry, Runner};
