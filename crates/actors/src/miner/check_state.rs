//! Checks that everything that a miner's files say of its state holds.
//!
//! Tests run it after every step, and so can anyone on a chain's state. It reads everything, and
//! goes on after the first thing found, so that one look shows all there is.

use std::collections::{BTreeMap, BTreeSet};

use fvm_ipld_bitfield::BitField;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::{SectorNumber, SectorSize};
use num_traits::Zero;

use super::bitfield_queue::BitFieldQueue;
use super::deadline::Deadline;
use super::expiration_queue::{ExpirationQueue, ExpirationSet};
use super::info::MinerInfo;
use super::partition::{Partition, Scope};
use super::power::{PowerPair, power_for_sectors};
use super::quantize::EXACT;
use super::sector::SectorOnChainInfo;
use super::state::State;
use crate::error::ActorError;
use crate::policy::Policy;
use crate::state::Store;

/// What a miner's state amounts to, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Checked {
    /// What doesn't hold; empty if all is well.
    pub problems: Vec<String>,
    /// The power of all sectors that have not ended.
    pub live_power: PowerPair,
    /// The power that they give: the miner's claim at the power actor.
    pub active_power: PowerPair,
    /// The power of the faulty.
    pub faulty_power: PowerPair,
    /// What all pay a day.
    pub daily_fee: TokenAmount,
    /// Sectors that have not ended, with data.
    pub live_data_sectors: BTreeSet<SectorNumber>,
}

/// Checks a miner's state against itself and its balance.
#[must_use]
pub fn check_state(
    policy: &Policy,
    store: Store<'_>,
    state: &State,
    balance: &TokenAmount,
) -> Checked {
    let mut check = Check {
        policy,
        store,
        checked: Checked::default(),
    };
    if let Err(error) = check.state(state, balance) {
        check.problem(format!("unreadable: {error}"));
    }
    check.checked
}

type SectorTable = BTreeMap<SectorNumber, SectorOnChainInfo>;

struct Check<'a> {
    policy: &'a Policy,
    store: Store<'a>,
    checked: Checked,
}

impl<'a> Check<'a> {
    fn problem(&mut self, words: impl Into<String>) {
        self.checked.problems.push(words.into());
    }

