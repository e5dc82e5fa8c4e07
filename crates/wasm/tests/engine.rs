//! The engine below the rules: native stack, threads, the cache on disk. What actors may and may
//! not do is in `rules` and `hostile`.

use std::sync::Arc;

use atoll_testkit::machine::{Machine, module, runner};
use atoll_wasm::{Engine, EngineSettings, WasmRunner};
use fvm_shared::error::ExitCode;
use fvm_shared::version::NetworkVersion;

const V28: NetworkVersion = NetworkVersion::V28;

/// Returns the number on top of the stack as a block of eight bytes.
const RETURN: &str = r#"
    (func $return (param i64) (result i32)
        (i64.store (i32.const 0) (local.get 0))
        (drop (call $ipld.block_create
            (i32.const 8) (i64.const 0x55) (i32.const 0) (i32.const 8)))
        (i32.load (i32.const 8)))"#;

fn invoke(body: &str) -> String {
    format!("{RETURN} (func (export \"invoke\") (param i32) (result i32) {body})")
}

#[test]
fn a_block_is_returned() {
    let text = invoke("(call $return (i64.const 0x0807060504030201))");
    let outcome = Machine::with_actors(&[&text]).call(0, 2);
    assert_eq!(
        (outcome.code(), outcome.number()),
        (0, 0x0807_0605_0403_0201)
    );
}

#[test]
fn thousands_of_locals_cannot_overflow_the_host() {
    // The network counts a group of locals as one element, so that this takes much more native
    // stack than the limiter thinks.
    let locals = "i64 ".repeat(4_000);
    let keep: String = (0..4_000)
        .map(|n| format!("(local.set {} (i64.load (i32.const {})))", n + 1, n * 8))
        .collect();
    let drop: String = (0..4_000)
        .map(|n| format!("(i64.store (i32.const {}) (local.get {}))", n * 8, n + 1))
        .collect();
    let text = format!(
        r#"(func $f (export "invoke") (param i32) (result i32) (local {locals})
        {keep} (drop (call $f (local.get 0))) {drop} (i32.const 0))"#
    );
    let run = || Machine::with_actors(&[&text]).call(0, 2);
    assert_eq!(run().code(), ExitCode::SYS_ILLEGAL_INSTRUCTION.value());
    assert_eq!(run().describe(), run().describe());
}

#[test]
fn calls_nest_to_the_limit_on_a_small_native_stack() {
    // The actor calls itself until the machine refuses, and returns how deep that was.
    let text = format!(
        r#"{RETURN} (data (i32.const 100) "\00\88\27") ;; f05000
        (func (export "invoke") (param i32) (result i32)
            (if (i32.eqz (call $send.send (i32.const 200) (i32.const 100) (i32.const 3)
                    (i64.const 2) (i32.const 0) (i64.const 0) (i64.const 0) (i64.const -1)
                    (i64.const 0)))
                (then
                    (drop (call $ipld.block_read (i32.const 240) (i32.load (i32.const 204))
                        (i32.const 0) (i32.const 248) (i32.const 8)))
                    (return (call $return (i64.add (i64.const 1) (i64.load (i32.const 248)))))))
            (call $return (i64.const 1)))"#
    );
    let run = move || {
        let mut machine = Machine::with_actors(&[&text]);
        let outcome = machine.gas_limit(200_000_000_000).call(0, 2);
        (outcome.code(), outcome.number())
    };
    let small = std::thread::Builder::new().stack_size(2 << 20);
    let result = small
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no panic");
    assert_eq!(result, (0, 1024));
}

#[test]
fn executors_on_threads_share_an_engine() {
    let text = invoke(
        "(local $n i32) (local.set $n (i32.const 10000))
         (loop $l (local.set $n (i32.sub (local.get $n) (i32.const 1))) (br_if $l (local.get $n)))
         (call $return (i64.const 7))",
    );
    let wasm = module(V28, &text);
    let runner = runner();
    let run = || {
        let mut machine = Machine::new(V28, std::slice::from_ref(&wasm), Arc::clone(&runner));
        (0..50)
            .map(|_| machine.call(0, 2).describe())
            .collect::<Vec<_>>()
    };
    let results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect::<Vec<_>>()
    });
    assert!(results.iter().all(|result| *result == results[0]));
}

/// Runs one message with an engine whose cache is in a folder.
fn with_cache(folder: &std::path::Path) -> anyhow::Result<String> {
    let settings = EngineSettings {
        cache: Some(folder.into()),
        ..EngineSettings::default()
    };
    let runner = Arc::new(WasmRunner::new(Arc::new(Engine::new(&settings)?)));
    let wasm = module(V28, &invoke("(call $return (i64.const 7))"));
    Ok(Machine::new(V28, &[wasm], runner).call(0, 2).describe())
}

fn compiled(folder: &std::path::Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|ext| ext == "compiled"))
        .collect()
}

#[test]
fn the_cache_is_used_and_a_spoilt_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = with_cache(folder.path()).expect("a fresh cache");
    let [file] = &compiled(folder.path())[..] else {
        panic!("one module is cached")
    };
    let good = std::fs::read(file).expect("it is there");

    // Used: the file is not written again.
    let before = std::fs::metadata(file).unwrap().modified().unwrap();
    assert_eq!(with_cache(folder.path()).unwrap(), first);
    assert_eq!(std::fs::metadata(file).unwrap().modified().unwrap(), before);

    // Spoilt: not used, and made anew.
    for at in [0, 40, good.len() / 2, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(file, &bad).unwrap();
        assert_eq!(with_cache(folder.path()).unwrap(), first);
        assert_ne!(std::fs::read(file).unwrap(), bad, "byte {at}");
    }
    std::fs::write(file, &good[..good.len() / 3]).unwrap();
    assert_eq!(with_cache(folder.path()).unwrap(), first);
    std::fs::write(file, []).unwrap();
    assert_eq!(with_cache(folder.path()).unwrap(), first);

    // Of another installation: its MAC is under another key.
    let other = tempfile::tempdir().expect("a folder");
    with_cache(other.path()).expect("a fresh cache");
    std::fs::copy(&compiled(other.path())[0], file).unwrap();
    let foreign = std::fs::read(file).unwrap();
    assert_eq!(with_cache(folder.path()).unwrap(), first);
    assert_ne!(std::fs::read(file).unwrap(), foreign);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().expect("a folder");
    with_cache(folder.path()).expect("a fresh cache");
    let key = folder.path().join("key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = with_cache(folder.path()).expect_err("the key is no secret");
    assert!(format!("{error:#}").contains("remove"), "{error:#}");
}
