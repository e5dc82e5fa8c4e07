//! Code that means harm: each module ends in a receipt, the same one twice, and the next actor
//! on the same engine finds everything as it should be.
//!
//! Small modules are files under `hostile/`, in the form of the rules. Modules that no one wants
//! to read are generated here, and so are the calls with every wrong address that the table of
//! syscalls allows; `hostile/*.txt` say what becomes of them.

mod machine;

use std::fmt::Write;

use atoll_vm::abi::{self, Param, Syscall, WasmType};
use expect_test::expect_file;
use fvm_shared::version::NetworkVersion;
use machine::ours;
use machine::rule::Rule;

/// Plays a module and says on one line what became of it.
fn play(text: &mut String, name: &str, rule: &Rule, module: &[u8]) {
    let played = match ours::run_twice(rule, module) {
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
    let played = ours::run_twice(&rule, &module).expect("the host is intact");
    assert!(played.contains("answer ok ok 0"), "{played}");
}

#[test]
fn files() {
    machine::files::check("hostile", 100);
    check_host_is_intact();
}

#[test]
fn generated_modules() {
    let mut text = String::new();
    let rule = Rule::new(";; @gas 2000000000".into());
    for (name, module) in generated() {
        play(&mut text, name, &rule, &module);
    }
    check_host_is_intact();
    expect_file!["hostile/generated.txt"].assert_eq(&text);
}

/// A module in text, with the least that an actor must have, and something more.
fn with(more: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1)
            (func (export "invoke") (param i32) (result i32) (i32.const 0)) {more})"#
    );
    wat::parse_str(text).expect("it is valid text")
}

/// The same with an entry point of its own.
fn entry(body: &str) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") 1)
            (func (export "invoke") (param i32) (result i32) {body}))"#
    );
    wat::parse_str(text).expect("it is valid text")
}

