//! A story that a seed tells: people with money, miners, clients, and what they do to each other
//! while epochs pass. It knows what it did, and reads the rest from the native state.

use std::collections::{BTreeMap, BTreeSet};

use atoll_actors::miner::deadline_info::DeadlineInfo;
use atoll_actors::miner::info::MinerInfo;
use atoll_actors::miner::state::State as MinerState;
use atoll_actors::miner::types::PieceActivationManifest;
use atoll_actors::verifreg::types::AllocationRequest;
use atoll_actors::{Policy, cron, ids};
use atoll_native::genesis::Account;
use atoll_vm::Store as Blocks;
use cid::Cid;
use cid::multihash::Multihash;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::commcid::{
    FIL_COMMITMENT_SEALED, FIL_COMMITMENT_UNSEALED, POSEIDON_BLS12_381_A1_FC1,
    SHA2_256_TRUNC254_PADDED,
};
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::{RegisteredPoStProof, SectorNumber};
use fvm_shared::{ActorID, METHOD_SEND, MethodNum};
use k256::ecdsa::SigningKey;
use serde::Serialize;

use crate::chain::blake2b;
use crate::random::Random;
use crate::world::{Answer, World};

pub(crate) const ROOT: ActorID = 100;
pub(crate) const VERIFIERS: [ActorID; 2] = [101, 102];
pub(crate) const OWNERS: [ActorID; 4] = [103, 104, 105, 106];
pub(crate) const WORKERS: [ActorID; 6] = [107, 108, 109, 110, 111, 112];
pub(crate) const CLIENTS: [ActorID; 3] = [113, 114, 115];
pub(crate) const BENEFICIARIES: [ActorID; 2] = [116, 117];
pub(crate) const STRANGER: ActorID = 118;

/// How a story is told.
#[derive(Clone, Debug)]
pub(crate) struct Telling {
    pub(crate) policy: Policy,
    /// What miners prove their sectors with.
    pub(crate) post_proofs: Vec<RegisteredPoStProof>,
    pub(crate) miners_max: usize,
    /// How many messages are tried between two stops of the clock, at most.
    pub(crate) messages_max: u64,
    /// Are sectors and messages wrong now and then?
    pub(crate) mistakes: bool,
    /// Is every actor's state checked at every so many stops?
    pub(crate) check_every: u64,
}

pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) random: Random,
    pub(crate) telling: Telling,
    pub(crate) miners: Vec<ActorID>,
    pub(crate) next_number: BTreeMap<ActorID, SectorNumber>,
    /// What is to go into pre-committed sectors.
    pub(crate) contents: BTreeMap<(ActorID, SectorNumber), Vec<PieceActivationManifest>>,
    pub(crate) deals: Vec<(DealID, atoll_actors::market::deal::DealProposal)>,
    pub(crate) allocations: Vec<(ActorID, u64, AllocationRequest)>,
    /// Deadlines whose proof was decided upon: miner, start of the period, index.
    pub(crate) proven: BTreeSet<(ActorID, ChainEpoch, u64)>,
    /// Proofs that were wrong, and may be disputed: miner, deadline.
    pub(crate) wrong: Vec<(ActorID, u64)>,
    pub(crate) pieces: u64,
    stops: u64,
    fil: TokenAmount,
}

pub(crate) fn fil(amount: u64) -> TokenAmount {
    TokenAmount::from_whole(amount)
}

pub(crate) fn none() -> TokenAmount {
    TokenAmount::default()
}

pub(crate) fn id(actor: ActorID) -> Address {
    Address::new_id(actor)
}

/// The key of a client.
pub(crate) fn key(client: ActorID) -> SigningKey {
    SigningKey::from_slice(&[client as u8; 32]).expect("a key")
}

/// A CommP or CommD.
pub(crate) fn piece_cid(seed: u64) -> Cid {
    commitment(FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED, seed)
}

/// A CommR.
pub(crate) fn sealed_cid(seed: u64) -> Cid {
    commitment(FIL_COMMITMENT_SEALED, POSEIDON_BLS12_381_A1_FC1, seed)
}

fn commitment(codec: u64, hash: u64, seed: u64) -> Cid {
    let mut digest = blake2b(&seed.to_be_bytes());
    // Commitments are elements of a field.
    digest[31] &= 0x3f;
    Cid::new_v1(codec, Multihash::wrap(hash, &digest).expect("32 bytes"))
}

