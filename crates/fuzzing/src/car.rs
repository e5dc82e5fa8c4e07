//! Archives.

use atoll::car;

use crate::Reached;

/// Reads an archive. One that is accepted is written back and read again: the blocks are the
/// same, and so is every byte after the header, because nothing in them has two forms.
pub fn car(data: &[u8]) -> Reached {
    let Ok(archive) = car::read(data) else {
        return Reached::Door;
    };
    let mut written = Vec::new();
    let blocks = archive
        .blocks
        .iter()
        .map(|(cid, data)| (cid, data.as_slice()));
    car::write(&mut written, &archive.roots, blocks).expect("memory takes it");
    let again = car::read(&written).expect("what is written can be read");
    assert_eq!(again.roots, archive.roots);
    assert_eq!(again.blocks, archive.blocks);
    let (sections, before) = (after_header(&written), after_header(data));
    assert!(sections == before, "the sections have another form");
    Reached::Inside
}

/// What follows the header, whose length is in LEB128 before it.
fn after_header(archive: &[u8]) -> &[u8] {
    let digits = 1 + archive.iter().take_while(|byte| **byte >= 0x80).count();
    let length = archive[..digits]
        .iter()
        .rev()
        .fold(0, |length, byte| length << 7 | usize::from(byte & 0x7f));
    &archive[digits + length..]
}
