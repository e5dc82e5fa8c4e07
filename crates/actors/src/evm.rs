//! A contract: Ethereum's virtual machine as a Filecoin actor (FIP-0054, FIP-0055).
//!
//! A call of a contract loads its state ([`state`]), runs its code ([`interpreter`]) and answers
//! with the code's output as a CBOR byte string. Calls to others are sends ([`calls`]); there is
//! no frame but the machine's own. Interpreter and precompiles are revm's, gas ([`gas`]), memory
//! ([`memory`]) and the view of the world ([`instructions`]) are ours.

mod abi;
mod accounts;
pub mod address;
mod cache;
mod calls;
mod creation;
pub mod ethereum;
pub mod exit;
mod gas;
mod host;
mod instructions;
mod interpreter;
mod memory;
mod near;
mod precompiles;
mod slot_tree;
mod state;
mod storage;
mod types;
mod words;

#[cfg(test)]
mod tests;

use cid::Cid;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_ipld_encoding::{CBOR, DAG_CBOR};
use fvm_shared::MethodNum;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;

pub use address::EthAddress;
pub use ethereum::EthereumGas;
pub use state::{CodeHash, Lifespan, State, TransientData};
pub use storage::{SlotWrite, Word, fold_slots, for_each_slot, read_slot, write_empty};
pub use types::{Bytes, ConstructorParams, DelegateCallParams, GetStorageAtParams};

use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::method::{Actor, Callers, Fallback, Method, Shape};
use crate::runtime::{Runtime, SlotMap};
use crate::{callers, dispatch, ids};

use abi::{Reader, Writer};
use interpreter::{Call, Outcome};
use state::Contract;

/// The numbers of the methods.
pub mod method {
    use fvm_shared::MethodNum;

    /// `Constructor`.
    pub const CONSTRUCTOR: MethodNum = 1;
    /// `Resurrect`.
    pub const RESURRECT: MethodNum = 2;
    /// `GetBytecode`.
    pub const GET_BYTECODE: MethodNum = 3;
    /// `GetBytecodeHash`.
    pub const GET_BYTECODE_HASH: MethodNum = 4;
    /// `GetStorageAt`.
    pub const GET_STORAGE_AT: MethodNum = 5;
    /// `InvokeContractDelegate`.
    pub const INVOKE_CONTRACT_DELEGATE: MethodNum = 6;
    /// `InvokeContract`: FRC-42 of `InvokeEVM`.
    pub const INVOKE_CONTRACT: MethodNum = 3_844_450_837;
    /// The last number that contracts may not give a meaning of their own.
    pub const RESERVED_MAX: MethodNum = 1023;
}

/// The one byte of code that other actors seem to have.
const NATIVE_CODE: u8 = 0xfe;

/// The contract actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Evm,
    state: Shape::of::<State>("State"),
    methods: METHODS,
    fallback: Fallback::Custom(handle_filecoin_method),
    restrict_internal: false,
};

const METHODS: &[Method] = &[
    Method {
        number: method::CONSTRUCTOR,
        name: "Constructor",
        callers: Callers::Named("init"),
        params: Shape::of::<ConstructorParams>("ConstructorParams"),
        returns: Shape::NONE,
        run: |rt, params| construct(rt, dispatch::decode_params(params)?).map(|()| None),
    },
    Method {
        number: method::RESURRECT,
        name: "Resurrect",
        callers: Callers::Kinds(&[ActorKind::Eam]),
        params: Shape::of::<ConstructorParams>("ConstructorParams"),
        returns: Shape::NONE,
        run: |rt, params| resurrect(rt, dispatch::decode_params(params)?).map(|()| None),
    },
    Method {
        number: method::GET_BYTECODE,
        name: "GetBytecode",
        callers: Callers::Any,
        params: Shape::NONE,
        returns: Shape::of::<Option<Cid>>("Option<Cid>"),
        run: |rt, params| {
            dispatch::no_params(params)?;
            // DAG-CBOR, so that the caller can reach the code behind the link.
            IpldBlock::serialize(DAG_CBOR, &bytecode(rt)?)
                .map(Some)
                .or_exit(ExitCode::USR_SERIALIZATION, "return")
        },
    },
    Method {
        number: method::GET_BYTECODE_HASH,
        name: "GetBytecodeHash",
        callers: Callers::Any,
        params: Shape::NONE,
        returns: Shape::of::<CodeHash>("CodeHash"),
        run: |rt, params| {
            dispatch::no_params(params)?;
            dispatch::encode_return(&bytecode_hash(rt)?)
        },
    },
    Method {
        number: method::GET_STORAGE_AT,
        name: "GetStorageAt",
        callers: Callers::Named("system"),
        params: Shape::of::<GetStorageAtParams>("GetStorageAtParams"),
        returns: Shape::of::<Word>("Word"),
        run: |rt, params| {
            dispatch::encode_return(&storage_at(rt, dispatch::decode_params(params)?)?)
        },
    },
    Method {
        number: method::INVOKE_CONTRACT_DELEGATE,
        name: "InvokeContractDelegate",
        callers: Callers::Named("the contract itself"),
        params: Shape::of::<DelegateCallParams>("DelegateCallParams"),
        returns: Shape::of::<Bytes>("Bytes"),
        run: |rt, params| invoke_delegate(rt, params).and_then(|output| answer(&output)),
    },
    Method {
        number: method::INVOKE_CONTRACT,
        name: "InvokeEVM",
        callers: Callers::Any,
        params: Shape::of::<Bytes>("Bytes"),
        returns: Shape::of::<Bytes>("Bytes"),
        run: |rt, params| {
            // No parameters are no call data.
            let input = match params {
                Some(params) => dispatch::decode_params::<Bytes>(Some(params))?.0,
                None => Vec::new(),
            };
            invoke(rt, input).and_then(|output| answer(&output))
        },
    },
];

