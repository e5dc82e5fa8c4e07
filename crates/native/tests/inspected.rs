//! An inspector sees one message go from a contract to a Wasm actor, to other actors and back, in
//! order; and nothing comes out differently for being seen.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use atoll_actors::eam::{self, CreateReturn};
use atoll_actors::evm::method::INVOKE_CONTRACT;
use atoll_actors::inspector::{Block, Called, Callee, Charge, Inspector, Slot, Step};
use atoll_actors::{Policy, ids};
use atoll_native::genesis::{self, Account, Plan};
use atoll_native::{NativeRunner, codes};
use atoll_testkit::chain::{NoChain, NoProofs};
use atoll_testkit::machine::module;
use atoll_vm::store::MemoryStore;
use atoll_vm::{
    Actor, Applied, ApplyKind, Context, Dispatcher, Executor, Runner, Setup, SharedBlockstore,
};
use atoll_wasm::{Engine, EngineSettings, WasmRunner};
use cid::Cid;
use fvm_ipld_encoding::{BytesSer, IPLD_RAW, RawBytes, from_slice, to_vec};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::message::Message;
use fvm_shared::version::NetworkVersion;
use fvm_shared::{ActorID, METHOD_SEND, MethodNum};
use multihash_codetable::{Code, MultihashDigest};

/// An account, the first of the plan.
const ALICE: ActorID = 100;
/// The actor in Wasm.
const WALTER: ActorID = 5_000;
const NOBODY: ActorID = 999_999;
/// A method beyond those that contracts may not call.
const METHOD: MethodNum = 2_000;
/// A method of accounts that only built-in actors may call.
const PUBKEY_ADDRESS: MethodNum = 2;
const VERSION: NetworkVersion = NetworkVersion::V28;
const ENOUGH_GAS: u64 = 10_000_000_000;

/// Stores 7 if it is called without input; else calls the actor that the input describes to the
/// precompile `call_actor_id`, and returns its answer.
const CONTRACT: &str = "36 6009 57 6007 5f 55 00 \
    5b 36 5f 5f 37 5f 5f 36 5f 73 fe00000000000000000000000000000000000005 5a f4 50 \
    3d 5f 5f 3e 3d 5f f3";

/// Reads its state, writes another, sends an account nothing, calls a method of the account that is
/// not for it, the contract, and nobody.
fn walter(contract: ActorID) -> Vec<u8> {
    let text = |id: ActorID| -> String {
        let bytes = Address::new_id(id).to_bytes();
        bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:02x}").expect("strings take everything");
            text
        })
    };
    let send = |at: usize, id: ActorID, method: MethodNum| -> String {
        let length = Address::new_id(id).to_bytes().len();
        format!(
            "(call $send.send (i32.const 0) (i32.const {at}) (i32.const {length})
                (i64.const {method}) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1)
                (i64.const 0))"
        )
    };
    let text = format!(
        r#"(data (i32.const 768) "\81\07")
        (data (i32.const 800) "{contract_address}")
        (data (i32.const 820) "{account_address}")
        (data (i32.const 840) "{nobody_address}")
        (func $must (param $error i32) (if (local.get $error) (then (unreachable))))
        (func (export "invoke") (param i32) (result i32)
            (call $must (call $self.root (i32.const 0) (i32.const 256) (i32.const 100)))
            (call $must (call $ipld.block_open (i32.const 0) (i32.const 256)))
            (call $must (call $ipld.block_create
                (i32.const 0) (i64.const 0x71) (i32.const 768) (i32.const 2)))
            (call $must (call $ipld.block_link (i32.const 4) (i32.load (i32.const 0))
                (i64.const 0xb220) (i32.const 32) (i32.const 256) (i32.const 100)))
            (call $must (call $self.set_root (i32.const 256)))
            (call $must {transfer})
            (call $must {account})
            (call $must {contract})
            (drop {nobody})
            (i32.const 0))"#,
        contract_address = text(contract),
        account_address = text(ALICE),
        nobody_address = text(NOBODY),
        contract = send(800, contract, INVOKE_CONTRACT),
        transfer = send(820, ALICE, METHOD_SEND),
        account = send(820, ALICE, PUBKEY_ADDRESS),
        nobody = send(840, NOBODY, METHOD),
    );
    module(VERSION, &text)
}

/// What an inspector was told, a line for each thing. Opcodes are one line as long as nothing happens
/// in between; what the machine charges for each request is only added up.
#[derive(Default)]
struct Recorder(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    lines: Vec<String>,
    depth: usize,
    opcodes: Vec<&'static str>,
    milligas: u64,
}

impl Seen {
    fn say(&mut self, words: &str) {
        if !self.opcodes.is_empty() {
            let opcodes = std::mem::take(&mut self.opcodes).join(" ");
            self.say(&opcodes);
        }
        self.lines.push(format!("{:1$}{words}", "", 2 * self.depth));
    }
}

