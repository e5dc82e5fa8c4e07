//! Gas: the unit, one charge, and the tracker that every frame of a message draws from.

use std::borrow::Cow;
use std::fmt;
use std::ops::{Add, AddAssign, Mul, Sub};

use crate::error::{Stop, SyscallError};
use crate::trace::{Trace, TraceEvent};

const MILLIGAS_PER_GAS: u64 = 1_000;

/// An amount of gas, counted in milligas.
///
/// All arithmetic saturates at both ends: an absurd product becomes a charge that nobody can pay,
/// and a difference is never below zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gas(u64);

impl Gas {
    /// No gas.
    pub const ZERO: Self = Self(0);

    /// The most that a message can be limited to: the Wasm counter is an `i64` of milligas.
    pub const LIMIT_MAX: Self = Self(i64::MAX as u64);

    /// Whole gas.
    pub const fn new(gas: u64) -> Self {
        Self(gas.saturating_mul(MILLIGAS_PER_GAS))
    }

    /// Thousandths of gas.
    pub const fn from_milligas(milligas: u64) -> Self {
        Self(milligas)
    }

    /// Thousandths of gas.
    pub const fn milligas(self) -> u64 {
        self.0
    }

    /// Whole gas; a started unit counts. This is how a receipt counts.
    pub const fn round_up(self) -> u64 {
        self.0.div_ceil(MILLIGAS_PER_GAS)
    }

    /// Whole gas; a started unit does not count. This is what an actor may still spend.
    pub const fn round_down(self) -> u64 {
        self.0 / MILLIGAS_PER_GAS
    }

    /// Whether this is no gas at all.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// `Add` for tables of constants.
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// `Mul` for tables of constants.
    pub const fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

impl Add for Gas {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.plus(other)
    }
}

impl AddAssign for Gas {
    fn add_assign(&mut self, other: Self) {
        *self = self.plus(other);
    }
}

impl Sub for Gas {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Mul<u64> for Gas {
    type Output = Self;

    fn mul(self, count: u64) -> Self {
        self.times(count)
    }
}

impl Mul<usize> for Gas {
    type Output = Self;

    fn mul(self, count: usize) -> Self {
        self.times(count as u64)
    }
}

impl fmt::Display for Gas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, milli) = (self.0 / MILLIGAS_PER_GAS, self.0 % MILLIGAS_PER_GAS);
        if milli == 0 {
            write!(f, "{whole}")
        } else {
            write!(f, "{whole}.{milli:03}")
        }
    }
}

impl fmt::Debug for Gas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// One charge, and what it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge<Name = &'static str> {
    /// What the gas is for, in the words that every Filecoin node uses in its traces.
    pub name: Name,
    /// For work that is done now.
    pub compute: Gas,
    /// For the rest: storage, memory kept until the message ends, work that is put off, calls
    /// that leave the machine.
    pub other: Gas,
}

impl Charge {
    /// A charge for work that is done now.
    pub const fn compute(name: &'static str, gas: Gas) -> Self {
        Self {
            name,
            compute: gas,
            other: Gas::ZERO,
        }
    }

    /// A charge for anything else.
    pub const fn other(name: &'static str, gas: Gas) -> Self {
        Self {
            name,
            compute: Gas::ZERO,
            other: gas,
        }
    }
}

impl<Name> Charge<Name> {
    /// What is charged altogether.
    pub fn total(&self) -> Gas {
        self.compute + self.other
    }
}

/// A charge in a trace; actors name some of their own.
pub type TracedCharge = Charge<Cow<'static, str>>;

/// The gas of this frame is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfGas;

impl From<OutOfGas> for Stop {
    fn from(_: OutOfGas) -> Self {
        Self::OutOfGas
    }
}

impl From<OutOfGas> for SyscallError {
    fn from(_: OutOfGas) -> Self {
        Self::Stop(Stop::OutOfGas)
    }
}

