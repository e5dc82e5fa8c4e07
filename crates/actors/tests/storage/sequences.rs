//! Random sequences of deals, datacap, allocations and claims. After each message every promise
//! of the actors' states holds, no FIL appears or disappears, and no actor trips over its own
//! state; in the end all deals are over and nothing is locked.
//!
//! A seed is a whole bug report: `ATOLL_SEED=7 cargo test -p atoll-actors --test storage`.

use crate::world::World;
use atoll_actors::check_state::check_state;
use atoll_actors::datacap::types::{
    BurnParams, IncreaseAllowanceParams, TransferParams, TransferReturn,
};
use atoll_actors::market::deal::{ClientDealProposal, DealProposal, Label};
use atoll_actors::market::types::{
    BatchActivateDealsParams, BatchActivateDealsReturn, OnMinerSectorsTerminateParams, PieceChange,
    PublishStorageDealsParams, PublishStorageDealsReturn, SectorChanges,
    SectorContentChangedReturn, SectorDeals, SettleDealPaymentsReturn, WithdrawBalanceParams,
};
use atoll_actors::verifreg::types::{
    AddDataCapParams, AllocationClaim, AllocationRequest, AllocationRequests, AllocationsResponse,
    ClaimAllocationsParams, ClaimAllocationsReturn, ClaimExtensionRequest, ClaimTerm, DataCap,
    ExtendClaimTermsParams, RemoveExpiredAllocationsParams, RemoveExpiredAllocationsReturn,
    RemoveExpiredClaimsParams, RemoveExpiredClaimsReturn, SectorAllocationClaims,
};
use atoll_actors::{ActorError, ActorKind, Policy, datacap, ids, market, send, verifreg};
use cid::Cid;
use cid::multihash::Multihash;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::commcid::{FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED};
use fvm_shared::crypto::signature::Signature;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::RegisteredSealProof;
use num_traits::Zero;

const CLIENTS: [ActorID; 3] = [101, 102, 103];
const OWNERS: [ActorID; 2] = [111, 112];
const MINERS: [ActorID; 2] = [1001, 1002];
const ROOT: ActorID = 120;
const VERIFIER: ActorID = 121;
const SEAL_PROOF: RegisteredSealProof = RegisteredSealProof::StackedDRG32GiBV1P1;

#[test]
fn promises_hold_whatever_happens() {
    let wanted = std::env::var("ATOLL_SEED")
        .ok()
        .map(|seed| seed.parse().expect("a number"));
    let mut happened = Happened::default();
    for seed in wanted.map_or(1..25, |seed| seed..seed + 1) {
        let mut story = Story::begin(seed);
        for _ in 0..250 {
            story.something_happens();
            story.check();
        }
        story.end();
        happened.add(&story.happened);
    }
    println!("{happened:?}");
    if wanted.is_none() {
        // Sequences in which nothing succeeds would prove nothing.
        assert!(happened.all_above(25), "{happened:?}");
    }
}

/// How often what was tried succeeded.
#[derive(Clone, Debug, Default)]
struct Happened {
    published: usize,
    verified: usize,
    activated: usize,
    paid: usize,
    completed: usize,
    timed_out: usize,
    terminated: usize,
    allocated: usize,
    claimed: usize,
    expired: usize,
}

impl Happened {
    fn counts(&mut self) -> [&mut usize; 10] {
        let Self {
            published,
            verified,
            activated,
            paid,
            completed,
            timed_out,
            terminated,
            allocated,
            claimed,
            expired,
        } = self;
        [
            published, verified, activated, paid, completed, timed_out, terminated, allocated,
            claimed, expired,
        ]
    }

    fn add(&mut self, other: &Self) {
        for (sum, more) in self.counts().into_iter().zip(other.clone().counts()) {
            *sum += *more;
        }
    }

    fn all_above(&self, least: usize) -> bool {
        self.clone()
            .counts()
            .into_iter()
            .all(|count| *count >= least)
    }
}

