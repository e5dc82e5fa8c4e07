//! A rule: a small actor in WAT, and what becomes of a message to it.
//!
//! ```wat
//! ;; What the rule says.
//! ;; @gas 2000000            what the message is like, where it is not like all others
//! (func (export "invoke") (param $params i32) (result i32) ...)
//! ;; ---
//! ;; the receipt, and what changed
//! ```
//!
//! The functions of the file follow a [prelude] that imports all syscalls.

use std::collections::BTreeSet;
use std::fmt::Write;

use atoll_vm::abi::{self, WasmType};
use atoll_vm::gas::Gas;
use cid::Cid;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
use fvm_shared::address::Address;
use fvm_shared::event::StampedEvent;
use fvm_shared::state::ActorState;
use fvm_shared::version::NetworkVersion;

use crate::world::{self, Actors, SUBJECT};

/// What divides a rule from its expectation.
const DIVIDER: &str = ";; ---\n";

/// A message to the actor under test.
pub struct Rule {
    pub version: NetworkVersion,
    pub to: Address,
    pub method: u64,
    pub value: u64,
    pub params: Vec<u8>,
    pub gas_limit: u64,
    /// Whether the code is also that of the init actor.
    pub privileged: bool,
    /// Whether the file is a whole module, without the prelude.
    pub bare: bool,
    source: String,
}

impl Rule {
    /// Reads a rule, as far as the divider.
    ///
    /// # Errors
    /// With words, if there is a line about the message that can't be read.
    pub fn parse(file: &str) -> Result<Self, String> {
        let source = file.split(DIVIDER).next().unwrap_or_default().to_owned();
        let mut rule = Self {
            version: NetworkVersion::V28,
            to: Address::new_id(SUBJECT),
            method: 2,
            value: 0,
            params: Vec::new(),
            gas_limit: 1_000_000_000,
            privileged: false,
            bare: false,
            source,
        };
        let source = rule.source.clone();
        for line in source.lines().filter_map(|line| line.strip_prefix(";; @")) {
            let (key, rest) = line.split_once(' ').unwrap_or((line, ""));
            let number = || {
                rest.trim()
                    .parse::<u64>()
                    .map_err(|e| format!("{line}: {e}"))
            };
            match key {
                "nv" => rule.version = NetworkVersion::from(number()? as u32),
                "to" => rule.to = Address::new_id(number()?),
                "method" => rule.method = number()?,
                "value" => rule.value = number()?,
                "gas" => rule.gas_limit = number()?,
                "params" => rule.params = unhex(rest.trim()).ok_or(line)?,
                "privileged" => rule.privileged = true,
                "bare" => rule.bare = true,
                _ => return Err(format!("nobody knows what @{line} means")),
            }
        }
        Ok(rule)
    }

    /// A rule of text that was made up.
    pub fn new(source: String) -> Self {
        Self::parse(&source).expect("made-up text says nothing about the message")
    }

    /// The module.
    ///
    /// # Errors
    /// With words that point at the mistake.
    pub fn module(&self) -> Result<Vec<u8>, String> {
        let text = if self.bare {
            self.source.clone()
        } else {
            format!("{}\n{}", prelude(self.version), self.source)
        };
        wat::parse_str(text).map_err(|e| e.to_string())
    }

