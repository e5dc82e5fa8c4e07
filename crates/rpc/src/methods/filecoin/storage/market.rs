//! Deals and escrow.

use std::collections::BTreeMap;

use atoll_actors::ids;
use atoll_actors::market::deal::{DealProposal, DealState, Label};
use atoll_actors::market::state::State;
use serde::Serialize;

use crate::forms::filecoin::{Address, BigDecimal, Cid, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{Reader, id_address, unreadable};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Balance {
    escrow: BigDecimal,
    locked: BigDecimal,
}

pub(in crate::methods) fn balance(
    caller: &Caller<'_>,
    address: Address,
    key: Option<TipsetKey>,
) -> Result<Balance, Error> {
    let mut reader = Reader::open(caller, key)?;
    let (id, _) = reader.actor(&address.0)?;
    let market: State = reader.singleton(ids::MARKET)?;
    let balance = market.balance_of(reader.store(), &id_address(id));
    let (held, locked) = balance.map_err(unreadable)?;
    Ok(Balance {
        escrow: (&held).into(),
        locked: (&locked).into(),
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Deal {
    proposal: Proposal,
    state: Standing,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Proposal {
    #[serde(rename = "PieceCID")]
    piece_cid: Cid,
    piece_size: u64,
    verified_deal: bool,
    client: Address,
    provider: Address,
    label: String,
    start_epoch: i64,
    end_epoch: i64,
    storage_price_per_epoch: BigDecimal,
    provider_collateral: BigDecimal,
    client_collateral: BigDecimal,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Standing {
    sector_number: u64,
    sector_start_epoch: i64,
    last_updated_epoch: i64,
    slash_epoch: i64,
}

impl Deal {
    fn new(proposal: &DealProposal, state: Option<&DealState>) -> Self {
        Self {
            proposal: Proposal {
                piece_cid: Cid(proposal.piece_cid),
                piece_size: proposal.piece_size.0,
                verified_deal: proposal.verified,
                client: Address(proposal.client),
                provider: Address(proposal.provider),
                // Lotus can't print labels of bytes at all.
                label: match &proposal.label {
                    Label::Text(text) => text.clone(),
                    Label::Bytes(bytes) => format!("0x{}", hex::encode(bytes)),
                },
                start_epoch: proposal.start_epoch,
                end_epoch: proposal.end_epoch,
                storage_price_per_epoch: (&proposal.price_per_epoch).into(),
                provider_collateral: (&proposal.provider_collateral).into(),
                client_collateral: (&proposal.client_collateral).into(),
            },
            state: Standing {
                sector_number: state.map_or(0, |state| state.sector),
                sector_start_epoch: state.map_or(-1, |state| state.sector_start_epoch),
                last_updated_epoch: state.map_or(-1, |state| state.last_updated_epoch),
                slash_epoch: state.map_or(-1, |state| state.slash_epoch),
            },
        }
    }
}

pub(in crate::methods) fn deal(
    caller: &Caller<'_>,
    deal: u64,
    key: Option<TipsetKey>,
) -> Result<Deal, Error> {
    let mut reader = Reader::open(caller, key)?;
    let market: State = reader.singleton(ids::MARKET)?;
    let proposals = market.proposals(reader.store()).map_err(unreadable)?;
    let proposal = proposals.get(deal).map_err(unreadable)?;
    let proposal = proposal.ok_or_else(|| {
        let words = "it may not have been published, or be over";
        Error::refused(format!("deal {deal} not found: {words}"))
    })?;
    let states = market.deal_states(reader.store()).map_err(unreadable)?;
    let state = states.get(deal).map_err(unreadable)?;
    Ok(Deal::new(proposal, state))
}

/// How many deals an answer may hold. Mainnet has tens of millions.
const DEALS_MAX: u64 = 100_000;

/// Every deal, by its number.
pub(in crate::methods) fn deals(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<BTreeMap<String, Deal>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let market: State = reader.singleton(ids::MARKET)?;
    let proposals = market.proposals(reader.store()).map_err(unreadable)?;
    if proposals.count() > DEALS_MAX {
        return Err(Error::limit(format!(
            "there are more than {DEALS_MAX} deals"
        )));
    }
    let states = market.deal_states(reader.store()).map_err(unreadable)?;
    let mut all = BTreeMap::new();
    let gather = proposals.for_each(|number, proposal| {
        let state = states.get(number)?;
        all.insert(number.to_string(), Deal::new(proposal, state));
        Ok(())
    });
    gather.map_err(unreadable)?;
    Ok(all)
}
