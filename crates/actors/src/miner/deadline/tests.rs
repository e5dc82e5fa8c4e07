//! A deadline with small partitions goes through its life; after each step everything that must
//! hold does.

use fvm_ipld_blockstore::MemoryBlockstore;
use fvm_shared::sector::RegisteredPoStProof;

use super::*;
use crate::miner::check_state::check_deadline;
use crate::miner::sectors::Sectors;
use crate::miner::test_kit::{SIZE, sector};

const PARTITION_SIZE: u64 = 4;
/// The deadline's ends: 9, 19, 29, ...
const QUANT: Quantization = Quantization {
    unit: 10,
    offset: 9,
};
const FAULT_EXPIRATION: ChainEpoch = 25;

/// A deadline, with nine sectors in three partitions: 1 to 4 and 5 to 8 end in turn at 9, 19, 29
/// and 39, 9 ends at 9. Each has its own pledge and fee.
struct Bench<'a> {
    scope: Scope<'a>,
    deadline: Deadline,
    sectors: Vec<SectorOnChainInfo>,
    root: Cid,
}

fn numbers(list: &[u64]) -> BitField {
    bits(list.iter().copied()).unwrap()
}

fn in_partition(partition: u64, list: &[u64]) -> PartitionSectors {
    [(partition, numbers(list))].into()
}

fn code<T>(result: Result<T, ActorError>) -> u32 {
    result.map(|_| ()).unwrap_err().code.value()
}

impl<'a> Bench<'a> {
    fn new(blocks: &'a MemoryBlockstore) -> Self {
        let scope = Scope {
            store: Store(blocks),
            sector_size: SIZE,
            quant: QUANT,
        };
        let sectors: Vec<_> = (1..=9)
            .map(|number| SectorOnChainInfo {
                expiration: [9, 17, 29, 31][(number as usize - 1) % 4],
                initial_pledge: TokenAmount::from_atto(1000 + number),
                daily_fee: TokenAmount::from_atto(10 * number),
                ..sector(number)
            })
            .collect();
        let mut table =
            Array::<SectorOnChainInfo>::empty(scope.store, SECTORS_BIT_WIDTH, "sectors");
        for sector in &sectors {
            table.set(sector.sector_number, sector.clone()).unwrap();
        }
        let root = table.flush().unwrap();
        let deadline = Deadline::new(scope.store).unwrap();
        let mut bench = Self {
            scope,
            deadline,
            sectors,
            root,
        };
        let added = bench.sectors.clone();
        let power = bench
            .deadline
            .add_sectors(scope, Arrival::New, PARTITION_SIZE, &added)
            .unwrap();
        assert_eq!(count(&power), 9);
        bench.check("|1234|5678|9| unproven 123456789");
        bench
    }

    /// With every sector proven.
    fn proven(blocks: &'a MemoryBlockstore) -> Self {
        let mut bench = Self::new(blocks);
        let proven = bench.prove(&[(0, &[]), (1, &[]), (2, &[])]).unwrap();
        assert_eq!(
            (count(&proven.power_delta), count(&proven.recovered_power)),
            (9, 0)
        );
        bench.end();
        bench.check("|1234|5678|9|");
        bench
    }

    fn table(&self) -> Sectors<'a> {
        Sectors::load(self.scope.store, &self.root).unwrap()
    }

    fn prove(&mut self, posts: &[(u64, &[u64])]) -> Result<Proven, ActorError> {
        let posts: Vec<_> = posts
            .iter()
            .map(|(index, skipped)| PoStPartition {
                index: *index,
                skipped: numbers(skipped),
            })
            .collect();
        let table = self.table();
        self.deadline
            .record_proven_sectors(self.scope, &table, FAULT_EXPIRATION, &posts)
    }

    fn end(&mut self) -> PowerPair {
        self.deadline
            .process_end(self.scope, FAULT_EXPIRATION, self.root)
            .unwrap()
    }

    fn fault(&mut self, partition: u64, list: &[u64]) -> Result<PowerPair, ActorError> {
        let (table, sectors) = (self.table(), in_partition(partition, list));
        self.deadline
            .record_faults(self.scope, &table, FAULT_EXPIRATION, &sectors)
    }

    fn recover(&mut self, partition: u64, list: &[u64]) -> Result<(), ActorError> {
        let (table, sectors) = (self.table(), in_partition(partition, list));
        self.deadline
            .declare_faults_recovered(self.scope, &table, &sectors)
    }

    fn terminate(
        &mut self,
        partition: u64,
        epoch: ChainEpoch,
        list: &[u64],
    ) -> Result<PowerPair, ActorError> {
        let (table, sectors) = (self.table(), in_partition(partition, list));
        let policy = Policy::mainnet();
        self.deadline
            .terminate_sectors(&policy, self.scope, &table, epoch, &sectors)
    }

    fn compact(&mut self, partitions: &[u64]) -> Result<BitField, ActorError> {
        let table = self.table();
        self.deadline
            .compact_partitions(self.scope, &table, PARTITION_SIZE, &numbers(partitions))
    }

    /// Everything holds, and the partitions are these.
    #[track_caller]
    fn check(&self, expected: &str) {
        assert_eq!(
            check_deadline(self.scope, &self.deadline, &self.sectors),
            [""; 0]
        );
        let mut partitions = String::from("|");
        let mut marks = [const { String::new() }; 5];
        self.deadline
            .partitions(self.scope.store)
            .unwrap()
            .for_each(|_, partition| {
                partitions += &format!("{}|", digits(&partition.sectors));
                marks[0] += &digits(&partition.unproven);
                marks[1] += &digits(&partition.faults);
                marks[2] += &digits(&partition.recoveries);
                marks[3] += &digits(&partition.terminated);
                Ok(())
            })
            .unwrap();
        marks[4] = digits(&self.deadline.partitions_posted);
        for (name, mark) in ["unproven", "faulty", "recovering", "ended", "posted"]
            .iter()
            .zip(marks)
        {
            if !mark.is_empty() {
                partitions += &format!(" {name} {mark}");
            }
        }
        assert_eq!(partitions, expected);
    }
}

