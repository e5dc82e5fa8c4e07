//! Contracts by hand, on a machine with nothing else in it.

mod host;

use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_ipld_encoding::{BytesDe, CBOR, from_slice};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::sys::SendFlags;

use crate::inspector::{self, Inspector};
use crate::runtime::Reply;
use crate::state::Store;
use crate::{ids, send};

use super::*;
use host::{CALLER, Host, OTHER_ADDRESS};

/// Bytes from hexadecimal, blanks ignored.
fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16);
    digits
        .chunks(2)
        .map(byte)
        .collect::<Result<_, _>>()
        .expect("hexadecimal")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Host {
    /// A machine with a contract of this code, deployed through its constructor.
    fn with_code(code: &str) -> Self {
        let mut host = Self::new();
        host.deploy(&bytes(code)).expect("deploys");
        host
    }

    fn deploy(&mut self, code: &[u8]) -> Result<Option<IpldBlock>, ActorError> {
        // PUSH2 size, DUP1, PUSH1 12, PUSH0, CODECOPY, PUSH0, RETURN: gives back what follows.
        let size = (code.len() as u16).to_be_bytes();
        let head = [&[0x61], &size[..], &bytes("80 600a 5f 39 5f f3")].concat();
        self.construct([head, code.to_vec()].concat())
    }

    fn construct(&mut self, initcode: Vec<u8>) -> Result<Option<IpldBlock>, ActorError> {
        let params = ConstructorParams {
            creator: EthAddress([1; 20]),
            initcode: Bytes(initcode),
        };
        self.call(
            ids::INIT,
            method::CONSTRUCTOR,
            send::params(&params).expect("encodes"),
        )
    }

    fn call(
        &mut self,
        caller: u64,
        method: MethodNum,
        params: Option<IpldBlock>,
    ) -> Result<Option<IpldBlock>, ActorError> {
        self.begin(caller);
        self.message.method = method;
        crate::dispatch(&ACTOR, self, params)
    }

    /// Calls the contract: what it returns in hexadecimal, or its exit code.
    fn invoke(&mut self, input: &[u8]) -> Result<String, u32> {
        let params = (!input.is_empty()).then(|| byte_string(input).expect("encodes"));
        self.call(CALLER, method::INVOKE_CONTRACT, params)
            .map(|block| hex(&unwrapped(block)))
            .map_err(|error| error.code.value())
    }

    fn state(&self) -> State {
        let root = *self.root.borrow();
        let code = ExitCode::USR_ILLEGAL_STATE;
        Store(&self.blocks)
            .read(&root, code, "state")
            .expect("a contract's state")
    }
}

fn unwrapped(block: Option<IpldBlock>) -> Vec<u8> {
    let block = block.expect("a contract always answers");
    assert_eq!(block.codec, CBOR);
    let BytesDe(bytes) = from_slice(&block.data).expect("a byte string");
    bytes
}

/// A word with a small number in it.
fn word(number: u64) -> String {
    format!("{number:064x}")
}

/// Runs code that ends by returning the word on top of its stack.
#[track_caller]
fn check_word(code: &str, expected: &str) {
    let mut host = Host::with_code(&format!("{code} 5f52 6020 5f f3"));
    assert_eq!(host.invoke(&[]), Ok(expected.to_owned()), "{code}");
}

#[track_caller]
fn check_exit(code: &str, expected: u32) {
    assert_eq!(Host::with_code(code).invoke(&[]), Err(expected), "{code}");
}

#[test]
fn the_selector_and_the_method_number_are_hashes_of_names() {
    let signature = b"handle_filecoin_method(uint64,uint64,bytes)";
    let hash = revm_interpreter::primitives::keccak256(signature);
    assert_eq!(hash[..4], HANDLE_FILECOIN_METHOD);
}

#[test]
fn opcodes_compute() {
    check_word("6002 6003 01", &word(5));
    check_word("5f", &word(0));
    check_word("6003 6002 0a", &word(8));
    check_word("60ff 1e", &word(248));
    check_word("5f 5f 20", &hex(&CodeHash::empty().0));
    check_word(
        "602a 60ff 53 60ff 51",
        "2a00000000000000000000000000000000000000000000000000000000000000",
    );
    check_word(
        "60ff 5f53 6001 5f 6020 5e 6020 51",
        "ff00000000000000000000000000000000000000000000000000000000000000",
    );
}

