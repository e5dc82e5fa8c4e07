//! Putting data in sectors that hold none, without sealing them anew (FIP-0019, FIP-0076).
//!
//! A sector keeps its number, place and life; it gets a new CommR, the weights of its data and
//! with them more power, pledge and fee. It must be active, empty, and in a deadline that may
//! change.

use std::collections::{BTreeMap, BTreeSet};

use fvm_ipld_encoding::RawBytes;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::{RegisteredUpdateProof, ReplicaUpdateInfo, SectorNumber, SectorSize};
use num_traits::Zero;

use super::activation::{
    DataSpaces, SectorPieces, activate_pieces, commd_of_pieces, require_unlocked, shown_pieces,
    successes,
};
use super::calls::{notify_pledge_changed, pledge_inputs, update_power};
use super::commd::{CompactCommD, is_sealed_sector};
use super::deadline_info::is_mutable;
use super::deadlines::Deadlines;
use super::events::sector_updated;
use super::info::MinerInfo;
use super::monies::{PledgeInputs, adjusted_daily_fee, daily_fee};
use super::notifications::{SectorNotice, notify_data_consumers};
use super::power::{PowerPair, qa_power_for_weight};
use super::prove_commit3::{require_some, stack};
use super::sector::{SectorFlags, SectorOnChainInfo};
use super::state::State;
use super::types::{ProveReplicaUpdates3Params, ProveReplicaUpdates3Return, SectorUpdateManifest};
use crate::batch::BatchReturn;
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::runtime::Runtime;
use crate::state::{self, Store, transaction};

/// A sector with what it shall become.
#[derive(Clone, Copy)]
struct Update<'p> {
    manifest: &'p SectorUpdateManifest,
    proof: Option<&'p RawBytes>,
    sector: &'p SectorOnChainInfo,
}

/// 35: puts data in empty sectors. Controllers.
pub(super) fn prove_replica_updates3(
    rt: &dyn Runtime,
    params: ProveReplicaUpdates3Params,
) -> Result<ProveReplicaUpdates3Return, ActorError> {
    let store = Store::of(rt);
    let state: State = state::load(rt)?;
    let info = state.load_info(store)?;
    callers::one_of_addresses(rt, info.controllers())?;
    check_proofs_given(&params)?;

    let table = state.load_sectors(store)?;
    let sectors: Vec<SectorOnChainInfo> = params
        .sector_updates
        .iter()
        .map(|update| table.must_get(update.sector).cloned())
        .collect::<Result<_, _>>()?;
    let updates: Vec<Update<'_>> = params
        .sector_updates
        .iter()
        .zip(&sectors)
        .enumerate()
        .map(|(i, (manifest, sector))| Update {
            manifest,
            sector,
            proof: params.sector_proofs.get(i),
        })
        .collect();

    let valid_batch = validate(rt, &state, &params, &updates)?;
    let valid = successes(&valid_batch, &updates)?;
    if params.sector_proofs.is_empty() {
        return Err(ActorError::illegal_argument(
            "aggregates of updates aren't supported",
        ));
    }
    if params.sector_proofs.len() != updates.len() {
        return Err(ActorError::illegal_argument("a proof for each sector"));
    }
    let (proven_batch, commds) = prove_each(rt, &params, &valid)?;
    require_some(&proven_batch, "proven")?;
    let proven: Vec<Update<'_>> = successes(&proven_batch, &valid)?
        .into_iter()
        .map(|update| **update)
        .collect();

    let pieces: Vec<_> = proven.iter().map(with_pieces).collect();
    let (data_batch, data) = activate_pieces(rt, &pieces, params.require_activation_success)?;
    require_some(&data_batch, "activated")?;
    let activated = successes(&data_batch, &proven)?;

    let (power_delta, pledge_delta) = replace_sectors(rt, &info, &activated, &data)?;
    notify_pledge_changed(rt, &pledge_delta)?;
    update_power(rt, power_delta)?;

    let mut notices = Vec::with_capacity(activated.len());
    for Update {
        manifest, sector, ..
    } in activated
    {
        notices.push(SectorNotice {
            sector: manifest.sector,
            expiration: sector.expiration,
            pieces: &manifest.pieces,
        });
        let commd = commds.get(&manifest.sector).and_then(|commd| commd.0);
        sector_updated(rt, manifest.sector, commd, &shown_pieces(&manifest.pieces))?;
    }
    notify_data_consumers(rt, &notices, params.require_notification_success)?;
    stack(&[valid_batch, proven_batch, data_batch]).map(ProveReplicaUpdates3Return)
}

