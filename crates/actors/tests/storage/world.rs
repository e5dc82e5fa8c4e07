//! A small world around the actors under test: a table of actors, calls that undo themselves when
//! they fail, and stand-ins for miners, reward and power. No gas, no chain.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use atoll_actors::check_state::{ActorEntry, Snapshot};
use atoll_actors::dispatch::dispatch;
use atoll_actors::market::types::GetBalanceReturn;
use atoll_actors::math::FilterEstimate;
use atoll_actors::power::CurrentTotalPowerReturn;
use atoll_actors::registry;
use atoll_actors::reward::ThisEpochRewardReturn;
use atoll_actors::runtime::{MessageInfo, NetworkInfo, Reply, Runtime, Send, SlotMap};
use atoll_actors::send;
use atoll_actors::state::{EMPTY_BLOCK, Store, empty_root};
use atoll_actors::{ActorError, ActorKind, Frame, Policy, account, ids, market};
use cid::Cid;
use fvm_ipld_blockstore::{Blockstore, MemoryBlockstore};
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
use fvm_shared::address::{Address, Payload};
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
use fvm_shared::{ActorID, METHOD_SEND, MethodNum};
use multihash_codetable::{Code, MultihashDigest};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The gas of each message.
const MESSAGE_GAS: u64 = 1_000_000_000;
const CONTROL_ADDRESSES: MethodNum = 2;
const IS_CONTROLLING_ADDRESS: MethodNum = 348_244_887;

/// The world.
pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) epoch: ChainEpoch,
    store: MemoryBlockstore,
    actors: RefCell<BTreeMap<ActorID, ActorEntry>>,
    /// What is left of the message's gas. Only charges count.
    gas: Cell<u64>,
    /// Who owns which miner.
    owners: BTreeMap<ActorID, ActorID>,
}

impl World {
    /// A world with nobody but the burnt funds actor and stand-ins for reward and power.
    pub(crate) fn new(policy: Policy) -> Self {
        let world = Self {
            policy,
            epoch: 0,
            store: MemoryBlockstore::default(),
            actors: RefCell::default(),
            gas: Cell::new(0),
            owners: BTreeMap::new(),
        };
        world.store.put_keyed(&empty_root(), &EMPTY_BLOCK).unwrap();
        for (id, kind) in [
            (ids::SYSTEM, ActorKind::System),
            (ids::REWARD, ActorKind::Reward),
            (ids::CRON, ActorKind::Cron),
            (ids::POWER, ActorKind::Power),
        ] {
            world.put(id, kind, empty_root(), TokenAmount::default());
        }
        world.add_account(ids::BURNT_FUNDS, TokenAmount::default());
        world
    }

    /// Constructs an actor that exists once.
    pub(crate) fn construct<P: Serialize>(&self, id: ActorID, kind: ActorKind, params: Option<&P>) {
        self.put(id, kind, empty_root(), TokenAmount::default());
        let params = params.and_then(|params| send::params(params).unwrap());
        self.call_block(ids::SYSTEM, id, 1, params, TokenAmount::default())
            .unwrap();
    }

    pub(crate) fn add_account(&self, id: ActorID, balance: TokenAmount) {
        let address = Address::new_bls(&[id as u8; 48]).unwrap();
        let store = Store(&self.store);
        let state = account::State { address };
        let head = store
            .write(&state, ExitCode::USR_ILLEGAL_STATE, "an account")
            .unwrap();
        self.put(id, ActorKind::Account, head, balance);
    }

    pub(crate) fn add_miner(&mut self, id: ActorID, owner: ActorID) {
        self.put(id, ActorKind::Miner, empty_root(), TokenAmount::default());
        self.owners.insert(id, owner);
    }

    fn put(&self, id: ActorID, kind: ActorKind, head: Cid, balance: TokenAmount) {
        self.actors.borrow_mut().insert(
            id,
            ActorEntry {
                kind,
                head,
                balance,
            },
        );
    }

    pub(crate) fn balance(&self, id: ActorID) -> TokenAmount {
        self.actors
            .borrow()
            .get(&id)
            .map(|actor| actor.balance.clone())
            .unwrap_or_default()
    }

