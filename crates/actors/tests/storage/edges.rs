//! Edges of the market, the registry and the token that no recorded scenario reaches. What is
//! expected here is what the official actors' code does.

use crate::world::World;
use atoll_actors::adt::{Array, Set};
use atoll_actors::batch::BatchReturn;
use atoll_actors::check_state::check_state;
use atoll_actors::datacap::types::{
    IncreaseAllowanceParams, MintParams, MintReturn, TransferFromParams, TransferFromReturn,
    TransferParams, TransferReturn,
};
use atoll_actors::market::deal::{ClientDealProposal, DealProposal, DealState, Label};
use atoll_actors::market::types::{
    BatchActivateDealsParams, BatchActivateDealsReturn, OnMinerSectorsTerminateParams,
    PublishStorageDealsParams, PublishStorageDealsReturn, SectorDeals, SettleDealPaymentsReturn,
};
use atoll_actors::verifreg::types::{
    AddDataCapParams, AllocationClaim, AllocationRequest, AllocationRequests,
    ClaimAllocationsParams, ClaimAllocationsReturn, ClaimExtensionRequest, ClaimTerm, DataCap,
    ExtendClaimTermsParams, RemoveExpiredAllocationsParams, RemoveExpiredAllocationsReturn,
    SectorAllocationClaims,
};
use atoll_actors::{ActorError, ActorKind, Policy, datacap, ids, market, send, verifreg};
use cid::Cid;
use cid::multihash::Multihash;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::bigint::BigInt;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::commcid::{FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED};
use fvm_shared::crypto::signature::Signature;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::RegisteredSealProof;
use num_traits::Zero;

const CLIENT: ActorID = 101;
const OWNER: ActorID = 111;
const MINER: ActorID = 1001;
const ROOT: ActorID = 120;
const VERIFIER: ActorID = 121;
const SECTOR: u64 = 7;

const DURATION: ChainEpoch = 100;
const PRICE: u64 = 2;
const COLLATERAL: u64 = 50;

/// A market with a client and a provider who have plenty in escrow, a client with datacap.
fn begin() -> World {
    let policy = Policy {
        deal_duration_min: 20,
        deal_duration_max: 200,
        deal_updates_interval: 30,
        allocation_size_min: 128,
        allocation_term_min: 20,
        allocation_term_max: 400,
        allocation_expiration_max: 60,
        allocation_term_buffer: 40,
        ..Policy::mainnet()
    };
    let mut world = World::new(policy);
    for id in [CLIENT, OWNER, ROOT, VERIFIER] {
        world.add_account(id, fil(100_000));
    }
    world.add_miner(MINER, OWNER);
    world.construct::<()>(ids::MARKET, ActorKind::Market, None);
    world.construct(
        ids::VERIFIED_REGISTRY,
        ActorKind::VerifiedRegistry,
        Some(&id(ROOT)),
    );
    world.construct(
        ids::DATACAP,
        ActorKind::DataCap,
        Some(&id(ids::VERIFIED_REGISTRY)),
    );
    for party in [CLIENT, MINER] {
        let params = send::params(&id(party)).unwrap();
        let method = market::numbers::ADD_BALANCE;
        world
            .call_block(CLIENT, ids::MARKET, method, params, fil(10_000))
            .unwrap();
    }
    for (from, method, to) in [
        (ROOT, verifreg::numbers::ADD_VERIFIER, VERIFIER),
        (VERIFIER, verifreg::numbers::ADD_VERIFIED_CLIENT, CLIENT),
    ] {
        let params = AddDataCapParams {
            address: id(to),
            allowance: DataCap::from(1 << 20),
        };
        let params = send::params(&params).unwrap();
        world
            .call_block(from, ids::VERIFIED_REGISTRY, method, params, fil(0))
            .unwrap();
    }
    world
}

fn fil(atto: u64) -> TokenAmount {
    TokenAmount::from_atto(atto)
}

fn id(id: ActorID) -> Address {
    Address::new_id(id)
}

fn piece() -> Cid {
    let hash = Multihash::wrap(SHA2_256_TRUNC254_PADDED, &[1; 32]).unwrap();
    Cid::new_v1(FIL_COMMITMENT_UNSEALED, hash)
}

