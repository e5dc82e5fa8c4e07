//! One actor's view of the machine: charge, check, act.

use fvm_shared::sys::BlockId;

/// One actor's view of the machine.
#[derive(Debug)]
pub struct Kernel {
    /// The id that means "no block".
    pub no_block: BlockId,
}
