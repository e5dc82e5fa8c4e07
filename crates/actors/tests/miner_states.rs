//! Every state that a miner is ever in, in every recorded scenario, holds together: with itself,
//! with its balance, and with what it claims at the power actor.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use atoll_actors::miner::check_state::check_state;
use atoll_actors::miner::state::State;
use atoll_actors::replay::files::Genesis;
use atoll_actors::replay::format::{Entry, Scenario, StepKind};
use atoll_actors::replay::machine::Machine;
use atoll_actors::state::Store;
use atoll_actors::{ActorKind, Policy, ids, power};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::CborStore;
use fvm_shared::ActorID;
use fvm_shared::address::Address;

/// A machine's blocks, to read.
struct Blocks<'m>(&'m Machine);

impl Blockstore for Blocks<'_> {
    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        Ok(self.0.block(cid)?)
    }

    fn put_keyed(&self, cid: &Cid, _: &[u8]) -> anyhow::Result<()> {
        anyhow::bail!("{cid}: these blocks are to read")
    }
}

/// Plays a scenario and returns what doesn't hold after each message, and how many states were
/// looked at.
fn check_scenario(path: &Path, genesis: &Genesis) -> (Vec<String>, usize) {
    let scenario = Scenario::load(path).expect("the scenario can be read");
    let mut machine = Machine::new(genesis, &[]).expect("a machine");
    let mut heads = BTreeMap::<ActorID, Entry>::new();
    let mut problems = Vec::new();
    let mut checked = 0;
    for (index, step) in scenario.steps.iter().enumerate() {
        match step.kind().expect("a step") {
            StepKind::SetEpoch(epoch) => machine.epoch = epoch,
            StepKind::SetActor(actor) => machine.set_actor(actor).expect("an actor"),
            StepKind::OverridePrimitive(rule) => {
                machine.empty_commds = rule.empty_by_seal_proof().expect("a rule");
            }
            StepKind::Message(message, expected) => {
                let outcome = machine.apply(message, Some(expected)).expect("a message");
                let changed = outcome
                    .heads
                    .iter()
                    .filter_map(|(id, entry)| Some((*id, entry.as_ref()?)));
                heads.extend(changed.map(|(id, entry)| (id, entry.clone())));
                for id in outcome.heads.keys() {
                    let Some(entry) = heads.get(id).filter(|e| e.code.0 == ActorKind::Miner) else {
                        continue;
                    };
                    checked += 1;
                    let found = check_miner(&machine, *id, entry, heads.get(&ids::POWER));
                    problems.extend(
                        found
                            .into_iter()
                            .map(|p| format!("step {index}, f0{id}: {p}")),
                    );
                }
            }
            _ => (),
        }
    }
    (problems, checked)
}

fn check_miner(
    machine: &Machine,
    id: ActorID,
    entry: &Entry,
    power: Option<&Entry>,
) -> Vec<String> {
    let blocks = Blocks(machine);
    let store = Store(&blocks);
    let state: State = store
        .get_cbor(&entry.head)
        .expect("a state")
        .expect("a state");
    let checked = check_state(&Policy::mainnet(), store, &state, &entry.balance.0);
    let mut problems = checked.problems;
    if let Some(power) = power {
        let state: power::State = store
            .get_cbor(&power.head)
            .expect("a state")
            .expect("a state");
        let claims = state.claims(store).expect("claims");
        if let Some(claim) = claims.get(&Address::new_id(id)).expect("a claim") {
            let claimed = (&claim.raw_byte_power, &claim.quality_adj_power);
            let active = (&checked.active_power.raw, &checked.active_power.qa);
            if claimed != active {
                problems.push(format!("claims {claimed:?}, gives {active:?}"));
            }
        }
    }
    problems
}

#[test]
fn every_recorded_state_holds_together() {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/actors");
    let genesis = Genesis::load(&vectors).expect("the genesis can be read");
    let wanted = std::env::var("ATOLL_SCENARIO").unwrap_or_default();
    let mut paths: Vec<PathBuf> = ["scenarios", "extra"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(vectors.join(folder)).expect("the vectors are there"))
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            name.contains(".json") && name != "index.json" && name.contains(&wanted)
        })
        .collect();
    paths.sort();
    let (mut all, mut checked) = (Vec::new(), 0);
    for path in paths {
        let (problems, count) = check_scenario(&path, &genesis);
        checked += count;
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        all.extend(
            problems
                .into_iter()
                .take(5)
                .map(|problem| format!("{name}: {problem}")),
        );
    }
    println!("{checked} states");
    assert!(all.is_empty(), "{}", all.join("\n"));
    assert!(
        checked > 1000 || !wanted.is_empty(),
        "only {checked} states"
    );
}
