//! The tree of a message's calls in Ethereum's terms.
//!
//! One opcode of a contract can be several calls between actors. A `CREATE` goes to the address
//! manager, from there to init, and from there to the constructor; a `DELEGATECALL` first fetches
//! the code and then calls the contract itself. Here each is one frame again. Calls to and between
//! Filecoin's own actors stay what they are, with the actor and the method by name.

use std::collections::BTreeMap;

use atoll_actors::evm::{Bytes, DelegateCallParams, EthAddress, method};
use atoll_actors::{ActorKind, eam, registry};
use atoll_chain::StateView;
use atoll_vm::Applied;
use cid::Cid;
use fvm_ipld_encoding::IPLD_RAW;
use fvm_shared::address::Address as FilecoinAddress;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};

use super::tree::{self, Call, End};
use crate::forms::Address;
use crate::jsonrpc::error::Error;
use crate::methods::eth::calls::revert_reason;
use crate::methods::eth::{transactions::native_input, wire_address};

/// A frame.
#[derive(Clone, Debug)]
pub(in crate::methods) struct Frame {
    pub(in crate::methods) kind: FrameKind,
    pub(in crate::methods) from: Address,
    /// For a creation: the contract, if it came to be.
    pub(in crate::methods) to: Option<Address>,
    pub(in crate::methods) value: TokenAmount,
    pub(in crate::methods) gas: u64,
    pub(in crate::methods) gas_used: u64,
    pub(in crate::methods) input: Vec<u8>,
    pub(in crate::methods) output: Vec<u8>,
    /// Why it failed, if it did.
    pub(in crate::methods) error: Option<String>,
    pub(in crate::methods) revert_reason: Option<String>,
    /// The actor and the method, if it is no contract's.
    pub(in crate::methods) native: Option<Native>,
    pub(in crate::methods) calls: Vec<Frame>,
}

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::methods) enum FrameKind {
    Call,
    StaticCall,
    DelegateCall,
    Create,
    Create2,
}

/// A call of one of Filecoin's own actors, or of one that users wrote in Wasm.
#[derive(Clone, Debug)]
pub(in crate::methods) struct Native {
    pub(in crate::methods) actor: String,
    pub(in crate::methods) method: String,
}

/// The exit code of a contract that reverts.
const REVERTED: ExitCode = ExitCode::new(33);

/// Reads traces, with what must be known of the state.
pub(in crate::methods) struct Reader<'a, 'c> {
    state: &'a mut StateView<'c>,
    names: BTreeMap<Cid, Option<String>>,
}

/// Who calls: the frames below need to know.
struct Inside {
    address: Address,
    is_contract: bool,
}

impl<'a, 'c> Reader<'a, 'c> {
    pub(in crate::methods) fn new(state: &'a mut StateView<'c>) -> Self {
        Self {
            state,
            names: BTreeMap::new(),
        }
    }

    /// The frame of a message, from the address of its sender. The receiver is for a message that
    /// reached nobody.
    pub(in crate::methods) fn read(
        &mut self,
        applied: &Applied,
        from: Address,
        to: Option<Address>,
    ) -> Result<Frame, Error> {
        let calls = tree::read(&applied.trace);
        let outside = Inside {
            address: from,
            is_contract: false,
        };
        let mut frames = self.frames(&calls, &outside)?;
        let mut frame = if frames.is_empty() {
            // It was not even begun: there was no gas for it, or it was refused.
            Frame {
                kind: FrameKind::Call,
                from,
                to,
                value: TokenAmount::default(),
                gas: 0,
                gas_used: 0,
                input: Vec::new(),
                output: Vec::new(),
                error: Some(match applied.receipt.exit_code {
                    ExitCode::SYS_OUT_OF_GAS => "out of gas".to_owned(),
                    code => format!("exit code {code}"),
                }),
                revert_reason: None,
                native: None,
                calls: Vec::new(),
            }
        } else {
            frames.swap_remove(0)
        };
        // With what its inclusion and its return value cost.
        frame.gas_used = applied.receipt.gas_used;
        Ok(frame)
    }

