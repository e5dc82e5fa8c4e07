//! Counts what a message does: the units that figures are sought for.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use atoll_actors::inspector::{Begin, Inspector, Slot, Step};
use atoll_actors::runtime::SlotMap;
use atoll_vm::Applied;
use atoll_vm::trace::TraceEvent;
use revm_interpreter::bytecode::opcode::*;
use revm_interpreter::primitives::U256;
use serde_json::{Value, json};

/// A message, and what it did.
pub(crate) struct Message {
    pub(crate) scenario: String,
    pub(crate) step: String,
    /// The gas that was recorded.
    pub(crate) official: u64,
    /// Our gas.
    pub(crate) ours: u64,
    /// The exit code that was recorded, and whether ours is the same.
    pub(crate) exit: u64,
    pub(crate) same: bool,
    /// What the machine charged at the network's prices.
    pub(crate) machine: f64,
    /// How often what was done.
    pub(crate) counts: Counts,
}

/// How often what was done.
pub(crate) type Counts = BTreeMap<String, f64>;

impl Message {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "scenario": self.scenario, "step": self.step, "official": self.official,
            "ours": self.ours, "exit": self.exit, "same": self.same, "machine": self.machine,
            "counts": self.counts,
        })
    }
}

/// Watches contracts run and counts.
#[derive(Default)]
pub(crate) struct Counter(Mutex<Running>);

#[derive(Default)]
struct Running {
    counts: Counts,
    frames: Vec<Frame>,
}

/// A frame that runs.
#[derive(Default)]
struct Frame {
    memory: usize,
    met: Keys,
    changed: Keys,
    /// What changed since the state was last written: it counts only if it is written.
    pending: Vec<(String, f64)>,
}

/// Keys of slots, and how near a new one lies to those known: in the network's tree of slots the
/// keys that share all bits but the last one or six share a node.
#[derive(Default)]
struct Keys(BTreeMap<[u8; 32], u64>);

/// Where a key lies.
struct Place {
    known: bool,
    name: &'static str,
}

impl Keys {
    /// Learns a key.
    fn meet(&mut self, key: &[u8; 32]) -> Place {
        let bit = key[31] & 63;
        let mut group = *key;
        group[31] ^= bit;
        let mask = self.0.entry(group).or_default();
        let has = |bit: u8| *mask >> bit & 1 == 1;
        let (known, pair) = (has(bit), has(bit ^ 1));
        let others = *mask & !(1 << bit) != 0;
        *mask |= 1 << bit;
        let low = key[..16] == [0; 16];
        let name = match (known, pair, others, low) {
            (true, _, true, _) | (true, _, _, true) => "deep",
            (true, _, _, _) => "alone",
            (_, true, _, _) => "pair",
            (_, _, true, _) => "group",
            (_, _, _, true) => "low",
            (_, _, _, false) => "high",
        };
        Place { known, name }
    }
}

impl Running {
    fn add(&mut self, name: impl Into<String>, times: f64) {
        *self.counts.entry(name.into()).or_default() += times;
    }
}

impl Counter {
    fn running(&self) -> std::sync::MutexGuard<'_, Running> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was counted since the last message.
    pub(crate) fn message(&self, scenario: &str, step: &Value, applied: &Applied) -> Message {
        let mut running = std::mem::take(&mut *self.running());
        let mut machine = 0.0;
        let mut open: Vec<(String, Option<String>)> = Vec::new();
        for event in &applied.trace {
            match event {
                TraceEvent::Charge(charge) => {
                    let name: &str = charge.name.as_ref();
                    let gas = charge.total().milligas() as f64 / 1000.0;
                    if name.starts_with("evm") {
                        let name = name.replace(' ', "_");
                        running.add(format!("gas_{name}"), gas);
                        running.add(name, 1.0);
                    } else if name != "actor" {
                        machine += gas;
                        running.add(format!("machine_{name}"), 1.0);
                    }
                }
                TraceEvent::Call(call) => open.push((call.method.to_string(), None)),
                TraceEvent::Invoke { actor, .. } => {
                    if let Some((_, code)) = open.last_mut() {
                        *code = Some(actor.code.to_string());
                    }
                }
                TraceEvent::Return { code: exit, .. } => {
                    if let Some((method, Some(code))) = open.pop() {
                        let end = if exit.is_success() { "ok" } else { "failed" };
                        running.add(format!("call_{code}_{method}_{end}"), 1.0);
                    }
                }
                TraceEvent::Refused(_) => {
                    open.pop();
                }
                _ => {}
            }
        }
        let expect = &step["expect"];
        let exit = expect["exit_code"].as_u64().unwrap_or_default();
        Message {
            scenario: scenario.to_owned(),
            step: step["label"].as_str().unwrap_or_default().to_owned(),
            official: expect["gas_used"].as_u64().unwrap_or_default(),
            ours: applied.receipt.gas_used,
            exit,
            same: u64::from(applied.receipt.exit_code.value()) == exit,
            machine,
            counts: running.counts,
        }
    }
}