fn accounts() -> Vec<Account> {
    let bls = |seed: ActorID, amount| Account {
        address: Address::new_bls(&[seed as u8; 48]).expect("48 bytes"),
        balance: fil(amount),
    };
    let mut accounts = Vec::new();
    for actor in ROOT..=STRANGER {
        accounts.push(if OWNERS.contains(&actor) {
            bls(actor, 100_000_000)
        } else if CLIENTS.contains(&actor) {
            let point = key(actor).verifying_key().to_encoded_point(false);
            Account {
                address: Address::new_secp256k1(point.as_bytes()).expect("65 bytes"),
                balance: fil(10_000_000),
            }
        } else {
            bls(actor, 1_000_000)
        });
    }
    accounts
}

impl Story {
    pub(crate) fn begin(seed: u64, telling: Telling, bundle: Option<&[u8]>) -> Self {
        let mut world = World::new(telling.policy.clone(), accounts(), bundle);
        let fil = world.total();
        let mut story = Self {
            world,
            random: Random::new(seed),
            telling,
            miners: Vec::new(),
            next_number: BTreeMap::new(),
            contents: BTreeMap::new(),
            deals: Vec::new(),
            allocations: Vec::new(),
            proven: BTreeSet::new(),
            wrong: Vec::new(),
            pieces: 0,
            stops: 0,
            fil,
        };
        story.world.set_epoch(1_000);
        story.open_registry();
        while story.miners.len() < 2 {
            story.create_miner();
        }
        story
    }

    /// Lets this many epochs pass, and things happen in them.
    pub(crate) fn tell(&mut self, epochs: ChainEpoch) {
        let end = self.now() + epochs;
        while self.now() < end {
            self.stop(end);
        }
    }

    pub(crate) fn now(&self) -> ChainEpoch {
        self.world.epoch
    }

    /// One stop of the clock: proofs that are due, whatever comes to mind, cron, and on to an
    /// epoch in which there is something to do.
    fn stop(&mut self, end: ChainEpoch) {
        self.prove_what_is_due();
        for _ in 0..self.random.below(self.telling.messages_max + 1) {
            self.something_happens();
        }
        if self.random.once_in(3) {
            self.reward_block();
        }
        self.cron();
        self.stops += 1;
        if self.stops.is_multiple_of(self.telling.check_every) {
            self.world.check();
        }
        let total = self.world.total();
        assert_eq!(total, self.fil, "FIL appeared or disappeared");
        let next = self.next_stop().min(end.max(self.now() + 1));
        self.world.set_epoch(next);
    }

    fn cron(&mut self) {
        let nothing = RawBytes::default();
        let tick = cron::EPOCH_TICK;
        let answer = self
            .world
            .send_bytes(ids::SYSTEM, ids::CRON, tick, nothing, none());
        assert!(answer.is_ok(), "cron failed: {answer:?}");
    }

    /// The next epoch in which a deadline ends or has just begun; at times one before it.
    fn next_stop(&mut self) -> ChainEpoch {
        let now = self.now();
        let mut next = now + self.telling.policy.challenge_window;
        for miner in self.miners.clone() {
            let (_, _, state) = self.miner(miner);
            if !state.deadline_cron_active {
                continue;
            }
            let open = self.open_deadline(&state);
            for epoch in [open.open, open.last(), open.close] {
                if epoch > now {
                    next = next.min(epoch);
                }
            }
        }
        if self.random.once_in(8) {
            next = next.min(now + 1 + self.random.epochs(20));
        }
        next
    }

    fn something_happens(&mut self) {
        match self.random.below(100) {
            0..=2 => self.create_miner(),
            3..=14 => self.pre_commit(),
            15..=28 => self.prove_commit(),
            29..=33 => self.prove_ni(),
            34..=38 => self.update_replicas(),
            39..=43 => self.declare_faults(),
            44..=49 => self.declare_recoveries(),
            50..=52 => self.terminate(),
            53..=57 => self.extend(),
            58..=59 => self.compact(),
            60..=63 => self.dispute(),
            64..=66 => self.withdraw(),
            67..=70 => self.change_people(),
            71..=73 => self.ask_miner(),
            74..=75 => self.report_fault(),
            76..=77 => self.fund_escrow(),
            78..=82 => self.publish(),
            83..=85 => self.settle(),
            86 => self.withdraw_escrow(),
            87..=90 => self.allocate(),
            91..=92 => self.lengthen_claims(),
            93..=94 => self.clean_registry(),
            95..=96 => self.change_verifiers(),
            97..=98 => self.use_tokens(),
            _ => self.ask_market(),
        }
    }

