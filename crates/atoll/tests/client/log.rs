//! What a node says of the transactions that it mines.

use crate::node::{JAR, Node, both};

/// What a transfer of Ethereum would be sent with, and a call of a contract.
const ETHEREUM_LIMITS: [&str; 2] = ["21000", "2200000"];

#[test]
fn a_gas_limit_in_ethereums_unit_is_told_as_such() {
    let node = Node::start(&[]);
    let jar = node.deploy_jar();
    let tip = |limit| {
        node.run(&[
            "send",
            &jar,
            "tip()",
            "--value",
            "250",
            "--gas-limit",
            limit,
        ])
    };
    let [refused, mined] = ETHEREUM_LIMITS.map(tip);
    let words = both(&refused);
    assert!(
        words.contains("unit of gas is finer than Ethereum's"),
        "{words}"
    );
    assert!(!mined.status.success(), "{}", both(&mined));
    node.says("exit 7");
    node.says("looks like one of Ethereum's");
    // Whoever lets the node estimate hears nothing of it.
    let other = Node::start(&[]);
    let jar = other.deploy_jar();
    other.good(&["send", &jar, "tip()", "--value", "250"]);
    other.says(" 0x");
    let label = other.good(&["call", &jar, "total", "--abi", JAR]);
    assert_eq!(label, "250\n");
    assert!(!other.log().contains("looks like"), "{}", other.log());
}