    /// What somebody has in the market's escrow.
    pub(crate) fn escrow(&self, id: ActorID) -> GetBalanceReturn {
        let method = market::numbers::GET_BALANCE;
        self.call(id, ids::MARKET, method, &Address::new_id(id))
            .expect("anybody may ask")
    }

    /// Changes an actor's state behind its back.
    pub(crate) fn change_state<S: Serialize + DeserializeOwned>(
        &self,
        id: ActorID,
        change: impl FnOnce(Store<'_>, &mut S),
    ) {
        let code = ExitCode::USR_ILLEGAL_STATE;
        let store = Store(&self.store);
        let mut actors = self.actors.borrow_mut();
        let actor = actors.get_mut(&id).expect("there is one");
        let mut state: S = store.read(&actor.head, code, "a state").unwrap();
        change(store, &mut state);
        actor.head = store.write(&state, code, "a state").unwrap();
    }

    /// All the FIL there is.
    pub(crate) fn total(&self) -> TokenAmount {
        self.actors
            .borrow()
            .values()
            .map(|actor| &actor.balance)
            .sum()
    }

    /// All but the stand-ins, which have no state.
    pub(crate) fn snapshot(&self) -> Snapshot<'_> {
        let mut actors = self.actors.borrow().clone();
        actors.retain(|id, _| !self.owners.contains_key(id) && *id != ids::POWER);
        Snapshot {
            actors,
            store: Store(&self.store),
            policy: &self.policy,
            epoch: self.epoch,
        }
    }

    /// Sends a message without value and reads the answer.
    pub(crate) fn call<P: Serialize, R: DeserializeOwned>(
        &self,
        from: ActorID,
        to: ActorID,
        method: MethodNum,
        params: &P,
    ) -> Result<R, ActorError> {
        let params = send::params(params).unwrap();
        let answer = self.call_block(from, to, method, params, TokenAmount::default())?;
        Ok(answer
            .expect("an answer")
            .deserialize()
            .expect("of this type"))
    }

    /// Sends a message.
    pub(crate) fn call_block(
        &self,
        from: ActorID,
        to: ActorID,
        method: MethodNum,
        params: Option<IpldBlock>,
        value: TokenAmount,
    ) -> Result<Option<IpldBlock>, ActorError> {
        self.gas.set(MESSAGE_GAS);
        let before = self.actors.borrow().clone();
        let result = self.run(from, to, method, params, value, false);
        if result.is_err() {
            *self.actors.borrow_mut() = before;
        }
        result
    }

    fn run(
        &self,
        from: ActorID,
        to: ActorID,
        method: MethodNum,
        params: Option<IpldBlock>,
        value: TokenAmount,
        read_only: bool,
    ) -> Result<Option<IpldBlock>, ActorError> {
        self.move_value(from, to, &value)?;
        if method == METHOD_SEND {
            return Ok(None);
        }
        let kind = self.actors.borrow().get(&to).map(|actor| actor.kind);
        match kind.expect("checked by whoever sends") {
            ActorKind::Miner => return self.stand_in_miner(to, method, params),
            ActorKind::Reward => return send::params(&this_epoch_reward()),
            ActorKind::Power => return send::params(&current_total_power()),
            _ => {}
        }
        let actor = registry::actor(kind.expect("checked above")).expect("a native actor");
        let network = NetworkInfo {
            epoch: self.epoch,
            timestamp: 0,
            version: NetworkVersion::V27,
            chain_id: 0,
            base_fee: TokenAmount::default(),
        };
        let message = MessageInfo {
            origin: from,
            nonce: 0,
            gas_premium: TokenAmount::default(),
            caller: from,
            receiver: to,
            method,
            value_received: value,
            read_only,
        };
        dispatch(
            actor,
            &Call {
                world: self,
                message,
                network,
                frame: Frame::default(),
            },
            params,
        )
    }

    fn move_value(
        &self,
        from: ActorID,
        to: ActorID,
        value: &TokenAmount,
    ) -> Result<(), ActorError> {
        let mut actors = self.actors.borrow_mut();
        let missing = || ActorError::new(ExitCode::SYS_INVALID_RECEIVER, "nobody there");
        let payer = actors.get_mut(&from).ok_or_else(missing)?;
        if payer.balance < *value {
            return Err(ActorError::new(
                ExitCode::SYS_INSUFFICIENT_FUNDS,
                "too little",
            ));
        }
        payer.balance -= value;
        actors.get_mut(&to).ok_or_else(missing)?.balance += value;
        Ok(())
    }

