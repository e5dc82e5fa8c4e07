//! Sectors: from their first declaration to their end.

use atoll_actors::miner::commd::CompactCommD;
use atoll_actors::miner::deadline_info::{DeadlineInfo, is_mutable};
use atoll_actors::miner::sector::SectorPreCommitInfo;
use atoll_actors::miner::types::{
    DataActivationNotification, DeclareFaultsParams, DeclareFaultsRecoveredParams,
    PieceActivationManifest, PoStPartition, PreCommitSectorBatch2Params, ProveCommitSectors3Params,
    SectorActivationManifest, SectorsDeclaration, SubmitWindowedPoStParams, TerminateSectorsParams,
    TerminateSectorsReturn, VerifiedAllocationKey,
};
use atoll_actors::randomness::Purpose;
use cid::multihash::Multihash;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address as FilecoinAddress;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::commcid::{FIL_COMMITMENT_SEALED, POSEIDON_BLS12_381_A1_FC1};
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::{PaddedPieceSize, PieceInfo};
use fvm_shared::randomness::Randomness;
use fvm_shared::sector::{PoStProof, RegisteredPoStProof, RegisteredSealProof, SectorNumber};
use multihash_codetable::{Code, MultihashDigest};
use serde::{Deserialize, Serialize};

use crate::forms::filecoin::{Address, Base64, Cid};
use crate::forms::{Quantity, forms};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::methods::filecoin::storage::miner::{find_sector, used_numbers};
use crate::node::Caller;

use super::{Call, Operator, WAIT_MAX, unreadable};

const SUBMIT_WINDOWED_POST: u64 = 5;
const TERMINATE_SECTORS: u64 = 9;
const DECLARE_FAULTS: u64 = 10;
const DECLARE_FAULTS_RECOVERED: u64 = 11;
const PRE_COMMIT_SECTOR_BATCH_2: u64 = 28;
const PROVE_COMMIT_SECTORS_3: u64 = 34;

/// As long as a real proof of a small sector.
const PROOF_BYTES: usize = 192;
/// How much longer than the policy's shortest a sector lives if nothing else is said, in proving
/// periods: room for tests.
const SPARE_PERIODS: ChainEpoch = 4;

/// What a sector is to hold, and for how long.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::methods) struct SectorOptions {
    /// Its data; none if absent.
    #[serde(default)]
    pub(super) pieces: Vec<Piece>,
    /// How many epochs it lives.
    pub(super) lifetime: Option<i64>,
}

/// Data in a sector.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Piece {
    /// Its commitment.
    pub(super) cid: Cid,
    /// Its length with padding: a power of two.
    pub(super) size: u64,
    /// The allocation that it claims.
    pub(super) allocation: Option<Allocation>,
    /// Who is told that it is stored.
    #[serde(default)]
    pub(super) notify: Vec<Notification>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Allocation {
    /// Whose, by id.
    pub(super) client: u64,
    /// Which.
    pub(super) id: u64,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Notification {
    /// An actor.
    pub(super) address: Address,
    /// What it is told besides.
    #[serde(default)]
    pub(super) payload: Base64,
}

forms! {
    SectorOptions: "an object with pieces and lifetime, each of which may be left out" [Object];
}

/// A sector and where it lies.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Onboarded {
    sector: u64,
    deadline: u64,
    partition: u64,
    expiration: i64,
}

/// Pre-commits a sector, waits for its challenge, and proves it. It has power from its first
/// window proof on ([`prove`]).
pub(in crate::methods) fn onboard(
    caller: &Caller<'_>,
    provider: Address,
    options: Option<SectorOptions>,
) -> Result<Onboarded, Error> {
    put_in(
        &Operator { caller },
        &provider.0,
        options.unwrap_or_default(),
    )
}

