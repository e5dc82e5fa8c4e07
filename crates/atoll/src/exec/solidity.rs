//! `atoll exec --deploy`: deploys a Solidity contract and calls it.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use fvm_ipld_encoding::BytesDe;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use serde_json::json;

use super::input::{AccountInput, Amount, Given, Input, MessageInput};
use super::{Exec, Session};
use crate::abi::{self, Signature};
use crate::file;

/// Who deploys and calls.
const CALLER: &str = "caller";
/// What the contract is called.
const CONTRACT: &str = "contract";
/// The Ethereum address manager.
const MANAGER: &str = "eam";

/// A state with nobody but the caller.
#[must_use]
pub fn input() -> Input {
    const FUNDS: i64 = 1_000_000;
    Input {
        accounts: vec![AccountInput {
            name: CALLER.to_owned(),
            address: None,
            balance: Some(Amount(TokenAmount::from_whole(FUNDS))),
        }],
        ..Input::default()
    }
}

/// Deploys the contract, then makes the calls in order. Did all of them succeed?
pub(super) fn run(
    session: &mut Session,
    file: &Path,
    options: &Exec,
    out: &mut dyn Write,
) -> Result<bool> {
    let calls = calls(&options.call)?;
    let initcode = initcode(file, &options.constructor)
        .with_context(|| format!("the contract {}", file.display()))?;
    session.shown.contracts.functions = calls
        .iter()
        .map(|(signature, _)| signature.clone())
        .collect();

    let deploy = message(MANAGER, &format!("deploy {}", file.display()), &initcode)?;
    let receipt = session.apply(1, &deploy, options, out)?;
    ensure!(
        receipt.exit_code.is_success(),
        "the contract was not deployed: exit {}",
        receipt.exit_code
    );
    let (id, _, _): (u64, Option<Address>, BytesDe) = receipt
        .return_data
        .deserialize()
        .context("the address of the contract")?;
    let address = Address::new_id(id);
    session.names.add(CONTRACT, address)?;
    session.shown.addresses.insert(address, CONTRACT.to_owned());
    session.shown.actors.insert(id, CONTRACT.to_owned());

    let mut all_succeeded = true;
    for (index, (signature, calldata)) in calls.iter().enumerate() {
        let number = index + 2;
        let title = signature.show_call(calldata).unwrap_or_default();
        let call = message(CONTRACT, &title, calldata)?;
        let receipt = session
            .apply(number, &call, options, out)
            .with_context(|| format!("message {number}"))?;
        all_succeeded &= receipt.exit_code.is_success();
    }
    Ok(all_succeeded)
}

fn message(to: &str, title: &str, calldata: &[u8]) -> Result<Given> {
    let fields = json!({
        "title": title, "from": CALLER, "to": to, "calldata": hex::encode(calldata),
    });
    let fields: MessageInput = serde_json::from_value(fields)?;
    Ok(Given::Fields(Box::new(fields)))
}

/// The creation code in a file, with the constructor's arguments behind it.
fn initcode(file: &Path, constructor: &[String]) -> Result<Vec<u8>> {
    let text = String::from_utf8(file::read(file)?).context("it is not hex")?;
    let text: String = text.split_whitespace().collect();
    let mut code =
        hex::decode(text.strip_prefix("0x").unwrap_or(&text)).context("it is not hex")?;
    ensure!(!code.is_empty(), "it is empty");
    if let Some((types, arguments)) = constructor.split_first() {
        let signature = Signature::parse(&format!("constructor{types}"))?;
        code.extend(abi::encode_arguments(&signature.inputs, arguments)?);
    }
    Ok(code)
}

/// Signatures with the arguments that each takes, one after another.
fn calls(words: &[String]) -> Result<Vec<(Signature, Vec<u8>)>> {
    let mut calls = Vec::new();
    let mut rest = words;
    while let Some((signature, following)) = rest.split_first() {
        let signature = Signature::parse(signature)?;
        let count = signature.inputs.len();
        ensure!(
            following.len() >= count,
            "{} takes {count} arguments, and {} are left",
            signature.name,
            following.len()
        );
        let (arguments, following) = following.split_at(count);
        let calldata = signature.encode(arguments)?;
        calls.push((signature, calldata));
        rest = following;
    }
    Ok(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &[&str]) -> Vec<String> {
        text.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_signature_takes_the_arguments_after_it() {
        let given = words(&[
            "add(uint256,bool)",
            "5",
            "true",
            "count()(uint256)",
            "neg(int8)",
            "-1",
        ]);
        let shown: Vec<_> = calls(&given)
            .expect("all well formed")
            .iter()
            .map(|(signature, calldata)| signature.show_call(calldata).expect("its own"))
            .collect();
        assert_eq!(shown, ["add(5, true)", "count()", "neg(-1)"]);
    }

    #[test]
    fn arguments_may_not_be_missing_or_too_many() {
        assert!(calls(&words(&["add(uint256)"])).is_err());
        assert!(calls(&words(&["add(uint256)", "1", "2"])).is_err());
    }
}
