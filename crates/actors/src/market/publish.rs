//! Publishing deals: a provider brings what clients have signed.
//!
//! Proposals are judged one by one, and those that fail are left out. The rest are locked up,
//! allocated for, filed and announced together.

use std::collections::{BTreeMap, BTreeSet};

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use num_traits::Zero;

use crate::account::AuthenticateMessageParams;
use crate::authenticate::require_signed;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::market::bounds::{LABEL_SIZE_MAX, NetworkSize, amount_max, provider_collateral_min};
use crate::market::calls;
use crate::market::deal::{ClientDealProposal, DealProposal, is_piece_cid};
use crate::market::deals::{Deals, proposal_cid};
use crate::market::emit::DealEvent;
use crate::market::escrow::{Escrow, Purpose};
use crate::market::lifecycle::Books;
use crate::market::schedule::{Schedule, next_epoch};
use crate::market::state::State;
use crate::market::types::{
    MarketNotifyDealParams, PublishStorageDealsParams, PublishStorageDealsReturn,
};
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{self, Store};
use crate::verifreg::types::{AllocationId, AllocationRequest};

/// `PublishStorageDeals`.
pub(super) fn publish_storage_deals(
    rt: &dyn Runtime,
    params: PublishStorageDealsParams,
) -> Result<PublishStorageDealsReturn, ActorError> {
    callers::any(rt)?;
    let provider = the_provider(rt, &params)?;
    let network = calls::network_size(rt)?;

    // The signatures are checked before the state is read, because the check calls others, who
    // might call back.
    let mut sound = Vec::new();
    for (place, deal) in (0_u64..).zip(params.deals) {
        if check_proposal(rt, &deal, &network).is_ok() {
            sound.push((place, deal.proposal));
        }
    }
    let batch = Batch::select(rt, provider, sound)?;
    let allocations = allocate(rt, &batch)?;
    if batch.deals.is_empty() {
        return Err(ActorError::illegal_argument("no proposal is valid"));
    }
    let ids = state::transaction(rt, |state: &mut State| {
        file(rt, state, &batch, &allocations)
    })?;
    announce(rt, &batch, &ids)?;

    let valid_deals = BitField::try_from_bits(batch.deals.iter().map(|deal| deal.place))
        .or_exit(ExitCode::USR_ILLEGAL_STATE, "the valid proposals")?;
    Ok(PublishStorageDealsReturn { ids, valid_deals })
}

/// The provider of a batch, by the address that the first proposal has for it.
struct Provider {
    id: ActorID,
    address: Address,
}

/// All deals must have one provider; it is the first proposal's, and the caller must act for it.
fn the_provider(
    rt: &dyn Runtime,
    params: &PublishStorageDealsParams,
) -> Result<Provider, ActorError> {
    let first = params
        .deals
        .first()
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the deals")?;
    let address = first.proposal.provider;
    let id = rt
        .resolve(&address)?
        .or_exit(ExitCode::USR_NOT_FOUND, "the provider's address")?;
    if !calls::is_miner(rt, id)?.or_exit(ExitCode::USR_NOT_FOUND, "the provider's code")? {
        return Err(ActorError::illegal_argument(format!(
            "provider {id} is no miner"
        )));
    }
    let caller = rt.message().caller;
    if !calls::is_controlling(rt, id, caller)? {
        return Err(ActorError::forbidden(format!(
            "{caller} doesn't act for {id}"
        )));
    }
    Ok(Provider { id, address })
}

// --- one proposal ----------------------------------------------------------------------------

/// Has the client signed, and is the proposal within the bounds?
fn check_proposal(
    rt: &dyn Runtime,
    deal: &ClientDealProposal,
    network: &NetworkSize,
) -> Result<(), ActorError> {
    let proposal = &deal.proposal;
    let params = AuthenticateMessageParams {
        signature: deal.signature.bytes.clone(),
        message: proposal.encode()?.to_vec(),
    };
    require_signed(rt, &proposal.client, &params)?;

    match out_of_bounds(proposal, rt.policy(), rt.network().epoch, network) {
        Some(what) => Err(ActorError::illegal_argument(format!(
            "{what}: {proposal:?}"
        ))),
        None => Ok(()),
    }
}

