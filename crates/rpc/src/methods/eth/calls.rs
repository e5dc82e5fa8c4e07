//! Calls and estimates: what a transaction would do.

use atoll_actors::eam::CreateReturn;
use atoll_chain::call::eth_output;
use atoll_chain::{CallRequest, Edit, EstimateError, Overrides, Trial};
use atoll_vm::state::Atto;
use atoll_vm::{Applied, ApplyError, Fatal};
use fvm_shared::error::ExitCode;
use serde::Serialize;

use crate::forms::overrides::{AccountOverride, BlockOverrides, StateOverrides};
use crate::forms::transaction::{AccessListItem, Request};
use crate::forms::{Address, Big, BlockId, Data, Quantity};
use crate::jsonrpc::error::Error;
use crate::methods::trace::diff;
use crate::node::Caller;

use super::{eth_address, trial_on};

/// The exit code of a contract that reverts (FIP-0054).
const REVERTED: ExitCode = ExitCode::new(33);

pub(in crate::methods) fn call(
    caller: &Caller<'_>,
    transaction: Request,
    block: Option<BlockId>,
    state_overrides: Option<StateOverrides>,
    block_overrides: Option<BlockOverrides>,
) -> Result<Data, Error> {
    let request = request(&transaction)?;
    let (state, at) = (state_overrides.as_ref(), block_overrides.as_ref());
    with_overrides(state, at, |overrides| {
        let (_, mut trial) = trial_on(caller, block, &overrides)?;
        if transaction.to.is_some() {
            let applied = trial.call(&request).map_err(apply_error)?;
            check(&applied)?;
            return Ok(Data(eth_output(&applied)));
        }
        // What a constructor returns is the new contract's code. Clients have one return what it
        // gathered from other contracts, and read that: many calls in one.
        let applied = trial.apply(&request).map_err(apply_error)?;
        check(&applied)?;
        created_code(&mut trial, &applied).map(Data)
    })
}

/// The code of the contract that a message created.
pub(super) fn created_code(trial: &mut Trial<'_>, applied: &Applied) -> Result<Vec<u8>, Error> {
    let created: CreateReturn =
        fvm_ipld_encoding::from_slice(&applied.receipt.return_data).map_err(Error::internal)?;
    Ok(trial.state().code(&created.eth_address.to_filecoin())?)
}

pub(in crate::methods) fn estimate_gas(
    caller: &Caller<'_>,
    transaction: Request,
    block: Option<BlockId>,
    state_overrides: Option<StateOverrides>,
    block_overrides: Option<BlockOverrides>,
) -> Result<Quantity, Error> {
    let request = request(&transaction)?;
    let (state, at) = (state_overrides.as_ref(), block_overrides.as_ref());
    with_overrides(state, at, |overrides| {
        let (_, trial) = trial_on(caller, block, &overrides)?;
        estimate(trial, &request).map(Quantity)
    })
}

/// The gas limit that a transaction should be sent with.
pub(in crate::methods) fn estimate(
    mut trial: Trial<'_>,
    request: &CallRequest,
) -> Result<u64, Error> {
    match trial.estimate_gas(request) {
        Ok(estimate) => Ok(estimate.gas_limit),
        Err(EstimateError::Fails(applied)) => Err(failure(&applied)),
        Err(EstimateError::Malformed(why)) => Err(Error::refused(why)),
        Err(EstimateError::Fatal(fatal)) => Err(fatal.into()),
    }
}

/// Why a message was not tried out at all.
pub(in crate::methods) fn apply_error(error: ApplyError) -> Error {
    match error {
        ApplyError::Malformed(why) => Error::refused(why),
        ApplyError::Fatal(fatal) => fatal.into(),
    }
}

/// What `eth_createAccessList` answers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct AccessList {
    access_list: Vec<AccessListItem>,
    gas_used: Quantity,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// What a transaction would meet. Filecoin's transactions have no access lists: naming a slot makes
