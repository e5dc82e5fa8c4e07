//! The chains and messages that are measured.
//!
//! All are made natively, by the same messages that a user would send. Miners have sectors of
//! 32 GiB under mainnet's policy.

use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use atoll_actors::market::deal::{ClientDealProposal, DealProposal, Label};
use atoll_actors::market::types::PublishStorageDealsParams;
use atoll_actors::miner::commd::CompactCommD;
use atoll_actors::miner::deadline_info::DeadlineInfo;
use atoll_actors::miner::sector::SectorPreCommitInfo;
use atoll_actors::miner::state::State as MinerState;
use atoll_actors::miner::types::*;
use atoll_actors::power::{self, CreateMinerParams, CreateMinerReturn};
use atoll_actors::{ActorKind, Policy, cron, ids, market};
use atoll_native::codes;
use atoll_native::genesis::{self, Account, Plan};
use atoll_vm::manifest::SystemState;
use atoll_vm::{MemoryStore, SharedBlockstore, StateTree, Store};
use cid::Cid;
use cid::multihash::Multihash;
use fvm_ipld_encoding::{BytesDe, CborStore, RawBytes};
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::commcid::{
    FIL_COMMITMENT_SEALED, FIL_COMMITMENT_UNSEALED, POSEIDON_BLS12_381_A1_FC1,
    SHA2_256_TRUNC254_PADDED,
};
use fvm_shared::crypto::signature::Signature;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::randomness::Randomness;
use fvm_shared::sector::{
    PoStProof, RegisteredAggregateProof, RegisteredPoStProof, RegisteredSealProof, SectorNumber,
};
use fvm_shared::{ActorID, METHOD_SEND, MethodNum};
use k256::ecdsa::SigningKey;
use multihash_codetable::{Code, MultihashDigest};
use serde::Serialize;

use super::Vm;
use super::ours::{self, Native};

const OWNER: ActorID = 100;
const WORKER: ActorID = 101;
const CLIENT: ActorID = 102;
const POST_PROOF: RegisteredPoStProof = RegisteredPoStProof::StackedDRGWindow32GiBV1P1;
/// The epoch in which a chain begins.
const BEGINNING: ChainEpoch = 10_000;
/// More than any message takes.
const GAS_LIMIT: u64 = 1_000_000_000_000;
/// Sectors, or deals, of one message.
const BATCH: u64 = 10;
/// How many sectors one non-interactive proof holds.
const NI_BATCH: u64 = 65;

/// What happens next.
pub enum Step {
    /// Another epoch.
    Epoch(ChainEpoch),
    /// A message.
    Message(Message),
}

/// A chain, and what happens next on it.
pub struct Prepared {
    pub store: Arc<MemoryStore>,
    /// The root of the state on native actors.
    pub root: Cid,
    pub epoch: ChainEpoch,
    /// Messages of the same kind that are not measured.
    pub warm_up: Vec<Message>,
    pub steps: Vec<Step>,
    /// No actor has this id or a higher one.
    pub actors_end: ActorID,
}

pub fn digest(of: &str, epoch: ChainEpoch) -> [u8; 32] {
    blake2b(&[of.as_bytes(), &epoch.to_be_bytes()].concat())
}

fn blake2b(data: &[u8]) -> [u8; 32] {
    let hash = Code::Blake2b256.digest(data);
    hash.digest().try_into().expect("blake2b-256 has 32 bytes")
}

pub fn circulating() -> TokenAmount {
    TokenAmount::from_whole(700_000_000)
}

fn none() -> TokenAmount {
    TokenAmount::default()
}

fn client_key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).expect("a key")
}

fn commitment(codec: u64, hash: u64, seed: u64) -> Cid {
    let mut digest = blake2b(&seed.to_be_bytes());
    // Commitments are elements of a field.
    digest[31] &= 0x3f;
    Cid::new_v1(codec, Multihash::wrap(hash, &digest).expect("32 bytes"))
}