/// Terms so short that a story sees them end.
fn short_policy() -> Policy {
    Policy {
        deal_duration_min: 20,
        deal_duration_max: 200,
        deal_updates_interval: 30,
        allocation_size_min: 128,
        allocation_term_min: 20,
        allocation_term_max: 400,
        allocation_expiration_max: 60,
        allocation_term_buffer: 40,
        ..Policy::mainnet()
    }
}

struct Story {
    world: World,
    random: Random,
    fil: TokenAmount,
    deals: Vec<(DealID, DealProposal)>,
    /// Allocations by number, and whose they are.
    allocations: Vec<(u64, ActorID, AllocationRequest)>,
    claims: Vec<(u64, ActorID, ActorID)>,
    happened: Happened,
}

impl Story {
    fn begin(seed: u64) -> Self {
        let mut world = World::new(short_policy());
        for id in CLIENTS.into_iter().chain(OWNERS).chain([ROOT, VERIFIER]) {
            world.add_account(id, fil(1_000_000));
        }
        for (miner, owner) in MINERS.into_iter().zip(OWNERS) {
            world.add_miner(miner, owner);
        }
        world.construct::<()>(ids::MARKET, ActorKind::Market, None);
        let root = Address::new_id(ROOT);
        world.construct(
            ids::VERIFIED_REGISTRY,
            ActorKind::VerifiedRegistry,
            Some(&root),
        );
        let governor = Address::new_id(ids::VERIFIED_REGISTRY);
        world.construct(ids::DATACAP, ActorKind::DataCap, Some(&governor));
        let verifier = AddDataCapParams {
            address: Address::new_id(VERIFIER),
            allowance: DataCap::from(1_u64 << 40),
        };
        let params = send::params(&verifier).unwrap();
        world
            .call_block(
                ROOT,
                ids::VERIFIED_REGISTRY,
                verifreg::numbers::ADD_VERIFIER,
                params,
                TokenAmount::zero(),
            )
            .unwrap();
        let fil = world.total();
        Self {
            world,
            random: Random { seed, state: seed },
            fil,
            deals: Vec::new(),
            allocations: Vec::new(),
            claims: Vec::new(),
            happened: Happened::default(),
        }
    }

    fn something_happens(&mut self) {
        match self.random.below(16) {
            0 => self.add_balance(),
            1 => self.withdraw(),
            2 => self.add_client(),
            3..=5 => self.publish(),
            6 => self.sector_content_changes(),
            7 => self.activate_batch(),
            8 => self.settle(),
            9 => self.terminate(),
            10 => self.allocate(),
            11 => {
                self.allocate();
                self.claim();
            }
            12 => self.remove_expired(),
            13 => self.lengthen_claims(),
            14 => self.use_tokens(),
            _ => self.time_passes(),
        }
    }

    // --- what must hold ----------------------------------------------------------------------

    fn check(&self) {
        let broken = check_state(&self.world.snapshot()).expect("the states can be read");
        assert!(broken.is_empty(), "{}: {broken:#?}", self.random);
        assert_eq!(
            self.world.total(),
            self.fil,
            "{}: FIL appeared or disappeared",
            self.random
        );
        let parties = CLIENTS.into_iter().chain(MINERS).chain(OWNERS);
        let escrow: TokenAmount = parties.map(|id| self.world.escrow(id).balance).sum();
        assert_eq!(
            escrow,
            self.world.balance(ids::MARKET),
            "{}: escrow",
            self.random
        );
    }

    /// Once all deals are over, everything can be taken out.
    fn end(&mut self) {
        for _ in 0..60 {
            self.cron();
            self.world.epoch += 10;
        }
        let all: Vec<DealID> = self.deals.iter().map(|(id, _)| *id).collect();
        self.settle_these(&all);
        let again = self.settle_these(&all);
        assert!(
            again.is_none_or(|answer| answer.results.success_count == 0),
            "{}",
            self.random
        );
        self.check();
        for id in CLIENTS.into_iter().chain(MINERS).chain(OWNERS) {
            let account = self.world.escrow(id);
            assert!(
                account.locked.is_zero(),
                "{}: {id} {account:?}",
                self.random
            );
        }
    }

