//! What a native actor sees: the kernel, call by call.
//!
//! Every kernel method charges for itself at the network's prices. A [`Refusal`] becomes what the
//! official actors make of it; a [`Stop`] is remembered, so that an actor that carries on after
//! it gets nothing more and cannot succeed.

use std::cell::RefCell;

use atoll_actors::evm::EthereumGas;
use atoll_actors::init::Mapped;
use atoll_actors::runtime::{MessageInfo, NetworkInfo, Reply, Runtime, Send, SlotMap};
use atoll_actors::{Actor, ActorError, ActorKind, Frame, Inspector, Policy, dispatch};
use atoll_vm::blocks::NO_BLOCK;
use atoll_vm::ipld_links;
use atoll_vm::state::SharedId;
use atoll_vm::{Atto, Entry, Gas, Kernel, Refusal, Stop, SyscallError};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::crypto::hash::SupportedHashes;
use fvm_shared::crypto::signature::SignatureType;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::event::ActorEvent;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, RegisteredSealProof, ReplicaUpdateInfo, SealVerifyInfo,
    WindowPoStVerifyInfo,
};
use fvm_shared::sys::BlockId;
use num_traits::{FromPrimitive, ToPrimitive};

use crate::store::Blocks;

/// What a runner gives every call.
#[derive(Clone, Copy)]
pub(crate) struct Surroundings<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) inspector: Option<&'p dyn Inspector>,
    pub(crate) ethereum_gas: Option<&'p EthereumGas>,
}

/// One call of a native actor.
pub(crate) struct KernelRuntime<'p> {
    kernel: RefCell<Kernel>,
    blocks: Blocks<'p>,
    message: MessageInfo,
    network: NetworkInfo,
    surroundings: Surroundings<'p>,
    frame: Frame,
    /// What ended this call, even if the actor does not know it yet.
    stop: RefCell<Option<Stop>>,
}

impl<'p> KernelRuntime<'p> {
    /// Runs an actor and hands the kernel back.
    pub(crate) fn run(
        mut kernel: Kernel,
        entry: &Entry,
        actor: &Actor,
        surroundings: Surroundings<'p>,
    ) -> (Kernel, Result<Option<BlockId>, Stop>) {
        let (message, params) = match arrive(&mut kernel, entry) {
            Ok(arrived) => arrived,
            Err(error) => return (kernel, Err(stop_of(error))),
        };
        let context = kernel.context();
        let network = NetworkInfo {
            epoch: context.epoch,
            timestamp: context.timestamp,
            version: context.network_version,
            chain_id: context.chain_id,
            base_fee: context.base_fee.clone(),
        };
        let runtime = Self {
            blocks: Blocks::new(kernel.store().clone(), surroundings.inspector),
            kernel: RefCell::new(kernel),
            message,
            network,
            surroundings,
            frame: Frame::default(),
            stop: RefCell::default(),
        };
        let result = dispatch(actor, &runtime, params);
        runtime.depart(result)
    }

    /// Turns what the actor ended with into what the machine knows.
    fn depart(
        self,
        result: Result<Option<IpldBlock>, ActorError>,
    ) -> (Kernel, Result<Option<BlockId>, Stop>) {
        let mut kernel = self.kernel.into_inner();
        // This node's trouble goes before anything that came of it.
        let stop = match self.blocks.take_trouble() {
            Some(fatal) => Some(Stop::Fatal(fatal)),
            None => self.stop.into_inner(),
        };
        let result = match (stop, result) {
            (Some(stop), _) => Err(stop),
            (None, Ok(data)) => answer(&mut kernel, data),
            (None, Err(error)) => Err(exit(&mut kernel, error)),
        };
        (kernel, result)
    }

    /// Asks the kernel. The inner error is a refusal, which the actor sees.
    fn ask<T>(
        &self,
        ask: impl FnOnce(&mut Kernel) -> Result<T, SyscallError>,
    ) -> Result<Result<T, Refusal>, ActorError> {
        self.check_running()?;
        match ask(&mut self.kernel.borrow_mut()) {
            Ok(answer) => Ok(Ok(answer)),
            Err(SyscallError::Refused(refusal)) => Ok(Err(refusal)),
            Err(SyscallError::Stop(stop)) => {
                self.stop.replace(Some(stop));
                self.check_running()?;
                Err(ActorError::assertion_failed("a stop that does not stop"))
            }
        }
    }

    /// The same, where a refusal means this exit code.
    fn ask_or<T>(
        &self,
        code: ExitCode,
        ask: impl FnOnce(&mut Kernel) -> Result<T, SyscallError>,
    ) -> Result<T, ActorError> {
        self.ask(ask)?
            .map_err(|refusal| ActorError::new(code, refusal.words))
    }

