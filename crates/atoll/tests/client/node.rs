//! A node of the test's own, and commands against it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// A path in the repository.
pub(crate) fn repo(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

/// The contract of the README.
pub(crate) const JAR: &str = "examples/contract/Jar.json";

/// A node that ends with the test.
pub(crate) struct Node {
    child: Child,
    pub(crate) url: String,
    log: Arc<Mutex<String>>,
}

impl Node {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with("node-cache", arguments)
    }

    /// With a cache of this name.
    pub(crate) fn start_with(cache: &str, arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_atoll"))
            .args(["node", "--port", "0"])
            .args(arguments)
            .env("NO_COLOR", "1")
            .env("ATOLL_CACHE", scratch(cache))
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let url = lines
            .find_map(|line| {
                let line = line.expect("text");
                let urls = line.strip_prefix("Ethereum")?;
                urls.split_whitespace().next().map(str::to_owned)
            })
            .expect("the node tells its address");
        // Its log must go somewhere, or it would wait for a reader.
        let log = Arc::<Mutex<String>>::default();
        let kept = log.clone();
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                kept.lock().expect("nobody panics").push_str(&(line + "\n"));
            }
        });
        Self { child, url, log }
    }

    /// What it has said since it told its address.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("nobody panics").clone()
    }

    /// Waits until its log has these words.
    #[track_caller]
    pub(crate) fn says(&self, words: &str) {
        let begun = Instant::now();
        loop {
            let log = self.log();
            if log.contains(words) {
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "{words}: {log}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Runs a command against it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_atoll"))
            .current_dir(repo(""))
            .args(arguments)
            .env("NO_COLOR", "1")
            .env("ATOLL_URL", &self.url)
            .env("ATOLL_WALLET", wallet())
            .output()
            .expect("the program starts")
    }

    /// The same, for a command that must succeed.
    #[track_caller]
    pub(crate) fn good(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", both(&output));
        String::from_utf8(output.stdout).expect("text")
    }

    /// The same, for what it says as JSON.
    #[track_caller]
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let text = self.good(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).expect("JSON")
    }
}

impl Node {
    /// Ends it as Ctrl-C does, and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        let pid = rustix::process::Pid::from_raw(pid).expect("not zero");
        rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it runs");
        assert!(self.child.wait().expect("it ends").success());
    }
}

impl Node {
    /// Deploys the contract of the README; returns its address.
    #[track_caller]
    pub(crate) fn deploy_jar(&self) -> String {
        let deployed = self.json(&["deploy", JAR, "for tea", "100", "--contract", "Jar"]);
        let jar = deployed["created"]["ethereum"].as_str();
        jar.expect("an address").to_owned()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn wallet() -> PathBuf {
    scratch("client-wallet.json")
}

pub(crate) fn both(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// A path of the tests' own.
pub(crate) fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}