    fn frames(&mut self, calls: &[Call], inside: &Inside) -> Result<Vec<Frame>, Error> {
        let mut frames = Vec::new();
        let mut code_of = None;
        for call in calls {
            let name = self.name(call)?;
            match (name.as_deref(), call.method) {
                (Some("evm"), method::GET_BYTECODE) if inside.is_contract => {
                    code_of = call
                        .callee
                        .as_ref()
                        .map(|callee| wire_address(callee.address));
                }
                (Some("evm"), method::GET_BYTECODE_HASH | method::GET_STORAGE_AT)
                    if inside.is_contract => {}
                (Some("evm"), method::INVOKE_CONTRACT_DELEGATE) if is_self(call) => {
                    frames.push(self.delegate(call, inside, code_of)?);
                }
                (Some("eam"), eam::CREATE | eam::CREATE2 | eam::CREATE_EXTERNAL) => {
                    frames.push(self.creation(call, inside)?);
                }
                _ => frames.push(self.call(call, inside, name)?),
            }
        }
        Ok(frames)
    }

    fn call(&mut self, call: &Call, inside: &Inside, name: Option<String>) -> Result<Frame, Error> {
        let to = call.receiver().map(wire_address);
        let is_contract = name.as_deref() == Some("evm");
        let plain = call.method == METHOD_SEND
            || (call.method == method::INVOKE_CONTRACT
                && (is_contract
                    || matches!(name.as_deref(), None | Some("ethaccount" | "placeholder"))));
        let (input, output) = if plain {
            (unwrap(call.params_codec, &call.params), output(call))
        } else {
            let params = call.params.as_slice();
            (
                native_input(call.method, call.params_codec, params),
                raw_output(call),
            )
        };
        let native = (!plain).then(|| Native {
            method: method_name(name.as_deref(), call.method),
            actor: name.unwrap_or_else(|| "unknown".to_owned()),
        });
        let below = Inside {
            address: to.unwrap_or(Address::ZERO),
            is_contract,
        };
        Ok(Frame {
            kind: match call.read_only {
                true => FrameKind::StaticCall,
                false => FrameKind::Call,
            },
            to,
            input,
            output,
            native,
            calls: self.frames(&call.calls, &below)?,
            ..bare(call, inside.address)
        })
    }

    fn delegate(
        &mut self,
        call: &Call,
        inside: &Inside,
        code_of: Option<Address>,
    ) -> Result<Frame, Error> {
        let params: Option<DelegateCallParams> = fvm_ipld_encoding::from_slice(&call.params).ok();
        let (input, value) = match params {
            Some(params) => (params.input, params.value),
            None => (Vec::new(), TokenAmount::default()),
        };
        let below = Inside {
            address: inside.address,
            is_contract: true,
        };
        Ok(Frame {
            kind: FrameKind::DelegateCall,
            to: code_of,
            input,
            value,
            output: output(call),
            calls: self.frames(&call.calls, &below)?,
            ..bare(call, inside.address)
        })
    }

    fn creation(&mut self, call: &Call, inside: &Inside) -> Result<Frame, Error> {
        let initcode = match call.method {
            eam::CREATE => fvm_ipld_encoding::from_slice::<(Bytes, u64)>(&call.params).map(|p| p.0),
            eam::CREATE2 => {
                fvm_ipld_encoding::from_slice::<(Bytes, Bytes)>(&call.params).map(|p| p.0)
            }
            _ => fvm_ipld_encoding::from_slice(&call.params),
        };
        let created = match &call.end {
            End::Returned(code, Some(block)) if code.is_success() => {
                type Answer = (ActorID, Option<FilecoinAddress>, EthAddress);
                let answer = fvm_ipld_encoding::from_slice::<Answer>(&block.data);
                answer.ok().map(|(_, _, address)| address)
            }
            _ => None,
        };
        let mut calls = Vec::new();
        for constructor in constructors(call) {
            let below = Inside {
                address: constructor
                    .callee
                    .as_ref()
                    .map_or(Address::ZERO, |callee| wire_address(callee.address)),
                is_contract: true,
            };
            calls.append(&mut self.frames(&constructor.calls, &below)?);
        }
        let output = match created {
            Some(created) => self.state.code(&created.to_filecoin())?,
            None => output(call),
        };
        Ok(Frame {
            kind: match call.method {
                eam::CREATE2 => FrameKind::Create2,
                _ => FrameKind::Create,
            },
            to: created.map(wire_address),
            input: initcode.map_or(Vec::new(), |Bytes(initcode)| initcode),
            output,
            calls,
            ..bare(call, inside.address)
        })
    }

