//! A live node, and the commands that ask it.

mod commands;
mod fork;
mod kept;
mod kills;
mod log;
mod node;
