//! Tipsets, blocks and what is in them.

use atoll_chain::signed::SignatureKind;
use atoll_chain::{Executed, Hash, Tipset};
use serde::Serialize;

use crate::forms::BlockTag;
use crate::forms::filecoin::{
    Address, Base64, BigDecimal, Cid, Message, Receipt, Signature, SignedMessage, TipsetKey,
};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;

use super::tipset;

/// A tipset.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct TipsetForm {
    cids: TipsetKey,
    blocks: Vec<Block>,
    height: i64,
}

/// A block's header.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Block {
    miner: Address,
    ticket: Option<Ticket>,
    election_proof: Option<ElectionProof>,
    beacon_entries: Vec<BeaconEntry>,
    #[serde(rename = "WinPoStProof")]
    win_post_proof: Vec<PostProof>,
    parents: TipsetKey,
    parent_weight: BigDecimal,
    height: i64,
    parent_state_root: Cid,
    parent_message_receipts: Cid,
    messages: Cid,
    #[serde(rename = "BLSAggregate")]
    bls_aggregate: Option<Signature>,
    timestamp: u64,
    block_sig: Option<Signature>,
    fork_signaling: u64,
    parent_base_fee: BigDecimal,
}

#[derive(Serialize)]
struct Ticket {
    #[serde(rename = "VRFProof")]
    vrf_proof: Base64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ElectionProof {
    win_count: i64,
    #[serde(rename = "VRFProof")]
    vrf_proof: Base64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BeaconEntry {
    round: u64,
    data: Base64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PostProof {
    #[serde(rename = "PoStProof")]
    kind: i64,
    proof_bytes: Base64,
}

/// A tipset in Lotus' form.
pub(in crate::methods) fn tipset_form(tipset: &Tipset) -> TipsetForm {
    TipsetForm {
        cids: TipsetKey(vec![tipset.block]),
        blocks: vec![block(tipset)],
        height: tipset.epoch(),
    }
}

fn block(tipset: &Tipset) -> Block {
    let header = &tipset.header;
    Block {
        miner: Address(header.miner),
        ticket: header.ticket.as_ref().map(|ticket| Ticket {
            vrf_proof: Base64(ticket.vrf_proof.clone()),
        }),
        election_proof: header.election_proof.as_ref().map(|proof| ElectionProof {
            win_count: proof.win_count,
            vrf_proof: Base64(proof.vrf_proof.clone()),
        }),
        beacon_entries: header
            .beacon_entries
            .iter()
            .map(|entry| BeaconEntry {
                round: entry.round,
                data: Base64(entry.data.clone()),
            })
            .collect(),
        win_post_proof: header
            .win_post_proof
            .iter()
            .map(|proof| PostProof {
                kind: proof.post_proof.into(),
                proof_bytes: Base64(proof.proof_bytes.clone()),
            })
            .collect(),
        parents: TipsetKey(header.parents.clone()),
        parent_weight: BigDecimal(header.parent_weight.clone()),
        height: header.height,
        parent_state_root: Cid(header.parent_state_root),
        parent_message_receipts: Cid(header.parent_message_receipts),
        messages: Cid(header.messages),
        bls_aggregate: header.bls_aggregate.as_ref().map(Signature::from),
        timestamp: header.timestamp,
        block_sig: header.block_sig.as_ref().map(Signature::from),
        fork_signaling: header.fork_signaling,
        parent_base_fee: (&header.parent_base_fee).into(),
    }
}

pub(in crate::methods) fn head(caller: &Caller<'_>) -> Result<TipsetForm, Error> {
    Ok(tipset_form(&caller.chain().head()))
}

/// The tipset that `finalized` means to Ethereum's tools.
pub(in crate::methods) fn finalized(caller: &Caller<'_>) -> Result<TipsetForm, Error> {
    Ok(tipset_form(&*eth::tagged(caller, BlockTag::Finalized)?))
}

pub(in crate::methods) fn genesis(caller: &Caller<'_>) -> Result<TipsetForm, Error> {
    Ok(tipset_form(&caller.chain().genesis()))
}

pub(in crate::methods) fn by_key(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<TipsetForm, Error> {
    Ok(tipset_form(&*tipset(caller, key)?))
}

/// The tipset of an epoch, or the last before it.
pub(in crate::methods) fn by_height(
    caller: &Caller<'_>,
    epoch: i64,
    below: Option<TipsetKey>,
) -> Result<TipsetForm, Error> {
    check_height(caller, epoch, below)?;
    let found = caller.chain().tipset_at_or_before(epoch);
    found
        .map(|tipset| tipset_form(&tipset))
        .ok_or_else(|| none_at(epoch))
}

/// The tipset of an epoch, or the first after it.
pub(in crate::methods) fn after_height(
    caller: &Caller<'_>,
    epoch: i64,
    below: Option<TipsetKey>,
) -> Result<TipsetForm, Error> {
    check_height(caller, epoch, below)?;
    let found = caller.chain().tipset_at_or_after(epoch);
    found
        .map(|tipset| tipset_form(&tipset))
        .ok_or_else(|| none_at(epoch))
}

fn check_height(caller: &Caller<'_>, epoch: i64, below: Option<TipsetKey>) -> Result<(), Error> {
    let top = tipset(caller, below)?.epoch();
    if epoch > top {
        return Err(Error::refused(format!(
            "looking for tipset with height greater than start point: {epoch} is above {top}"
        )));
    }
    Ok(())
}

fn none_at(epoch: i64) -> Error {
    Error::refused(format!("there is no tipset at height {epoch}"))
}

pub(in crate::methods) fn get_block(caller: &Caller<'_>, cid: Cid) -> Result<Block, Error> {
    let found = tipset(caller, Some(TipsetKey(vec![cid.0])))?;
    Ok(block(&found))
}

/// The messages of a block, apart by who signs them.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct BlockMessages {
    bls_messages: Vec<Message>,
    secpk_messages: Vec<SignedMessage>,
    cids: Vec<Cid>,
}

pub(in crate::methods) fn block_messages(
    caller: &Caller<'_>,
    cid: Cid,
) -> Result<BlockMessages, Error> {
    let tipset = tipset(caller, Some(TipsetKey(vec![cid.0])))?;
    let is_bls =
        |m: &&std::sync::Arc<Executed>| m.message.signed.signature.kind == SignatureKind::Bls;
    let (bls, others): (Vec<_>, Vec<_>) = tipset.messages.iter().partition(is_bls);
    Ok(BlockMessages {
        bls_messages: bls.iter().map(|m| m.message.message().into()).collect(),
        secpk_messages: others.iter().map(|m| (&m.message.signed).into()).collect(),
        cids: bls
            .iter()
            .chain(&others)
            .map(|m| Cid(m.message.cid))
            .collect(),
    })
}

/// A message with its CID on chain.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Listed {
    cid: Cid,
    message: Message,
}

fn listed(tipset: &Tipset) -> Vec<Listed> {
    let messages = tipset.messages.iter();
    messages
        .map(|executed| Listed {
            cid: Cid(executed.message.cid),
            message: executed.message.message().into(),
        })
        .collect()
}

/// The messages of a block's parents: those whose receipts the block names.
pub(in crate::methods) fn parent_messages(
    caller: &Caller<'_>,
    cid: Cid,
) -> Result<Vec<Listed>, Error> {
    let child = tipset(caller, Some(TipsetKey(vec![cid.0])))?;
    match child.header.parents.as_slice() {
        [] => Ok(Vec::new()),
        parents => Ok(listed(&*tipset(caller, Some(TipsetKey(parents.to_vec())))?)),
    }
}

pub(in crate::methods) fn parent_receipts(
    caller: &Caller<'_>,
    cid: Cid,
) -> Result<Vec<Receipt>, Error> {
    let child = tipset(caller, Some(TipsetKey(vec![cid.0])))?;
    if child.header.parents.is_empty() {
        return Ok(Vec::new());
    }
    let parent = tipset(caller, Some(TipsetKey(child.header.parents.clone())))?;
    Ok(parent
        .messages
        .iter()
        .map(|executed| (&executed.receipt).into())
        .collect())
}

pub(in crate::methods) fn messages_in_tipset(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<Vec<Listed>, Error> {
    Ok(listed(&*tipset(caller, key)?))
}

pub(in crate::methods) fn get_message(caller: &Caller<'_>, cid: Cid) -> Result<Message, Error> {
    let chain = caller.chain();
    let hash = Hash::of_cid(&cid.0);
    let message = match chain.message(&hash) {
        Some((_, executed)) => Some(executed.message.clone()),
        None => chain.waiting(&hash),
    };
    let message = message.ok_or_else(|| Error::refused(format!("message not found: {}", cid.0)))?;
    Ok(message.message().into())
}

/// A block of data.
pub(in crate::methods) fn read_object(caller: &Caller<'_>, cid: Cid) -> Result<Base64, Error> {
    let block = caller.chain().block(&cid.0)?;
    block
        .map(Base64)
        .ok_or_else(|| Error::refused(format!("blockstore: block not found: {}", cid.0)))
}

pub(in crate::methods) fn has_object(caller: &Caller<'_>, cid: Cid) -> Result<bool, Error> {
    Ok(caller.chain().block(&cid.0)?.is_some())
}

pub(in crate::methods) fn weight(
    caller: &Caller<'_>,
    key: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    Ok(BigDecimal(
        tipset(caller, key)?.header.parent_weight.clone(),
    ))
}