pub fn sealed_cid(seed: u64) -> Cid {
    commitment(FIL_COMMITMENT_SEALED, POSEIDON_BLS12_381_A1_FC1, seed)
}

fn message<P: Serialize + ?Sized>(
    from: ActorID,
    to: ActorID,
    method: MethodNum,
    params: &P,
    value: TokenAmount,
) -> Result<Message> {
    Ok(Message {
        version: 0,
        from: Address::new_id(from),
        to: Address::new_id(to),
        sequence: 0,
        value,
        method_num: method,
        params: RawBytes::serialize(params)?,
        gas_limit: GAS_LIMIT,
        gas_fee_cap: none(),
        gas_premium: none(),
    })
}

impl Prepared {
    /// The chain and the messages of a line.
    pub fn of(work: &str, quick: bool) -> Result<Self> {
        let count = |full: u64| if quick { (full / 10).max(1) } else { full };
        match work {
            "pre-commit" => Self::pre_commit(count(300)),
            "prove-commit" => Self::prove_commit(count(300)),
            "window-post" => Self::window_post(count(300)),
            "publish-deals" => Self::publish_deals(count(200)),
            "cron-1000-miners" => Self::cron(count(1_000)),
            other => bail!("no such line: {other}"),
        }
    }

    fn pre_commit(count: u64) -> Result<Self> {
        let mut chain = Chain::begin()?;
        let miner = chain.create_miner(0)?;
        let batches = (0..=count).map(|batch| chain.pre_commit_message(miner, batch * BATCH));
        let messages = batches.collect::<Result<Vec<_>>>()?;
        chain.finish(messages)
    }

    fn prove_commit(count: u64) -> Result<Self> {
        let mut chain = Chain::begin()?;
        let miner = chain.create_miner(0)?;
        let mut messages = Vec::new();
        for batch in 0..=count {
            let first = batch * BATCH;
            let message = chain.pre_commit_message(miner, first)?;
            chain.vm.apply(&message)?;
            let activation = |sector_number| SectorActivationManifest {
                sector_number,
                pieces: Vec::new(),
            };
            let params = ProveCommitSectors3Params {
                sector_activations: (first..first + BATCH).map(activation).collect(),
                sector_proofs: (0..BATCH).map(|_| RawBytes::new(vec![1; 192])).collect(),
                aggregate_proof: RawBytes::default(),
                aggregate_proof_type: None,
                require_activation_success: true,
                require_notification_success: true,
            };
            messages.push(self::message(WORKER, miner, 34, &params, none())?);
        }
        let ready = chain.epoch + chain.policy.pre_commit_challenge_delay + 1;
        chain.pass_until(ready)?;
        chain.finish(messages)
    }

    /// So many miners whose deadline is open, each with a full message's worth of sectors in it.
    fn window_post(count: u64) -> Result<Self> {
        let mut chain = Chain::begin()?;
        let due = chain.epoch + 4 * chain.policy.challenge_window;
        let mut miners = Vec::new();
        for number in 0..=count {
            let miner = chain.create_miner(number)?;
            let deadline = chain.open_at(miner, due)?.index;
            let message = chain.prove_ni_message(miner, 0, NI_BATCH, deadline)?;
            chain.vm.apply(&message)?;
            miners.push(miner);
        }
        chain.pass_until(due)?;
        let messages = miners.into_iter().map(|miner| chain.post_message(miner, 0));
        let messages = messages.collect::<Result<Vec<_>>>()?;
        chain.finish(messages)
    }

    fn publish_deals(count: u64) -> Result<Self> {
        let mut chain = Chain::begin()?;
        let miner = chain.create_miner(0)?;
        for (from, party) in [(OWNER, miner), (CLIENT, CLIENT)] {
            let to = market::numbers::ADD_BALANCE;
            let value = TokenAmount::from_whole(9_000_000);
            let message = message(from, ids::MARKET, to, &Address::new_id(party), value)?;
            chain.vm.apply(&message)?;
        }
        let messages = (0..=count).map(|batch| chain.publish_message(miner, batch * BATCH));
        let messages = messages.collect::<Result<Vec<_>>>()?;
        chain.finish(messages)
    }

