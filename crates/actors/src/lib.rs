//! The built-in actors, written natively: one folder each.
//!
//! An actor is a table of [`Method`]s over the object-safe [`Runtime`]. It never learns how the
//! runtime is implemented: the machine's kernel and the scenario replayer both stand behind it.
//!
//! This crate knows nothing of the kernel, the chain or RPC.

pub mod error;
pub mod kinds;
pub mod method;
pub mod policy;
pub mod runtime;

pub use error::ActorError;
pub use kinds::ActorKind;
pub use method::{Actor, Callers, Method};
pub use policy::Policy;
pub use runtime::Runtime;
