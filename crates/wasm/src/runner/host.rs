//! What the host keeps for an instance while it runs: the kernel above all.
//!
//! An instance counts gas in a global of its own, and the kernel in its tracker. [`settle`]
//! brings what the instance has used to the kernel, whenever control comes back to the host;
//! [`resume`] tells the instance what is left, whenever it goes on.

use atoll_vm::gas::Gas;
use atoll_vm::{Fatal, Kernel, Stop};
use wasmtime::{AsContextMut, Global, Memory, ResourceLimiter, StoreContextMut, Val};

use super::{ActorMemory, counted};

/// The data of a store.
pub(crate) struct Host {
    kernel: Kernel,
    /// The instance's gas counter, once there is an instance.
    pub(super) gas: Option<Global>,
    /// The memory that syscalls see. There is none for a start function.
    pub(super) memory: Option<Memory>,
    /// What the counter was last set to.
    gas_given: Gas,
    /// How much memory the message used at that time.
    memory_given: u64,
    /// Why a syscall did not return.
    stop: Option<Stop>,
    /// A limit has kept the instance from having more memory.
    pub(super) limited: bool,
}

/// Says that [`Host::take_stop`] knows why.
#[derive(Debug, thiserror::Error)]
#[error("a syscall stopped the actor")]
pub(crate) struct Stopped;

impl Host {
    pub(super) fn new(mut kernel: Kernel) -> Self {
        let memory_given = kernel.memory().used();
        Self {
            kernel,
            gas: None,
            memory: None,
            gas_given: Gas::ZERO,
            memory_given,
            stop: None,
            limited: false,
        }
    }

    pub(super) fn into_kernel(self) -> Kernel {
        self.kernel
    }

    /// Why a syscall did not return.
    pub(super) fn take_stop(&mut self) -> Stop {
        let unknown = || Stop::Fatal(Fatal::new("a syscall stopped without saying why"));
        self.stop.take().unwrap_or_else(unknown)
    }

    /// Remembers why a syscall does not return.
    pub(crate) fn stop(&mut self, stop: Stop) -> wasmtime::Error {
        self.stop = Some(stop);
        wasmtime::Error::new(Stopped)
    }

    /// Charges for what an instance starts with: the instrumentation sees only growth.
    pub(super) fn charge_for_start(
        &mut self,
        memory_len: u64,
        table_elements: Option<u64>,
    ) -> Result<(), Stop> {
        let prices = &self.kernel.prices().wasm;
        if let Some(elements) = table_elements {
            let gas = Gas::from_milligas(prices.table(elements));
            self.kernel.charge("wasm_table_init", gas)?;
        }
        self.kernel.charge(
            "wasm_memory_init",
            Gas::from_milligas(prices.memory(memory_len)),
        )
    }

    /// Notes what is left before there is a counter to say it to.
    pub(super) fn begin(&mut self) {
        self.gas_given = self.kernel.gas_available();
        self.memory_given = self.kernel.memory().used();
    }

    /// Charges for a syscall itself.
    pub(crate) fn charge_for_syscall(&mut self) -> Result<(), Stop> {
        let price = self.kernel.prices().wasm.syscall;
        self.kernel.charge("OnSyscall", Gas::from_milligas(price))
    }

    /// Charges what the instance has used since [`resume`].
    fn settle(&mut self, counter: i64) -> Result<(), Stop> {
        let left = Gas::from_milligas(counter.unsigned_abs());
        // Below zero, the instance has used all it was given and so much more: enough to make
        // sure that the kernel finds it out of gas, too.
        let mut executed = if counter < 0 {
            self.gas_given + left
        } else {
            self.gas_given - left
        };
        // The part of it that paid for memory only shows in traces.
        let grown = self
            .kernel
            .memory()
            .used()
            .saturating_sub(self.memory_given);
        let mut memory = Gas::from_milligas(self.kernel.prices().wasm.memory(grown));
        if memory <= executed {
            executed = executed - memory;
        } else {
            memory = executed;
            executed = Gas::ZERO;
        }
        self.kernel.charge("wasm_exec", executed)?;
        if memory.is_zero() {
            Ok(())
        } else {
            self.kernel.charge("wasm_memory_grow", memory)
        }
    }
}

/// Charges what the instance has used since [`resume`].
pub(crate) fn settle(mut store: impl AsContextMut<Data = Host>) -> Result<(), Stop> {
    let mut store = store.as_context_mut();
    let counter = match store.data().gas {
        Some(gas) => gas.get(&mut store).unwrap_i64(),
        None => counted(store.data().gas_given),
    };
    store.data_mut().settle(counter)
}

/// Tells the instance how much gas is left.
pub(crate) fn resume(mut store: impl AsContextMut<Data = Host>) -> wasmtime::Result<()> {
    let mut store = store.as_context_mut();
    store.data_mut().begin();
    let Host { gas, gas_given, .. } = store.data();
    match (*gas, counted(*gas_given)) {
        (Some(gas), left) => gas.set(&mut store, Val::I64(left)),
        (None, _) => Ok(()),
    }
}

/// The kernel, and the memory that a syscall may touch.
pub(crate) fn kernel_and_memory<'a>(
    store: &'a mut StoreContextMut<'_, Host>,
) -> (&'a mut Kernel, ActorMemory<'a>) {
    match store.data().memory {
        Some(memory) => {
            let (bytes, host) = memory.data_and_store_mut(store);
            (&mut host.kernel, ActorMemory::new(bytes))
        }
        None => (&mut store.data_mut().kernel, ActorMemory::new(&mut [])),
    }
}

impl Host {
    /// Counts growth, and says whether it may be. All instances of a message share one limit.
    ///
    /// It counts first, as the network does: growth that only the instance's own limit prevents
    /// still weighs on the message.
    fn may_grow(&mut self, growth: Growth, len_max: u64, element_len: u64) -> bool {
        let desired = growth.desired as u64;
        let within_type = growth
            .maximum
            .is_none_or(|maximum| growth.desired <= maximum);
        let grown = desired
            .saturating_sub(growth.current as u64)
            .saturating_mul(element_len);
        let may = within_type && self.kernel.memory().grow(grown) && desired <= len_max;
        self.limited |= !may;
        may
    }
}

/// What a memory or a table is to grow to, and what its type allows.
struct Growth {
    current: usize,
    desired: usize,
    maximum: Option<usize>,
}

/// A failure to grow that no limit explains is this node's.
impl ResourceLimiter for Host {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let bytes_max = self.kernel.context().limits.instance_memory_max;
        Ok(self.may_grow(
            Growth {
                current,
                desired,
                maximum,
            },
            bytes_max,
            1,
        ))
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        let words = format!("this node has no memory left for an actor: {error:#}");
        Err(self.stop(Stop::Fatal(Fatal::new(words))))
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        const ELEMENT_LEN: u64 = 8;
        let elements_max = self.kernel.context().limits.table_elements_max.into();
        Ok(self.may_grow(
            Growth {
                current,
                desired,
                maximum,
            },
            elements_max,
            ELEMENT_LEN,
        ))
    }

    fn table_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        let words = format!("this node has no memory left for a table: {error:#}");
        Err(self.stop(Stop::Fatal(Fatal::new(words))))
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }
}