    fn stand_in_miner(
        &self,
        id: ActorID,
        method: MethodNum,
        params: Option<IpldBlock>,
    ) -> Result<Option<IpldBlock>, ActorError> {
        let owner = Address::new_id(self.owners[&id]);
        match method {
            CONTROL_ADDRESSES => send::params(&(owner, owner, Vec::<Address>::new())),
            IS_CONTROLLING_ADDRESS => {
                let somebody: Address = send::decode(params)?;
                send::params(&(somebody == owner))
            }
            // It takes tokens, like any actor that does not mind.
            _ => Ok(None),
        }
    }
}

fn this_epoch_reward() -> ThisEpochRewardReturn {
    ThisEpochRewardReturn {
        this_epoch_reward_smoothed: FilterEstimate::default(),
        this_epoch_baseline_power: (1_u64 << 40).into(),
    }
}

fn current_total_power() -> CurrentTotalPowerReturn {
    CurrentTotalPowerReturn {
        raw_byte_power: (1_u64 << 40).into(),
        quality_adj_power: (1_u64 << 40).into(),
        pledge_collateral: TokenAmount::default(),
        quality_adj_power_smoothed: FilterEstimate::default(),
        ramp_start_epoch: 0,
        ramp_duration_epochs: 0,
    }
}

/// One call of one actor.
struct Call<'w> {
    world: &'w World,
    message: MessageInfo,
    network: NetworkInfo,
    frame: Frame,
}

fn code_of(kind: ActorKind) -> Cid {
    Cid::new_v1(IPLD_RAW, Code::Blake2b256.digest(kind.name().as_bytes()))
}

fn not_in_this_world<T>() -> Result<T, ActorError> {
    panic!("the actors under test have no use for this")
}

