//! The program as its users see it: arguments in, output and exit code out.
//!
//! Tests that need an official bundle take it from `ATOLL_BUNDLE` (v18 mainnet), and say so when
//! they have none.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use atoll::store::{Frozen, Layered};
use atoll::{car, state_diff};

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

/// Looks for lines in what a run prints. Ours come from runs whose results were checked by hand.
#[track_caller]
fn check_lines(output: &Output, lines: &[&str]) {
    let (text, errors) = (out(output), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{errors}");
    for line in lines {
        assert!(
            text.lines().any(|found| found == *line),
            "no line {line:?} in\n{text}"
        );
    }
}

#[test]
fn the_tour_needs_no_bundle() {
    let output = atoll(&["exec", "examples/tour/messages.json", "--trace"]);
    check_lines(
        &output,
        &[
            "1. alice to counter: method 2  alice adds 5",
            "  event     counter: sum=5  0x05",
            "  gas       2,120,666 of 10,000,000,000",
            "  returned  17  0x11",
            "  gas       3,712,798 of 10,000,000,000",
            "    twice twice.wat method 2  exit 16 2,441,464 gas",
            "      counter counter.wat method 2  exit 16 374,518 gas",
        ],
    );
    assert!(
        out(&output)
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("root bafy2bzace"))
    );
}

#[test]
fn solidity_runs_on_the_native_actors() {
    let output = atoll(&["exec", "examples/exec/store.json"]);
    check_lines(
        &output,
        &[
            "  returned  0x000000000000000000000000000000000000000000000000000000000000002a  \
             0x5820000000000000000000000000000000000000000000000000000000000000002a",
            "  exit      33",
        ],
    );
}