    /// What was tried, and how it ended; and gas, where there are two to compare.
    pub(crate) fn summary(&self) -> String {
        let mut words = format!("{} stops, {} miners", self.stops, self.miners.len());
        for ((kind, method), codes) in &self.world.ended {
            words.push_str(&format!("\n  {kind} {method}: {codes:?}"));
            for code in codes.keys() {
                if let Some(why) = self.world.why.get(&(method.clone(), *code)) {
                    words.push_str(&format!("\n    {code}: {why}"));
                }
            }
            let key = (kind.clone(), method.clone());
            let Some(gas) = self.world.gas.get(&key).filter(|_| self.world.is_pair()) else {
                continue;
            };
            let (ours, theirs) = gas
                .iter()
                .fold((0, 0), |sums, one| (sums.0 + one.0, sums.1 + one.1));
            let count = gas.len() as u64;
            words.push_str(&format!(
                "; gas {} against {}",
                ours / count,
                theirs / count
            ));
        }
        words
    }

    // --- messages ----------------------------------------------------------------------------

    /// Sends a message; now and then a spoilt one before it.
    pub(crate) fn send<P: Serialize + ?Sized>(
        &mut self,
        from: ActorID,
        to: ActorID,
        method: MethodNum,
        params: &P,
        value: TokenAmount,
    ) -> Answer {
        let params = RawBytes::serialize(params).expect("parameters encode");
        self.send_bytes(from, to, method, params, value)
    }

    /// Sends a message without parameters.
    pub(crate) fn ask(&mut self, from: ActorID, to: ActorID, method: MethodNum) -> Answer {
        self.send_bytes(from, to, method, RawBytes::default(), none())
    }

    fn send_bytes(
        &mut self,
        from: ActorID,
        to: ActorID,
        method: MethodNum,
        params: RawBytes,
        value: TokenAmount,
    ) -> Answer {
        if self.telling.mistakes && self.random.once_in(20) {
            let mut spoilt = params.to_vec();
            let place = self.random.below(spoilt.len() as u64) as usize;
            match self.random.below(4) {
                0 => spoilt.truncate(place),
                1 => spoilt.push(self.random.next() as u8),
                _ if spoilt.is_empty() => spoilt.push(0xf6),
                2 => spoilt[place] = self.random.next() as u8,
                _ => spoilt[place] ^= 1 << self.random.below(8),
            }
            self.world
                .send_bytes(from, to, method, RawBytes::new(spoilt), none());
        }
        if self.telling.mistakes && self.random.once_in(30) {
            let people: Vec<ActorID> = (ROOT..=STRANGER).chain(self.miners.clone()).collect();
            let other = self.random.one_of(&people).expect("there are some");
            self.world
                .send_bytes(other, to, method, params.clone(), none());
        }
        self.world.send_bytes(from, to, method, params, value)
    }

    pub(crate) fn give(&mut self, from: ActorID, to: ActorID, amount: TokenAmount) {
        let nothing = RawBytes::default();
        self.world
            .send_bytes(from, to, METHOD_SEND, nothing, amount);
    }

    // --- looking at miners ---------------------------------------------------------------------

    pub(crate) fn miner(&mut self, miner: ActorID) -> (Blocks, MinerInfo, MinerState) {
        let blocks = self.world.blocks();
        let state: MinerState = self.world.state(miner);
        let info = state
            .load_info(atoll_actors::state::Store(&blocks))
            .expect("its info");
        (blocks, info, state)
    }

    /// The deadline of a miner that is open. Its state tells only while its cron is active.
    pub(crate) fn open_deadline(&self, state: &MinerState) -> DeadlineInfo {
        DeadlineInfo::at(&self.telling.policy, state.proving_period_start, self.now())
    }

    pub(crate) fn some_miner(&mut self) -> ActorID {
        self.random
            .one_of(&self.miners.clone())
            .expect("there are two from the beginning")
    }

    /// Who sends a miner's everyday messages.
    pub(crate) fn controller(&mut self, info: &MinerInfo) -> ActorID {
        let all: Vec<Address> = info.controllers().copied().collect();
        let one = self.random.one_of(&all).expect("an owner");
        one.id().expect("controllers are ids")
    }

    pub(crate) fn new_number(&mut self, miner: ActorID) -> SectorNumber {
        let next = self.next_number.entry(miner).or_default();
        *next += 1;
        let number = *next;
        match self.random.below(60) {
            0 if self.telling.mistakes => self.random.below(number),
            1 => {
                // Numbers need not be dense.
                self.next_number.insert(miner, number + 50);
                number + 50
            }
            _ => number,
        }
    }
}