impl Recorder {
    fn say(&self, words: impl Into<String>) {
        self.0.lock().expect("no panic").say(&words.into());
    }
}

impl Inspector for Recorder {
    fn called(&self, call: &Called<'_>) {
        let to = call.to.id().expect("all are called by id");
        self.say(format!("f0{} calls f0{to} #{}", call.from, call.method));
        self.0.lock().expect("no panic").depth += 1;
    }

    fn found(&self, callee: &Callee<'_>) {
        match callee.kind {
            Some(kind) => self.say(format!("{kind:?}")),
            None => self.say("Wasm"),
        }
    }

    fn answered(&self, code: ExitCode, data: Option<Block<'_>>) {
        let length = data.map_or(0, |block| block.data.len());
        self.say(format!("exit {code}, {length} bytes", code = code.value()));
        self.0.lock().expect("no panic").depth -= 1;
    }

    fn refused(&self, number: ErrorNumber, _: &str) {
        self.say(format!("refused: {number:?}"));
        self.0.lock().expect("no panic").depth -= 1;
    }

    fn charged(&self, charge: &Charge<'_>) {
        if !charge.cause.starts_with("On") {
            self.say(charge.cause);
        }
        let mut seen = self.0.lock().expect("no panic");
        seen.milligas += charge.compute_milligas + charge.other_milligas;
    }

    fn block_read(&self, _: &Cid, size: usize) {
        self.say(format!("reads {size} bytes"));
    }

    fn block_written(&self, _: &Cid, size: usize) {
        self.say(format!("writes {size} bytes"));
    }

    fn root_set(&self, _: &Cid) {
        self.say("has a new state");
    }

    fn step(&self, step: &Step<'_>) {
        self.0.lock().expect("no panic").opcodes.push(step.name());
    }

    fn slot_written(&self, slot: &Slot, _: &[u8; 32]) {
        self.say(format!("slot {} := {}", slot.key[31], slot.value[31]));
    }
}

/// What came of the last message, and the state after it.
struct Outcome {
    applied: Applied,
    root: Cid,
}

/// A contract is deployed, an actor in Wasm put beside it, and the contract called to call it, with so
/// much gas.
fn play(recorder: Option<Arc<Recorder>>, gas_limit: u64) -> Outcome {
    let store: SharedBlockstore = Arc::new(MemoryStore::default());
    let context = Context::new(VERSION);
    let built_in = genesis::native_actors(&*store).expect("memory can be written");
    let alice = Account {
        address: Address::new_secp256k1(&[1; 65]).expect("65 bytes are a key"),
        balance: TokenAmount::from_whole(1_000),
    };
    let plan = Plan {
        accounts: vec![alice],
        ..Plan::bare(context.clone(), built_in, "dev")
    };
    let natives: Arc<dyn Runner> = Arc::new(NativeRunner::new(Policy::dev()));
    let root = genesis::build(&plan, &store, &natives)
        .expect("a plan that can be carried out")
        .root;
    let mut natives = NativeRunner::new(Policy::dev());
    if let Some(recorder) = recorder.clone() {
        natives = natives.watched_by(recorder);
    }
    let natives: Arc<dyn Runner> = Arc::new(natives);
    let engine = Engine::new(&EngineSettings::default()).expect("Wasmtime starts");
    let dispatcher = Dispatcher::new().with_wasm(Arc::new(WasmRunner::new(Arc::new(engine))));
    let dispatcher = codes::all().fold(dispatcher, |dispatcher, (code, _)| {
        dispatcher.with_native(code, natives.clone())
    });
    let mut executor = Executor::new(Setup {
        context,
        blockstore: store.clone(),
        root,
        externs: Arc::new(NoChain),
        verifier: Arc::new(NoProofs),
        runner: Arc::new(dispatcher),
    })
    .expect("a state to start from");

    let code: Vec<u8> = hex::decode(CONTRACT.replace(' ', "")).expect("hexadecimal");
    let length = u8::try_from(code.len()).expect("it is short");
    let initcode = [
        &[0x60, length, 0x80, 0x60, 9, 0x5f, 0x39, 0x5f, 0xf3][..],
        &code,
    ]
    .concat();
    let created = Call {
        to: ids::EAM,
        method: eam::CREATE_EXTERNAL,
        params: &initcode,
        gas_limit: ENOUGH_GAS,
    };
    let created = apply(&mut executor, 0, &created);
    let created: CreateReturn =
        from_slice(created.receipt.return_data.bytes()).expect("a contract is there");

    let wasm = walter(created.actor_id);
    let code = Cid::new_v1(IPLD_RAW, Code::Blake2b256.digest(&wasm));
    store.put_keyed(&code, &wasm).expect("it is in memory");
    executor
        .state()
        .set_actor(WALTER, Actor::new(code, None))
        .expect("the state is whole");
    if let Some(recorder) = &recorder {
        *recorder.0.lock().expect("no panic") = Seen::default();
    }
    // Method, value, flags, codec, where the parameters are, who; and no parameters.
    let words = [METHOD, 0, 0, 0, 6 * 32, WALTER, 0];
    let input: Vec<u8> = words
        .iter()
        .flat_map(|word| [&[0; 24][..], &word.to_be_bytes()].concat())
        .collect();
    let call = Call {
        to: created.actor_id,
        method: INVOKE_CONTRACT,
        params: &input,
        gas_limit,
    };
    let applied = apply(&mut executor, 1, &call);
    Outcome {
        applied,
        root: executor.flush().expect("it is in memory"),
    }
}

