//! Finds the figures: least squares of relative errors, with no figure below zero.

use std::collections::{BTreeMap, BTreeSet};

use atoll_actors::gas;
use atoll_actors::kinds::ActorKind;

use atoll_testkit::genesis::VECTORS;

use crate::count::{Counts, Message};

/// Opcodes that do alike in the official actor: their figure's name, the opcodes, and what a fit
/// by hand of `gas_per_opcode_loops_*` gave, which the figure is held near.
const OPCODES: &[(&str, &[std::ops::RangeInclusive<u8>], f64)] = &[
    ("push small", &[0x5f..=0x67], 500.0),
    ("push large", &[0x68..=0x7f], 700.0),
    ("dup", &[0x80..=0x8f], 500.0),
    ("swap", &[0x90..=0x9f], 600.0),
    ("pop", &[0x50..=0x50], 350.0),
    (
        "binary",
        &[
            0x01..=0x01,
            0x03..=0x03,
            0x10..=0x11,
            0x14..=0x14,
            0x16..=0x18,
        ],
        650.0,
    ),
    ("unary", &[0x15..=0x15, 0x19..=0x19, 0x1e..=0x1e], 550.0),
    ("signed", &[0x0b..=0x0b, 0x12..=0x13, 0x1a..=0x1a], 900.0),
    ("shift", &[0x1b..=0x1d], 900.0),
    ("mul", &[0x02..=0x02], 2_000.0),
    ("div", &[0x04..=0x04, 0x06..=0x06], 3_000.0),
    ("sdiv", &[0x05..=0x05, 0x07..=0x07], 3_500.0),
    ("addmod", &[0x08..=0x08], 9_000.0),
    ("mulmod", &[0x09..=0x09], 48_000.0),
    ("exp", &[0x0a..=0x0a], 3_000.0),
    ("keccak", &[0x20..=0x20], 16_000.0),
    (
        "frame's own",
        &[
            0x30..=0x30,
            0x33..=0x33,
            0x36..=0x36,
            0x38..=0x38,
            0x3d..=0x3d,
            0x41..=0x41,
            0x45..=0x45,
            0x58..=0x59,
        ],
        600.0,
    ),
    ("callvalue", &[0x34..=0x34], 2_000.0),
    ("calldataload", &[0x35..=0x35], 1_200.0),
    (
        "copies",
        &[0x37..=0x37, 0x39..=0x39, 0x3e..=0x3e, 0x5e..=0x5e],
        2_000.0,
    ),
    (
        "tipset's",
        &[0x3a..=0x3a, 0x42..=0x43, 0x46..=0x46, 0x48..=0x48],
        31_000.0,
    ),
    ("origin", &[0x32..=0x32], 30_000.0),
    ("balance", &[0x31..=0x31], 45_000.0),
    ("selfbalance", &[0x47..=0x47], 18_000.0),
    ("extcodesize", &[0x3b..=0x3b], 30_000.0),
    ("extcodecopy", &[0x3c..=0x3c], 30_000.0),
    ("extcodehash", &[0x3f..=0x3f], 30_000.0),
    ("blockhash", &[0x40..=0x40], 30_000.0),
    ("prevrandao", &[0x44..=0x44], 2_000.0),
    ("mload", &[0x51..=0x51], 1_200.0),
    ("mstore", &[0x52..=0x53], 1_200.0),
    ("sload", &[0x54..=0x54], 3_000.0),
    ("sstore", &[0x55..=0x55], 3_000.0),
    ("tload", &[0x5c..=0x5c], 3_000.0),
    ("tstore", &[0x5d..=0x5d], 3_000.0),
    ("jump", &[0x56..=0x57], 900.0),
    ("jumpdest", &[0x5b..=0x5b], 400.0),
    ("gas", &[0x5a..=0x5a], 14_500.0),
    ("log0", &[0xa0..=0xa0], 20_000.0),
    ("log1", &[0xa1..=0xa1], 28_000.0),
    ("log2", &[0xa2..=0xa2], 34_000.0),
    ("log3", &[0xa3..=0xa3], 40_000.0),
    ("log4", &[0xa4..=0xa4], 46_000.0),
    ("create", &[0xf0..=0xf0, 0xf5..=0xf5], 60_000.0),
    ("call", &[0xf1..=0xf1, 0xfa..=0xfa], 60_000.0),
    ("delegatecall", &[0xf4..=0xf4], 60_000.0),
    ("end", &[0x00..=0x00, 0xf3..=0xf3, 0xfd..=0xfe], 10_000.0),
    ("selfdestruct", &[0xff..=0xff], 60_000.0),
];