#[test]
fn the_world_is_filecoins() {
    check_word("30", &format!("{:0>64}", "c0".repeat(20)));
    check_word(
        "33",
        &format!("{:0>64}", "ff00000000000000000000000000000000000064"),
    );
    check_word(
        "32",
        &format!("{:0>64}", "ff00000000000000000000000000000000000064"),
    );
    check_word("41", &word(0));
    check_word("42", &word(1_700_000_000));
    check_word("43", &word(1000));
    check_word("45", &word(10_000_000_000));
    check_word("46", &word(314));
    check_word("47", &word(5000));
    check_word("48", &word(100));
    check_word("3a", &word(101));
    // BALANCE of f0100, of nobody, and by the low 20 bytes.
    check_word("33 31", &word(100));
    check_word("6001 31", &word(0));
    // BLOCKHASH knows 256 epochs, not the present one.
    check_word("43 40", &word(0));
    check_word("6101 01 43 03 40", &word(0));
    let mut host = Host::with_code("6101 00 43 03 40 5f52 6020 5f f3");
    let digest = host.tipset_digest(1000 - 256);
    assert_eq!(host.invoke(&[]), Ok(digest));
}

impl Host {
    fn tipset_digest(&self, epoch: i64) -> String {
        hex(self
            .tipset_cid(epoch)
            .expect("runs")
            .expect("known")
            .hash()
            .digest())
    }
}

#[test]
fn code_of_others_is_known_by_kind() {
    let power = "73 ff00000000000000000000000000000000000004";
    let missing = "73 ff00000000000000000000000000000000009999";
    check_word(&format!("{power} 3b"), &word(1));
    check_word(&format!("{power} 3f"), &hex(&CodeHash::native().0));
    check_word(&format!("{missing} 3b"), &word(0));
    check_word(&format!("{missing} 3f"), &word(0));
    check_word("33 3f", &hex(&CodeHash::empty().0));
    // A precompile that exists, and a reserved address without one.
    check_word("6001 3f", &hex(&CodeHash::empty().0));
    check_word("600a 3f", &word(0));
}

#[test]
fn each_halt_has_its_exit_code() {
    check_exit("fe", 34);
    for undefined in ["0c", "1f", "49", "4a", "4b", "e6", "f2", "ef", "f6"] {
        check_exit(&format!("5b {undefined}"), 35);
    }
    check_exit("01", 36);
    check_exit("80", 36);
    check_exit("5f 90", 36);
    check_exit("5b 5f 5f 56", 37);
    check_exit("5f 56", 39);
    check_exit("6004 56 60 5b", 39);
    check_exit(
        "6001 7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff 57",
        39,
    );
    // Return data has an end, and be it for nothing.
    check_exit("5f 6001 5f 3e", 38);
    check_exit("6001 5f 5f 3e", 38);
}

#[test]
fn memory_has_ends() {
    check_exit("63ffffffff 51", 38);
    check_exit("64 0100000000 51", 38);
    check_exit(
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff 51",
        38,
    );
    // Hashing far too much is out of reach, not out of gas.
    check_exit(
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff 5f 20",
        38,
    );
    check_exit("6380000000 51", 24);
    check_exit("6325800000 51", 4);
    // Nothing is nowhere.
    check_word(
        "5f 7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff 5f 37 59",
        &word(0),
    );
}

#[test]
fn reverts_carry_their_data() {
    let mut host = Host::with_code("602a 5f52 6020 5f fd");
    let error = host
        .call(CALLER, method::INVOKE_CONTRACT, None)
        .unwrap_err();
    assert_eq!(error.code, exit::REVERTED);
    assert_eq!(hex(&unwrapped(error.data)), word(42));
}

#[test]
fn running_dry_is_out_of_gas() {
    let mut host = Host::with_code("5b 5f 56");
    host.gas.set(5_000_000);
    assert_eq!(host.invoke(&[]), Err(ExitCode::SYS_OUT_OF_GAS.value()));
    assert_eq!(host.gas.get(), 0);
}

