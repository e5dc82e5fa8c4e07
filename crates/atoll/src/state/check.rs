//! `atoll state check`: does a state keep the promises of its actors?

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use atoll_actors::check_state::{self, ActorEntry, Snapshot};
use atoll_actors::state::Store;
use atoll_actors::{ActorKind, Policy, ids, power};
use atoll_vm::manifest::SystemState;
use cid::Cid;
use clap::{Args, ValueEnum};
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::CborStore;
use fvm_shared::ActorID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde_json::json;

use crate::bundle::Bundle;
use crate::store::{Frozen, Layered};
use crate::style::{BAD, FAINT};
use crate::{Ending, car, file, state_diff};

/// Check what the built-in actors promise of a state.
///
/// Sums that must be equal, bit fields that must fit, balances that must be covered, queues that
/// must be complete: in every miner, in the market, in the registries, and between them. Exit
/// code 1 if something does not hold.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll exec messages.json --car-out state.car && atoll state check state.car
  atoll state check state.car --policy dev --json | jq .broken")]
pub struct Check {
    /// The state: a CAR file with one root, gzipped or not.
    file: PathBuf,
    /// The bundle that the state was made with, if its list of actors is not in the file.
    #[arg(long)]
    bundle: Option<PathBuf>,
    /// The epoch of the state; by default, that for which cron is next.
    #[arg(long)]
    epoch: Option<i64>,
    /// The rules that the chain lives under.
    #[arg(long, default_value = "mainnet")]
    policy: PolicyName,
    /// Print one JSON object instead of lines.
    #[arg(long)]
    json: bool,
}

/// The policies that have names.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PolicyName {
    Mainnet,
    Dev,
}

impl Check {
    /// Checks the state and prints what does not hold.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let car =
            car::read(&file::read(&self.file)?).with_context(|| self.file.display().to_string())?;
        let [root] = car.roots[..] else {
            bail!(
                "{} has {} roots; a state has one",
                self.file.display(),
                car.roots.len()
            );
        };
        let mut layers = vec![Arc::new(Frozen::from_car(car))];
        if let Some(bundle) = &self.bundle {
            layers.push(Bundle::open(bundle)?.blocks);
        }
        let store = Layered::over(layers);
        let (actors, unknown) = actors(&store, &root)?;
        let fil: TokenAmount = actors.values().map(|actor| &actor.balance).sum();
        let policy = match self.policy {
            PolicyName::Mainnet => Policy::mainnet(),
            PolicyName::Dev => Policy::dev(),
        };
        let epoch = match self.epoch {
            Some(epoch) => epoch,
            None => next_cron(&store, &actors)?,
        };
        let count = actors.len();
        let broken = check_state::check_state(&Snapshot {
            actors,
            store: Store(&store),
            policy: &policy,
            epoch,
        })?;

        if self.json {
            let shown = json!({
                "root": root.to_string(),
                "epoch": epoch,
                "actors": count,
                "unknown_actors": unknown,
                "balances": fil.atto().to_string(),
                "broken": broken,
            });
            writeln!(out, "{shown:#}")?;
        } else {
            for words in &broken {
                writeln!(out, "{BAD}broken{BAD:#} {words}")?;
            }
            for id in &unknown {
                writeln!(
                    out,
                    "{FAINT}f0{id} has no built-in code and was not checked{FAINT:#}"
                )?;
            }
            let found = match broken.len() {
                0 => "all promises hold".to_owned(),
                1 => "1 promise is broken".to_owned(),
                many => format!("{many} promises are broken"),
            };
            writeln!(out, "{count} actors with {fil} FIL, epoch {epoch}: {found}")?;
        }
        Ok(if broken.is_empty() {
            Ending::Good
        } else {
            Ending::Failed
        })
    }
}

/// The built-in actors of a state, and the ids of all others.
fn actors(store: &Layered, root: &Cid) -> Result<(BTreeMap<ActorID, ActorEntry>, Vec<ActorID>)> {
    let all = state_diff::actors(store, root)?;
    let system = all
        .get(&ids::SYSTEM)
        .context("a state has a system actor")?;
    let system: Option<SystemState> = store.get_cbor(&system.head)?;
    let list = system
        .context("the system actor's state is missing")?
        .builtin_actors;
    let list: Option<Vec<(String, Cid)>> = store.get_cbor(&list)?;
    let list = list.context("the list of built-in actors is not in the file; name its --bundle")?;
    let kind_of = |code: &Cid| {
        let (name, _) = list.iter().find(|(_, other)| other == code)?;
        ActorKind::ALL.into_iter().find(|kind| kind.name() == name)
    };
    let (mut actors, mut unknown) = (BTreeMap::new(), Vec::new());
    for (id, actor) in all {
        match kind_of(&actor.code) {
            Some(kind) => {
                let (head, balance) = (actor.head, actor.balance);
                actors.insert(
                    id,
                    ActorEntry {
                        kind,
                        head,
                        balance,
                    },
                );
            }
            None => unknown.push(id),
        }
    }
    Ok((actors, unknown))
}

/// The epoch for which the power actor's cron is next.
fn next_cron(store: &dyn Blockstore, actors: &BTreeMap<ActorID, ActorEntry>) -> Result<i64> {
    let Some(actor) = actors.get(&ids::POWER) else {
        return Ok(0);
    };
    let state: power::State = Store(store).read(
        &actor.head,
        ExitCode::USR_ILLEGAL_STATE,
        "the power actor's state",
    )?;
    Ok(state.first_cron_epoch)
}