/// Other figures that are held near one known by hand.
const HELD: &[(&str, f64)] = &[
    ("evm entry", 565_000.0),
    ("exp_bits", 3_800.0),
    ("copy_words", 8.0),
    ("call_words", 10.0),
    ("create_words", 30.0),
    ("input_bytes", 5.0),
    ("memory_words", 25.6),
];

/// Figures that are known, and not sought.
const KNOWN: &[(&str, f64)] = &[("keccak_words", 1_056.0), ("read_again_deep", 70_000.0)];

/// How strongly they are held, where a message weighs one.
const HOLD: f64 = 0.15;

/// Real contracts weigh more: they are what people run. The governor's tree of slots is larger
/// than what its messages touch, so that it needs the most.
const WEIGHTS: &[(&str, f64)] = &[
    ("erc20", 2.0),
    ("erc721", 2.0),
    ("erc1155", 2.0),
    ("erc20_permit", 2.0),
    ("transparent_proxy", 2.0),
    ("uups_proxy", 2.0),
    ("amm_pool", 2.0),
    ("vault_4626", 2.0),
    ("airdrop_merkle", 2.0),
    ("governor", 4.0),
];

/// Precompiles whose figures are not fitted: what they cost is read off the recordings one by one.
const COSTLY: &[&str] = &[
    "00005", "00006", "00007", "00008", "00009", "0000b", "0000c", "0000d", "0000e", "0000f",
    "00010", "00011", "00100",
];

/// Exit codes of messages that were not admitted or ran dry.
const NOT_RUN: [u64; 3] = [1, 2, 7];

/// A message as an equation.
struct Equation<'m> {
    message: &'m Message,
    /// What is charged whatever the figures are.
    known: f64,
    counts: Counts,
}

/// Fits and prints the figures, each with the number of messages that tell it.
pub(crate) fn print(messages: &[Message]) {
    let names = code_names();
    let equations: Vec<Equation<'_>> = messages
        .iter()
        .filter_map(|message| equation(message, &names))
        .collect();
    let figures = solve(&equations);
    for (name, gas) in &figures {
        let told_by = equations
            .iter()
            .filter(|equation| equation.counts.contains_key(name));
        println!("{name:40} {gas:14.1}  {} messages", told_by.count());
    }
    let mut ratios: Vec<f64> = equations
        .iter()
        .map(|e| predict(e, &figures) / official(e))
        .collect();
    ratios.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        ratios
            .get((ratios.len().saturating_sub(1)) * percent / 100)
            .copied()
            .unwrap_or(1.0)
    };
    println!(
        "{} messages: 5th percentile {:.3}, median {:.3}, 95th {:.3}",
        ratios.len(),
        at(5),
        at(50),
        at(95)
    );
}

fn official(equation: &Equation<'_>) -> f64 {
    equation.message.official as f64
}

fn predict(equation: &Equation<'_>, figures: &BTreeMap<String, f64>) -> f64 {
    let fitted = equation
        .counts
        .iter()
        .map(|(name, times)| figures.get(name).unwrap_or(&0.0) * times);
    equation.known + fitted.sum::<f64>()
}

/// The names of codes in the recorded genesis.
fn code_names() -> BTreeMap<String, String> {
    let genesis = std::fs::read(format!("{}/genesis.json", VECTORS)).unwrap_or_default();
    let genesis: serde_json::Value = serde_json::from_slice(&genesis).unwrap_or_default();
    let codes = genesis["codes"].as_object().into_iter().flatten();
    codes
        .filter_map(|(name, code)| Some((code.as_str()?.to_owned(), name.clone())))
        .collect()
}

/// What a message tells, if it tells anything.
fn equation<'m>(message: &'m Message, names: &BTreeMap<String, String>) -> Option<Equation<'m>> {
    let costly = |name: &String| COSTLY.iter().any(|of| *name == format!("precompile_{of}"));
    let useless = !message.same
        || message.official == 0
        || NOT_RUN.contains(&message.exit)
        || message.counts.keys().any(costly);
    if useless {
        return None;
    }
    let mut counts = Counts::new();
    let mut add = |name: String, times: f64| *counts.entry(name).or_default() += times;
    let (mut traced, mut native) = (0.0, 0.0);
    for (name, times) in &message.counts {
        if let Some(opcode) = name.strip_prefix("op_") {
            let opcode = u8::from_str_radix(opcode, 16).ok()?;
            let group = OPCODES
                .iter()
                .find(|(_, of, _)| of.iter().any(|of| of.contains(&opcode)));
            if let Some((group, _, _)) = group {
                add(format!("op {group}"), *times);
            }
        } else if let Some(call) = name.strip_prefix("call_b") {
            let mut parts = call.split('_');
            let (code, method, end) = (parts.next()?, parts.next()?, parts.next()?);
            let actor = names.get(&format!("b{code}")).map_or("?", String::as_str);
            if method == "0" {
                continue;
            }
            traced += times;
            if actor == ActorKind::Evm.name() {
                add("evm entry".to_owned(), *times);
                continue;
            }
            // The figures of other actors have a table of their own.
            let kind = ActorKind::ALL.iter().find(|kind| kind.name() == actor)?;
            let number = method.parse().ok()?;
            native += times * gas::entry(*kind, number) as f64;
            if end == "ok" {
                native += times * gas::success(*kind, number, 0) as f64;
            }
        } else if fitted(name) {
            add(name.clone(), *times);
        }
    }
    // Calls that no trace shows: the constructors of accounts that a send created.
    let untraced = message
        .counts
        .get("machine_OnMethodInvocation")
        .unwrap_or(&0.0)
        - traced;
    if untraced > 0.0 {
        native += untraced * gas::entry(ActorKind::Account, 1) as f64;
    }
    let known = KNOWN
        .iter()
        .map(|(name, gas)| message.counts.get(*name).unwrap_or(&0.0) * gas);
    let known: f64 = known.sum();
    let deposit = message.counts.get("gas_evm_deposit").unwrap_or(&0.0);
    Some(Equation {
        message,
        known: message.machine + deposit + native + known,
        counts,
    })
}

