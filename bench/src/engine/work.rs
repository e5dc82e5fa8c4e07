//! The works: which messages, how many, and what their figures mean.

use std::ops::Range;

use anyhow::{Context, Result, bail};
use fvm_ipld_encoding::strict_bytes::ByteBuf;
use fvm_ipld_encoding::{RawBytes, from_slice};
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;

use super::{Outcome, Vm, contract, parallel};

/// Deploys a contract.
pub const CREATE_EXTERNAL: u64 = 4;
/// Calls a contract.
pub const INVOKE_EVM: u64 = 3_844_450_837;
/// The tipset in which all messages are applied.
pub const EPOCH: i64 = 6_100_000;
/// Its time.
pub const TIMESTAMP: u64 = 1_780_000_000;
/// Its base fee, in attoFIL.
pub const BASE_FEE: u64 = 100;
/// What a message may use.
pub const BLOCK_GAS_LIMIT: u64 = 10_000_000_000;

/// Something to measure.
pub struct Work {
    /// What is done.
    pub task: Task,
    name: String,
}

/// What is done.
pub enum Task {
    /// From nothing to every actor ready to run.
    Start {
        /// Has this machine started with this bundle before?
        warm: bool,
    },
    /// From nothing, on a machine that never started before, to the receipts of the first calls
    /// to a contract.
    FirstCalls(Plan),
    /// Messages to a chain.
    Messages(Plan),
    /// Messages to two chains at the same time.
    Parallel(Plan),
}

/// Messages to a chain.
pub struct Plan {
    target: Target,
    /// How many messages.
    count: u64,
    /// How much work a message holds.
    units_each: u64,
    flush_each: bool,
}

enum Target {
    /// A plain transfer to an account.
    Account,
    /// A contract with this init code, called with what the number of the message says.
    Contract {
        init: Vec<u8>,
        call: fn(&Plan, u64) -> RawBytes,
    },
    /// A new contract each time.
    Deploy { init: Vec<u8> },
}

impl Work {
    /// Every line of the benchmark.
    pub const NAMES: [&str; 12] = [
        "noop-call",
        "erc20-transfer",
        "keccak-loop",
        "u256-loop",
        "new-slots",
        "deploy-20k",
        "fil-transfer",
        "fil-transfer-flush-each",
        "warm-start",
        "cold-start",
        "cold-start-all",
        parallel::NAME,
    ];