/// See [`onboard`].
pub(super) fn put_in(
    operator: &Operator<'_>,
    provider: &FilecoinAddress,
    options: SectorOptions,
) -> Result<Onboarded, Error> {
    let policy = operator.chain().policy();
    let (reader, miner, info) = operator.miner(provider)?;
    let sector_number = free_number(&used_numbers(&reader, &miner)?);
    let fits = |seal: &&RegisteredSealProof| {
        seal.registered_window_post_proof() == Ok(info.window_post_proof_type)
    };
    let seal_proof = policy.pre_commit_proofs.iter().find(fits).copied();
    let seal_proof =
        seal_proof.ok_or_else(|| Error::refused("no seal fits the provider's proofs"))?;
    let pieces: Vec<PieceInfo> = options
        .pieces
        .iter()
        .map(|piece| PieceInfo {
            size: PaddedPieceSize(piece.size),
            cid: piece.cid.0,
        })
        .collect();
    let unsealed_cid = if pieces.is_empty() {
        CompactCommD(None)
    } else {
        let commitment = atoll_vm::commd::unsealed_sector_cid(seal_proof, &pieces);
        CompactCommD(Some(
            commitment.map_err(|why| Error::param("options", &why.words))?,
        ))
    };
    let challenge_at = operator.epoch() + 1 + policy.pre_commit_challenge_delay;
    let shortest = policy.sector_lifetime_min + SPARE_PERIODS * policy.proving_period;
    let lifetime = options.lifetime.unwrap_or(shortest);
    // The longest wait for a proof counts into the shortest life.
    let expiration = challenge_at
        .checked_add(policy.prove_commit_max)
        .and_then(|epoch| epoch.checked_add(lifetime))
        .ok_or_else(|| Error::param("options", "no sector lives so long"))?;
    operator.send_unit(&Call {
        from: info.worker,
        to: *provider,
        method: PRE_COMMIT_SECTOR_BATCH_2,
        params: &PreCommitSectorBatch2Params {
            sectors: vec![SectorPreCommitInfo {
                seal_proof,
                sector_number,
                sealed_cid: sealed_cid(provider, sector_number),
                seal_rand_epoch: operator.epoch(),
                deal_ids: Vec::new(),
                expiration,
                unsealed_cid,
            }],
        },
        value: TokenAmount::default(),
    })?;
    operator.wait_for(operator.epoch() + policy.pre_commit_challenge_delay + 1)?;
    operator.send_unit(&Call {
        from: info.worker,
        to: *provider,
        method: PROVE_COMMIT_SECTORS_3,
        params: &ProveCommitSectors3Params {
            sector_activations: vec![SectorActivationManifest {
                sector_number,
                pieces: options.pieces.into_iter().map(activation).collect(),
            }],
            sector_proofs: vec![made_up()],
            aggregate_proof: RawBytes::default(),
            aggregate_proof_type: None,
            require_activation_success: true,
            require_notification_success: true,
        },
        value: TokenAmount::default(),
    })?;
    let (reader, miner, _) = operator.miner(provider)?;
    let (deadline, partition) = find_sector(&reader, &miner, sector_number)?;
    Ok(Onboarded {
        sector: sector_number,
        deadline,
        partition,
        expiration,
    })
}

fn free_number(used: &BitField) -> SectorNumber {
    let first = used.ranges().next().filter(|run| run.start == 0);
    first.map_or(0, |run| run.end)
}

fn activation(piece: Piece) -> PieceActivationManifest {
    PieceActivationManifest {
        cid: piece.cid.0,
        size: PaddedPieceSize(piece.size),
        verified_allocation_key: piece
            .allocation
            .map(|Allocation { client, id }| VerifiedAllocationKey { client, id }),
        notify: piece
            .notify
            .into_iter()
            .map(|notification| DataActivationNotification {
                address: notification.address.0,
                payload: RawBytes::new(notification.payload.0),
            })
            .collect(),
    }
}

fn made_up() -> RawBytes {
    RawBytes::new(vec![0xa7; PROOF_BYTES])
}

/// A commitment to nothing that exists.
fn sealed_cid(provider: &FilecoinAddress, sector: SectorNumber) -> cid::Cid {
    let seed = [&provider.to_bytes()[..], &sector.to_be_bytes()].concat();
    let hash = Code::Blake2b256.digest(&seed);
    let mut digest: [u8; 32] = hash.digest().try_into().expect("blake2b-256 has 32 bytes");
    // Commitments are elements of a field.
    digest[31] &= 0x3f;
    let hash = Multihash::wrap(POSEIDON_BLS12_381_A1_FC1, &digest).expect("32 bytes fit");
    cid::Cid::new_v1(FIL_COMMITMENT_SEALED, hash)
}