fn digits(numbers: &BitField) -> String {
    numbers.iter().map(|number| number.to_string()).collect()
}

/// Power in sectors.
fn count(power: &PowerPair) -> i64 {
    let sectors = &power.raw / (SIZE as i64);
    assert_eq!(power.raw, power.qa, "sectors without data");
    i64::try_from(sectors).unwrap()
}

#[test]
fn unproven_sectors_become_faulty_at_the_end() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::new(&blocks);
    bench.prove(&[(1, &[])]).unwrap();
    bench.check("|1234|5678|9| unproven 12349 posted 1");
    // They gave no power that could be lost.
    assert_eq!(count(&bench.end()), 0);
    bench.check("|1234|5678|9| faulty 12349");
    assert_eq!(count(&bench.deadline.faulty_power), 5);
}

#[test]
fn a_missed_proof_makes_all_faulty() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    bench.prove(&[(0, &[])]).unwrap();
    assert_eq!(count(&bench.end()), -5);
    bench.check("|1234|5678|9| faulty 56789");
    // Once all are faulty there is nothing more to lose.
    assert_eq!(count(&bench.end()), -4);
    assert_eq!(count(&bench.end()), 0);
    bench.check("|1234|5678|9| faulty 123456789");
}

#[test]
fn skipped_sectors_become_faulty_at_once() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    let proven = bench.prove(&[(0, &[1, 3]), (2, &[])]).unwrap();
    assert_eq!(count(&proven.power_delta), -2);
    assert_eq!(digits(&proven.sectors), "12349");
    assert_eq!(digits(&proven.ignored), "13");
    bench.check("|1234|5678|9| faulty 13 posted 02");
}

#[test]
fn a_proof_is_of_each_partition_once() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    assert_eq!(code(bench.prove(&[(0, &[]), (0, &[])])), 16);
    assert_eq!(code(bench.prove(&[(0, &[5])])), 16);
    assert_eq!(code(bench.prove(&[(3, &[])])), 17);
    assert_eq!(code(bench.prove(&[(u64::MAX, &[])])), 16);
    bench.prove(&[(0, &[])]).unwrap();
    assert_eq!(code(bench.prove(&[(1, &[]), (0, &[])])), 16);
}

#[test]
fn faults_recover_with_a_proof() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    assert_eq!(count(&bench.fault(0, &[1, 2, 4]).unwrap()), -3);
    bench.check("|1234|5678|9| faulty 124");
    assert_eq!(count(&bench.fault(0, &[1]).unwrap()), 0);
    bench.recover(0, &[2, 3, 4]).unwrap();
    bench.check("|1234|5678|9| faulty 124 recovering 24");
    // Skipping one of them takes its recovery back; it was faulty all along.
    let proven = bench.prove(&[(0, &[2])]).unwrap();
    assert_eq!(
        (count(&proven.power_delta), count(&proven.recovered_power)),
        (1, 1)
    );
    bench.check("|1234|5678|9| faulty 12 posted 0");
}