fn proposal(start_epoch: ChainEpoch) -> DealProposal {
    DealProposal {
        piece_cid: piece(),
        piece_size: PaddedPieceSize(128),
        verified: false,
        client: id(CLIENT),
        provider: id(MINER),
        label: Label::Text("edge".to_owned()),
        start_epoch,
        end_epoch: start_epoch + DURATION,
        price_per_epoch: fil(PRICE),
        provider_collateral: fil(COLLATERAL),
        client_collateral: fil(0),
    }
}

fn publish(world: &World, proposal: DealProposal) -> Result<DealID, ExitCode> {
    let bytes = RawBytes::serialize(&proposal).unwrap().to_vec();
    let deals = vec![ClientDealProposal {
        proposal,
        signature: Signature::new_bls(bytes),
    }];
    let method = market::numbers::PUBLISH_STORAGE_DEALS;
    let params = PublishStorageDealsParams { deals };
    let answer: Result<PublishStorageDealsReturn, ActorError> =
        world.call(OWNER, ids::MARKET, method, &params);
    answer.map(|answer| answer.ids[0]).map_err(|e| e.code)
}

fn activate(world: &World, deals: &[DealID]) -> ExitCode {
    let sector = SectorDeals {
        sector: SECTOR,
        seal_proof: RegisteredSealProof::StackedDRG32GiBV1P1,
        expiry: 1_000,
        deal_ids: deals.to_vec(),
    };
    let params = BatchActivateDealsParams {
        sectors: vec![sector],
        compute_cid: false,
    };
    let method = market::numbers::BATCH_ACTIVATE_DEALS;
    let answer: BatchActivateDealsReturn = world.call(MINER, ids::MARKET, method, &params).unwrap();
    answer.activation_results.codes()[0]
}

fn settle(world: &World, deal: DealID) -> Result<SettleDealPaymentsReturn, ExitCode> {
    let deals = BitField::try_from_bits([deal]).unwrap();
    let method = market::numbers::SETTLE_DEAL_PAYMENTS;
    world
        .call(CLIENT, ids::MARKET, method, &deals)
        .map_err(|e: ActorError| e.code)
}

fn terminate(world: &World, epoch: ChainEpoch) {
    let params = OnMinerSectorsTerminateParams {
        epoch,
        sectors: BitField::try_from_bits([SECTOR]).unwrap(),
    };
    let params = send::params(&params).unwrap();
    let method = market::numbers::ON_MINER_SECTORS_TERMINATE;
    world
        .call_block(MINER, ids::MARKET, method, params, fil(0))
        .unwrap();
}

fn cron(world: &World) {
    let method = market::numbers::CRON_TICK;
    world
        .call_block(ids::CRON, ids::MARKET, method, None, fil(0))
        .unwrap();
}

#[track_caller]
fn check(world: &World) {
    assert_eq!(
        check_state(&world.snapshot()).unwrap(),
        Vec::<String>::new()
    );
}

// --- deals -------------------------------------------------------------------------------------

#[test]
fn a_deal_is_published_once() {
    let world = begin();
    publish(&world, proposal(10)).unwrap();
    assert_eq!(
        publish(&world, proposal(10)),
        Err(ExitCode::USR_ILLEGAL_ARGUMENT)
    );
    publish(&world, proposal(11)).unwrap();
}

#[test]
fn a_deal_may_begin_now_but_not_before() {
    let mut world = begin();
    world.epoch = 10;
    publish(&world, proposal(10)).unwrap();
    assert_eq!(
        publish(&world, proposal(9)),
        Err(ExitCode::USR_ILLEGAL_ARGUMENT)
    );
}

#[test]
fn a_deal_is_activated_by_its_start() {
    for (now, code) in [(10, ExitCode::OK), (11, market::EX_DEAL_EXPIRED)] {
        let mut world = begin();
        let deal = publish(&world, proposal(10)).unwrap();
        world.epoch = now;
        assert_eq!(activate(&world, &[deal]), code, "at {now}");
    }
}

#[test]
fn a_sector_holds_a_deal_once() {
    let world = begin();
    let deal = publish(&world, proposal(10)).unwrap();
    assert_eq!(
        activate(&world, &[deal, deal]),
        ExitCode::USR_ILLEGAL_ARGUMENT
    );
    assert_eq!(activate(&world, &[deal]), ExitCode::OK);
    assert_eq!(activate(&world, &[deal]), ExitCode::USR_ILLEGAL_ARGUMENT);
    check(&world);
}