/// A contract always returns a block, be it an empty byte string.
fn answer(output: &[u8]) -> Result<Option<IpldBlock>, ActorError> {
    byte_string(output).map(Some)
}

fn byte_string(bytes: &[u8]) -> Result<IpldBlock, ActorError> {
    IpldBlock::serialize(CBOR, &fvm_ipld_encoding::BytesSer(bytes))
        .or_exit(ExitCode::USR_SERIALIZATION, "return")
}

// --- creation --------------------------------------------------------------------------------

fn construct(rt: &dyn Runtime, params: ConstructorParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::INIT])?;
    initialize(Contract::create(rt)?, params)
}

fn resurrect(rt: &dyn Runtime, params: ConstructorParams) -> Result<(), ActorError> {
    callers::one_of(rt, &[ids::EAM])?;
    initialize(Contract::resurrect(rt)?, params)
}

/// Runs the initcode, whose output becomes the code.
fn initialize(mut contract: Contract<'_>, params: ConstructorParams) -> Result<(), ActorError> {
    let rt = contract.rt;
    let message = rt.message();
    rt.charge("evm frame", gas::frame(params.initcode.0.len()))?;
    let address = address::of_actor(rt, message.receiver)?;
    // The address manager gives addresses; whoever came around it has none.
    if address.masked_id().is_some() {
        return Err(ActorError::forbidden(format!(
            "f0{} has no f410 address",
            message.receiver
        )));
    }
    let initcode = params.initcode.0;
    if initcode.is_empty() {
        return contract.save();
    }
    rt.charge("evm code", gas::code(initcode.len()))?;
    let call = Call {
        code: interpreter::analyse(initcode),
        caller: params.creator,
        address,
        value: message.value_received.clone(),
        input: Vec::new(),
    };
    watched(rt, || match interpreter::run(&mut contract, call)? {
        Outcome::Return(code) => {
            if let Some(ethereum) = rt.ethereum_gas() {
                ethereum.deposit(code.len())?;
            }
            contract.set_bytecode(&code)?;
            contract.save()
        }
        Outcome::Revert(data) => Err(reverted("the constructor", &data)),
    })
}

/// Tells whoever watches or counts when a run is over.
fn watched<T>(
    rt: &dyn Runtime,
    run: impl FnOnce() -> Result<T, ActorError>,
) -> Result<T, ActorError> {
    let result = run();
    if let Some(inspector) = rt.inspector() {
        inspector.end();
    }
    if let Some(ethereum) = rt.ethereum_gas() {
        ethereum.end(match &result {
            Ok(_) => ethereum::End::Success,
            Err(error) if error.code == exit::REVERTED => ethereum::End::Revert,
            Err(_) => ethereum::End::Halt,
        });
    }
    result
}

fn reverted(what: &str, data: &[u8]) -> ActorError {
    let error = ActorError::new(exit::REVERTED, format!("{what} reverted"));
    match byte_string(data) {
        Ok(data) => ActorError {
            data: Some(data),
            ..error
        },
        Err(encoding) => encoding,
    }
}

// --- calls -----------------------------------------------------------------------------------

fn invoke(rt: &dyn Runtime, input: Vec<u8>) -> Result<Vec<u8>, ActorError> {
    callers::any(rt)?;
    rt.charge("evm frame", gas::frame(input.len()))?;
    let mut contract = load(rt)?;
    let Some(code) = contract.bytecode() else {
        return Ok(Vec::new());
    };
    let message = rt.message();
    let caller = address::of_actor(rt, message.caller)?;
    execute(
        &mut contract,
        &code,
        input,
        caller,
        message.value_received.clone(),
    )
}

/// Runs the code of another contract as if it were this one's. Only the contract itself asks.
fn invoke_delegate(rt: &dyn Runtime, params: Option<IpldBlock>) -> Result<Vec<u8>, ActorError> {
    let params = params.or_exit(
        ExitCode::USR_ILLEGAL_ARGUMENT,
        "the method takes parameters",
    )?;
    // The link to the code counts only if it came as one.
    if params.codec != DAG_CBOR {
        return Err(ActorError::illegal_argument("parameters must be DAG-CBOR"));
    }
    let params: DelegateCallParams = dispatch::decode_params(Some(params))?;
    callers::one_of(rt, &[rt.message().receiver])?;
    rt.charge("evm frame", gas::frame(params.input.len()))?;
    let mut contract = load(rt)?;
    execute(
        &mut contract,
        &params.code,
        params.input,
        params.caller,
        params.value,
    )
}