    /// The file with another expectation.
    pub fn with_expectation(&self, expectation: &str) -> String {
        let mut file = format!("{}{DIVIDER}", self.source);
        for line in expectation.lines() {
            writeln!(file, ";; {line}").expect("writing to a string can't fail");
        }
        file
    }
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    let digits = digits.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// What every rule starts with: an import of each syscall as `$module.name`, a page of memory,
/// things of the [world] in it, and ways to say what happened.
pub fn prelude(version: NetworkVersion) -> String {
    let mut text = String::new();
    for syscall in abi::syscalls(version) {
        let (module, name) = (syscall.module, syscall.name);
        let params: Vec<_> = syscall
            .wasm_params()
            .map(|param| match param {
                WasmType::I32 => "i32",
                WasmType::I64 => "i64",
            })
            .collect();
        let params = params.join(" ");
        writeln!(
            text,
            "(import \"{module}\" \"{name}\" (func ${module}.{name} (param {params}) (result i32)))"
        )
        .expect("writing to a string can't fail");
    }
    text.push_str("(memory (export \"memory\") 1)\n");

    let cids: [(&str, Cid); 4] = [
        ("root_cid", world::cid(DAG_CBOR, &world::root_block())),
        ("child_cid", world::cid(DAG_CBOR, world::CHILD)),
        ("stranger_cid", world::cid(DAG_CBOR, world::STRANGER)),
        ("missing_cid", world::cid(DAG_CBOR, world::MISSING)),
    ];
    let addresses = [
        ("sender", Address::new_id(world::SENDER)),
        ("bob", Address::new_id(101)),
        ("bob_key", world::address(101).expect("he has one")),
        ("placeholder", Address::new_id(102)),
        ("subject", Address::new_id(SUBJECT)),
        ("subject_f4", world::address(SUBJECT).expect("it has one")),
        ("other", Address::new_id(world::OTHER)),
        (
            "other_f2",
            world::address(world::OTHER).expect("it has one"),
        ),
        ("init", Address::new_id(1)),
        ("nobody", Address::new_id(9999)),
        ("nobody_f2", Address::new_actor(b"nobody")),
        (
            "new_key",
            Address::new_secp256k1(&[9; 65]).expect("65 bytes make a key"),
        ),
        ("new_f4", world::ethereum(0x99)),
    ];
    let things = cids
        .iter()
        .map(|(name, cid)| (*name, cid.to_bytes()))
        .chain(
            addresses
                .iter()
                .map(|(name, address)| (*name, address.to_bytes())),
        );
    for ((name, bytes), at) in things.zip((0x100..).step_by(0x40)) {
        let escaped: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        let len = bytes.len();
        writeln!(
            text,
            "(data (i32.const {at}) \"{escaped}\")\n\
             (global ${name} i32 (i32.const {at})) (global ${name}.len i32 (i32.const {len}))"
        )
        .expect("writing to a string can't fail");
    }
    if version < NetworkVersion::V18 {
        // Blocks were DAG-CBOR then, or passed for it.
        let saying = SAYING.replace("(i64.const 0x55)", "(i64.const 0x71)");
        text.push_str(
            &saying
                .replace("$vm.message_context", "$vm.context")
                .replace(
                    "(call $vm.exit (local.get 0) (i32.const 0) ",
                    "(call $vm.abort (local.get 0) ",
                ),
        );
    } else {
        text.push_str(SAYING);
    }
    text
}

/// Notes go to the second half of the page, and a raw block of them is the answer. An outcome is
/// noted with a mark, so that it can be shown by its name.
const SAYING: &str = r#"
(global $notes (mut i32) (i32.const 0x8000))
(func $note (param i32)
  (i32.store (global.get $notes) (local.get 0))
  (global.set $notes (i32.add (global.get $notes) (i32.const 4))))
(func $note64 (param i64)
  (call $note (i32.wrap_i64 (local.get 0)))
  (call $note (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32)))))
(func $outcome (param i32)
  (call $note (i32.or (local.get 0) (i32.const 0xee000000))))
(func $answer (result i32)
  (drop (call $ipld.block_create (i32.const 0x7ff0) (i64.const 0x55)
    (i32.const 0x8000) (i32.sub (global.get $notes) (i32.const 0x8000))))
  (i32.load (i32.const 0x7ff0)))
(func $method (result i64)
  (drop (call $vm.message_context (i32.const 0x7e00)))
  (i64.load (i32.const 0x7e20)))
(func $exit (param i32)
  (drop (call $vm.exit (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0))))
"#;

/// What became of a message.
pub struct Outcome {
    pub exit_code: u32,
    /// Codec and bytes.
    pub answer: Option<(u64, Vec<u8>)>,
    pub gas_used: u64,
    /// Names and milligas, in order.
    pub charges: Vec<(String, u64)>,
    pub events: Vec<StampedEvent>,
    /// Every actor.
    pub before: Actors,
    pub after: Actors,
}

