//! The list of methods in the docs is the table's.

use std::fmt::Write;

use atoll_rpc::{Namespace, table};
use expect_test::expect_file;

#[test]
fn methods_are_listed() {
    let mut text = String::from(
        "# Methods\n\nGenerated from the table (`UPDATE_EXPECT=1 cargo test -p atoll-rpc --test rpc docs`). A parameter in\nbrackets may be left out. As in Lotus, Ethereum's methods have a second name: `Filecoin.EthGetBalance` is\n`eth_getBalance`, `Filecoin.EthTraceBlock` is `trace_block`, `Filecoin.NetVersion` is `net_version`.\n",
    );
    for (namespace, title) in [
        (Namespace::Eth, "Ethereum"),
        (Namespace::Filecoin, "Filecoin"),
        (Namespace::Trace, "Traces, explorers and the pool"),
        (
            Namespace::Developer,
            "For developers: they change the chain at will",
        ),
    ] {
        write!(text, "\n## {title}\n\n").expect("strings grow");
        for row in table().filter(|row| row.namespace == namespace) {
            let parameters = row
                .parameters
                .iter()
                .map(|parameter| match parameter.optional {
                    true => format!("[{}]", parameter.name),
                    false => parameter.name.to_owned(),
                });
            let parameters = parameters.collect::<Vec<_>>().join(", ");
            writeln!(text, "- `{}({parameters})`", row.name).expect("strings grow");
        }
    }
    expect_file!["../../METHODS.md"].assert_eq(&text);
}

#[test]
fn names_are_unique() {
    let mut names: Vec<_> = table().map(|row| row.name).collect();
    names.sort_unstable();
    assert!(names.is_sorted_by(|a, b| a < b), "a method is listed twice");
}