/// What about a proposal is not allowed.
fn out_of_bounds(
    proposal: &DealProposal,
    policy: &Policy,
    now: ChainEpoch,
    network: &NetworkSize,
) -> Option<&'static str> {
    if proposal.label.byte_count() > LABEL_SIZE_MAX {
        return Some("label too long");
    }
    if proposal.piece_size.validate().is_err() {
        return Some("no size of a piece");
    }
    if !is_piece_cid(&proposal.piece_cid) {
        return Some("no commitment of a piece");
    }
    if proposal.end_epoch <= proposal.start_epoch {
        return Some("ends before it begins");
    }
    if proposal.start_epoch < now {
        return Some("should have begun");
    }
    if !(policy.deal_duration_min..=policy.deal_duration_max).contains(&proposal.duration()) {
        return Some("duration");
    }
    if !(TokenAmount::zero()..=amount_max()).contains(&proposal.price_per_epoch) {
        return Some("price");
    }
    let collateral_min = provider_collateral_min(policy, proposal.piece_size, network);
    if !(collateral_min..=amount_max()).contains(&proposal.provider_collateral) {
        return Some("provider's collateral");
    }
    if !(TokenAmount::zero()..=amount_max()).contains(&proposal.client_collateral) {
        return Some("client's collateral");
    }
    None
}

// --- the batch -------------------------------------------------------------------------------

/// The proposals of a batch that can be published together.
struct Batch {
    provider: Provider,
    deals: Vec<ValidDeal>,
    /// What to spend datacap on, by client, with the deal that it is for.
    wanted: BTreeMap<ActorID, Vec<(Cid, AllocationRequest)>>,
    cids: BTreeSet<Cid>,
    provider_lockup: TokenAmount,
    client_lockup: BTreeMap<ActorID, TokenAmount>,
    /// What each client will have left in datacap.
    datacap: BTreeMap<ActorID, TokenAmount>,
}

struct ValidDeal {
    /// Its place among the parameters.
    place: u64,
    proposal: DealProposal,
    encoded: RawBytes,
    cid: Cid,
}

impl Batch {
    /// Selects those proposals that the parties can afford after the ones before, and that are
    /// not published yet.
    fn select(
        rt: &dyn Runtime,
        provider: Provider,
        sound: Vec<(u64, DealProposal)>,
    ) -> Result<Self, ActorError> {
        let state: State = state::load(rt)?;
        let store = Store::of(rt);
        let escrow = Escrow::open(&state, store)?;
        let deals = Deals::open(&state, store)?;
        let mut batch = Self {
            provider,
            deals: Vec::new(),
            wanted: BTreeMap::new(),
            cids: BTreeSet::new(),
            provider_lockup: TokenAmount::zero(),
            client_lockup: BTreeMap::new(),
            datacap: BTreeMap::new(),
        };
        for (place, proposal) in sound {
            batch.consider(rt, place, proposal, &escrow, &deals)?;
        }
        Ok(batch)
    }

    fn consider(
        &mut self,
        rt: &dyn Runtime,
        place: u64,
        mut proposal: DealProposal,
        escrow: &Escrow<'_>,
        deals: &Deals<'_>,
    ) -> Result<(), ActorError> {
        let provider = Address::new_id(self.provider.id);
        if proposal.provider != provider && proposal.provider != self.provider.address {
            return Ok(());
        }
        let Some(client_id) = rt.resolve(&proposal.client)? else {
            return Ok(());
        };
        let client = Address::new_id(client_id);

        let mut client_lockup = self
            .client_lockup
            .get(&client_id)
            .cloned()
            .unwrap_or_default();
        client_lockup += proposal.client_lockup();
        let provider_lockup = &self.provider_lockup + &proposal.provider_collateral;
        if !escrow.covers(&client, &client_lockup)?
            || !escrow.covers(&provider, &provider_lockup)?
        {
            return Ok(());
        }

        // Signed with any addresses, filed with ID addresses: the CID is of what is filed.
        proposal.provider = provider;
        proposal.client = client;
        let encoded = proposal.encode()?;
        let cid = proposal_cid(rt, &encoded)?;
        if deals.pending.has(&cid)? || self.cids.contains(&cid) {
            return Ok(());
        }
        if proposal.verified && !self.spend_datacap(rt, client_id, cid, &proposal)? {
            return Ok(());
        }

        self.provider_lockup = provider_lockup;
        self.client_lockup.insert(client_id, client_lockup);
        self.cids.insert(cid);
        self.deals.push(ValidDeal {
            place,
            proposal,
            encoded,
            cid,
        });
        Ok(())
    }