/// Is there a figure for what this counts?
fn fitted(name: &str) -> bool {
    const OTHERS: [&str; 13] = [
        "evm_frame",
        "evm_getter",
        "evm_state",
        "evm_halt",
        "slots_written",
        "code_bytes",
        "input_bytes",
        "memory_words",
        "copy_words",
        "log_words",
        "exp_bits",
        "call_words",
        "create_words",
    ];
    let slot =
        name.starts_with("read_") || name.starts_with("write_") || name == "transient_created";
    // A slot that is known costs nothing, or what is known.
    let slot = slot && !name.starts_with("read_again");
    let precompile = name.starts_with("precompile_") && !name.starts_with("precompile_words");
    slot || precompile || OTHERS.contains(&name)
}

/// Least squares without figures below zero, one coordinate after another until nothing moves.
fn solve(equations: &[Equation<'_>]) -> BTreeMap<String, f64> {
    let names: BTreeSet<&String> = equations.iter().flat_map(|e| e.counts.keys()).collect();
    let names: Vec<&String> = names.into_iter().collect();
    let index: BTreeMap<&String, usize> = names
        .iter()
        .enumerate()
        .map(|(i, name)| (*name, i))
        .collect();
    // The normal equations, of relative errors.
    let size = names.len();
    let mut products = vec![vec![0.0; size]; size];
    let mut targets = vec![0.0; size];
    for equation in equations {
        let scenario = equation.message.scenario.as_str();
        let weight = WEIGHTS
            .iter()
            .find(|(name, _)| *name == scenario)
            .map_or(1.0, |(_, w)| *w);
        let scale = weight / official(equation);
        let row: Vec<(usize, f64)> = equation
            .counts
            .iter()
            .map(|(name, times)| (index[name], times * scale))
            .collect();
        let target = (official(equation) - equation.known) * scale;
        for (i, a) in &row {
            targets[*i] += a * target;
            for (j, b) in &row {
                products[*i][*j] += a * b;
            }
        }
    }
    let opcodes = OPCODES
        .iter()
        .map(|(name, _, held)| (format!("op {name}"), *held));
    let others = HELD.iter().map(|(name, held)| ((*name).to_owned(), *held));
    for (name, held) in opcodes.chain(others) {
        if let Some(&i) = index.get(&name) {
            products[i][i] += (HOLD / held).powi(2);
            targets[i] += HOLD * HOLD / held;
        }
    }
    const ROUNDS_MAX: usize = 200_000;
    const STILL: f64 = 1e-7;
    let mut figures = vec![0.0_f64; size];
    for _ in 0..ROUNDS_MAX {
        let mut moved = 0.0_f64;
        for i in 0..size {
            if products[i][i] == 0.0 {
                continue;
            }
            let sum: f64 = products[i].iter().zip(&figures).map(|(a, x)| a * x).sum();
            let next = (figures[i] + (targets[i] - sum) / products[i][i]).max(0.0);
            moved = moved.max((next - figures[i]).abs() / next.max(1.0));
            figures[i] = next;
        }
        if moved < STILL {
            break;
        }
    }
    names.into_iter().cloned().zip(figures).collect()
}

/// Every opcode belongs to one group at most, or the figures would be nobody's.
#[test]
fn groups_do_not_overlap() {
    for opcode in 0..=u8::MAX {
        let groups = OPCODES
            .iter()
            .filter(|(_, of, _)| of.iter().any(|of| of.contains(&opcode)));
        assert!(groups.count() <= 1, "{opcode:02x}");
    }
}