    /// What kind of actor a call reached.
    fn name(&mut self, call: &Call) -> Result<Option<String>, Error> {
        let Some(callee) = &call.callee else {
            return Ok(None);
        };
        if let Some(known) = self.names.get(&callee.code) {
            return Ok(known.clone());
        }
        let name = self.state.name_of_code(&callee.code);
        self.names.insert(callee.code, name.clone());
        Ok(name)
    }
}

/// What is the same for all kinds.
fn bare(call: &Call, from: Address) -> Frame {
    let (error, revert_reason) = match &call.end {
        End::Returned(code, _) if code.is_success() => (None, None),
        End::Returned(REVERTED, _) => (
            Some("execution reverted".to_owned()),
            revert_reason(&output(call)),
        ),
        End::Returned(ExitCode::SYS_OUT_OF_GAS, _) => (Some("out of gas".to_owned()), None),
        End::Returned(code, _) => (Some(format!("exit code {code}")), None),
        End::Refused(refusal) => (Some(format!("refused: {refusal:?}")), None),
        End::Cut => (Some("out of gas".to_owned()), None),
    };
    Frame {
        kind: FrameKind::Call,
        from,
        to: None,
        value: call.value.clone(),
        gas: call.gas_limit,
        gas_used: call.gas_used.round_up(),
        input: Vec::new(),
        output: Vec::new(),
        error,
        revert_reason,
        native: None,
        calls: Vec::new(),
    }
}

fn is_self(call: &Call) -> bool {
    call.callee
        .as_ref()
        .is_some_and(|callee| callee.id == call.from)
}

/// The constructors that a creation ran: through init, or directly where a contract is made anew.
fn constructors(call: &Call) -> Vec<&Call> {
    let mut found = Vec::new();
    let mut waiting: Vec<&Call> = call.calls.iter().rev().collect();
    while let Some(call) = waiting.pop() {
        match call.callee.as_ref().map(|callee| callee.id) {
            Some(atoll_vm::actors::INIT_ACTOR) => waiting.extend(call.calls.iter().rev()),
            _ if matches!(call.method, METHOD_CONSTRUCTOR | method::RESURRECT) => found.push(call),
            _ => {}
        }
    }
    found
}

fn raw_output(call: &Call) -> Vec<u8> {
    match &call.end {
        End::Returned(_, Some(block)) => block.data.to_vec(),
        _ => Vec::new(),
    }
}

fn output(call: &Call) -> Vec<u8> {
    match &call.end {
        End::Returned(_, Some(block)) => unwrap(block.codec, &block.data),
        _ => Vec::new(),
    }
}

/// Takes the CBOR byte string off that contracts' data travels in, unless they sent it bare.
fn unwrap(codec: u64, data: &[u8]) -> Vec<u8> {
    match fvm_ipld_encoding::from_slice::<Bytes>(data) {
        Ok(Bytes(bytes)) if codec != IPLD_RAW => bytes,
        _ => data.to_vec(),
    }
}

/// A method by name, where the actor is a built-in one and has it.
pub(in crate::methods) fn method_name(actor: Option<&str>, method: MethodNum) -> String {
    let actor = actor.and_then(|name| {
        registry::ACTORS
            .iter()
            .find(|actor| ActorKind::name(actor.kind) == name)
    });
    match actor.and_then(|actor| actor.method(method)) {
        Some(method) => method.name.to_owned(),
        None if method == METHOD_SEND => "Send".to_owned(),
        None => method.to_string(),
    }
}
