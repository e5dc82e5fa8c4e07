//! Calls of the machine, with any arguments in any order.
//!
//! An actor reads a program from its parameters and makes the calls that it lists. The actor is
//! the same for all inputs, so nothing is compiled for each; results of calls are written where
//! arguments say, which may be into the program itself.

use std::fmt::Write;
use std::sync::LazyLock;

use arbitrary::Unstructured;
use atoll_testkit::play::Play;
use atoll_testkit::rule::Rule;
use atoll_vm::abi::{self, Param, Syscall, WasmType};
use fvm_shared::version::NetworkVersion;

use crate::{Reached, promises};

/// Where the actor keeps the program, and how long that may be.
const PROGRAM: u32 = 0x4000;
const PROGRAM_LEN: u32 = 0x3000;

/// Makes a program of the bytes, and plays it at the version that the first one picks.
pub fn syscalls(data: &[u8]) -> Reached {
    let mut u = Unstructured::new(data);
    let version = match u.arbitrary::<u8>() {
        Ok(pick) if pick % 4 == 0 => NetworkVersion::V18,
        Ok(pick) if pick % 4 == 1 => NetworkVersion::V21,
        Ok(pick) if pick % 4 == 2 => NetworkVersion::V17,
        Ok(_) => NetworkVersion::V28,
        Err(_) => return Reached::Door,
    };
    let mut rule = Rule::new(";; @gas 200000000\n;; @value 3".to_owned());
    rule.version = version;
    rule.privileged = data.len().is_multiple_of(2);
    rule.params = program(&mut u, version);
    let outcome = promises::check(&Play::of(&rule, interpreter(version)));
    let outcome = outcome.expect("the message is well formed");
    // Reading the program is the first call.
    match outcome
        .charges
        .iter()
        .filter(|(name, _)| name == "OnSyscall")
        .count()
    {
        0..=1 => Reached::Door,
        _ => Reached::Inside,
    }
}

/// Calls until the bytes run out: the number of a syscall, then its arguments, little-endian.
fn program(u: &mut Unstructured<'_>, version: NetworkVersion) -> Vec<u8> {
    let table: Vec<&Syscall> = abi::syscalls(version).collect();
    let mut program = Vec::new();
    while !u.is_empty() && program.len() < PROGRAM_LEN as usize - 64 {
        // Never fails: where bytes run out, they are zero.
        let number = u.arbitrary::<u8>().unwrap_or(0) % table.len() as u8;
        program.push(number);
        let row = table[usize::from(number)];
        let result = (!row.result.is_empty()).then_some(Param::Address("result"));
        for param in result.iter().chain(row.params) {
            for wasm_type in param.wasm_types() {
                let value = argument(u, *param).unwrap_or(0);
                match wasm_type {
                    WasmType::I32 => program.extend_from_slice(&(value as u32).to_le_bytes()),
                    WasmType::I64 => program.extend_from_slice(&value.to_le_bytes()),
                }
            }
        }
    }
    program
}

/// Mostly something that may make sense in its place; else any number.
fn argument(u: &mut Unstructured<'_>, param: Param) -> arbitrary::Result<u64> {
    let kind: u8 = u.arbitrary()?;
    if kind >= 0xf0 {
        return u.arbitrary();
    }
    Ok(match (param, kind % 4) {
        (Param::Block(_), _) => u64::from(kind % 8),
        (Param::I64(_), 0) => *u.choose(&[0x55, 0x71, 0x51, 0xb220, 0x1b, 0x12, 1000, 999])?,
        (Param::I64(_), 1) => *u.choose(&[0, 1, 2, 3, 99, 100, 101, 200, 201, 1000, u64::MAX])?,
        (Param::I32(_), 0) => *u.choose(&[0, 1, 32, 96, 33, 16, 0xffff_ffff])?,
        // The prelude's addresses and CIDs lie from 0x100 on, 0x40 apart.
        (_, 0 | 1) => 0x100 + 0x40 * u64::from(kind / 4 % 18),
        (_, 2) => *u.choose(&[0, 1, 2, 4, 20, 21, 38, 64, 96, 0x100, 0x1000])?,
        _ => u64::from(u.arbitrary::<u16>()?),
    })
}

/// The actor, for a version.
pub(crate) fn interpreter(version: NetworkVersion) -> &'static [u8] {
    static MODULES: LazyLock<Vec<(NetworkVersion, Vec<u8>)>> = LazyLock::new(|| {
        let versions = [
            NetworkVersion::V17,
            NetworkVersion::V18,
            NetworkVersion::V21,
            NetworkVersion::V28,
        ];
        versions.map(|version| (version, build(version))).into()
    });
    let found = MODULES.iter().find(|(known, _)| *known == version);
    &found.expect("one of the versions above").1
}

fn build(version: NetworkVersion) -> Vec<u8> {
    let count = abi::syscalls(version).count();
    let mut cases = String::new();
    for (number, row) in abi::syscalls(version).enumerate() {
        let (mut arguments, mut at) = (String::new(), 1);
        for wasm_type in row.wasm_params() {
            let (name, len) = match wasm_type {
                WasmType::I32 => ("i32", 4),
                WasmType::I64 => ("i64", 8),
            };
            write!(arguments, " ({name}.load offset={at} (local.get $at))")
                .expect("strings take everything");
            at += len;
        }
        write!(
            cases,
            ") ;; {number}
            (call $outcome (call ${}.{}{arguments}))
            (local.set $at (i32.add (local.get $at) (i32.const {at})))
            (br $next)",
            row.module, row.name
        )
        .expect("strings take everything");
    }
    let targets: String = (0..count).map(|number| format!(" {number}")).collect();
    let source = format!(
        r#";; @nv {version}
        (func (export "invoke") (param $params i32) (result i32) (local $at i32) (local $end i32)
          (if (call $ipld.block_read (i32.const 0x3ff0) (local.get $params) (i32.const 0)
                (i32.const {PROGRAM}) (i32.const {PROGRAM_LEN}))
            (then (return (i32.const 0))))
          (local.set $at (i32.const {PROGRAM}))
          (local.set $end (i32.add (i32.const {})
            (i32.load (i32.const 0x3ff0))))
          (loop $next
            (if (i32.ge_u (local.get $at) (local.get $end)) (then (return (call $answer))))
            (block $none {}
              (br_table{targets} $none (i32.load8_u (local.get $at)))
            {cases})
            (return (call $answer)))
          (i32.const 0))"#,
        PROGRAM + PROGRAM_LEN,
        "(block ".repeat(count),
    );
    Rule::new(source).module().expect("it is valid")
}
