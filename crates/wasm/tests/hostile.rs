//! Code that means harm: each module ends in a receipt, the same one twice, and the next actor
//! on the same engine finds everything as it should be.
//!
//! Small modules are files under `hostile/`, in the form of the rules. Modules that no one wants
//! to read are generated (`atoll_testkit::hostile`), and so are the calls with every wrong address
//! that the table of syscalls allows; `hostile/*.txt` say what becomes of them.

use std::fmt::Write;
use std::path::Path;

use atoll_testkit::rule::Rule;
use atoll_testkit::{files, hostile, play};
use atoll_vm::abi::{self, Param, Syscall, WasmType};
use expect_test::expect_file;
use fvm_shared::version::NetworkVersion;

/// Plays a module and says on one line what became of it.
fn play(text: &mut String, name: &str, rule: &Rule, module: &[u8]) {
    let played = match play::run_twice(rule, module) {
        // Of the charges only the sum; events and changes as they are.
        Ok(played) => played
            .lines()
            .filter(|line| !line.starts_with("  "))
            .collect::<Vec<_>>()
            .join("; "),
        Err(words) => panic!("{name} leaves no receipt: {words}"),
    };
    writeln!(text, "{name}: {played}").expect("writing to a string can't fail");
}

/// An honest actor on the same engine.
fn check_host_is_intact() {
    let rule = Rule::new(
        r#"(func (export "invoke") (param i32) (result i32)
            (call $outcome (call $self.root (i32.const 0) (i32.const 0x600) (i32.const 38)))
            (call $outcome (call $ipld.block_open (i32.const 0) (global.get $root_cid)))
            (call $note (i32.load (i32.const 0x7000)))
            (call $answer))"#
            .into(),
    );
    let module = rule.module().expect("it is valid");
    let played = play::run_twice(&rule, &module).expect("the host is intact");
    assert!(played.contains("answer ok ok 0"), "{played}");
}

#[test]
fn files() {
    files::check(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile"),
        100,
    );
    check_host_is_intact();
}

#[test]
fn generated_modules() {
    let mut text = String::new();
    let rule = Rule::new(";; @gas 2000000000".into());
    for (name, module) in hostile::modules() {
        play(&mut text, name, &rule, &module);
    }
    check_host_is_intact();
    expect_file!["hostile/generated.txt"].assert_eq(&text);
}

/// Every syscall, with each address that it takes pointing out of memory in several ways.
#[test]
fn addresses_outside_memory() {
    for (version, file) in [
        (28, "hostile/addresses_nv28.txt"),
        (18, "hostile/addresses_nv18.txt"),
    ] {
        let version = NetworkVersion::from(version);
        let mut text = String::new();
        for syscall in abi::syscalls(version) {
            for (what, arguments) in bad_arguments(syscall) {
                let name = format!("{}.{} {what}", syscall.module, syscall.name);
                let rule = Rule::new(format!(
                    r#";; @nv {version}
                    (func (export "invoke") (param i32) (result i32)
                        (call $outcome (call ${}.{} {arguments}))
                        (call $answer))"#,
                    syscall.module, syscall.name
                ));
                let module = rule.module().expect("the arguments are of the right types");
                play(&mut text, &name, &rule, &module);
            }
        }
        check_host_is_intact();
        expect_file![file].assert_eq(&text);
    }
}

/// Arguments of which one is bad, and what is bad about it.
fn bad_arguments(syscall: &Syscall) -> Vec<(String, String)> {
    /// A page of memory ends here.
    const END: i64 = 0x1_0000;
    let addresses = [END - 1, END, END + 1, 0x7fff_ffff, 0xffff_ffff];
    let buffers = [
        (END - 1, 2),
        (END, 1),
        (END + 1, 0),
        (0, END + 1),
        (0, 0xffff_ffff),
        (0xffff_ffff, 0xffff_ffff),
    ];
    // What is good is of no length, so that little else can be wrong with it.
    let good: Vec<Vec<i64>> = syscall
        .params
        .iter()
        .map(|param| vec![0; param.wasm_types().len()])
        .collect();
    let result = (!syscall.result.is_empty()).then_some(0);
    let mut bad = Vec::new();
    if result.is_some() {
        for address in addresses {
            bad.push((
                format!("result at {address:#x}"),
                spell(syscall, Some(address), &good),
            ));
        }
    }
    for (nth, param) in syscall.params.iter().enumerate() {
        let mut set = |what: String, values: Vec<i64>| {
            let mut all = good.clone();
            all[nth] = values;
            bad.push((what, spell(syscall, result, &all)));
        };
        match *param {
            Param::Input(name) | Param::Output(name) => {
                for (at, len) in buffers {
                    set(
                        format!("{name:?} at {at:#x}, {len:#x} bytes"),
                        vec![at, len],
                    );
                }
            }
            Param::Items(name, _) => {
                for (at, count) in buffers {
                    set(
                        format!("{name:?} at {at:#x}, {count:#x} of them"),
                        vec![at, count],
                    );
                }
            }
            Param::InputOf(name, _) | Param::Cid(name) | Param::Address(name) => {
                for at in addresses {
                    set(format!("{name:?} at {at:#x}"), vec![at]);
                }
            }
            Param::Block(name) => set(format!("{name:?} 0xffffffff"), vec![0xffff_ffff]),
            Param::I32(name) => set(format!("{name:?} 0xffffffff"), vec![0xffff_ffff]),
            Param::I64(name) => set(format!("{name:?} -1"), vec![-1]),
        }
    }
    bad
}

/// Arguments as WAT.
fn spell(syscall: &Syscall, result: Option<i64>, params: &[Vec<i64>]) -> String {
    let values = result.into_iter().chain(params.iter().flatten().copied());
    let arguments = syscall
        .wasm_params()
        .zip(values)
        .map(|(wasm_type, value)| match wasm_type {
            WasmType::I32 => format!("(i32.const {value:#x})"),
            WasmType::I64 => format!("(i64.const {value})"),
        });
    arguments.collect::<Vec<_>>().join(" ")
}
