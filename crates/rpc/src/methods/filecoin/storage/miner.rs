//! Miners: who they are, what they store, what they must prove and when.

use atoll_actors::miner::deadline::Deadline;
use atoll_actors::miner::info::MinerInfo;
use atoll_actors::miner::partition::Partition;
use atoll_actors::miner::sector::{SectorOnChainInfo, SectorPreCommitOnChainInfo};
use cid::multibase::Base;
use fvm_ipld_bitfield::BitField;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde::Serialize;

use crate::forms::bitfield::RunLengths;
use crate::forms::filecoin::{Address, Base64, BigDecimal, Cid, TipsetKey};
use crate::jsonrpc::error::Error;
use crate::node::Caller;

use super::{Miner, Reader, unreadable};

/// How Lotus prints an address that is none.
const NO_ADDRESS: &str = "<empty>";

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Info {
    owner: Address,
    worker: Address,
    new_worker: String,
    control_addresses: Vec<Address>,
    worker_change_epoch: i64,
    peer_id: Option<String>,
    multiaddrs: Vec<Base64>,
    #[serde(rename = "WindowPoStProofType")]
    window_post_proof_type: i64,
    sector_size: u64,
    #[serde(rename = "WindowPoStPartitionSectors")]
    window_post_partition_sectors: u64,
    consensus_fault_elapsed: i64,
    pending_owner_address: Option<Address>,
    beneficiary: Address,
    beneficiary_term: BeneficiaryTerm,
    pending_beneficiary_term: Option<PendingBeneficiary>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BeneficiaryTerm {
    quota: BigDecimal,
    used_quota: BigDecimal,
    expiration: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PendingBeneficiary {
    new_beneficiary: Address,
    new_quota: BigDecimal,
    new_expiration: i64,
    approved_by_beneficiary: bool,
    approved_by_nominee: bool,
}

impl From<MinerInfo> for Info {
    fn from(info: MinerInfo) -> Self {
        let change = info.pending_worker_key;
        Self {
            owner: Address(info.owner),
            worker: Address(info.worker),
            new_worker: change.as_ref().map_or(NO_ADDRESS.to_owned(), |change| {
                change.new_worker.to_string()
            }),
            control_addresses: info.control_addresses.into_iter().map(Address).collect(),
            worker_change_epoch: change.map_or(-1, |change| change.effective_at),
            peer_id: (!info.peer_id.is_empty()).then(|| Base::Base58Btc.encode(&info.peer_id)),
            multiaddrs: info
                .multi_address
                .into_iter()
                .map(|a| Base64(a.0))
                .collect(),
            window_post_proof_type: info.window_post_proof_type.into(),
            sector_size: info.sector_size as u64,
            window_post_partition_sectors: info.window_post_partition_sectors,
            consensus_fault_elapsed: info.consensus_fault_elapsed,
            pending_owner_address: info.pending_owner_address.map(Address),
            beneficiary: Address(info.beneficiary),
            beneficiary_term: BeneficiaryTerm {
                quota: (&info.beneficiary_term.quota).into(),
                used_quota: (&info.beneficiary_term.used_quota).into(),
                expiration: info.beneficiary_term.expiration,
            },
            pending_beneficiary_term: info.pending_beneficiary_term.map(|pending| {
                PendingBeneficiary {
                    new_beneficiary: Address(pending.new_beneficiary),
                    new_quota: (&pending.new_quota).into(),
                    new_expiration: pending.new_expiration,
                    approved_by_beneficiary: pending.approved_by_beneficiary,
                    approved_by_nominee: pending.approved_by_nominee,
                }
            }),
        }
    }
}

pub(in crate::methods) fn info(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<Info, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let info = miner.state.load_info(reader.store()).map_err(unreadable)?;
    Ok(info.into())
}

/// A sector.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Sector {
    sector_number: u64,
    seal_proof: i64,
    #[serde(rename = "SealedCID")]
    sealed_cid: Cid,
    activation: i64,
    expiration: i64,
    deal_weight: BigDecimal,
    verified_deal_weight: BigDecimal,
    initial_pledge: BigDecimal,
    expected_day_reward: Option<BigDecimal>,
    expected_storage_pledge: Option<BigDecimal>,
    power_base_epoch: i64,
    replaced_day_reward: Option<BigDecimal>,
    #[serde(rename = "SectorKeyCID")]
    sector_key_cid: Option<Cid>,
    flags: u32,
    daily_fee: BigDecimal,
}

impl From<&SectorOnChainInfo> for Sector {
    fn from(sector: &SectorOnChainInfo) -> Self {
        let amount = |amount: &Option<TokenAmount>| amount.as_ref().map(BigDecimal::from);
        Self {
            sector_number: sector.sector_number,
            seal_proof: sector.seal_proof.into(),
            sealed_cid: Cid(sector.sealed_cid),
            activation: sector.activation,
            expiration: sector.expiration,
            deal_weight: BigDecimal(sector.deal_weight.clone()),
            verified_deal_weight: BigDecimal(sector.verified_deal_weight.clone()),
            initial_pledge: (&sector.initial_pledge).into(),
            expected_day_reward: amount(&sector.expected_day_reward),
            expected_storage_pledge: amount(&sector.expected_storage_pledge),
            power_base_epoch: sector.power_base_epoch,
            replaced_day_reward: amount(&sector.replaced_day_reward),
            sector_key_cid: sector.sector_key_cid.map(Cid),
            flags: sector.flags.bits(),
            daily_fee: (&sector.daily_fee).into(),
        }
    }
}

/// How many sectors an answer may hold. There are miners with millions.
const SECTORS_MAX: usize = 100_000;

/// All sectors, or those of a bit field.
pub(in crate::methods) fn sectors(
    caller: &Caller<'_>,
    miner: Address,
    filter: Option<RunLengths>,
    key: Option<TipsetKey>,
) -> Result<Vec<Sector>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let filter = filter.map(|RunLengths(wanted)| wanted);
    select_sectors(&reader, &miner, filter.as_ref())
}

