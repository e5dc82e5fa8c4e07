//! Accounts changed by hand, and messages in anybody's name.

use atoll_chain::Edit;
use atoll_vm::Fatal;
use atoll_vm::state::Atto;

use crate::forms::{Address, Big, Data, Hash, Quantity, Word};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;

/// Changes the head's state. What the developer asks for may be impossible; that is no trouble
/// of the node.
fn edit(
    caller: &Caller<'_>,
    change: impl FnOnce(&mut Edit<'_>) -> Result<(), Fatal>,
) -> Result<bool, Error> {
    let changed = caller.chain().edit(change);
    changed
        .map(|()| true)
        .map_err(|fatal| Error::refused(fatal.to_string()))
}

pub(in crate::methods) fn set_balance(
    caller: &Caller<'_>,
    address: Address,
    balance: Big,
) -> Result<bool, Error> {
    let balance = atto(&balance)?;
    let address = eth::eth_address(address).to_filecoin();
    edit(caller, |edit| edit.set_balance(&address, balance))
}

pub(in crate::methods) fn add_balance(
    caller: &Caller<'_>,
    address: Address,
    balance: Big,
) -> Result<bool, Error> {
    let filecoin = eth::eth_address(address).to_filecoin();
    let chain = caller.chain();
    let before = chain.state(&chain.head())?.balance(&filecoin)?;
    let sum = before.0.checked_add(atto(&balance)?.0);
    let sum = sum.ok_or_else(|| Error::param("balance", "the sum is 2^128 or more"))?;
    edit(caller, |edit| edit.set_balance(&filecoin, Atto(sum)))
}

fn atto(balance: &Big) -> Result<Atto, Error> {
    let balance = u128::try_from(&balance.0);
    balance
        .map(Atto)
        .map_err(|_| Error::param("balance", "it is 2^128 or more, far beyond all FIL"))
}

pub(in crate::methods) fn set_code(
    caller: &Caller<'_>,
    address: Address,
    code: Data,
) -> Result<bool, Error> {
    let address = eth::eth_address(address).to_filecoin();
    edit(caller, |edit| edit.set_code(&address, &code.0))
}

pub(in crate::methods) fn set_nonce(
    caller: &Caller<'_>,
    address: Address,
    nonce: Quantity,
) -> Result<bool, Error> {
    let address = eth::eth_address(address).to_filecoin();
    edit(caller, |edit| edit.set_nonce(&address, nonce.0))
}

pub(in crate::methods) fn set_storage_at(
    caller: &Caller<'_>,
    address: Address,
    slot: Word,
    value: Word,
) -> Result<bool, Error> {
    let address = eth::eth_address(address).to_filecoin();
    edit(caller, |edit| {
        edit.set_storage(&address, &[(slot.0, value.0)])
    })
}

pub(in crate::methods) fn impersonate(
    caller: &Caller<'_>,
    address: Address,
) -> Result<bool, Error> {
    caller.node.impersonated().accounts.insert(address);
    Ok(true)
}

pub(in crate::methods) fn stop_impersonating(
    caller: &Caller<'_>,
    address: Address,
) -> Result<bool, Error> {
    Ok(caller.node.impersonated().accounts.remove(&address))
}

pub(in crate::methods) fn impersonate_everyone(
    caller: &Caller<'_>,
    enabled: bool,
) -> Result<(), Error> {
    caller.node.impersonated().everyone = enabled;
    Ok(())
}

/// Drops a message that waits. Its hash, if there was one.
pub(in crate::methods) fn drop_transaction(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Hash>, Error> {
    let dropped = caller.chain().drop_waiting(&eth::chain_hash(hash));
    Ok(dropped.map(|_| hash))
}

/// As Hardhat answers it.
pub(in crate::methods) fn was_dropped(caller: &Caller<'_>, hash: Hash) -> Result<bool, Error> {
    Ok(drop_transaction(caller, hash)?.is_some())
}

pub(in crate::methods) fn drop_all_transactions(caller: &Caller<'_>) -> Result<(), Error> {
    caller.chain().drop_all_waiting();
    Ok(())
}

pub(in crate::methods) fn remove_pool_transactions(
    caller: &Caller<'_>,
    address: Address,
) -> Result<(), Error> {
    let sender = eth::eth_address(address).to_filecoin();
    let chain = caller.chain();
    for message in chain.all_waiting() {
        if message.message().from == sender {
            chain.drop_waiting(&message.eth_hash);
        }
    }
    Ok(())
}