#[test]
fn a_fault_takes_a_recovery_back() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    bench.fault(1, &[5, 6]).unwrap();
    bench.recover(1, &[5, 6]).unwrap();
    assert_eq!(count(&bench.fault(1, &[5, 7]).unwrap()), -1);
    bench.check("|1234|5678|9| faulty 567 recovering 6");
    // And so does a missed proof.
    bench.prove(&[(0, &[]), (2, &[])]).unwrap();
    assert_eq!(count(&bench.end()), -1);
    bench.check("|1234|5678|9| faulty 5678");
}

#[test]
fn declarations_are_of_sectors_in_the_partition() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    assert_eq!(code(bench.fault(0, &[5])), 16);
    assert_eq!(code(bench.fault(3, &[5])), 17);
    assert_eq!(code(bench.recover(0, &[5])), 16);
    assert_eq!(code(bench.recover(3, &[5])), 17);
    assert_eq!(code(bench.terminate(0, 1, &[5])), 16);
    assert_eq!(code(bench.terminate(3, 1, &[5])), 17);
}

#[test]
fn sectors_end_on_time() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    let expired = bench.deadline.pop_expired_sectors(bench.scope, 19).unwrap();
    assert_eq!(digits(&expired.on_time_sectors), "12569");
    assert_eq!(expired.on_time_pledge, TokenAmount::from_atto(5023));
    assert_eq!(count(&expired.active_power), 5);
    bench.check("|1234|5678|9| ended 12569");
    assert_eq!(bench.deadline.live_sectors, 4);
    // Nothing else is due.
    let expired = bench.deadline.pop_expired_sectors(bench.scope, 28).unwrap();
    assert!(expired.is_empty());
}

#[test]
fn sectors_faulty_for_too_long_end_early() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    // 2 ends at 19 anyhow, 4 would live to 39 but the fault ends at 29.
    bench.fault(0, &[2, 4]).unwrap();
    let expired = bench.deadline.pop_expired_sectors(bench.scope, 29).unwrap();
    assert_eq!(digits(&expired.on_time_sectors), "1235679");
    assert_eq!(digits(&expired.early_sectors), "4");
    assert_eq!(
        (count(&expired.active_power), count(&expired.faulty_power)),
        (6, 2)
    );
    bench.check("|1234|5678|9| ended 12345679");
    assert_eq!(digits(&bench.deadline.early_terminations), "0");

    let (popped, more) = bench
        .deadline
        .pop_early_terminations(bench.scope.store, 9, 9)
        .unwrap();
    assert_eq!(
        (popped.partition_count, popped.sector_count, more),
        (1, 1, false)
    );
    assert_eq!(digits(&popped.sectors[&29]), "4");
    bench.check("|1234|5678|9| ended 12345679");
}

#[test]
fn recovered_sectors_end_on_time_again() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    bench.fault(0, &[2, 4]).unwrap();
    bench.recover(0, &[2, 4]).unwrap();
    bench.prove(&[(0, &[]), (1, &[]), (2, &[])]).unwrap();
    bench.end();
    let expired = bench.deadline.pop_expired_sectors(bench.scope, 29).unwrap();
    assert_eq!(digits(&expired.on_time_sectors), "1235679");
    assert!(expired.early_sectors.is_empty());
    bench.check("|1234|5678|9| ended 1235679");
}

#[test]
fn terminations_end_sectors_of_any_kind() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::new(&blocks);
    bench.prove(&[(0, &[]), (1, &[])]).unwrap();
    bench.fault(0, &[1, 4]).unwrap();
    bench.recover(0, &[1]).unwrap();
    // Active, faulty on time, faulty early: only the first gave power.
    assert_eq!(count(&bench.terminate(0, 7, &[1, 2, 4]).unwrap()), 1);
    // Unproven: none.
    assert_eq!(count(&bench.terminate(2, 8, &[9]).unwrap()), 0);
    bench.check("|1234|5678|9| ended 1249 posted 01");
    assert_eq!(digits(&bench.deadline.early_terminations), "02");
    assert_eq!(code(bench.terminate(0, 7, &[1])), 16);

    // Two sectors at a time: the first partition isn't done at once.
    let store = bench.scope.store;
    let (popped, more) = bench.deadline.pop_early_terminations(store, 9, 2).unwrap();
    assert_eq!(
        (popped.sector_count, more, digits(&popped.sectors[&7])),
        (2, true, "12".into())
    );
    let (popped, more) = bench.deadline.pop_early_terminations(store, 1, 2).unwrap();
    assert_eq!(
        (popped.sector_count, more, digits(&popped.sectors[&7])),
        (1, true, "4".into())
    );
    let (popped, more) = bench.deadline.pop_early_terminations(store, 9, 9).unwrap();
    assert_eq!(
        (popped.sector_count, more, digits(&popped.sectors[&8])),
        (1, false, "9".into())
    );
    bench.check("|1234|5678|9| ended 1249 posted 01");
}

