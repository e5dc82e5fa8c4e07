//! Builds the Rust actors under `testactors/` to Wasm.

use std::path::PathBuf;

use anyhow::Result;

use crate::shell;
use crate::wasm_toolchain::Toolchain;

/// Builds them all and returns the folder in which their `.wasm` files lie.
pub(crate) fn build(toolchain: &Toolchain) -> Result<PathBuf> {
    // A target folder of its own: the standard library is built there once.
    let target = shell::cache("testactors");
    shell::run(
        toolchain
            .cargo_build()
            .args(["--manifest-path", "testactors/Cargo.toml", "--target-dir"])
            .arg(&target),
    )?;
    Ok(target.join("wasm32-unknown-unknown/release"))
}
