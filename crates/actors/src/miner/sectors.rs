//! The table of a miner's sectors.
//!
//! A sector is in it from its proof until the partition it lies in is compacted after its end.
//! It may hold a million sectors: nothing here walks it.

use std::collections::BTreeSet;

use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_shared::sector::SectorNumber;

use super::sector::SectorOnChainInfo;
use crate::adt::Array;
use crate::error::ActorError;
use crate::policy::SECTOR_NUMBER_MAX;
use crate::state::Store;

/// Bits a level of the table.
pub const SECTORS_BIT_WIDTH: u32 = 5;

/// The table of a miner's sectors, by number.
#[derive(Debug)]
pub struct Sectors<'a> {
    table: Array<'a, SectorOnChainInfo>,
}

impl<'a> Sectors<'a> {
    /// The table under a root.
    ///
    /// # Errors
    /// 20 if there is none.
    pub fn load(store: Store<'a>, root: &Cid) -> Result<Self, ActorError> {
        Ok(Self {
            table: Array::load(store, root, "sectors")?,
        })
    }

    /// Writes what changed and returns the root.
    ///
    /// # Errors
    /// 20 if that fails.
    pub fn flush(&mut self) -> Result<Cid, ActorError> {
        self.table.flush()
    }

    /// A sector, if it is there.
    ///
    /// # Errors
    /// 20 if the table can't be read.
    pub fn get(&self, number: SectorNumber) -> Result<Option<&SectorOnChainInfo>, ActorError> {
        self.table.get(number)
    }

    /// A sector that must be there.
    ///
    /// # Errors
    /// 17 if it isn't; 20 if the table can't be read.
    pub fn must_get(&self, number: SectorNumber) -> Result<&SectorOnChainInfo, ActorError> {
        self.get(number)?
            .ok_or_else(|| ActorError::not_found(format!("no sector {number}")))
    }

    /// Some sectors, in ascending order of number.
    ///
    /// # Errors
    /// 17 if one isn't there; 20 if the table can't be read.
    pub fn load_all(&self, numbers: &BitField) -> Result<Vec<SectorOnChainInfo>, ActorError> {
        numbers
            .iter()
            .map(|number| self.must_get(number).cloned())
            .collect()
    }

    /// Puts sectors in, over any of the same numbers.
    ///
    /// # Errors
    /// 20 if a number is too high or the table can't be read.
    pub fn store(
        &mut self,
        sectors: impl IntoIterator<Item = SectorOnChainInfo>,
    ) -> Result<(), ActorError> {
        for sector in sectors {
            let number = sector.sector_number;
            if number > SECTOR_NUMBER_MAX {
                return Err(ActorError::illegal_state(format!("sector number {number}")));
            }
            self.table.set(number, sector)?;
        }
        Ok(())
    }

    /// Takes sectors out.
    ///
    /// # Errors
    /// 17 if one isn't there; 20 if the table can't be read.
    pub fn delete(&mut self, numbers: &BitField) -> Result<(), ActorError> {
        for number in numbers.iter() {
            if self.table.delete(number)?.is_none() {
                return Err(ActorError::not_found(format!("no sector {number}")));
            }
        }
        Ok(())
    }

    /// The sectors that a window proof is over: those of `proven`, in ascending order, with the
    /// first good one standing in for each of `faulty`. None if all are faulty.
    ///
    /// # Errors
    /// 17 if a sector isn't there; 20 if the table can't be read.
    pub fn load_for_proof(
        &self,
        proven: &BitField,
        faulty: &BitField,
    ) -> Result<Vec<SectorOnChainInfo>, ActorError> {
        let Some(good) = (proven - faulty).first() else {
            return Ok(Vec::new());
        };
        let stand_in = self.must_get(good)?;
        let faulty: BTreeSet<SectorNumber> = faulty.iter().collect();
        proven
            .iter()
            .map(|number| match faulty.contains(&number) {
                true => Ok(stand_in.clone()),
                false => self.must_get(number).cloned(),
            })
            .collect()
    }

    /// Visits every sector in ascending order of number. For checks and queries from outside.
    ///
    /// # Errors
    /// Those of `visit`; 20 if the table can't be read.
    pub fn for_each(
        &self,
        mut visit: impl FnMut(&SectorOnChainInfo) -> Result<(), ActorError>,
    ) -> Result<(), ActorError> {
        self.table.for_each(|_, sector| visit(sector))
    }
}

/// Those of `sectors` that `numbers` names.
///
/// # Errors
/// 20 if one that it names is missing.
pub fn select(
    sectors: &[SectorOnChainInfo],
    numbers: &BitField,
) -> Result<Vec<SectorOnChainInfo>, ActorError> {
    let mut wanted: BTreeSet<SectorNumber> = numbers.iter().collect();
    let found = sectors
        .iter()
        .filter(|s| wanted.remove(&s.sector_number))
        .cloned()
        .collect();
    if !wanted.is_empty() {
        return Err(ActorError::illegal_state(format!(
            "{} sectors not at hand",
            wanted.len()
        )));
    }
    Ok(found)
}