/// nothing cheaper, and a transaction with a list that is not empty is refused. So the list tells
/// what is used, and is not to be sent.
pub(in crate::methods) fn create_access_list(
    caller: &Caller<'_>,
    transaction: Request,
    block: Option<BlockId>,
    state_overrides: Option<StateOverrides>,
) -> Result<AccessList, Error> {
    let (access_list, applied) =
        diff::access_list(caller, &transaction, block, state_overrides.as_ref())?;
    Ok(AccessList {
        access_list,
        gas_used: Quantity(applied.receipt.gas_used),
        error: check(&applied).err().map(|error| error.to_string()),
    })
}

/// A transaction object as the chain takes it.
pub(in crate::methods) fn request(transaction: &Request) -> Result<CallRequest, Error> {
    let wrong = |why| Error::param("transaction", why);
    transaction.check_kind().map_err(wrong)?;
    let from = eth_address(transaction.from.unwrap_or(Address::ZERO));
    let value = transaction.value.clone().unwrap_or_default();
    let input = transaction.payload().map_err(wrong)?.to_vec();
    let mut request = CallRequest::eth(
        from,
        transaction.to.map(eth_address),
        value.to_amount(),
        input,
    );
    request.gas_limit = transaction.gas.map(|Quantity(gas)| gas);
    Ok(request)
}

/// Hands overrides on as the chain takes them.
pub(in crate::methods) fn with_overrides<T>(
    state: Option<&StateOverrides>,
    block: Option<&BlockOverrides>,
    run: impl FnOnce(Overrides<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    if let Some(StateOverrides(accounts)) = state {
        accounts.values().try_for_each(check_account)?;
    }
    let change = |edit: &mut Edit<'_>| match state {
        Some(StateOverrides(accounts)) => accounts
            .iter()
            .try_for_each(|(address, account)| change_account(edit, *address, account)),
        None => Ok(()),
    };
    let mut overrides = Overrides::default();
    if state.is_some() {
        overrides.state = Some(&change);
    }
    if let Some(block) = block {
        block
            .check()
            .map_err(|why| Error::param("block_overrides", why))?;
        overrides.epoch = match block.number {
            Some(Quantity(number)) => Some(
                i64::try_from(number)
                    .map_err(|_| Error::param("block_overrides", "number: no epoch is so late"))?,
            ),
            None => None,
        };
        overrides.timestamp = block.time.map(|Quantity(time)| time);
        overrides.base_fee = block.base_fee_per_gas.as_ref().map(Big::to_amount);
    }
    run(overrides)
}

pub(super) fn check_account(account: &AccountOverride) -> Result<(), Error> {
    let wrong = |why| Err(Error::param("state_overrides", why));
    if account.move_precompile_to_address.is_some() {
        return wrong("movePrecompileToAddress: precompiles cannot move on Filecoin");
    }
    if account.state.is_some() && account.state_diff.is_some() {
        return wrong("an account has both state and stateDiff");
    }
    if let Some(balance) = &account.balance
        && u128::try_from(&balance.0).is_err()
    {
        return wrong("balance: it is 2^128 or more, far beyond all FIL");
    }
    Ok(())
}

pub(super) fn change_account(
    edit: &mut Edit<'_>,
    address: Address,
    account: &AccountOverride,
) -> Result<(), Fatal> {
    let address = eth_address(address).to_filecoin();
    if let Some(Big(balance)) = &account.balance {
        let balance = u128::try_from(balance).expect("checked before");
        edit.set_balance(&address, Atto(balance))?;
    }
    if let Some(Data(code)) = &account.code {
        edit.set_code(&address, code)?;
    }
    if let Some(Quantity(nonce)) = account.nonce {
        edit.set_nonce(&address, nonce)?;
    }
    if account.state.is_some() {
        edit.clear_storage(&address)?;
    }
    if let Some(slots) = account.state.as_ref().or(account.state_diff.as_ref()) {
        let slots: Vec<_> = slots.iter().map(|(key, value)| (key.0, value.0)).collect();
        edit.set_storage(&address, &slots)?;
    }
    Ok(())
}