/// 16 unless there are either proofs or an aggregate with its type.
fn check_proofs_given(params: &ProveReplicaUpdates3Params) -> Result<(), ActorError> {
    let given = (
        !params.sector_proofs.is_empty(),
        !params.aggregate_proof.is_empty(),
        params.aggregate_proof_type.is_some(),
    );
    match given {
        (true, false, false) | (false, true, true) => Ok(()),
        _ => Err(ActorError::illegal_argument(
            "either proofs or an aggregate with its type",
        )),
    }
}

/// Which sectors may be updated. With `require_activation_success` the first that may not fails
/// the message with its own code.
fn validate(
    rt: &dyn Runtime,
    state: &State,
    params: &ProveReplicaUpdates3Params,
    updates: &[Update<'_>],
) -> Result<BatchReturn, ActorError> {
    let deadlines = LazyDeadlines::default();
    let mut seen = BTreeSet::new();
    let mut codes = Vec::with_capacity(updates.len());
    for update in updates {
        let checked = match seen.insert(update.manifest.sector) {
            true => check_update(rt, state, &deadlines, params.update_proofs_type, update),
            false => Err(ActorError::illegal_argument("a sector is named twice")),
        };
        codes.push(match checked {
            Ok(()) => ExitCode::OK,
            Err(error) if params.require_activation_success => return Err(error),
            Err(_) => ExitCode::USR_ILLEGAL_ARGUMENT,
        });
    }
    Ok(BatchReturn::of(codes))
}

/// The deadlines, once somebody asks for them.
#[derive(Default)]
struct LazyDeadlines(std::cell::OnceCell<Deadlines>);

impl LazyDeadlines {
    fn get(&self, state: &State, store: Store<'_>) -> Result<&Deadlines, ActorError> {
        match self.0.get() {
            Some(deadlines) => Ok(deadlines),
            None => {
                let deadlines = state.load_deadlines(store)?;
                Ok(self.0.get_or_init(|| deadlines))
            }
        }
    }
}

fn check_update(
    rt: &dyn Runtime,
    state: &State,
    deadlines: &LazyDeadlines,
    proof_type: RegisteredUpdateProof,
    update: &Update<'_>,
) -> Result<(), ActorError> {
    let (store, policy, now) = (Store::of(rt), rt.policy(), rt.network().epoch);
    let Update {
        manifest,
        sector,
        proof,
    } = update;
    let wrong = |words: &str| {
        Err(ActorError::illegal_argument(format!(
            "sector {}: {words}",
            manifest.sector
        )))
    };
    if proof.is_some_and(|proof| proof.len() > policy.replica_update_proof_bytes_max) {
        return wrong("the proof is too large");
    }
    if manifest.deadline >= policy.period_deadlines {
        return wrong("no such deadline");
    }
    if !is_sealed_sector(&manifest.new_sealed_cid) {
        return wrong("CommR doesn't look like one");
    }
    let period_start = state.current_deadline_info(policy, now).period_start;
    if !is_mutable(policy, period_start, manifest.deadline, now) {
        return wrong("its deadline may not change");
    }
    let deadline = deadlines.get(state, store)?.get(store, manifest.deadline)?;
    let partition = deadline.partition(store, manifest.partition)?;
    if !partition.sectors.get(manifest.sector) {
        let words = format!("sector {} isn't in that partition", manifest.sector);
        return Err(ActorError::not_found(words));
    }
    if !partition.active_sectors().get(manifest.sector) {
        return wrong("it isn't active");
    }
    if !(&sector.deal_weight + &sector.verified_deal_weight).is_zero() {
        return wrong("it holds data already");
    }
    let expected = sector
        .seal_proof
        .registered_update_proof()
        .or_illegal_state("the type of its update")?;
    if proof_type != expected {
        return wrong("a proof of another kind");
    }
    Ok(())
}

/// Verifies a proof for each valid sector. Returns their CommD too.
fn prove_each(
    rt: &dyn Runtime,
    params: &ProveReplicaUpdates3Params,
    valid: &[&Update<'_>],
) -> Result<(BatchReturn, BTreeMap<SectorNumber, CompactCommD>), ActorError> {
    let mut codes = Vec::with_capacity(valid.len());
    let mut commds = BTreeMap::new();
    for Update {
        manifest,
        proof,
        sector,
    } in valid
    {
        let commd = commd_of_pieces(rt, sector.seal_proof, &manifest.pieces)?;
        let verified = rt.verify_replica_update(&ReplicaUpdateInfo {
            update_proof_type: params.update_proofs_type,
            old_sealed_cid: sector.sealed_cid,
            new_sealed_cid: manifest.new_sealed_cid,
            new_unsealed_cid: commd.cid(sector.seal_proof)?,
            proof: proof.map(|proof| proof.to_vec()).unwrap_or_default(),
        })?;
        if !verified && params.require_activation_success {
            return Err(ActorError::illegal_argument("a proof is wrong"));
        }
        commds.insert(manifest.sector, commd);
        codes.push(if verified {
            ExitCode::OK
        } else {
            ExitCode::USR_ILLEGAL_ARGUMENT
        });
    }
    Ok((BatchReturn::of(codes), commds))
}

fn with_pieces<'p>(update: &Update<'p>) -> SectorPieces<'p> {
    SectorPieces {
        number: update.sector.sector_number,
        expiration: update.sector.expiration,
        seal_proof: update.sector.seal_proof,
        pieces: &update.manifest.pieces,
    }
}

