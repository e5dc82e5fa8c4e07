//! Commands that ask a running node.

pub mod accounts;
pub mod addr;
pub mod call;
pub mod calldata;
pub mod chain;
pub mod deploy;
pub mod outcome;
pub mod send;
pub mod state;
pub mod submit;
pub mod trace;
pub mod wallet;

use clap::Args;

use crate::remote::Remote;

/// Which node, and in which form it is told.
#[derive(Args, Clone, Debug)]
pub struct Asked {
    /// The node to ask.
    #[arg(
        long,
        env = "ATOLL_URL",
        default_value = "http://127.0.0.1:8545",
        value_name = "URL"
    )]
    url: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Asked {
    fn remote(&self) -> Remote {
        Remote::new(&self.url)
    }
}