#[test]
fn a_sector_that_ends_with_its_deal_is_no_reason_to_burn() {
    for (end, burnt) in [(10 + DURATION, 0), (9 + DURATION, COLLATERAL)] {
        let mut world = begin();
        let deal = publish(&world, proposal(10)).unwrap();
        activate(&world, &[deal]);
        world.epoch = end;
        terminate(&world, end);
        assert_eq!(
            world.balance(ids::BURNT_FUNDS),
            fil(burnt),
            "ended at {end}"
        );
        check(&world);
    }
}

#[test]
fn a_deal_whose_sector_is_gone_is_still_paid_to_its_end() {
    let mut world = begin();
    let deal = publish(&world, proposal(10)).unwrap();
    activate(&world, &[deal]);
    world.epoch = 20 + DURATION;
    terminate(&world, world.epoch);
    let settled = settle(&world, deal).unwrap();
    assert!(settled.settlements[0].completed);
    assert_eq!(settled.settlements[0].payment, fil(PRICE * DURATION as u64));
    check(&world);
}

#[test]
fn settling_names_no_more_deals_than_gas_pays_for() {
    let world = begin();
    let ranges = fvm_ipld_bitfield::iter::Ranges::new(std::iter::once(0..1 << 60));
    let deals = BitField::from_ranges(ranges);
    let method = market::numbers::SETTLE_DEAL_PAYMENTS;
    let answer: Result<SettleDealPaymentsReturn, ActorError> =
        world.call(CLIENT, ids::MARKET, method, &deals);
    assert_eq!(answer.unwrap_err().code, ExitCode::SYS_OUT_OF_GAS);
}

/// Deals that were terminated before v13 are still in the state, marked.
fn marked_as_terminated(start: ChainEpoch, at: ChainEpoch) -> (World, DealID) {
    let world = begin();
    let deal = publish(&world, proposal(start)).unwrap();
    activate(&world, &[deal]);
    world.change_state(ids::MARKET, |store, state: &mut market::state::State| {
        let mut states: Array<'_, DealState> = Array::load(store, &state.states, "states").unwrap();
        let old = *states.get(deal).unwrap().unwrap();
        let marked = DealState {
            last_updated_epoch: start,
            slash_epoch: at,
            ..old
        };
        states.set(deal, marked).unwrap();
        state.states = states.flush().unwrap();
        // Cron had seen it before.
        let mut pending = Set::load(store, &state.pending_proposals, "pending").unwrap();
        assert!(pending.delete(&proposal(start).cid().unwrap()).unwrap());
        state.pending_proposals = pending.flush().unwrap();
    });
    (world, deal)
}

#[test]
fn a_deal_marked_as_terminated_is_closed_by_cron_alone() {
    let (mut world, deal) = marked_as_terminated(10, 40);
    world.epoch = 50;
    assert_eq!(settle(&world, deal), Err(ExitCode::USR_ILLEGAL_ARGUMENT));
    let client = world.escrow(CLIENT);
    cron(&world);
    assert_eq!(world.balance(ids::BURNT_FUNDS), fil(COLLATERAL));
    // Thirty epochs were stored; the rest of the fee is free again.
    assert_eq!(
        world.escrow(CLIENT).balance,
        &client.balance - fil(30 * PRICE)
    );
    assert!(world.escrow(CLIENT).locked.is_zero());
    check(&world);
}

// --- datacap -----------------------------------------------------------------------------------

fn transfer(
    world: &World,
    requests: &AllocationRequests,
    bytes: u64,
) -> Result<TransferReturn, ExitCode> {
    let params = TransferParams {
        to: id(ids::VERIFIED_REGISTRY),
        amount: TokenAmount::from_whole(bytes),
        operator_data: RawBytes::serialize(requests).unwrap(),
    };
    let method = datacap::numbers::TRANSFER;
    world
        .call(CLIENT, ids::DATACAP, method, &params)
        .map_err(|e: ActorError| e.code)
}

/// Allocations of 128 bytes, from number 1 on.
fn allocate(world: &World, count: usize) {
    let request = AllocationRequest {
        provider: MINER,
        data: piece(),
        size: PaddedPieceSize(128),
        term_min: 50,
        term_max: 100,
        expiration: world.epoch + 30,
    };
    let requests = AllocationRequests {
        allocations: vec![request; count],
        extensions: Vec::new(),
    };
    transfer(world, &requests, 128 * count as u64).unwrap();
}

