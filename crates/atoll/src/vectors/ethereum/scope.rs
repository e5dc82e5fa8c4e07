//! What can be told of a case without running it: that it cannot be played here, or that it may
//! differ by design.

use std::collections::BTreeSet;

use serde_json::Value;

use super::format::{BlockTest, VmTest};

const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

/// A case may differ if it executes one of these. Each asks for something that Filecoin answers
/// otherwise by design (FIP-0054), or does not have.
const OPCODES: &[(u8, &str)] = &[
    (0xf2, "uses CALLCODE, which Filecoin does not have"),
    (
        0xff,
        "uses SELFDESTRUCT, which differs on Filecoin (EIP-6780 is not in force)",
    ),
    (0x3a, "reads GASPRICE, and the message pays no fees"),
    (0x40, "reads BLOCKHASH: a tipset's hash is not a block's"),
    (0x41, "reads COINBASE, which is zero on Filecoin"),
    (0x44, "reads PREVRANDAO, which is drawn anew on Filecoin"),
    (0x45, "reads GASLIMIT, which is constant on Filecoin"),
    (0x49, "uses BLOBHASH, which Filecoin does not have"),
    (0x4a, "uses BLOBBASEFEE, which Filecoin does not have"),
];

/// What a case must be free of, to be counted as one that has nothing to do with its surroundings:
/// CALLCODE, SELFDESTRUCT, and what asks for the transaction's price, the chain or the block.
const SURROUNDINGS: &[u8] = &[
    0xf2, 0xff, 0x3a, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x48, 0x49, 0x4a,
];

/// Where the chain itself writes before each block (EIP-4788). It is in every state of Cancun's.
pub const BEACON_ROOTS: [u8; 20] = [
    0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80, 0x7e, 0xf1, 0x31, 0x9f, 0xb7, 0xb8, 0xbb, 0x85, 0x22,
    0xd0, 0xbe, 0xac, 0x02,
];

/// The rules that the cases are compared under.
const NETWORK: &str = "Cancun";

/// Balances are of 128 bits here.
const TOO_MUCH: &str = "has amounts beyond 128 bits, more than there will ever be of FIL";

/// Why a case is not run, if it is not.
#[must_use]
pub fn outside(test: &BlockTest) -> Option<&'static str> {
    if test.network != NETWORK {
        return Some("is not for Cancun");
    }
    let transactions = || test.blocks.iter().flat_map(|block| &block.transactions);
    if test
        .blocks
        .iter()
        .any(|block| block.expect_exception.is_some() && block.decoded.is_none())
    {
        return Some("has a block that cannot be decoded");
    }
    if test
        .pre
        .iter()
        .any(|(address, account)| !account.code.0.is_empty() && reserved(&address.0))
    {
        return Some("puts code where a precompile or an id is");
    }
    let of_a_block = |reason: &Value| {
        reason
            .as_str()
            .is_some_and(|r| r.starts_with("BlockException"))
    };
    if test
        .blocks
        .iter()
        .any(|block| block.expect_exception.as_ref().is_some_and(of_a_block))
    {
        return Some("has a block whose header Ethereum refuses");
    }
    if transactions().any(|transaction| transaction.sender.is_none()) {
        return Some("leaves the sender of a transaction to be found by the signature");
    }
    if transactions().any(|transaction| transaction.value.to_u128().is_none()) {
        return Some(TOO_MUCH);
    }
    None
}

/// Why a case may differ by design that executed some opcodes, if it may.
#[must_use]
pub fn excuse(executed: &BTreeSet<u8>) -> Option<&'static str> {
    let found = OPCODES.iter().find(|(opcode, _)| executed.contains(opcode));
    found.map(|(_, reason)| *reason)
}

/// Is a case free of CALLCODE, SELFDESTRUCT and the opcodes of the environment? None is in the code
/// of its state or in initcode that it sends, and none was executed.
#[must_use]
pub fn is_plain(test: &BlockTest, executed: &BTreeSet<u8>) -> bool {
    let contracts = test.pre.iter();
    let contracts = contracts.filter(|(address, _)| address.0 != BEACON_ROOTS);
    let transactions = test.blocks.iter().flat_map(|block| &block.transactions);
    let created = transactions.filter(|transaction| transaction.to.0.is_empty());
    let mut codes = contracts
        .map(|(_, account)| &account.code.0)
        .chain(created.map(|transaction| &transaction.data.0));
    let surroundings = |opcode: &u8| SURROUNDINGS.contains(opcode);
    !executed.iter().any(surroundings) && !codes.any(|code| opcodes(code).any(|o| surroundings(&o)))
}

/// The opcodes in a code, one after the other, without what is pushed.
fn opcodes(code: &[u8]) -> impl Iterator<Item = u8> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let opcode = *code.get(at)?;
        let pushed = match opcode {
            PUSH1..=PUSH32 => usize::from(opcode - PUSH1) + 1,
            _ => 0,
        };
        at += 1 + pushed;
        Some(opcode)
    })
}

/// Why a virtual machine test is not run, if it is not.
#[must_use]
pub fn outside_vm(test: &VmTest) -> Option<&'static str> {
    if !test.callcreates.is_empty() {
        return Some("makes calls that this kind of test only writes down");
    }
    if test.exec.origin != test.exec.caller {
        return Some("is called by another than who signed, without code of the caller");
    }
    let balances = test.pre.values().map(|account| account.balance);
    if balances
        .chain([test.exec.value])
        .any(|amount| amount.to_u128().is_none())
    {
        return Some(TOO_MUCH);
    }
    None
}

/// Does the address stand for an id, or for a precompile of Ethereum's?
fn reserved(address: &[u8; 20]) -> bool {
    const PRECOMPILES: std::ops::RangeInclusive<u8> = 1..=10;
    let [first, middle @ .., last] = address;
    let precompile =
        *first == 0 && middle.iter().all(|byte| *byte == 0) && PRECOMPILES.contains(last);
    let masked = *first == 0xff && address[1..12].iter().all(|byte| *byte == 0);
    precompile || masked
}
