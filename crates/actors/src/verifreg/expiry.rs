//! What has expired and may be removed by anybody: allocations that nobody claimed in time, and
//! claims whose longest term is over.

use fvm_shared::ActorID;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::error::ExitCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::adt::MapMap;
use crate::batch::BatchReturn;
use crate::error::{ActorError, OrExit};
use crate::verifreg::state::{Allocation, Claim};

/// What ends at an epoch.
pub(super) trait Expires: Serialize + DeserializeOwned + PartialEq {
    /// The first epoch in which it is over.
    fn expiration(&self) -> ChainEpoch;
}

impl Expires for Allocation {
    fn expiration(&self) -> ChainEpoch {
        self.expiration
    }
}

impl Expires for Claim {
    fn expiration(&self) -> ChainEpoch {
        self.term_start.saturating_add(self.term_max)
    }
}

/// What was removed, and what was thought of.
pub(super) struct Removed<T> {
    /// The numbers named, or those found.
    pub(super) considered: Vec<u64>,
    /// How each of them fared.
    pub(super) results: BatchReturn,
    /// What was removed, in the order of `considered`.
    pub(super) removed: Vec<(u64, T)>,
}

/// Removes what has expired of an owner: of the numbers named, or of all there are if none is.
///
/// # Errors
/// 24 if an expired number is named twice, as in the official registry; 20 if the collection
/// can't be read.
pub(super) fn remove_expired<T: Expires>(
    collection: &mut MapMap<'_, ActorID, u64, T>,
    owner: ActorID,
    named: Vec<u64>,
    now: ChainEpoch,
) -> Result<Removed<T>, ActorError> {
    let (considered, codes) = if named.is_empty() {
        let found = find_expired(collection, owner, now)?;
        let codes = vec![ExitCode::OK; found.len()];
        (found, codes)
    } else {
        let codes = judge(collection, owner, &named, now)?;
        (named, codes)
    };

    let mut removed = Vec::new();
    for (number, code) in considered.iter().zip(&codes) {
        if code.is_success() {
            let gone = collection.remove(&owner, number)?;
            let gone = gone.or_exit(ExitCode::USR_ASSERTION_FAILED, "removing a number again")?;
            removed.push((*number, gone));
        }
    }
    Ok(Removed {
        considered,
        results: BatchReturn::of(codes),
        removed,
    })
}

/// In the order in which the collection holds them.
fn find_expired<T: Expires>(
    collection: &mut MapMap<'_, ActorID, u64, T>,
    owner: ActorID,
    now: ChainEpoch,
) -> Result<Vec<u64>, ActorError> {
    let mut found = Vec::new();
    collection.for_each_in(&owner, |number, item| {
        if now >= item.expiration() {
            found.push(number);
        }
        Ok(())
    })?;
    Ok(found)
}

/// Success for what has expired, 18 for what has not, 17 for what isn't the owner's.
fn judge<T: Expires>(
    collection: &mut MapMap<'_, ActorID, u64, T>,
    owner: ActorID,
    numbers: &[u64],
    now: ChainEpoch,
) -> Result<Vec<ExitCode>, ActorError> {
    let mut codes = Vec::with_capacity(numbers.len());
    for number in numbers {
        codes.push(match collection.get(&owner, number)? {
            Some(item) if now >= item.expiration() => ExitCode::OK,
            Some(_) => ExitCode::USR_FORBIDDEN,
            None => ExitCode::USR_NOT_FOUND,
        });
    }
    Ok(codes)
}
