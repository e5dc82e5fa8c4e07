//! Deals: published, and activated by a sector that holds their data.

use atoll_actors::ids;
use atoll_actors::market::deal::{ClientDealProposal, DealProposal, Label};
use atoll_actors::market::numbers::{ADD_BALANCE, PUBLISH_STORAGE_DEALS};
use atoll_actors::market::state::State as Market;
use atoll_actors::market::types::{PublishStorageDealsParams, PublishStorageDealsReturn};
use atoll_chain::{Key, SignatureKind};
use cid::multihash::Multihash;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address as FilecoinAddress;
use fvm_shared::commcid::{FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED};
use fvm_shared::crypto::signature::Signature;
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::PaddedPieceSize;
use multihash_codetable::{Code, MultihashDigest};
use serde::{Deserialize, Serialize};

use crate::forms::filecoin::{Address, Base64, BigDecimal, Cid};
use crate::forms::forms;
use crate::jsonrpc::error::Error;
use crate::methods::filecoin::storage::network::collateral_min;
use crate::methods::filecoin::storage::{id_address, unreadable};
use crate::node::Caller;

use super::sectors::{Allocation, Notification, Onboarded, Piece, SectorOptions, put_in};
use super::{Call, Operator};

/// What a deal is to be. What is left out is filled in.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::methods) struct DealOptions {
    /// Who stores it.
    provider: Address,
    /// Whose data it is: an f1 or f3 address of the node, whose first key it is if absent; or a
    /// contract, which must approve of the deal by its own `AuthenticateMessage`.
    client: Option<Address>,
    /// The commitment to the data; made up if absent.
    piece: Option<Cid>,
    /// The length of the data with padding; a whole sector if absent.
    size: Option<u64>,
    /// Is it verified data, for which the client gives datacap?
    #[serde(default)]
    verified: bool,
    /// Words of the client.
    #[serde(default)]
    label: String,
    /// How many epochs it lasts; the shortest if absent.
    duration: Option<i64>,
    /// What it costs an epoch, in attoFIL.
    #[serde(default)]
    price_per_epoch: BigDecimal,
}