/// Did it work?
pub(in crate::methods) fn check(applied: &Applied) -> Result<(), Error> {
    match applied.receipt.exit_code.is_success() {
        true => Ok(()),
        false => Err(failure(applied)),
    }
}

/// The error of a message that failed, in words that Ethereum's tools know.
pub(in crate::methods) fn failure(applied: &Applied) -> Error {
    let code = applied.receipt.exit_code;
    if code == REVERTED {
        let data = eth_output(applied);
        let words = match revert_reason(&data) {
            Some(reason) => format!("execution reverted: {reason}"),
            None => "execution reverted".to_owned(),
        };
        return Error::reverted(words, &data);
    }
    let why = applied
        .failure
        .as_ref()
        .map(ToString::to_string)
        .unwrap_or_default();
    match code {
        ExitCode::SYS_OUT_OF_GAS => Error::refused(format!("out of gas: {why}")),
        ExitCode::SYS_INSUFFICIENT_FUNDS => {
            Error::refused(format!("insufficient funds for gas * price + value: {why}"))
        }
        // Lotus has the code of a revert for all the others, and tools read it so.
        _ => Error::reverted(
            format!("execution reverted: exit code {code}: {why}"),
            &eth_output(applied),
        ),
    }
}

/// What Solidity's `Error(string)` or `Panic(uint256)` says.
pub(in crate::methods) fn revert_reason(data: &[u8]) -> Option<String> {
    const ERROR: [u8; 4] = [0x08, 0xc3, 0x79, 0xa0];
    const PANIC: [u8; 4] = [0x4e, 0x48, 0x7b, 0x71];
    let (selector, words) = data.split_first_chunk::<4>()?;
    let word = |place: usize| -> Option<usize> {
        let word = words.get(place..place.checked_add(32)?)?;
        let (high, low) = word.split_at(24);
        let low = u64::from_be_bytes(low.try_into().ok()?);
        high.iter()
            .all(|byte| *byte == 0)
            .then(|| usize::try_from(low).ok())?
    };
    match *selector {
        ERROR => {
            let at = word(0)?;
            let length = word(at)?;
            let start = at.checked_add(32)?;
            let text = words.get(start..start.checked_add(length)?)?;
            Some(String::from_utf8_lossy(text).into_owned())
        }
        PANIC => {
            let code = word(0)?;
            let meaning = match code {
                0x01 => "assertion failed",
                0x11 => "arithmetic underflow or overflow",
                0x12 => "division or modulo by zero",
                0x21 => "enum overflow",
                0x22 => "invalid encoded storage byte array accessed",
                0x31 => "out-of-bounds array access; popping on an empty array",
                0x32 => "out-of-bounds access of an array or bytesN",
                0x41 => "out of memory",
                0x51 => "uninitialized function",
                _ => "unknown code",
            };
            Some(format!("panic: {meaning} ({code:#04x})"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::revert_reason;

    fn reason(hex: &str) -> Option<String> {
        revert_reason(&hex::decode(hex.replace(' ', "")).unwrap())
    }

    #[test]
    fn reasons_are_read() {
        let word = |n: u8| format!("{n:064x}");
        let text = format!(
            "08c379a0 {} {} {}",
            word(32),
            word(2),
            "6e6f".to_owned() + &"0".repeat(60)
        );
        assert_eq!(reason(&text).as_deref(), Some("no"));
        let panic = format!("4e487b71 {}", word(0x11));
        let expected = "panic: arithmetic underflow or overflow (0x11)";
        assert_eq!(reason(&panic).as_deref(), Some(expected));
    }

    #[test]
    fn broken_reasons_are_no_reasons() {
        assert_eq!(reason(""), None);
        assert_eq!(reason("08c379a0"), None);
        assert_eq!(reason(&format!("08c379a0 {}", "f".repeat(64))), None);
        let beyond = format!("08c379a0 {:064x} {:064x}", 32, 1);
        assert_eq!(reason(&beyond), None);
        let huge = format!("08c379a0 {:064x} {:064x}", 32, u64::MAX);
        assert_eq!(reason(&huge), None);
    }
}