#[test]
fn an_exceptional_halt_burns_nothing() {
    let mut host = Host::with_code("fe");
    let before = host.gas.get();
    assert_eq!(host.invoke(&[]), Err(34));
    // A frame and the words about the halt, of the hundreds of millions that were there.
    assert!(before - host.gas.get() < 2_000_000);
}

#[test]
fn a_read_only_call_changes_nothing() {
    for code in [
        "6001 5f 55",
        "6001 5f 5d",
        "5f 5f a0",
        "5f 5f 5f f0",
        "5f ff",
    ] {
        let mut host = Host::with_code(code);
        host.message.read_only = true;
        assert_eq!(host.invoke(&[]), Err(25), "{code}");
        // Too few words are noticed first.
        let last = code.split(' ').next_back().expect("an opcode");
        let mut host = Host::with_code(last);
        host.message.read_only = true;
        assert_eq!(host.invoke(&[]), Err(36), "{code}");
    }
}

#[test]
fn slots_outlive_a_flush() {
    // With input stores 7 at 1; returns what is at 1.
    let mut host = Host::with_code("36 15 600a 57 6007 6001 55 5b 6001 54 5f52 6020 5f f3");
    assert_eq!(host.invoke(&[]), Ok(word(0)));
    assert_eq!(host.invoke(&[1]), Ok(word(7)));
    assert_eq!(host.invoke(&[]), Ok(word(7)));
    host.flush();
    assert!(host.slots.borrow().is_empty());
    assert_eq!(host.invoke(&[]), Ok(word(7)));
    let before = host.state();
    assert_eq!(host.invoke(&[1]), Ok(word(7)));
    host.flush();
    assert_eq!(
        host.state(),
        before,
        "writing what is there changes nothing"
    );
}

#[test]
fn transient_slots_end_with_their_message() {
    // With input stores it at 0; returns what was there.
    let mut host = Host::with_code("5f 5c 5f52 36 600c 57 6020 5f f3 5b 5f35 5f 5d 6020 5f f3");
    let seven = bytes(&word(7));
    let zero = bytes(&word(0));
    assert_eq!(host.invoke(&seven), Ok(word(0)));
    assert_eq!(host.invoke(&[]), Ok(word(7)));
    host.flush();
    let lifespan = Lifespan {
        origin: CALLER,
        nonce: 0,
    };
    assert_eq!(
        host.state().transient_data.expect("kept").lifespan,
        lifespan
    );
    assert_eq!(
        host.invoke(&[]),
        Ok(word(7)),
        "the same message reads it from the state"
    );
    let seven_root = host.state().transient_data.expect("kept").slots;

    host.message.nonce = 1;
    assert_eq!(host.invoke(&[]), Ok(word(0)));
    assert_eq!(host.state().transient_data.expect("kept").slots, seven_root);
    assert_eq!(host.invoke(&seven), Ok(word(0)));
    assert_eq!(host.invoke(&zero), Ok(word(7)));
    host.flush();
    assert_eq!(
        host.state().transient_data,
        None,
        "an empty map is written as none"
    );
}

#[test]
fn any_change_drops_the_transient_slots_of_an_earlier_message() {
    // With input stores 1 at 0, for good; else for this message.
    let mut host = Host::with_code("6001 5f 36 600a 57 5d 00 00 5b 55 00");
    assert_eq!(host.invoke(&[]), Ok(String::new()));
    host.flush();
    assert!(host.state().transient_data.is_some());
    host.message.nonce = 1;
    assert_eq!(host.invoke(&[1]), Ok(String::new()));
    host.flush();
    assert_eq!(host.state().transient_data, None);
}