    /// The same, where a refusal means that there is none.
    fn ask_option<T>(
        &self,
        ask: impl FnOnce(&mut Kernel) -> Result<T, SyscallError>,
    ) -> Result<Option<T>, ActorError> {
        Ok(self.ask(ask)?.ok())
    }

    fn check_running(&self) -> Result<(), ActorError> {
        match &*self.stop.borrow() {
            None => Ok(()),
            Some(Stop::OutOfGas) => Err(ActorError::new(ExitCode::SYS_OUT_OF_GAS, "out of gas")),
            Some(_) => Err(ActorError::new(
                ExitCode::SYS_ASSERTION_FAILED,
                "the call is over",
            )),
        }
    }
}

/// The message and its parameters, charged as an actor in Wasm is that asks for both at once.
fn arrive(
    kernel: &mut Kernel,
    entry: &Entry,
) -> Result<(MessageInfo, Option<IpldBlock>), SyscallError> {
    let message = kernel.message_context()?;
    let frame = kernel.frame();
    let info = MessageInfo {
        origin: message.origin,
        nonce: message.nonce,
        gas_premium: message.gas_premium.into(),
        caller: frame.caller,
        receiver: frame.receiver,
        method: entry.method,
        value_received: frame.value_received.clone(),
        read_only: message.flags.read_only(),
    };
    let params = match entry.params {
        NO_BLOCK => None,
        id => Some(read(kernel, id)?),
    };
    Ok((info, params))
}

/// Copies a block that the actor was given.
fn read(kernel: &mut Kernel, id: BlockId) -> Result<IpldBlock, SyscallError> {
    let stat = kernel.block_stat(id)?;
    let mut data = vec![0; stat.size as usize];
    kernel.block_read(id, 0, &mut data)?;
    Ok(IpldBlock {
        codec: stat.codec,
        data,
    })
}

/// Hands the actor's data to the kernel. The official actors panic if it is not a block.
fn write(kernel: &mut Kernel, data: Option<IpldBlock>) -> Result<BlockId, Stop> {
    let Some(block) = data else {
        return Ok(NO_BLOCK);
    };
    kernel
        .native_block(block.codec, &block.data)
        .map_err(|error| match error {
            SyscallError::Refused(refusal) => Stop::exit(
                ExitCode::USR_ASSERTION_FAILED,
                format!("its answer: {}", refusal.words),
            ),
            SyscallError::Stop(stop) => stop,
        })
}

fn answer(kernel: &mut Kernel, data: Option<IpldBlock>) -> Result<Option<BlockId>, Stop> {
    match write(kernel, data)? {
        NO_BLOCK => Ok(None),
        id => Ok(Some(id)),
    }
}

fn exit(kernel: &mut Kernel, error: ActorError) -> Stop {
    let block = match write(kernel, error.data) {
        Ok(id) => kernel.block(id).ok().cloned(),
        Err(stop) => return stop,
    };
    Stop::Exit {
        code: error.code,
        words: error.words,
        data: block,
    }
}

/// An actor that never began asked for nothing that could be refused.
fn stop_of(error: SyscallError) -> Stop {
    match error {
        SyscallError::Stop(stop) => stop,
        SyscallError::Refused(refusal) => Stop::Broken(refusal.words.into_owned()),
    }
}

const fn map_of(map: SlotMap) -> atoll_vm::SlotMap {
    match map {
        SlotMap::Persistent => atoll_vm::SlotMap::Persistent,
        SlotMap::Transient => atoll_vm::SlotMap::Transient,
    }
}

