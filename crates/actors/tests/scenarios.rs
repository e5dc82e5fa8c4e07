//! Replays every recorded scenario in `vectors/actors`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use atoll_actors::replay::{self, Genesis, Options, Outcome, Scenario, files};

/// Scenarios that are known to fail. Whoever makes one pass removes it here. Those that call an
/// actor which there is none of yet need not be listed: it is played from the recording.
const PENDING: &[&str] = &[];

fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/actors")
}

/// Every scenario file, by name.
fn scenario_files() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for folder in ["scenarios", "extra"] {
        for entry in std::fs::read_dir(vectors().join(folder)).expect("the vectors are there") {
            let path = entry.expect("the folder can be read").path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .expect("ASCII names");
            let name = name
                .trim_end_matches(".gz")
                .strip_suffix(".json")
                .map(str::to_owned);
            if let Some(name) = name.filter(|name| name != "index") {
                found.insert(name, path.clone());
            }
        }
    }
    found
}

fn replay_file(path: &Path, genesis: &Genesis) -> Outcome {
    let scenario = Scenario::load(path).expect("the scenario can be read");
    let blocks = || files::blocks_of(path);
    replay::run(&scenario, genesis, Options::default(), blocks).expect("the scenario makes sense")
}

/// `ATOLL_SCENARIO=part of a name` picks some.
#[test]
fn all_scenarios_replay() {
    let wanted = std::env::var("ATOLL_SCENARIO").unwrap_or_default();
    let genesis = Genesis::load(&vectors()).expect("the genesis can be read");
    let files = scenario_files();
    assert!(files.len() >= 65, "only {} scenarios", files.len());
    let files: Vec<_> = files
        .into_iter()
        .filter(|(name, _)| name.contains(&wanted))
        .collect();

    let next = AtomicUsize::new(0);
    let results = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, path)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = replay_file(path, &genesis);
                    results.lock().unwrap().insert(name.clone(), result);
                }
            });
        }
    });

    let results = results.into_inner().unwrap();
    let (mut passed, mut surprises) = (0, Vec::new());
    for (name, outcome) in &results {
        let expected = match outcome {
            Outcome::Passed { messages, played } if played.is_empty() => {
                println!("passed   {name} ({messages} messages)");
                passed += 1;
                !PENDING.contains(&name.as_str())
            }
            Outcome::Passed { messages, played } => {
                println!("in part  {name} ({messages} messages), without {played:?}");
                !PENDING.contains(&name.as_str())
            }
            Outcome::Failed(failure) => {
                println!("FAILED   {name}: {failure}");
                PENDING.contains(&name.as_str())
            }
        };
        if !expected {
            surprises.push(name);
        }
    }
    println!("{passed} of {} pass", results.len());
    assert!(surprises.is_empty(), "not as the list says: {surprises:#?}");
}
