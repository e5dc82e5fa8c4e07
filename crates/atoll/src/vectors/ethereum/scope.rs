//! Which cases say something about a contract on Filecoin: what can be told without running them.

use super::format::{BlockTest, VmTest};

/// A case is not run if its code has one of these. Each asks for something that Filecoin answers
/// otherwise by design (FIP-0054), or does not have.
const OPCODES: &[(u8, &str)] = &[
    (0xf2, "uses CALLCODE, which Filecoin does not have"),
    (
        0xff,
        "uses SELFDESTRUCT, which differs on Filecoin (EIP-6780 is not in force)",
    ),
    (0x3a, "reads GASPRICE, and fees are left out"),
    (0x40, "reads BLOCKHASH: a tipset's hash is not a block's"),
    (0x41, "reads COINBASE, which is zero on Filecoin"),
    (0x44, "reads PREVRANDAO, which is drawn anew on Filecoin"),
    (0x45, "reads GASLIMIT, which is constant on Filecoin"),
    (0x48, "reads BASEFEE, and fees are left out"),
    (0x49, "uses BLOBHASH, which Filecoin does not have"),
    (0x4a, "uses BLOBBASEFEE, which Filecoin does not have"),
];

/// Where the chain itself writes before each block (EIP-4788). It is in every state of Cancun's.
pub const BEACON_ROOTS: [u8; 20] = [
    0x00, 0x0f, 0x3d, 0xf6, 0xd7, 0x32, 0x80, 0x7e, 0xf1, 0x31, 0x9f, 0xb7, 0xb8, 0xbb, 0x85, 0x22,
    0xd0, 0xbe, 0xac, 0x02,
];

/// The rules that the cases are compared under.
const NETWORK: &str = "Cancun";

/// Transactions with blobs (EIP-4844).
const BLOB_TRANSACTION: u64 = 3;

/// Balances are of 128 bits here.
const TOO_MUCH: &str = "has amounts beyond 128 bits, more than there will ever be of FIL";

/// Why a case is not run, if it is not.
#[must_use]
pub fn outside(test: &BlockTest) -> Option<&'static str> {
    if test.network != NETWORK {
        return Some("is not for Cancun");
    }
    if test.post_state.is_none() {
        return Some("gives only the hash of the state after");
    }
    let transactions = || test.blocks.iter().flat_map(|block| &block.transactions);
    if test
        .blocks
        .iter()
        .any(|block| block.expect_exception.is_some())
    {
        return Some("expects a block to be refused, by rules that are not the EVM's");
    }
    if transactions().any(|transaction| transaction.kind.0 >= BLOB_TRANSACTION) {
        return Some("has a kind of transaction that Filecoin does not have");
    }
    if test
        .blocks
        .iter()
        .any(|block| !block.withdrawals.is_empty())
    {
        return Some("has withdrawals of validators, which Filecoin does not have");
    }
    let placed = test
        .pre
        .iter()
        .filter(|(address, _)| address.0 != BEACON_ROOTS);
    let code = placed.map(|(_, account)| &account.code.0);
    let initcode = transactions().filter(|transaction| transaction.to.0.is_empty());
    let code = code.chain(initcode.map(|transaction| &transaction.data.0));
    if let Some(reason) = opcode_in(code.map(Vec::as_slice)) {
        return Some(reason);
    }
    if test
        .pre
        .iter()
        .any(|(address, account)| !account.code.0.is_empty() && reserved(&address.0))
    {
        return Some("puts code at an address that Filecoin reserves for precompiles or ids");
    }
    let balances = test.pre.values().map(|account| account.balance);
    let mut amounts = balances.chain(transactions().map(|transaction| transaction.value));
    let sum = amounts.try_fold(0_u128, |sum, amount| sum.checked_add(amount.to_u128()?));
    if sum.is_none() {
        return Some(TOO_MUCH);
    }
    None
}

/// The same for a virtual machine test.
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
    opcode_in([test.exec.code.0.as_slice()])
}

/// May no code be here on Filecoin?
fn reserved(address: &[u8; 20]) -> bool {
    let [first, middle @ .., _] = address;
    let precompile = (*first == 0 || *first == 0xfe) && middle.iter().all(|byte| *byte == 0);
    let masked = *first == 0xff && address[1..12].iter().all(|byte| *byte == 0);
    precompile || masked
}

/// The first of [`OPCODES`] that some code has, read from its start; what is pushed is no code.
fn opcode_in<'a>(codes: impl IntoIterator<Item = &'a [u8]>) -> Option<&'static str> {
    let mut there = [false; 256];
    for code in codes {
        let mut at = 0;
        while let Some(&opcode) = code.get(at) {
            there[usize::from(opcode)] = true;
            at += 1 + pushed(opcode);
        }
    }
    let found = OPCODES
        .iter()
        .find(|(opcode, _)| there[usize::from(*opcode)]);
    found.map(|(_, reason)| *reason)
}

/// How many bytes an opcode pushes from the code.
fn pushed(opcode: u8) -> usize {
    match opcode {
        0x60..=0x7f => usize::from(opcode) - 0x5f,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushed_bytes_are_no_opcodes() {
        assert_eq!(opcode_in([&[0x61, 0xff, 0xf2, 0x00][..]]), None);
        assert_eq!(
            opcode_in([&[0x60, 0xff, 0xff][..]]),
            Some("uses SELFDESTRUCT, which differs on Filecoin (EIP-6780 is not in force)")
        );
        // Cut off in the middle of what it pushes.
        assert_eq!(opcode_in([&[0x7f, 0xff][..]]), None);
    }
}
