//! A machine with actors written as text, for tests of rules and of hostile code.
//!
//! ```ignore
//! let mut machine = Machine::with_actors(&[r#"(func (export "invoke") (param i32) (result i32)
//!     (call $vm.exit (i32.const 42) (i32.const 0) (i32.const 0) (i32.const 0)))"#]);
//! expect!["exit 42; 1234 gas"].assert_eq(&machine.call(0, 1).describe());
//! ```

use std::fmt::Write;
use std::sync::Arc;

use atoll_vm::abi::{self, WasmType};
use atoll_vm::{Actor, Applied, ApplyKind, Context, Executor, Setup};
use atoll_wasm::{Engine, EngineSettings, WasmRunner};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use multihash_codetable::{Code, MultihashDigest};

use crate::chain::{NoChain, NoProofs};
use crate::genesis::genesis;

/// An account with 100,000 FIL in the recorded genesis.
const SENDER: ActorID = 100;
/// The id of the first actor of a test; the others follow.
pub const FIRST_ACTOR: ActorID = 5_000;
/// What a message may use unless a test says otherwise.
pub const GAS_LIMIT: u64 = 10_000_000_000;

/// A runner with an engine of its own, without a cache on disk.
pub fn runner() -> Arc<WasmRunner> {
    let engine = Engine::new(&EngineSettings::default()).expect("Wasmtime starts");
    Arc::new(WasmRunner::new(Arc::new(engine)))
}

/// A machine in which a few actors run the test's code.
pub struct Machine {
    executor: Executor,
    sequence: u64,
    gas_limit: u64,
}

/// What became of a message.
#[derive(Debug)]
pub struct Outcome(pub Applied);

impl Machine {
    /// A machine at the newest network version. Each text is the inside of a `module`, which has
    /// a page of memory and all syscalls imported as `$module.name`.
    pub fn with_actors(texts: &[&str]) -> Self {
        let version = NetworkVersion::V28;
        let modules: Vec<_> = texts.iter().map(|text| module(version, text)).collect();
        Self::new(version, &modules, runner())
    }

    /// A machine whose actors run these modules, whatever they are.
    pub fn new(version: NetworkVersion, modules: &[Vec<u8>], runner: Arc<WasmRunner>) -> Self {
        let (blockstore, root) = genesis();
        let codes: Vec<Cid> = modules
            .iter()
            .map(|wasm| {
                let code = Cid::new_v1(fvm_ipld_encoding::IPLD_RAW, Code::Blake2b256.digest(wasm));
                blockstore.put_keyed(&code, wasm).expect("it is in memory");
                code
            })
            .collect();
        let mut context = Context::new(version);
        context.epoch = 1_000;
        let mut executor = Executor::new(Setup {
            context,
            blockstore,
            root,
            externs: Arc::new(NoChain),
            verifier: Arc::new(NoProofs),
            runner,
        })
        .expect("the genesis is whole");
        for (id, code) in (FIRST_ACTOR..).zip(codes) {
            executor
                .state()
                .set_actor(id, Actor::new(code, None))
                .expect("the state is whole");
        }
        Self {
            executor,
            sequence: 0,
            gas_limit: GAS_LIMIT,
        }
    }

    /// Limits the messages that follow.
    pub fn gas_limit(&mut self, gas_limit: u64) -> &mut Self {
        self.gas_limit = gas_limit;
        self
    }

    /// Sends a message without parameters to the `nth` actor.
    #[track_caller]
    pub fn call(&mut self, nth: u64, method: u64) -> Outcome {
        self.call_with(nth, method, &[])
    }

    /// Sends a message to the `nth` actor.
    #[track_caller]
    pub fn call_with(&mut self, nth: u64, method: u64, params: &[u8]) -> Outcome {
        let message = Message {
            version: 0,
            from: Address::new_id(SENDER),
            to: Address::new_id(FIRST_ACTOR + nth),
            sequence: self.sequence,
            value: TokenAmount::default(),
            method_num: method,
            params: RawBytes::new(params.to_vec()),
            gas_limit: self.gas_limit,
            gas_fee_cap: TokenAmount::default(),
            gas_premium: TokenAmount::default(),
        };
        self.sequence += 1;
        Outcome(
            self.executor
                .apply(&message, ApplyKind::Explicit, 100)
                .expect("the node is well"),
        )
    }
}

impl Outcome {
    /// The exit code.
    pub fn code(&self) -> u32 {
        self.0.receipt.exit_code.value()
    }

    /// The exit code, the gas, and what was returned, on one line.
    pub fn describe(&self) -> String {
        let receipt = &self.0.receipt;
        let mut line = format!(
            "exit {}; {} gas",
            receipt.exit_code.value(),
            receipt.gas_used
        );
        let data = receipt.return_data.bytes();
        if !data.is_empty() {
            line.push_str("; returned ");
            for byte in data {
                write!(line, "{byte:02x}").expect("strings take everything");
            }
        }
        line
    }

    /// The number that an actor returned as four or eight bytes.
    pub fn number(&self) -> u64 {
        let mut bytes = [0; 8];
        let data = self.0.receipt.return_data.bytes();
        bytes[..data.len()].copy_from_slice(data);
        u64::from_le_bytes(bytes)
    }
}

/// A module from the text inside it: a page of memory, and the syscalls of a version.
pub fn module(version: NetworkVersion, text: &str) -> Vec<u8> {
    let imports = imports(version);
    let text = format!("(module {imports} (memory (export \"memory\") 1) {text})");
    wat::parse_str(&text).unwrap_or_else(|e| panic!("{e}"))
}

/// The syscalls of a version as imports, each named `$module.name`.
pub fn imports(version: NetworkVersion) -> String {
    let mut text = String::new();
    for row in abi::syscalls(version) {
        let abi::Syscall { module, name, .. } = row;
        write!(
            text,
            "(import \"{module}\" \"{name}\" (func ${module}.{name} (param"
        )
        .expect("strings take everything");
        for param in row.wasm_params() {
            text.push_str(match param {
                WasmType::I32 => " i32",
                WasmType::I64 => " i64",
            });
        }
        text.push_str(") (result i32)))\n");
    }
    text
}
