//! The same contracts on revm, with its in-memory database.

use anyhow::{Context as _, Result, bail};
use fvm_ipld_encoding::{RawBytes, from_slice, strict_bytes::ByteBuf};
use revm::context::TxEnv;
use revm::context::result::{ExecutionResult, Output};
use revm::database::{CacheDB, EmptyDB};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Address, Bytes, TxKind, U256};
use revm::state::AccountInfo;
use revm::{Context, ExecuteCommitEvm, MainBuilder, MainContext};

use crate::engine::contract;
use crate::engine::work::{erc20_init, holder};
use crate::measure::{Measured, Stopwatch};

/// The caller.
const FROM: Address = Address::repeat_byte(0x11);

/// How many rounds a message of the loop has, as in [`crate::engine`].
const LOOP_ROUNDS: u64 = 50_000;

/// `word * word + counter`, many times a message.
pub fn looping(messages: u64) -> Result<Measured> {
    let init = contract::deployer(&contract::u256_loop());
    let measured = run(&init, messages, |_| contract::calldata(&[LOOP_ROUNDS]))?;
    Ok(Measured {
        units: measured.units * LOOP_ROUNDS,
        ..measured
    })
}

/// OpenZeppelin's ERC-20, to a hundred holders in turn.
pub fn transfers(messages: u64) -> Result<Measured> {
    run(&erc20_init()?, messages, |number| {
        contract::erc20_transfer(holder(number % 100), 1)
    })
}

fn run(init: &[u8], messages: u64, call: impl Fn(u64) -> RawBytes) -> Result<Measured> {
    let mut database = CacheDB::<EmptyDB>::default();
    let rich = AccountInfo {
        balance: U256::from(u128::MAX),
        ..AccountInfo::default()
    };
    database.insert_account_info(FROM, rich);
    let mut evm = Context::mainnet()
        .with_db(database)
        .modify_cfg_chained(|cfg| cfg.set_spec_and_mainnet_gas_params(SpecId::CANCUN))
        .modify_block_chained(|block| block.gas_limit = u64::MAX)
        .build_mainnet();
    let mut nonce = 0;
    let mut transact = |kind: TxKind, data: Bytes| -> Result<ExecutionResult> {
        let transaction = TxEnv {
            caller: FROM,
            kind,
            data,
            gas_limit: 1_000_000_000,
            gas_price: 0,
            nonce,
            ..TxEnv::default()
        };
        nonce += 1;
        let result = evm.transact_commit(transaction)?;
        if !result.is_success() {
            bail!("revm: {result:?}");
        }
        Ok(result)
    };
    let deployed = transact(TxKind::Create, init.to_vec().into())?;
    let ExecutionResult::Success {
        output: Output::Create(_, Some(address)),
        ..
    } = deployed
    else {
        bail!("revm deployed nothing");
    };
    let calldata = |number| -> Result<Bytes> {
        let bytes: ByteBuf = from_slice(call(number).bytes()).context("calldata is CBOR")?;
        Ok(bytes.into_vec().into())
    };
    for number in 0..3 {
        transact(TxKind::Call(address), calldata(1_000_000 + number)?)?;
    }
    let watch = Stopwatch::start();
    for number in 0..messages {
        transact(TxKind::Call(address), calldata(number)?)?;
    }
    watch.stop(messages, String::new())
}