/// What Alice calls.
struct Call<'a> {
    to: ActorID,
    method: MethodNum,
    params: &'a [u8],
    gas_limit: u64,
}

fn apply(executor: &mut Executor, sequence: u64, call: &Call<'_>) -> Applied {
    let message = Message {
        version: 0,
        from: Address::new_id(ALICE),
        to: Address::new_id(call.to),
        sequence,
        value: TokenAmount::default(),
        method_num: call.method,
        params: RawBytes::new(to_vec(&BytesSer(call.params)).expect("bytes encode")),
        gas_limit: call.gas_limit,
        gas_fee_cap: TokenAmount::default(),
        gas_premium: TokenAmount::default(),
    };
    executor
        .apply(&message, ApplyKind::Explicit, 100)
        .expect("the node is well")
}

#[rustfmt::skip]
const EXPECTED: &[&str] = &[
    "f0100 calls f0102 #3844450837",
    "  Evm",
    "  actor",
    "  evm frame",
    "  reads 124 bytes",
    "  reads 49 bytes",
    "  evm code",
    "  CALLDATASIZE PUSH1 JUMPI JUMPDEST CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY \
       PUSH0 PUSH0 CALLDATASIZE PUSH0 PUSH20 GAS DELEGATECALL",
    "  evm",
    "  evm precompile",
    "  f0102 calls f05000 #2000",
    "    Wasm",
    "    wasm_memory_init",
    "    wasm_exec",
    "    wasm_exec",
    "    wasm_exec",
    "    reads 1 bytes",
    "    wasm_exec",
    "    wasm_exec",
    "    writes 2 bytes",
    "    wasm_exec",
    "    has a new state",
    "    wasm_exec",
    "    f05000 calls f0100 #0",
    "      Account",
    "      exit 0, 0 bytes",
    "    wasm_exec",
    "    f05000 calls f0100 #2",
    "      Account",
    "      actor",
    "      exit 18, 0 bytes",
    "    wasm_exec",
    "    f05000 calls f0102 #3844450837",
    "      Evm",
    "      actor",
    "      evm frame",
    "      evm code",
    "      CALLDATASIZE PUSH1 JUMPI PUSH1 PUSH0 SSTORE",
    "      slot 0 := 7",
    "      STOP",
    "      evm",
    "      evm state",
    "      exit 0, 1 bytes",
    "    wasm_exec",
    "    f05000 calls f0999999 #2000",
    "      refused: NotFound",
    "    wasm_exec",
    "    exit 0, 0 bytes",
    "  POP RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY RETURNDATASIZE PUSH0 RETURN",
    "  evm",
    "  exit 0, 130 bytes",
];

#[test]
fn a_message_through_all_kinds_of_actors() {
    let recorder = Arc::new(Recorder::default());
    let watched = play(Some(recorder.clone()), ENOUGH_GAS);
    let seen = recorder.0.lock().expect("no panic");
    assert_eq!(seen.lines, EXPECTED);
    assert_eq!(seen.depth, 0);
    // Nothing is left out or told twice.
    let gas_used = watched.applied.receipt.gas_used;
    assert_eq!(seen.milligas.div_ceil(1_000), gas_used);
    assert!(
        watched.applied.trace.is_empty(),
        "nobody asked for it to be kept"
    );
}

/// Nor does gas that runs out on the way, wherever that is; and no call stays open then.
#[test]
fn to_be_seen_changes_nothing() {
    let gas_used = play(None, ENOUGH_GAS).applied.receipt.gas_used;
    let mut codes = Vec::new();
    for gas_limit in (1..=20)
        .map(|part| gas_used * part / 20)
        .chain([ENOUGH_GAS])
    {
        let recorder = Arc::new(Recorder::default());
        let watched = play(Some(recorder.clone()), gas_limit);
        let unwatched = play(None, gas_limit);
        assert_eq!(watched.applied.receipt, unwatched.applied.receipt);
        assert_eq!(watched.applied.events, unwatched.applied.events);
        assert_eq!(watched.root, unwatched.root);
        assert_eq!(recorder.0.lock().expect("no panic").depth, 0, "{gas_limit}");
        codes.push(watched.applied.receipt.exit_code);
    }
    assert!(codes.contains(&ExitCode::OK) && codes.contains(&ExitCode::SYS_OUT_OF_GAS));
}
