//! The rules of calls, admission and settlement, with actors written as closures.

use std::sync::Arc;

use atoll_testkit::chain::{NoChain, NoProofs};
use atoll_testkit::genesis::genesis;
use atoll_vm::error::SyscallError;
use atoll_vm::runner::{Entry, Runner};
use atoll_vm::{
    Applied, ApplyError, ApplyKind, Block, Context, Executor, Gas, Kernel, Setup, Stop,
};
use expect_test::{Expect, expect};
use fvm_ipld_encoding::{CBOR, RawBytes};
use fvm_shared::ActorID;
use fvm_shared::address::{Address, SECP_PUB_LEN};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::message::Message;
use fvm_shared::sys::{BlockId, SendFlags};
use fvm_shared::version::NetworkVersion;

type Script = dyn Fn(&mut Kernel, &Entry) -> Result<Option<BlockId>, Stop> + Send + Sync;

/// Every actor runs the same script, which tells methods apart.
struct Scripted(Box<Script>);

impl Runner for Scripted {
    fn run(&self, mut kernel: Kernel, entry: &Entry) -> (Kernel, Result<Option<BlockId>, Stop>) {
        let result = (self.0)(&mut kernel, entry);
        (kernel, result)
    }
}

/// An account with 100,000 FIL in the recorded genesis.
const ALICE: ActorID = 100;
const BOB: ActorID = 101;
const BURNT: ActorID = 99;
const GAS_LIMIT: u64 = 10_000_000_000;

struct TestVm {
    executor: Executor,
    sequence: u64,
}

impl TestVm {
    fn new(
        script: impl Fn(&mut Kernel, &Entry) -> Result<Option<BlockId>, Stop> + Send + Sync + 'static,
    ) -> Self {
        let (blockstore, root) = genesis();
        let mut context = Context::new(NetworkVersion::V28);
        context.base_fee = TokenAmount::from_atto(100);
        let executor = Executor::new(Setup {
            context,
            blockstore,
            root,
            externs: Arc::new(NoChain),
            verifier: Arc::new(NoProofs),
            runner: Arc::new(Scripted(Box::new(script))),
        })
        .expect("the genesis is whole");
        Self {
            executor,
            sequence: 0,
        }
    }

    fn message(&self, to: Address, method: u64, value: u64) -> Message {
        Message {
            version: 0,
            from: Address::new_id(ALICE),
            to,
            sequence: self.sequence,
            value: TokenAmount::from_atto(value),
            method_num: method,
            params: RawBytes::default(),
            gas_limit: GAS_LIMIT,
            gas_fee_cap: TokenAmount::from_atto(200),
            gas_premium: TokenAmount::from_atto(10),
        }
    }

    fn apply(&mut self, message: &Message) -> Result<Applied, ApplyError> {
        let applied = self.executor.apply(message, ApplyKind::Explicit, 100);
        if applied.as_ref().is_ok_and(|a| a.fees.penalty.0 == 0) {
            self.sequence += 1;
        }
        applied
    }

    #[track_caller]
    fn call(&mut self, to: ActorID, method: u64) -> Applied {
        let message = self.message(Address::new_id(to), method, 0);
        self.apply(&message).expect("the node is well")
    }

    fn balance(&mut self, id: ActorID) -> u128 {
        let actor = self.executor.state().actor(id).expect("the state is whole");
        actor.expect("it exists").balance.0
    }
}

/// Calls an actor and returns the exit code, or the number of the refusal.
fn send(kernel: &mut Kernel, to: ActorID, method: u64, limit: Option<u64>) -> Result<Sent, Stop> {
    let limit = limit.map(Gas::new);
    let (to, value) = (Address::new_id(to), TokenAmount::default());
    match kernel.send(&to, method, 0, &value, limit, SendFlags::empty()) {
        Ok(sent) => Ok(Sent::Exit(sent.exit_code)),
        Err(SyscallError::Refused(refusal)) => Ok(Sent::Refused(refusal.number)),
        Err(SyscallError::Stop(stop)) => Err(stop),
    }
}