impl Outcome {
    /// As it stands at the bottom of the file.
    pub fn describe(&self) -> String {
        let mut text = String::new();
        self.write(&mut text)
            .expect("writing to a string can't fail");
        text
    }

    /// What was charged under each name, in the order in which the names first occur.
    fn sums(&self) -> Vec<(&str, Gas)> {
        let mut sums: Vec<(&str, Gas)> = Vec::new();
        for (name, milligas) in &self.charges {
            let gas = Gas::from_milligas(*milligas);
            match sums.iter_mut().find(|(known, _)| known == name) {
                Some((_, sum)) => *sum += gas,
                None => sums.push((name, gas)),
            }
        }
        sums
    }

    fn write(&self, text: &mut String) -> std::fmt::Result {
        let code = fvm_shared::error::ExitCode::new(self.exit_code);
        writeln!(text, "exit {code}")?;
        if let Some((codec, data)) = &self.answer {
            writeln!(text, "answer {}", answer(*codec, data))?;
        }
        for event in &self.events {
            write!(text, "event of f0{}:", event.emitter)?;
            for entry in &event.event.entries {
                let (flags, codec, value) = (entry.flags.bits(), entry.codec, hex(&entry.value));
                write!(
                    text,
                    " {:?}={value} (flags {flags}, codec {codec:#x})",
                    entry.key
                )?;
            }
            writeln!(text)?;
        }
        let ids: BTreeSet<_> = self.before.keys().chain(self.after.keys()).collect();
        for id in ids {
            if let Some(change) = change(self.before.get(id), self.after.get(id)) {
                writeln!(text, "f0{id}: {change}")?;
            }
        }
        writeln!(text, "gas {}", self.gas_used)?;
        for (name, sum) in self.sums().into_iter().filter(|(_, sum)| !sum.is_zero()) {
            writeln!(text, "  {name} {sum}")?;
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Notes by their numbers and names; anything else in hexadecimal, or by its length.
fn answer(codec: u64, data: &[u8]) -> String {
    const REFUSALS: [&str; 14] = [
        "ok",
        "IllegalArgument",
        "IllegalOperation",
        "LimitExceeded",
        "AssertionFailed",
        "InsufficientFunds",
        "NotFound",
        "InvalidHandle",
        "IllegalCid",
        "IllegalCodec",
        "Serialization",
        "Forbidden",
        "BufferTooSmall",
        "ReadOnly",
    ];
    if data.len() > 128 {
        return format!("{} bytes of codec {codec:#x}", data.len());
    }
    let (notes, rest) = data.as_chunks::<4>();
    if codec != IPLD_RAW || !rest.is_empty() {
        return format!("{} of codec {codec:#x}", hex(data));
    }
    let notes = notes.iter().map(|note| {
        let note = u32::from_le_bytes(*note);
        let refusal = note
            .checked_sub(0xee00_0000)
            .and_then(|n| REFUSALS.get(n as usize));
        refusal.map_or_else(|| note.to_string(), |name| (*name).to_owned())
    });
    notes.collect::<Vec<_>>().join(" ")
}

/// What changed about an actor, if anything did.
fn change(before: Option<&ActorState>, after: Option<&ActorState>) -> Option<String> {
    let (before, after) = match (before, after) {
        (None, None) => return None,
        (Some(_), None) => return Some("deleted".into()),
        (None, Some(new)) => {
            let f4 = new
                .delegated_address
                .map(|f4| format!(", {f4}"))
                .unwrap_or_default();
            return Some(format!("created with {} atto{f4}", new.balance.atto()));
        }
        (Some(before), Some(after)) => (before, after),
    };
    let mut changes = Vec::new();
    if before.sequence != after.sequence {
        changes.push(format!("sequence {}", after.sequence));
    }
    if before.balance != after.balance {
        changes.push(format!(
            "{:+} atto",
            after.balance.atto() - before.balance.atto()
        ));
    }
    if before.state != after.state {
        changes.push(format!("root {}", after.state));
    }
    if before.code != after.code {
        changes.push("code".into());
    }
    (!changes.is_empty()).then(|| changes.join(", "))
}
