//! Letting sectors live longer (FIP-0045).
//!
//! A sector's power stays as it is, unless it gives up claims: every claim of a sector with
//! verified data must be named, as kept or as dropped; dropping is for the end of its life.

use std::collections::BTreeMap;

use fvm_ipld_bitfield::BitField;
use fvm_shared::bigint::BigInt;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::{SectorNumber, SectorSize};
use fvm_shared::version::NetworkVersion;
use num_integer::Integer;
use num_traits::{Signed, Zero};

use super::calls::{get_claims, notify_pledge_changed, update_power};
use super::deadline::Deadline;
use super::expiration_queue::Replacement;
use super::monies::{adjusted_daily_fee, daily_fee};
use super::partition::Scope;
use super::power::{PowerPair, qa_power_for_sector};
use super::pre_commit::check_expiration;
use super::sector::{SectorFlags, SectorOnChainInfo};
use super::sectors::Sectors;
use super::state::State;
use super::types::{ExpirationExtension2, ExtendSectorExpiration2Params, SectorClaim};
use crate::callers;
use crate::error::{ActorError, OrExit};
use crate::policy::Policy;
use crate::runtime::Runtime;
use crate::state::{Store, transaction};

/// From this network version on an extension gives a daily fee to sectors that had none
/// (FIP-0100).
const LEGACY_FEE_VERSION: NetworkVersion = NetworkVersion::new(26);

/// Verified space of a sector, as its claims tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct ClaimedSpace {
    /// Of all claims.
    all: u64,
    /// Of those that are kept.
    kept: u64,
}

/// Sectors of one partition that get one expiration.
struct Extension {
    deadline: u64,
    partition: u64,
    sectors: BitField,
    new_expiration: ChainEpoch,
}

/// 32: extends sectors. Controllers.
pub(super) fn extend_sector_expiration2(
    rt: &dyn Runtime,
    params: ExtendSectorExpiration2Params,
) -> Result<(), ActorError> {
    let claims = check_claims(rt, &params.extensions)?;
    let extensions = params
        .extensions
        .into_iter()
        .map(all_sectors)
        .collect::<Result<Vec<_>, _>>()?;
    let terms = Terms {
        policy: rt.policy(),
        version: rt.network().version,
        now: rt.network().epoch,
        circulating_supply: rt.circulating_supply()?,
        claims,
    };
    let (power_delta, pledge_delta) = transaction(rt, |state: &mut State| {
        let store = Store::of(rt);
        let info = state.load_info(store)?;
        callers::one_of_addresses(rt, info.controllers())?;
        let mut deadlines = state.load_deadlines(store)?;
        let mut table = state.load_sectors(store)?;
        let mut power_delta = PowerPair::default();
        let mut pledge_delta = TokenAmount::zero();
        for (index, extensions) in by_deadline(&extensions) {
            let mut deadline = deadlines.get(store, index)?;
            let scope = state.scope(terms.policy, store, &info, index);
            let change = extend_in_deadline(&terms, scope, &mut table, &mut deadline, &extensions)?;
            deadlines.set(store, index, &deadline)?;
            power_delta += &change.power;
            pledge_delta += &change.pledge;
        }
        state.sectors = table.flush()?;
        state.save_deadlines(store, &deadlines)?;
        Ok((power_delta, pledge_delta))
    })?;
    update_power(rt, power_delta)?;
    // Pledges don't change here; if they did, this is what would have to be told.
    notify_pledge_changed(rt, &pledge_delta)
}

// --- claims ----------------------------------------------------------------------------------

/// Looks up every claim that is named: each must be of the sector, and allow the new expiration
/// if it is kept.
fn check_claims(
    rt: &dyn Runtime,
    extensions: &[ExpirationExtension2],
) -> Result<BTreeMap<SectorNumber, ClaimedSpace>, ActorError> {
    let mut spaces = BTreeMap::new();
    for extension in extensions {
        if extension.deadline >= rt.policy().period_deadlines {
            let words = format!("no deadline {}", extension.deadline);
            return Err(ActorError::illegal_argument(words));
        }
        for sector in &extension.sectors_with_claims {
            add_claims(rt, extension.new_expiration, sector, &mut spaces)?;
        }
    }
    Ok(spaces)
}

