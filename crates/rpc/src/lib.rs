//! The node's JSON-RPC over HTTP, WebSocket and a Unix socket.
//!
//! Start at [`serve`]; a request then goes through `jsonrpc` (what is a request, what is an
//! answer) to `methods` (the table of every method, its parameters and its handler). How values
//! look in JSON is in `forms`.
//!
//! This crate does not know how blocks are made, and keeps no state of the chain: it asks.

mod server;

mod jsonrpc;
mod method;
mod methods;

mod forms;

mod node;

pub use forms::Shape;
pub use method::{Namespace, Parameter, Row};
pub use methods::{Console, Said, table};
pub use server::{Limits, Options, Server, serve};