#[derive(Debug, PartialEq)]
enum Sent {
    Exit(u32),
    Refused(ErrorNumber),
}

/// Ends the script with something that the test can read from the receipt.
fn say(kernel: &mut Kernel, words: impl std::fmt::Debug) -> Result<Option<BlockId>, Stop> {
    let block = Block::new(CBOR, format!("{words:?}").into_bytes(), Vec::new());
    match kernel.put_block(block) {
        Ok(id) => Ok(Some(id)),
        Err(error) => panic!("there is room: {error:?}"),
    }
}

#[track_caller]
fn check_says(applied: &Applied, expected: Expect) {
    let words = String::from_utf8_lossy(applied.receipt.return_data.bytes());
    expected.assert_eq(&format!(
        "exit {}: {words}",
        applied.receipt.exit_code.value()
    ));
}

#[test]
fn a_failed_callee_leaves_nothing_but_its_gas() {
    let mut vm = TestVm::new(|kernel, entry| match entry.method {
        2 => {
            let sent = send(kernel, BOB, 3, None)?;
            let balance = match kernel.balance_of(BOB) {
                Ok(balance) => balance.atto().clone(),
                Err(error) => panic!("{error:?}"),
            };
            say(kernel, (sent, balance))
        }
        _ => {
            // Bob gives all away, then fails.
            let all = kernel.current_balance().expect("there is gas");
            let to = Address::new_id(ALICE);
            kernel
                .send(&to, 0, 0, &all, None, SendFlags::empty())
                .expect("it is his");
            assert_eq!(
                kernel.current_balance().expect("there is gas"),
                TokenAmount::default()
            );
            Err(kernel.exit(33, 0, "no".to_owned()))
        }
    });
    let before = vm.balance(BOB);
    let applied = vm.call(ALICE, 2);
    check_says(
        &applied,
        expect!["exit 0: (Exit(33), 100000000000000000000000)"],
    );
    assert_eq!(vm.balance(BOB), before);
}

#[test]
fn a_callee_that_exceeds_its_own_limit_is_an_exit_code() {
    let mut vm = TestVm::new(|kernel, entry| match entry.method {
        2 => {
            let before = kernel.gas_available();
            let sent = send(kernel, BOB, 3, Some(500_000))?;
            let used = (before - kernel.gas_available()).round_up();
            say(kernel, (sent, used))
        }
        _ => {
            kernel
                .charge_named("much", 1_000_000)
                .expect_err("there is not so much");
            Err(Stop::OutOfGas)
        }
    });
    check_says(&vm.call(ALICE, 2), expect!["exit 0: (Exit(7), 500000)"]);
}

#[test]
fn a_caller_with_nothing_left_goes_down_with_its_callee() {
    let mut vm = TestVm::new(|kernel, entry| match entry.method {
        2 => {
            let sent = send(kernel, BOB, 3, Some(u64::MAX / 2000))?;
            say(kernel, sent)
        }
        _ => Err(match kernel.charge_named("all", u64::MAX) {
            Err(SyscallError::Stop(stop)) => stop,
            other => panic!("{other:?}"),
        }),
    });
    let applied = vm.call(ALICE, 2);
    check_says(&applied, expect!["exit 7: "]);
    assert_eq!(applied.receipt.gas_used, GAS_LIMIT);
}