/// Writes the sectors as they are now. Returns by how much power and pledge changed.
fn replace_sectors(
    rt: &dyn Runtime,
    info: &MinerInfo,
    updates: &[&Update<'_>],
    data: &[DataSpaces],
) -> Result<(PowerPair, TokenAmount), ActorError> {
    let inputs = pledge_inputs(rt)?;
    let mut by_deadline = BTreeMap::<u64, Vec<(&Update<'_>, &DataSpaces)>>::new();
    for (update, data) in updates.iter().zip(data) {
        by_deadline
            .entry(update.manifest.deadline)
            .or_default()
            .push((update, data));
    }
    transaction(rt, |state: &mut State| {
        let (store, policy) = (Store::of(rt), rt.policy());
        let mut power_delta = PowerPair::default();
        let mut pledge_delta = TokenAmount::zero();
        let mut table = state.load_sectors(store)?;
        let mut deadlines = state.load_deadlines(store)?;
        for (index, updates) in by_deadline {
            let mut deadline = deadlines.get(store, index)?;
            let scope = state.scope(policy, store, info, index);
            let mut partitions = deadline.partitions(store)?;
            for (update, data) in updates {
                let new = updated_sector(rt, info.sector_size, &inputs, update, data)?;
                let place = update.manifest.partition;
                let mut partition = partitions
                    .get(place)?
                    .cloned()
                    .ok_or_else(|| ActorError::not_found(format!("no partition {place}")))?;
                let (old, new) = (std::slice::from_ref(update.sector), [new]);
                let replaced = partition.replace_sectors(scope, old, &new)?;
                partitions.set(place, partition)?;
                table.store(new)?;

                deadline.live_power += &replaced.power;
                deadline.daily_fee += &replaced.daily_fee;
                power_delta += &replaced.power;
                pledge_delta += &replaced.pledge;
            }
            deadline.partitions = partitions.flush()?;
            deadlines.set(store, index, &deadline)?;
        }
        state.sectors = table.flush()?;
        state.save_deadlines(store, &deadlines)?;

        let balance = rt.balance()?;
        if pledge_delta.is_positive() {
            require_unlocked(state, &balance, &pledge_delta)?;
        }
        state.add_initial_pledge(&pledge_delta)?;
        state.check_balance(&balance)?;
        Ok((power_delta, pledge_delta))
    })
}

/// The sector with its new replica, and the power, pledge and fee of its data.
fn updated_sector(
    rt: &dyn Runtime,
    size: SectorSize,
    inputs: &PledgeInputs,
    update: &Update<'_>,
    data: &DataSpaces,
) -> Result<SectorOnChainInfo, ActorError> {
    let old = update.sector;
    let now = rt.network().epoch;
    let duration = old.expiration - now;
    if duration == 0 {
        return Err(ActorError::assertion_failed(
            "a sector that ends now has no quality",
        ));
    }
    let verified_deal_weight = &data.verified * duration;
    let power = qa_power_for_weight(size, duration, &verified_deal_weight);
    let old_power = qa_power_for_weight(size, duration, &old.verified_deal_weight);
    let daily_fee = match old.daily_fee.is_zero() {
        true => daily_fee(rt.policy(), &inputs.circulating_supply, &power),
        false => adjusted_daily_fee(&old.daily_fee, &old_power, &power),
    };
    Ok(SectorOnChainInfo {
        sealed_cid: update.manifest.new_sealed_cid,
        sector_key_cid: old.sector_key_cid.or(Some(old.sealed_cid)),
        power_base_epoch: now,
        deal_weight: &data.unverified * duration,
        verified_deal_weight,
        initial_pledge: inputs
            .initial_pledge(&power)?
            .max(old.initial_pledge.clone()),
        expected_day_reward: None,
        expected_storage_pledge: None,
        replaced_day_reward: None,
        flags: old.flags.with(SectorFlags::SIMPLE_QA_POWER),
        daily_fee,
        ..old.clone()
    })
}