/// Where a sector is, and when its deadline is.
struct Place {
    worker: FilecoinAddress,
    deadline: DeadlineInfo,
    partition: u64,
    posted: bool,
    post_proof: RegisteredPoStProof,
    period_start: ChainEpoch,
}

/// Finds a sector; of its deadline's times, the next that is not over when a message is sent.
fn find(
    operator: &Operator<'_>,
    provider: &FilecoinAddress,
    sector: SectorNumber,
) -> Result<Place, Error> {
    let policy = operator.chain().policy();
    let (reader, miner, info) = operator.miner(provider)?;
    let (index, partition) = find_sector(&reader, &miner, sector)?;
    let next = operator.epoch() + 1;
    let period_start = miner.state.current_deadline_info(policy, next).period_start;
    let deadline = DeadlineInfo::new(policy, period_start, index, next).next_not_elapsed(policy);
    let deadlines = miner.state.load_deadlines(reader.store());
    let state = deadlines.and_then(|deadlines| deadlines.get(reader.store(), index));
    let state = state.map_err(unreadable)?;
    Ok(Place {
        worker: info.worker,
        posted: deadline.is_open() && state.partitions_posted.get(partition),
        deadline,
        partition,
        post_proof: info.window_post_proof_type,
        period_start,
    })
}

/// Waits for the sector's deadline and proves its partition. Answers the epoch.
pub(in crate::methods) fn prove(
    caller: &Caller<'_>,
    provider: Address,
    sector: u64,
) -> Result<Quantity, Error> {
    let operator = Operator { caller };
    post(&operator, &provider.0, sector)?;
    Ok(eth::number(operator.epoch()))
}

fn post(
    operator: &Operator<'_>,
    provider: &FilecoinAddress,
    sector: SectorNumber,
) -> Result<(), Error> {
    let mut place = find(operator, provider, sector)?;
    if place.posted {
        operator.wait_for(place.deadline.close)?;
        place = find(operator, provider, sector)?;
    }
    // The epoch that ties the proof to this chain is the one before the message's, and no
    // earlier than the challenge.
    operator.wait_for(place.deadline.open)?;
    let commit_epoch = operator.epoch();
    let randomness = operator
        .chain()
        .ticket_randomness(Purpose::PoStChainCommit, commit_epoch)?;
    operator.send_unit(&Call {
        from: place.worker,
        to: *provider,
        method: SUBMIT_WINDOWED_POST,
        params: &SubmitWindowedPoStParams {
            deadline: place.deadline.index,
            partitions: vec![PoStPartition {
                index: place.partition,
                skipped: BitField::new(),
            }],
            proofs: vec![PoStProof {
                post_proof: place.post_proof,
                proof_bytes: made_up().into(),
            }],
            chain_commit_epoch: commit_epoch,
            chain_commit_rand: Randomness(randomness.to_vec()),
        },
        value: TokenAmount::default(),
    })
}

/// Lets the sector's next deadline pass without a proof. Answers the epoch.
pub(in crate::methods) fn miss_post(
    caller: &Caller<'_>,
    provider: Address,
    sector: u64,
) -> Result<Quantity, Error> {
    let operator = Operator { caller };
    let mut place = find(&operator, &provider.0, sector)?;
    if place.posted {
        operator.wait_for(place.deadline.close)?;
        place = find(&operator, &provider.0, sector)?;
    }
    // Cron looks at a deadline in its last epoch.
    operator.wait_for(place.deadline.close)?;
    Ok(eth::number(operator.epoch()))
}

