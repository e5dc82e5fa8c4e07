//! Contracts under measurement, assembled by hand, and the calls to them.

use fvm_ipld_encoding::{BytesSer, RawBytes, to_vec};

/// Puts a value below 2^16 on the stack.
fn push2(value: u16) -> Vec<u8> {
    let mut code = vec![0x61];
    code.extend(value.to_be_bytes());
    code
}

/// Init code that deploys this code.
pub fn deployer(code: &[u8]) -> Vec<u8> {
    let length = push2(u16::try_from(code.len()).expect("contracts are at most 24 KiB"));
    let mut init = length.clone();
    init.extend(push2(13)); // Where the code begins, below.
    init.extend([0x60, 0, 0x39]); // CODECOPY to 0
    init.extend(length);
    init.extend([0x5f, 0xf3]); // RETURN(0, length)
    // 3 + 3 + 3 + 3 + 2 bytes come before the code.
    init[4..6].copy_from_slice(&14u16.to_be_bytes());
    init.extend(code);
    init
}

/// A contract that does nothing.
pub fn noop() -> Vec<u8> {
    vec![0x00]
}

/// Loops as often as the first word of calldata says; `body` runs with the counter on top of
/// the stack, above one word of its own, and leaves both there.
fn looping(body: &[u8]) -> Vec<u8> {
    let mut code = vec![0x60, 1]; // the body's word: 1
    code.extend([0x5f, 0x35]); // CALLDATALOAD(0): the counter
    let start = u8::try_from(code.len()).expect("a short prologue");
    code.push(0x5b); // JUMPDEST
    code.extend(body);
    code.extend([0x60, 1, 0x90, 0x03]); // counter - 1
    code.extend([0x80, 0x60, start, 0x57]); // DUP1, JUMPI(start)
    code.extend([0x50, 0x5f, 0x52, 0x60, 32, 0x5f, 0xf3]); // POP, return the word
    code
}

/// keccak256 of 32 bytes, chained.
pub fn keccak_loop() -> Vec<u8> {
    // SWAP1, MSTORE(0), KECCAK256(0, 32), SWAP1
    looping(&[0x90, 0x5f, 0x52, 0x60, 32, 0x5f, 0x20, 0x90])
}

/// word * word + counter.
pub fn u256_loop() -> Vec<u8> {
    // SWAP1, DUP1, MUL, DUP2, ADD, SWAP1
    looping(&[0x90, 0x80, 0x02, 0x81, 0x01, 0x90])
}

/// Writes `count` new slots, from key `calldata[32..64]` up.
pub fn new_slots() -> Vec<u8> {
    // DUP1 twice as the value; key = counter + calldata[32..64]; SSTORE.
    looping(&[0x80, 0x81, 0x60, 32, 0x35, 0x01, 0x55])
}

/// Calldata as the parameters of a message: a CBOR byte string.
pub fn calldata(words: &[u64]) -> RawBytes {
    let mut data = Vec::new();
    for word in words {
        data.extend([0; 24]);
        data.extend(word.to_be_bytes());
    }
    bytes(&data)
}

/// `transfer(address,uint256)`.
pub fn erc20_transfer(to: [u8; 20], amount: u64) -> RawBytes {
    let mut data = vec![0xa9, 0x05, 0x9c, 0xbb];
    data.extend([0; 12]);
    data.extend(to);
    data.extend([0; 24]);
    data.extend(amount.to_be_bytes());
    bytes(&data)
}

/// Bytes as CBOR.
pub fn bytes(data: &[u8]) -> RawBytes {
    RawBytes::new(to_vec(&BytesSer(data)).expect("byte strings encode"))
}
