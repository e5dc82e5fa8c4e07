//! Struct logs: every opcode of a message, in go-ethereum's form.
//!
//! A contract's loop tells its watcher each step, but not where a frame begins and ends. That
//! follows from the steps: a frame begins at program counter 0 after an opcode that calls or
//! creates, and has ended when the gas that is left has risen, because its caller kept some back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use atoll_actors::evm::inspector::{Inspector, Slot, Step};
use serde::{Deserialize, Serialize};

use crate::forms::Quantity;
use crate::jsonrpc::error::Error;

/// What to record.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(in crate::methods) struct Wanted {
    enable_memory: bool,
    disable_stack: bool,
    disable_storage: bool,
    enable_return_data: bool,
    /// So many steps; zero is all. (A quantity, because serde_json's big numbers do not pass
    /// through flattened structs as plain ones.)
    limit: Quantity,
}

/// One step.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct StructLog {
    pc: usize,
    op: &'static str,
    gas: u64,
    gas_cost: u64,
    depth: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    storage: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    return_data: Option<String>,
}

/// What is recorded at most. A step without memory takes some hundred bytes.
const RECORDED_BYTES_MAX: usize = 128 << 20;

/// Records steps.
pub(in crate::methods) struct Recorder {
    wanted: Wanted,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    logs: Vec<StructLog>,
    bytes: usize,
    /// The slots that each open frame has met.
    frames: Vec<BTreeMap<String, String>>,
    /// Where messages begin.
    starts: Vec<usize>,
    over: bool,
}

impl Recorder {
    pub(in crate::methods) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            state: Mutex::default(),
        }
    }

    /// What was recorded, apart by message. Messages that ran no contract are not among them.
    pub(in crate::methods) fn take(&self) -> Result<Vec<Vec<StructLog>>, Error> {
        let mut state = self.lock();
        if state.over {
            return Err(Error::limit(
                "there are too many steps to show at once: ask for fewer with limit, or disable the stack",
            ));
        }
        let mut logs = std::mem::take(&mut state.logs);
        let mut messages = Vec::new();
        for start in state.starts.drain(..).rev() {
            messages.push(logs.split_off(start));
        }
        messages.reverse();
        Ok(messages)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inspector for Recorder {
    fn step(&self, step: &Step<'_>) {
        let mut state = self.lock();
        let start = state.starts.last().copied().unwrap_or(0);
        let recorded = (state.logs.len() - start) as u64;
        if state.over || (self.wanted.limit.0 > 0 && recorded >= self.wanted.limit.0) {
            return;
        }
        state.place(step);
        let words = |bytes: &[u8]| -> Vec<String> { bytes.chunks(32).map(hex::encode).collect() };
        let log = StructLog {
            pc: step.pc,
            op: step.name(),
            gas: step.gas,
            gas_cost: 0,
            depth: state.frames.len(),
            stack: (!self.wanted.disable_stack)
                .then(|| step.stack.iter().map(|word| format!("{word:#x}")).collect()),
            memory: self.wanted.enable_memory.then(|| words(step.memory)),
            storage: None,
            return_data: self
                .wanted
                .enable_return_data
                .then(|| format!("0x{}", hex::encode(step.return_data))),
        };
        let stack = if self.wanted.disable_stack {
            0
        } else {
            step.stack.len()
        };
        let memory = if self.wanted.enable_memory {
            step.memory.len()
        } else {
            0
        };
        state.bytes += 128 + 64 * stack + 4 * memory;
        state.over = state.bytes > RECORDED_BYTES_MAX;
        state.logs.push(log);
    }

    fn slot_read(&self, slot: &Slot) {
        self.slot(slot);
    }

    fn slot_written(&self, slot: &Slot, _old: &[u8; 32]) {
        self.slot(slot);
    }
}

impl Recorder {
    fn slot(&self, slot: &Slot) {
        if self.wanted.disable_storage {
            return;
        }
        let mut state = self.lock();
        let Some(frame) = state.frames.last_mut() else {
            return;
        };
        frame.insert(hex::encode(slot.key), hex::encode(slot.value));
        let met = frame.clone();
        state.bytes += 160 * met.len();
        state.over |= state.bytes > RECORDED_BYTES_MAX;
        if let Some(log) = state.logs.last_mut() {
            log.storage = Some(met);
        }
    }
}

impl State {
    /// Opens and closes frames up to this step, and tells the step before what it cost.
    fn place(&mut self, step: &Step<'_>) {
        const CALLS: [&str; 6] = [
            "CREATE",
            "CALL",
            "CALLCODE",
            "DELEGATECALL",
            "CREATE2",
            "STATICCALL",
        ];
        const ENDS: [&str; 5] = ["STOP", "RETURN", "REVERT", "INVALID", "SELFDESTRUCT"];
        let last = self.logs.last().map(|log| (log.op, log.gas, log.depth));
        let Some((op, gas, _)) = last.filter(|_| !self.frames.is_empty()) else {
            return self.begin_message();
        };
        if step.pc == 0 && CALLS.contains(&op) {
            self.frames.push(BTreeMap::new());
        } else if step.pc == 0 && ENDS.contains(&op) && self.frames.len() == 1 {
            return self.begin_message();
        } else if ENDS.contains(&op) || step.gas > gas {
            self.frames.pop();
            if self.frames.is_empty() {
                return self.begin_message();
            }
        }
        self.settle(step.gas);
    }

    fn begin_message(&mut self) {
        self.frames = vec![BTreeMap::new()];
        self.starts.push(self.logs.len());
    }

    /// What the last step of this depth cost, now that its frame goes on.
    fn settle(&mut self, gas: u64) {
        let depth = self.frames.len();
        let last = self.logs.iter_mut().rev().find(|log| log.depth <= depth);
        if let Some(last) = last.filter(|log| log.depth == depth) {
            last.gas_cost = last.gas.saturating_sub(gas);
        }
    }
}