fn add_claims(
    rt: &dyn Runtime,
    new_expiration: ChainEpoch,
    sector: &SectorClaim,
    spaces: &mut BTreeMap<SectorNumber, ClaimedSpace>,
) -> Result<(), ActorError> {
    let number = sector.sector_number;
    let ids = [sector.maintain_claims.as_slice(), &sector.drop_claims].concat();
    for (i, claim) in get_claims(rt, ids)?.iter().enumerate() {
        if claim.provider != rt.message().receiver || claim.sector != number {
            let words = format!("sector {number}: a claim of another");
            return Err(ActorError::illegal_argument(words));
        }
        let kept = i < sector.maintain_claims.len();
        if kept && new_expiration > claim.term_start + claim.term_max {
            let words = format!("sector {number}: longer than a claim's term");
            return Err(ActorError::forbidden(words));
        }
        let space = spaces.entry(number).or_default();
        let add = |sum: u64| {
            sum.checked_add(claim.size.0)
                .or_exit(ExitCode::USR_ASSERTION_FAILED, "the space of claims")
        };
        space.all = add(space.all)?;
        if kept {
            space.kept = add(space.kept)?;
        }
    }
    Ok(())
}

/// The sectors of a declaration, with claims or without.
fn all_sectors(extension: ExpirationExtension2) -> Result<Extension, ActorError> {
    let ExpirationExtension2 {
        deadline,
        partition,
        mut sectors,
        sectors_with_claims,
        new_expiration,
    } = extension;
    for claimed in sectors_with_claims {
        // The highest number of all doesn't fit in a bit field: exit 24.
        sectors
            .try_set(claimed.sector_number)
            .or_exit(ExitCode::USR_ASSERTION_FAILED, "a sector number")?;
    }
    Ok(Extension {
        deadline,
        partition,
        sectors,
        new_expiration,
    })
}

// --- state -----------------------------------------------------------------------------------

/// By deadline, in the order in which they are first named.
fn by_deadline(extensions: &[Extension]) -> Vec<(u64, Vec<&Extension>)> {
    let mut groups = Vec::<(u64, Vec<&Extension>)>::new();
    for extension in extensions {
        match groups
            .iter_mut()
            .find(|(deadline, _)| *deadline == extension.deadline)
        {
            Some((_, group)) => group.push(extension),
            None => groups.push((extension.deadline, vec![extension])),
        }
    }
    groups
}

fn extend_in_deadline(
    terms: &Terms<'_>,
    scope: Scope<'_>,
    table: &mut Sectors<'_>,
    deadline: &mut Deadline,
    extensions: &[&Extension],
) -> Result<Replacement, ActorError> {
    let mut change = Replacement::default();
    let mut partitions = deadline.partitions(scope.store)?;
    let mut expiring = BTreeMap::<ChainEpoch, Vec<u64>>::new();
    for extension in extensions {
        let index = extension.partition;
        let mut partition = partitions
            .get(index)?
            .cloned()
            .ok_or_else(|| ActorError::not_found(format!("no partition {index}")))?;
        let old = table.load_all(&extension.sectors)?;
        let new = old
            .iter()
            .map(|sector| terms.extend(scope.sector_size, sector, extension.new_expiration))
            .collect::<Result<Vec<_>, _>>()?;
        table.store(new.iter().cloned())?;
        let replaced = partition.replace_sectors(scope, &old, &new)?;
        partitions.set(index, partition)?;
        change.power += &replaced.power;
        change.pledge += &replaced.pledge;
        change.daily_fee += &replaced.daily_fee;
        expiring
            .entry(extension.new_expiration)
            .or_default()
            .push(index);
    }
    deadline.live_power += &change.power;
    deadline.daily_fee += &change.daily_fee;
    deadline.partitions = partitions.flush()?;
    for (epoch, partitions) in expiring {
        deadline.add_expiring_partitions(scope, epoch, partitions)?;
    }
    Ok(change)
}