#[test]
fn compaction_fills_the_gaps() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    bench.terminate(0, 7, &[1, 3]).unwrap();
    assert_eq!(code(bench.compact(&[0])), 16);
    bench
        .deadline
        .pop_early_terminations(bench.scope.store, 9, 9)
        .unwrap();

    let fee = bench.deadline.daily_fee.clone();
    assert_eq!(digits(&bench.compact(&[0]).unwrap()), "13");
    bench.check("|5678|249|");
    assert_eq!(bench.deadline.total_sectors, 7);
    assert_eq!(bench.deadline.daily_fee, fee);
    assert_eq!(digits(&bench.compact(&[]).unwrap()), "");
}

#[test]
fn compaction_refuses_what_is_not_settled() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::new(&blocks);
    assert_eq!(code(bench.compact(&[0])), 16);
    bench.prove(&[(0, &[]), (1, &[]), (2, &[])]).unwrap();
    bench.fault(1, &[7]).unwrap();
    assert_eq!(code(bench.compact(&[1])), 16);
    assert_eq!(code(bench.compact(&[3])), 16);
    assert_eq!(code(bench.compact(&[0, 1, 2, 3])), 16);
    assert_eq!(digits(&bench.compact(&[0]).unwrap()), "");
    bench.check("|5678|1239|4| faulty 7 posted 012");
}

#[test]
fn a_proof_is_kept_until_it_is_disputed() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    let store = bench.scope.store;
    let proof = PoStProof {
        post_proof: RegisteredPoStProof::StackedDRGWindow32GiBV1P1,
        proof_bytes: vec![1, 2, 3],
    };
    bench.fault(0, &[3]).unwrap();
    let proven = bench.prove(&[(0, &[]), (1, &[])]).unwrap();
    bench
        .deadline
        .record_post_proofs(store, proven.partitions, vec![proof.clone()])
        .unwrap();
    assert_eq!(code(bench.deadline.take_post_proofs(store, 0)), 16);
    bench.end();
    assert_eq!(bench.deadline.sectors_snapshot, bench.root);

    // What happens afterwards doesn't change what is disputed.
    bench.terminate(0, 7, &[1]).unwrap();
    let taken = bench.deadline.take_post_proofs(store, 0).unwrap();
    assert_eq!(
        (digits(&taken.partitions), taken.proofs),
        ("01".to_owned(), vec![proof])
    );
    let disputed = bench
        .deadline
        .load_for_dispute(store, &taken.partitions)
        .unwrap();
    assert_eq!(digits(&disputed.sectors), "12345678");
    assert_eq!(digits(&disputed.ignored), "3");
    assert_eq!(digits(&disputed.active[&0]), "124");
    assert_eq!(count(&disputed.power), 7);
    assert_eq!(code(bench.deadline.take_post_proofs(store, 0)), 16);

    // Without proofs no table of sectors is kept.
    bench.prove(&[(0, &[])]).unwrap();
    bench.end();
    assert_ne!(bench.deadline.sectors_snapshot, bench.root);
}

#[test]
fn a_deadline_is_live_until_its_snapshots_are_settled() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    let empty = Deadline::new(bench.scope.store).unwrap();
    assert!(!empty.is_live());
    bench.deadline.pop_expired_sectors(bench.scope, 39).unwrap();
    assert_eq!(bench.deadline.live_sectors, 0);
    assert!(bench.deadline.is_live());
    bench.end();
    assert!(!bench.deadline.is_live());
}

#[test]
fn a_sector_can_be_replaced_while_active() {
    let blocks = MemoryBlockstore::new();
    let mut bench = Bench::proven(&blocks);
    let mut partition = bench.deadline.partition(bench.scope.store, 0).unwrap();
    let old = bench.sectors[..2].to_vec();
    let mut new = old.clone();
    new[0].expiration = 55;
    new[1].initial_pledge = TokenAmount::from_atto(7002);
    new[1].daily_fee = TokenAmount::from_atto(5);
    let replaced = partition.replace_sectors(bench.scope, &old, &new).unwrap();
    assert_eq!(digits(&replaced.old), "12");
    assert_eq!(digits(&replaced.new), "12");
    assert_eq!(replaced.pledge, TokenAmount::from_atto(6000));
    assert_eq!(replaced.daily_fee, TokenAmount::from_atto(-15));
    assert!(replaced.power.is_zero());

    bench.fault(0, &[1]).unwrap();
    let mut partition = bench.deadline.partition(bench.scope.store, 0).unwrap();
    assert_eq!(code(partition.replace_sectors(bench.scope, &old, &old)), 20);
}
