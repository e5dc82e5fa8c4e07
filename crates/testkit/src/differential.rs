//! Runs a module as the network's instrumentation leaves it and as ours does, and compares
//! whatever a host may observe.

use atoll_vm::price::WasmPrices;
use atoll_wasm::instrument::{self, InstrumentError};
use wasmtime::{
    Caller, Config, Engine, Extern, ExternType, Func, Global, GlobalType, Instance, Linker, Memory,
    Module, Mutability, OptLevel, Store, Trap, Val, ValType,
};

use crate::oracle;

/// WasmPrices of which no two sums are likely to meet by accident.
pub const PRICES: WasmPrices = WasmPrices {
    instruction: 3,
    math: 5,
    jump: 101,
    jump_conditional: 211,
    jump_indirect: 1_009,
    call: 2_003,
    memory_fill: 10_007,
    memory_fill_per_byte: 7,
    memory_access: 20_011,
    memory_copy_per_byte: 11,
    syscall: 0,
};

/// The network's bound on the stack.
pub const STACK_ELEMENTS_MAX: u32 = 2048;

/// What became of a module.
#[derive(Debug, PartialEq, Eq)]
pub enum Compared {
    /// It uses what no actor may use.
    Invalid,
    /// Both instrumentations turned it away.
    Refused,
    /// It ran, so many times, and at least once to its end or to a trap of its own.
    Ran { gas_used: i64, times: usize },
}

/// Everything that one execution shows.
#[derive(Debug, PartialEq, Eq)]
struct Seen {
    outcome: Outcome,
    gas: i64,
    /// Each host call with its arguments and the gas at that moment.
    calls: Vec<(String, Vec<u64>, i64)>,
    memory: Option<(usize, u64)>,
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Returned(Option<i32>),
    /// Which instruction trapped is not asked once gas is gone.
    OutOfGas,
    Trapped(Trap),
    Other(String),
}

/// Compares the two instrumentations of one module with many gas limits.
///
/// # Panics
///
/// If they differ.
pub fn compare(engine: &Engine, wasm: &[u8], prices: &WasmPrices, gas_max: i64) -> Compared {
    let theirs = oracle::instrument(wasm, prices, STACK_ELEMENTS_MAX);
    let ours = instrument::instrument(wasm, prices, STACK_ELEMENTS_MAX);
    let (theirs, ours) = match (theirs, ours) {
        (Ok(theirs), Ok(ours)) => (theirs, ours),
        // What does not validate never reaches the network's instrumentation.
        (_, Err(InstrumentError::Invalid(_))) => return Compared::Invalid,
        (Err(_), Err(InstrumentError::Unmeterable(_))) => return Compared::Refused,
        (theirs, ours) => {
            panic!(
                "only one is willing: theirs {:?}, ours {:?}",
                theirs.err(),
                ours.err()
            )
        }
    };
    let theirs = Module::new(engine, theirs).expect("theirs compiles");
    let ours = Module::new(engine, ours).expect("ours compiles");

    let mut times = 0;
    let mut both = |gas: i64| {
        let (a, b) = (run(engine, &theirs, gas), run(engine, &ours, gas));
        assert!(a == b, "with {gas} gas: theirs {a:#?}, ours {b:#?}");
        times += 1;
        gas - a.gas
    };
    let used = both(gas_max);
    for gas in [
        0,
        1,
        used / 7,
        used / 3,
        used / 2,
        used - 1,
        used,
        used + 1,
        used * 9 / 10,
    ] {
        if (0..gas_max).contains(&gas) {
            both(gas);
        }
    }
    Compared::Ran {
        gas_used: used,
        times,
    }
}

/// An engine for both forms; only what bears on semantics is set.
pub fn engine() -> Engine {
    let mut config = Config::new();
    config.wasm_features(wasmtime::WasmFeatures::all(), false);
    config.wasm_features(instrument::FEATURES, true);
    config.cranelift_nan_canonicalization(true);
    config.cranelift_opt_level(OptLevel::Speed);
    // Small reservations: thousands of stores come and go.
    config.memory_reservation(1 << 24);
    config.memory_guard_size(1 << 16);
    Engine::new(&config).expect("a sound configuration")
}

#[derive(Default)]
struct Host {
    gas: Option<Global>,
    memory: Option<Memory>,
    calls: Vec<(String, Vec<u64>, i64)>,
    random: u64,
}