pub(in crate::methods) fn active_sectors(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<Vec<Sector>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let active = of_all_partitions(&reader, &miner, Partition::active_sectors)?;
    select_sectors(&reader, &miner, Some(&active))
}

fn select_sectors(
    reader: &Reader<'_>,
    miner: &Miner,
    wanted: Option<&BitField>,
) -> Result<Vec<Sector>, Error> {
    let sectors = miner
        .state
        .load_sectors(reader.store())
        .map_err(unreadable)?;
    let mut all = Vec::new();
    let mut too_many = false;
    sectors
        .for_each(|sector| {
            if wanted.is_none_or(|wanted| wanted.get(sector.sector_number)) {
                too_many |= all.len() == SECTORS_MAX;
                if !too_many {
                    all.push(sector.into());
                }
            }
            Ok(())
        })
        .map_err(unreadable)?;
    if too_many {
        let words = format!("more than {SECTORS_MAX} sectors; ask for fewer by a bit field");
        return Err(Error::limit(words));
    }
    Ok(all)
}

pub(in crate::methods) fn sector(
    caller: &Caller<'_>,
    miner: Address,
    sector: u64,
    key: Option<TipsetKey>,
) -> Result<Option<Sector>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let sectors = miner
        .state
        .load_sectors(reader.store())
        .map_err(unreadable)?;
    Ok(sectors.get(sector).map_err(unreadable)?.map(Sector::from))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct PreCommit {
    info: PreCommitInfo,
    pre_commit_deposit: BigDecimal,
    pre_commit_epoch: i64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PreCommitInfo {
    seal_proof: i64,
    sector_number: u64,
    #[serde(rename = "SealedCID")]
    sealed_cid: Cid,
    seal_rand_epoch: i64,
    #[serde(rename = "DealIDs")]
    deal_ids: Vec<u64>,
    expiration: i64,
    unsealed_cid: Option<Cid>,
}

impl From<&SectorPreCommitOnChainInfo> for PreCommit {
    fn from(pre_commit: &SectorPreCommitOnChainInfo) -> Self {
        let info = &pre_commit.info;
        Self {
            info: PreCommitInfo {
                seal_proof: info.seal_proof.into(),
                sector_number: info.sector_number,
                sealed_cid: Cid(info.sealed_cid),
                seal_rand_epoch: info.seal_rand_epoch,
                deal_ids: info.deal_ids.clone(),
                expiration: info.expiration,
                unsealed_cid: info.unsealed_cid.0.map(Cid),
            },
            pre_commit_deposit: (&pre_commit.pre_commit_deposit).into(),
            pre_commit_epoch: pre_commit.pre_commit_epoch,
        }
    }
}

pub(in crate::methods) fn pre_commit(
    caller: &Caller<'_>,
    miner: Address,
    sector: u64,
    key: Option<TipsetKey>,
) -> Result<Option<PreCommit>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let pre_commits = miner.state.load_pre_commits(reader.store());
    let pre_commits = pre_commits.map_err(unreadable)?;
    let found = pre_commits.get(&sector).map_err(unreadable)?;
    Ok(found.map(PreCommit::from))
}

