//! What the tests of the machine share: rules, the chain they play on, and our way of running
//! them.

#![allow(dead_code, reason = "each test file uses a part")]

pub(crate) mod files;
pub(crate) mod ours;
pub(crate) mod rule;
pub(crate) mod world;
