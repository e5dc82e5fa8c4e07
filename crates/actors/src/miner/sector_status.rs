//! What contracts can ask about a sector (FIP-0112).
//!
//! Finding a sector means looking through all deadlines, so it is done off chain; checking that it
//! is where it is said to be is cheap.

use fvm_shared::error::ExitCode;
use fvm_shared::sector::SectorNumber;

use super::partition::Partition;
use super::state::State;
use super::types::{
    GenerateSectorLocationParams, GenerateSectorLocationReturn, GetNominalSectorExpirationParams,
    GetNominalSectorExpirationReturn, NOWHERE, SectorLocation, SectorStatusCode,
    ValidateSectorStatusParams, ValidateSectorStatusReturn,
};
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::runtime::Runtime;
use crate::state::{self, Store};

/// GenerateSectorLocation: where a sector is, and how. Anyone.
pub(super) fn generate_sector_location(
    rt: &dyn Runtime,
    params: GenerateSectorLocationParams,
) -> Result<GenerateSectorLocationReturn, ActorError> {
    callers::any(rt)?;
    let store = Store::of(rt);
    let state: State = state::load(rt)?;
    let number = params.sector_number;
    if state.load_sectors(store)?.get(number)?.is_none() {
        // Not even in the table: no need to look further.
        return answer(SectorStatusCode::Dead, NOWHERE, NOWHERE);
    }
    let deadlines = state.load_deadlines(store)?;
    let (deadline, partition) = deadlines.find_sector(store, number)?;
    let found = deadlines
        .get(store, deadline)?
        .partition(store, partition)?;
    answer(status_in(&found, number), deadline as i64, partition as i64)
}

fn answer(
    status: SectorStatusCode,
    deadline: i64,
    partition: i64,
) -> Result<GenerateSectorLocationReturn, ActorError> {
    let aux_data = fvm_ipld_encoding::to_vec(&SectorLocation {
        deadline,
        partition,
    })
    .or_illegal_state("the location")?;
    Ok(GenerateSectorLocationReturn { status, aux_data })
}

fn status_in(partition: &Partition, number: SectorNumber) -> SectorStatusCode {
    if partition.terminated.get(number) {
        SectorStatusCode::Dead
    } else if partition.faults.get(number) {
        SectorStatusCode::Faulty
    } else {
        SectorStatusCode::Active
    }
}

/// ValidateSectorStatus: is a sector, where it is said to be, as it is said to be? Anyone.
pub(super) fn validate_sector_status(
    rt: &dyn Runtime,
    params: ValidateSectorStatusParams,
) -> Result<ValidateSectorStatusReturn, ActorError> {
    callers::any(rt)?;
    let store = Store::of(rt);
    let state: State = state::load(rt)?;
    let location: SectorLocation = fvm_ipld_encoding::from_slice(&params.aux_data)
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the location")?;
    let number = params.sector_number;
    match (location.deadline == NOWHERE, location.partition == NOWHERE) {
        (true, true) => {
            // Of a sector that is in the table this says nothing.
            if state.load_sectors(store)?.get(number)?.is_some() {
                return Err(ActorError::not_found(format!(
                    "sector {number} is somewhere"
                )));
            }
            Ok(ValidateSectorStatusReturn(
                params.status == SectorStatusCode::Dead,
            ))
        }
        (false, false) => {
            let deadlines = state.load_deadlines(store)?;
            // A negative number becomes one that is far too high.
            let deadline = deadlines.get(store, location.deadline as u64)?;
            let partition = deadline.partition(store, location.partition as u64)?;
            if !partition.sectors.get(number) {
                return Err(ActorError::not_found(format!(
                    "sector {number} isn't there"
                )));
            }
            Ok(ValidateSectorStatusReturn(
                params.status == status_in(&partition, number),
            ))
        }
        _ => Err(ActorError::illegal_argument("half a location")),
    }
}

/// GetNominalSectorExpiration: when a sector ends if nothing happens. Anyone.
pub(super) fn get_nominal_sector_expiration(
    rt: &dyn Runtime,
    params: GetNominalSectorExpirationParams,
) -> Result<GetNominalSectorExpirationReturn, ActorError> {
    callers::any(rt)?;
    let state: State = state::load(rt)?;
    let table = state.load_sectors(Store::of(rt))?;
    Ok(GetNominalSectorExpirationReturn(
        table.must_get(params.0)?.expiration,
    ))
}