// --- a sector --------------------------------------------------------------------------------

/// What the extension of every sector depends on.
struct Terms<'p> {
    policy: &'p Policy,
    version: NetworkVersion,
    now: ChainEpoch,
    circulating_supply: TokenAmount,
    claims: BTreeMap<SectorNumber, ClaimedSpace>,
}

impl Terms<'_> {
    /// The sector with its new expiration.
    fn extend(
        &self,
        size: SectorSize,
        old: &SectorOnChainInfo,
        new_expiration: ChainEpoch,
    ) -> Result<SectorOnChainInfo, ActorError> {
        if old.expiration < self.now {
            return Err(ActorError::forbidden("a sector that should have ended"));
        }
        if new_expiration < old.expiration {
            return Err(ActorError::illegal_argument(
                "extension must not shorten a life",
            ));
        }
        check_expiration(
            self.policy,
            self.now,
            old.activation,
            new_expiration,
            old.seal_proof,
        )?;
        if new_expiration == self.now {
            return Err(ActorError::assertion_failed(
                "a sector that ends now has no quality",
            ));
        }
        let moved = SectorOnChainInfo {
            expiration: new_expiration,
            power_base_epoch: self.now,
            ..old.clone()
        };
        let mut new = match old.flags.contains(SectorFlags::SIMPLE_QA_POWER) {
            true => self.weigh_simple(old, moved)?,
            false => self.weigh_decaying(old, moved),
        };
        let power = qa_power_for_sector(size, &new);
        if !old.daily_fee.is_zero() {
            let old_power = qa_power_for_sector(size, old);
            new.daily_fee = adjusted_daily_fee(&old.daily_fee, &old_power, &power);
        } else if self.version >= LEGACY_FEE_VERSION {
            new.daily_fee = daily_fee(self.policy, &self.circulating_supply, &power);
        }
        Ok(new)
    }

    /// Weights of a sector whose power is constant: the space of what it holds, over what is now
    /// its duration.
    fn weigh_simple(
        &self,
        old: &SectorOnChainInfo,
        mut new: SectorOnChainInfo,
    ) -> Result<SectorOnChainInfo, ActorError> {
        let old_duration = old.expiration - old.power_base_epoch;
        let remaining = old.expiration - self.now;
        if old.deal_weight.is_positive() {
            new.deal_weight = &old.deal_weight * remaining / old_duration;
        }
        if !old.verified_deal_weight.is_positive() {
            return Ok(new);
        }
        let Some(claimed) = self.claims.get(&old.sector_number) else {
            return Err(ActorError::illegal_argument(
                "a sector with claims, none of them named",
            ));
        };
        if BigInt::from(claimed.all) != &old.verified_deal_weight / old_duration {
            return Err(ActorError::illegal_argument(
                "not all claims of a sector are named",
            ));
        }
        if claimed.kept != claimed.all && remaining > self.policy.claim_drop_period {
            return Err(ActorError::forbidden(
                "too early in a sector's life to drop claims",
            ));
        }
        new.verified_deal_weight = BigInt::from(claimed.kept) * (new.expiration - self.now);
        Ok(without_rewards(new))
    }

    /// Weights of an old sector: what is left of them.
    fn weigh_decaying(&self, old: &SectorOnChainInfo, new: SectorOnChainInfo) -> SectorOnChainInfo {
        let duration = BigInt::from(old.expiration - old.power_base_epoch);
        let remaining = old.expiration - self.now;
        let left = |weight: &BigInt| -> BigInt { (weight * remaining).div_floor(&duration) };
        without_rewards(SectorOnChainInfo {
            deal_weight: left(&old.deal_weight),
            verified_deal_weight: left(&old.verified_deal_weight),
            ..new
        })
    }
}

/// Clears the fields that FIP-0098 left without use.
fn without_rewards(sector: SectorOnChainInfo) -> SectorOnChainInfo {
    SectorOnChainInfo {
        expected_day_reward: None,
        expected_storage_pledge: None,
        replaced_day_reward: None,
        ..sector
    }
}
