//! Reads the Wasm modules out of a bundle, for tests that have one.

use std::path::PathBuf;

/// The modules of the bundle that `ATOLL_BUNDLE` names; none if it names none.
pub fn bundle_modules() -> Vec<Vec<u8>> {
    let Some(path) = std::env::var_os("ATOLL_BUNDLE").map(PathBuf::from) else {
        return Vec::new();
    };
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    modules(&bytes)
}

/// The blocks of a CAR that are Wasm modules.
fn modules(mut car: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while !car.is_empty() {
        let length = usize::try_from(varint(&mut car)).expect("a frame fits memory");
        let (frame, rest) = car.split_at(length);
        car = rest;
        let mut block = frame;
        // The first frame is the header, which is no block and holds no module.
        if cid::Cid::read_bytes(&mut block).is_ok() && block.starts_with(b"\0asm") {
            found.push(block.to_vec());
        }
    }
    found
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift) = (0, 0);
    loop {
        let (byte, rest) = bytes.split_first().expect("a varint ends");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            return value;
        }
    }
}