#[test]
fn a_state_goes_out_and_comes_in() {
    let folder = scratch("state");
    let path = folder.join("state.car");
    let path = path.to_str().expect("text");
    let first = atoll(&[
        "exec",
        "examples/tour/messages.json",
        "--car-out",
        path,
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
    let same = atoll(&["exec", next_path, "--genesis", path, "--json"]);
    assert_eq!(
        last_line(&same),
        last_line(&first),
        "nothing happened, so the root is the same"
    );

    let read = r#"[{ "from": "f0100", "to": "f01000", "method": 3 }]"#;
    fs::write(&next, read).expect("written");
    let read = atoll(&["exec", next_path, "--genesis", path, "--json"]);
    assert_eq!(
        read.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    assert!(out(&read).contains(r#""return":"11""#), "{}", out(&read));

    // Without what the verified registry keeps, the state still opens; but nobody should be given
    // it.
    const VERIFIED_REGISTRY: u64 = 6;
    let whole = car::read(&fs::read(path).expect("it was written")).expect("an archive");
    let store = Layered::over([Arc::new(Frozen::from_car(whole.clone()))]);
    let actors = state_diff::actors(&store, &whole.roots[0]).expect("a state");
    let lost = actors[&VERIFIED_REGISTRY].head;
    let blocks = whole.blocks.iter().filter(|(cid, _)| *cid != lost);
    let blocks = blocks.map(|(cid, data)| (cid, data.as_slice()));
    let mut holed = Vec::new();
    car::write(&mut holed, &whole.roots, blocks).expect("memory takes it");
    let holed_path = folder.join("holed.car");
    fs::write(&holed_path, &holed).expect("written");
    let holed_path = holed_path.to_str().expect("text");
    let never = folder.join("never.car");
    let arguments = ["exec", next_path, "--genesis", holed_path, "--car-out"];
    let arguments = [&arguments[..], &[never.to_str().expect("text")]].concat();
    check_error(&arguments, "1 blocks are missing");
    assert!(!never.exists(), "a state with a hole was written");

    fs::write(holed_path, &holed[..holed.len() - 5]).expect("written");
    check_error(
        &["exec", next_path, "--genesis", holed_path],
        "the file is cut off",
    );
}

#[test]
fn a_message_that_fails_is_an_error_only_on_request() {
    let file = scratch("fail").join("fails.json");
    let fails = r#"{"accounts": [{"name": "a", "balance": "1 FIL"}],
        "messages": [{"from": "a", "to": "init", "method": 99},
                     {"from": "a", "to": "burnt", "value": "1 attoFIL"}]}"#;
    fs::write(&file, fails).expect("written");
    let file = file.to_str().expect("text");
    let (calm, strict) = (atoll(&["exec", file]), atoll(&["exec", file, "--fail"]));
    assert_eq!(calm.status.code(), Some(0), "{}", out(&calm));
    assert_eq!(strict.status.code(), Some(1), "{}", out(&strict));
    assert_eq!(
        out(&strict),
        out(&calm),
        "all messages are applied either way"
    );
    let good = scratch("fails_not").join("good.json");
    fs::write(&good, r#"{"accounts": [{"name": "a"}]}"#).expect("written");
    let good = atoll(&["exec", good.to_str().expect("text"), "--fail"]);
    assert_eq!(good.status.code(), Some(0), "{}", out(&good));
}

#[test]
fn the_promises_of_a_state_are_checked() {
    let genesis = "vectors/genesis.car.gz";
    let checked = atoll(&["state", "check", genesis, "--json"]);
    let text = out(&checked);
    let errors = String::from_utf8_lossy(&checked.stderr);
    assert_eq!(checked.status.code(), Some(0), "{text}{errors}");
    assert!(text.contains("\"broken\": []"), "{text}");
    check_error(&["state", "check", "README.md"], "README.md");
}

#[test]
fn mistakes_are_explained() {
    let folder = scratch("mistakes");
    let file = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("text").to_owned()
    };
    check_error(
        &["exec", "nowhere.json"],
        "nowhere.json: there is none, seen from",
    );
    check_error(&["exec", "examples"], "examples: it is a folder");
    check_error(
        &["exec", &file("z.json", r#"{"network_version": 17}"#)],
        "at network version 18 and later",
    );
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
    let folder = scratch("unbundled");
    fs::copy(
        repo("vectors/genesis.car.gz"),
        folder.join("genesis.car.gz"),
    )
    .expect("copied");
    let text = fs::read_to_string(repo("vectors/core/reads.json")).expect("there");
    let (from, to) = (r#""actors":"v18-mainnet""#, r#""actors":"v17-mainnet""#);
    assert!(text.contains(from), "the scenario says its actors");
    let path = folder.join("reads.json");
    fs::write(&path, text.replacen(from, to, 1)).expect("written");
    let output = atoll(&["vectors", path.to_str().expect("text")]);
    assert_eq!(output.status.code(), Some(0));
    let text = out(&output);
    assert!(text.contains("no --bundle holds the actors"), "{text}");
    assert!(text.ends_with("0 passed, 0 failed, 1 skipped\n"), "{text}");
}

/// The recorded scenarios on the native actors. What is skipped is among those whose outcome
/// depends on the official metering (`vectors/README.md`); some of them agree all the same.
#[test]
fn the_recorded_scenarios_pass_natively() {
    const METERED: [&str; 17] = [
        "call_gas_child_out_of_gas",
        "depth_downDel",
        "depth_downWrite",
        "depth_pingpong",
        "env_gas_opcode",
        "env_implicit",
        "fp_call_actor_call_kinds",
        "fp_get_randomness",
        "gas_code_sizes",
        "gas_per_opcode_loops_0",
        "gas_per_opcode_loops_1",
        "implicit_rules",
        "oog_ladder_exact",
        "oog_ladder_transfer",
        "oog_nested",
        "promotion_failing_message",
        "storage_in_failed_calls",
    ];
    let output = atoll(&["vectors", "vectors/fevm", "vectors/core", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let text = out(&output);
    let lines: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    for line in lines.iter().filter(|line| line["result"] == "skipped") {
        let name = line["name"].as_str().expect("a name");
        assert!(METERED.contains(&name), "{line}");
    }
    let counts = lines.last().expect("the counts come last");
    assert_eq!(counts["failed"], 0);
    let passed = counts["passed"].as_u64().expect("a number");
    let skipped = counts["skipped"].as_u64().expect("a number");
    assert_eq!(passed + skipped, 171);
}

/// How near our gas comes to the recorded gas: the figures of `evm/gas.rs` are fitted to it.
#[test]
fn native_gas_is_near_the_official() {
    let output = atoll(&[
        "vectors",
        "vectors/fevm",
        "vectors/core",
        "--gas-report",
        "--json",
    ]);
    let text = out(&output);
    let last = text.lines().last().expect("a summary");
    let summary: serde_json::Value = serde_json::from_str(last).expect("an object");
    let ratio = |name: &str| summary[name].as_f64().expect("a ratio");
    assert!((0.97..=1.03).contains(&ratio("median")), "{summary}");
    // Measured are 0.865 and 1.143.
    assert!(ratio("p5") >= 0.85 && ratio("p95") <= 1.15, "{summary}");
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
    for (from, to, words) in [
        (
            r#""exit_code":0"#,
            r#""exit_code":5"#,
            "exit code: expected 5, got 0",
        ),
        (
            r#""gas_used":743463"#,
            r#""gas_used":743464"#,
            "gas used: expected 743464, got 743463",
        ),
        (
            r#""refund":"900000000000""#,
            r#""refund":"9""#,
            "refund: expected 9, got 900000000000",
        ),
        (
            r#""return":"""#,
            r#""return":"00""#,
            "return: expected 0x00, got 0x",
        ),
        (
            r#""balance":"4"#,
            r#""balance":"5"#,
            "actor f099 balance: expected 5",
        ),
    ] {
        check(from, to, words);
    }
    let right = "bafy2bzaceb5utxlhdn4g3rtbj7oqumpxamvgldew6nospn2cr3jnngspvz5qy";
    let other = "bafy2bzaceaiyoqhk2lus5rjawu4qdwzpwsk66xfzxul2fjmdacqhon7kr5aou";
    check(
        right,
        other,
        &format!("state root: expected {other}, got {right}"),
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
    check_lines(
        &output,
        &[
            "  gas       12,760,865 of 10,000,000,000",
            "  gas       4,390,425 of 10,000,000,000",
            "  gas       2,357,132 of 10,000,000,000",
            "  gas       2,250,579 of 10,000,000,000",
            "root bafy2bzacebyrwqylm3yuy62fubat37tzontihx4gvxlnagkg54pothptxnefi",
        ],
    );
}

/// A bundle of other actors than the network version in force is told, not run.
#[test]
fn a_bundle_of_another_version_is_refused() {
    let Some(bundle) = bundle("ATOLL_BUNDLE_V10") else {
        return;
    };
    let file = scratch("other_bundle").join("messages.json");
    fs::write(&file, r#"{"network_version": 28}"#).expect("written");
    let file = file.to_str().expect("text");
    check_error(
        &["exec", file, "--bundle", &bundle],
        "serves network version 18, and the file of messages says 28",
    );
}

/// The vectors of network version 17, on the official actors v9.
#[test]
fn every_corpus_vector_of_version_17_passes() {
    check_corpus("ATOLL_BUNDLE_V9");
}

/// The vectors of network version 18, on the official actors v10.
#[test]
fn every_corpus_vector_of_version_18_passes() {
    check_corpus("ATOLL_BUNDLE_V10");
}

/// The vectors that find their bundle. Of each network version one needs a proof that fails.
#[track_caller]
fn check_corpus(variable: &str) {
    let Some(bundle) = bundle(variable) else {
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

/// A Solidity contract from the command line, without a bundle: `vectors/contracts/Target.sol`.
#[test]
fn a_contract_is_deployed_and_called_by_signature() {
    let output = atoll(&[
        "exec",
        "--deploy",
        "examples/exec/store.hex",
        "--call",
        "setOne(uint256,uint256)",
        "7",
        "42",
        "get(uint256)(uint256)",
        "7",
        "--trace",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", out(&output));
    let text = out(&output);
    for words in [
        "deploy examples/exec/store.hex",
        "setOne(7, 42)",
        "  result    42\n",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    check_error(
        &[
            "exec",
            "--deploy",
            "examples/exec/store.hex",
            "--call",
            "get(uint256)",
        ],
        "takes 1 arguments, and 0 are left",
    );
    check_error(&["exec", "--deploy", "Cargo.toml"], "it is not hex");
}