#[test]
fn the_stack_is_1024_deep() {
    // Debug frames are large, and there are three a call.
    let thread = std::thread::Builder::new().stack_size(512 << 20).spawn(|| {
        let mut vm = TestVm::new(|kernel, entry| {
            let depth = kernel.depth();
            match send(
                kernel,
                if depth % 2 == 0 { ALICE } else { BOB },
                entry.method,
                None,
            )? {
                // The deepest says how deep it is; the others pass it on.
                Sent::Refused(number) => Err(Stop::exit(
                    ExitCode::new(1_000_000 + depth),
                    format!("{number:?}"),
                )),
                Sent::Exit(code) => Err(Stop::exit(ExitCode::new(code), "passed on")),
            }
        });
        let applied = vm.call(ALICE, 2);
        check_says(&applied, expect!["exit 1001024: "]);
        assert!(format!("{:?}", applied.failure).contains("LimitExceeded"));
    });
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn a_panic_is_this_nodes_trouble_and_the_machine_survives_it() {
    let mut vm = TestVm::new(|kernel, entry| match entry.method {
        2 => {
            let sent = send(kernel, BOB, 3, Some(100_000_000))?;
            say(kernel, sent)
        }
        3 => panic!("a bug"),
        _ => say(kernel, "well"),
    });
    let root = vm.executor.flush().expect("it is in memory");
    let message = vm.message(Address::new_id(ALICE), 2, 0);
    match vm.apply(&message) {
        Err(ApplyError::Fatal(fatal)) => assert!(fatal.to_string().contains("a bug"), "{fatal}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(
        vm.executor.flush().expect("it is in memory"),
        root,
        "nothing remains"
    );
    check_says(&vm.call(ALICE, 4), expect![[r#"exit 0: "well""#]]);
}

#[test]
fn a_read_only_call_changes_nothing() {
    let mut vm = TestVm::new(|kernel, entry| match entry.method {
        2 => {
            let to = Address::new_id(BOB);
            let (value, flags) = (TokenAmount::default(), SendFlags::READ_ONLY);
            let sent = kernel
                .send(&to, 3, 0, &value, None, flags)
                .expect("it can be made");
            let id = sent.return_id;
            assert_eq!({ sent.exit_code }, 0);
            Ok(Some(id))
        }
        _ => {
            let number = |result: Result<(), SyscallError>| match result {
                Err(SyscallError::Refused(refusal)) => refusal.number,
                other => panic!("{other:?}"),
            };
            let root = kernel.root().expect("it has one");
            let set_root = number(kernel.set_root(root));
            let one = TokenAmount::from_atto(1);
            let to = Address::new_id(ALICE);
            let no_flags = SendFlags::empty();
            let value = number(kernel.send(&to, 0, 0, &one, None, no_flags).map(drop));
            let to = Address::new_secp256k1(&[4; SECP_PUB_LEN]).expect("a key");
            let none = TokenAmount::default();
            let create = number(kernel.send(&to, 0, 0, &none, None, no_flags).map(drop));
            let destruct = number(kernel.self_destruct(true));
            let slot = kernel.set_slot(atoll_vm::SlotMap::Persistent, [0; 32], [0; 32]);
            say(kernel, (set_root, value, create, destruct, number(slot)))
        }
    });
    check_says(
        &vm.call(ALICE, 2),
        expect!["exit 0: (ReadOnly, ReadOnly, ReadOnly, ReadOnly, ReadOnly)"],
    );
}

#[test]
fn blocks_that_do_not_exist() {
    let mut vm = TestVm::new(|kernel, entry| match entry.method {
        2 => Ok(Some(77)),
        _ => Err(kernel.exit(33, 77, String::new())),
    });
    // As an answer it is the actor's failure; with an exit code it breaks the message.
    let applied = vm.call(ALICE, 2);
    assert_eq!(applied.receipt.exit_code, ExitCode::SYS_MISSING_RETURN);
    assert!(applied.receipt.gas_used < GAS_LIMIT);
    let applied = vm.call(ALICE, 3);
    assert_eq!(applied.receipt.exit_code, ExitCode::SYS_ASSERTION_FAILED);
    assert_eq!(applied.receipt.gas_used, GAS_LIMIT);
}

#[test]
fn codes_of_the_machine_are_not_for_actors() {
    let mut vm = TestVm::new(|kernel, _| Err(kernel.exit(7, 0, String::new())));
    let applied = vm.call(ALICE, 2);
    assert_eq!(applied.receipt.exit_code, ExitCode::SYS_ILLEGAL_EXIT_CODE);
}

#[test]
fn an_unknown_key_gets_an_account() {
    let to = Address::new_secp256k1(&[4; SECP_PUB_LEN]).expect("a key");
    let mut vm = TestVm::new(move |kernel, entry| {
        // The constructor, from the machine, with the address.
        assert_eq!((kernel.frame().caller, entry.method), (0, 1));
        let params = kernel.block(entry.params).expect("it has parameters");
        assert_eq!(
            params.data.as_ref(),
            fvm_ipld_encoding::to_vec(&to).expect("it encodes")
        );
        Ok(None)
    });
    let message = vm.message(to, 0, 5);
    let applied = vm.apply(&message).expect("the node is well");
    assert!(
        applied.receipt.exit_code.is_success(),
        "{:?}",
        applied.failure
    );
    let id = vm
        .executor
        .state()
        .resolve(&to)
        .expect("the state is whole")
        .expect("it exists");
    assert_eq!(vm.balance(id), 5);
    let code = vm
        .executor
        .state()
        .actor(id)
        .expect("the state is whole")
        .expect("it exists")
        .code;
    assert_eq!(code, vm.executor.manifest().account);
}

#[test]
fn an_unknown_ethereum_address_gets_a_placeholder_which_can_become_an_account() {
    let mut vm = TestVm::new(|_, entry| panic!("no code runs: {entry:?}"));
    let to = Address::new_delegated(10, &[7; 20]).expect("an address");
    let message = vm.message(to, 0, u64::MAX);
    vm.apply(&message).expect("the node is well");
    let id = vm
        .executor
        .state()
        .resolve(&to)
        .expect("the state is whole")
        .expect("it exists");
    let actor = vm
        .executor
        .state()
        .actor(id)
        .expect("the state is whole")
        .expect("it exists");
    assert_eq!(actor.delegated_address, Some(to));
    let code = actor.code;
    assert!(vm.executor.manifest().is_placeholder(&code));

    let mut message = vm.message(Address::new_id(BOB), 0, 1);
    message.from = to;
    message.sequence = 0;
    message.gas_limit = 10_000_000;
    let sequence_of_alice = vm.sequence;
    let applied = vm.apply(&message).expect("the node is well");
    vm.sequence = sequence_of_alice;
    assert!(
        applied.receipt.exit_code.is_success(),
        "{:?}",
        applied.failure
    );
    let actor = vm
        .executor
        .state()
        .actor(id)
        .expect("the state is whole")
        .expect("it exists");
    let (code, sequence) = (actor.code, actor.sequence);
    assert_eq!(
        (Some(code), sequence),
        (vm.executor.manifest().eth_account, 1)
    );

    // Other namespaces get nothing.
    let to = Address::new_delegated(11, &[7; 20]).expect("an address");
    let message = vm.message(to, 0, 1);
    let applied = vm.apply(&message).expect("the node is well");
    assert_eq!(applied.receipt.exit_code, ExitCode::SYS_INVALID_RECEIVER);
}

#[test]
fn self_destruction_burns_what_is_left_if_asked_to() {
    let mut vm = TestVm::new(
        |kernel, entry| match kernel.self_destruct(entry.method == 3) {
            Ok(()) => {
                kernel
                    .self_destruct(true)
                    .expect("doing it again does nothing");
                Ok(None)
            }
            Err(SyscallError::Refused(refusal)) => say(kernel, refusal.number),
            Err(SyscallError::Stop(stop)) => Err(stop),
        },
    );
    check_says(&vm.call(BOB, 2), expect!["exit 0: IllegalOperation"]);
    let (burnt, bob) = (vm.balance(BURNT), vm.balance(BOB));
    let applied = vm.call(BOB, 3);
    check_says(&applied, expect!["exit 0: "]);
    let fees = applied.fees.base_fee_burn.0 + applied.fees.over_estimation_burn.0;
    assert_eq!(vm.balance(BURNT), burnt + bob + fees);
    assert!(
        vm.executor
            .state()
            .actor(BOB)
            .expect("the state is whole")
            .is_none()
    );
}

#[track_caller]
fn check_rejected(change: impl FnOnce(&mut Message), expected: Expect) {
    let mut vm = TestVm::new(|_, entry| panic!("no code runs: {entry:?}"));
    let root = vm.executor.flush().expect("it is in memory");
    let mut message = vm.message(Address::new_id(BOB), 0, 1);
    change(&mut message);
    let words = match vm.apply(&message) {
        Ok(applied) => format!(
            "exit {}, gas {}, penalty {}",
            applied.receipt.exit_code.value(),
            applied.receipt.gas_used,
            applied.fees.penalty.0
        ),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&words);
    assert_eq!(
        vm.executor.flush().expect("it is in memory"),
        root,
        "nothing changed"
    );
}

#[test]
fn messages_that_should_not_be_on_chain() {
    check_rejected(
        |m| m.sequence = 1,
        expect!["exit 2, gas 0, penalty 1000000000000"],
    );
    check_rejected(
        |m| m.gas_limit = 1000,
        expect!["exit 7, gas 0, penalty 69066300"],
    );
    check_rejected(
        |m| m.from = Address::new_id(2),
        expect!["exit 1, gas 0, penalty 1000000000000"],
    );
    check_rejected(
        |m| m.from = Address::new_actor(b"nobody"),
        expect!["exit 1, gas 0, penalty 1000000000000"],
    );
    check_rejected(
        |m| m.gas_fee_cap = TokenAmount::from_whole(1),
        expect!["exit 2, gas 0, penalty 1000000000000"],
    );
    check_rejected(
        |m| m.gas_limit = 0,
        expect!["malformed message: the gas limit is zero"],
    );
    check_rejected(
        |m| m.gas_limit = 1 << 63,
        expect!["malformed message: the gas limit is beyond 2^63"],
    );
    check_rejected(
        |m| m.gas_premium = TokenAmount::from_atto(-1),
        expect!["malformed message: the premium is negative"],
    );
}

#[test]
fn an_implicit_message_is_not_paid_for() {
    let mut vm = TestVm::new(|kernel, _| say(kernel, "done"));
    let mut message = vm.message(Address::new_id(BOB), 2, 0);
    message.from = Address::new_id(0);
    message.sequence = 99;
    let root = vm.executor.flush().expect("it is in memory");
    let applied = vm
        .executor
        .apply(&message, ApplyKind::Implicit, 0)
        .expect("the node is well");
    check_says(&applied, expect![[r#"exit 0: "done""#]]);
    assert_eq!(applied.fees, Default::default());
    assert_eq!(
        vm.executor.flush().expect("it is in memory"),
        root,
        "nobody paid"
    );
}

#[test]
fn an_executor_may_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Executor>();
    is_send::<Kernel>();
}

#[test]
fn a_trace_nests_and_costs_no_gas() {
    let script = |kernel: &mut Kernel, entry: &Entry| match entry.method {
        2 => {
            send(kernel, BOB, 3, None)?;
            Ok(None)
        }
        _ => Ok(None),
    };
    let mut vm = TestVm::new(script);
    let plain = vm.call(ALICE, 2);
    assert!(plain.trace.is_empty());
    let mut traced = TestVm::new(script);
    let mut context = traced.executor.context().clone();
    context.tracing = true;
    traced
        .executor
        .set_context(context)
        .expect("the state is whole");
    let applied = traced.call(ALICE, 2);
    assert_eq!(applied.receipt, plain.receipt);
    let shape: Vec<String> = applied
        .trace
        .iter()
        .map(|event| match event {
            atoll_vm::trace::TraceEvent::Charge(charge) => charge.name.to_string(),
            other => format!("{other:?}")
                .split([' ', '('])
                .next()
                .unwrap_or_default()
                .to_owned(),
        })
        .collect();
    expect![[r#"OnChainMessage Call Invoke OnMethodInvocation Call OnActorLookup Invoke OnMethodInvocation Return Return"#]]
        .assert_eq(&shape.join(" "));
}
