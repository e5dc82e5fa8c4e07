//! Code of actors.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use atoll_testkit::play::Play;
use atoll_testkit::rule::Rule;
use atoll_testkit::{machine, world};
use fvm_shared::version::NetworkVersion;
use wasm_smith::{Config, Module};

use crate::{Reached, promises};

/// An actor with this code gets a message: a module as it is, or one that is made from the bytes
/// and calls the machine at random.
pub fn module(data: &[u8]) -> Reached {
    /// An endless loop is soon over.
    const GAS: &str = ";; @gas 30000000";
    let made;
    let code = if data.starts_with(b"\0asm") {
        data
    } else if let Ok(wasm) = generated(&mut Unstructured::new(data)) {
        made = wasm;
        &made
    } else {
        return Reached::Door;
    };
    let rule = Rule::new(GAS.to_owned());
    let outcome = promises::check(&Play::of(&rule, code)).expect("the message is well formed");
    promises::check_host_is_intact(&HONEST);
    // Refused code leaves nothing to charge for.
    match outcome.charges.iter().any(|(name, _)| name == "wasm_exec") {
        true => Reached::Inside,
        false => Reached::Door,
    }
}

static HONEST: LazyLock<Vec<u8>> = LazyLock::new(|| world::inert(0));

/// All syscalls, and the exports that an actor has.
static SHAPE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    machine::module(
        NetworkVersion::V28,
        r#"(func (export "invoke") (param i32) (result i32) unreachable)"#,
    )
});

fn generated(u: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let config = Config {
        module_shape: Some(SHAPE.clone()),
        bulk_memory_enabled: true,
        allow_start_export: true,
        max_funcs: 12,
        max_instructions: 1 + u.int_in_range(0..=400)?,
        max_memory32_bytes: 64 << 16,
        max_table_elements: 64,
        max_types: 60,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        multi_value_enabled: false,
        reference_types_enabled: false,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..Config::default()
    };
    Ok(Module::new(config, u)?.to_bytes())
}
