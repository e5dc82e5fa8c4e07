//! A node that goes on from another's chain.

use std::fs;

use crate::node::{JAR, Node, both, scratch};

/// Blocks that were fetched.
const CACHE: &str = "fork-cache";

#[test]
fn a_fork_has_the_others_state_and_goes_its_own_way() {
    let _ = fs::remove_dir_all(scratch(CACHE));
    let first = Node::start(&["--chain-id", "4242"]);
    let jar = first.deploy_jar();
    first.good(&["send", &jar, "tip()", "--value", "500"]);
    let epoch = first.json(&["chain", "head"])["number"].clone();

    let fork = Node::start_with(CACHE, &["--fork", &first.url]);
    let total = |node: &Node| node.good(&["call", &jar, "total", "--abi", JAR]);
    assert_eq!(
        fork.good(&["call", &jar, "label()(string)"]),
        "\"for tea\"\n"
    );
    assert_eq!(total(&fork), "500\n");
    assert_eq!(fork.json(&["chain", "head"])["number"], epoch);
    fork.good(&["send", &jar, "tip()", "--value", "200", "--from", "3"]);
    assert_eq!(total(&fork), "700\n");
    assert_eq!(total(&first), "500\n");

    // An earlier epoch, before the tip.
    let earlier = Node::start_with(CACHE, &["--fork", &first.url, "--fork-epoch", "1"]);
    assert_eq!(total(&earlier), "0\n");

    // What was fetched serves on without the first node; what was not is told as such, and the
    // fork lives.
    let second = first.json(&["deploy", JAR, "for cake", "1", "--contract", "Jar"]);
    let second = second["created"]["ethereum"]
        .as_str()
        .expect("an address")
        .to_owned();
    let _ = fs::remove_dir_all(scratch(CACHE));
    let late = Node::start_with(CACHE, &["--fork", &first.url]);
    assert_eq!(total(&late), "500\n");
    late.good(&["send", &jar, "tip()", "--value", "100"]);
    drop(first);
    assert_eq!(total(&late), "600\n");
    late.good(&["send", &jar, "tip()", "--value", "100"]);
    let lost = late.run(&["call", &second, "label()(string)"]);
    assert!(
        both(&lost).contains("that this chain forks"),
        "{}",
        both(&lost)
    );
    assert_eq!(total(&late), "700\n");
}

#[test]
fn a_fork_of_nobody_says_so() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_atoll"))
        .args(["node", "--port", "0", "--fork", "http://127.0.0.1:9"])
        .env("NO_COLOR", "1")
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        both(&output).contains("forking the chain of http://127.0.0.1:9"),
        "{}",
        both(&output)
    );
}