#[test]
fn a_destroyed_contract_lives_until_its_message_ends() {
    // With input destroys itself for the caller's good; else stores 1 at 0 and returns it.
    let mut host = Host::with_code("36 6010 57 6001 5f 55 5f 54 5f 52 6020 5f f3 5b 33 ff");
    assert_eq!(host.invoke(&[]), Ok(word(1)));
    assert_eq!(host.invoke(&[1]), Ok(String::new()));
    assert_eq!(host.sent.borrow()[0].value, TokenAmount::from_atto(5000));
    assert_eq!(host.invoke(&[]), Ok(word(1)), "the same message");

    host.message.nonce = 1;
    assert_eq!(host.invoke(&[]), Ok(String::new()), "dead");
    let bytecode = host
        .call(CALLER, method::GET_BYTECODE, None)
        .expect("any caller");
    assert_eq!(bytecode.expect("a block").data, [0xf6]);
    let params = ConstructorParams {
        creator: EthAddress([1; 20]),
        initcode: Bytes::default(),
    };
    let params = send::params(&params).expect("encodes");
    assert_eq!(
        host.call(ids::INIT, method::CONSTRUCTOR, params.clone())
            .unwrap_err()
            .code
            .value(),
        20
    );
    host.call(ids::EAM, method::RESURRECT, params.clone())
        .expect("dead, so it can");
    assert_eq!(host.state().nonce, 1);
    assert_eq!(
        host.call(ids::EAM, method::RESURRECT, params)
            .unwrap_err()
            .code
            .value(),
        18
    );
    host.flush();
    assert_eq!(host.state().contract_state, *super::storage::EMPTY_SLOTS);
}

#[test]
fn code_has_limits() {
    let mut host = Host::new();
    assert_eq!(host.deploy(&[0; 24577]).unwrap_err().code.value(), 16);
    assert_eq!(host.deploy(&[0xef]).unwrap_err().code.value(), 16);
    host.deploy(&[0; 24576]).expect("just fits");
    let mut host = Host::new();
    // Initcode has none: not even what looks like a delegation is special.
    assert_eq!(
        host.construct(bytes("ef0100")).unwrap_err().code.value(),
        35
    );
    host.construct(Vec::new()).expect("a contract without code");
    assert_eq!(host.invoke(&[1]), Ok(String::new()));
}

/// Code that calls the other contract with some gas and value and returns whether it went well,
/// and how much it returned.
fn calling(gas: &str, value: &str) -> String {
    let other = hex(&OTHER_ADDRESS.0);
    format!("5f 5f 5f 5f {value} 73{other} {gas} f1 5f52 3d 6020 52 6040 5f f3")
}

#[test]
fn calls_are_sends() {
    let mut host = Host::with_code(&calling("6207a120", "6001"));
    let data = Some(byte_string(&[1, 2, 3]).expect("encodes"));
    host.replies.borrow_mut().push_back(Ok(Reply {
        code: ExitCode::OK,
        data,
    }));
    assert_eq!(host.invoke(&[]), Ok(word(1) + &word(3)));
    let call = host.sent.borrow()[0].clone();
    assert_eq!(call.to, OTHER_ADDRESS.to_f410());
    assert_eq!(call.method, method::INVOKE_CONTRACT);
    assert_eq!(call.params, None);
    assert_eq!(call.value, TokenAmount::from_atto(1));
    assert_eq!(call.gas_limit, Some(500_000));
    assert_eq!(call.flags, SendFlags::empty());
}

#[track_caller]
fn check_forwarded(gas: &str, value: &str, expected: u64) {
    let mut host = Host::with_code(&calling(gas, value));
    host.gas.set(100_000_000);
    host.invoke(&[]).expect("returns");
    let limit = host.sent.borrow()[0].gas_limit.expect("always limited");
    assert!(
        limit.abs_diff(expected) < expected / 50,
        "{limit} is not near {expected}"
    );
}

#[test]
fn gas_is_forwarded_as_eip_150_has_it_and_stipends_are_filecoins() {
    check_forwarded("61ffff", "5f", 65_535);
    check_forwarded("5f", "6001", 10_000_000);
    check_forwarded("6108fc", "5f", 10_000_000);
    check_forwarded("6108fc", "6001", 2_300);
    check_forwarded("67ffffffffffffffff", "5f", 98_000_000);
}

#[test]
fn what_cannot_be_called() {
    for (errno, expected) in [
        (ErrorNumber::NotFound, word(1) + &word(0)),
        (ErrorNumber::InsufficientFunds, word(0) + &word(0)),
        (ErrorNumber::LimitExceeded, word(0) + &word(0)),
        (ErrorNumber::ReadOnly, word(0) + &word(0)),
    ] {
        let mut host = Host::with_code(&calling("5f", "5f"));
        host.replies.borrow_mut().push_back(Err(errno));
        assert_eq!(host.invoke(&[]), Ok(expected), "{errno:?}");
    }
    let mut host = Host::with_code(&calling("5f", "5f"));
    host.message.read_only = true;
    host.replies
        .borrow_mut()
        .push_back(Err(ErrorNumber::ReadOnly));
    assert_eq!(host.invoke(&[]), Ok(word(1) + &word(0)));
    let mut host = Host::with_code(&calling("5f", "6001"));
    host.message.read_only = true;
    assert_eq!(host.invoke(&[]), Err(25));
}

