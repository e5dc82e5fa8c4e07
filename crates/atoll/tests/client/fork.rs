//! A node that goes on from another's chain.

use std::{env, fs};

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

/// With `ATOLL_BUNDLE`, a bundle of the official actors.
#[test]
fn a_fork_of_the_official_actors_runs_them() {
    let Some(bundle) = env::var_os("ATOLL_BUNDLE") else {
        println!("skipped: ATOLL_BUNDLE names no bundle");
        return;
    };
    // The compiled actors are in it too.
    const CACHE: &str = "fork-official-cache";
    let _ = fs::remove_dir_all(scratch(CACHE).join("fork"));
    let bundle = bundle.to_str().expect("a path of text");
    let first = Node::start_with(CACHE, &["--actors", bundle]);
    let jar = first.deploy_jar();
    first.good(&["send", &jar, "tip()", "--value", "500"]);
    let second = first.json(&["deploy", JAR, "for cake", "1", "--contract", "Jar"]);
    let second = second["created"]["ethereum"].as_str().expect("an address");

    let fork = Node::start_with(CACHE, &["--fork", &first.url]);
    let total = |node: &Node| node.good(&["call", &jar, "total", "--abi", JAR]);
    let label = fork.good(&["call", &jar, "label()(string)"]);
    assert_eq!(label, "\"for tea\"\n");
    // From the same state, the same actors use the same gas, and their own.
    let tip = ["send", &jar, "tip()", "--value", "200", "--from", "3"];
    let (there, here) = (first.json(&tip), fork.json(&tip));
    assert_eq!(there["gas_used"], here["gas_used"], "{there} {here}");
    let native = Node::start(&[]);
    let native_jar = native.deploy_jar();
    native.good(&["send", &native_jar, "tip()", "--value", "500"]);
    let native = native.json(&[
        "send",
        &native_jar,
        "tip()",
        "--value",
        "200",
        "--from",
        "3",
    ]);
    assert_ne!(
        native["gas_used"], here["gas_used"],
        "these are native actors"
    );
    assert_eq!(total(&fork), "700\n");

    // What was fetched serves on when the first node is gone; what was not is told as such.
    drop(first);
    fork.good(&["send", &jar, "tip()", "--value", "100", "--from", "3"]);
    assert_eq!(total(&fork), "800\n");
    let lost = fork.run(&["call", second, "label()(string)"]);
    let words = both(&lost);
    assert!(words.contains("that this chain forks"), "{words}");
    assert_eq!(total(&fork), "800\n");
}