    /// A message may fail, but not because an actor's own state is wrong.
    fn allowed<T>(&self, result: Result<T, ActorError>) -> Option<T> {
        match result {
            Ok(answer) => Some(answer),
            Err(error) => {
                let code = error.code;
                let own_fault = code.is_system_error()
                    || code == ExitCode::USR_ILLEGAL_STATE
                    || code == ExitCode::USR_ASSERTION_FAILED
                    || code == ExitCode::USR_SERIALIZATION;
                assert!(!own_fault, "{}: {error}", self.random);
                None
            }
        }
    }

    // --- money -------------------------------------------------------------------------------

    fn add_balance(&mut self) {
        let from = self.random.one_of(&[CLIENTS.as_slice(), &OWNERS].concat());
        let to = self.random.one_of(&[CLIENTS.as_slice(), &MINERS].concat());
        let value = fil(1 + self.random.below(5_000)).min(self.world.balance(from));
        let params = send::params(&Address::new_id(to)).unwrap();
        let to = market::numbers::ADD_BALANCE;
        let added = self.world.call_block(from, ids::MARKET, to, params, value);
        self.allowed(added);
    }

    fn withdraw(&mut self) {
        let from = self.random.one_of(&[CLIENTS.as_slice(), &OWNERS].concat());
        let whose = self.random.one_of(&[CLIENTS.as_slice(), &MINERS].concat());
        let params = WithdrawBalanceParams {
            provider_or_client: Address::new_id(whose),
            amount: fil(self.random.below(3_000)),
        };
        let to = market::numbers::WITHDRAW_BALANCE;
        self.allowed(
            self.world
                .call::<_, TokenAmount>(from, ids::MARKET, to, &params),
        );
    }

    // --- deals -------------------------------------------------------------------------------

    fn publish(&mut self) {
        let miner = self.random.below(MINERS.len() as u64) as usize;
        let mut deals = Vec::new();
        for _ in 0..=self.random.below(3) {
            let proposal = match self.random.below(8) {
                0 if !self.deals.is_empty() => self.random.one_of(&self.deals).1,
                _ => self.random_proposal(MINERS[miner]),
            };
            let mut bytes = RawBytes::serialize(&proposal).unwrap().to_vec();
            if self.random.below(20) == 0 {
                bytes.push(0);
            }
            deals.push(ClientDealProposal {
                proposal,
                signature: Signature::new_bls(bytes),
            });
        }
        let params = PublishStorageDealsParams { deals };
        let answer: Result<PublishStorageDealsReturn, _> = self.world.call(
            OWNERS[miner],
            ids::MARKET,
            market::numbers::PUBLISH_STORAGE_DEALS,
            &params,
        );
        let Some(answer) = self.allowed(answer) else {
            return;
        };
        for (id, place) in answer.ids.iter().zip(answer.valid_deals.iter()) {
            let proposal = params.deals[place as usize].proposal.clone();
            self.happened.published += 1;
            self.happened.verified += usize::from(proposal.verified);
            self.deals.push((*id, proposal));
        }
    }

    fn random_proposal(&mut self, miner: ActorID) -> DealProposal {
        let start_epoch = self.world.epoch - 2 + self.random.below(50) as i64;
        DealProposal {
            piece_cid: piece(self.random.below(4) as u8),
            piece_size: PaddedPieceSize(128 << self.random.below(3)),
            verified: self.random.below(2) == 0,
            client: Address::new_id(self.random.one_of(&CLIENTS)),
            provider: Address::new_id(miner),
            label: Label::Text(String::new()),
            start_epoch,
            end_epoch: start_epoch + 18 + self.random.below(100) as i64,
            price_per_epoch: fil(self.random.below(4)),
            provider_collateral: fil(self.random.below(3) * 10),
            client_collateral: fil(self.random.below(3) * 10),
        }
    }