fn load(rt: &dyn Runtime) -> Result<Contract<'_>, ActorError> {
    Contract::load(rt).map_err(|error| ActorError::unspecified(error.to_string()))
}

fn execute(
    contract: &mut Contract<'_>,
    code: &Cid,
    input: Vec<u8>,
    caller: EthAddress,
    value: TokenAmount,
) -> Result<Vec<u8>, ActorError> {
    let rt = contract.rt;
    let Some(code) = interpreter::load_code(rt, code)? else {
        return Ok(Vec::new());
    };
    let address = address::of_actor(rt, rt.message().receiver)?;
    let call = Call {
        code,
        caller,
        address,
        value,
        input,
    };
    watched(rt, || match interpreter::run(contract, call)? {
        Outcome::Return(output) => {
            contract.save()?;
            Ok(output.to_vec())
        }
        Outcome::Revert(data) => Err(reverted("the contract", &data)),
    })
}

/// Any other method from 1024 up becomes a call of the contract's
/// `handle_filecoin_method(uint64 method, uint64 codec, bytes params)`.
fn handle_filecoin_method(
    rt: &dyn Runtime,
    number: MethodNum,
    params: Option<IpldBlock>,
) -> Result<Option<IpldBlock>, ActorError> {
    if number <= method::RESERVED_MAX {
        return Err(ActorError::unhandled_message(format!("no method {number}")));
    }
    let (codec, params) = params.map_or((0, Vec::new()), |block| (block.codec, block.data));
    let input = Writer::starting_with(&HANDLE_FILECOIN_METHOD)
        .u64(number)
        .u64(codec)
        .u64(3 * abi::WORD as u64)
        .bytes(&params);
    filecoin_answer(&invoke(rt, input)?)
}

/// The selector of `handle_filecoin_method(uint64,uint64,bytes)`.
const HANDLE_FILECOIN_METHOD: [u8; 4] = [0x86, 0x8e, 0x10, 0xc4];

/// Reads `(uint32 exit, uint64 codec, bytes data)`.
fn filecoin_answer(output: &[u8]) -> Result<Option<IpldBlock>, ActorError> {
    if output.is_empty() {
        return Ok(None);
    }
    let bad = |what: &str| ActorError::serialization(format!("handle_filecoin_method: {what}"));
    let mut reader = Reader::new(output);
    let exit = reader.u32().map_err(|_| bad("exit code beyond 32 bits"))?;
    let codec = reader.u64().map_err(|_| bad("codec beyond 64 bits"))?;
    let offset = reader.u32().map_err(|_| bad("offset beyond 32 bits"))?;
    reader.seek(offset.into());
    let size = reader.u32().map_err(|_| bad("size beyond 32 bits"))? as usize;
    if size > RETURN_MAX {
        return Err(bad("more than any block may have"));
    }
    let data = match codec {
        0 if size == 0 => None,
        CBOR if size == 0 => None,
        CBOR => Some(IpldBlock {
            codec,
            data: reader.bytes(size),
        }),
        _ => return Err(bad("only CBOR, or codec 0 without data, can be returned")),
    };
    match ExitCode::new(exit) {
        ExitCode::OK => Ok(data),
        // An actor may not speak for the system.
        code if code.is_system_error() => Err(ActorError::new(
            ExitCode::SYS_ILLEGAL_EXIT_CODE,
            "exit code of the system",
        )),
        code => Err(ActorError {
            data,
            ..ActorError::new(code, "the contract's own exit code")
        }),
    }
}

/// The largest block.
const RETURN_MAX: usize = 1 << 20;

// --- getters ---------------------------------------------------------------------------------

/// The block of the code; `None` if the contract is dead.
fn bytecode(rt: &dyn Runtime) -> Result<Option<Cid>, ActorError> {
    callers::any(rt)?;
    rt.charge("evm getter", gas::GETTER)?;
    let state = state_of(rt)?;
    Ok((!state.is_dead(rt)).then_some(state.bytecode))
}

fn bytecode_hash(rt: &dyn Runtime) -> Result<CodeHash, ActorError> {
    callers::any(rt)?;
    rt.charge("evm getter", gas::GETTER)?;
    let state = state_of(rt)?;
    Ok(if state.is_dead(rt) {
        CodeHash::empty()
    } else {
        state.bytecode_hash
    })
}

/// For RPC only: on chain, nobody may look into another's storage.
fn storage_at(rt: &dyn Runtime, params: GetStorageAtParams) -> Result<Word, ActorError> {
    callers::one_of(rt, &[ids::SYSTEM])?;
    rt.charge("evm getter", gas::GETTER)?;
    let value = Contract::load(rt)?.slot(SlotMap::Persistent, &params.key.0)?;
    Ok(Word(value))
}

fn state_of(rt: &dyn Runtime) -> Result<State, ActorError> {
    State::load(rt).map(|(_, state)| state)
}
