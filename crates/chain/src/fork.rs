//! A chain that goes on from another node's: what is not here is fetched from there, block by
//! block, when somebody needs it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use atoll_vm::SharedBlockstore;
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
use fvm_shared::IDENTITY_HASH;
use multihash_codetable::{Code, MultihashDigest};

use crate::apply::Terms;
use crate::car::is_hash_of;
use crate::header::BlockHeader;

/// Where a chain goes on from.
#[derive(Clone, Debug)]
pub struct Base {
    /// What the network calls itself.
    pub network_name: String,
    /// The block of the last tipset of the other chain, the genesis of this one.
    pub header: BlockHeader,
    /// The state after it.
    pub state_root: Cid,
    /// The receipts of its messages.
    pub receipts_root: Cid,
    /// What holds from the next tipset on.
    pub terms: Terms,
}

/// Who has the other chain's blocks.
pub trait Origin: Send + Sync {
    /// A block; `None` if it is not there either. Whoever is asked tries again by itself; an
    /// error means that it gave up.
    fn fetch(&self, cid: &Cid) -> Result<Option<Vec<u8>>>;
}

/// A blockstore over another node's. What is fetched is checked, and kept.
pub struct ForkedBlocks {
    own: SharedBlockstore,
    kept: Option<Kept>,
    origin: Box<dyn Origin>,
    fetched: AtomicU64,
}

impl ForkedBlocks {
    /// Blocks of our own over those of an origin. What is fetched is kept in a folder too, if one
    /// is named, for the next fork.
    pub fn new(
        own: SharedBlockstore,
        folder: Option<PathBuf>,
        origin: Box<dyn Origin>,
    ) -> Result<Self> {
        Ok(Self {
            own,
            kept: folder.map(Kept::open).transpose()?,
            origin,
            fetched: AtomicU64::new(0),
        })
    }

    /// How many blocks were fetched.
    #[must_use]
    pub fn fetched(&self) -> u64 {
        self.fetched.load(Ordering::Relaxed)
    }

    fn find(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        // What is inlined, or is no state, nobody has.
        if cid.hash().code() == IDENTITY_HASH || !matches!(cid.codec(), DAG_CBOR | IPLD_RAW) {
            return Ok(None);
        }
        if let Some(data) = self
            .kept
            .as_ref()
            .map(|kept| kept.get(cid))
            .transpose()?
            .flatten()
        {
            self.own.put_keyed(cid, &data)?;
            return Ok(Some(data));
        }
        let Some(data) = self.origin.fetch(cid)? else {
            return Ok(None);
        };
        ensure!(
            is_hash_of(cid, &data) == Some(true),
            "the node that this chain forks answered another block than {cid}"
        );
        self.fetched.fetch_add(1, Ordering::Relaxed);
        if let Some(kept) = &self.kept {
            kept.put(cid, &data)?;
        }
        self.own.put_keyed(cid, &data)?;
        Ok(Some(data))
    }
}

impl Blockstore for ForkedBlocks {
    fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        match self.own.get(cid)? {
            Some(data) => Ok(Some(data)),
            None => self.find(cid),
        }
    }

    fn has(&self, cid: &Cid) -> Result<bool> {
        Ok(self.own.has(cid)? || self.find(cid)?.is_some())
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> Result<()> {
        self.own.put_keyed(cid, block)
    }
}

impl std::fmt::Debug for ForkedBlocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ForkedBlocks({} fetched)", self.fetched())
    }
}

/// Blocks in a folder, a file each: any number of forks share it.
#[derive(Debug)]
struct Kept(PathBuf);

impl Kept {
    fn open(folder: PathBuf) -> Result<Self> {
        fs::create_dir_all(&folder)
            .with_context(|| format!("making the folder {}", folder.display()))?;
        Ok(Self(folder))
    }

    fn path(&self, cid: &Cid) -> PathBuf {
        // A hash of its own: digests of different functions must not meet in one name.
        let name = Code::Blake2b256.digest(&cid.to_bytes());
        let name: String = name
            .digest()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.0.join(&name[..2]).join(&name[2..])
    }

    /// A block that is whole. One that is not, such as after a crash, is fetched again.
    fn get(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        let path = self.path(cid);
        match fs::read(&path) {
            Ok(data) if is_hash_of(cid, &data) == Some(true) => Ok(Some(data)),
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    fn put(&self, cid: &Cid, data: &[u8]) -> Result<()> {
        let path = self.path(cid);
        let folder = path.parent().unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder)
            // Under its name there is the whole of it or nothing; the name beside is nobody
            // else's.
            .and_then(|()| tempfile::NamedTempFile::new_in(folder))
            .and_then(|beside| {
                fs::write(beside.path(), data)?;
                beside.persist(&path).map_err(|error| error.error)
            })
            .map(|_| ())
            .with_context(|| format!("writing {}", path.display()))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;

    use anyhow::bail;
    use atoll_vm::MemoryStore;

    use super::*;

    /// Answers once, then never again.
    struct Once(Mutex<Option<Vec<u8>>>);

    impl Origin for Once {
        fn fetch(&self, _: &Cid) -> Result<Option<Vec<u8>>> {
            match self.0.lock().expect("no panic").take() {
                Some(data) => Ok(Some(data)),
                None => bail!("gone"),
            }
        }
    }

    fn forked(folder: &Path, answer: &[u8]) -> ForkedBlocks {
        let origin = Once(Mutex::new(Some(answer.to_vec())));
        let own = Arc::new(MemoryStore::new());
        ForkedBlocks::new(own, Some(folder.to_owned()), Box::new(origin)).expect("a folder")
    }

    fn cid_of(data: &[u8]) -> Cid {
        Cid::new_v1(IPLD_RAW, Code::Blake2b256.digest(data))
    }

    #[test]
    fn a_block_is_fetched_once_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (data, cid) = (b"data".to_vec(), cid_of(b"data"));
        let blocks = forked(folder.path(), &data);
        for _ in 0..3 {
            assert_eq!(blocks.get(&cid).expect("there"), Some(data.clone()));
        }
        assert_eq!(blocks.fetched(), 1);
        assert!(blocks.get(&cid_of(b"more")).is_err(), "the origin is gone");
        // Another fork needs no origin for it.
        let again = forked(folder.path(), b"");
        assert_eq!(again.get(&cid).expect("kept"), Some(data));
        assert_eq!(again.fetched(), 0);
    }

    #[test]
    fn another_block_is_not_taken() {
        let folder = tempfile::tempdir().expect("a folder");
        let blocks = forked(folder.path(), b"other");
        let error = blocks.get(&cid_of(b"data")).expect_err("not its hash");
        assert!(error.to_string().contains("another block"), "{error}");
    }
}
