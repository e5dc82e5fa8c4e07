//! Who a miner is, and who may speak for it: owner, worker, control addresses.
//!
//! - The **owner** gets what the miner earns (unless there is a beneficiary) and names the others.
//!   A new owner must agree.
//! - The **worker** seals, proves and signs blocks, so it has a BLS key. A new one takes effect
//!   after a delay, at the end of a deadline or when the owner confirms it: blocks that the old
//!   one signed must not become unverifiable.
//! - **Control addresses** may send the worker's messages. "Controllers" below are all three.

use fvm_ipld_encoding::{BytesDe, strict_bytes};
use fvm_shared::ActorID;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::clock::{ChainEpoch, EPOCH_UNDEFINED};
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::{RegisteredPoStProof, SectorSize};
use num_traits::Zero;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use super::beneficiary::{BeneficiaryTerm, PendingBeneficiaryChange};
use super::state::State;
use super::types::{
    ChangeMultiaddrsParams, ChangeOwnerAddressParams, ChangePeerIdParams,
    ChangeWorkerAddressParams, ConstructorParams,
};
use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};
use crate::{callers, send};

/// `PubkeyAddress` of the account actor.
const PUBKEY_ADDRESS: u64 = 2;

/// Who a miner is. All addresses are ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct MinerInfo {
    /// Whose it is.
    pub owner: Address,
    /// Who works for it.
    pub worker: Address,
    /// Who else does.
    pub control_addresses: Vec<Address>,
    /// Who shall work for it.
    pub pending_worker_key: Option<WorkerKeyChange>,
    /// Its libp2p identity.
    #[serde(with = "strict_bytes")]
    pub peer_id: Vec<u8>,
    /// Where to find it.
    pub multi_address: Vec<BytesDe>,
    /// How its sectors are proven.
    pub window_post_proof_type: RegisteredPoStProof,
    /// How large they are.
    pub sector_size: SectorSize,
    /// How many of them make a partition.
    pub window_post_partition_sectors: u64,
    /// The last epoch of its exclusion for a consensus fault.
    pub consensus_fault_elapsed: ChainEpoch,
    /// Whose it shall be.
    pub pending_owner_address: Option<Address>,
    /// Who gets withdrawals.
    pub beneficiary: Address,
    /// On what terms.
    pub beneficiary_term: BeneficiaryTerm,
    /// Who shall.
    pub pending_beneficiary_term: Option<PendingBeneficiaryChange>,
}

/// A worker to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct WorkerKeyChange {
    /// Who.
    pub new_worker: Address,
    /// The first epoch in which the change may be made.
    pub effective_at: ChainEpoch,
}

impl MinerInfo {
    /// A new miner's, of resolved addresses.
    ///
    /// # Errors
    /// 16 if the proof is not one of ours.
    pub fn new(
        owner: ActorID,
        worker: ActorID,
        control_addresses: Vec<Address>,
        params: ConstructorParams,
    ) -> Result<Self, ActorError> {
        let proof = params.window_post_proof_type;
        let illegal_argument = ExitCode::USR_ILLEGAL_ARGUMENT;
        Ok(Self {
            owner: Address::new_id(owner),
            worker: Address::new_id(worker),
            control_addresses,
            pending_worker_key: None,
            peer_id: params.peer_id,
            multi_address: params.multi_addresses,
            window_post_proof_type: proof,
            sector_size: proof
                .sector_size()
                .or_exit(illegal_argument, "sector size")?,
            window_post_partition_sectors: proof
                .window_post_partition_sectors()
                .or_exit(illegal_argument, "partition size")?,
            consensus_fault_elapsed: EPOCH_UNDEFINED,
            pending_owner_address: None,
            beneficiary: Address::new_id(owner),
            beneficiary_term: BeneficiaryTerm::default(),
            pending_beneficiary_term: None,
        })
    }

    /// Everyone who may speak for it.
    pub fn controllers(&self) -> impl Iterator<Item = &Address> {
        self.control_addresses
            .iter()
            .chain([&self.worker, &self.owner])
    }

    /// Is it excluded for a consensus fault?
    #[must_use]
    pub fn consensus_fault_active(&self, now: ChainEpoch) -> bool {
        now <= self.consensus_fault_elapsed
    }
}

// --- methods -------------------------------------------------------------------------------

/// 3: names control addresses at once and, after a delay, a worker. Owner.
pub(super) fn change_worker_address(
    rt: &dyn Runtime,
    params: ChangeWorkerAddressParams,
) -> Result<(), ActorError> {
    check_control_addresses(rt.policy(), &params.new_control_addresses)?;
    let new_worker = Address::new_id(resolve_worker(rt, &params.new_worker)?);
    let control_addresses = resolve_all(rt, &params.new_control_addresses)?;

    transaction(rt, |state: &mut State| {
        let mut info = state.load_info(Store::of(rt))?;
        callers::one_of_addresses(rt, [&info.owner])?;
        info.control_addresses = control_addresses;
        if new_worker != info.worker && info.pending_worker_key.is_none() {
            let effective_at = rt.network().epoch + rt.policy().worker_key_change_delay;
            info.pending_worker_key = Some(WorkerKeyChange {
                new_worker,
                effective_at,
            });
        }
        state.save_info(Store::of(rt), &info)
    })
}

/// 21: makes the change of worker that was asked for, if its time has come. Owner.
pub(super) fn confirm_change_worker_address(rt: &dyn Runtime) -> Result<(), ActorError> {
    transaction(rt, |state: &mut State| {
        let mut info = state.load_info(Store::of(rt))?;
        callers::one_of_addresses(rt, [&info.owner])?;
        process_pending_worker(rt, state, &mut info)
    })
}