    /// A deadline's length of epochs: the cron of each miner comes once.
    fn cron(miners: u64) -> Result<Self> {
        let mut chain = Chain::begin()?;
        for number in 0..miners {
            let miner = chain.create_miner(number)?;
            let deadline = chain.open_at(miner, chain.epoch + 30 * 60)?.index;
            let message = chain.prove_ni_message(miner, 0, 1, deadline)?;
            chain.vm.apply(&message)?;
        }
        let tick = chain.tick();
        let start = chain.epoch;
        let mut prepared = chain.finish(vec![tick.clone()])?;
        prepared.warm_up = vec![tick.clone()];
        for epoch in start + 1..=start + 60 {
            prepared.steps.push(Step::Epoch(epoch));
            prepared.steps.push(Step::Message(tick.clone()));
        }
        Ok(prepared)
    }

    /// A miner with so many sectors, all but evenly over the deadlines, and the proof of the
    /// first partition of the deadline that is open.
    pub fn large_miner(sectors: u64) -> Result<Self> {
        let mut chain = Chain::begin()?;
        let miner = chain.create_miner(0)?;
        let due = chain.epoch + 4 * chain.policy.challenge_window;
        let open = chain.open_at(miner, due)?.index;
        let deadlines = chain.policy.period_deadlines;
        // Those that are not too near to change.
        let places: Vec<u64> = (0..deadlines - 6).map(|n| (open + n) % deadlines).collect();
        let mut first = 0;
        let mut turn = 0;
        while first < sectors {
            let count = NI_BATCH
                .min(sectors - first)
                .min((sectors / places.len() as u64).max(1));
            let deadline = places[turn % places.len()];
            let message = chain.prove_ni_message(miner, first, count, deadline)?;
            chain.vm.apply(&message)?;
            first += count;
            turn += 1;
            if turn.is_multiple_of(200) {
                chain.vm.flush()?;
            }
        }
        chain.pass_until(due)?;
        let message = chain.post_message(miner, 0)?;
        let mut prepared = chain.finish(vec![message.clone()])?;
        prepared.warm_up.clear();
        prepared.steps = vec![Step::Message(message)];
        Ok(prepared)
    }

    /// The same state on the code of the official bundle, which is added to the store.
    pub fn official(&self) -> Result<Cid> {
        let bundle = std::fs::read(crate::bundle()?)?;
        let roots = fvm_ipld_car::load_car_unchecked(&*self.store, bundle.as_slice())?;
        let manifest = *roots.first().context("a bundle has a root")?;
        let manifest: Option<(u32, Cid)> = self.store.get_cbor(&manifest)?;
        let (_, builtin_actors) = manifest.context("a bundle holds its manifest")?;
        let list: Option<Vec<(String, Cid)>> = self.store.get_cbor(&builtin_actors)?;
        let list = list.context("a bundle holds its list of actors")?;
        let shared: SharedBlockstore = self.store.clone();
        let mut tree = StateTree::load(Store::new(shared), &self.root)?;
        for id in 0..self.actors_end {
            let Some(mut actor) = tree.actor(id)?.cloned() else {
                continue;
            };
            let kind = ActorKind::ALL
                .into_iter()
                .find(|kind| codes::code_of(*kind) == actor.code);
            let name = kind.context("every actor is native")?.name();
            let code = list.iter().find(|(other, _)| other == name);
            actor.code = code.with_context(|| format!("the bundle has no {name}"))?.1;
            if id == ids::SYSTEM {
                let state = SystemState { builtin_actors };
                actor.root = self.store.put_cbor(&state, Code::Blake2b256)?;
            }
            tree.set_actor(id, actor)?;
        }
        Ok(tree.flush(&|_, root, _| Ok(*root))?)
    }
}

/// A chain in the making.
struct Chain {
    vm: Native,
    store: Arc<MemoryStore>,
    policy: Policy,
    epoch: ChainEpoch,
    actors_end: ActorID,
}

