//! The storage miner: sectors from their first declaration to their end, and the money behind
//! them.
//!
//! A sector is **pre-committed** ([`pre_commit`]) and then **proven** ([`prove_commit3`]), or
//! proven at once without data ([`ni_porep`]); data can be put in later ([`replica_update3`]). It
//! is assigned to a partition of a deadline ([`deadline_assignment`]) and proven once a period
//! from then on ([`window_post`], [`dispute`]), unless it is declared faulty ([`faults`]). It can
//! be extended ([`extensions`]) and ends on time ([`cron`]) or early ([`terminations`]).
//!
//! State: [`state`] holds everything together. Below it lie the [`sectors`] and the
//! [`deadlines`]; of these each [`deadline`] has partitions, each [`partition`] a queue of
//! [`expiration_queue`] sets. Each of these files begins with what always holds of its subject;
//! [`check_state`] checks it all.
//!
//! Money: [`monies`] says what things cost, [`debt`] how it is paid, [`vesting`] what is locked.
//!
//! The files of methods decide in the order in which the network does: which of two errors a
//! message exits with, and the order of calls and events, are part of the protocol. Arithmetic on
//! epochs and counts is checked: an overflow is exit 24 (the profiles in the root `Cargo.toml`
//! keep the checks on for this crate).

pub mod types;

pub mod bitfield_queue;
pub mod deadline;
pub mod deadline_info;
pub mod deadlines;
pub mod expiration_queue;
pub mod info;
pub mod partition;
pub mod power;
pub mod quantize;
pub mod sector;
pub mod sectors;
pub mod state;
pub mod vesting;

pub mod beneficiary;
pub mod commd;
pub mod monies;

mod activation;
mod calls;
mod compaction;
mod consensus_fault;
mod creation;
mod cron;
mod deadline_assignment;
mod debt;
mod dispute;
mod events;
mod extensions;
mod faults;
mod ni_porep;
pub mod notifications;
mod pre_commit;
mod prove_commit3;
mod queries;
mod replica_update3;
mod rewards;
mod seals;
pub mod sector_map;
mod sector_status;
mod terminations;
mod window_post;
mod withdrawal;

pub mod check_state;

#[cfg(test)]
mod test_kit;

use types::*;

use crate::kinds::ActorKind;
use crate::method::{Actor, Callers, Fallback, Method, Shape};
use crate::methods;

/// The storage miner.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Miner,
    state: Shape::of::<state::State>("State"),
    methods: METHODS,
    fallback: Fallback::Refuse,
    restrict_internal: true,
};

const OWNER: Callers = Callers::Named("owner");
const CONTROLLERS: Callers = Callers::Named("owner, worker or control address");
const OWNER_OR_BENEFICIARY: Callers = Callers::Named("owner or beneficiary");
const PROPOSER_OR_NOMINEE: Callers = Callers::Named("owner, or whom they proposed");

