//! What an actor sees of the recording machine.

use std::cell::Cell;

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::consensus::ConsensusFault;
use fvm_shared::crypto::hash::SupportedHashes;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::event::ActorEvent;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::{
    AggregateSealVerifyProofAndInfos, RegisteredSealProof, ReplicaUpdateInfo, SealVerifyInfo,
    WindowPoStVerifyInfo,
};

use super::format::{CodeName, Event, EventEntry, Hex, Trace, identity_cid};
use super::machine::{CALL_DEPTH_MAX, Calls, Events, Machine, Origin, Request};
use super::primitives;
use crate::error::ActorError;
use crate::frame::Frame;
use crate::ids;
use crate::kinds::ActorKind;
use crate::policy::Policy;
use crate::randomness::Purpose;
use crate::runtime::{MessageInfo, NetworkInfo, Reply, Runtime, Send, SlotMap};

/// One call of one actor.
#[derive(Debug)]
pub(super) struct Call<'m> {
    pub(super) machine: &'m Machine,
    pub(super) origin: &'m Origin,
    pub(super) message: MessageInfo,
    pub(super) depth: u32,
    /// The same call in the recording, and how many calls of its trace came before the actor ran.
    pub(super) recorded: Option<&'m Trace>,
    pub(super) calls_before: usize,
    pub(super) frame: Frame,
    /// How many actors this call has created.
    pub(super) created: Cell<u64>,
    pub(super) events: Events,
    pub(super) calls: Calls,
}

/// All randomness here.
const RANDOMNESS: [u8; 32] = {
    let mut bytes = [0; 32];
    let mut i = 0;
    while i < 32 {
        bytes[i] = i as u8 + 1;
        i += 1;
    }
    bytes
};

/// The kinds that the init actor may create here.
const CREATABLE: [ActorKind; 7] = [
    ActorKind::Account,
    ActorKind::PaymentChannel,
    ActorKind::Multisig,
    ActorKind::Miner,
    ActorKind::Placeholder,
    ActorKind::Evm,
    ActorKind::EthAccount,
];

impl Call<'_> {
    fn require_writable(&self) -> Result<(), ActorError> {
        if self.message.read_only {
            return Err(ActorError::read_only("the call is read-only"));
        }
        Ok(())
    }

    fn no_slots<T>(&self) -> Result<T, ActorError> {
        Err(ActorError::assertion_failed(
            "the recording machine has no slots: see vectors/fevm",
        ))
    }
}

