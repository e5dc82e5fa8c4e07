//! Every fuzz target, with its seeds and with a fixed number of mutations of them: the same
//! inputs in every run. `ATOLL_MUTATIONS` sets another number for each target.

use std::path::{Path, PathBuf};

use atoll_fuzzing::{Reached, TARGETS, Target};

/// How many mutations a target gets; those that compile a module for each get fewer.
fn mutations(target: &Target) -> u64 {
    match (std::env::var("ATOLL_MUTATIONS"), target.name) {
        (Ok(number), _) => number.parse().expect("ATOLL_MUTATIONS is a number"),
        (Err(_), "instrument" | "module") => 100,
        (Err(_), "syscalls" | "message") => 1_000,
        (Err(_), _) => 5_000,
    }
}

/// The seeds of a target, in the order of their names.
fn seeds(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target.name);
    let entries =
        std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let bytes = std::fs::read(&path).expect("it can be read");
        (path, bytes)
    };
    paths.into_iter().map(read).collect()
}

#[track_caller]
fn check(name: &str) {
    let target = TARGETS
        .iter()
        .find(|target| target.name == name)
        .expect("it is a target");
    let seeds = seeds(target);
    let mut inside = 0;
    for (path, bytes) in &seeds {
        println!("{}", path.display());
        let reached = (target.run)(bytes);
        // What once broke something may well be turned away today.
        let once_broke = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with("found-"));
        assert!(
            once_broke || reached == Reached::Inside,
            "{} is no good seed",
            path.display()
        );
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for number in 0..mutations(target) {
        let input = random.mutated(&seeds);
        let run = std::panic::catch_unwind(|| (target.run)(&input));
        let reached = run.unwrap_or_else(|_| panic!("{name}, mutation {number}: {input:02x?}"));
        inside += u64::from(reached == Reached::Inside);
    }
    println!(
        "{name}: {} seeds, {inside} of {} mutations came inside",
        seeds.len(),
        mutations(target)
    );
    assert!(seeds.len() >= 3, "a target has seeds");
    assert!(
        inside * 50 >= mutations(target),
        "{name}: only {inside} mutations came inside"
    );
}

/// Enough stack for calls that nest to the limit.
fn on_a_large_stack(name: &'static str) {
    let thread = std::thread::Builder::new().stack_size(atoll_vm::executor::STACK_BYTES);
    let thread = thread.spawn(move || check(name)).expect("a thread starts");
    thread
        .join()
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}

struct Random(u64);

impl Random {
    /// A xorshift step.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// A seed with a few changes.
    fn mutated(&mut self, seeds: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].1.clone();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len());
            match self.below(7) {
                0 if !bytes.is_empty() => bytes[at] ^= 1 << self.below(8),
                1 if !bytes.is_empty() => bytes[at] = self.next() as u8,
                2 => bytes.truncate(at),
                3 => bytes.insert(at, self.next() as u8),
                4 if !bytes.is_empty() => {
                    let extreme = [0, 1, 0x7f, 0x80, 0xff][self.below(5)];
                    let end = (at + 1 + self.below(8)).min(bytes.len());
                    bytes[at..end].fill(extreme);
                }
                // A piece of another seed.
                5 => {
                    let other = &seeds[self.below(seeds.len())].1;
                    let start = self.below(other.len());
                    let end = (start + self.below(64)).min(other.len());
                    bytes.splice(at..at, other[start..end].iter().copied());
                }
                _ => {
                    let end = (at + self.below(64)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    let to = self.below(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        bytes
    }
}

#[test]
fn every_target_is_run_here_and_by_libfuzzer() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    let tests = include_str!("smoke.rs");
    for Target { name, .. } in TARGETS {
        assert!(fuzz.join(format!("{name}.rs")).is_file(), "{name}");
        assert!(
            tests.contains(&format!("on_a_large_stack(\"{name}\")")),
            "{name}"
        );
    }
}

#[test]
fn bundle() {
    on_a_large_stack("bundle");
}

#[test]
fn car() {
    on_a_large_stack("car");
}

#[test]
fn instrument() {
    on_a_large_stack("instrument");
}

#[test]
fn json() {
    on_a_large_stack("json");
}

#[test]
fn message() {
    on_a_large_stack("message");
}

#[test]
fn module() {
    on_a_large_stack("module");
}

#[test]
fn syscalls() {
    on_a_large_stack("syscalls");
}