    /// The work of a line.
    pub fn named(name: &str, quick: bool) -> Result<Self> {
        let count = |full: u64| if quick { (full / 10).max(1) } else { full };
        let plan = |code: &[u8], call, messages, units_each| Plan {
            target: Target::Contract {
                init: contract::deployer(code),
                call,
            },
            count: messages,
            units_each,
            flush_each: false,
        };
        let called = |code: &[u8], call, messages, units_each| {
            Task::Messages(plan(code, call, messages, units_each))
        };
        let nothing: fn(&Plan, u64) -> RawBytes = |_, _| RawBytes::default();
        let looped: fn(&Plan, u64) -> RawBytes = |plan, _| contract::calldata(&[plan.units_each]);
        let transfers = |flush_each, messages| {
            Task::Messages(Plan {
                target: Target::Account,
                count: messages,
                units_each: 1,
                flush_each,
            })
        };
        let task = match name {
            "noop-call" => called(&contract::noop(), nothing, count(10_000), 1),
            "erc20-transfer" => Task::Messages(erc20(count(10_000))?),
            parallel::NAME => Task::Parallel(erc20(count(20_000))?),
            "keccak-loop" => called(&contract::keccak_loop(), looped, count(20), 20_000),
            "u256-loop" => called(&contract::u256_loop(), looped, count(20), 50_000),
            "new-slots" => called(
                &contract::new_slots(),
                |plan, number| contract::calldata(&[plan.units_each, number * plan.units_each]),
                count(200),
                100,
            ),
            "deploy-20k" => Task::Messages(Plan {
                target: Target::Deploy {
                    init: contract::deployer(&[0x5b; 20 * 1024]),
                },
                count: count(1_000),
                units_each: 1,
                flush_each: false,
            }),
            "fil-transfer" => transfers(false, count(200_000)),
            "fil-transfer-flush-each" => transfers(true, count(20_000)),
            "warm-start" => Task::Start { warm: true },
            "cold-start" => Task::FirstCalls(plan(&contract::noop(), nothing, 1, 1)),
            "cold-start-all" => Task::Start { warm: false },
            _ => bail!("there is no work called {name}"),
        };
        Ok(Self {
            task,
            name: name.to_owned(),
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// A plan whose contract is deployed.
pub struct Run<'a> {
    plan: &'a Plan,
    sender: Address,
    sequence: u64,
    to: Address,
}

/// Transfers of a token.
fn erc20(count: u64) -> Result<Plan> {
    Ok(Plan {
        target: Target::Contract {
            init: erc20_init()?,
            call: |_, number| contract::erc20_transfer(holder(number % 100), 1),
        },
        count,
        units_each: 1,
        flush_each: false,
    })
}

impl Plan {
    /// How many messages.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How much work a message holds.
    pub fn units_each(&self) -> u64 {
        self.units_each
    }

    /// Deploys what the messages need.
    pub fn prepare(&self, vm: &mut dyn Vm) -> Result<Run<'_>> {
        let genesis = genesis()?;
        let address = |name: &str| {
            let id = genesis["ids"][name].as_u64();
            id.map(Address::new_id)
                .with_context(|| format!("the genesis has no {name}"))
        };
        let mut run = Run {
            plan: self,
            sender: address("E0")?,
            sequence: 0,
            to: address("A1")?,
        };
        match &self.target {
            Target::Account => run.sender = address("A0")?,
            Target::Contract { init, .. } => {
                run.to = Address::new_id(10);
                let reply = vm.apply(run.message(CREATE_EXTERNAL, contract::bytes(init), false))?;
                let (id, _, _): (u64, Option<Address>, ByteBuf) = from_slice(&reply.data)?;
                run.to = Address::new_id(id);
                vm.flush()?;
            }
            Target::Deploy { .. } => run.to = Address::new_id(10),
        }
        Ok(run)
    }
}

impl Run<'_> {
    /// The actor that the messages call.
    pub fn called(&self) -> Result<ActorID> {
        Ok(self.to.id()?)
    }

    /// A few messages that do not count: whatever is compiled or kept at the first use is then
    /// there on both sides.
    pub fn warm_up(&mut self, vm: &mut dyn Vm) -> Result<()> {
        for number in 0..3 {
            let message = self.numbered(1_000_000 + number);
            vm.apply(message)?;
        }
        vm.flush()?;
        Ok(())
    }

    /// The messages that count, and the flush after them. Returns the units of work, and what
    /// came of them.
    pub fn measure(&mut self, vm: &mut dyn Vm) -> Result<(u64, String)> {
        let mut outcome = Outcome::default();
        let mut root = String::new();
        if self.plan.flush_each {
            for number in 0..self.plan.count {
                self.apply(vm, number..number + 1, &mut outcome)?;
                root = vm.flush()?;
            }
        } else {
            self.apply(vm, 0..self.plan.count, &mut outcome)?;
            root = vm.flush()?;
        }
        Ok((self.plan.count * self.plan.units_each, outcome.words(&root)))
    }

    /// Applies some of the messages.
    pub fn apply(
        &mut self,
        vm: &mut dyn Vm,
        numbers: Range<u64>,
        outcome: &mut Outcome,
    ) -> Result<()> {
        for number in numbers {
            outcome.add(&vm.apply(self.numbered(number))?);
        }
        Ok(())
    }

    fn numbered(&mut self, number: u64) -> Message {
        match &self.plan.target {
            Target::Account => self.message(0, RawBytes::default(), true),
            Target::Contract { call, .. } => {
                let params = call(self.plan, number);
                self.message(INVOKE_EVM, params, false)
            }
            Target::Deploy { init } => self.message(CREATE_EXTERNAL, contract::bytes(init), false),
        }
    }

    fn message(&mut self, method_num: u64, params: RawBytes, with_value: bool) -> Message {
        let message = Message {
            version: 0,
            from: self.sender,
            to: self.to,
            sequence: self.sequence,
            value: TokenAmount::from_atto(u64::from(with_value)),
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

/// The recorded genesis, described.
pub fn genesis() -> Result<serde_json::Value> {
    Ok(serde_json::from_slice(&std::fs::read(
        crate::vectors().join("genesis.json"),
    )?)?)
}

/// The init code of the token in the recorded scenario `erc20`: OpenZeppelin's ERC20.
pub fn erc20_init() -> Result<Vec<u8>> {
    let text = std::fs::read(crate::vectors().join("fevm/erc20.json"))?;
    let scenario: serde_json::Value = serde_json::from_slice(&text)?;
    let params = scenario["steps"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|step| &step["message"])
        .find(|message| message["method"] == CREATE_EXTERNAL)
        .and_then(|message| message["params"].as_str())
        .context("the scenario erc20 deploys a token")?;
    let init: ByteBuf = from_slice(&hex::decode(params)?)?;
    Ok(init.into_vec())
}

/// A made-up holder.
pub fn holder(number: u64) -> [u8; 20] {
    let mut address = [0x42; 20];
    address[12..].copy_from_slice(&number.to_be_bytes());
    address
}
