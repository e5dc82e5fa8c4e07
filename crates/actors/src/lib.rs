//! The built-in actors, written natively: one folder each.
//!
//! An actor is a table of [`Method`]s over the object-safe [`Runtime`]. It never learns how the
//! runtime is implemented: the machine's kernel and the scenario replayer both stand behind it.
//!
//! This crate knows nothing of the kernel, the chain or RPC.

pub mod dispatch;
pub mod error;
pub mod ids;
pub mod inspector;
pub mod kinds;
pub mod method;
pub mod registry;
pub mod runtime;

pub mod adt;
pub mod authenticate;
pub mod batch;
pub mod callers;
pub mod events;
pub mod frame;
pub mod gas;
mod hash_map;
pub mod math;
pub mod policy;
pub mod randomness;
pub mod resolve;
pub mod send;
pub mod state;

pub mod account;
pub mod cron;
pub mod datacap;
pub mod eam;
pub mod ethaccount;
pub mod evm;
pub mod init;
pub mod market;
pub mod miner;
pub mod multisig;
pub mod paych;
pub mod placeholder;
pub mod power;
pub mod reward;
pub mod system;
pub mod verifreg;

pub mod check_state;
pub mod replay;

pub use dispatch::dispatch;
pub use error::{ActorError, OrExit};
pub use frame::Frame;
pub use inspector::Inspector;
pub use kinds::ActorKind;
pub use method::{Actor, Callers, Fallback, Method, Shape};
pub use policy::Policy;
pub use runtime::Runtime;
