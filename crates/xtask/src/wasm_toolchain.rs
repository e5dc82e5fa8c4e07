//! A toolchain that builds for `wasm32-unknown-unknown`.
//!
//! Where rustup can add the target, that is all. Where only package registries can be reached,
//! Debian's security updates carry a rustc with its sources, and rustup's nightly cargo builds
//! the standard library with it. The packages are unpacked, not installed: they would conflict
//! with rustup's.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

const TARGET: &str = "wasm32-unknown-unknown";
const LINKER: &str = "wasm-ld-19";
const DEBIAN_PACKAGES: [&str; 5] = [
    "rustc-web",
    "libstd-rust-web-1.96",
    "libstd-rust-web-dev",
    "rust-web-src",
    "libllvm22",
];

/// A way to build for Wasm.
pub(crate) enum Toolchain {
    /// rustup has the target.
    Rustup,
    /// Debian's packages, unpacked in this folder.
    Debian(PathBuf),
}

impl Toolchain {
    /// `cargo build` for Wasm, to which the caller adds what to build.
    pub(crate) fn cargo_build(&self) -> Command {
        // Variables that the outer cargo set for us must not steer the inner one.
        let clean = |mut command: Command| {
            for name in ["CARGO", "RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER"] {
                command.env_remove(name);
            }
            command
        };
        let mut command = clean(shell::command("cargo"));
        match self {
            Self::Rustup => {
                command.arg("build");
            }
            Self::Debian(root) => {
                command
                    .env("RUSTC", root.join("usr/bin/rustc"))
                    .env("LD_LIBRARY_PATH", root.join("usr/lib/x86_64-linux-gnu"))
                    .env("RUSTC_BOOTSTRAP", "1")
                    .args([
                        "+nightly",
                        "build",
                        "-Zbuild-std=std,panic_abort",
                        "--config",
                    ])
                    .arg(format!("target.{TARGET}.linker=\"{LINKER}\""));
            }
        }
        command.args(["--release", "--target", TARGET]);
        command
    }
}

/// Finds or makes a toolchain.
pub(crate) fn prepare() -> Result<Toolchain> {
    if installed_by_rustup() {
        return Ok(Toolchain::Rustup);
    }
    let mut add = shell::command("rustup");
    add.args(["target", "add", TARGET]);
    if shell::has("rustup") && shell::succeeds(&mut add) && installed_by_rustup() {
        return Ok(Toolchain::Rustup);
    }
    debian().context(
        "rustup cannot add wasm32-unknown-unknown here, and Debian's packages did not do either; \
         add the target by hand and run this again",
    )
}

fn installed_by_rustup() -> bool {
    shell::command("rustup")
        .args(["target", "list", "--installed"])
        .output()
        .is_ok_and(|out| {
            String::from_utf8_lossy(&out.stdout)
                .lines()
                .any(|line| line == TARGET)
        })
}

fn debian() -> Result<Toolchain> {
    let root = shell::cache("wasm-toolchain");
    // The last thing written, so that an interrupted run starts over.
    let complete = root.join("complete");
    if !complete.is_file() {
        unpack_packages(&root)?;
        fs::write(&complete, "")?;
    }
    if !shell::has(LINKER) {
        shell::apt_install(&["lld-19"])?;
    }
    if !shell::succeeds(shell::command("cargo").args(["+nightly", "--version"])) {
        bail!("this route needs rustup's nightly cargo (for -Zbuild-std)");
    }
    Ok(Toolchain::Debian(root))
}

fn unpack_packages(root: &Path) -> Result<()> {
    if !shell::has("apt-get") {
        bail!("this is no Debian machine");
    }
    let downloads = root.join("downloads");
    fs::create_dir_all(&downloads)?;
    shell::run(shell::command("apt-get").args(["update", "-q"]))?;
    shell::run(
        shell::command("apt-get")
            .args(["download", "-q"])
            .args(DEBIAN_PACKAGES)
            .current_dir(&downloads),
    )?;
    for package in fs::read_dir(&downloads)? {
        shell::run(
            shell::command("dpkg")
                .arg("-x")
                .arg(package?.path())
                .arg(root),
        )?;
    }
    fs::remove_dir_all(&downloads)?;
    Ok(())
}
