//! What all vectors of a run share: the engine, the bundles, and the genesis states met.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use atoll_actors::{Policy, replay};
use atoll_native::NativeRunner;
use atoll_vm::manifest::SystemState;
use atoll_vm::state::StateTree;
use atoll_vm::{Context, Executor, Externs, Manifest, PriceList, Runner, Setup, Store, actors};
use cid::Cid;
use fvm_ipld_encoding::CborStore;

use crate::bundle::Bundle;
use crate::store::{Frozen, Layered};
use crate::{car, engine, file};
use atoll_chain::surroundings::Believer;

/// What all vectors of a run share.
pub struct Lab {
    runner: Arc<dyn Runner>,
    /// The bundles by their list of actors, which is what a state names.
    bundles: BTreeMap<Cid, Bundle>,
    geneses: Loaded<Frozen>,
    actors_geneses: Loaded<replay::Genesis>,
}

/// An executor, or why there can't be one.
pub enum Opened {
    /// Ready to apply messages.
    Ready(Box<Executor>, Arc<Layered>),
    /// Something that the vector needs is not here.
    Unable(String),
}

impl Lab {
    /// A lab with these bundles, for so many threads.
    pub fn new(bundles: Vec<Bundle>, threads: usize) -> Result<Self> {
        let mut by_data = BTreeMap::new();
        for bundle in bundles {
            let title = bundle.title();
            let twice = by_data.insert(bundle.data, bundle).is_some();
            ensure!(!twice, "the bundle {title} is given twice");
        }
        Ok(Self {
            runner: engine::runner(threads)?,
            bundles: by_data,
            geneses: Loaded::default(),
            actors_geneses: Loaded::default(),
        })
    }

    /// Opens a state for messages, with the bundle that it names.
    pub fn open(
        &self,
        context: Context,
        state: &Arc<Frozen>,
        root: Cid,
        externs: Arc<dyn Externs>,
    ) -> Result<Opened> {
        let version = context.network_version;
        if PriceList::of_version(version).is_none() {
            return Ok(Opened::Unable(format!(
                "this machine does not run network version {version}"
            )));
        }
        let layers = self.bundles.values().map(|bundle| bundle.blocks.clone());
        let store = Arc::new(Layered::over(layers.chain([state.clone()])));
        let data = actors_list(&store, &root)?;
        if !self.bundles.contains_key(&data) {
            return Ok(Opened::Unable(format!(
                "no --bundle holds the actors {data} that its state runs on"
            )));
        }
        let executor = Executor::new(Setup {
            context,
            blockstore: store.clone(),
            root,
            externs,
            verifier: Arc::new(Believer),
            runner: self.runner.clone(),
        })?;
        Ok(Opened::Ready(Box::new(executor), store))
    }

    /// Opens a state on the native actors, in the place of the official ones that it names. Only
    /// for states whose actors answer as ours do.
    pub fn open_natively(
        &self,
        context: Context,
        state: &Arc<Frozen>,
        root: Cid,
        externs: Arc<dyn Externs>,
    ) -> Result<(Box<Executor>, Arc<Layered>)> {
        // A part of a state may leave out the list of actors, which is in their bundle.
        let layers = self.bundles.values().map(|bundle| bundle.blocks.clone());
        let store = Arc::new(Layered::over(layers.chain([state.clone()])));
        let data = actors_list(&store, &root)?;
        let manifest = Manifest::load_list(&store, &data)?;
        let codes = manifest.iter().map(|(name, code)| (name, *code));
        let runner = NativeRunner::new(Policy::mainnet()).standing_in(codes);
        let executor = Executor::new(Setup {
            context,
            blockstore: store.clone(),
            root,
            externs,
            verifier: Arc::new(Believer),
            runner: Arc::new(runner),
        })?;
        Ok((Box::new(executor), store))
    }

    /// Was any bundle given?
    pub fn has_bundles(&self) -> bool {
        !self.bundles.is_empty()
    }

    /// The genesis of a recorded scenario: `genesis.car.gz` in its folder or one above.
    pub fn genesis(&self, scenario: &Path, root: &Cid) -> Result<Arc<Frozen>> {
        let path = find_above(scenario, "genesis.car.gz")?;
        let genesis = self.geneses.get_or_load(&path, || {
            let car = car::read(&file::read(&path)?);
            Ok(Frozen::from_car(
                car.with_context(|| path.display().to_string())?,
            ))
        })?;
        ensure!(
            genesis.get(root).is_some(),
            "{} does not hold the state {root} that the scenario starts from",
            path.display()
        );
        Ok(genesis)
    }

    /// The genesis of a scenario of the built-in actors: `genesis.json` in its folder or one
    /// above, with the archive that it names.
    pub fn actors_genesis(&self, scenario: &Path) -> Result<Arc<replay::Genesis>> {
        let path = find_above(scenario, "genesis.json")?;
        self.actors_geneses.get_or_load(&path, || {
            Ok(replay::Genesis::load(
                path.parent().context("a file is in a folder")?,
            )?)
        })
    }
}

/// Finds a file in the folder of another or in one above.
fn find_above(file: &Path, name: &str) -> Result<PathBuf> {
    let file = file.canonicalize()?;
    let mut candidates = file.ancestors().skip(1).map(|folder| folder.join(name));
    candidates
        .find(|path| path.is_file())
        .with_context(|| format!("there is no {name} beside {} or above", file.display()))
}

/// Files that were read, each once.
struct Loaded<T>(Mutex<HashMap<PathBuf, Arc<T>>>);

impl<T> Default for Loaded<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Loaded<T> {
    fn get_or_load(&self, path: &Path, load: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let mut loaded = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.get(path) {
            return Ok(known.clone());
        }
        let new = Arc::new(load()?);
        loaded.insert(path.to_owned(), new.clone());
        Ok(new)
    }
}

/// The list of actors that a state names in its system actor.
fn actors_list(store: &Arc<Layered>, root: &Cid) -> Result<Cid> {
    let mut state = StateTree::load(Store::new(store.clone()), root)?;
    let head = state
        .actor(actors::SYSTEM_ACTOR)?
        .context("the state has no system actor")?
        .root;
    let system: SystemState = store
        .get_cbor(&head)?
        .context("the system actor's state is missing")?;
    Ok(system.builtin_actors)
}
