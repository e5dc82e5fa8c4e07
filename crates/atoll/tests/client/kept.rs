//! Chains in folders and files: written, read back, replayed and pruned.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::node::{JAR, Node, both, scratch};

/// A chain of a few messages of every kind in a folder; returns the contract on it.
fn make(folder: &Path) -> String {
    let _ = fs::remove_dir_all(folder);
    let node = Node::start(&["--data", text(folder)]);
    let jar = node.deploy_jar();
    for value in ["100", "200", "300"] {
        node.good(&["send", &jar, "tip()", "--value", value]);
    }
    node.good(&["send", "f099", "--value", "1 FIL", "--from", "1"]);
    node.run(&[
        "send",
        &jar,
        "tip()",
        "--value",
        "1",
        "--gas-limit",
        "100000000",
    ]);
    node.stop();
    jar
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of text")
}

fn chain(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_atoll"))
        .arg("chain")
        .args(arguments)
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts")
}

#[test]
fn a_chain_moves_by_file_and_comes_out_the_same() {
    let (folder, file) = (scratch("kept-chain"), scratch("kept-chain.car"));
    let (copy, again) = (scratch("kept-copy"), scratch("kept-again.car"));
    let jar = make(&folder);
    let replayed = chain(&["replay", "--data", text(&folder)]);
    assert!(
        both(&replayed).contains("7 of 7 tipsets"),
        "{}",
        both(&replayed)
    );
    for threads in ["1", "4"] {
        let replayed = chain(&[
            "replay",
            "--data",
            text(&folder),
            "--threads",
            threads,
            "--json",
        ]);
        let shown = both(&replayed);
        assert!(
            shown.contains("\"differing\":[]") && shown.contains("\"messages\":6"),
            "{shown}"
        );
    }
    let exported = chain(&["export", text(&file), "--data", text(&folder)]);
    assert!(exported.status.success(), "{}", both(&exported));

    let _ = fs::remove_dir_all(&copy);
    let imported = chain(&["import", text(&file), "--data", text(&copy)]);
    assert!(imported.status.success(), "{}", both(&imported));
    let twice = chain(&["import", text(&file), "--data", text(&copy)]);
    assert!(
        both(&twice).contains("has a chain already"),
        "{}",
        both(&twice)
    );
    let exported = chain(&["export", text(&again), "--data", text(&copy)]);
    assert!(exported.status.success(), "{}", both(&exported));
    assert_eq!(
        fs::read(&file).expect("a file"),
        fs::read(&again).expect("a file")
    );

    // The copy is a chain as any: it answers, and goes on.
    let node = Node::start(&["--data", text(&copy)]);
    assert_eq!(node.good(&["call", &jar, "total", "--abi", JAR]), "600\n");
    assert_eq!(
        node.good(&["call", &jar, "total", "--abi", JAR, "--epoch", "2"]),
        "100\n"
    );
    node.good(&["send", &jar, "tip()", "--value", "400"]);
    node.stop();

    // Old states go, the newest stays.
    let pruned = chain(&["prune", "--data", text(&copy), "--keep", "1"]);
    assert!(pruned.status.success(), "{}", both(&pruned));
    assert!(!both(&pruned).starts_with("0 "), "{}", both(&pruned));
    let node = Node::start(&["--data", text(&copy)]);
    assert_eq!(node.good(&["call", &jar, "total", "--abi", JAR]), "1000\n");
    let old = node.run(&["call", &jar, "total", "--abi", JAR, "--epoch", "2"]);
    assert!(!old.status.success(), "{}", both(&old));
    node.good(&["send", &jar, "tip()", "--value", "100"]);
    node.good(&["trace", "latest"]);
    assert_eq!(node.good(&["call", &jar, "total", "--abi", JAR]), "1100\n");
}

#[test]
fn a_state_file_is_written_at_the_end_and_gone_on_with() {
    let file = scratch("kept-state.car");
    let _ = fs::remove_file(&file);
    let node = Node::start(&["--state", text(&file)]);
    let jar = node.deploy_jar();
    node.good(&["send", &jar, "tip()", "--value", "100"]);
    node.stop();
    let node = Node::start(&["--state", text(&file)]);
    assert_eq!(node.good(&["call", &jar, "total", "--abi", JAR]), "100\n");
    node.good(&["send", &jar, "tip()", "--value", "150"]);
    node.stop();
    let replayed = chain(&["replay", "--state", text(&file)]);
    assert!(
        both(&replayed).contains("4 of 4 tipsets"),
        "{}",
        both(&replayed)
    );

    // A file that is not one is refused whole.
    let bytes = fs::read(&file).expect("a file");
    fs::write(&file, &bytes[..bytes.len() - 1]).expect("a file");
    let damaged = chain(&["replay", "--state", text(&file)]);
    assert_eq!(damaged.status.code(), Some(2));
    assert!(both(&damaged).contains("cut off"), "{}", both(&damaged));
}

#[test]
fn a_folder_remembers_its_policy() {
    let folder = scratch("kept-policy");
    let _ = fs::remove_dir_all(&folder);
    Node::start(&["--data", text(&folder), "--policy", "mainnet"]).stop();
    Node::start(&["--data", text(&folder)]).stop();
    let other = Command::new(env!("CARGO_BIN_EXE_atoll"))
        .args([
            "node",
            "--port",
            "0",
            "--policy",
            "dev",
            "--data",
            text(&folder),
        ])
        .output()
        .expect("the program starts");
    assert_eq!(other.status.code(), Some(2));
    let words = both(&other);
    assert!(words.contains("goes by the policy mainnet"), "{words}");
    let replayed = chain(&["replay", "--data", text(&folder)]);
    assert!(replayed.status.success(), "{}", both(&replayed));
}
