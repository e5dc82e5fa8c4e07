//! `anvil_`, `hardhat_` and `evm_`: a developer's hands on the chain, with the names and answers
//! that anvil and Hardhat gave them.

pub(super) mod accounts;
pub(super) mod info;
pub(super) mod mining;
pub(super) mod rewind;
pub(super) mod time;