    fn some_deals(&mut self, most: u64) -> Vec<DealID> {
        let mut some = Vec::new();
        for _ in 0..=self.random.below(most) {
            // Recent ones rather than old ones, and now and then one that never was.
            let back = self.random.below(12);
            some.push((self.deals.len() as u64 + 1).saturating_sub(back));
        }
        some
    }

    fn sector_content_changes(&mut self) {
        let miner = self.random.one_of(&MINERS);
        let mut sectors = Vec::new();
        for _ in 0..=self.random.below(2) {
            let mut added = Vec::new();
            for id in self.some_deals(5) {
                let known = self.deals.iter().find(|(known, _)| *known == id);
                let (data, size) = known.map_or((piece(0), PaddedPieceSize(128)), |(_, p)| {
                    (p.piece_cid, p.piece_size)
                });
                added.push(PieceChange {
                    data,
                    size,
                    payload: RawBytes::serialize(id).unwrap(),
                });
            }
            sectors.push(SectorChanges {
                sector: self.random.below(6),
                minimum_commitment_epoch: self.world.epoch + 200,
                added,
            });
        }
        let to = market::numbers::SECTOR_CONTENT_CHANGED;
        let answer = self.world.call(miner, ids::MARKET, to, &sectors);
        let answer: Option<SectorContentChangedReturn> = self.allowed(answer);
        let accepted = answer
            .into_iter()
            .flatten()
            .flatten()
            .filter(|accepted| *accepted);
        self.happened.activated += accepted.count();
    }

    fn activate_batch(&mut self) {
        let miner = self.random.one_of(&MINERS);
        let sectors = (0..=self.random.below(3))
            .map(|_| SectorDeals {
                sector: self.random.below(6),
                seal_proof: SEAL_PROOF,
                expiry: self.world.epoch + 200,
                deal_ids: self.some_deals(2),
            })
            .collect();
        let params = BatchActivateDealsParams {
            sectors,
            compute_cid: self.random.below(2) == 0,
        };
        let to = market::numbers::BATCH_ACTIVATE_DEALS;
        let answer = self.world.call(miner, ids::MARKET, to, &params);
        let answer: Option<BatchActivateDealsReturn> = self.allowed(answer);
        for sector in answer.into_iter().flat_map(|answer| answer.activations) {
            self.happened.activated += sector.activated.len();
        }
    }

    fn settle(&mut self) {
        let deals = self.some_deals(12);
        self.settle_these(&deals);
    }

    fn settle_these(&mut self, deals: &[DealID]) -> Option<SettleDealPaymentsReturn> {
        let deals = BitField::try_from_bits(deals.iter().copied()).unwrap();
        let burnt = self.world.balance(ids::BURNT_FUNDS);
        let answer = self.world.call(
            CLIENTS[0],
            ids::MARKET,
            market::numbers::SETTLE_DEAL_PAYMENTS,
            &deals,
        );
        let answer: SettleDealPaymentsReturn = self.allowed(answer)?;
        for settled in &answer.settlements {
            self.happened.paid += usize::from(!settled.payment.is_zero());
            self.happened.completed += usize::from(settled.completed);
        }
        self.happened.timed_out += usize::from(self.world.balance(ids::BURNT_FUNDS) != burnt);
        Some(answer)
    }

    fn terminate(&mut self) {
        let miner = self.random.one_of(&MINERS);
        let sectors: Vec<u64> = (0..=self.random.below(3))
            .map(|_| self.random.below(6))
            .collect();
        let params = OnMinerSectorsTerminateParams {
            epoch: self.world.epoch,
            sectors: BitField::try_from_bits(sectors).unwrap(),
        };
        let burnt = self.world.balance(ids::BURNT_FUNDS);
        let to = market::numbers::ON_MINER_SECTORS_TERMINATE;
        let params = send::params(&params).unwrap();
        let done = self
            .world
            .call_block(miner, ids::MARKET, to, params, TokenAmount::zero());
        self.allowed(done);
        self.happened.terminated += usize::from(self.world.balance(ids::BURNT_FUNDS) != burnt);
    }

