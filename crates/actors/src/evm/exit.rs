//! The exit codes of the EVM actor (FIP-0054; where FIP and network differ, the network's).

use fvm_shared::error::ExitCode;

/// REVERT; the data travels along as a CBOR byte string.
pub const REVERTED: ExitCode = ExitCode::new(33);
/// The designated invalid instruction, 0xfe.
pub const INVALID_INSTRUCTION: ExitCode = ExitCode::new(34);
/// An instruction that does not exist.
pub const UNDEFINED_INSTRUCTION: ExitCode = ExitCode::new(35);
/// Too few words on the stack.
pub const STACK_UNDERFLOW: ExitCode = ExitCode::new(36);
/// More than 1024 words on the stack.
pub const STACK_OVERFLOW: ExitCode = ExitCode::new(37);
/// Memory beyond 32 bits, or return data beyond its end.
pub const ILLEGAL_MEMORY_ACCESS: ExitCode = ExitCode::new(38);
/// A jump to something else than a JUMPDEST.
pub const BAD_JUMPDEST: ExitCode = ExitCode::new(39);
/// SELFDESTRUCT could not give away the balance.
pub const SELFDESTRUCT_FAILED: ExitCode = ExitCode::new(40);
