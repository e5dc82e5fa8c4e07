//! The program: everything it does is in the library, where tests can reach it.

use std::process::ExitCode;

/// A message is hundreds of small allocations: the system's allocator is a fifth slower at them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    atoll::main()
}
