//! Runs other people's clients against a live node: the suites of `clients/`.
//!
//! The clients come from npm, PyPI and Debian, as their users get them. What this chore installs
//! lies in `clients/node_modules` and below `target/`, and is kept from run to run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell;

/// Hardhat 3 asks for this much.
const NODE_MAJOR_MIN: u32 = 22;
/// The Node that npm carries, for machines that have an older one.
const NODE_VERSION: &str = "22.23.3";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which suites: files of `clients/suites`, for example `viem`; all if none is named.
    suites: Vec<String>,
    /// Tests the node at this URL, instead of starting one.
    #[arg(long)]
    url: Option<String>,
    /// Tests anvil, to see that a suite is right.
    #[arg(long, conflicts_with = "url")]
    anvil: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut command = Node::prepare()?.script("run.mjs");
    if let Some(url) = &args.url {
        command.args(["--url", url]);
    } else if args.anvil {
        command.arg("--anvil");
    } else {
        command.arg("--node").arg(build_node()?);
    }
    command.env("CLIENTS_PYTHON", python()?);
    install_browser()?;
    shell::run(command.args(&args.suites))
}

/// Runs all suites on a node, as far as their packages can be had: who is offline is told what was
/// left out, and why.
pub(crate) fn test() -> Result<()> {
    let node = match Node::prepare() {
        Ok(node) => node,
        Err(why) if offline() => {
            eprintln!("SKIPPED: all suites of clients/: {why:#}");
            return Ok(());
        }
        // With a registry at hand something else is wrong: a lock file that does not fit, a full disk.
        Err(why) => return Err(why),
    };
    let mut command = node.script("run.mjs");
    command.arg("--node").arg(build_node()?);
    // Without them, the suites skip their tests and say so.
    match python() {
        Ok(python) => _ = command.env("CLIENTS_PYTHON", python),
        Err(why) => eprintln!("SKIPPED: the suite web3py: {why:#}"),
    }
    if let Err(why) = install_browser() {
        eprintln!("SKIPPED: the suite browser: {why:#}");
    }
    shell::run(&mut command)
}

/// Builds the node as the tests do: without their targets cargo would resolve other features, and
/// compile Wasmtime once more.
fn build_node() -> Result<PathBuf> {
    shell::run(shell::cargo().args(["test", "--workspace", "--no-run", "--quiet"]))?;
    Ok(shell::built("debug", "atoll"))
}

fn install_browser() -> Result<()> {
    if shell::has("chromium") || shell::has("chromium-headless-shell") {
        return Ok(());
    }
    shell::apt_install(&["chromium-headless-shell"]).context(
        "the page in a browser needs Chromium, which Debian has as chromium-headless-shell",
    )
}

/// Is there no npm, or no registry that it reaches?
fn offline() -> bool {
    let ping = shell::command("npm").arg("ping").output();
    ping.is_ok_and(|ping| unreachable(&String::from_utf8_lossy(&ping.stderr))) || !shell::has("npm")
}

/// Does npm put its failure down to the network?
fn unreachable(errors: &str) -> bool {
    const CODES: [&str; 8] = [
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ECONNRESET",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "ENOTFOUND",
        "ERR_SOCKET_TIMEOUT",
        "ETIMEDOUT",
    ];
    CODES.iter().any(|code| errors.contains(code))
}

/// A Node that is new enough, with the packages of `clients/` installed.
pub(crate) struct Node {
    program: PathBuf,
}

impl Node {
    pub(crate) fn prepare() -> Result<Self> {
        if !shell::has("npm") {
            shell::apt_install(&["nodejs", "npm"])
                .context("the clients' tests need Node and npm")?;
        }
        let node = Self {
            program: find_node()?,
        };
        node.install_packages()?;
        Ok(node)
    }

    /// A script of `clients/`, to which the caller adds arguments.
    pub(crate) fn script(&self, name: &str) -> Command {
        let mut command = shell::command(&self.program);
        command.arg(shell::root().join("clients").join(name));
        command
    }

    /// Installs what the lock file says, unless that has been done.
    fn install_packages(&self) -> Result<()> {
        let folder = shell::root().join("clients");
        let lock = fs::read(folder.join("package-lock.json"))?;
        // A copy of the lock file, written last, so that an interrupted run starts over.
        let installed = folder.join("node_modules/installed-package-lock.json");
        if fs::read(&installed).is_ok_and(|done| done == lock) {
            return Ok(());
        }
        // npm asks the Node that runs it which packages fit, so it must run under this one.
        let bin = self.program.parent().expect("a program lies in a folder");
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = std::iter::once(bin.to_path_buf()).chain(std::env::split_paths(&path));
        let path = std::env::join_paths(path)?;
        shell::run(
            shell::command("npm")
                .args(["ci", "--no-progress", "--loglevel", "error"])
                .env("PATH", path)
                .current_dir(&folder),
        )
        .context("npm could not install the clients; their tests need the npm registry")?;
        fs::write(&installed, lock)?;
        Ok(())
    }
}

/// The path's Node, or the one that npm carries.
fn find_node() -> Result<PathBuf> {
    let mine = output(shell::command("node").args(["-p", "process.execPath"]));
    if let Ok(path) = mine
        && major(Path::new(&path)).is_some_and(|major| major >= NODE_MAJOR_MIN)
    {
        return Ok(path.into());
    }
    let os = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let arch = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let path = output(shell::command("npm").args([
        "exec",
        "--yes",
        "--loglevel=error",
        &format!("--package=node-{os}-{arch}@{NODE_VERSION}"),
        "--",
        "node",
        "-p",
        "process.execPath",
    ]))
    .with_context(|| {
        format!("the clients need Node {NODE_MAJOR_MIN} or newer, and npm did not bring one")
    })?;
    Ok(path.into())
}

fn major(node: &Path) -> Option<u32> {
    let version = output(shell::command(node).arg("--version")).ok()?;
    version.strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// A Python with the packages of `clients/requirements.txt`.
fn python() -> Result<PathBuf> {
    let folder = shell::cache("clients-python");
    let python = folder.join("bin/python");
    let requirements = shell::root().join("clients/requirements.txt");
    let wanted = fs::read(&requirements)?;
    let installed = folder.join("installed-requirements.txt");
    if fs::read(&installed).is_ok_and(|done| done == wanted) {
        return Ok(python);
    }
    if !shell::succeeds(shell::command("python3").args(["-c", "import ensurepip"])) {
        shell::apt_install(&["python3-venv"]).context("web3.py needs Python with venv")?;
    }
    shell::run(
        shell::command("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    shell::run(
        shell::command(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "-r",
            ])
            .arg(&requirements),
    )
    .context("pip could not install web3.py; its test needs PyPI")?;
    fs::write(&installed, wanted)?;
    Ok(python)
}

/// What a program prints.
fn output(command: &mut Command) -> Result<String> {
    let out = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()?;
    if !out.status.success() {
        bail!("{} failed ({})", shell::describe(command), out.status);
    }
    Ok(String::from_utf8(out.stdout)?.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::unreachable;

    /// A disk was full in CI, and its suites were left out as if there were no registry.
    #[test]
    fn only_the_network_excuses_from_the_suites() {
        assert!(unreachable(
            "npm error code ENOTFOUND\nnpm error syscall getaddrinfo"
        ));
        assert!(!unreachable(
            "npm error code ENOSPC\nnpm error syscall write"
        ));
        assert!(!unreachable(""));
    }
}
