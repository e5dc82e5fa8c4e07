//! Runs the native actors on the machine: [`NativeRunner`] is a `Runner` of `atoll-vm`, and what
//! its actors see is a `Runtime` of `atoll-actors` over the machine's kernel.
//!
//! It is a crate of its own because neither of the two may know the other: `vm` must run any
//! actor, and an actor must not learn how the kernel works. Here is the one place where they meet.
//!
//! [`genesis`] makes the state that a chain of these actors, or of an official bundle, begins with:
//! the one place here that knows actors by name.
//!
//! This crate knows nothing of chain or RPC.

pub mod codes;
pub mod genesis;
pub mod runner;
mod runtime;
mod store;
mod tell;

pub use runner::{NativeRunner, SharedInspector};
