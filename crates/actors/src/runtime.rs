//! What an actor sees of the machine.

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::ipld_block::IpldBlock;
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
use fvm_shared::sys::SendFlags;
use fvm_shared::version::NetworkVersion;
use fvm_shared::{ActorID, MethodNum};

use crate::error::ActorError;
use crate::evm::EthereumGas;
use crate::frame::Frame;
use crate::init::Mapped;
use crate::inspector::Inspector;
use crate::kinds::ActorKind;
use crate::policy::Policy;
use crate::randomness::{self, Purpose};

/// What an actor sees of the machine. Object-safe; actors take `&dyn Runtime`.
///
/// Every method may fail because the message ran out of gas or the node failed beneath it. Such
/// an error looks like any other [`ActorError`] to the actor, but the runtime remembers it: an
/// actor that swallows it cannot escape it.
pub trait Runtime {
    // --- the message -----------------------------------------------------------------------

    /// The message being handled.
    fn message(&self) -> &MessageInfo;

    /// The tipset being applied.
    fn network(&self) -> &NetworkInfo;

    /// The numbers that this network chose.
    fn policy(&self) -> &Policy;

    /// FIL in circulation, as this tipset was told.
    fn circulating_supply(&self) -> Result<TokenAmount, ActorError>;

    /// What remains of this call's gas.
    fn gas_available(&self) -> u64;

