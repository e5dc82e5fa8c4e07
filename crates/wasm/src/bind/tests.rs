//! The bindings against the table.

use super::*;
use atoll_vm::abi::WasmType;

/// A module that imports every syscall of a version, with the types that the table gives it.
fn importer(version: NetworkVersion) -> String {
    let imports = abi::syscalls(version).map(|row| {
        let params: String = row
            .wasm_params()
            .map(|param| match param {
                WasmType::I32 => " i32",
                WasmType::I64 => " i64",
            })
            .collect();
        let Syscall { module, name, .. } = row;
        format!("(import \"{module}\" \"{name}\" (func (param{params}) (result i32)))\n")
    });
    format!("(module {})", imports.collect::<String>())
}

#[test]
fn every_row_is_bound_as_the_table_says() {
    let engine = wasmtime::Engine::default();
    for version in 17..=28 {
        let version = NetworkVersion::from(version);
        let linker = linker(&engine, version).expect("every row has a binding");
        let wasm = wat::parse_str(importer(version)).expect("valid text");
        let module = wasmtime::Module::new(&engine, wasm).expect("a valid module");
        assert!(module.imports().count() >= 36, "nv{version}");
        linker.instantiate_pre(&module).expect("the types agree");
    }
}

#[test]
fn results_are_as_long_as_the_table_says() {
    use atoll_vm::abi::Output;
    use fvm_shared::sys;
    use fvm_shared::sys::out;
    assert_eq!(
        <sys::TokenAmount as Returned>::LEN,
        Output::TokenAmount.len()
    );
    assert_eq!(<out::ipld::IpldOpen as Returned>::LEN, Output::Opened.len());
    assert_eq!(<out::ipld::IpldStat as Returned>::LEN, Output::Stat.len());
    assert_eq!(<out::send::Send as Returned>::LEN, Output::Sent.len());
    assert_eq!(
        <out::crypto::VerifyConsensusFault as Returned>::LEN,
        Output::Fault.len()
    );
    assert_eq!(
        <out::network::NetworkContext as Returned>::LEN,
        Output::NetworkContext.len()
    );
    assert_eq!(
        <atoll_vm::kernel::InvocationContext as Returned>::LEN,
        Output::InvocationContext.len()
    );
    assert_eq!(
        <out::vm::MessageContext as Returned>::LEN,
        Output::MessageContext.len()
    );
}

#[test]
fn amounts_lie_low_half_first() {
    use fvm_shared::sys::TokenAmount;
    let bytes = TokenAmount { lo: 0x0102, hi: 3 }.to_bytes();
    let expected = [2, 1, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0];
    assert_eq!(bytes.as_ref(), expected);
}