impl Runtime for Call<'_> {
    fn message(&self) -> &MessageInfo {
        &self.message
    }

    fn network(&self) -> &NetworkInfo {
        &self.origin.network
    }

    fn policy(&self) -> &Policy {
        &self.machine.policy
    }

    fn circulating_supply(&self) -> Result<TokenAmount, ActorError> {
        Ok(self.machine.circulating_supply.clone())
    }

    fn gas_available(&self) -> u64 {
        u32::MAX.into()
    }

    fn memory_left(&self) -> u64 {
        u64::MAX
    }

    fn take_memory(&self, _bytes: u64) -> Result<(), ActorError> {
        Ok(())
    }

    fn charge(&self, _name: &'static str, _gas: u64) -> Result<(), ActorError> {
        Ok(())
    }

    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn root(&self) -> Result<Cid, ActorError> {
        Ok(self.machine.require(self.message.receiver)?.head)
    }

    fn set_root(&self, root: &Cid) -> Result<(), ActorError> {
        self.require_writable()?;
        let mut entry = self.machine.require(self.message.receiver)?;
        entry.head = *root;
        self.machine.put(self.message.receiver, Some(entry));
        Ok(())
    }

    fn store(&self) -> &dyn Blockstore {
        &self.machine.store
    }

    fn slot(&self, _map: SlotMap, _key: &[u8; 32]) -> Result<Option<[u8; 32]>, ActorError> {
        self.no_slots()
    }

    fn set_slot(
        &self,
        _map: SlotMap,
        _key: &[u8; 32],
        _value: &[u8; 32],
    ) -> Result<(), ActorError> {
        self.no_slots()
    }

    fn clear_slots(&self, _map: SlotMap) -> Result<(), ActorError> {
        self.no_slots()
    }

    fn balance(&self) -> Result<TokenAmount, ActorError> {
        Ok(self.machine.require(self.message.receiver)?.balance.0)
    }

    fn delete_self(&self) -> Result<(), ActorError> {
        self.require_writable()?;
        let entry = self.machine.require(self.message.receiver)?;
        let mut burnt = self.machine.require(ids::BURNT_FUNDS)?;
        burnt.balance.0 += entry.balance.0;
        self.machine.put(ids::BURNT_FUNDS, Some(burnt));
        self.machine.put(self.message.receiver, None);
        Ok(())
    }

    fn resolve(&self, address: &Address) -> Result<Option<ActorID>, ActorError> {
        self.machine.resolve(address)
    }

    fn delegated_address(&self, id: ActorID) -> Result<Option<Address>, ActorError> {
        Ok(self
            .machine
            .actor(id)
            .and_then(|entry| entry.delegated)
            .map(|address| address.0))
    }

    fn balance_of(&self, id: ActorID) -> Result<Option<TokenAmount>, ActorError> {
        Ok(self.machine.actor(id).map(|entry| entry.balance.0))
    }

    fn code_of(&self, id: ActorID) -> Result<Option<Cid>, ActorError> {
        Ok(self.machine.actor(id).map(|entry| entry.code.cid()))
    }

    fn kind_of_code(&self, code: &Cid) -> Result<Option<ActorKind>, ActorError> {
        Ok(CodeName::of(code).map(|name| name.0))
    }

    fn code_of_kind(&self, kind: ActorKind) -> Result<Cid, ActorError> {
        Ok(CodeName(kind).cid())
    }

    fn send(&self, call: Send) -> Result<Result<Reply, ErrorNumber>, ActorError> {
        if self.depth >= CALL_DEPTH_MAX {
            return Ok(Err(ErrorNumber::LimitExceeded));
        }
        let request = Request {
            from: self.message.receiver,
            to: call.to,
            method: call.method,
            params: call.params,
            value: call.value,
            read_only: self.message.read_only || call.flags.read_only(),
            depth: self.depth + 1,
            recorded: self.recorded.and_then(|call| {
                call.subinvocations
                    .get(self.calls_before + self.calls.borrow().len())
            }),
        };
        let (result, trace) = self.machine.call(self.origin, request);
        self.calls.borrow_mut().push(trace);
        // A call that can't be made is an ordinary exit code here, unlike on a chain.
        Ok(Ok(match result {
            Ok(data) => Reply {
                code: ExitCode::OK,
                data,
            },
            Err(error) => Reply {
                code: error.code,
                data: error.data,
            },
        }))
    }

    fn next_actor_address(&self) -> Result<Address, ActorError> {
        let mut bytes = self.origin.address.to_bytes();
        bytes.extend(self.origin.nonce.to_be_bytes());
        bytes.extend(self.created.get().to_be_bytes());
        Ok(Address::new_actor(&bytes))
    }

    fn create_actor(
        &self,
        code: Cid,
        id: ActorID,
        delegated: Option<Address>,
    ) -> Result<(), ActorError> {
        let kind = CodeName::of(&code)
            .map(|name| name.0)
            .filter(|kind| CREATABLE.contains(kind));
        let Some(kind) = kind else {
            let words = format!("{code} can't be created");
            return Err(ActorError::new(ExitCode::SYS_ASSERTION_FAILED, words));
        };
        self.require_writable()?;
        self.created.set(self.created.get() + 1);
        self.machine.create(kind, id, delegated)
    }

    fn ticket_digest(&self, _epoch: ChainEpoch) -> Result<[u8; 32], ActorError> {
        Ok(RANDOMNESS)
    }

    fn beacon_digest(&self, _epoch: ChainEpoch) -> Result<[u8; 32], ActorError> {
        Ok(RANDOMNESS)
    }

    fn draw(
        &self,
        digest: &[u8; 32],
        _purpose: Purpose,
        _epoch: ChainEpoch,
        _entropy: &[u8],
    ) -> Result<[u8; 32], ActorError> {
        Ok(*digest)
    }

    fn tipset_cid(&self, _epoch: ChainEpoch) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        Ok(Ok(identity_cid(b"faketipset")))
    }

    fn emit(&self, event: ActorEvent) -> Result<Result<(), ErrorNumber>, ActorError> {
        let entries = event.entries.into_iter().map(|entry| EventEntry {
            flags: entry.flags.bits(),
            key: entry.key,
            codec: entry.codec,
            value: Hex(entry.value),
        });
        let emitter = self.message.receiver;
        self.events.borrow_mut().push(Event {
            emitter,
            entries: entries.collect(),
        });
        Ok(Ok(()))
    }

    fn hash(&self, hash: SupportedHashes, data: &[u8]) -> Result<Vec<u8>, ActorError> {
        Ok(primitives::hash(hash, data))
    }

    fn verify_signature(
        &self,
        signature: &[u8],
        _signer: &Address,
        plain: &[u8],
    ) -> Result<bool, ActorError> {
        Ok(signature == plain)
    }

    fn recover_secp256k1(
        &self,
        _hash: &[u8; 32],
        _signature: &[u8; 65],
    ) -> Result<Option<[u8; 65]>, ActorError> {
        Err(ActorError::assertion_failed(
            "no actor but the EVM recovers keys: see vectors/fevm",
        ))
    }

    fn unsealed_sector_cid(
        &self,
        proof: RegisteredSealProof,
        pieces: &[PieceInfo],
    ) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        let proof = i64::from(proof);
        let real = self
            .machine
            .empty_commds
            .get(&proof)
            .filter(|_| pieces.is_empty());
        Ok(Ok(real
            .copied()
            .unwrap_or_else(|| primitives::fake_commd(proof, pieces))))
    }

    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> Result<Vec<bool>, ActorError> {
        Ok(vec![true; infos.len()])
    }

    fn verify_aggregate_seals(
        &self,
        _aggregate: &AggregateSealVerifyProofAndInfos,
    ) -> Result<bool, ActorError> {
        Ok(true)
    }

    fn verify_replica_update(&self, _update: &ReplicaUpdateInfo) -> Result<bool, ActorError> {
        Ok(true)
    }

    fn verify_post(&self, info: &WindowPoStVerifyInfo) -> Result<bool, ActorError> {
        Ok(!info
            .proofs
            .iter()
            .any(|proof| proof.proof_bytes == b"i_am_invalid_post"))
    }

    fn verify_consensus_fault(
        &self,
        _h1: &[u8],
        _h2: &[u8],
        _extra: &[u8],
    ) -> Result<Option<ConsensusFault>, ActorError> {
        Ok(None)
    }
}
