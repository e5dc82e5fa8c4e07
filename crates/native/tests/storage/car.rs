//! Reads a CAR.

use cid::Cid;
use serde::Deserialize;

#[derive(Deserialize)]
struct Header {
    roots: Vec<Cid>,
}

/// The root of a CAR, and its blocks.
pub(crate) fn read(mut car: &[u8]) -> (Cid, Vec<(Cid, Vec<u8>)>) {
    let header: Header = fvm_ipld_encoding::from_slice(frame(&mut car)).expect("a header");
    let mut blocks = Vec::new();
    while !car.is_empty() {
        let mut block = frame(&mut car);
        let cid = Cid::read_bytes(&mut block).expect("a block has a CID");
        blocks.push((cid, block.to_vec()));
    }
    (header.roots[0], blocks)
}

/// Takes bytes with their length before them.
fn frame<'c>(car: &mut &'c [u8]) -> &'c [u8] {
    let (mut length, mut shift) = (0, 0);
    loop {
        let (byte, rest) = car.split_first().expect("a varint ends");
        *car = rest;
        length |= usize::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    let (frame, rest) = car.split_at(length);
    *car = rest;
    frame
}