impl Inspector for Counter {
    fn begin(&self, begin: &Begin<'_>) {
        let mut running = self.running();
        running.frames.push(Frame::default());
        running.add("input_bytes", begin.input.len() as f64);
        running.add("code_bytes", begin.code.len() as f64);
    }

    fn end(&self) {
        self.running().frames.pop();
    }

    fn state_written(&self) {
        let mut running = self.running();
        let Some(frame) = running.frames.last_mut() else {
            return;
        };
        frame.changed.0.clear();
        let pending = std::mem::take(&mut frame.pending);
        if !pending.is_empty() {
            running.add("slots_written", 1.0);
        }
        for (name, times) in pending {
            running.add(name, times);
        }
    }

    fn step(&self, step: &Step<'_>) {
        let mut running = self.running();
        running.add(format!("op_{:02x}", step.opcode), 1.0);
        let grown = running.frames.last_mut().map_or(0, |frame| {
            let grown = step.memory.len() - frame.memory;
            frame.memory = step.memory.len();
            grown
        });
        running.add("memory_words", grown as f64 / 32.0);
        let word = |depth: usize| -> U256 {
            let index = step.stack.len().checked_sub(depth + 1);
            index.map_or(U256::ZERO, |index| step.stack[index])
        };
        let words = |depth: usize| {
            u64::try_from(word(depth))
                .ok()
                .filter(|size| *size < 1 << 32)
                .map_or(0, |size| size.div_ceil(32)) as f64
        };
        match step.opcode {
            LOG0..=LOG4 => running.add("log_words", words(1)),
            EXP => running.add("exp_bits", word(1).bit_len() as f64),
            KECCAK256 => running.add("keccak_words", words(1)),
            CALLDATACOPY | CODECOPY | RETURNDATACOPY | MCOPY => running.add("copy_words", words(2)),
            EXTCODECOPY => running.add("copy_words", words(3)),
            CREATE | CREATE2 => running.add("create_words", words(2)),
            CALL => running.add("call_words", words(4)),
            STATICCALL | DELEGATECALL => running.add("call_words", words(3)),
            _ => {}
        }
        if matches!(step.opcode, CALL | STATICCALL | DELEGATECALL) {
            let to = word(1).to_be_bytes::<32>();
            let kept = to[13..30].iter().all(|byte| *byte == 0);
            let number = u16::from_be_bytes([to[30], to[31]]);
            if kept && matches!(to[12], 0 | 0xfe) && (1..=0x100).contains(&number) {
                let size = words(if step.opcode == CALL { 4 } else { 3 });
                running.add(format!("precompile_{:02x}{number:03x}", to[12]), 1.0);
                running.add(format!("precompile_words_{:02x}{number:03x}", to[12]), size);
            }
        }
    }

    fn slot_read(&self, slot: &Slot) {
        if slot.map == SlotMap::Persistent {
            self.meet(&slot.key, &slot.value);
        }
    }

    fn slot_written(&self, slot: &Slot, old: &[u8; 32]) {
        const ZERO: [u8; 32] = [0; 32];
        let kind = if slot.value == *old {
            "same"
        } else if *old == ZERO {
            "created"
        } else if slot.value == ZERO {
            "removed"
        } else {
            "changed"
        };
        if slot.map == SlotMap::Transient {
            return self.running().add(format!("transient_{kind}"), 1.0);
        }
        self.meet(&slot.key, old);
        if kind == "same" {
            return;
        }
        let mut running = self.running();
        let Some(frame) = running.frames.last_mut() else {
            return;
        };
        let place = frame.changed.meet(&slot.key);
        if place.known {
            return;
        }
        let near = place.name;
        let significant = |word: &[u8; 32]| 32 - word.iter().take_while(|byte| **byte == 0).count();
        let mut add = |name: String, times: usize| frame.pending.push((name, times as f64));
        add(format!("write_{kind}_{near}"), 1);
        if kind == "created" {
            add("write_created_bytes".to_owned(), significant(&slot.value));
        }
    }
}

impl Counter {
    /// A frame accesses a slot.
    fn meet(&self, key: &[u8; 32], value: &[u8; 32]) {
        let mut running = self.running();
        let Some(frame) = running.frames.last_mut() else {
            return;
        };
        let Place { known, name } = frame.met.meet(key);
        if known {
            return running.add(format!("read_again_{name}"), 1.0);
        }
        let there = if *value == [0; 32] { "absent" } else { "found" };
        running.add(format!("read_{there}_{name}"), 1.0);
    }
}
