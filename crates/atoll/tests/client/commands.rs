//! Commands against a live node; the README's first steps among them.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::node::{JAR, Node, both, repo, scratch, wallet};

/// Splits a line as a shell does, as far as the README needs it.
fn words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '#' if !quoted && word.is_none() => break,
            c if c.is_whitespace() && !quoted => all.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    all.extend(word);
    all
}

/// Every command of the README's first steps, with the lines that it shows of the answer.
#[test]
fn a_newcomer_gets_from_the_readme_to_a_traced_contract() {
    let readme = fs::read_to_string(repo("README.md")).expect("a README");
    let steps = readme
        .split_once("## From nothing to a traced contract")
        .and_then(|(_, rest)| rest.split_once("```console\n"))
        .and_then(|(_, rest)| rest.split_once("```"))
        .expect("its first steps")
        .0;
    let mut commands: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for line in steps.lines() {
        match line.strip_prefix("$ ") {
            Some(command) => commands.push((words(command), Vec::new())),
            None => commands.last_mut().expect("a command first").1.push(line),
        }
    }
    assert!(commands.len() > 8, "{commands:?}");
    assert_eq!(commands.remove(0).0[..2], ["cargo", "install"]);
    assert_eq!(commands.remove(0).0, ["atoll", "node"]);
    let node = Node::start(&[]);
    for (command, expected) in commands {
        assert_eq!(command[0], "atoll");
        let arguments: Vec<&str> = command[1..].iter().map(String::as_str).collect();
        let output = both(&node.run(&arguments));
        // What is printed may have more between two words.
        let squeezed: Vec<&str> = output.split_whitespace().collect();
        let squeezed = squeezed.join(" ");
        assert!(
            !squeezed.starts_with("error:") || !expected.is_empty(),
            "{output}"
        );
        for line in expected {
            let line: Vec<&str> = line.split_whitespace().collect();
            assert!(squeezed.contains(&line.join(" ")), "{line:?} in\n{output}");
        }
    }
}

#[test]
fn a_trace_has_everything() {
    let node = Node::start(&[]);
    let deployed = node.json(&["deploy", JAR, "for tea", "100", "--contract", "Jar"]);
    let jar = deployed["created"]["ethereum"]
        .as_str()
        .expect("an address");
    let sent = node.json(&["send", jar, "tip()", "--value", "300", "--from", "1"]);
    assert_eq!(sent["exit_code"], 0);
    let hash = sent["hash"].as_str().expect("a hash");

    let flame = scratch("flame.svg");
    let flame = flame.to_str().expect("a path of text");
    let shown = node.good(&["trace", hash, "--abi", JAR, "--gas", "--flame", flame]);
    for part in [
        "(dev 1)",
        "evm InvokeEVM(3844450837) with 300 attoFIL",
        "tip()",
        "note(0x70997970c51812dc3a010c7d01b50e0d17dc79c8, 300)",
        "event Tipped(0x70997970c51812dc3a010c7d01b50e0d17dc79c8, 300)",
        "OnChainMessage",
    ] {
        assert!(shown.contains(part), "{part} in\n{shown}");
    }
    let drawn = fs::read_to_string(flame).expect("a picture");
    assert!(drawn.contains("evm tip"), "{drawn}");

    let told = node.json(&["trace", hash]);
    let calls = &told["calls"][0];
    assert_eq!(calls["calls"].as_array().map(Vec::len), Some(2), "{calls}");
    // The frames' gas and the receipt's are the same to the unit, but for rounding up each charge.
    let (used, charged) = (told["gas_used"].as_u64(), calls["milligas"].as_u64());
    let (used, charged) = (used.expect("gas"), charged.expect("gas") / 1000);
    assert!(
        charged >= used && charged - used < used / 100,
        "{used} {charged}"
    );

    // What reverts is told with its reason, and the command ends with 1.
    let failed = node.run(&[
        "send",
        jar,
        "tip()",
        "--value",
        "3",
        "--gas-limit",
        "100000000",
        "--abi",
        JAR,
    ]);
    assert_eq!(failed.status.code(), Some(1), "{}", both(&failed));
    assert!(
        both(&failed).contains("TooLittle(3, 100)"),
        "{}",
        both(&failed)
    );
    let shown = node.good(&["trace", "latest", "--abi", JAR]);
    assert!(shown.contains("TooLittle(3, 100)"), "{shown}");
    assert!(!shown.contains("event"), "{shown}");
}

