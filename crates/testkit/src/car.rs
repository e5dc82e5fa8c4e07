//! Reads CAR archives that tests trust: no hash is checked. Written apart from the reader of the
//! program, which is under test itself.

use std::path::PathBuf;

use cid::Cid;

/// The blocks of an archive, in its order, and the roots that its header names.
pub fn read(mut bytes: &[u8]) -> (Vec<Cid>, Vec<(Cid, &[u8])>) {
    let roots = links(section(&mut bytes));
    let mut blocks = Vec::new();
    while !bytes.is_empty() {
        let mut block = section(&mut bytes);
        let cid = Cid::read_bytes(&mut block).expect("a section begins with a CID");
        blocks.push((cid, block));
    }
    (roots, blocks)
}

/// The modules of the bundle that `ATOLL_BUNDLE` names; none if it names none.
pub fn bundle_modules() -> Vec<Vec<u8>> {
    let Some(path) = std::env::var_os("ATOLL_BUNDLE").map(PathBuf::from) else {
        return Vec::new();
    };
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let (_, blocks) = read(&bytes);
    let modules = blocks
        .into_iter()
        .filter(|(_, data)| data.starts_with(b"\0asm"));
    modules.map(|(_, data)| data.to_vec()).collect()
}

/// The links in the header, which holds no other CIDs than its roots: each is a byte string of
/// 39 bytes, tagged 42, whose first byte is zero.
fn links(header: &[u8]) -> Vec<Cid> {
    const TAG: [u8; 5] = [0xd8, 0x2a, 0x58, 0x27, 0x00];
    let starts = (0..header.len()).filter(|at| header[*at..].starts_with(&TAG));
    starts
        .map(|at| Cid::read_bytes(&header[at + TAG.len()..]).expect("a CID"))
        .collect()
}

/// The next section: its length as a varint, and that many bytes.
fn section<'a>(rest: &mut &'a [u8]) -> &'a [u8] {
    let mut len = 0;
    for shift in (0..).step_by(7) {
        let (&byte, tail) = rest.split_first().expect("a whole section");
        *rest = tail;
        len |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    let (section, tail) = rest.split_at(len);
    *rest = tail;
    section
}
