//! The rules of the kernel, one file each, played by small actors in WAT.
//!
//! A file says what the actor does and what the message is like; below a line stands what came
//! of it, down to each charge of gas. `UPDATE_EXPECT=1` writes that part anew. The chain that
//! the actors live on is in `atoll_testkit::world`, what they start with in `rule` beside it.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use atoll_testkit::rule::Rule;
use atoll_testkit::{files, play};
use expect_test::expect_file;
use fvm_shared::version::NetworkVersion;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules")
}

#[test]
fn all_rules_hold() {
    files::check(&folder(), 100);
}

/// Every rule of the newest version, at all others since the syscalls are what they are. Where
/// the receipt is another one, `versions.txt` says how. The example `rules` in `bench/` is there to
/// ask the reference about these versions; it has not been run for them yet.
#[test]
fn all_versions_have_rules() {
    let mut text = String::new();
    let mut played = 0;
    for path in files::files(&folder()) {
        let file = std::fs::read_to_string(&path).expect("it is text");
        let mut rule = Rule::parse(&file).expect("it is a rule");
        if rule.version != NetworkVersion::V28 {
            continue;
        }
        let name = path.strip_prefix(folder()).expect("it was found there");
        let module = rule.module().expect("it assembles");
        let newest = play::run_twice(&rule, &module).expect("it can be applied");
        for version in 21..28 {
            rule.version = NetworkVersion::from(version);
            let receipt = play::run_twice(&rule, &module).expect("it can be applied");
            played += 1;
            if receipt == newest {
                continue;
            }
            writeln!(text, "{} at nv{version}:", name.display()).expect("strings take all");
            for line in receipt
                .lines()
                .filter(|line| !newest.lines().any(|new| new == *line))
            {
                writeln!(text, "    {line}").expect("strings take all");
            }
        }
    }
    assert!(played > 7 * 100, "{played} times a rule was played");
    expect_file!["rules/versions.txt"].assert_eq(&text);
}