#[test]
fn whatever_is_no_byte_string_is_returned_as_it_is() {
    for (codec, data, size) in [(CBOR, vec![0x83, 1, 2, 3], 4), (0x55, vec![9, 9], 2)] {
        let mut host = Host::with_code(&calling("5f", "5f"));
        let data = Some(IpldBlock { codec, data });
        host.replies.borrow_mut().push_back(Ok(Reply {
            code: ExitCode::new(99),
            data,
        }));
        assert_eq!(host.invoke(&[]), Ok(word(0) + &word(size)));
    }
}

#[test]
fn creations_count_before_they_are_tried() {
    // CREATE of nothing with no value; then with more than there is.
    let mut host = Host::with_code("5f 5f 5f f0 5f52 6020 5f f3");
    let failed = Ok(Reply {
        code: ExitCode::USR_FORBIDDEN,
        data: None,
    });
    host.replies.borrow_mut().push_back(failed);
    assert_eq!(host.invoke(&[]), Ok(word(0)));
    assert_eq!(host.state().nonce, 2);
    let call = host.sent.borrow()[0].clone();
    assert_eq!(call.to.id(), Ok(ids::EAM));
    let params: crate::eam::CreateParams = send::decode(call.params).expect("decodes");
    assert_eq!(params.nonce, 1);

    let mut host = Host::with_code("5f 5f 611389 f0 5f52 6020 5f f3");
    assert_eq!(host.invoke(&[]), Ok(word(0)));
    assert_eq!(host.state().nonce, 1);
    assert!(host.sent.borrow().is_empty());
}

#[test]
fn logs_are_events() {
    let mut host = Host::with_code("602a 5f52 6007 6001 601f a1 5f 5f a0");
    assert_eq!(host.invoke(&[]), Ok(String::new()));
    let events = host.events.borrow();
    let shown: Vec<_> = events[0]
        .entries
        .iter()
        .map(|e| (&*e.key, hex(&e.value)))
        .collect();
    assert_eq!(shown, [("t1", word(7)), ("d", "2a".to_owned())]);
    assert!(events[1].entries.is_empty());
}

#[test]
fn other_methods_reach_the_contract() {
    // Returns its input from 4 on.
    let mut host = Host::with_code("6004 36 03 6004 5f 37 6004 36 03 5f f3");
    // What it is given looks like an answer with the method as its exit code and no data.
    let error = host.call(CALLER, 1024, None).unwrap_err();
    assert_eq!(error.code.value(), 1024);
    assert_eq!(error.data, None);
    let params = Some(IpldBlock {
        codec: CBOR,
        data: vec![0x01],
    });
    let error = host.call(CALLER, 1025, params.clone()).unwrap_err();
    assert_eq!(error.data, params);
    let raw = Some(IpldBlock {
        codec: 0x55,
        data: vec![1],
    });
    assert_eq!(host.call(CALLER, 1025, raw).unwrap_err().code.value(), 21);
    assert_eq!(host.call(CALLER, 1023, None).unwrap_err().code.value(), 22);
    assert_eq!(host.call(CALLER, 0, None).unwrap_err().code.value(), 22);

    let mut silent = Host::with_code("00");
    assert_eq!(silent.call(CALLER, 2048, None), Ok(None));
    // A contract may not speak for the system.
    let mut liar = Host::with_code("6007 5f52 6060 6040 52 6080 5f f3");
    assert_eq!(liar.call(CALLER, 2048, None).unwrap_err().code.value(), 9);
}

#[test]
fn call_data_is_a_byte_string() {
    let mut host = Host::with_code("36 5f52 6020 5f f3");
    for (params, expected) in [
        ("40", Ok(0)),
        ("420102", Ok(2)),
        ("58020102", Ok(2)),
        ("6161", Err(21)),
        ("80", Err(21)),
        ("f6", Err(21)),
        ("4201", Err(21)),
        ("400a", Err(21)),
    ] {
        let block = Some(IpldBlock {
            codec: CBOR,
            data: bytes(params),
        });
        let got = host.call(CALLER, method::INVOKE_CONTRACT, block);
        let got = got
            .map(|block| hex(&unwrapped(block)))
            .map_err(|error| error.code.value());
        assert_eq!(got, expected.map(word), "{params}");
    }
}