impl Chain {
    fn begin() -> Result<Self> {
        let store = Arc::new(MemoryStore::default());
        let shared: SharedBlockstore = store.clone();
        let point = client_key().verifying_key().to_encoded_point(false);
        let account = |address, fil| Account {
            address,
            balance: TokenAmount::from_whole(fil),
        };
        let plan = Plan {
            accounts: vec![
                account(Address::new_bls(&[1; 48])?, 800_000_000),
                account(Address::new_bls(&[2; 48])?, 1_000),
                account(Address::new_secp256k1(point.as_bytes())?, 10_000_000),
            ],
            ..Plan::bare(ours::context(0), genesis::native_actors(&*store)?, "bench")
        };
        let root = genesis::build(&plan, &shared, &ours::runner())?.root;
        let vm = Native::at(shared, root, BEGINNING)?;
        let policy = Policy::mainnet();
        Ok(Self {
            vm,
            store,
            policy,
            epoch: BEGINNING,
            actors_end: CLIENT + 2,
        })
    }

    /// The first message is for warming up.
    fn finish(mut self, mut messages: Vec<Message>) -> Result<Prepared> {
        let root = self.vm.executor.flush()?;
        let warm_up = vec![messages.remove(0)];
        Ok(Prepared {
            store: self.store,
            root,
            epoch: self.epoch,
            warm_up,
            steps: messages.into_iter().map(Step::Message).collect(),
            actors_end: self.actors_end,
        })
    }

    fn create_miner(&mut self, number: u64) -> Result<ActorID> {
        let params = CreateMinerParams {
            owner: Address::new_id(OWNER),
            worker: Address::new_id(WORKER),
            window_post_proof_type: POST_PROOF,
            peer: vec![1],
            multiaddrs: vec![BytesDe(vec![2])],
        };
        let mut message = message(OWNER, ids::POWER, power::CREATE_MINER, &params, none())?;
        // The address of a miner comes of the number of the message that creates it.
        message.sequence = number;
        message.value = TokenAmount::from_whole(10_000);
        let answer = self.vm.call(&message)?;
        let created: CreateMinerReturn = RawBytes::new(answer).deserialize()?;
        let miner = created.id_address.id()?;
        self.actors_end = self.actors_end.max(miner + 1);
        let mut gift = self::message(OWNER, miner, METHOD_SEND, &(), TokenAmount::default())?;
        gift.params = RawBytes::default();
        gift.value = TokenAmount::from_whole(if number == 0 { 100_000_000 } else { 100_000 });
        self.vm.apply(&gift)?;
        Ok(miner)
    }

    fn state(&mut self, miner: ActorID) -> Result<MinerState> {
        let state = self.vm.executor.state();
        let head = state.actor(miner)?.context("a miner")?.root;
        state.store().get_cbor(&head)?.context("a miner's state")
    }

    /// The deadline of a miner that is open in an epoch.
    fn open_at(&mut self, miner: ActorID, epoch: ChainEpoch) -> Result<DeadlineInfo> {
        let start = self.state(miner)?.proving_period_start;
        Ok(DeadlineInfo::at(&self.policy, start, epoch))
    }

    fn tick(&self) -> Message {
        Message {
            version: 0,
            from: Address::new_id(ids::SYSTEM),
            to: Address::new_id(ids::CRON),
            sequence: 0,
            value: none(),
            method_num: cron::EPOCH_TICK,
            params: RawBytes::default(),
            gas_limit: GAS_LIMIT,
            gas_fee_cap: none(),
            gas_premium: none(),
        }
    }

    /// Ends this epoch and all before another.
    fn pass_until(&mut self, epoch: ChainEpoch) -> Result<()> {
        while self.epoch < epoch {
            let tick = self.tick();
            self.vm.apply(&tick)?;
            self.vm.flush()?;
            self.epoch += 1;
            self.vm.set_epoch(self.epoch)?;
        }
        Ok(())
    }

