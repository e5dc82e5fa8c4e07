//! The journals of a folder: what was written, in order, until it is in tables.
//!
//! Whoever opens a folder reads its journals. fjall closes one at 64 MB and no sooner, and goes on
//! with the newest after a restart: runs that end early would fill it up bit by bit, and each
//! would read all of it. So every run begins a journal of its own. What is in the older ones is
//! put into tables while the run goes on, and then they are gone.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// What fjall names its journals by, after their number.
const SUFFIX: &str = ".jnl";
/// What fjall locks for as long as it has the folder open.
const LOCK: &str = "lock";

/// Puts an empty journal after those in a folder, if there are any that may be read.
pub(super) fn begin(folder: &Path) -> io::Result<()> {
    let lock = match OpenOptions::new().write(true).open(folder.join(LOCK)) {
        Ok(lock) => lock,
        // A new folder has no journals yet.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    match lock.try_lock() {
        Ok(()) => {}
        // Another process has it open and will go on to the next number itself. fjall says so.
        Err(TryLockError::WouldBlock) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    if let Some((newest, length)) = newest(folder)?
        && length > 0
    {
        File::create_new(folder.join(format!("{}{SUFFIX}", newest + 1)))?;
        // The name has to be on the disk before anything is that is written under it.
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

/// The number of the newest journal and its length; `None` if there is none.
fn newest(folder: &Path) -> io::Result<Option<(u64, u64)>> {
    let mut newest = None;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.strip_suffix(SUFFIX));
        if let Some(number) = number.and_then(|number| number.parse().ok()) {
            newest = newest.max(Some((number, entry.metadata()?.len())));
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::{Duration, Instant};

    use cid::Cid;
    use fvm_ipld_blockstore::Blockstore;
    use multihash_codetable::{Code, MultihashDigest};

    use super::super::{ChainRecord, Change, Disk};
    use super::*;
    use crate::supply::Supply;

    const BLOCK_BYTES: usize = 16 << 10;

    fn journals(folder: &Path) -> usize {
        let files = fs::read_dir(folder).expect("a folder");
        let names = files.map(|file| file.expect("readable").file_name());
        names
            .filter(|name| name.to_str().is_some_and(|name| name.ends_with(SUFFIX)))
            .count()
    }

    /// Tables are made in the background.
    #[track_caller]
    fn wait_for(what: &str, done: impl Fn() -> bool) {
        let begun = Instant::now();
        while !done() {
            assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Blocks that nobody has written yet.
    fn write(disk: &Disk, seed: &mut u64, blocks: usize) -> Vec<Cid> {
        let cids = (0..blocks).map(|_| {
            *seed += 1;
            let mut data = vec![0; BLOCK_BYTES];
            data[..8].copy_from_slice(&seed.to_be_bytes());
            let cid = Cid::new_v1(0x55, Code::Blake2b256.digest(&data));
            disk.put_keyed(&cid, &data).expect("written");
            cid
        });
        let cids = cids.collect();
        disk.commit(&[]).expect("committed");
        cids
    }

    fn chain() -> ChainRecord {
        let terms = crate::apply::Terms {
            network_version: fvm_shared::version::NetworkVersion::new(28),
            chain_id: 1,
            supply: Supply {
                vested: fvm_shared::econ::TokenAmount::default(),
                fixed: None,
            },
            miner: fvm_shared::address::Address::new_id(99),
            epoch_seconds: 30,
        };
        ChainRecord {
            version: ChainRecord::VERSION,
            network_name: "a chain".to_owned(),
            terms: (&terms).into(),
        }
    }

    #[test]
    fn every_run_begins_a_journal_and_those_before_go() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let (mut seed, mut cids) = (0, Vec::new());
        for _ in 0..4 {
            let disk = Disk::open(path).expect("a folder");
            cids.extend(write(&disk, &mut seed, 20));
            drop(disk);
            let disk = Disk::open(path).expect("a folder");
            let (_, length) = newest(path).expect("readable").expect("a journal");
            assert_eq!(length, 0, "it goes on with an old journal");
            wait_for("old journals stay", || journals(path) == 1);
            for cid in &cids {
                assert!(disk.has(cid).expect("readable"), "a block is gone");
            }
        }
    }

    #[test]
    fn a_long_run_keeps_the_journals_short() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path();
        let disk = Disk::open(path).expect("a folder");
        disk.commit(&[Change::Chain(&chain())]).expect("committed");
        // Three journals full.
        let mut seed = 0;
        for _ in 0..12 {
            write(&disk, &mut seed, 1024);
        }
        wait_for("closed journals stay", || journals(path) <= 2);
    }

    #[test]
    fn an_open_folder_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let lock = File::create(folder.path().join(LOCK)).expect("a file");
        fs::write(folder.path().join("7.jnl"), "something").expect("a file");
        lock.lock().expect("nobody else");
        begin(folder.path()).expect("nothing to do");
        assert_eq!(newest(folder.path()).expect("readable"), Some((7, 9)));
        lock.unlock().expect("locked");
        for _ in 0..2 {
            begin(folder.path()).expect("a journal");
            assert_eq!(newest(folder.path()).expect("readable"), Some((8, 0)));
        }
    }
}