fn claim(world: &World, numbers: &[u64], lifetime: ChainEpoch) -> Result<ExitCode, ExitCode> {
    let wanted = |number: &u64| AllocationClaim {
        client: CLIENT,
        allocation_id: *number,
        data: piece(),
        size: PaddedPieceSize(128),
    };
    let sector = SectorAllocationClaims {
        sector: SECTOR,
        expiry: world.epoch + lifetime,
        claims: numbers.iter().map(wanted).collect(),
    };
    let params = ClaimAllocationsParams {
        sectors: vec![sector],
        all_or_nothing: false,
    };
    let method = verifreg::numbers::CLAIM_ALLOCATIONS;
    let answer: Result<ClaimAllocationsReturn, ActorError> =
        world.call(MINER, ids::VERIFIED_REGISTRY, method, &params);
    answer
        .map(|answer| answer.sector_results.codes()[0])
        .map_err(|e| e.code)
}

fn remove_allocations(
    world: &World,
    numbers: &[u64],
) -> Result<RemoveExpiredAllocationsReturn, ExitCode> {
    let params = RemoveExpiredAllocationsParams {
        client: CLIENT,
        allocation_ids: numbers.to_vec(),
    };
    let method = verifreg::numbers::REMOVE_EXPIRED_ALLOCATIONS;
    let registry = ids::VERIFIED_REGISTRY;
    world
        .call(OWNER, registry, method, &params)
        .map_err(|e: ActorError| e.code)
}

#[test]
fn an_allocation_is_claimed_in_time_and_for_its_term() {
    let forbidden = Ok(ExitCode::USR_FORBIDDEN);
    for (now, lifetime, expected) in [
        (30, 50, Ok(ExitCode::OK)),
        (31, 50, forbidden),
        (30, 49, forbidden),
        (30, 100, Ok(ExitCode::OK)),
        (30, 101, forbidden),
    ] {
        let mut world = begin();
        allocate(&world, 1);
        world.epoch = now;
        assert_eq!(
            claim(&world, &[1], lifetime),
            expected,
            "at {now} for {lifetime}"
        );
        check(&world);
    }
}

#[test]
fn an_allocation_is_claimed_once() {
    let world = begin();
    allocate(&world, 2);
    // Twice in one sector is worse than twice in a row: it fails the message.
    assert_eq!(
        claim(&world, &[1, 1], 60),
        Err(ExitCode::USR_ILLEGAL_ARGUMENT)
    );
    assert_eq!(claim(&world, &[1], 60), Ok(ExitCode::OK));
    assert_eq!(claim(&world, &[1], 60), Ok(ExitCode::USR_NOT_FOUND));
    check(&world);
}

#[test]
fn an_allocation_expires_in_its_last_epoch() {
    let mut world = begin();
    allocate(&world, 2);
    world.epoch = 29;
    let codes = |answer: &RemoveExpiredAllocationsReturn| answer.results.codes();
    let early = remove_allocations(&world, &[1, 9]).unwrap();
    assert_eq!(
        codes(&early),
        [ExitCode::USR_FORBIDDEN, ExitCode::USR_NOT_FOUND]
    );
    world.epoch = 30;
    assert_eq!(
        remove_allocations(&world, &[1, 1]),
        Err(ExitCode::USR_ASSERTION_FAILED)
    );
    let removed = remove_allocations(&world, &[1]).unwrap();
    assert_eq!(
        (codes(&removed), removed.datacap_recovered),
        (vec![ExitCode::OK], 128.into())
    );
    let rest = remove_allocations(&world, &[]).unwrap();
    assert_eq!(
        (rest.considered, rest.datacap_recovered),
        (vec![2], 128.into())
    );
    check(&world);
}

#[test]
fn a_claims_term_is_not_shortened() {
    let world = begin();
    allocate(&world, 1);
    claim(&world, &[1], 60).unwrap();
    let term = |term_max| ClaimTerm {
        provider: MINER,
        claim_id: 1,
        term_max,
    };
    let terms = vec![term(99), term(100), term(401), term(400)];
    let method = verifreg::numbers::EXTEND_CLAIM_TERMS;
    let answer: BatchReturn = world
        .call(
            CLIENT,
            ids::VERIFIED_REGISTRY,
            method,
            &ExtendClaimTermsParams { terms },
        )
        .unwrap();
    let bad = ExitCode::USR_ILLEGAL_ARGUMENT;
    assert_eq!(answer.codes(), [bad, ExitCode::OK, bad, ExitCode::OK]);
}