#[test]
fn both_accounts_of_a_key_send() {
    let node = Node::start(&[]);
    let filecoin = node.json(&["addr", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"]);
    assert_eq!(filecoin["actor"], "placeholder", "{filecoin}");
    // An address that nobody has used yet: only a Filecoin message can reach it.
    let fresh = "f1d2xrzcslx7xlbbylc5c3d5lvandqw4iwl6epxba";
    let sent = node.json(&["send", fresh, "--value", "2 FIL"]);
    assert_eq!(
        (&sent["exit_code"], &sent["hash"]),
        (&0.into(), &Value::Null),
        "{sent}"
    );
    let there = node.json(&["addr", fresh]);
    assert_eq!(there["balance"], "2000000000000000000", "{there}");
    assert_eq!(there["robust"], fresh, "{there}");
    let id = there["id"].as_str().expect("an id");
    let same = node.json(&["addr", id]);
    assert_eq!(same["robust"], fresh, "{same}");
    // By id it has a 0x address, and an Ethereum transaction will do.
    let sent = node.json(&["send", id, "--value", "1 FIL", "--from", "2"]);
    assert!(sent["hash"].is_string(), "{sent}");
    assert_eq!(node.json(&["addr", id])["balance"], "3000000000000000000");
}

#[test]
fn methods_of_built_in_actors_go_by_name() {
    let node = Node::start(&[]);
    let named = node.good(&["call", "f02", "--method", "ThisEpochReward"]);
    assert_eq!(named, node.good(&["call", "f02", "--method", "3"]));
    let unknown = node.run(&["call", "f02", "--method", "Soup"]);
    assert!(
        both(&unknown).contains("ThisEpochReward"),
        "{}",
        both(&unknown)
    );
    let state = node.good(&["state", "f01"]);
    assert!(state.contains("network_name: \"atoll\""), "{state}");
    let nobody = node.run(&["state", "f0123456"]);
    assert!(
        both(&nobody).contains("there is no actor"),
        "{}",
        both(&nobody)
    );
}

#[test]
fn a_key_in_the_wallet_signs() {
    let node = Node::start(&[]);
    let _ = fs::remove_file(wallet());
    let alice = node.json(&["wallet", "new", "alice"]);
    let bob = node.json(&["wallet", "new", "bob", "--kind", "bls"]);
    assert!(bob["filecoin"].as_str().expect("f3").starts_with("f3"));
    let again = node.run(&["wallet", "new", "alice"]);
    assert!(both(&again).contains("is taken"), "{}", both(&again));
    for account in [&alice["ethereum"], &bob["filecoin"]] {
        let account = account.as_str().expect("an address");
        node.good(&["send", account, "--value", "5 FIL"]);
        node.good(&["send", "f099", "--value", "1 FIL", "--from", account]);
    }
    node.good(&["send", "f099", "--value", "1 FIL", "--from", "bob"]);
    let secret = node.good(&["wallet", "export", "alice"]);
    node.good(&["wallet", "remove", "alice"]);
    let gone = node.run(&["send", "f099", "--from", "alice"]);
    assert!(
        both(&gone).contains("no name in the wallet"),
        "{}",
        both(&gone)
    );
    let back = node.json(&["wallet", "import", "alice", secret.trim()]);
    assert_eq!(back, alice);
}

#[test]
fn without_a_node_the_error_says_what_to_do() {
    // A port that nobody listens on: the discard service of another age.
    let output = Command::new(env!("CARGO_BIN_EXE_atoll"))
        .args(["chain", "head", "--url", "http://127.0.0.1:9"])
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(both(&output).contains("atoll node"), "{}", both(&output));
}
