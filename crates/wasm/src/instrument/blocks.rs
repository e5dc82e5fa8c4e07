//! Where a function pays, and how much.
//!
//! A block is paid for when it is entered. Blocks are larger than basic blocks: what follows an
//! inner construct is paid for together with what precedes it unless a branch may leave the
//! construct for somewhere further out. The borders are the network's, peculiarities included.

use atoll_vm::price::WasmPrices;
use wasmparser::Operator;

use super::InstrumentError;
use super::prices::{Cost, cost as cost_of};

/// A charge that is written before the instruction with this index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) at: usize,
    pub(super) cost: u64,
}

/// A charge for as many units as the instruction with this index finds on top of the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnitCharge {
    pub(super) at: usize,
    pub(super) per_unit: u32,
}

/// All charges of a function, each kind in the order of its instructions.
#[derive(Debug, Default)]
pub(super) struct Charges {
    pub(super) blocks: Vec<Charge>,
    pub(super) units: Vec<UnitCharge>,
}

/// Finds a function's charges. `limiter` is what the stack limiter adds to the cost of a call
/// of the given function.
pub(super) fn charges(
    ops: &[Operator<'_>],
    prices: &WasmPrices,
    limiter: impl Fn(u32) -> u64,
) -> Result<Charges, InstrumentError> {
    let mut meter = Meter::default();
    meter.open(0, false);
    // A bulk instruction whose extent is a literal is paid for with its block.
    let mut literal = None;

    for (index, op) in ops.iter().enumerate() {
        let cost = match cost_of(prices, op)? {
            Cost::Fixed(cost) => cost,
            Cost::Linear { base, per_unit } => match literal {
                Some(extent) => {
                    let extent = u64::try_from(extent).map_err(|_| {
                        InstrumentError::Unmeterable("a bulk instruction of negative extent")
                    })?;
                    base + extent * u64::from(per_unit)
                }
                None => {
                    meter.charges.units.push(UnitCharge {
                        at: index,
                        per_unit,
                    });
                    base
                }
            },
        };
        literal = match op {
            Operator::I32Const { value } => Some(*value),
            _ => None,
        };
        meter.step(index, op, cost, &limiter)?;
    }

    let mut charges = meter.charges;
    if charges
        .blocks
        .iter()
        .any(|charge| i64::try_from(charge.cost).is_err())
    {
        return Err(InstrumentError::Unmeterable(
            "a block that costs more than can be counted",
        ));
    }
    charges.blocks.sort_unstable_by_key(|charge| charge.at);
    if charges
        .blocks
        .windows(2)
        .any(|pair| pair[0].at == pair[1].at)
    {
        return Err(InstrumentError::Unmeterable(
            "two blocks that begin at one instruction",
        ));
    }
    Ok(charges)
}

/// A construct that instructions are nested in; the outermost is the function itself.
struct Scope {
    /// What is being added up.
    pending: Charge,
    is_loop: bool,
    /// The outermost scope that a forward branch from in here may leave for.
    leaves_for: usize,
}

#[derive(Default)]
struct Meter {
    scopes: Vec<Scope>,
    charges: Charges,
}

impl Meter {
    fn step(
        &mut self,
        index: usize,
        op: &Operator<'_>,
        cost: u64,
        limiter: impl Fn(u32) -> u64,
    ) -> Result<(), InstrumentError> {
        let next = index + 1;
        match op {
            Operator::End => self.end(next),
            Operator::Else => self.settle(next),
            Operator::Block { .. } => {
                self.add(cost)?;
                // Nothing stands between the block and what precedes it: one payment.
                let shared = self.top().pending.at;
                self.open(shared, false);
            }
            Operator::If { .. } => {
                self.add(cost)?;
                self.open(next, false);
            }
            Operator::Loop { .. } => {
                self.add(cost)?;
                self.open(next, true);
            }
            Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                self.add(cost)?;
                self.settle(next);
                self.branch(*relative_depth)?;
            }
            Operator::BrTable { targets } => {
                self.add(cost)?;
                self.settle(next);
                // The default target does not count. It should, but the network's blocks were
                // fixed without it.
                for target in targets.targets() {
                    self.branch(target?)?;
                }
            }
            Operator::Return => {
                self.add(cost)?;
                self.settle(next);
                self.top().leaves_for = 0;
            }
            Operator::Call { function_index } => self.add(cost + limiter(*function_index))?,
            _ => self.add(cost)?,
        }
        Ok(())
    }

    fn top(&mut self) -> &mut Scope {
        self.scopes
            .last_mut()
            .expect("a validated body closes its function with its last `end`")
    }

    fn open(&mut self, at: usize, is_loop: bool) {
        let leaves_for = self.scopes.len();
        self.scopes.push(Scope {
            pending: Charge { at, cost: 0 },
            is_loop,
            leaves_for,
        });
    }

    fn add(&mut self, cost: u64) -> Result<(), InstrumentError> {
        let pending = &mut self.top().pending;
        pending.cost = (pending.cost.checked_add(cost))
            .ok_or(InstrumentError::Unmeterable("a block whose cost overflows"))?;
        Ok(())
    }

    /// Ends the pending charge of the innermost scope and begins the next one.
    fn settle(&mut self, next: usize) {
        let fresh = Charge { at: next, cost: 0 };
        let closed = std::mem::replace(&mut self.top().pending, fresh);
        let outer = self.scopes.iter_mut().rev().nth(1);
        match outer {
            Some(outer) if outer.pending.at == closed.at => {
                outer.pending.cost = outer.pending.cost.saturating_add(closed.cost);
            }
            _ if closed.cost > 0 => self.charges.blocks.push(closed),
            _ => {}
        }
    }

    fn end(&mut self, next: usize) {
        self.settle(next);
        let closed = self.scopes.pop().expect("`settle` found it");
        let depth = self.scopes.len();
        let Some(outer) = self.scopes.last_mut() else {
            return;
        };
        outer.leaves_for = outer.leaves_for.min(closed.leaves_for);
        if closed.leaves_for < depth {
            // Whoever left did not come by here, so what follows is paid for separately.
            self.settle(next);
        }
    }

    fn branch(&mut self, relative_depth: u32) -> Result<(), InstrumentError> {
        let target = (self.scopes.len() - 1)
            .checked_sub(relative_depth as usize)
            .ok_or(InstrumentError::Unmeterable("a branch out of its function"))?;
        if !self.scopes[target].is_loop {
            let top = self.top();
            top.leaves_for = top.leaves_for.min(target);
        }
        Ok(())
    }
}