/// Makes the change of worker that was asked for, if its time has come.
pub(super) fn process_pending_worker(
    rt: &dyn Runtime,
    state: &mut State,
    info: &mut MinerInfo,
) -> Result<(), ActorError> {
    let now = rt.network().epoch;
    let Some(change) = info
        .pending_worker_key
        .take_if(|change| now >= change.effective_at)
    else {
        return Ok(());
    };
    info.worker = change.new_worker;
    state.save_info(Store::of(rt), info)
}

/// 23: the owner proposes a new one (or, by naming itself, takes a proposal back); the new one
/// agrees by proposing the same.
pub(super) fn change_owner_address(
    rt: &dyn Runtime,
    params: ChangeOwnerAddressParams,
) -> Result<(), ActorError> {
    let ChangeOwnerAddressParams(new_owner) = params;
    if new_owner.protocol() != Protocol::ID {
        return Err(ActorError::illegal_argument(
            "the new owner must be given by id",
        ));
    }
    let caller = Address::new_id(rt.message().caller);
    transaction(rt, |state: &mut State| {
        let mut info = state.load_info(Store::of(rt))?;
        match info.pending_owner_address {
            Some(nominee) if caller != info.owner => {
                callers::one_of_addresses(rt, [&nominee])?;
                if new_owner != nominee {
                    return Err(ActorError::illegal_argument(format!(
                        "{nominee} is proposed"
                    )));
                }
                if info.beneficiary == info.owner {
                    info.beneficiary = nominee;
                }
                info.pending_beneficiary_term = None;
                info.owner = nominee;
            }
            _ => {
                callers::one_of_addresses(rt, [&info.owner])?;
                info.pending_owner_address = Some(new_owner);
            }
        }
        info.pending_owner_address
            .take_if(|pending| *pending == info.owner);
        state.save_info(Store::of(rt), &info)
    })
}

/// 4: changes the libp2p identity. Controllers.
pub(super) fn change_peer_id(
    rt: &dyn Runtime,
    params: ChangePeerIdParams,
) -> Result<(), ActorError> {
    check_peer_info(rt.policy(), &params.new_id, &[])?;
    change_by_controller(rt, |info| info.peer_id = params.new_id)
}

/// 18: changes the multiaddresses. Controllers.
pub(super) fn change_multiaddrs(
    rt: &dyn Runtime,
    params: ChangeMultiaddrsParams,
) -> Result<(), ActorError> {
    check_peer_info(rt.policy(), &[], &params.new_multi_addrs)?;
    change_by_controller(rt, |info| info.multi_address = params.new_multi_addrs)
}

fn change_by_controller(
    rt: &dyn Runtime,
    change: impl FnOnce(&mut MinerInfo),
) -> Result<(), ActorError> {
    transaction(rt, |state: &mut State| {
        let mut info = state.load_info(Store::of(rt))?;
        callers::one_of_addresses(rt, info.controllers())?;
        change(&mut info);
        state.save_info(Store::of(rt), &info)
    })
}

// --- checks of what is given ---------------------------------------------------------------

/// 16 if there are too many.
pub(super) fn check_control_addresses(
    policy: &Policy,
    addresses: &[Address],
) -> Result<(), ActorError> {
    if addresses.len() > policy.control_addresses_max {
        return Err(ActorError::illegal_argument("too many control addresses"));
    }
    Ok(())
}

/// 16 if the identity or the multiaddresses are too long, or one of these is empty.
pub(super) fn check_peer_info(
    policy: &Policy,
    peer_id: &[u8],
    multiaddrs: &[BytesDe],
) -> Result<(), ActorError> {
    if peer_id.len() > policy.peer_id_bytes_max {
        return Err(ActorError::illegal_argument("the peer id is too long"));
    }
    if multiaddrs.iter().any(|address| address.0.is_empty()) {
        return Err(ActorError::illegal_argument("an empty multiaddress"));
    }
    let bytes: usize = multiaddrs.iter().map(|address| address.0.len()).sum();
    if bytes > policy.multiaddrs_bytes_max {
        return Err(ActorError::illegal_argument(
            "the multiaddresses are too long",
        ));
    }
    Ok(())
}

/// The ids behind addresses; 16 if one has none.
pub(super) fn resolve_all(
    rt: &dyn Runtime,
    addresses: &[Address],
) -> Result<Vec<Address>, ActorError> {
    addresses
        .iter()
        .map(|address| resolve(rt, address).map(Address::new_id))
        .collect()
}

/// The id behind an address; 16 if it has none.
pub(super) fn resolve(rt: &dyn Runtime, address: &Address) -> Result<ActorID, ActorError> {
    rt.resolve(address)?
        .ok_or_else(|| ActorError::illegal_argument(format!("{address} has no id")))
}

/// The id of a worker; 16 if it is not an account with a BLS key.
pub(super) fn resolve_worker(rt: &dyn Runtime, address: &Address) -> Result<ActorID, ActorError> {
    let id = resolve(rt, address)?;
    let code = rt
        .code_of(id)?
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "code of the worker")?;
    if rt.kind_of_code(&code)? != Some(ActorKind::Account) {
        return Err(ActorError::illegal_argument(
            "the worker must be an account",
        ));
    }
    if address.protocol() != Protocol::BLS {
        let to = Address::new_id(id);
        let answer = send::call(rt, &to, PUBKEY_ADDRESS, None, TokenAmount::zero())?;
        let key: Address = send::decode(answer)?;
        if key.protocol() != Protocol::BLS {
            return Err(ActorError::illegal_argument(
                "the worker must have a BLS key",
            ));
        }
    }
    Ok(id)
}
