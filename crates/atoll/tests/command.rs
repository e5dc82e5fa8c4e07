//! The program as its users see it: arguments in, output and exit code out.
//!
//! Tests that need an official bundle take it from `ATOLL_BUNDLE` (v18 mainnet), and say so when
//! they have none.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use expect_test::{Expect, expect};

/// A path in the repository.
fn repo(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}

fn atoll(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atoll"));
    command
        .current_dir(repo(""))
        .args(arguments)
        .env("NO_COLOR", "1");
    command.output().expect("the program starts")
}

#[track_caller]
fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

#[track_caller]
fn check_error(arguments: &[&str], words: &str) {
    let output = atoll(arguments);
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(words), "{error}");
}

/// A folder of this test's own.
fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// The bundle of a variable, or a word about its absence.
fn bundle(variable: &str) -> Option<String> {
    let bundle = env::var(variable).ok();
    if bundle.is_none() {
        eprintln!("SKIPPED: set {variable} to run this test");
    }
    bundle
}

#[test]
fn the_tour_needs_no_bundle() {
    let output = atoll(&["exec", "examples/exec/counter.json", "--trace"]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    expect![[""]].assert_eq(&out(&output));
}

#[test]
fn a_state_goes_out_and_comes_in() {
    let folder = scratch("state");
    let car = folder.join("state.car");
    let car = car.to_str().expect("text");
    let first = atoll(&[
        "exec",
        "examples/exec/counter.json",
        "--car-out",
        car,
        "--json",
    ]);
    assert_eq!(
        first.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&first.stderr)
    );
    let last_line = |output: &Output| out(output).lines().last().unwrap_or_default().to_owned();

    let next = folder.join("next.json");
    fs::write(&next, "[]").expect("written");
    let next_path = next.to_str().expect("text");
    let same = atoll(&["exec", next_path, "--genesis", car, "--json"]);
    assert_eq!(
        last_line(&same),
        last_line(&first),
        "nothing happened, so the root is the same"
    );

    let read = r#"{ "accounts": [{ "name": "alice" }],
                    "messages": [{ "from": "alice", "to": "f01000", "method": 3 }] }"#;
    fs::write(&next, read).expect("written");
    let read = atoll(&["exec", next_path, "--genesis", car, "--json"]);
    assert_eq!(
        read.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    assert!(
        out(&read).contains(r#""return":"1b000000000000000c""#),
        "{}",
        out(&read)
    );
}

#[test]
fn mistakes_are_explained() {
    let folder = scratch("mistakes");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    check_error(&["exec", "nowhere.json"], "nowhere.json");
    check_error(&["exec", &file("a.json", "{")], "not JSON");
    check_error(&["exec", &file("b.json", r#"{"mesages": []}"#)], "mesages");
    let stranger = r#"[{"from": "nobody", "to": "f01"}]"#;
    check_error(
        &["exec", &file("c.json", stranger)],
        "neither a name in the file nor an address",
    );
    check_error(
        &["exec", &file("d.json", "[]"), "--bundle", "Cargo.toml"],
        "not a bundle",
    );
    check_error(
        &["exec", &file("e.json", "[]"), "--genesis", "Cargo.toml"],
        "CARv1",
    );
    let no_code = r#"{"actors": [{"name": "x", "id": 1000, "code": "x.wat"}]}"#;
    check_error(&["exec", &file("f.json", no_code)], "x.wat");
    fs::write(folder.join("x.wat"), "(module (nonsense))").expect("written");
    check_error(&["exec", &file("f.json", no_code)], "nonsense");
    let taken = r#"{"accounts": [{"name": "a"}],
                    "actors": [{"name": "x", "id": 100, "code": "y.wat"}]}"#;
    fs::write(folder.join("y.wat"), "(module)").expect("written");
    check_error(&["exec", &file("g.json", taken)], "f0100 already");
    check_error(&["bundle", "inspect", "nowhere.car"], "nowhere.car");
    check_error(&["vectors", "nowhere"], "nowhere");
    check_error(
        &["vectors", &file("h.json", "{}"), "--threads", "0"],
        "--threads",
    );
    check_error(&["vectors"], "PATH");
}

#[test]
fn a_file_that_is_no_vector_fails_if_it_was_named() {
    let path = repo("vectors/genesis.json");
    let output = atoll(&["vectors", path.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        out(&output).ends_with("0 passed, 1 failed, 0 skipped\n"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_vector_without_its_bundle_is_skipped_and_says_why() {
    let output = atoll(&["vectors", "vectors/core/reads.json"]);
    assert_eq!(output.status.code(), Some(0));
    let text = out(&output);
    assert!(text.contains("no --bundle holds the actors"), "{text}");
    assert!(text.ends_with("0 passed, 0 failed, 1 skipped\n"), "{text}");
}

/// The recorded scenarios, every field, on the official actors.
#[test]
fn every_recorded_scenario_passes() {
    let Some(bundle) = bundle("ATOLL_BUNDLE") else {
        return;
    };
    let output = atoll(&[
        "vectors",
        "vectors/fevm",
        "vectors/core",
        "--bundle",
        &bundle,
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(
        out(&output).ends_with("171 passed, 0 failed, 0 skipped\n"),
        "{}",
        out(&output)
    );
}

#[test]
fn a_wrong_expectation_is_found_and_located() {
    let Some(bundle) = bundle("ATOLL_BUNDLE") else {
        return;
    };
    let folder = scratch("wrong");
    fs::copy(
        repo("vectors/genesis.car.gz"),
        folder.join("genesis.car.gz"),
    )
    .expect("copied");
    let text = fs::read_to_string(repo("vectors/core/send_self.json")).expect("there");
    let mut count = 0;
    let mut check = |from: &str, to: &str, words: &str| {
        assert!(text.contains(from), "{from}");
        count += 1;
        let path = folder.join(format!("{count}.json"));
        fs::write(&path, text.replacen(from, to, 1)).expect("written");
        let output = atoll(&["vectors", path.to_str().expect("text"), "--bundle", &bundle]);
        assert_eq!(output.status.code(), Some(1), "{}", out(&output));
        assert!(out(&output).contains(words), "{}", out(&output));
    };
    let field = |name: &str| {
        let start = text
            .find(&format!("\"{name}\""))
            .expect("the field is there");
        let end = start + text[start..].find([',', '}']).expect("it ends");
        text[start..end].trim_end().to_owned()
    };
    for (name, words) in [
        ("exit_code", "exit code: expected"),
        ("gas_used", "gas used: expected"),
        ("miner_tip", "miner tip: expected"),
        ("refund", "refund: expected"),
    ] {
        let right = field(name);
        let quote = if right.ends_with('"') { "\"" } else { "" };
        let wrong = format!("{}1{quote}", right.trim_end_matches('"'));
        check(&right, &wrong, words);
    }
    let root = field("state_root");
    check(
        &root,
        r#""state_root": "bafy2bzaceaiyoqhk2lus5rjawu4qdwzpwsk66xfzxul2fjmdacqhon7kr5aou""#,
        "state root: expected",
    );
}

#[test]
fn the_report_does_not_depend_on_the_number_of_threads() {
    let Some(bundle) = bundle("ATOLL_BUNDLE") else {
        return;
    };
    let run = |threads| {
        let arguments = [
            "vectors",
            "vectors/core",
            "vectors/actors",
            "--json",
            "--bundle",
            &bundle,
        ];
        out(&atoll(&[&arguments[..], &["--threads", threads]].concat()))
    };
    assert_eq!(run("1"), run("3"));
}

#[test]
fn solidity_runs_on_the_official_actors() {
    let Some(bundle) = bundle("ATOLL_BUNDLE") else {
        return;
    };
    let output = atoll(&["exec", "examples/exec/store.json", "--bundle", &bundle]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    check_text(&out(&output), expect![[""]]);
}

#[track_caller]
fn check_text(text: &str, expected: Expect) {
    expected.assert_eq(text);
}

/// The vectors of network version 18, on the official actors v10.
#[test]
fn every_corpus_vector_of_version_18_passes() {
    let Some(bundle) = bundle("ATOLL_BUNDLE_V10") else {
        return;
    };
    let Some(corpus) = self::bundle("ATOLL_CORPUS") else {
        return;
    };
    let output = atoll(&["vectors", &corpus, "--bundle", &bundle]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    assert!(
        out(&output).contains("188 passed, 0 failed"),
        "{}",
        out(&output)
    );
}