/// A sector as messages name it, at a time when faults and recoveries of it may be declared.
fn declaration(
    operator: &Operator<'_>,
    provider: &FilecoinAddress,
    sector: SectorNumber,
) -> Result<(FilecoinAddress, SectorsDeclaration), Error> {
    let mut place = find(operator, provider, sector)?;
    if place.deadline.fault_cutoff_passed() {
        operator.wait_for(place.deadline.close)?;
        place = find(operator, provider, sector)?;
    }
    let declaration = declare(&place, sector)?;
    Ok((place.worker, declaration))
}

fn declare(place: &Place, sector: SectorNumber) -> Result<SectorsDeclaration, Error> {
    let sectors = BitField::try_from_bits([sector]);
    Ok(SectorsDeclaration {
        deadline: place.deadline.index,
        partition: place.partition,
        sectors: sectors.map_err(|why| Error::param("sector", &why.to_string()))?,
    })
}

/// Declares a sector faulty. Answers the epoch.
pub(in crate::methods) fn fault(
    caller: &Caller<'_>,
    provider: Address,
    sector: u64,
) -> Result<Quantity, Error> {
    let operator = Operator { caller };
    let (worker, declaration) = declaration(&operator, &provider.0, sector)?;
    operator.send_unit(&Call {
        from: worker,
        to: provider.0,
        method: DECLARE_FAULTS,
        params: &DeclareFaultsParams {
            faults: vec![declaration],
        },
        value: TokenAmount::default(),
    })?;
    Ok(eth::number(operator.epoch()))
}

/// Declares a faulty sector recovered and proves it at its next deadline. Answers the epoch.
pub(in crate::methods) fn recover(
    caller: &Caller<'_>,
    provider: Address,
    sector: u64,
) -> Result<Quantity, Error> {
    let operator = Operator { caller };
    let (worker, declaration) = declaration(&operator, &provider.0, sector)?;
    operator.send_unit(&Call {
        from: worker,
        to: provider.0,
        method: DECLARE_FAULTS_RECOVERED,
        params: &DeclareFaultsRecoveredParams {
            recoveries: vec![declaration],
        },
        value: TokenAmount::default(),
    })?;
    prove(caller, provider, sector)
}

/// Terminates a sector, which costs the provider its fee. Answers the epoch.
pub(in crate::methods) fn terminate(
    caller: &Caller<'_>,
    provider: Address,
    sector: u64,
) -> Result<Quantity, Error> {
    let operator = Operator { caller };
    let policy = caller.chain().policy();
    let mut place = find(&operator, &provider.0, sector)?;
    let next = operator.epoch() + 1;
    if !is_mutable(policy, place.period_start, place.deadline.index, next) {
        operator.wait_for(place.deadline.close)?;
        place = find(&operator, &provider.0, sector)?;
    }
    let _: TerminateSectorsReturn = operator.send(&Call {
        from: place.worker,
        to: provider.0,
        method: TERMINATE_SECTORS,
        params: &TerminateSectorsParams {
            terminations: vec![declare(&place, sector)?],
        },
        value: TokenAmount::default(),
    })?;
    Ok(eth::number(operator.epoch()))
}

/// Proves a sector until it expires, and lets the end of its deadline pass. Answers the epoch.
pub(in crate::methods) fn expire(
    caller: &Caller<'_>,
    provider: Address,
    sector: u64,
) -> Result<Quantity, Error> {
    let operator = Operator { caller };
    loop {
        let (reader, miner, _) = operator.miner(&provider.0)?;
        let sectors = miner.state.load_sectors(reader.store());
        let sectors = sectors.map_err(unreadable)?;
        let found = sectors.get(sector).map_err(unreadable)?;
        let expiration = found.map(|sector| sector.expiration);
        let expiration =
            expiration.ok_or_else(|| Error::refused(format!("there is no sector {sector}")))?;
        if expiration - operator.epoch() > WAIT_MAX {
            let words = format!("it expires at epoch {expiration}, too far from now");
            return Err(Error::refused(words));
        }
        let deadline = find(&operator, &provider.0, sector)?.deadline;
        if deadline.last() >= expiration {
            operator.wait_for(deadline.close)?;
            return Ok(eth::number(operator.epoch()));
        }
        post(&operator, &provider.0, sector)?;
    }
}
