//! A machine with one contract in it: calls to others are written down and answered from a list.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::sync::LazyLock;

use cid::Cid;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
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
use fvm_shared::version::NetworkVersion;
use multihash_codetable::{Code, MultihashDigest};

use crate::evm::EthAddress;
use crate::inspector::Inspector;
use crate::runtime::{MessageInfo, NetworkInfo, Reply, Runtime, Send, SlotMap};
use crate::{ActorError, ActorKind, Frame, Policy, ids};

/// The id of the contract, and its address.
pub(super) const CONTRACT: ActorID = 1000;
pub(super) const CONTRACT_ADDRESS: EthAddress = EthAddress([0xc0; 20]);

/// Another contract, and who calls.
pub(super) const OTHER: ActorID = 1001;
pub(super) const OTHER_ADDRESS: EthAddress = EthAddress([0xd0; 20]);
pub(super) const CALLER: ActorID = 100;

type Slots = BTreeMap<(SlotMap, [u8; 32]), [u8; 32]>;

pub(super) struct Host {
    pub(super) message: MessageInfo,
    pub(super) network: NetworkInfo,
    pub(super) gas: Cell<u64>,
    pub(super) root: RefCell<Cid>,
    pub(super) blocks: MemoryBlockstore,
    pub(super) slots: RefCell<Slots>,
    pub(super) events: RefCell<Vec<ActorEvent>>,
    pub(super) sent: RefCell<Vec<Send>>,
    pub(super) replies: RefCell<VecDeque<Result<Reply, ErrorNumber>>>,
    pub(super) inspector: Option<Box<dyn Inspector>>,
    frame: Frame,
}

impl Host {
    pub(super) fn new() -> Self {
        let message = MessageInfo {
            origin: CALLER,
            nonce: 0,
            gas_premium: TokenAmount::from_atto(1),
            caller: CALLER,
            receiver: CONTRACT,
            method: 0,
            value_received: TokenAmount::default(),
            read_only: false,
        };
        let network = NetworkInfo {
            epoch: 1000,
            timestamp: 1_700_000_000,
            version: NetworkVersion::V28,
            chain_id: 314,
            base_fee: TokenAmount::from_atto(100),
        };
        Self {
            message,
            network,
            gas: Cell::new(10_000_000_000),
            root: RefCell::new(crate::state::empty_root()),
            blocks: MemoryBlockstore::default(),
            slots: RefCell::default(),
            events: RefCell::default(),
            sent: RefCell::default(),
            replies: RefCell::default(),
            inspector: None,
            frame: Frame::default(),
        }
    }

    /// A call begins: the caller is unchecked again.
    pub(super) fn begin(&mut self, caller: ActorID) {
        self.frame = Frame::default();
        self.message.caller = caller;
    }

    /// What the machine does at the end of a tipset.
    pub(super) fn flush(&self) {
        let slots = self.slots.take();
        let of = |map| -> Vec<_> {
            slots
                .iter()
                .filter(|((m, _), _)| *m == map)
                .map(|((_, k), v)| (*k, *v))
                .collect()
        };
        let (persistent, transient) = (of(SlotMap::Persistent), of(SlotMap::Transient));
        if !persistent.is_empty() || !transient.is_empty() {
            let root = *self.root.borrow();
            let folded =
                crate::evm::fold_slots(&self.blocks, &self.blocks, &root, &persistent, &transient);
            *self.root.borrow_mut() = folded.expect("folds");
        }
    }

    /// A code that is nobody's but stands for a kind.
    fn code(kind: ActorKind) -> Cid {
        Cid::new_v1(0x55, Code::Sha2_256.digest(kind.name().as_bytes()))
    }
}

fn not_here<T>() -> Result<T, ActorError> {
    Err(ActorError::assertion_failed("no contract asks for this"))
}

impl Runtime for Host {
    fn message(&self) -> &MessageInfo {
        &self.message
    }

    fn network(&self) -> &NetworkInfo {
        &self.network
    }

    fn policy(&self) -> &Policy {
        static MAINNET: LazyLock<Policy> = LazyLock::new(Policy::mainnet);
        &MAINNET
    }

    fn circulating_supply(&self) -> Result<TokenAmount, ActorError> {
        not_here()
    }

    fn gas_available(&self) -> u64 {
        self.gas.get()
    }

    fn memory_left(&self) -> u64 {
        u64::MAX
    }

    fn take_memory(&self, _bytes: u64) -> Result<(), ActorError> {
        Ok(())
    }

    fn charge(&self, _name: &'static str, gas: u64) -> Result<(), ActorError> {
        match self.gas.get().checked_sub(gas) {
            Some(left) => {
                self.gas.set(left);
                Ok(())
            }
            None => {
                self.gas.set(0);
                Err(ActorError::new(ExitCode::SYS_OUT_OF_GAS, "out of gas"))
            }
        }
    }

    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn inspector(&self) -> Option<&dyn Inspector> {
        self.inspector.as_deref()
    }

    fn root(&self) -> Result<Cid, ActorError> {
        Ok(*self.root.borrow())
    }

    fn set_root(&self, root: &Cid) -> Result<(), ActorError> {
        *self.root.borrow_mut() = *root;
        Ok(())
    }

    fn store(&self) -> &dyn Blockstore {
        &self.blocks
    }

    fn slot(&self, map: SlotMap, key: &[u8; 32]) -> Result<Option<[u8; 32]>, ActorError> {
        Ok(self.slots.borrow().get(&(map, *key)).copied())
    }