/// The gas of one message: what it may spend, what it has spent, and the limits that callers put
/// on the calls they make. Charges are the most frequent events of a trace, so it goes along.
#[derive(Debug)]
pub struct GasTracker {
    limit: Gas,
    used: Gas,
    callers: Vec<Outer>,
    /// `None` when nobody asked: tracing then costs one branch a charge.
    trace: Option<Box<Trace>>,
}

/// The limit that comes back into force when the current one is popped.
#[derive(Debug)]
struct Outer {
    limit: Gas,
    used: Gas,
}

impl GasTracker {
    /// A tracker for one message. A limit above [`Gas::LIMIT_MAX`] is lowered to it.
    pub fn new(limit: Gas) -> Self {
        Self {
            limit: limit.min(Gas::LIMIT_MAX),
            used: Gas::ZERO,
            callers: Vec::new(),
            trace: None,
        }
    }

    /// Records every charge with its cause, also the one that can't be paid.
    pub(crate) fn with_trace(mut self, trace: Option<Trace>) -> Self {
        self.trace = trace.map(Box::new);
        self
    }

    /// Takes one charge. If it can't be paid, all that is left is spent.
    pub fn charge(&mut self, charge: Charge) -> Result<(), OutOfGas> {
        let paid = self.spend(charge.total());
        if let Some(trace) = &mut self.trace {
            let Charge {
                name,
                compute,
                other,
            } = charge;
            trace.record(TraceEvent::Charge(Charge {
                name: name.into(),
                compute,
                other,
            }));
        }
        paid
    }

    /// Takes a charge whose name came from an actor.
    pub fn charge_named(&mut self, name: &str, gas: Gas) -> Result<(), OutOfGas> {
        let paid = self.spend(gas);
        if let Some(trace) = &mut self.trace {
            let name = name.to_owned().into();
            trace.record(TraceEvent::Charge(Charge {
                name,
                compute: gas,
                other: Gas::ZERO,
            }));
        }
        paid
    }

    fn spend(&mut self, gas: Gas) -> Result<(), OutOfGas> {
        let used = self.used + gas;
        if used > self.limit {
            self.used = self.limit;
            return Err(OutOfGas);
        }
        self.used = used;
        Ok(())
    }

    /// Gives gas back. There is never more left than the limit.
    pub fn refund(&mut self, gas: Gas) {
        self.used = self.used - gas;
    }

    /// Gas that one charge after another may still take within the current limit.
    pub fn available(&self) -> Gas {
        self.limit - self.used
    }

    /// Gas spent under the current limit.
    pub fn used(&self) -> Gas {
        self.used
    }

    /// The current limit.
    pub fn limit(&self) -> Gas {
        self.limit
    }

    /// Puts a limit on a call about to be made; it never gives more than what is left.
    pub fn push_limit(&mut self, limit: Gas) {
        let available = self.available();
        self.callers.push(Outer {
            limit: self.limit,
            used: self.used,
        });
        self.limit = limit.min(available);
        self.used = Gas::ZERO;
    }

    /// Restores the caller's limit; what the call used counts towards it.
    ///
    /// # Panics
    /// If no limit was pushed: pushes and pops pair up by the shape of the code.
    pub fn pop_limit(&mut self) {
        let outer = self.callers.pop().expect("every pop follows its push");
        self.limit = outer.limit;
        self.used += outer.used;
    }

    /// Does anybody want to know what happens?
    pub(crate) fn is_traced(&self) -> bool {
        self.trace.is_some()
    }

    /// Records something other than a charge, if anybody wants to know.
    pub(crate) fn trace(&mut self, event: impl FnOnce(&Self) -> TraceEvent) {
        if !self.is_traced() {
            return;
        }
        let event = event(self);
        if let Some(trace) = &mut self.trace {
            trace.record(event);
        }
    }

