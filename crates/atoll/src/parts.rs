//! What a chain works with in this program: where its blocks are, and who runs its actors.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use atoll_actors::Policy;
use atoll_chain::surroundings::Believer;
use atoll_chain::{Chain, Disk, Parts, SharedInspector, SpilledBlocks, car};
use atoll_native::NativeRunner;
use atoll_vm::{Dispatcher, Runner, SharedBlockstore};

use crate::{engine, file};

/// Machines that mine and look at the same time.
const MACHINES: usize = 16;

/// What kinds of actors a chain may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actors {
    /// Native ones only.
    Native,
    /// Wasm too.
    Any,
}

/// A chain's folder, opened.
pub fn open_disk(path: &Path) -> Result<Disk> {
    std::fs::create_dir_all(path)
        .with_context(|| format!("making the folder {}", path.display()))?;
    Disk::open(path).with_context(|| format!("the folder {}", path.display()))
}

/// Parts on a disk, or in memory.
pub fn parts(disk: Option<Arc<Disk>>, actors: Actors, policy: Policy) -> Result<Parts> {
    let wasm = match actors {
        Actors::Any => Some(engine::wasm(MACHINES)?),
        Actors::Native => None,
    };
    let (blocks, spilled): (SharedBlockstore, _) = match &disk {
        Some(disk) => (disk.clone(), None),
        None => {
            let spilled = Arc::new(SpilledBlocks::default());
            (spilled.clone(), Some(spilled))
        }
    };
    let unwatched = runner(wasm.clone(), policy.clone(), None);
    Ok(Parts {
        blocks,
        disk,
        spilled,
        runner: unwatched,
        watched: {
            let policy = policy.clone();
            Box::new(move |inspector| runner(wasm.clone(), policy.clone(), Some(inspector)))
        },
        verifier: Arc::new(Believer),
        policy,
    })
}

/// Goes on with the chain in a file that [`Chain::save`] wrote.
pub fn restore(path: &Path, disk: Option<Arc<Disk>>, policy: Policy) -> Result<Chain> {
    let restore = || {
        let car = car::read(&file::read(path)?)?;
        anyhow::Ok(Chain::restore(parts(disk, Actors::Any, policy)?, &car)?)
    };
    restore().with_context(|| format!("the chain in {}", path.display()))
}

/// Writes a chain to a file. Under its name there is the whole of it or what was there before.
pub fn save(chain: &Chain, path: &Path) -> Result<atoll_chain::archive::Written> {
    let write = || {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let beside = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
        let mut out = std::io::BufWriter::new(beside);
        let written = chain.save(&mut out)?;
        let beside = out
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        beside.as_file().sync_all()?;
        beside.persist(path)?;
        anyhow::Ok(written)
    };
    write().with_context(|| format!("writing the chain to {}", path.display()))
}

/// Runs native actors, and Wasm ones if there may be any.
fn runner(
    wasm: Option<Arc<dyn Runner>>,
    policy: Policy,
    inspector: Option<SharedInspector>,
) -> Arc<dyn Runner> {
    let mut native = NativeRunner::new(policy);
    if let Some(inspector) = inspector {
        native = native.watched_by(inspector);
    }
    let mut dispatcher = Dispatcher::new();
    if let Some(wasm) = wasm {
        dispatcher = dispatcher.with_wasm(wasm);
    }
    Arc::new(engine::with_natives(dispatcher, native))
}