#[test]
fn storage_is_read_by_the_system_alone() {
    let mut host = Host::with_code("602a 6001 55");
    host.invoke(&[]).expect("stores");
    let params = GetStorageAtParams {
        key: Word(bytes(&word(1)).try_into().expect("32 bytes")),
    };
    let params = send::params(&params).expect("encodes");
    let block = host
        .call(ids::SYSTEM, method::GET_STORAGE_AT, params.clone())
        .expect("allowed");
    assert_eq!(block.expect("a block").data, [0x41, 42]);
    let refused = host
        .call(CALLER, method::GET_STORAGE_AT, params)
        .unwrap_err();
    assert_eq!(refused.code.value(), 18);
    let nonsense = Some(IpldBlock {
        codec: CBOR,
        data: vec![0x80],
    });
    let refused = host
        .call(CALLER, method::GET_STORAGE_AT, nonsense)
        .unwrap_err();
    assert_eq!(refused.code.value(), 21);
}

#[test]
fn an_inspector_sees_every_step() {
    use std::cell::RefCell;
    use std::rc::Rc;

    struct Recorder(Rc<RefCell<Vec<String>>>);
    impl Inspector for Recorder {
        fn step(&self, step: &inspector::Step<'_>) {
            let line = format!("{} {:02x} {:?}", step.pc, step.opcode, step.stack);
            self.0.borrow_mut().push(line);
        }
        fn slot_written(&self, slot: &inspector::Slot, _old: &[u8; 32]) {
            self.0
                .borrow_mut()
                .push(format!("{:?} := {}", slot.map, slot.value[31]));
        }
    }
    let seen = Rc::default();
    let mut host = Host::with_code("6007 5f 55");
    host.inspector = Some(Box::new(Recorder(Rc::clone(&seen))));
    host.invoke(&[]).expect("stores");
    assert_eq!(
        *seen.borrow(),
        [
            "0 60 []",
            "2 5f [7]",
            "3 55 [7, 0]",
            "Persistent := 7",
            "4 00 []"
        ]
    );
}

#[test]
fn recorded_storage_roots_come_out() {
    #[derive(serde::Deserialize)]
    struct Scenario {
        steps: Vec<Step>,
    }
    #[derive(serde::Deserialize)]
    struct Step {
        expect: Expect,
    }
    #[derive(serde::Deserialize)]
    struct Expect {
        #[serde(default)]
        evm: std::collections::BTreeMap<String, Contract>,
    }
    #[derive(serde::Deserialize)]
    struct Contract {
        contract_state: String,
        slots: Option<std::collections::BTreeMap<String, String>>,
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../vectors/fevm");
    let mut compared = 0;
    for file in std::fs::read_dir(folder).expect("the vectors are in the repository") {
        let json = std::fs::read(file.expect("a file").path()).expect("can be read");
        let scenario: Scenario = serde_json::from_slice(&json).expect("a scenario");
        let contracts = scenario
            .steps
            .into_iter()
            .flat_map(|step| step.expect.evm.into_values());
        for contract in contracts {
            let Some(slots) = contract.slots else {
                continue;
            };
            let store = fvm_ipld_blockstore::MemoryBlockstore::default();
            let padded = |digits: &String| {
                let even = if digits.len() % 2 == 1 {
                    format!("0{digits}")
                } else {
                    digits.clone()
                };
                <[u8; 32]>::try_from(bytes(&format!("{even:0>64}"))).expect("32 bytes")
            };
            let mut writes: Vec<_> = slots.iter().map(|(k, v)| (padded(k), padded(v))).collect();
            writes.sort_unstable();
            let root = storage::fold(&store, &storage::EMPTY_SLOTS, &writes);
            let root = root.expect("folds").to_string();
            assert_eq!(root, contract.contract_state, "{slots:?}");
            compared += 1;
        }
    }
    assert!(compared > 100, "only {compared} roots");
}