/// Its methods. Those with a high number are the low ones again, open to all kinds of actors, and
/// queries.
#[rustfmt::skip]
pub const METHODS: &[Method] = methods! {
    1 Constructor(ConstructorParams) -> (), Callers::Named("init") => creation::constructor;
    2 ControlAddresses() -> ControlAddressesReturn, Callers::BuiltIn => queries::control_addresses;
    3 ChangeWorkerAddress(ChangeWorkerAddressParams) -> (), OWNER => info::change_worker_address;
    4 ChangePeerID(ChangePeerIdParams) -> (), CONTROLLERS => info::change_peer_id;
    5 SubmitWindowedPoSt(SubmitWindowedPoStParams) -> (), CONTROLLERS => window_post::submit_windowed_post;
    9 TerminateSectors(TerminateSectorsParams) -> TerminateSectorsReturn, CONTROLLERS => terminations::terminate_sectors;
    10 DeclareFaults(DeclareFaultsParams) -> (), CONTROLLERS => faults::declare_faults;
    11 DeclareFaultsRecovered(DeclareFaultsRecoveredParams) -> (), CONTROLLERS => faults::declare_faults_recovered;
    12 OnDeferredCronEvent(DeferredCronEventParams) -> (), Callers::Named("power") => cron::on_deferred_cron_event;
    13 CheckSectorProven(CheckSectorProvenParams) -> (), Callers::BuiltIn => queries::check_sector_proven;
    14 ApplyRewards(ApplyRewardParams) -> (), Callers::Named("reward") => rewards::apply_rewards;
    15 ReportConsensusFault(ReportConsensusFaultParams) -> (), Callers::BuiltIn => consensus_fault::report_consensus_fault;
    16 WithdrawBalance(WithdrawBalanceParams) -> WithdrawBalanceReturn, OWNER_OR_BENEFICIARY => withdrawal::withdraw_balance;
    17 InternalSectorSetupForPreseal(InternalSectorSetupForPresealParams) -> (), Callers::Named("system") => activation::internal_sector_setup_for_preseal;
    18 ChangeMultiaddrs(ChangeMultiaddrsParams) -> (), CONTROLLERS => info::change_multiaddrs;
    19 CompactPartitions(CompactPartitionsParams) -> (), CONTROLLERS => compaction::compact_partitions;
    20 CompactSectorNumbers(CompactSectorNumbersParams) -> (), CONTROLLERS => compaction::compact_sector_numbers;
    21 ConfirmChangeWorkerAddress() -> (), OWNER => info::confirm_change_worker_address;
    22 RepayDebt() -> (), CONTROLLERS => debt::repay_debt;
    23 ChangeOwnerAddress(ChangeOwnerAddressParams) -> (), PROPOSER_OR_NOMINEE => info::change_owner_address;
    24 DisputeWindowedPoSt(DisputeWindowedPoStParams) -> (), Callers::BuiltIn => dispute::dispute_windowed_post;
    28 PreCommitSectorBatch2(PreCommitSectorBatch2Params) -> (), CONTROLLERS => pre_commit::pre_commit_sector_batch2;
    30 ChangeBeneficiary(ChangeBeneficiaryParams) -> (), PROPOSER_OR_NOMINEE => beneficiary::change_beneficiary;
    31 GetBeneficiary() -> GetBeneficiaryReturn, Callers::BuiltIn => beneficiary::get_beneficiary;
    32 ExtendSectorExpiration2(ExtendSectorExpiration2Params) -> (), CONTROLLERS => extensions::extend_sector_expiration2;
    34 ProveCommitSectors3(ProveCommitSectors3Params) -> ProveCommitSectors3Return, CONTROLLERS => prove_commit3::prove_commit_sectors3;
    35 ProveReplicaUpdates3(ProveReplicaUpdates3Params) -> ProveReplicaUpdates3Return, CONTROLLERS => replica_update3::prove_replica_updates3;
    36 ProveCommitSectorsNI(ProveCommitSectorsNIParams) -> ProveCommitSectorsNIReturn, CONTROLLERS => ni_porep::prove_commit_sectors_ni;
    348244887 IsControllingAddress(IsControllingAddressParams) -> IsControllingAddressReturn, Callers::Any => queries::is_controlling_address;
    1010589339 ChangeOwnerAddress(ChangeOwnerAddressParams) -> (), PROPOSER_OR_NOMINEE => info::change_owner_address;
    1063480576 ChangeMultiaddrs(ChangeMultiaddrsParams) -> (), CONTROLLERS => info::change_multiaddrs;
    1236548004 ChangePeerID(ChangePeerIdParams) -> (), CONTROLLERS => info::change_peer_id;
    1321604665 GenerateSectorLocation(GenerateSectorLocationParams) -> GenerateSectorLocationReturn, Callers::Any => sector_status::generate_sector_location;
    1332909407 GetMultiaddrs() -> GetMultiaddrsReturn, Callers::Any => queries::get_multiaddrs;
    1570634796 ChangeBeneficiary(ChangeBeneficiaryParams) -> (), PROPOSER_OR_NOMINEE => beneficiary::change_beneficiary;
    1726876304 GetVestingFunds() -> GetVestingFundsReturn, Callers::Any => queries::get_vesting_funds;
    2280458852 WithdrawBalance(WithdrawBalanceParams) -> WithdrawBalanceReturn, OWNER_OR_BENEFICIARY => withdrawal::withdraw_balance;
    2354970453 ConfirmChangeWorkerAddress() -> (), OWNER => info::confirm_change_worker_address;
    2812875329 GetPeerID() -> GetPeerIdReturn, Callers::Any => queries::get_peer_id;
    3010055991 GetNominalSectorExpiration(GetNominalSectorExpirationParams) -> GetNominalSectorExpirationReturn, Callers::Any => sector_status::get_nominal_sector_expiration;
    3092458564 ValidateSectorStatus(ValidateSectorStatusParams) -> ValidateSectorStatusReturn, Callers::Any => sector_status::validate_sector_status;
    3180523767 InitialPledge() -> InitialPledgeReturn, Callers::Any => queries::initial_pledge;
    3275365574 GetOwner() -> GetOwnerReturn, Callers::Any => queries::get_owner;
    3302309124 ChangeWorkerAddress(ChangeWorkerAddressParams) -> (), OWNER => info::change_worker_address;
    3665352697 RepayDebt() -> (), CONTROLLERS => debt::repay_debt;
    3858292296 GetSectorSize() -> GetSectorSizeReturn, Callers::Any => queries::get_sector_size;
    4026106874 GetAvailableBalance() -> GetAvailableBalanceReturn, Callers::Any => queries::get_available_balance;
    4127382196 MaxTerminationFee(MaxTerminationFeeParams) -> MaxTerminationFeeReturn, Callers::Any => queries::max_termination_fee;
    4158972569 GetBeneficiary() -> GetBeneficiaryReturn, Callers::Any => beneficiary::get_beneficiary;
};