    fn time_passes(&mut self) {
        for _ in 0..=self.random.below(4) {
            // An epoch ends with cron, after its messages.
            self.cron();
            self.world.epoch += 1 + self.random.below(8) as i64;
        }
    }

    fn cron(&mut self) {
        let burnt = self.world.balance(ids::BURNT_FUNDS);
        let tick = market::numbers::CRON_TICK;
        self.world
            .call_block(ids::CRON, ids::MARKET, tick, None, TokenAmount::zero())
            .unwrap();
        self.happened.timed_out += usize::from(self.world.balance(ids::BURNT_FUNDS) != burnt);
    }

    // --- datacap -----------------------------------------------------------------------------

    fn add_client(&mut self) {
        let params = AddDataCapParams {
            address: Address::new_id(self.random.one_of(&CLIENTS)),
            allowance: DataCap::from(100 + self.random.below(8_000)),
        };
        let params = send::params(&params).unwrap();
        let to = verifreg::numbers::ADD_VERIFIED_CLIENT;
        let registry = ids::VERIFIED_REGISTRY;
        let done = self
            .world
            .call_block(VERIFIER, registry, to, params, TokenAmount::zero());
        self.allowed(done);
    }

    /// Datacap goes to the registry directly, for allocations and for longer claims.
    fn allocate(&mut self) {
        let client = self.random.one_of(&CLIENTS);
        let mut requests = AllocationRequests {
            allocations: Vec::new(),
            extensions: Vec::new(),
        };
        let mut bytes = 0;
        for _ in 0..=self.random.below(3) {
            let size = PaddedPieceSize(128 << self.random.below(2));
            bytes += size.0;
            let term_min = 15 + self.random.below(60) as i64;
            requests.allocations.push(AllocationRequest {
                provider: self.random.one_of(&MINERS),
                data: piece(self.random.below(4) as u8),
                size,
                term_min,
                term_max: term_min + self.random.below(60) as i64,
                expiration: self.world.epoch + self.random.below(62) as i64,
            });
        }
        if self.random.below(3) == 0 && !self.claims.is_empty() {
            let (claim, provider, _) = self.random.one_of(&self.claims);
            bytes += 128 << self.random.below(2);
            let term_max = 30 + self.random.below(450) as i64;
            requests.extensions.push(ClaimExtensionRequest {
                provider,
                claim,
                term_max,
            });
        }
        let params = TransferParams {
            to: Address::new_id(ids::VERIFIED_REGISTRY),
            amount: TokenAmount::from_whole(bytes),
            operator_data: RawBytes::serialize(&requests).unwrap(),
        };
        let to = datacap::numbers::TRANSFER;
        let answer = self.world.call(client, ids::DATACAP, to, &params);
        let Some(answer) = self.allowed::<TransferReturn>(answer) else {
            return;
        };
        let answer: AllocationsResponse = answer.recipient_data.deserialize().unwrap();
        for (id, request) in answer.new_allocations.into_iter().zip(requests.allocations) {
            self.happened.allocated += 1;
            self.allocations.push((id, client, request));
        }
    }

    fn claim(&mut self) {
        if self.allocations.is_empty() {
            return;
        }
        let miner = self.random.one_of(&MINERS);
        let mut sectors = Vec::new();
        for sector in 0..=self.random.below(2) {
            let mut claims = Vec::new();
            let mut expiry = self.world.epoch;
            for _ in 0..=self.random.below(2) {
                let recent = self.allocations.len().saturating_sub(12);
                let (allocation_id, client, request) =
                    self.random.one_of(&self.allocations[recent..]);
                let AllocationRequest {
                    data,
                    size,
                    term_min,
                    term_max,
                    ..
                } = request;
                claims.push(AllocationClaim {
                    client,
                    allocation_id,
                    data,
                    size,
                });
                let slack = self.random.below((term_max - term_min) as u64 + 2) as i64;
                expiry = expiry.max(self.world.epoch + term_min + slack);
            }
            sectors.push(SectorAllocationClaims {
                sector,
                expiry,
                claims,
            });
        }
        let all_or_nothing = self.random.below(3) == 0;
        let params = ClaimAllocationsParams {
            sectors,
            all_or_nothing,
        };
        let to = verifreg::numbers::CLAIM_ALLOCATIONS;
        let answer = self.world.call(miner, ids::VERIFIED_REGISTRY, to, &params);
        let Some(answer) = self.allowed::<ClaimAllocationsReturn>(answer) else {
            return;
        };
        let claimed = answer.sector_results.successes(&params.sectors).unwrap();
        for claim in claimed.into_iter().flat_map(|sector| &sector.claims) {
            self.happened.claimed += 1;
            self.claims.push((claim.allocation_id, miner, claim.client));
        }
    }