forms! {
    DealOptions: "an object with provider, and client, piece, size, verified, label, duration and pricePerEpoch if wanted" [Object];
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Published {
    deal: u64,
    client: Address,
    piece: Cid,
    size: u64,
    start: i64,
    end: i64,
    allocation: Option<u64>,
}

/// How many epochs there are to activate a deal: as long as a proof may take, and some.
const SPARE_EPOCHS: i64 = 100;

/// Puts both parties' funds into escrow and publishes a deal.
pub(in crate::methods) fn publish(
    caller: &Caller<'_>,
    deal: DealOptions,
) -> Result<Published, Error> {
    let operator = Operator { caller };
    let (mut reader, _, info) = operator.miner(&deal.provider.0)?;
    let first = operator.first_address()?;
    let client = match deal.client {
        Some(Address(client)) => operator.signer(&client)?,
        None => first,
    };
    let key = caller.node.wallet.key(&client);
    let policy = caller.chain().policy();
    let size = deal.size.unwrap_or(info.sector_size as u64);
    let start_epoch =
        operator.epoch() + policy.pre_commit_challenge_delay + policy.proving_period + SPARE_EPOCHS;
    let duration = deal.duration.unwrap_or(policy.deal_duration_min);
    let end_epoch = start_epoch.checked_add(duration);
    let end_epoch = end_epoch.ok_or_else(|| Error::param("deal", "it lasts too long"))?;
    let market: Market = reader.singleton(ids::MARKET)?;
    let piece = match deal.piece {
        Some(Cid(piece)) => piece,
        None => made_up_piece(market.next_id),
    };
    let proposal = DealProposal {
        piece_cid: piece,
        piece_size: PaddedPieceSize(size),
        verified: deal.verified,
        client,
        provider: deal.provider.0,
        label: Label::Text(deal.label),
        start_epoch,
        end_epoch,
        price_per_epoch: TokenAmount::from_atto(deal.price_per_epoch.0),
        provider_collateral: collateral_min(&mut reader, size)?,
        client_collateral: TokenAmount::default(),
    };
    drop(reader);
    let payer = key.as_ref().map_or(first, |_| client);
    add_balance(&operator, payer, client, proposal.client_lockup())?;
    let provider = deal.provider.0;
    let collateral = proposal.provider_collateral.clone();
    add_balance(&operator, info.worker, provider, collateral)?;

    let plain = RawBytes::serialize(&proposal).map_err(Error::internal)?;
    let signature = sign(key.as_ref(), plain.bytes());
    let published: PublishStorageDealsReturn = operator.send(&Call {
        from: info.worker,
        to: id_address(ids::MARKET),
        method: PUBLISH_STORAGE_DEALS,
        params: &PublishStorageDealsParams {
            deals: vec![ClientDealProposal {
                proposal,
                signature,
            }],
        },
        value: TokenAmount::default(),
    })?;
    let number = published.ids.first().copied();
    let number = number.ok_or_else(|| Error::internal("no deal was published"))?;
    Ok(Published {
        deal: number,
        client: Address(client),
        piece: Cid(piece),
        size,
        start: start_epoch,
        end: end_epoch,
        allocation: allocation(&operator, number)?,
    })
}

/// A contract says by itself whether it agrees, so it needs no signature.
fn sign(key: Option<&Key>, plain: &[u8]) -> Signature {
    let Some(key) = key else {
        return Signature::new_secp256k1(Vec::new());
    };
    let signed = key.sign_bytes(plain);
    match signed.kind {
        SignatureKind::Bls => Signature::new_bls(signed.bytes),
        SignatureKind::Secp256k1 | SignatureKind::Delegated => {
            Signature::new_secp256k1(signed.bytes)
        }
    }
}

fn add_balance(
    operator: &Operator<'_>,
    from: FilecoinAddress,
    party: FilecoinAddress,
    value: TokenAmount,
) -> Result<(), Error> {
    // The market takes no deposit of nothing.
    if !value.is_positive() {
        return Ok(());
    }
    operator.send_unit(&Call {
        from,
        to: id_address(ids::MARKET),
        method: ADD_BALANCE,
        params: &party,
        value,
    })
}

fn allocation(operator: &Operator<'_>, deal: u64) -> Result<Option<u64>, Error> {
    let mut reader = operator.reader()?;
    let market: Market = reader.singleton(ids::MARKET)?;
    let found = market.pending_allocation(reader.store(), deal);
    found.map_err(unreadable)
}

/// A commitment to nothing that exists.
fn made_up_piece(seed: u64) -> cid::Cid {
    let hash = Code::Blake2b256.digest(&[&b"piece"[..], &seed.to_be_bytes()].concat());
    let mut digest: [u8; 32] = hash.digest().try_into().expect("blake2b-256 has 32 bytes");
    // Commitments are elements of a field.
    digest[31] &= 0x3f;
    let hash = Multihash::wrap(SHA2_256_TRUNC254_PADDED, &digest).expect("32 bytes fit");
    cid::Cid::new_v1(FIL_COMMITMENT_UNSEALED, hash)
}

/// Onboards a sector with a deal's data, and so activates the deal.
pub(in crate::methods) fn activate(caller: &Caller<'_>, deal: u64) -> Result<Onboarded, Error> {
    let operator = Operator { caller };
    let mut reader = operator.reader()?;
    let market: Market = reader.singleton(ids::MARKET)?;
    let proposals = market.proposals(reader.store()).map_err(unreadable)?;
    let proposal = proposals.get(deal).map_err(unreadable)?.cloned();
    let proposal = proposal.ok_or_else(|| Error::refused(format!("there is no deal {deal}")))?;
    let client = proposal.client.id().map_err(Error::internal)?;
    let allocation = allocation(&operator, deal)?;
    let payload = RawBytes::serialize(deal).map_err(Error::internal)?;
    let policy = caller.chain().policy();
    let piece = Piece {
        cid: Cid(proposal.piece_cid),
        size: proposal.piece_size.0,
        allocation: allocation.map(|id| Allocation { client, id }),
        notify: vec![Notification {
            address: Address(id_address(ids::MARKET)),
            payload: Base64(payload.to_vec()),
        }],
    };
    // The sector must outlive the deal, and a claim's shortest term.
    let lifetime = proposal.end_epoch - operator.epoch() + policy.proving_period;
    put_in(
        &operator,
        &proposal.provider,
        SectorOptions {
            pieces: vec![piece],
            lifetime: Some(lifetime.max(policy.sector_lifetime_min)),
        },
    )
}