    /// Ends the trace. What was kept of it, oldest first.
    pub(crate) fn take_trace(&mut self) -> Vec<TraceEvent> {
        self.trace
            .take()
            .map(|trace| trace.into_kept())
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use fvm_shared::version::NetworkVersion;

    use super::*;
    use crate::context::Context;
    use crate::trace::Watcher;

    fn tracker(limit: u64) -> GasTracker {
        GasTracker::new(Gas::new(limit))
    }

    fn test(gas: u64) -> Charge {
        Charge::compute("test", Gas::new(gas))
    }

    #[test]
    fn rounding() {
        let gas = Gas::from_milligas(1_001);
        assert_eq!((gas.round_up(), gas.round_down()), (2, 1));
        assert_eq!(Gas::new(3).round_up(), 3);
        assert_eq!(Gas::from_milligas(u64::MAX).round_up(), u64::MAX / 1000 + 1);
        assert_eq!(format!("{gas} {}", Gas::new(7)), "1.001 7");
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Gas::new(u64::MAX).milligas(), u64::MAX);
        assert_eq!((Gas::new(u64::MAX / 1000) * 5_u64).milligas(), u64::MAX);
        assert_eq!(Gas::new(1) - Gas::new(2), Gas::ZERO);
    }

    #[test]
    fn a_limit_is_lowered_to_what_wasm_can_count() {
        let gas = tracker(u64::MAX);
        assert_eq!(gas.available().milligas(), i64::MAX as u64);
    }

    #[test]
    fn a_charge_that_cannot_be_paid_takes_everything() {
        let mut gas = tracker(10);
        assert_eq!(gas.charge(test(10)), Ok(()));
        assert_eq!(gas.charge(test(0)), Ok(()), "nothing more is needed");
        let mut gas = tracker(10);
        assert_eq!(gas.charge(test(11)), Err(OutOfGas));
        assert_eq!((gas.used(), gas.available()), (Gas::new(10), Gas::ZERO));
    }

    #[test]
    fn an_inner_limit_never_exceeds_what_is_left() {
        let mut gas = tracker(10);
        gas.charge(test(4)).unwrap();
        gas.push_limit(Gas::new(100));
        assert_eq!(gas.available(), Gas::new(6));
        gas.charge(test(5)).unwrap();
        gas.pop_limit();
        assert_eq!((gas.used(), gas.available()), (Gas::new(9), Gas::new(1)));
    }

    #[test]
    fn running_dry_inside_costs_only_the_inner_limit() {
        let mut gas = tracker(10);
        gas.push_limit(Gas::new(3));
        assert_eq!(gas.charge(test(4)), Err(OutOfGas));
        gas.pop_limit();
        assert_eq!(gas.available(), Gas::new(7));
    }

    fn shown(event: &TraceEvent) -> String {
        match event {
            TraceEvent::Charge(charge) => format!("{} {}", charge.name, charge.total()),
            event => format!("{event:?}"),
        }
    }

    /// Kept for later, or told at once, or both, or neither.
    #[test]
    fn the_trace_names_every_charge() {
        for (kept, watched) in [(true, false), (false, true), (true, true), (false, false)] {
            let mut context = Context::new(NetworkVersion::V28);
            context.tracing = kept;
            let told = Arc::new(Mutex::new(Vec::new()));
            let watcher: Watcher = {
                let told = Arc::clone(&told);
                Arc::new(move |event| told.lock().expect("no panic").push(shown(event)))
            };
            let trace = Trace::wanted(&context, watched.then_some(&watcher));
            let mut gas = tracker(5).with_trace(trace);
            gas.charge(test(2)).unwrap();
            if watched {
                assert_eq!(told.lock().expect("no panic").len(), 1, "it comes at once");
            }
            gas.trace(|gas| TraceEvent::Log(format!("{} left", gas.available())));
            gas.charge_named("mine", Gas::new(9)).unwrap_err();

            let all = ["test 2", "Log(\"3 left\")", "mine 9"];
            let wanted = |by| if by { &all[..] } else { &[] };
            let kept_events: Vec<_> = gas.take_trace().iter().map(shown).collect();
            assert_eq!(kept_events, wanted(kept));
            assert_eq!(*told.lock().expect("no panic"), wanted(watched));
            assert!(gas.take_trace().is_empty());
        }
    }
}