    fn remove_expired(&mut self) {
        let client = self.random.one_of(&CLIENTS);
        let mut allocation_ids = Vec::new();
        if self.random.below(2) == 0 && !self.allocations.is_empty() {
            allocation_ids.push(self.random.one_of(&self.allocations).0);
        }
        let params = RemoveExpiredAllocationsParams {
            client,
            allocation_ids,
        };
        let registry = ids::VERIFIED_REGISTRY;
        let to = verifreg::numbers::REMOVE_EXPIRED_ALLOCATIONS;
        let answer = self.world.call(CLIENTS[0], registry, to, &params);
        if let Some(answer) = self.allowed::<RemoveExpiredAllocationsReturn>(answer) {
            self.happened.expired += answer.results.success_count as usize;
        }

        let provider = self.random.one_of(&MINERS);
        let params = RemoveExpiredClaimsParams {
            provider,
            claim_ids: Vec::new(),
        };
        let to = verifreg::numbers::REMOVE_EXPIRED_CLAIMS;
        let answer = self.world.call(CLIENTS[0], registry, to, &params);
        if let Some(answer) = self.allowed::<RemoveExpiredClaimsReturn>(answer) {
            self.happened.expired += answer.results.success_count as usize;
        }
    }

    fn lengthen_claims(&mut self) {
        if self.claims.is_empty() {
            return;
        }
        let (claim_id, provider, client) = self.random.one_of(&self.claims);
        let term_max = 20 + self.random.below(400) as i64;
        let params = ExtendClaimTermsParams {
            terms: vec![ClaimTerm {
                provider,
                claim_id,
                term_max,
            }],
        };
        let to = verifreg::numbers::EXTEND_CLAIM_TERMS;
        let answer = self.world.call(client, ids::VERIFIED_REGISTRY, to, &params);
        self.allowed::<atoll_actors::batch::BatchReturn>(answer);
    }

    fn use_tokens(&mut self) {
        let client = self.random.one_of(&CLIENTS);
        let params = BurnParams {
            amount: TokenAmount::from_whole(self.random.below(200)),
        };
        let to = datacap::numbers::BURN;
        let burnt = self.world.call(client, ids::DATACAP, to, &params);
        self.allowed::<datacap::types::BurnReturn>(burnt);
        let params = IncreaseAllowanceParams {
            operator: Address::new_id(self.random.one_of(&CLIENTS)),
            increase: TokenAmount::from_whole(self.random.below(3)),
        };
        let to = datacap::numbers::INCREASE_ALLOWANCE;
        self.allowed(
            self.world
                .call::<_, TokenAmount>(client, ids::DATACAP, to, &params),
        );
    }
}

fn fil(atto: u64) -> TokenAmount {
    TokenAmount::from_atto(atto)
}

fn piece(number: u8) -> Cid {
    let hash = Multihash::wrap(SHA2_256_TRUNC254_PADDED, &[number; 32]).unwrap();
    Cid::new_v1(FIL_COMMITMENT_UNSEALED, hash)
}

/// Numbers that a seed decides (splitmix64).
struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.state ^ (self.state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u64) as usize].clone()
    }
}

impl std::fmt::Display for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ATOLL_SEED={}", self.seed)
    }
}