    /// Takes a deal's datacap from what the client has, and says whether it was enough.
    fn spend_datacap(
        &mut self,
        rt: &dyn Runtime,
        client: ActorID,
        cid: Cid,
        proposal: &DealProposal,
    ) -> Result<bool, ActorError> {
        let has = match self.datacap.get(&client) {
            Some(has) => has.clone(),
            None => calls::datacap_of(rt, client)
                .or_exit(ExitCode::USR_NOT_FOUND, "the client's datacap")?,
        };
        // The official market counts in i64 here. A piece of 2^63 bytes wraps and passes; the
        // transfer, which counts in u64, then fails.
        let needs = TokenAmount::from_whole(proposal.piece_size.0 as i64);
        if has < needs {
            self.datacap.insert(client, has);
            return Ok(false);
        }
        self.datacap.insert(client, has - needs);
        let request = allocation_request(proposal, rt.policy(), rt.network().epoch)?;
        self.wanted.entry(client).or_default().push((cid, request));
        Ok(true)
    }
}

/// What a verified deal asks of the registry: to be claimed by its start, and for at least its
/// duration.
fn allocation_request(
    proposal: &DealProposal,
    policy: &Policy,
    now: ChainEpoch,
) -> Result<AllocationRequest, ActorError> {
    let term_min = proposal.duration();
    let term_max = term_min.saturating_add(policy.allocation_term_buffer);
    let expiration_max = now.saturating_add(policy.allocation_expiration_max);
    Ok(AllocationRequest {
        provider: proposal.provider_id()?,
        data: proposal.piece_cid,
        size: proposal.piece_size,
        term_min,
        term_max: term_max.min(policy.allocation_term_max),
        expiration: proposal.start_epoch.min(expiration_max),
    })
}

/// Makes the allocations, with one transfer of datacap a client. Each was seen to be affordable,
/// so a failure here fails the batch.
fn allocate(rt: &dyn Runtime, batch: &Batch) -> Result<BTreeMap<Cid, AllocationId>, ActorError> {
    let mut allocations = BTreeMap::new();
    for (client, wanted) in &batch.wanted {
        let requests = wanted.iter().map(|(_, request)| request.clone()).collect();
        let ids = calls::allocate(rt, *client, requests)
            .or_illegal_state(&format!("spending datacap of {client}"))?;
        if ids.len() != wanted.len() {
            return Err(ActorError::illegal_state(format!(
                "{} allocations for {} wishes",
                ids.len(),
                wanted.len()
            )));
        }
        allocations.extend(wanted.iter().map(|(cid, _)| *cid).zip(ids));
    }
    Ok(allocations)
}

/// Locks up the money and files the deals, and answers their numbers.
fn file(
    rt: &dyn Runtime,
    state: &mut State,
    batch: &Batch,
    allocations: &BTreeMap<Cid, AllocationId>,
) -> Result<Vec<DealID>, ActorError> {
    let store = Store::of(rt);
    let mut books = Books::open(state, store)?;
    let mut schedule = Schedule::open(state, store)?;
    let mut ids = Vec::with_capacity(batch.deals.len());
    for ValidDeal { proposal, cid, .. } in &batch.deals {
        lock_up(&mut books.escrow, proposal)?;
        let allocation = allocations.get(cid).copied();
        let id = books.deals.publish(proposal.clone(), cid, allocation)?;
        let interval = rt.policy().deal_updates_interval;
        schedule.put(next_epoch(id, interval, proposal.start_epoch)?, id)?;
        ids.push(id);
    }
    books.save(state)?;
    schedule.save(state)?;
    Ok(ids)
}

fn lock_up(escrow: &mut Escrow<'_>, proposal: &DealProposal) -> Result<(), ActorError> {
    let fee = proposal.total_price();
    let for_client = [
        (Purpose::ClientCollateral, &proposal.client_collateral),
        (Purpose::StorageFee, &fee),
    ];
    escrow.lock(&proposal.client, &proposal.client_lockup(), &for_client)?;
    let collateral = &proposal.provider_collateral;
    escrow.lock(
        &proposal.provider,
        collateral,
        &[(Purpose::ProviderCollateral, collateral)],
    )
}

/// Tells each client, and the world. A client that does not want to know fails the batch:
/// contracts rely on hearing of their deals.
fn announce(rt: &dyn Runtime, batch: &Batch, ids: &[DealID]) -> Result<(), ActorError> {
    for (deal, id) in batch.deals.iter().zip(ids) {
        let params = MarketNotifyDealParams {
            proposal: deal.encoded.to_vec(),
            deal_id: *id,
        };
        calls::notify_client(rt, &deal.proposal.client, &params).or_exit(
            ExitCode::USR_ILLEGAL_ARGUMENT,
            "telling a client of its deal",
        )?;
        DealEvent::Published.emit(rt, *id, &deal.proposal)?;
    }
    Ok(())
}