    /// Charges gas for work done natively. The name shows in gas traces.
    fn charge(&self, name: &'static str, gas: u64) -> Result<(), ActorError>;

    /// How much memory the message has left for this call, in bytes.
    fn memory_left(&self) -> u64;

    /// Takes memory from what the message has left, until this call is over.
    ///
    /// # Errors
    /// 4, as where an instance finds no memory, if there is not so much.
    fn take_memory(&self, bytes: u64) -> Result<(), ActorError>;

    /// What this crate remembers during this call: the runtime keeps a fresh one for each.
    fn frame(&self) -> &Frame;

    /// Who watches, if anyone does.
    fn inspector(&self) -> Option<&dyn Inspector> {
        None
    }

    /// The account of Ethereum's gas, where a test keeps one. No chain does.
    fn ethereum_gas(&self) -> Option<&EthereumGas> {
        None
    }

    // --- own state -------------------------------------------------------------------------

    /// The head of this actor's state.
    fn root(&self) -> Result<Cid, ActorError>;

    /// Makes a stored block the head of this actor's state. Fails with 25 when read-only.
    fn set_root(&self, root: &Cid) -> Result<(), ActorError>;

    /// Blocks of state. Not charged by block: native code pays by method and by logical key
    /// (`crate::gas`), so that gas never depends on the shape of a tree.
    fn store(&self) -> &dyn Blockstore;

    /// May a state hold this CID, which came from outside? The network lets no block link to one
    /// that the call has not seen (FIP-0071); commitments to pieces are no links. A host that
    /// looks at no links lets everything pass.
    fn may_hold(&self, _cid: &Cid) -> bool {
        true
    }

    /// A slot written since the last flush, or `None` if it must be read from the state.
    fn slot(&self, map: SlotMap, key: &[u8; 32]) -> Result<Option<[u8; 32]>, ActorError>;

    /// Writes a slot. It reaches the state tree at the next flush.
    fn set_slot(&self, map: SlotMap, key: &[u8; 32], value: &[u8; 32]) -> Result<(), ActorError>;

    /// Forgets every slot of a map that was written since the last flush.
    fn clear_slots(&self, map: SlotMap) -> Result<(), ActorError>;

    /// The balance of this actor.
    fn balance(&self) -> Result<TokenAmount, ActorError>;

    /// Deletes this actor; what it still holds is burnt.
    fn delete_self(&self) -> Result<(), ActorError>;

    // --- other actors ----------------------------------------------------------------------

    /// The id of an address, if it has one.
    fn resolve(&self, address: &Address) -> Result<Option<ActorID>, ActorError>;

    /// The f4 address of an actor, if it has one.
    fn delegated_address(&self, id: ActorID) -> Result<Option<Address>, ActorError>;

    /// The balance of any actor; `None` if there is none.
    fn balance_of(&self, id: ActorID) -> Result<Option<TokenAmount>, ActorError>;

    /// The code of an actor; `None` if there is none.
    fn code_of(&self, id: ActorID) -> Result<Option<Cid>, ActorError>;

    /// Which built-in actor a code is; `None` for any other code.
    fn kind_of_code(&self, code: &Cid) -> Result<Option<ActorKind>, ActorError>;

    /// The code of a built-in actor on this chain.
    fn code_of_kind(&self, kind: ActorKind) -> Result<Cid, ActorError>;

    /// Calls another actor. The outer error is this actor's own end (no gas, node failure); the
    /// inner one means that the call could not be made; a [`Reply`] may carry a failure.
    fn send(&self, call: Send) -> Result<Result<Reply, ErrorNumber>, ActorError>;

    /// The f2 address that the next actor created by this message would have.
    fn next_actor_address(&self) -> Result<Address, ActorError>;

    /// Gives addresses an id as [`crate::init::State::map_addresses`] does, in the state of the
    /// running actor, which is init. `None` from a machine that leaves it to the actor.
    fn map_addresses(
        &self,
        _robust: &Address,
        _delegated: Option<&Address>,
    ) -> Option<Result<Mapped, ActorError>> {
        None
    }

    /// Creates an actor, or replaces a placeholder. Only the init actor may.
    fn create_actor(
        &self,
        code: Cid,
        id: ActorID,
        delegated: Option<Address>,
    ) -> Result<(), ActorError>;

    // --- chain -----------------------------------------------------------------------------

    /// The digest of the ticket chain at an epoch, before the draw ([`crate::randomness`]). Fails
    /// with 16 if the epoch is not one that may be asked for.
    fn ticket_digest(&self, epoch: ChainEpoch) -> Result<[u8; 32], ActorError>;

    /// The digest of the beacon at an epoch, before the draw. Fails like the other.
    fn beacon_digest(&self, epoch: ChainEpoch) -> Result<[u8; 32], ActorError>;

    /// Draws randomness from a digest. The machine's draw is the one given here; the recorded
    /// scenarios have one of their own.
    fn draw(
        &self,
        digest: &[u8; 32],
        purpose: Purpose,
        epoch: ChainEpoch,
        entropy: &[u8],
    ) -> Result<[u8; 32], ActorError> {
        randomness::draw(self, digest, purpose, epoch, entropy)
    }

    /// The key of the tipset at an epoch before this one. `Err` inside if the epoch is not one
    /// that may be asked for.
    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Result<Cid, ErrorNumber>, ActorError>;

    /// Emits an event from this actor.
    fn emit(&self, event: ActorEvent) -> Result<Result<(), ErrorNumber>, ActorError>;

    // --- cryptography ----------------------------------------------------------------------

    /// Hashes with one of the five hashes of the network.
    fn hash(&self, hash: SupportedHashes, data: &[u8]) -> Result<Vec<u8>, ActorError>;

    /// Is this a signature of `signer` (a key address) over `plain`? `kind_and_bytes` starts
    /// without the type byte.
    fn verify_signature(
        &self,
        signature: &[u8],
        signer: &Address,
        plain: &[u8],
    ) -> Result<bool, ActorError>;

    /// The uncompressed public key behind a recoverable secp256k1 signature; `None` if there is
    /// none.
    fn recover_secp256k1(
        &self,
        hash: &[u8; 32],
        signature: &[u8; 65],
    ) -> Result<Option<[u8; 65]>, ActorError>;

    /// CommD of a sector that holds these pieces. `Err` inside for pieces that don't fit.
    fn unsealed_sector_cid(
        &self,
        proof: RegisteredSealProof,
        pieces: &[PieceInfo],
    ) -> Result<Result<Cid, ErrorNumber>, ActorError>;

    /// Each seal proof, judged by itself.
    fn batch_verify_seals(&self, infos: &[SealVerifyInfo]) -> Result<Vec<bool>, ActorError>;

    /// Many seals in one proof.
    fn verify_aggregate_seals(
        &self,
        aggregate: &AggregateSealVerifyProofAndInfos,
    ) -> Result<bool, ActorError>;

    /// A replica update.
    fn verify_replica_update(&self, update: &ReplicaUpdateInfo) -> Result<bool, ActorError>;

    /// A window proof of spacetime.
    fn verify_post(&self, info: &WindowPoStVerifyInfo) -> Result<bool, ActorError>;

    /// Two block headers that should not both exist.
    fn verify_consensus_fault(
        &self,
        h1: &[u8],
        h2: &[u8],
        extra: &[u8],
    ) -> Result<Option<ConsensusFault>, ActorError>;
}

/// The message being handled.
#[derive(Clone, Debug)]
pub struct MessageInfo {
    /// Who signed the message that all this began with.
    pub origin: ActorID,
    /// The sequence number of that message.
    pub nonce: u64,
    /// What that message really pays above the base fee, a unit of gas.
    pub gas_premium: TokenAmount,
    /// Who called this actor.
    pub caller: ActorID,
    /// This actor.
    pub receiver: ActorID,
    /// The method called.
    pub method: MethodNum,
    /// What came with the call.
    pub value_received: TokenAmount,
    /// May this call change anything?
    pub read_only: bool,
}

/// The tipset being applied.
#[derive(Clone, Debug)]
pub struct NetworkInfo {
    /// Its epoch.
    pub epoch: ChainEpoch,
    /// Its time, in seconds of Unix.
    pub timestamp: u64,
    /// The network version in force.
    pub version: NetworkVersion,
    /// The EIP-155 chain id.
    pub chain_id: u64,
    /// The base fee, in attoFIL a unit of gas.
    pub base_fee: TokenAmount,
}

/// A call to another actor.
#[derive(Clone, Debug)]
pub struct Send {
    /// Whom to call.
    pub to: Address,
    /// Which method.
    pub method: MethodNum,
    /// With what.
    pub params: Option<IpldBlock>,
    /// What goes along.
    pub value: TokenAmount,
    /// How much gas the callee may use; all that remains if `None`.
    pub gas_limit: Option<u64>,
    /// Read-only or not.
    pub flags: SendFlags,
}

/// What a callee answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// Its exit code; 0 is success.
    pub code: ExitCode,
    /// Its data.
    pub data: Option<IpldBlock>,
}

/// The two maps of 32-byte slots that an actor may keep in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotMap {
    /// A contract's storage.
    Persistent,
    /// A contract's transient storage (EIP-1153, FIP-0097).
    Transient,
}
