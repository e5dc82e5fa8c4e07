//! Struct logs: every opcode of a message, in go-ethereum's form.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use atoll_actors::inspector::{Begin, Inspector, Slot, Step};
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
    /// The frames that have not ended.
    frames: Vec<Open>,
    over: bool,
}

/// A frame that has not ended.
#[derive(Default)]
struct Open {
    /// The slots that it has met.
    slots: BTreeMap<String, String>,
    /// Its last step, whose cost shows when the next one comes.
    last: Option<usize>,
}

impl Recorder {
    pub(in crate::methods) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            state: Mutex::default(),
        }
    }

    /// What was recorded since the last time.
    pub(in crate::methods) fn take(&self) -> Result<Vec<StructLog>, Error> {
        let mut state = self.lock();
        if state.over {
            return Err(Error::limit(
                "there are too many steps to show at once: ask for fewer with limit, or disable the stack",
            ));
        }
        state.frames.clear();
        Ok(std::mem::take(&mut state.logs))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inspector for Recorder {
    fn begin(&self, _: &Begin<'_>) {
        self.lock().frames.push(Open::default());
    }

    fn end(&self) {
        self.lock().frames.pop();
    }

    fn step(&self, step: &Step<'_>) {
        let mut state = self.lock();
        state.settle(step.gas);
        let recorded = state.logs.len() as u64;
        if state.over || (self.wanted.limit.0 > 0 && recorded >= self.wanted.limit.0) {
            return;
        }
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
        let place = state.logs.len();
        state.logs.push(log);
        if let Some(frame) = state.frames.last_mut() {
            frame.last = Some(place);
        }
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
        let slots = &mut frame.slots;
        slots.insert(hex::encode(slot.key), hex::encode(slot.value));
        let (met, last) = (slots.clone(), frame.last);
        state.bytes += 160 * met.len();
        state.over |= state.bytes > RECORDED_BYTES_MAX;
        // Past the limit of steps, there is none that it belongs to.
        let log = last.and_then(|last| state.logs.get_mut(last));
        if let Some(log) = log {
            log.storage = Some(met);
        }
    }
}

impl State {
    /// What the last step of the open frame cost, now that the frame goes on with this much gas.
    fn settle(&mut self, gas: u64) {
        let last = self.frames.last_mut().and_then(|frame| frame.last.take());
        if let Some(log) = last.and_then(|last| self.logs.get_mut(last)) {
            log.gas_cost = log.gas.saturating_sub(gas);
        }
    }
}