fn generated() -> Vec<(&'static str, Vec<u8>)> {
    let good = with("");
    let section = |id: u8, payload: &[u8]| {
        let mut section = vec![id];
        leb128(&mut section, payload.len() as u64);
        section.extend_from_slice(payload);
        section
    };
    let custom = |len: usize| {
        let mut payload = vec![4];
        payload.extend_from_slice(b"junk");
        payload.resize(len, 0xaa);
        [good.clone(), section(0, &payload)].concat()
    };
    let repeat = |count: usize, what: &str| what.repeat(count);
    let locals = |count: u64| {
        // One function with so many locals of one type: the text would spell each of them out.
        let mut body = vec![1];
        leb128(&mut body, count);
        body.extend_from_slice(&[0x7f, 0x41, 0x00, 0x0b]);
        let mut code = vec![1];
        leb128(&mut code, body.len() as u64);
        code.extend_from_slice(&body);
        [
            b"\0asm\x01\0\0\0".to_vec(),
            section(1, &[1, 0x60, 1, 0x7f, 1, 0x7f]),
            section(3, &[1, 0]),
            section(5, &[1, 0, 1]),
            section(7, b"\x02\x06memory\x02\x00\x06invoke\x00\x00"),
            section(10, &code),
        ]
        .concat()
    };
    vec![
        ("an honest module", good.clone()),
        ("no bytes", Vec::new()),
        ("a magic number alone", b"\0asm".to_vec()),
        ("a version that is to come", b"\0asm\x02\0\0\0".to_vec()),
        ("a component", b"\0asm\x0d\0\x01\0".to_vec()),
        ("an ELF file", b"\x7fELF\x02\x01\x01".to_vec()),
        ("zeros", vec![0; 1 << 16]),
        ("a module cut in two", good[..good.len() / 2].to_vec()),
        (
            "a module without its last byte",
            good[..good.len() - 1].to_vec(),
        ),
        (
            "a section that claims 4 GiB",
            [&good[..], b"\x00\xff\xff\xff\xff\x0f"].concat(),
        ),
        (
            "a section that does not exist",
            [good.clone(), section(99, b"?")].concat(),
        ),
        (
            "two type sections",
            [good.clone(), section(1, &[0])].concat(),
        ),
        ("a custom section of 5 MB", custom(5_000_000)),
        (
            "names that are garbage",
            [good.clone(), section(0, b"\x04name\x01\xff\xff\xff")].concat(),
        ),
        ("data of 5 MB in 80 pages", {
            let text = format!(
                r#"(module (memory (export "memory") 80) (data (i32.const 0) "{}")
                    (func (export "invoke") (param i32) (result i32) (i32.const 0)))"#,
                repeat(5_000_000, "x")
            );
            wat::parse_str(text).expect("it is valid text")
        }),
        (
            "code of 5 MB",
            entry(&format!(
                "{} (i32.const 0)",
                repeat(1_600_000, "(drop (i32.const 9))")
            )),
        ),
        (
            "10,000 functions",
            with(&repeat(
                10_000,
                "(func (param i32) (result i32) local.get 0)",
            )),
        ),
        ("1,000,001 functions", {
            let mut functions = Vec::new();
            leb128(&mut functions, 1_000_001);
            functions.resize(functions.len() + 1_000_001, 0);
            [
                b"\0asm\x01\0\0\0".to_vec(),
                section(1, &[1, 0x60, 0, 0]),
                section(3, &functions),
            ]
            .concat()
        }),
        ("1,000 locals", locals(1_000)),
        // Known to be wrong: the reference runs this one. Metering needs locals of its own, and
        // a function may have 50,000 with them.
        ("49,999 locals", locals(49_999)),
        ("50,001 locals", locals(50_001)),
        ("4 billion locals", locals(u64::from(u32::MAX))),
        (
            "1,000 parameters",
            with(&format!("(func (param {}))", repeat(1_000, "i64 "))),
        ),
        (
            "1,001 parameters",
            with(&format!("(func (param {}))", repeat(1_001, "i64 "))),
        ),
        (
            "1,000 results",
            with(&format!(
                "(func (result {}) unreachable)",
                repeat(1_000, "i64 ")
            )),
        ),
        (
            "10,000 types",
            with(&numbered(10_000, |n| {
                format!("(type (func (param {})))", bits(n))
            })),
        ),
        (
            "10,000 globals",
            with(&repeat(10_000, "(global (mut i64) (i64.const 1))")),
        ),
        (
            "10,000 exports",
            with(&numbered(10_000, |n| {
                format!(r#"(export "e{n}" (func 0))"#)
            })),
        ),
        ("an export twice", {
            let text = r#"(module (memory (export "memory") 1) (memory 0)
                (func (export "invoke") (export "invoke") (param i32) (result i32) (i32.const 0)))"#;
            wat::parse_str(text).unwrap_or_else(|_| good.clone())
        }),
        (
            "10,000 pieces of data",
            with(&repeat(10_000, r#"(data (i32.const 0) "x")"#)),
        ),
        ("10,000 imports", {
            let imports = repeat(
                10_000,
                r#"(import "debug" "enabled" (func (param i32) (result i32)))"#,
            );
            let text = format!(
                r#"(module {imports} (memory (export "memory") 1)
                    (func (export "invoke") (param i32) (result i32) (i32.const 0)))"#
            );
            wat::parse_str(text).expect("it is valid text")
        }),
        (
            "an export with a name of 99,999 bytes",
            with(&format!(r#"(export "{}" (func 0))"#, repeat(99_999, "n"))),
        ),
        (
            "a branch table of 60,000 ways",
            entry(&format!(
                "(block (br_table {} (local.get 0))) (i32.const 0)",
                repeat(60_000, "0 ")
            )),
        ),
        (
            "1,000 nested blocks",
            entry(&format!(
                "{}{} (i32.const 0)",
                repeat(1_000, "(block "),
                repeat(1_000, ")")
            )),
        ),
        ("20,000 nested blocks", nested_blocks(20_000)),
        (
            "1,500 operands on the stack",
            entry(&format!(
                "{}{}",
                repeat(1_500, "i32.const 1 "),
                repeat(1_499, "i32.add ")
            )),
        ),
        (
            "2,500 operands on the stack",
            entry(&format!(
                "{}{}",
                repeat(2_500, "i32.const 1 "),
                repeat(2_499, "i32.add ")
            )),
        ),
    ]
}

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// A list of types that spells a number.
fn bits(number: usize) -> String {
    (0..14)
        .map(|bit| {
            if number >> bit & 1 == 0 {
                "i32 "
            } else {
                "i64 "
            }
        })
        .collect()
}

/// Deeper than a parser of text would go.
fn nested_blocks(depth: usize) -> Vec<u8> {
    let mut body = vec![0];
    body.extend([0x02, 0x40].repeat(depth));
    body.extend([0x0b].repeat(depth));
    body.extend([0x41, 0, 0x0b]);
    let mut code = vec![1];
    leb128(&mut code, body.len() as u64);
    code.extend(body);
    let mut module =
        b"\0asm\x01\0\0\0\x01\x06\x01\x60\x01\x7f\x01\x7f\x03\x02\x01\0\x05\x03\x01\0\x01".to_vec();
    module.extend(b"\x07\x13\x02\x06memory\x02\x00\x06invoke\x00\x00");
    module.push(10);
    leb128(&mut module, code.len() as u64);
    module.extend(code);
    module
}

fn leb128(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
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