/// Where a sector lies.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct Location {
    deadline: u64,
    partition: u64,
}

pub(in crate::methods) fn location(
    caller: &Caller<'_>,
    miner: Address,
    sector: u64,
    key: Option<TipsetKey>,
) -> Result<Location, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let (deadline, partition) = find_sector(&reader, &miner, sector)?;
    Ok(Location {
        deadline,
        partition,
    })
}

/// The deadline and the partition of a sector.
pub(in crate::methods) fn find_sector(
    reader: &Reader<'_>,
    miner: &Miner,
    sector: u64,
) -> Result<(u64, u64), Error> {
    let deadlines = miner.state.load_deadlines(reader.store());
    let deadlines = deadlines.map_err(unreadable)?;
    let found = deadlines.find_sector(reader.store(), sector);
    found.map_err(|why| Error::refused(why.words))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct DeadlineForm {
    post_submissions: RunLengths,
    disputable_proof_count: u64,
    daily_fee: BigDecimal,
}

pub(in crate::methods) fn deadlines(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<Vec<DeadlineForm>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let mut forms = Vec::new();
    each_deadline(&reader, &miner, |deadline| {
        let snapshot = deadline
            .proofs_snapshot(reader.store())
            .map_err(unreadable)?;
        forms.push(DeadlineForm {
            post_submissions: RunLengths(deadline.partitions_posted.clone()),
            disputable_proof_count: snapshot.count(),
            daily_fee: (&deadline.daily_fee).into(),
        });
        Ok(())
    })?;
    Ok(forms)
}

fn each_deadline(
    reader: &Reader<'_>,
    miner: &Miner,
    mut f: impl FnMut(&Deadline) -> Result<(), Error>,
) -> Result<(), Error> {
    let store = reader.store();
    let deadlines = miner.state.load_deadlines(store).map_err(unreadable)?;
    for index in 0..deadlines.due.len() as u64 {
        f(&deadlines.get(store, index).map_err(unreadable)?)?;
    }
    Ok(())
}

/// The union of something over all partitions.
fn of_all_partitions(
    reader: &Reader<'_>,
    miner: &Miner,
    of: impl Fn(&Partition) -> BitField,
) -> Result<BitField, Error> {
    let mut fields = Vec::new();
    each_deadline(reader, miner, |deadline| {
        let partitions = deadline.partitions(reader.store()).map_err(unreadable)?;
        let gather = partitions.for_each(|_, partition| {
            fields.push(of(partition));
            Ok(())
        });
        gather.map_err(unreadable)
    })?;
    Ok(BitField::union(&fields))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct PartitionForm {
    all_sectors: RunLengths,
    faulty_sectors: RunLengths,
    recovering_sectors: RunLengths,
    live_sectors: RunLengths,
    active_sectors: RunLengths,
}

pub(in crate::methods) fn partitions(
    caller: &Caller<'_>,
    miner: Address,
    deadline: u64,
    key: Option<TipsetKey>,
) -> Result<Vec<PartitionForm>, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let store = reader.store();
    let deadlines = miner.state.load_deadlines(store).map_err(unreadable)?;
    let deadline = deadlines.get(store, deadline);
    let deadline = deadline.map_err(|why| Error::param("deadline", &why.words))?;
    let mut forms = Vec::new();
    let partitions = deadline.partitions(store).map_err(unreadable)?;
    let gather = partitions.for_each(|_, partition| {
        forms.push(PartitionForm {
            all_sectors: RunLengths(partition.sectors.clone()),
            faulty_sectors: RunLengths(partition.faults.clone()),
            recovering_sectors: RunLengths(partition.recoveries.clone()),
            live_sectors: RunLengths(partition.live_sectors()),
            active_sectors: RunLengths(partition.active_sectors()),
        });
        Ok(())
    });
    gather.map_err(unreadable)?;
    Ok(forms)
}

pub(in crate::methods) fn faults(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<RunLengths, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let faults = of_all_partitions(&reader, &miner, |partition| partition.faults.clone())?;
    Ok(RunLengths(faults))
}

pub(in crate::methods) fn recoveries(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<RunLengths, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let all = of_all_partitions(&reader, &miner, |partition| partition.recoveries.clone())?;
    Ok(RunLengths(all))
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct SectorCount {
    live: u64,
    active: u64,
    faulty: u64,
}

pub(in crate::methods) fn sector_count(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<SectorCount, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let count = |of: fn(&Partition) -> BitField| -> Result<u64, Error> {
        Ok(of_all_partitions(&reader, &miner, of)?.len())
    };
    Ok(SectorCount {
        live: count(Partition::live_sectors)?,
        active: count(Partition::active_sectors)?,
        faulty: count(|partition| partition.faults.clone())?,
    })
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct ProvingDeadline {
    current_epoch: i64,
    period_start: i64,
    index: u64,
    open: i64,
    close: i64,
    challenge: i64,
    fault_cutoff: i64,
    #[serde(rename = "WPoStPeriodDeadlines")]
    period_deadlines: u64,
    #[serde(rename = "WPoStProvingPeriod")]
    proving_period: i64,
    #[serde(rename = "WPoStChallengeWindow")]
    challenge_window: i64,
    #[serde(rename = "WPoStChallengeLookback")]
    challenge_lookback: i64,
    fault_declaration_cutoff: i64,
}

pub(in crate::methods) fn proving_deadline(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<ProvingDeadline, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    let policy = reader.policy();
    let info = miner.state.current_deadline_info(policy, reader.epoch());
    let info = info.next_not_elapsed(policy);
    Ok(ProvingDeadline {
        current_epoch: info.current_epoch,
        period_start: info.period_start,
        index: info.index,
        open: info.open,
        close: info.close,
        challenge: info.challenge,
        fault_cutoff: info.fault_cutoff,
        period_deadlines: policy.period_deadlines,
        proving_period: policy.proving_period,
        challenge_window: policy.challenge_window,
        challenge_lookback: policy.challenge_lookback,
        fault_declaration_cutoff: policy.fault_declaration_cutoff,
    })
}

/// What the owner may withdraw, counting what has vested and is not unlocked yet.
pub(in crate::methods) fn available_balance(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<BigDecimal, Error> {
    let mut reader = Reader::open(caller, key)?;
    let Miner { actor, state, .. } = reader.miner(&miner.0)?;
    let funds = state.vesting_funds.load(reader.store());
    let funds = funds.map_err(unreadable)?;
    let vested = funds.iter().filter(|fund| fund.epoch < reader.epoch());
    let vested: TokenAmount = vested.map(|fund| &fund.amount).sum();
    let available = state.available_balance(&actor.balance.to_token());
    Ok((&(available.map_err(unreadable)? + vested)).into())
}

/// The numbers that were ever used.
pub(in crate::methods) fn allocated(
    caller: &Caller<'_>,
    miner: Address,
    key: Option<TipsetKey>,
) -> Result<RunLengths, Error> {
    let mut reader = Reader::open(caller, key)?;
    let miner = reader.miner(&miner.0)?;
    Ok(RunLengths(used_numbers(&reader, &miner)?))
}

/// The numbers that were ever used.
pub(in crate::methods) fn used_numbers(
    reader: &Reader<'_>,
    miner: &Miner,
) -> Result<BitField, Error> {
    let read = reader.store().read(
        &miner.state.allocated_sectors,
        ExitCode::USR_ILLEGAL_STATE,
        "allocated sectors",
    );
    read.map_err(unreadable)
}
