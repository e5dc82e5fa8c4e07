//! What goes over the wire: parameters and returns, in the order of the methods' numbers.

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::{BytesDe, RawBytes, strict_bytes};
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::bigint::bigint_ser;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::randomness::Randomness;
use fvm_shared::sector::{
    PoStProof, RegisteredAggregateProof, RegisteredPoStProof, RegisteredSealProof,
    RegisteredUpdateProof, SectorNumber, SectorSize, StoragePower,
};
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::beneficiary::{BeneficiaryTerm, PendingBeneficiaryChange};
use super::sector::SectorPreCommitInfo;
use crate::batch::BatchReturn;
use crate::math::FilterEstimate;

/// Lays out structs that are CBOR arrays of their fields.
macro_rules! tuples {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {
        $($(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* })*
    };
}

/// Lays out structs that are the CBOR of their only field.
macro_rules! transparent {
    ($($(#[$meta:meta])* $name:ident($(#[$field_meta:meta])* $type:ty);)*) => {
        $($(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name($(#[$field_meta])* pub $type);)*
    };
}

tuples! {
    /// 1, from the power actor through init.
    ConstructorParams {
        /// Whose the miner is.
        owner: Address,
        /// Who seals, proves and signs blocks: an account with a BLS key.
        worker: Address,
        /// Who else may send the worker's messages.
        control_addresses: Vec<Address>,
        /// How sectors are proven, which says how large they are.
        window_post_proof_type: RegisteredPoStProof,
        /// The libp2p identity.
        #[serde(with = "strict_bytes")]
        peer_id: Vec<u8>,
        /// Where to find it.
        multi_addresses: Vec<BytesDe>,
    }

    /// 2
    ControlAddressesReturn {
        /// Whose the miner is.
        owner: Address,
        /// Who works for it.
        worker: Address,
        /// Who else does.
        control_addresses: Vec<Address>,
    }

    /// 3
    ChangeWorkerAddressParams {
        /// Who shall work; takes effect after a delay.
        new_worker: Address,
        /// Who else shall; takes effect at once.
        new_control_addresses: Vec<Address>,
    }

    /// 4
    ChangePeerIdParams {
        /// The new libp2p identity.
        #[serde(with = "strict_bytes")]
        new_id: Vec<u8>,
    }

    /// 5
    SubmitWindowedPoStParams {
        /// Which deadline.
        deadline: u64,
        /// Which of its partitions.
        partitions: Vec<PoStPartition>,
        /// The proof: exactly one.
        proofs: Vec<PoStProof>,
        /// An epoch after the challenge was known ...
        chain_commit_epoch: ChainEpoch,
        /// ... and its ticket, which tie the proof to this fork.
        chain_commit_rand: Randomness,
    }

    /// A partition proven, in method 5.
    PoStPartition {
        /// Its number within the deadline.
        index: u64,
        /// Sectors that the proof is not over: they become faulty.
        skipped: BitField,
    }

    /// 9
    TerminateSectorsParams {
        /// What to terminate.
        terminations: Vec<SectorsDeclaration>,
    }

    /// 9
    TerminateSectorsReturn {
        /// Is all paid? Else some is left to later epochs.
        done: bool,
    }

    /// Sectors of one partition, in methods 9, 10 and 11.
    SectorsDeclaration {
        /// The deadline.
        deadline: u64,
        /// The partition within it.
        partition: u64,
        /// The sectors in it.
        sectors: BitField,
    }

    /// 10
    DeclareFaultsParams {
        /// What is faulty.
        faults: Vec<SectorsDeclaration>,
    }

    /// 11
    DeclareFaultsRecoveredParams {
        /// What shall be proven again.
        recoveries: Vec<SectorsDeclaration>,
    }

    /// 12, from the power actor.
    DeferredCronEventParams {
        /// A [`CronEventPayload`].
        #[serde(with = "strict_bytes")]
        event_payload: Vec<u8>,
        /// The reward of an epoch, smoothed.
        reward_smoothed: FilterEstimate,
        /// The network's power, smoothed.
        quality_adj_power_smoothed: FilterEstimate,
    }

    /// What a miner asks the power actor to remind it of.
    CronEventPayload {
        /// See `cron`.
        event_type: i64,
    }

    /// 13
    CheckSectorProvenParams {
        /// Which sector.
        sector_number: SectorNumber,
    }

    /// 14, from the reward actor.
    ApplyRewardParams {
        /// What the block earned.
        reward: TokenAmount,
        /// What it is to pay.
        penalty: TokenAmount,
    }

    /// 15
    ReportConsensusFaultParams {
        /// A block header ...
        #[serde(with = "strict_bytes")]
        header1: Vec<u8>,
        /// ... another that should not exist beside it ...
        #[serde(with = "strict_bytes")]
        header2: Vec<u8>,
        /// ... and one that shows why, if it takes three.
        #[serde(with = "strict_bytes")]
        header_extra: Vec<u8>,
    }

    /// 16
    WithdrawBalanceParams {
        /// At most how much.
        amount_requested: TokenAmount,
    }

    /// 17, at genesis.
    InternalSectorSetupForPresealParams {
        /// Sectors that are pre-committed and count as proven.
        sectors: Vec<SectorNumber>,
        /// The reward of an epoch, smoothed.
        reward_smoothed: FilterEstimate,
        /// The baseline of the reward.
        #[serde(with = "bigint_ser")]
        reward_baseline_power: StoragePower,
        /// The network's power, smoothed.
        quality_adj_power_smoothed: FilterEstimate,
    }

    /// 18
    ChangeMultiaddrsParams {
        /// Where to find the miner.
        new_multi_addrs: Vec<BytesDe>,
    }

    /// 19
    CompactPartitionsParams {
        /// Which deadline.
        deadline: u64,
        /// Which of its partitions.
        partitions: BitField,
    }

    /// 20
    CompactSectorNumbersParams {
        /// Numbers that shall count as used.
        mask_sector_numbers: BitField,
    }

    /// 24
    DisputeWindowedPoStParams {
        /// Which deadline.
        deadline: u64,
        /// Which of the proofs taken on trust there.
        post_index: u64,
    }

    /// 28
    PreCommitSectorBatch2Params {
        /// The sectors.
        sectors: Vec<SectorPreCommitInfo>,
    }

    /// 30
    ChangeBeneficiaryParams {
        /// Who shall get withdrawals.
        new_beneficiary: Address,
        /// How much in all.
        new_quota: TokenAmount,
        /// Until when.
        new_expiration: ChainEpoch,
    }

    /// 31
    GetBeneficiaryReturn {
        /// What is in force.
        active: ActiveBeneficiary,
        /// What is proposed.
        proposed: Option<PendingBeneficiaryChange>,
    }

    /// In the return of 31.
    ActiveBeneficiary {
        /// Who gets withdrawals.
        beneficiary: Address,
        /// On what terms.
        term: BeneficiaryTerm,
    }

    /// 32
    ExtendSectorExpiration2Params {
        /// What to extend.
        extensions: Vec<ExpirationExtension2>,
    }

    /// Sectors of one partition that get one expiration, in method 32.
    ExpirationExtension2 {
        /// The deadline.
        deadline: u64,
        /// The partition within it.
        partition: u64,
        /// Sectors without claims.
        sectors: BitField,
        /// Sectors with claims, each with all of them.
        sectors_with_claims: Vec<SectorClaim>,
        /// When they shall end.
        new_expiration: ChainEpoch,
    }

    /// A sector with claims, in method 32.
    SectorClaim {
        /// Which sector.
        sector_number: SectorNumber,
        /// Claims that it keeps.
        maintain_claims: Vec<u64>,
        /// Claims that it gives up.
        drop_claims: Vec<u64>,
    }

    /// 34. Either each sector has its proof, or all have one aggregate.
    ProveCommitSectors3Params {
        /// The sectors, each with its data.
        sector_activations: Vec<SectorActivationManifest>,
        /// A proof each.
        sector_proofs: Vec<RawBytes>,
        /// A proof for all.
        aggregate_proof: RawBytes,
        /// Of what type, if there is one.
        aggregate_proof_type: Option<RegisteredAggregateProof>,
        /// Shall all fail if one does?
        require_activation_success: bool,
        /// Shall all fail if a consumer of the data does?
        require_notification_success: bool,
    }

    /// A sector with its data, in method 34.
    SectorActivationManifest {
        /// Which sector.
        sector_number: SectorNumber,
        /// What it stores, in order. Zeros fill the rest.
        pieces: Vec<PieceActivationManifest>,
    }

    /// A piece of a sector's data, in methods 34 and 35.
    PieceActivationManifest {
        /// Its commitment.
        cid: Cid,
        /// Its size.
        size: PaddedPieceSize,
        /// The allocation that it fulfils.
        verified_allocation_key: Option<VerifiedAllocationKey>,
        /// Who is told of it.
        notify: Vec<DataActivationNotification>,
    }

    /// An allocation, in methods 34 and 35.
    VerifiedAllocationKey {
        /// Who made it.
        client: ActorID,
        /// Which of theirs.
        id: u64,
    }

    /// Somebody who is told of a piece, in methods 34 and 35.
    DataActivationNotification {
        /// Who.
        address: Address,
        /// With what.
        payload: RawBytes,
    }

    /// 35. Each sector has its proof; an aggregate is foreseen but not supported.
    ProveReplicaUpdates3Params {
        /// The sectors, each with its new data.
        sector_updates: Vec<SectorUpdateManifest>,
        /// A proof each.
        sector_proofs: Vec<RawBytes>,
        /// A proof for all.
        aggregate_proof: RawBytes,
        /// Of what type each proof is.
        update_proofs_type: RegisteredUpdateProof,
        /// Of what type the aggregate is, if there is one.
        aggregate_proof_type: Option<RegisteredAggregateProof>,
        /// Shall all fail if one does?
        require_activation_success: bool,
        /// Shall all fail if a consumer of the data does?
        require_notification_success: bool,
    }

    /// A sector with its new data, in method 35.
    SectorUpdateManifest {
        /// Which sector.
        sector: SectorNumber,
        /// The deadline it lies in.
        deadline: u64,
        /// The partition within it.
        partition: u64,
        /// CommR of the new replica.
        new_sealed_cid: Cid,
        /// What it stores, in order. Zeros fill the rest.
        pieces: Vec<PieceActivationManifest>,
    }

    /// 36 (FIP-0092)
    ProveCommitSectorsNIParams {
        /// The sectors.
        sectors: Vec<SectorNIActivationInfo>,
        /// A proof for all.
        aggregate_proof: RawBytes,
        /// How they are sealed.
        seal_proof_type: RegisteredSealProof,
        /// How the proofs are aggregated.
        aggregate_proof_type: RegisteredAggregateProof,
        /// The deadline that all of them go to.
        proving_deadline: u64,
        /// Shall all fail if one does?
        require_activation_success: bool,
    }

    /// A sector without data, in method 36.
    SectorNIActivationInfo {
        /// The number it was sealed with.
        sealing_number: SectorNumber,
        /// The miner it was sealed for.
        sealer_id: ActorID,
        /// CommR.
        sealed_cid: Cid,
        /// The number it gets.
        sector_number: SectorNumber,
        /// Of which epoch its ticket is.
        seal_rand_epoch: ChainEpoch,
        /// When it will end.
        expiration: ChainEpoch,
    }

    /// GetOwner
    GetOwnerReturn {
        /// Whose the miner is.
        owner: Address,
        /// Whose it shall be, once they agree.
        proposed: Option<Address>,
    }

    /// GetVestingFunds
    GetVestingFundsReturn {
        /// When how much is free.
        vesting_funds: Vec<(ChainEpoch, TokenAmount)>,
    }

    /// GetPeerID
    GetPeerIdReturn {
        /// The libp2p identity.
        #[serde(with = "strict_bytes")]
        peer_id: Vec<u8>,
    }

    /// GetMultiaddrs
    GetMultiaddrsReturn {
        /// Where to find the miner.
        multi_addrs: Vec<BytesDe>,
    }

    /// MaxTerminationFee
    MaxTerminationFeeParams {
        /// Quality-adjusted power of a sector.
        #[serde(with = "bigint_ser")]
        power: StoragePower,
        /// What is pledged for it.
        initial_pledge: TokenAmount,
    }

    /// GenerateSectorLocation (FIP-0112)
    GenerateSectorLocationParams {
        /// Which sector.
        sector_number: SectorNumber,
    }

    /// GenerateSectorLocation (FIP-0112)
    GenerateSectorLocationReturn {
        /// How it is.
        status: SectorStatusCode,
        /// Where it is: a [`SectorLocation`] as CBOR, to be given to ValidateSectorStatus.
        #[serde(with = "strict_bytes")]
        aux_data: Vec<u8>,
    }

    /// Where a sector lies; both are [`NOWHERE`] if it is in no partition.
    SectorLocation {
        /// The deadline.
        deadline: i64,
        /// The partition within it.
        partition: i64,
    }

    /// ValidateSectorStatus (FIP-0112)
    ValidateSectorStatusParams {
        /// Which sector.
        sector_number: SectorNumber,
        /// How it is said to be.
        status: SectorStatusCode,
        /// Where: a [`SectorLocation`] as CBOR.
        #[serde(with = "strict_bytes")]
        aux_data: Vec<u8>,
    }
}

transparent! {
    /// 16
    WithdrawBalanceReturn(TokenAmount);
    /// 23: the new owner.
    ChangeOwnerAddressParams(Address);
    /// 34
    ProveCommitSectors3Return(BatchReturn);
    /// 35
    ProveReplicaUpdates3Return(BatchReturn);
    /// 36
    ProveCommitSectorsNIReturn(BatchReturn);
    /// IsControllingAddress
    IsControllingAddressParams(Address);
    /// IsControllingAddress
    IsControllingAddressReturn(bool);
    /// GetSectorSize
    GetSectorSizeReturn(SectorSize);
    /// GetAvailableBalance
    GetAvailableBalanceReturn(TokenAmount);
    /// MaxTerminationFee
    MaxTerminationFeeReturn(TokenAmount);
    /// InitialPledge
    InitialPledgeReturn(TokenAmount);
    /// ValidateSectorStatus: is it so?
    ValidateSectorStatusReturn(bool);
    /// GetNominalSectorExpiration: of this sector.
    GetNominalSectorExpirationParams(SectorNumber);
    /// GetNominalSectorExpiration
    GetNominalSectorExpirationReturn(ChainEpoch);
}

/// How a sector is (FIP-0112).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum SectorStatusCode {
    /// It has ended, or never was.
    Dead = 0,
    /// It stands, proven or waiting to be.
    Active = 1,
    /// It is faulty.
    Faulty = 2,
}

impl TryFrom<u8> for SectorStatusCode {
    type Error = String;

    fn try_from(code: u8) -> Result<Self, String> {
        match code {
            0 => Ok(Self::Dead),
            1 => Ok(Self::Active),
            2 => Ok(Self::Faulty),
            other => Err(format!("no sector status {other}")),
        }
    }
}

impl From<SectorStatusCode> for u8 {
    fn from(status: SectorStatusCode) -> Self {
        status as Self
    }
}

/// No deadline, or no partition, in a [`SectorLocation`].
pub const NOWHERE: i64 = -1;