    fn require(&mut self, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.problem(words());
        }
    }

    fn state(&mut self, state: &State, balance: &TokenAmount) -> Result<(), ActorError> {
        let info = state.load_info(self.store)?;
        self.info(&info);
        self.sums(state, balance)?;
        let allocated: BitField = self.store.read(
            &state.allocated_sectors,
            ExitCode::USR_ILLEGAL_STATE,
            "allocated sectors",
        )?;
        self.pre_commits(state, &allocated)?;
        let table = self.table(state, &allocated)?;
        self.deadlines(state, &info, &table)
    }

    fn info(&mut self, info: &MinerInfo) {
        let is_id = |address: &Address| address.protocol() == Protocol::ID;
        let pending = [
            info.pending_worker_key
                .as_ref()
                .map(|change| change.new_worker),
            info.pending_owner_address,
        ];
        let mut addresses = info
            .controllers()
            .chain([&info.beneficiary])
            .chain(pending.iter().flatten());
        let all_ids = addresses.all(is_id);
        self.require(all_ids, || "an address that isn't an id".to_owned());
        self.require(pending[0] != Some(info.worker), || {
            "a worker replaces itself".to_owned()
        });
        self.require(pending[1] != Some(info.owner), || {
            "an owner replaces itself".to_owned()
        });

        let proof = info.window_post_proof_type;
        let sizes = (proof.sector_size(), proof.window_post_partition_sectors());
        let recorded = (Ok(info.sector_size), Ok(info.window_post_partition_sectors));
        self.require(sizes == recorded, || {
            format!("sizes that don't fit {proof:?}")
        });
    }

    fn sums(&mut self, state: &State, balance: &TokenAmount) -> Result<(), ActorError> {
        if let Err(error) = state.check_balance(balance) {
            self.problem(error.words);
        }
        let quant = state.ends_of_deadlines(self.policy);
        let funds = state.vesting_funds.load(self.store)?;
        for fund in &funds {
            self.require(fund.amount.is_positive(), || {
                format!("nothing vests: {fund:?}")
            });
            let rounded = fund.epoch == quant.up(fund.epoch);
            self.require(rounded, || format!("vests at an odd epoch: {fund:?}"));
        }
        let rising = funds.windows(2).all(|pair| pair[0].epoch < pair[1].epoch);
        self.require(rising, || "the vesting table isn't in order".to_owned());
        let vesting: TokenAmount = funds.iter().map(|fund| &fund.amount).sum();
        self.require(vesting == state.locked_funds, || {
            format!("{vesting} vests, {} is locked", state.locked_funds)
        });
        let bound = &state.pre_commit_deposits + &state.initial_pledge;
        self.require(bound.is_zero() || state.deadline_cron_active, || {
            "cron sleeps while there are sectors".to_owned()
        });
        self.require(
            state.current_deadline < self.policy.period_deadlines,
            || format!("the current deadline is {}", state.current_deadline),
        );
        Ok(())
    }

    fn pre_commits(&mut self, state: &State, allocated: &BitField) -> Result<(), ActorError> {
        let quant = state.ends_of_deadlines(self.policy);
        let mut cleaned_up = BitField::new();
        state
            .load_clean_up(self.policy, self.store)?
            .for_each(|epoch, numbers| {
                self.require(quant.up(epoch) == epoch, || {
                    format!("clean-up at odd epoch {epoch}")
                });
                cleaned_up |= numbers;
                Ok(())
            })?;
        let mut deposits = TokenAmount::zero();
        state
            .load_pre_commits(self.store)?
            .for_each(|number, pre_commit| {
                self.require(allocated.get(number), || {
                    format!("{number} isn't allocated")
                });
                self.require(cleaned_up.get(number), || {
                    format!("{number} is never cleaned up")
                });
                self.require(number == pre_commit.info.sector_number, || {
                    format!("{number} is pre-committed as another")
                });
                deposits += &pre_commit.pre_commit_deposit;
                Ok(())
            })?;
        self.require(deposits == state.pre_commit_deposits, || {
            format!(
                "{deposits} is deposited, {} recorded",
                state.pre_commit_deposits
            )
        });
        Ok(())
    }

    fn table(&mut self, state: &State, allocated: &BitField) -> Result<SectorTable, ActorError> {
        let mut table = SectorTable::new();
        state.load_sectors(self.store)?.for_each(|sector| {
            let number = sector.sector_number;
            self.require(allocated.get(number), || {
                format!("{number} isn't allocated")
            });
            // A sector that has expired may still be updated until its deadline ends.
            let gone_by = sector.expiration.saturating_add(self.policy.proving_period);
            let in_order = sector.activation <= sector.power_base_epoch
                && sector.activation < sector.expiration
                && sector.power_base_epoch < gone_by;
            self.require(in_order, || format!("{number}: epochs out of order"));
            table.insert(number, sector.clone());
            Ok(())
        })?;
        Ok(table)
    }

    fn deadlines(
        &mut self,
        state: &State,
        info: &MinerInfo,
        table: &SectorTable,
    ) -> Result<(), ActorError> {
        let deadlines = state.load_deadlines(self.store)?;
        let count = deadlines.due.len() as u64;
        self.require(count == self.policy.period_deadlines, || {
            format!("{count} deadlines")
        });
        let mut everywhere = BitField::new();
        let mut pledge = TokenAmount::zero();
        for index in 0..count {
            let deadline = deadlines.get(self.store, index)?;
            let scope = state.scope(self.policy, self.store, info, index);
            let before = self.checked.problems.len();
            let sums = self.deadline(scope, &deadline, table)?;
            for problem in &mut self.checked.problems[before..] {
                *problem = format!("deadline {index}: {problem}");
            }
            self.require(!everywhere.contains_any(&sums.sectors), || {
                format!("deadline {index} has sectors of another")
            });
            everywhere |= &sums.sectors;
            let unpaid = state.early_terminations.get(index);
            self.require(deadline.early_terminations.is_empty() || unpaid, || {
                format!("deadline {index} has unpaid terminations that nobody knows of")
            });
            pledge += &sums.pledge;
            self.checked.live_power += &sums.live_power;
            self.checked.active_power += &sums.active_power;
            self.checked.faulty_power += &sums.faulty_power;
            self.checked.daily_fee += &sums.daily_fee;
            self.checked
                .live_data_sectors
                .extend(sums.live.iter().filter(|number| {
                    table.get(number).is_some_and(|sector| {
                        !sector.deal_weight.is_zero() || !sector.verified_deal_weight.is_zero()
                    })
                }));
        }
        let stray = table.keys().find(|number| !everywhere.get(**number));
        self.require(stray.is_none(), || format!("{stray:?} is in no partition"));
        self.require(pledge == state.initial_pledge, || {
            format!(
                "{pledge} is pledged for sectors, {} in all",
                state.initial_pledge
            )
        });
        Ok(())
    }

    /// Checks a deadline, and returns the sums over its partitions.
    fn deadline(
        &mut self,
        scope: Scope<'a>,
        deadline: &Deadline,
        table: &SectorTable,
    ) -> Result<Sums, ActorError> {
        let mut all = Sums::default();
        let mut count = 0;
        let mut expiring = BTreeMap::<ChainEpoch, Vec<u64>>::new();
        let mut unpaid = BitField::new();
        deadline
            .partitions(self.store)?
            .for_each(|index, partition| {
                self.require(index == count, || format!("a gap before partition {index}"));
                count += 1;
                let before = self.checked.problems.len();
                let sums = self.partition(scope, partition, table)?;
                for problem in &mut self.checked.problems[before..] {
                    *problem = format!("partition {index}: {problem}");
                }
                self.require(!all.sectors.contains_any(&sums.sectors), || {
                    format!("partition {index} has sectors of another")
                });
                for epoch in &sums.expirations {
                    expiring.entry(*epoch).or_default().push(index);
                }
                if !sums.unpaid.is_empty() {
                    unpaid.set(index);
                }
                all.absorb(sums);
                Ok(())
            })?;
        self.snapshots(deadline)?;
        self.require(
            deadline
                .partitions_posted
                .last()
                .is_none_or(|last| last < count),
            || "a partition is proven that doesn't exist".to_owned(),
        );
        self.require(deadline.live_sectors == all.live.len(), || {
            format!(
                "{} live sectors recorded, {} found",
                deadline.live_sectors,
                all.live.len()
            )
        });
        let total = all.sectors.len();
        self.require(deadline.total_sectors == total, || {
            format!("{} sectors recorded, {total} found", deadline.total_sectors)
        });
        self.require(deadline.faulty_power == all.faulty_power, || {
            "faulty power".to_owned()
        });
        self.require(deadline.live_power == all.live_power, || {
            "live power".to_owned()
        });
        self.require(deadline.daily_fee == all.daily_fee, || {
            "daily fee".to_owned()
        });
        self.require(deadline.early_terminations == unpaid, || {
            "unpaid terminations".to_owned()
        });

        let mut recorded = BTreeMap::new();
        deadline
            .expirations(self.store, scope.quant)?
            .for_each(|epoch, partitions| {
                recorded.insert(epoch, partitions.clone());
                Ok(())
            })?;
        for (epoch, partitions) in expiring {
            let entry = recorded.get(&epoch);
            let complete =
                entry.is_some_and(|entry| partitions.iter().all(|index| entry.get(*index)));
            self.require(complete, || {
                format!("partitions missing from expirations at {epoch}")
            });
        }
        Ok(all)
    }

    fn snapshots(&mut self, deadline: &Deadline) -> Result<(), ActorError> {
        let partitions = deadline.partitions_snapshot(self.store)?;
        partitions.for_each(|index, partition| {
            let settled = partition.recovering_power.is_zero()
                && partition.recoveries.is_empty()
                && partition.unproven_power.is_zero()
                && partition.unproven.is_empty();
            self.require(settled, || {
                format!("snapshot of partition {index} isn't settled")
            });
            Ok(())
        })?;
        deadline
            .proofs_snapshot(self.store)?
            .for_each(|index, proof| {
                for partition in proof.partitions.iter() {
                    let there = partitions.get(partition)?.is_some();
                    self.require(there, || format!("proof {index} is of no partition"));
                }
                Ok(())
            })
    }

    /// Checks a partition, and returns its sums.
    fn partition(
        &mut self,
        scope: Scope<'a>,
        partition: &Partition,
        table: &SectorTable,
    ) -> Result<Sums, ActorError> {
        if let Err(error) = partition.check() {
            self.problem(error.words);
        }
        let live = partition.live_sectors();
        let live_power = self.power(scope.sector_size, &live, table);
        let faulty_power = self.power(scope.sector_size, &partition.faults, table);
        let powers = [
            ("live", &partition.live_power, live_power.clone()),
            ("faulty", &partition.faulty_power, faulty_power.clone()),
            (
                "unproven",
                &partition.unproven_power,
                self.power(scope.sector_size, &partition.unproven, table),
            ),
            (
                "recovering",
                &partition.recovering_power,
                self.power(scope.sector_size, &partition.recoveries, table),
            ),
        ];
        for (name, recorded, found) in powers {
            self.require(*recorded == found, || {
                format!("{name} power {recorded:?} recorded, {found:?} found")
            });
        }
        let disjoint = !partition.unproven.contains_any(&partition.faults);
        self.require(disjoint, || "sectors both unproven and faulty".to_owned());

        let mut sums = Sums {
            sectors: partition.sectors.clone(),
            live: live.clone(),
            active_power: partition.active_power(),
            live_power,
            faulty_power,
            ..Sums::default()
        };
        for sector in live.iter().filter_map(|number| table.get(&number)) {
            sums.daily_fee += &sector.daily_fee;
            sums.pledge += &sector.initial_pledge;
        }
        self.expirations(scope, partition, table, &mut sums)?;
        BitFieldQueue::load(self.store, &partition.early_terminated, EXACT)?.for_each(
            |epoch, numbers| {
                self.require(!sums.unpaid.contains_any(numbers), || {
                    format!("terminated twice: at {epoch}")
                });
                sums.unpaid |= numbers;
                Ok(())
            },
        )?;
        let terminated = partition.terminated.contains_all(&sums.unpaid);
        self.require(terminated, || {
            "unpaid sectors that haven't ended".to_owned()
        });
        // Pledge is held until the fee of an early end is paid.
        for sector in sums.unpaid.iter().filter_map(|number| table.get(&number)) {
            sums.pledge += &sector.initial_pledge;
        }
        Ok(sums)
    }

    fn expirations(
        &mut self,
        scope: Scope<'a>,
        partition: &Partition,
        table: &SectorTable,
        sums: &mut Sums,
    ) -> Result<(), ActorError> {
        let Scope {
            store,
            quant,
            sector_size,
        } = scope;
        let queue =
            ExpirationQueue::load(store, &partition.expirations_epochs, quant, sector_size)?;
        let mut seen = BitField::new();
        let mut deductions = TokenAmount::zero();
        queue.for_each(|epoch, set| {
            self.require(quant.up(epoch) == epoch, || {
                format!("expiration at odd epoch {epoch}")
            });
            let sectors = set.sectors();
            let once = !set.on_time_sectors.contains_any(&set.early_sectors)
                && !seen.contains_any(&sectors);
            self.require(once, || {
                format!("a sector that ends twice, once at {epoch}")
            });
            seen |= &sectors;
            deductions += &set.fee_deduction;
            sums.expirations.push(epoch);

            let found = self.expected_set(scope, epoch, set, &partition.faults, table);
            self.require(found == *set, || {
                format!("expirations at {epoch}: {set:?} recorded, {found:?} found")
            });
            Ok(())
        })?;
        self.require(seen == sums.live, || {
            "live sectors aren't those that will end".to_owned()
        });
        self.require(deductions == sums.daily_fee, || {
            format!("fee deductions {deductions}, daily fee {}", sums.daily_fee)
        });
        Ok(())
    }

    /// The set as its sectors say it should be.
    fn expected_set(
        &mut self,
        scope: Scope<'a>,
        epoch: ChainEpoch,
        set: &ExpirationSet,
        faults: &BitField,
        table: &SectorTable,
    ) -> ExpirationSet {
        let mut expected = ExpirationSet {
            on_time_sectors: set.on_time_sectors.clone(),
            early_sectors: set.early_sectors.clone(),
            ..ExpirationSet::default()
        };
        for sector in set.sectors().iter().filter_map(|number| table.get(&number)) {
            let number = sector.sector_number;
            let own_epoch = scope.quant.up(sector.expiration);
            let early = set.early_sectors.get(number);
            let in_place = match early {
                true => epoch < own_epoch && faults.get(number),
                false => epoch == own_epoch,
            };
            self.require(in_place, || format!("{number} doesn't end at {epoch}"));
            if !early {
                expected.on_time_pledge += &sector.initial_pledge;
            }
            expected.fee_deduction += &sector.daily_fee;
            let power = power_for_sectors(scope.sector_size, [sector]);
            match faults.get(number) {
                true => expected.faulty_power += &power,
                false => expected.active_power += &power,
            }
        }
        expected
    }

    fn power(&mut self, size: SectorSize, numbers: &BitField, table: &SectorTable) -> PowerPair {
        let missing = numbers.iter().find(|number| !table.contains_key(number));
        self.require(missing.is_none(), || {
            format!("{missing:?} isn't in the table")
        });
        power_for_sectors(size, numbers.iter().filter_map(|number| table.get(&number)))
    }
}