    fn pre_commit_message(&self, miner: ActorID, first: SectorNumber) -> Result<Message> {
        let sector = |sector_number| SectorPreCommitInfo {
            seal_proof: RegisteredSealProof::StackedDRG32GiBV1P1,
            sector_number,
            sealed_cid: sealed_cid(sector_number),
            seal_rand_epoch: BEGINNING - 100,
            deal_ids: Vec::new(),
            expiration: BEGINNING + 400 * 2_880,
            unsealed_cid: CompactCommD(None),
        };
        let sectors = (first..first + BATCH).map(sector).collect();
        message(
            WORKER,
            miner,
            28,
            &PreCommitSectorBatch2Params { sectors },
            none(),
        )
    }

    fn prove_ni_message(
        &self,
        miner: ActorID,
        first: SectorNumber,
        count: u64,
        proving_deadline: u64,
    ) -> Result<Message> {
        let sector = |sector_number| SectorNIActivationInfo {
            sealing_number: sector_number,
            sealer_id: miner,
            sealed_cid: sealed_cid(sector_number),
            sector_number,
            seal_rand_epoch: self.epoch - 100,
            expiration: self.epoch + 400 * 2_880,
        };
        let params = ProveCommitSectorsNIParams {
            sectors: (first..first + count).map(sector).collect(),
            aggregate_proof: RawBytes::new(vec![1; 1_000]),
            seal_proof_type: RegisteredSealProof::StackedDRG32GiBV1P2_Feat_NiPoRep,
            aggregate_proof_type: RegisteredAggregateProof::SnarkPackV2,
            proving_deadline,
            require_activation_success: true,
        };
        message(WORKER, miner, 36, &params, none())
    }

    /// A proof of a partition of the deadline that is open.
    fn post_message(&mut self, miner: ActorID, partition: u64) -> Result<Message> {
        /// Of randomness that ties a proof to a fork.
        const CHAIN_COMMIT: i64 = 9;
        let epoch = self.epoch - 1;
        let preimage = [
            &CHAIN_COMMIT.to_be_bytes()[..],
            &digest("chain", epoch),
            &epoch.to_be_bytes(),
        ];
        let params = SubmitWindowedPoStParams {
            deadline: self.open_at(miner, self.epoch)?.index,
            partitions: vec![PoStPartition {
                index: partition,
                skipped: Default::default(),
            }],
            proofs: vec![PoStProof {
                post_proof: POST_PROOF,
                proof_bytes: vec![1; 192],
            }],
            chain_commit_epoch: epoch,
            chain_commit_rand: Randomness(blake2b(&preimage.concat()).to_vec()),
        };
        message(WORKER, miner, 5, &params, none())
    }

    fn publish_message(&self, miner: ActorID, first: u64) -> Result<Message> {
        let deals = (first..first + BATCH).map(|number| {
            let proposal = DealProposal {
                piece_cid: commitment(FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED, number),
                piece_size: PaddedPieceSize(32 << 30),
                verified: false,
                client: Address::new_id(CLIENT),
                provider: Address::new_id(miner),
                label: Label::Text(format!("deal {number}")),
                start_epoch: self.epoch + 10_000,
                end_epoch: self.epoch + 10_000 + 200 * 2_880,
                price_per_epoch: TokenAmount::from_nano(1),
                provider_collateral: TokenAmount::from_whole(100),
                client_collateral: none(),
            };
            let plain = RawBytes::serialize(&proposal)?;
            let (signature, recovery) =
                client_key().sign_prehash_recoverable(&blake2b(plain.bytes()))?;
            let mut bytes = signature.to_bytes().to_vec();
            bytes.push(recovery.to_byte());
            Ok(ClientDealProposal {
                proposal,
                signature: Signature::new_secp256k1(bytes),
            })
        });
        let deals = deals.collect::<Result<Vec<_>>>()?;
        let to = market::numbers::PUBLISH_STORAGE_DEALS;
        message(
            WORKER,
            ids::MARKET,
            to,
            &PublishStorageDealsParams { deals },
            none(),
        )
    }
}
