//! Generates modules to compare on.

use arbitrary::Unstructured;
use wasm_smith::{Config, Module};

/// Two host functions, and the exports that an actor has.
const SHAPE: &str = r#"(module
    (import "host" "ask" (func (param i32 i64) (result i32)))
    (import "host" "tell" (func (param i32)))
    (memory (export "memory") 1 8)
    (table (export "table") 4 64 funcref)
    (func (export "invoke") (param i32) (result i32) unreachable))"#;

/// A module of an actor's shape, made from `seed`; nothing if the seed is too short for one.
pub fn module(u: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let config = Config {
        module_shape: Some(wat::parse_str(SHAPE).expect("the shape is valid")),
        // References in code are turned away; in tables they are not. Try both.
        reference_types_enabled: u.ratio(1, 8)?,
        bulk_memory_enabled: u.ratio(3, 4)?,
        allow_start_export: true,
        max_funcs: 12,
        max_instructions: 1 + u.int_in_range(0..=400)?,
        max_nesting_depth: 8,
        max_memory32_bytes: 16 << 16,
        max_table_elements: 64,
        max_data_segments: 3,
        max_element_segments: 3,
        max_elements: 8,
        max_globals: 6,
        max_types: 8,
        exceptions_enabled: false,
        extended_const_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        multi_value_enabled: false,
        relaxed_simd_enabled: false,
        simd_enabled: false,
        tail_call_enabled: false,
        threads_enabled: false,
        ..Config::default()
    };
    Ok(Module::new(config, u)?.to_bytes())
}
