//! Does a transfer cost more in a contract with many holders?

use anyhow::{Context, Result};
use fvm_ipld_encoding::strict_bytes::ByteBuf;
use fvm_ipld_encoding::{RawBytes, from_slice};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;

use crate::engine::Vm;
use crate::engine::contract;
use crate::engine::ours::Atoll;
use crate::engine::work::{
    BLOCK_GAS_LIMIT, CREATE_EXTERNAL, INVOKE_EVM, erc20_init, genesis, holder,
};
use crate::measure::{Measured, Stopwatch};

/// How many holders get something while it is measured: the same number, however many there are.
const RECEIVERS: u64 = 1_000;

/// Transfers between two flushes while the holders are made.
const FLUSHED: u64 = 10_000;

/// Transfers in a token that has so many holders, to receivers spread over all of them, and one
/// flush: about as many as a full tipset holds by gas.
pub fn measure(holders: u64, transfers: u64) -> Result<Measured> {
    let mut vm = Atoll::native()?;
    let from = genesis()?["ids"]["E0"].as_u64();
    let mut token = Token {
        from: Address::new_id(from.context("the genesis has no E0")?),
        to: Address::new_id(10),
        sequence: 0,
    };
    let init = contract::bytes(&erc20_init()?);
    let reply = vm.apply(token.message(CREATE_EXTERNAL, init))?;
    let (id, _, _): (u64, Option<Address>, ByteBuf) = from_slice(&reply.data)?;
    token.to = Address::new_id(id);
    for number in 0..holders {
        vm.apply(token.transfer(number))?;
        if number % FLUSHED == 0 {
            vm.flush()?;
        }
    }
    vm.flush()?;

    // The receivers are known to the machine already, in both cases.
    let step = (holders / RECEIVERS).max(1);
    for number in 0..RECEIVERS {
        vm.apply(token.transfer(number * step % holders))?;
    }
    vm.flush()?;
    let watch = Stopwatch::start();
    for number in 0..transfers {
        vm.apply(token.transfer(number % RECEIVERS * step % holders))?;
    }
    vm.flush()?;
    watch.stop(transfers, String::new())
}

struct Token {
    from: Address,
    to: Address,
    sequence: u64,
}

impl Token {
    fn transfer(&mut self, number: u64) -> Message {
        self.message(INVOKE_EVM, contract::erc20_transfer(holder(number), 1))
    }

    fn message(&mut self, method_num: u64, params: RawBytes) -> Message {
        let message = Message {
            version: 0,
            from: self.from,
            to: self.to,
            sequence: self.sequence,
            value: TokenAmount::default(),
            method_num,
            params,
            gas_limit: BLOCK_GAS_LIMIT,
            gas_fee_cap: TokenAmount::from_atto(200),
            gas_premium: TokenAmount::from_atto(10),
        };
        self.sequence += 1;
        message
    }
}