/// Sums over sectors.
#[derive(Debug, Default)]
struct Sums {
    sectors: BitField,
    live: BitField,
    unpaid: BitField,
    live_power: PowerPair,
    active_power: PowerPair,
    faulty_power: PowerPair,
    daily_fee: TokenAmount,
    pledge: TokenAmount,
    expirations: Vec<ChainEpoch>,
}

impl Sums {
    fn absorb(&mut self, other: Self) {
        self.sectors |= &other.sectors;
        self.live |= &other.live;
        self.unpaid |= &other.unpaid;
        self.live_power += &other.live_power;
        self.active_power += &other.active_power;
        self.faulty_power += &other.faulty_power;
        self.daily_fee += &other.daily_fee;
        self.pledge += &other.pledge;
    }
}

/// Checks one deadline of a test, whose sectors are all given.
#[cfg(test)]
pub(super) fn check_deadline(
    scope: Scope<'_>,
    deadline: &Deadline,
    sectors: &[SectorOnChainInfo],
) -> Vec<String> {
    let policy = Policy::mainnet();
    let mut check = Check {
        policy: &policy,
        store: scope.store,
        checked: Checked::default(),
    };
    let table = sectors
        .iter()
        .map(|sector| (sector.sector_number, sector.clone()))
        .collect();
    if let Err(error) = check.deadline(scope, deadline, &table) {
        check.problem(format!("unreadable: {error}"));
    }
    check.checked.problems
}
