//! Every opcode in OpenEthereum's form: a tree of frames, each with its code and its steps.

use std::sync::{Mutex, MutexGuard, PoisonError};

use atoll_actors::inspector::{Begin, Inspector, Slot, Step};
use atoll_actors::runtime::SlotMap;
use serde::Serialize;

use crate::forms::Data;
use crate::jsonrpc::error::Error;

/// A frame.
#[derive(Clone, Debug, Default, Serialize)]
pub(in crate::methods) struct VmTrace {
    code: Data,
    ops: Vec<Op>,
}

/// A step.
#[derive(Clone, Debug, Serialize)]
struct Op {
    pc: usize,
    /// What it cost, with all that it called.
    cost: u64,
    /// What it did; unknown of one at which its frame ended.
    ex: Option<Effect>,
    /// The frame that it began.
    sub: Option<VmTrace>,
    op: &'static str,
}

/// What a step did.
#[derive(Clone, Debug, Serialize)]
struct Effect {
    /// The gas that was left.
    used: u64,
    /// What it put on the stack.
    push: Vec<String>,
    /// The memory that it wrote.
    mem: Option<Memory>,
    /// The slot that it wrote.
    store: Option<Store>,
}

#[derive(Clone, Debug, Serialize)]
struct Memory {
    off: usize,
    data: Data,
}

#[derive(Clone, Debug, Serialize)]
struct Store {
    key: String,
    val: String,
}

/// What is recorded at most.
const RECORDED_BYTES_MAX: usize = 128 << 20;

/// Records steps.
#[derive(Default)]
pub(super) struct Recorder(Mutex<State>);

#[derive(Default)]
struct State {
    /// The frames that have not ended, the innermost last.
    open: Vec<Open>,
    /// Those that nobody of them called.
    done: Vec<VmTrace>,
    bytes: usize,
}

#[derive(Default)]
struct Open {
    trace: VmTrace,
    /// The gas before the last step.
    gas: u64,
    /// What the last step writes to memory: where, and how much.
    writes: Option<(usize, usize)>,
    store: Option<Store>,
}

impl Recorder {
    /// What was recorded since the last time; `None` if no contract ran. Contracts that were not
    /// called by contracts are steps of a frame without code.
    pub(super) fn take(&self) -> Result<Option<VmTrace>, Error> {
        let state = std::mem::take(&mut *self.lock());
        if state.bytes > RECORDED_BYTES_MAX {
            return Err(Error::limit("there are too many steps to show at once"));
        }
        let mut done = state.done;
        if done.len() < 2 {
            return Ok(done.pop());
        }
        let calls = done.into_iter().map(|trace| Op {
            pc: 0,
            cost: 0,
            ex: None,
            sub: Some(trace),
            op: "CALL",
        });
        Ok(Some(VmTrace {
            code: Data::default(),
            ops: calls.collect(),
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inspector for Recorder {
    fn begin(&self, begin: &Begin<'_>) {
        let mut state = self.lock();
        state.bytes += begin.code.len();
        let code = match state.bytes > RECORDED_BYTES_MAX {
            true => Data::default(),
            false => Data(begin.code.to_vec()),
        };
        let trace = VmTrace {
            code,
            ops: Vec::new(),
        };
        state.open.push(Open {
            trace,
            ..Open::default()
        });
    }

    fn end(&self) {
        let mut state = self.lock();
        let Some(Open { trace, .. }) = state.open.pop() else {
            return;
        };
        match state.open.last_mut() {
            Some(caller) => {
                if let Some(op) = caller.trace.ops.last_mut() {
                    op.sub = Some(trace);
                }
            }
            None => state.done.push(trace),
        }
    }

    fn step(&self, step: &Step<'_>) {
        let mut state = self.lock();
        if state.bytes > RECORDED_BYTES_MAX {
            return;
        }
        let Some(frame) = state.open.last_mut() else {
            return;
        };
        let met = frame.settle(step);
        frame.gas = step.gas;
        frame.writes = written(step);
        frame.trace.ops.push(Op {
            pc: step.pc,
            cost: 0,
            ex: None,
            sub: None,
            op: step.name(),
        });
        state.bytes += 128 + met;
    }

    fn slot_written(&self, slot: &Slot, _: &[u8; 32]) {
        if slot.map != SlotMap::Persistent {
            return;
        }
        if let Some(frame) = self.lock().open.last_mut() {
            frame.store = Some(Store {
                key: quantity(&slot.key),
                val: quantity(&slot.value),
            });
        }
    }
}

impl Open {
    /// Completes the last step by what the next one meets. Returns how many bytes that takes.
    fn settle(&mut self, next: &Step<'_>) -> usize {
        let Some(op) = self.trace.ops.last_mut() else {
            return 0;
        };
        op.cost = self.gas.saturating_sub(next.gas);
        let pushed = next.stack.len().saturating_sub(pushes(op.op));
        let push: Vec<_> = next.stack[pushed..]
            .iter()
            .map(|word| format!("{word:#x}"))
            .collect();
        let mem = self.writes.take().and_then(|(off, length)| {
            let data = next.memory.get(off..off.checked_add(length)?)?;
            let data = Data(data.to_vec());
            Some(Memory { off, data })
        });
        let bytes = 40 * push.len() + mem.as_ref().map_or(0, |mem| 2 * mem.data.0.len());
        op.ex = Some(Effect {
            used: next.gas,
            push,
            mem,
            store: self.store.take(),
        });
        bytes
    }
}

/// How many words an opcode leaves on top of the stack. Copies and swaps count all they touch.
fn pushes(op: &str) -> usize {
    let counted = |name: &str| op.strip_prefix(name).and_then(|n| n.parse::<usize>().ok());
    if let Some(n) = counted("DUP").or_else(|| counted("SWAP")) {
        return n + 1;
    }
    let none = [
        "STOP",
        "POP",
        "MSTORE",
        "MSTORE8",
        "SSTORE",
        "TSTORE",
        "JUMP",
        "JUMPI",
        "JUMPDEST",
        "RETURN",
        "REVERT",
        "INVALID",
        "SELFDESTRUCT",
        "MCOPY",
    ];
    let writes_only = none.contains(&op) || op.ends_with("COPY") || op.starts_with("LOG");
    usize::from(!writes_only)
}

/// Which part of memory a step writes, if it is known before.
fn written(step: &Step<'_>) -> Option<(usize, usize)> {
    let word = |depth: usize| -> Option<usize> {
        let at = step.stack.len().checked_sub(depth + 1)?;
        usize::try_from(step.stack[at]).ok()
    };
    let (off, length) = match step.name() {
        "MSTORE" | "MLOAD" => (word(0)?, 32),
        "MSTORE8" => (word(0)?, 1),
        "CALLDATACOPY" | "CODECOPY" | "RETURNDATACOPY" | "MCOPY" => (word(0)?, word(2)?),
        "EXTCODECOPY" => (word(1)?, word(3)?),
        "CALL" | "CALLCODE" => (word(5)?, word(6)?),
        "DELEGATECALL" | "STATICCALL" => (word(4)?, word(5)?),
        _ => return None,
    };
    (length > 0).then_some((off, length))
}

/// A word without leading zeros.
fn quantity(word: &[u8; 32]) -> String {
    let digits = hex::encode(word);
    let digits = digits.trim_start_matches('0');
    format!("0x{}", if digits.is_empty() { "0" } else { digits })
}