fn run(engine: &Engine, module: &Module, gas: i64) -> Seen {
    let mut store = Store::new(
        engine,
        Host {
            random: 0x9e37_79b9_7f4a_7c15,
            ..Host::default()
        },
    );
    let mut linker = Linker::new(engine);
    for import in module.imports() {
        let item: Extern = match import.ty() {
            ExternType::Func(ty) => host_function(&mut store, import.module(), import.name(), ty),
            ExternType::Global(_) => {
                let ty = GlobalType::new(ValType::I64, Mutability::Var);
                let global = Global::new(&mut store, ty, Val::I64(gas)).expect("an i64");
                store.data_mut().gas = Some(global);
                global.into()
            }
            other => panic!("an import of {other:?}"),
        };
        linker
            .define(&store, import.module(), import.name(), item)
            .expect("defined once");
    }
    let outcome = linker
        .instantiate(&mut store, module)
        .and_then(|instance| enter(&mut store, &instance, gas));
    let gas = match store.data().gas {
        Some(global) => global.get(&mut store).unwrap_i64(),
        // The module failed before its counter could be filled.
        None => gas,
    };
    let memory = store.data().memory.map(|memory| {
        let bytes = memory.data(&store);
        (bytes.len(), fnv(bytes))
    });
    let outcome = match outcome {
        _ if gas < 0 => Outcome::OutOfGas,
        Ok(value) => Outcome::Returned(value),
        Err(e) => match e.downcast_ref::<Trap>() {
            Some(trap) => Outcome::Trapped(*trap),
            None => Outcome::Other(format!("{e:#}")),
        },
    };
    // Memory may be seen only once an instance exists, which for theirs is after its start.
    let memory = if matches!(outcome, Outcome::Returned(_)) {
        memory
    } else {
        None
    };
    Seen {
        outcome,
        gas,
        calls: std::mem::take(&mut store.data_mut().calls),
        memory,
    }
}

/// What the host does with an instance: ours gets its gas and has its start function run here.
fn enter(store: &mut Store<Host>, instance: &Instance, gas: i64) -> wasmtime::Result<Option<i32>> {
    if let Some(global) = instance.get_global(&mut *store, instrument::GAS_EXPORT)
        && store.data().gas.is_none()
    {
        global.set(&mut *store, Val::I64(gas))?;
        store.data_mut().gas = Some(global);
        if let Some(start) = instance.get_func(&mut *store, instrument::START_EXPORT) {
            start.call(&mut *store, &[], &mut [])?;
        }
    }
    store.data_mut().memory = instance.get_memory(&mut *store, instrument::MEMORY_EXPORT);
    let Some(invoke) = instance.get_func(&mut *store, instrument::ENTRY_EXPORT) else {
        return Ok(None);
    };
    let mut results = [Val::I32(0)];
    invoke.call(&mut *store, &[Val::I32(1)], &mut results)?;
    Ok(results[0].i32())
}

/// A host function that notes what it sees, scribbles where its first argument points, and
/// answers with small numbers.
fn host_function(
    store: &mut Store<Host>,
    module: &str,
    name: &str,
    ty: wasmtime::FuncType,
) -> Extern {
    let name = format!("{module}.{name}");
    let function = Func::new(
        store,
        ty.clone(),
        move |mut caller: Caller<'_, Host>, args, results| {
            let global = caller.data().gas.expect("gas is set before any code runs");
            let gas = global.get(&mut caller).unwrap_i64();
            let raw = args.iter().map(raw).collect();
            caller.data_mut().calls.push((name.clone(), raw, gas));
            let random = next(&mut caller.data_mut().random);
            if let (Some(memory), Some(Val::I32(pointer))) = (caller.data().memory, args.first()) {
                let bytes = (random % 64).to_le_bytes();
                // Out of bounds is as good an answer as any.
                let _ = memory.write(&mut caller, pointer.cast_unsigned() as usize, &bytes);
            }
            for (result, ty) in results.iter_mut().zip(ty.results()) {
                *result = match ty {
                    ValType::I32 => Val::I32(i32::from(random.is_multiple_of(5))),
                    ValType::I64 => Val::I64((random % 1000).cast_signed()),
                    other => panic!("a result of {other}"),
                };
            }
            Ok(())
        },
    );
    function.into()
}

fn raw(value: &Val) -> u64 {
    match value {
        Val::I32(v) => v.cast_unsigned().into(),
        Val::I64(v) => v.cast_unsigned(),
        Val::F32(v) => u64::from(*v),
        Val::F64(v) => *v,
        _ => 0,
    }
}

/// A xorshift step: the same for both forms.
pub fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
