//! Plays a virtual machine test: one call of one code, in a world of its own.

use anyhow::{Context, Result};
use atoll_actors::evm::ethereum::Rules;
use fvm_ipld_encoding::BytesDe;

use super::Played;
use super::blocks::compare_without_balance;
use super::format::{Account, EthAddressText, Number, VmTest, Wide};
use super::receipt::logs_hash;
use super::world::{BlockInfo, Call, Ground, World};
use crate::contract::Word;
use crate::vectors::json::Hex;
use crate::vectors::report::{Difference, same};

/// Plays the test. These tests hand a value over without moving any: the caller has it from
/// nowhere, and the called account so much less before.
pub fn play(ground: &Ground, test: &VmTest) -> Result<Played> {
    let block = BlockInfo {
        number: test.env.current_number.0,
        timestamp: test.env.current_timestamp.0,
        base_fee: 0,
        coinbase: [0; 20],
    };
    let value = test
        .exec
        .value
        .to_u128()
        .context("a value beyond 128 bits")?;
    let mut pre = test.pre.clone();
    if let Some(called) = pre.get_mut(&test.exec.address) {
        let balance = called
            .balance
            .to_u128()
            .context("a balance beyond 128 bits")?;
        called.balance = wide(balance.saturating_sub(value));
    }
    let caller = pre.entry(test.exec.caller).or_insert_with(nobody);
    let balance = caller
        .balance
        .to_u128()
        .context("a balance beyond 128 bits")?;
    caller.balance = wide(balance.saturating_add(value));
    let nonce = caller.nonce.0;
    let gas = test.exec.gas.to_u64_saturating();

    let accounts = pre.iter().map(|(address, account)| (&address.0, account));
    let mut world = World::new(ground, Some(Rules::Frontier), block, accounts)?;
    let call = Call {
        from: test.exec.caller.0,
        to: Some(test.exec.address.0),
        nonce,
        value,
        data: &test.exec.data.0,
    };
    let (applied, left) = world.call_with_gas(call, gas)?;
    let logs = world.logs(&applied)?;

    let success = applied.receipt.exit_code.is_success();
    let mut compare = || -> Result<Result<(), Box<Difference>>> {
        if let Err(difference) = same("success", &test.post.is_some(), &success) {
            return Ok(Err(difference));
        }
        let Some(post) = &test.post else {
            return Ok(Ok(()));
        };
        if let Some(gas) = test.gas
            && let Err(difference) = same("gas left", &gas.to_u64_saturating(), &left)
        {
            return Ok(Err(difference));
        }
        if let Some(out) = &test.out {
            let BytesDe(got) = applied.receipt.return_data.deserialize()?;
            if let Err(difference) = same("output", out, &Hex(got)) {
                return Ok(Err(difference));
            }
        }
        if let Some(expected) = &test.logs
            && let Err(difference) = same("logs' hash", expected, &Hex(logs_hash(&logs).to_vec()))
        {
            return Ok(Err(difference));
        }
        for (EthAddressText(address), expected) in post {
            let got = world.account(address)?;
            if let Err(difference) = compare_without_balance(address, expected, &got) {
                return Ok(Err(difference));
            }
        }
        Ok(Ok(()))
    };
    let compared = compare()?;
    let result = compared.map(|()| 1).map_err(|mut difference| {
        difference
            .notes
            .extend(applied.failure.iter().map(ToString::to_string));
        difference
    });
    Ok(Played {
        result,
        executed: world.executed(),
    })
}

fn nobody() -> Account {
    Account {
        balance: Wide::default(),
        code: Hex::default(),
        // One who has sent before: else there would be no account without funds.
        nonce: Number(1),
        storage: Default::default(),
    }
}

fn wide(number: u128) -> Wide {
    let mut word = Word::default();
    word.0[16..].copy_from_slice(&number.to_be_bytes());
    Wide(word)
}