impl Runtime for Call<'_> {
    fn message(&self) -> &MessageInfo {
        &self.message
    }

    fn network(&self) -> &NetworkInfo {
        &self.network
    }

    fn policy(&self) -> &Policy {
        &self.world.policy
    }

    fn circulating_supply(&self) -> Result<TokenAmount, ActorError> {
        Ok(self.world.total())
    }

    fn gas_available(&self) -> u64 {
        u64::MAX
    }

    fn memory_left(&self) -> u64 {
        u64::MAX
    }

    fn take_memory(&self, _: u64) -> Result<(), ActorError> {
        Ok(())
    }

    fn charge(&self, _: &'static str, gas: u64) -> Result<(), ActorError> {
        let left = self.world.gas.get().checked_sub(gas);
        let out_of_gas = || ActorError::new(ExitCode::SYS_OUT_OF_GAS, "out of gas");
        self.world.gas.set(left.ok_or_else(out_of_gas)?);
        Ok(())
    }

    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn root(&self) -> Result<Cid, ActorError> {
        Ok(self.world.actors.borrow()[&self.message.receiver].head)
    }

    fn set_root(&self, root: &Cid) -> Result<(), ActorError> {
        if self.message.read_only {
            return Err(ActorError::read_only("the call is read-only"));
        }
        let mut actors = self.world.actors.borrow_mut();
        actors
            .get_mut(&self.message.receiver)
            .expect("it is running")
            .head = *root;
        Ok(())
    }

    fn store(&self) -> &dyn Blockstore {
        &self.world.store
    }

    fn slot(&self, _: SlotMap, _: &[u8; 32]) -> Result<Option<[u8; 32]>, ActorError> {
        not_in_this_world()
    }

    fn set_slot(&self, _: SlotMap, _: &[u8; 32], _: &[u8; 32]) -> Result<(), ActorError> {
        not_in_this_world()
    }

    fn clear_slots(&self, _: SlotMap) -> Result<(), ActorError> {
        not_in_this_world()
    }

    fn balance(&self) -> Result<TokenAmount, ActorError> {
        Ok(self.world.balance(self.message.receiver))
    }

    fn delete_self(&self) -> Result<(), ActorError> {
        not_in_this_world()
    }

    fn resolve(&self, address: &Address) -> Result<Option<ActorID>, ActorError> {
        Ok(match address.payload() {
            Payload::ID(id) => Some(*id),
            _ => None,
        })
    }

    fn delegated_address(&self, _: ActorID) -> Result<Option<Address>, ActorError> {
        not_in_this_world()
    }

    fn balance_of(&self, _: ActorID) -> Result<Option<TokenAmount>, ActorError> {
        not_in_this_world()
    }

    fn code_of(&self, id: ActorID) -> Result<Option<Cid>, ActorError> {
        Ok(self
            .world
            .actors
            .borrow()
            .get(&id)
            .map(|actor| code_of(actor.kind)))
    }

    fn kind_of_code(&self, code: &Cid) -> Result<Option<ActorKind>, ActorError> {
        Ok(ActorKind::ALL
            .into_iter()
            .find(|kind| code_of(*kind) == *code))
    }

    fn code_of_kind(&self, kind: ActorKind) -> Result<Cid, ActorError> {
        Ok(code_of(kind))
    }

    fn send(&self, call: Send) -> Result<Result<Reply, ErrorNumber>, ActorError> {
        let Some(to) = self.resolve(&call.to)? else {
            return Ok(Err(ErrorNumber::NotFound));
        };
        if !self.world.actors.borrow().contains_key(&to) {
            return Ok(Err(ErrorNumber::NotFound));
        }
        let before = self.world.actors.borrow().clone();
        let read_only = self.message.read_only || call.flags.read_only();
        let from = self.message.receiver;
        let result = self
            .world
            .run(from, to, call.method, call.params, call.value, read_only);
        Ok(Ok(match result {
            Ok(data) => Reply {
                code: ExitCode::OK,
                data,
            },
            Err(error) => {
                *self.world.actors.borrow_mut() = before;
                Reply {
                    code: error.code,
                    data: error.data,
                }
            }
        }))
    }

    fn next_actor_address(&self) -> Result<Address, ActorError> {
        not_in_this_world()
    }

    fn create_actor(&self, _: Cid, _: ActorID, _: Option<Address>) -> Result<(), ActorError> {
        not_in_this_world()
    }

    fn ticket_digest(&self, _: ChainEpoch) -> Result<[u8; 32], ActorError> {
        not_in_this_world()
    }

    fn beacon_digest(&self, _: ChainEpoch) -> Result<[u8; 32], ActorError> {
        not_in_this_world()
    }

    fn tipset_cid(&self, _: ChainEpoch) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        not_in_this_world()
    }

    fn emit(&self, _: ActorEvent) -> Result<Result<(), ErrorNumber>, ActorError> {
        Ok(Ok(()))
    }

    fn hash(&self, _: SupportedHashes, data: &[u8]) -> Result<Vec<u8>, ActorError> {
        Ok(Code::Blake2b256.digest(data).digest().to_vec())
    }

    /// The signature is what is signed.
    fn verify_signature(
        &self,
        signature: &[u8],
        _: &Address,
        plain: &[u8],
    ) -> Result<bool, ActorError> {
        Ok(signature == plain)
    }

    fn recover_secp256k1(
        &self,
        _: &[u8; 32],
        _: &[u8; 65],
    ) -> Result<Option<[u8; 65]>, ActorError> {
        not_in_this_world()
    }

    fn unsealed_sector_cid(
        &self,
        _: RegisteredSealProof,
        pieces: &[PieceInfo],
    ) -> Result<Result<Cid, ErrorNumber>, ActorError> {
        let names: Vec<u8> = pieces
            .iter()
            .flat_map(|piece| piece.cid.to_bytes())
            .collect();
        Ok(Ok(Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&names))))
    }

    fn batch_verify_seals(&self, _: &[SealVerifyInfo]) -> Result<Vec<bool>, ActorError> {
        not_in_this_world()
    }

    fn verify_aggregate_seals(
        &self,
        _: &AggregateSealVerifyProofAndInfos,
    ) -> Result<bool, ActorError> {
        not_in_this_world()
    }

    fn verify_replica_update(&self, _: &ReplicaUpdateInfo) -> Result<bool, ActorError> {
        not_in_this_world()
    }

    fn verify_post(&self, _: &WindowPoStVerifyInfo) -> Result<bool, ActorError> {
        not_in_this_world()
    }

    fn verify_consensus_fault(
        &self,
        _: &[u8],
        _: &[u8],
        _: &[u8],
    ) -> Result<Option<ConsensusFault>, ActorError> {
        not_in_this_world()
    }
}
