//! What a chain in memory need not hold there: bytes in a file without a name, which is gone
//! when the process is.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use atoll_vm::{Fatal, OrFatal};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use multihash_codetable::{Code, MultihashDigest};

/// So much waits in memory before the file is written to, or made in the first place.
const TAIL_MAX: usize = 4 << 20;

/// Bytes that are appended, and read back by their place.
#[derive(Debug, Default)]
pub(crate) struct Spill(RwLock<Parts>);

#[derive(Debug, Default)]
struct Parts {
    file: Option<File>,
    /// What is in the file.
    length: u64,
    /// What comes after it.
    tail: Vec<u8>,
}

/// Where bytes are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    offset: u64,
    length: u32,
}

impl Spill {
    /// Puts bytes at the end.
    pub(crate) fn append(&self, bytes: &[u8]) -> Result<Place, Fatal> {
        let length = u32::try_from(bytes.len()).or_fatal("keeping more than 4 GiB in one piece")?;
        let mut parts = self.write();
        if parts.tail.len() + bytes.len() > TAIL_MAX {
            parts.flush().or_fatal("writing to a temporary file")?;
        }
        let offset = parts.length + parts.tail.len() as u64;
        parts.tail.extend_from_slice(bytes);
        Ok(Place { offset, length })
    }

    /// The first bytes at a place.
    pub(crate) fn read_start(&self, place: Place, length: usize) -> Result<Vec<u8>, Fatal> {
        let length = u32::try_from(length).unwrap_or(u32::MAX).min(place.length);
        self.read(Place { length, ..place })
    }

    /// The bytes at a place.
    pub(crate) fn read(&self, place: Place) -> Result<Vec<u8>, Fatal> {
        let parts = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let length = place.length as usize;
        if let Some(start) = place.offset.checked_sub(parts.length) {
            let start = usize::try_from(start).or_fatal("reading the tail of a temporary file")?;
            let bytes = parts.tail.get(start..start + length);
            let bytes = bytes.ok_or_else(|| Fatal::new("a place beyond the end"))?;
            return Ok(bytes.to_vec());
        }
        let file = parts.file.as_ref();
        let file = file.ok_or_else(|| Fatal::new("a place in a file that was never made"))?;
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, place.offset)
            .or_fatal("reading a temporary file")?;
        Ok(bytes)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Parts> {
        // A critical section either appends all or stops before it.
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parts {
    fn flush(&mut self) -> io::Result<()> {
        if self.tail.is_empty() {
            return Ok(());
        }
        let file = match self.file.take() {
            Some(file) => file,
            None => tempfile::tempfile_in(folder())?,
        };
        let written = file.write_all_at(&self.tail, self.length);
        self.file = Some(file);
        written?;
        self.length += self.tail.len() as u64;
        self.tail.clear();
        Ok(())
    }
}

/// Where temporary files may be large: on many systems `/tmp` is memory.
fn folder() -> PathBuf {
    const LARGE: &str = "/var/tmp";
    match std::env::var_os("TMPDIR") {
        None if Path::new(LARGE).is_dir() => PathBuf::from(LARGE),
        _ => std::env::temp_dir(),
    }
}

/// The first half of a digest: enough to tell all blocks apart that anybody can make.
type Short = [u8; 16];

/// The blocks of a chain in memory.
#[derive(Debug, Default)]
pub struct SpilledBlocks(RwLock<Blocks>);

#[derive(Debug, Default)]
struct Blocks {
    places: HashMap<Short, Place>,
    bytes: Spill,
}

impl SpilledBlocks {
    /// How many blocks there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read().places.len()
    }

    /// Are there none?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all blocks but those that are wanted.
    pub fn retain(&self, wanted: &dyn Fn(&Short) -> bool) -> Result<usize, Fatal> {
        let mut blocks = self.write();
        let kept = Spill::default();
        let mut places = HashMap::new();
        #[expect(
            clippy::iter_over_hash_type,
            reason = "blocks are found by their digest: the order in the file is nobody's concern"
        )]
        for (short, place) in &blocks.places {
            if wanted(short) {
                places.insert(*short, kept.append(&blocks.bytes.read(*place)?)?);
            }
        }
        let gone = blocks.places.len() - places.len();
        *blocks = Blocks {
            places,
            bytes: kept,
        };
        Ok(gone)
    }

    fn read(&self) -> RwLockReadGuard<'_, Blocks> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Blocks> {
        // A block is in the index only after it is in the file.
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blockstore for SpilledBlocks {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        let blocks = self.read();
        match blocks.places.get(&short(cid)) {
            Some(place) => Ok(Some(blocks.bytes.read(*place)?)),
            None => Ok(None),
        }
    }

    fn has(&self, cid: &Cid) -> anyhow::Result<bool> {
        Ok(self.read().places.contains_key(&short(cid)))
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        let short = short(cid);
        let mut blocks = self.write();
        if !blocks.places.contains_key(&short) {
            let place = blocks.bytes.append(block)?;
            blocks.places.insert(short, place);
        }
        Ok(())
    }
}

/// What a block is found by. Blocks of one digest have one content, whatever their codec.
pub(crate) fn short(cid: &Cid) -> Short {
    match cid.hash().digest().first_chunk() {
        Some(short) => *short,
        None => {
            let again = Code::Blake2b256.digest(&cid.to_bytes());
            *again.digest().first_chunk().expect("32 bytes")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(number: u32) -> (Cid, Vec<u8>) {
        let data = number.to_be_bytes().repeat(1000);
        (Cid::new_v1(0x55, Code::Blake2b256.digest(&data)), data)
    }

    #[test]
    fn what_is_in_the_file_and_what_is_not_yet_comes_back() {
        let blocks = SpilledBlocks::default();
        // Twice what waits in memory, and a half.
        for number in 0..2600 {
            let (cid, data) = block(number);
            blocks.put_keyed(&cid, &data).expect("kept");
            blocks.put_keyed(&cid, &data).expect("kept once");
        }
        assert_eq!(blocks.len(), 2600);
        for number in 0..2600 {
            let (cid, data) = block(number);
            assert_eq!(blocks.get(&cid).expect("readable"), Some(data), "{number}");
        }
        assert_eq!(blocks.get(&block(2600).0).expect("readable"), None);
    }

    #[test]
    fn what_is_not_wanted_is_forgotten() {
        let blocks = SpilledBlocks::default();
        for number in 0..100 {
            let (cid, data) = block(number);
            blocks.put_keyed(&cid, &data).expect("kept");
        }
        let kept = short(&block(7).0);
        assert_eq!(blocks.retain(&|short| *short == kept).expect("kept"), 99);
        assert_eq!(blocks.get(&block(7).0).expect("readable"), Some(block(7).1));
        assert_eq!(blocks.get(&block(8).0).expect("readable"), None);
    }
}