    fn set_slot(&self, map: SlotMap, key: &[u8; 32], value: &[u8; 32]) -> Result<(), ActorError> {
        self.slots.borrow_mut().insert((map, *key), *value);
        Ok(())
    }

    fn clear_slots(&self, map: SlotMap) -> Result<(), ActorError> {
        self.slots
            .borrow_mut()
            .retain(|(other, _), _| *other != map);
        Ok(())
    }

    fn balance(&self) -> Result<TokenAmount, ActorError> {
        Ok(TokenAmount::from_atto(5_000))
    }

    fn delete_self(&self) -> Result<(), ActorError> {
        not_here()
    }

    fn resolve(&self, address: &Address) -> Result<Option<ActorID>, ActorError> {
        Ok(match EthAddress::from_delegated(address) {
            Some(CONTRACT_ADDRESS) => Some(CONTRACT),
            Some(OTHER_ADDRESS) => Some(OTHER),
            _ => address.id().ok(),
        })
    }

    fn delegated_address(&self, id: ActorID) -> Result<Option<Address>, ActorError> {
        Ok(match id {
            CONTRACT => Some(CONTRACT_ADDRESS.to_f410()),
            OTHER => Some(OTHER_ADDRESS.to_f410()),
            _ => None,
        })
    }

    fn balance_of(&self, id: ActorID) -> Result<Option<TokenAmount>, ActorError> {
        Ok(self.code_of(id)?.map(|_| TokenAmount::from_atto(id)))
    }

    fn code_of(&self, id: ActorID) -> Result<Option<Cid>, ActorError> {
        let kind = match id {
            ids::POWER => ActorKind::Power,
            CALLER => ActorKind::Account,
            CONTRACT | OTHER => ActorKind::Evm,
            _ => return Ok(None),
        };
        Ok(Some(Self::code(kind)))
    }

    fn kind_of_code(&self, code: &Cid) -> Result<Option<ActorKind>, ActorError> {
        Ok(ActorKind::ALL
            .into_iter()
            .find(|kind| Self::code(*kind) == *code))
    }

    fn code_of_kind(&self, kind: ActorKind) -> Result<Cid, ActorError> {
        Ok(Self::code(kind))
    }

    fn send(&self, call: Send) -> Result<Result<Reply, ErrorNumber>, ActorError> {
        self.sent.borrow_mut().push(call);
        let silence = Ok(Reply {
            code: ExitCode::OK,
            data: None,
        });
        Ok(self.replies.borrow_mut().pop_front().unwrap_or(silence))
    }

    fn next_actor_address(&self) -> Result<Address, ActorError> {
        not_here()
    }

    fn create_actor(
        &self,
        _code: Cid,
        _id: ActorID,
        _delegated: Option<Address>,
    ) -> Result<(), ActorError> {
        not_here()
    }

    fn ticket_digest(&self, _epoch: ChainEpoch) -> Result<[u8; 32], ActorError> {
        not_here()
    }

    fn beacon_digest(&self, epoch: ChainEpoch) -> Result<[u8; 32], ActorError> {
        Ok([epoch as u8; 32])
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        Ok(Ok(Cid::new_v1(
            0x71,
            Code::Blake2b256.digest(&epoch.to_be_bytes()),
        )))
    }

    fn emit(&self, event: ActorEvent) -> Result<Result<(), ErrorNumber>, ActorError> {
        self.events.borrow_mut().push(event);
        Ok(Ok(()))
    }

    fn hash(&self, hash: SupportedHashes, data: &[u8]) -> Result<Vec<u8>, ActorError> {
        let code = match hash {
            SupportedHashes::Sha2_256 => Code::Sha2_256,
            SupportedHashes::Blake2b256 => Code::Blake2b256,
            SupportedHashes::Blake2b512 => Code::Blake2b512,
            SupportedHashes::Keccak256 => Code::Keccak256,
            SupportedHashes::Ripemd160 => Code::Ripemd160,
        };
        Ok(code.digest(data).digest().to_vec())
    }

    fn verify_signature(
        &self,
        _signature: &[u8],
        _signer: &Address,
        _plain: &[u8],
    ) -> Result<bool, ActorError> {
        not_here()
    }

    fn recover_secp256k1(
        &self,
        _hash: &[u8; 32],
        _signature: &[u8; 65],
    ) -> Result<Option<[u8; 65]>, ActorError> {
        Ok(None)
    }

    fn unsealed_sector_cid(
        &self,
        _proof: RegisteredSealProof,
        _pieces: &[PieceInfo],
    ) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        not_here()
    }

    fn batch_verify_seals(&self, _infos: &[SealVerifyInfo]) -> Result<Vec<bool>, ActorError> {
        not_here()
    }

    fn verify_aggregate_seals(
        &self,
        _aggregate: &AggregateSealVerifyProofAndInfos,
    ) -> Result<bool, ActorError> {
        not_here()
    }

    fn verify_replica_update(&self, _update: &ReplicaUpdateInfo) -> Result<bool, ActorError> {
        not_here()
    }

    fn verify_post(&self, _info: &WindowPoStVerifyInfo) -> Result<bool, ActorError> {
        not_here()
    }

    fn verify_consensus_fault(
        &self,
        _h1: &[u8],
        _h2: &[u8],
        _extra: &[u8],
    ) -> Result<Option<ConsensusFault>, ActorError> {
        not_here()
    }
}