#[test]
fn a_claim_that_is_over_stays_over() {
    for (now, term_max, expected) in [
        (100, 101, Ok(())),
        (100, 100, Err(ExitCode::USR_ILLEGAL_ARGUMENT)),
        (100, 500, Ok(())),
        (100, 501, Err(ExitCode::USR_ILLEGAL_ARGUMENT)),
        (101, 102, Err(ExitCode::USR_FORBIDDEN)),
    ] {
        let mut world = begin();
        allocate(&world, 1);
        claim(&world, &[1], 60).unwrap();
        world.epoch = now;
        let extension = ClaimExtensionRequest {
            provider: MINER,
            claim: 1,
            term_max,
        };
        let requests = AllocationRequests {
            allocations: Vec::new(),
            extensions: vec![extension],
        };
        let extended = transfer(&world, &requests, 128).map(|_| ());
        assert_eq!(extended, expected, "at {now} to {term_max}");
        check(&world);
    }
}

/// Found next to the official token, which reads the state that it answers from before it calls
/// the receiver: the registry burns at once what an extension costs, and the answer still has it.
#[test]
fn a_transfer_answers_with_balances_before_the_hook() {
    let world = begin();
    allocate(&world, 1);
    claim(&world, &[1], 60).unwrap();
    let extension = ClaimExtensionRequest {
        provider: MINER,
        claim: 1,
        term_max: 200,
    };
    let requests = AllocationRequests {
        allocations: Vec::new(),
        extensions: vec![extension],
    };
    let answer = transfer(&world, &requests, 128).unwrap();
    assert_eq!(answer.to_balance, TokenAmount::from_whole(128));
    let registry = id(ids::VERIFIED_REGISTRY);
    let method = datacap::numbers::BALANCE;
    let now: TokenAmount = world.call(CLIENT, ids::DATACAP, method, &registry).unwrap();
    assert_eq!(now, TokenAmount::zero());
}

#[test]
fn spending_nothing_needs_an_allowance_too() {
    let world = begin();
    let requests = AllocationRequests {
        allocations: Vec::new(),
        extensions: Vec::new(),
    };
    for (operator, expected) in [
        (ids::MARKET, Ok(())),
        (OWNER, Err(ExitCode::USR_INSUFFICIENT_FUNDS)),
        (CLIENT, Err(ExitCode::USR_ILLEGAL_ARGUMENT)),
    ] {
        let params = TransferFromParams {
            from: id(CLIENT),
            to: id(ids::VERIFIED_REGISTRY),
            amount: TokenAmount::zero(),
            operator_data: RawBytes::serialize(&requests).unwrap(),
        };
        let method = datacap::numbers::TRANSFER_FROM;
        let answer: Result<TransferFromReturn, ActorError> =
            world.call(operator, ids::DATACAP, method, &params);
        assert_eq!(
            answer.map(|_| ()).map_err(|e| e.code),
            expected,
            "by {operator}"
        );
    }
}

#[test]
fn an_allowance_fits_into_128_bytes() {
    let world = begin();
    // The largest amount that can be said.
    let increase = TokenAmount::from_atto((BigInt::from(1) << 1016) - 1);
    let params = IncreaseAllowanceParams {
        operator: id(OWNER),
        increase: increase.clone(),
    };
    let raise = || {
        let method = datacap::numbers::INCREASE_ALLOWANCE;
        let answer: Result<TokenAmount, ActorError> =
            world.call(CLIENT, ids::DATACAP, method, &params);
        answer.map_err(|e| e.code)
    };
    assert_eq!(raise(), Ok(increase));
    assert_eq!(raise(), Err(ExitCode::USR_SERIALIZATION));
}

#[test]
fn minting_for_nobody() {
    let world = begin();
    let nobody = Address::new_bls(&[9; 48]).unwrap();
    for (to, operator, code) in [
        (nobody, id(ids::MARKET), ExitCode::USR_NOT_FOUND),
        (id(CLIENT), nobody, ExitCode::USR_ASSERTION_FAILED),
    ] {
        let amount = TokenAmount::from_whole(128);
        let params = MintParams {
            to,
            amount,
            operators: vec![operator],
        };
        let method = datacap::numbers::MINT;
        let answer: Result<MintReturn, ActorError> =
            world.call(ids::VERIFIED_REGISTRY, ids::DATACAP, method, &params);
        assert_eq!(answer.unwrap_err().code, code);
    }
    check(&world);
}