impl Runtime for KernelRuntime<'_> {
    fn message(&self) -> &MessageInfo {
        &self.message
    }

    fn network(&self) -> &NetworkInfo {
        &self.network
    }

    fn policy(&self) -> &Policy {
        self.surroundings.policy
    }

    fn inspector(&self) -> Option<&dyn Inspector> {
        self.surroundings.inspector
    }

    fn ethereum_gas(&self) -> Option<&EthereumGas> {
        self.surroundings.ethereum_gas
    }

    fn circulating_supply(&self) -> Result<TokenAmount, ActorError> {
        self.check_running()?;
        Ok(self.kernel.borrow().circulating_supply())
    }

    fn gas_available(&self) -> u64 {
        self.kernel.borrow().gas_available().round_down()
    }

    fn charge(&self, name: &'static str, gas: u64) -> Result<(), ActorError> {
        self.ask_or(ExitCode::USR_ASSERTION_FAILED, |kernel| {
            Ok(kernel.charge(name, Gas::new(gas))?)
        })
    }

    fn memory_left(&self) -> u64 {
        self.kernel.borrow_mut().memory().left()
    }

    fn take_memory(&self, bytes: u64) -> Result<(), ActorError> {
        if self.kernel.borrow_mut().memory().grow(bytes) {
            Ok(())
        } else {
            let words = format!("the message has no {bytes} bytes of memory left");
            Err(ActorError::new(ExitCode::SYS_ILLEGAL_INSTRUCTION, words))
        }
    }

    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn root(&self) -> Result<Cid, ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_STATE, Kernel::root)
    }

    fn set_root(&self, root: &Cid) -> Result<(), ActorError> {
        self.ask(|kernel| kernel.set_native_root(*root))?
            .map_err(|refusal| {
                let code = match refusal.number {
                    ErrorNumber::ReadOnly => ExitCode::USR_READ_ONLY,
                    _ => ExitCode::USR_ILLEGAL_STATE,
                };
                ActorError::new(code, refusal.words)
            })
    }

    fn store(&self) -> &dyn Blockstore {
        &self.blocks
    }

    fn may_hold(&self, cid: &Cid) -> bool {
        ipld_links::names_no_block(cid)
    }

    fn slot(&self, map: SlotMap, key: &[u8; 32]) -> Result<Option<[u8; 32]>, ActorError> {
        self.check_running()?;
        Ok(self.kernel.borrow().slot(map_of(map), key))
    }

    fn set_slot(&self, map: SlotMap, key: &[u8; 32], value: &[u8; 32]) -> Result<(), ActorError> {
        self.ask_or(ExitCode::USR_READ_ONLY, |kernel| {
            kernel.set_slot(map_of(map), *key, *value)
        })
    }

    fn clear_slots(&self, map: SlotMap) -> Result<(), ActorError> {
        self.ask_or(ExitCode::USR_READ_ONLY, |kernel| {
            kernel.clear_slots(map_of(map))
        })
    }

    fn balance(&self) -> Result<TokenAmount, ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_STATE, Kernel::current_balance)
    }

    fn delete_self(&self) -> Result<(), ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_ARGUMENT, |kernel| {
            kernel.self_destruct(false)
        })
    }

    fn resolve(&self, address: &Address) -> Result<Option<ActorID>, ActorError> {
        self.ask_option(|kernel| kernel.resolve_address(address))
    }

    fn delegated_address(&self, id: ActorID) -> Result<Option<Address>, ActorError> {
        Ok(self
            .ask_option(|kernel| kernel.lookup_delegated_address(id))?
            .flatten())
    }

    fn balance_of(&self, id: ActorID) -> Result<Option<TokenAmount>, ActorError> {
        self.ask_option(|kernel| kernel.balance_of(id))
    }

    fn code_of(&self, id: ActorID) -> Result<Option<Cid>, ActorError> {
        self.ask_option(|kernel| kernel.get_actor_code_cid(id))
    }

    fn kind_of_code(&self, code: &Cid) -> Result<Option<ActorKind>, ActorError> {
        let number = self.ask_option(|kernel| kernel.get_builtin_actor_type(code))?;
        Ok(number.and_then(ActorKind::from_u32))
    }

    fn code_of_kind(&self, kind: ActorKind) -> Result<Cid, ActorError> {
        let number = kind.to_u32().unwrap_or_default();
        self.ask_or(ExitCode::USR_ASSERTION_FAILED, |kernel| {
            kernel.get_code_cid_for_type(number)
        })
    }

    fn send(&self, call: Send) -> Result<Result<Reply, ErrorNumber>, ActorError> {
        let Send {
            to,
            method,
            params,
            value,
            gas_limit,
            flags,
        } = call;
        self.check_running()?;
        // Amounts reach the machine as 128 bits; a contract may name more. Found out before anything
        // else, so also where there is nobody to receive it.
        if Atto::from_token(&value).is_none() {
            return Ok(Err(ErrorNumber::InsufficientFunds));
        }
        let sent = self.ask(|kernel| {
            let params = match params {
                Some(block) => kernel.native_block(block.codec, &block.data)?,
                None => NO_BLOCK,
            };
            let limit = gas_limit.map(Gas::new);
            let sent = kernel.send(&to, method, params, &value, limit, flags)?;
            let data = match sent.return_id {
                NO_BLOCK => None,
                id => Some(read(kernel, id)?),
            };
            Ok(Reply {
                code: ExitCode::new(sent.exit_code),
                data,
            })
        })?;
        Ok(sent.map_err(|refusal| refusal.number))
    }

    fn next_actor_address(&self) -> Result<Address, ActorError> {
        self.check_running()?;
        Ok(self.kernel.borrow().next_actor_address())
    }

    fn map_addresses(
        &self,
        robust: &Address,
        delegated: Option<&Address>,
    ) -> Option<Result<Mapped, ActorError>> {
        let assigned = self.ask(|kernel| {
            // What the actor would pay to read its state.
            kernel.root()?;
            kernel.assign_shared_id(robust, delegated)
        });
        Some(match assigned {
            Ok(Ok(SharedId { id, existed })) => Ok(Mapped { id, existed }),
            Ok(Err(refusal)) => {
                let code = match refusal.number {
                    ErrorNumber::ReadOnly => ExitCode::USR_READ_ONLY,
                    _ => ExitCode::USR_FORBIDDEN,
                };
                Err(ActorError::new(code, refusal.words))
            }
            Err(end) => Err(end),
        })
    }

    fn create_actor(
        &self,
        code: Cid,
        id: ActorID,
        delegated: Option<Address>,
    ) -> Result<(), ActorError> {
        self.ask(|kernel| kernel.create_actor(code, id, delegated))?
            .map_err(|refusal| {
                let code = match refusal.number {
                    ErrorNumber::IllegalArgument => ExitCode::USR_ILLEGAL_ARGUMENT,
                    ErrorNumber::Forbidden => ExitCode::USR_FORBIDDEN,
                    _ => ExitCode::USR_ASSERTION_FAILED,
                };
                ActorError::new(code, refusal.words)
            })
    }

    fn ticket_digest(&self, epoch: ChainEpoch) -> Result<[u8; 32], ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_ARGUMENT, |kernel| {
            kernel.get_chain_randomness(epoch)
        })
    }

    fn beacon_digest(&self, epoch: ChainEpoch) -> Result<[u8; 32], ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_ARGUMENT, |kernel| {
            kernel.get_beacon_randomness(epoch)
        })
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        Ok(self
            .ask(|kernel| kernel.tipset_cid(epoch))?
            .map_err(|refusal| refusal.number))
    }

    fn emit(&self, event: ActorEvent) -> Result<Result<(), ErrorNumber>, ActorError> {
        Ok(self
            .ask(|kernel| kernel.emit(event))?
            .map_err(|refusal| refusal.number))
    }

    fn hash(&self, hash: SupportedHashes, data: &[u8]) -> Result<Vec<u8>, ActorError> {
        let digest = self.ask_or(ExitCode::USR_ASSERTION_FAILED, |kernel| {
            kernel.hash(hash as u64, data)
        })?;
        Ok(digest.digest().to_vec())
    }

    fn verify_signature(
        &self,
        signature: &[u8],
        signer: &Address,
        plain: &[u8],
    ) -> Result<bool, ActorError> {
        let kind = match signer.protocol() {
            Protocol::Secp256k1 => SignatureType::Secp256k1,
            Protocol::BLS => SignatureType::BLS,
            _ => return Ok(false),
        };
        let valid =
            self.ask_option(|kernel| kernel.verify_signature(kind, signature, signer, plain))?;
        Ok(valid.unwrap_or(false))
    }

    fn recover_secp256k1(
        &self,
        hash: &[u8; 32],
        signature: &[u8; 65],
    ) -> Result<Option<[u8; 65]>, ActorError> {
        self.ask_option(|kernel| kernel.recover_secp_public_key(hash, signature))
    }

    fn unsealed_sector_cid(
        &self,
        proof: RegisteredSealProof,
        pieces: &[PieceInfo],
    ) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        let cid = self.ask(|kernel| kernel.compute_unsealed_sector_cid(proof, pieces))?;
        Ok(cid.map_err(|refusal| refusal.number))
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> Result<Vec<bool>, ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_ARGUMENT, |kernel| {
            kernel.batch_verify_seals(infos)
        })
    }

    fn verify_aggregate_seals(
        &self,
        aggregate: &AggregateSealVerifyProofAndInfos,
    ) -> Result<bool, ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_ARGUMENT, |k| {
            k.verify_aggregate_seals(aggregate)
        })
    }

    fn verify_replica_update(&self, update: &ReplicaUpdateInfo) -> Result<bool, ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_ARGUMENT, |k| {
            k.verify_replica_update(update)
        })
    }

    fn verify_post(&self, info: &WindowPoStVerifyInfo) -> Result<bool, ActorError> {
        self.ask_or(ExitCode::USR_ILLEGAL_ARGUMENT, |kernel| {
            kernel.verify_post(info)
        })
    }

    fn verify_consensus_fault(
        &self,
        h1: &[u8],
        h2: &[u8],
        extra: &[u8],
    ) -> Result<Option<ConsensusFault>, ActorError> {
        let code = ExitCode::USR_ILLEGAL_ARGUMENT;
        self.ask_or(code, |kernel| kernel.verify_consensus_fault(h1, h2, extra))
    }
}
