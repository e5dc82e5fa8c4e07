//! CARv1 archives: a header with roots, then blocks, each under its CID.
//!
//! The reader is strict. Every block must hash to its CID, every length must be minimal and
//! inside the file, and nothing may follow the last block.

use std::io::{self, Write};

use cid::Cid;
use cid::multihash::Multihash;
use multihash_codetable::{Code, MultihashDigest};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An archive that was read and checked.
#[derive(Clone, Debug, Default)]
pub struct Car {
    /// What the header names.
    pub roots: Vec<Cid>,
    /// The blocks in the order of the file.
    pub blocks: Vec<(Cid, Vec<u8>)>,
}

/// What is wrong with an archive. Offsets count bytes from its start.
#[derive(Debug, Error)]
#[allow(missing_docs)]
pub enum CarError {
    #[error("this is not a CARv1 archive: {0}")]
    Header(String),
    #[error("offset {offset}: the length is cut off, longer than needed or beyond 64 bits")]
    Length { offset: usize },
    #[error(
        "offset {offset}: a section of {length} bytes, but only {left} bytes are left; \
         the file is cut off: get or make it anew"
    )]
    Truncated {
        offset: usize,
        length: u64,
        left: usize,
    },
    #[error("offset {offset}: the section does not begin with a CID: {why}")]
    Cid { offset: usize, why: String },
    #[error("offset {offset}: block {cid} has hash function 0x{code:x}, which is not known here")]
    UnknownHash { offset: usize, cid: Cid, code: u64 },
    #[error(
        "offset {offset}: the data under {cid} hashes to something else; \
             the file is damaged: get or make it anew"
    )]
    WrongHash { offset: usize, cid: Cid },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    roots: Vec<Cid>,
    version: u64,
}

/// The multihash code of data that is its own hash.
const IDENTITY: u64 = 0x00;

/// Reads an archive and checks every block against its CID.
pub fn read(bytes: &[u8]) -> Result<Car, CarError> {
    let mut at = 0;
    let header = section(bytes, &mut at).map_err(|e| CarError::Header(e.to_string()))?;
    let header: Header =
        fvm_ipld_encoding::from_slice(header).map_err(|e| CarError::Header(e.to_string()))?;
    if header.version != 1 {
        return Err(CarError::Header(format!(
            "its version is {}",
            header.version
        )));
    }

    let mut blocks = Vec::new();
    while at < bytes.len() {
        let offset = at;
        let mut data = section(bytes, &mut at)?;
        let cid = Cid::read_bytes(&mut data).map_err(|e| CarError::Cid {
            offset,
            why: e.to_string(),
        })?;
        check_hash(offset, &cid, data)?;
        blocks.push((cid, data.to_vec()));
    }
    Ok(Car {
        roots: header.roots,
        blocks,
    })
}

/// Writes an archive.
pub fn write<'a>(
    mut out: impl Write,
    roots: &[Cid],
    blocks: impl IntoIterator<Item = (&'a Cid, &'a [u8])>,
) -> io::Result<()> {
    write_header(&mut out, roots)?;
    for (cid, data) in blocks {
        write_block(&mut out, cid, data)?;
    }
    out.flush()
}

/// Writes what an archive begins with.
pub fn write_header(mut out: impl Write, roots: &[Cid]) -> io::Result<()> {
    let header = Header {
        roots: roots.to_vec(),
        version: 1,
    };
    let header = fvm_ipld_encoding::to_vec(&header).map_err(io::Error::other)?;
    write_length(&mut out, header.len())?;
    out.write_all(&header)
}

/// Writes a block of an archive.
pub fn write_block(mut out: impl Write, cid: &Cid, data: &[u8]) -> io::Result<()> {
    let cid = cid.to_bytes();
    write_length(&mut out, cid.len() + data.len())?;
    out.write_all(&cid)?;
    out.write_all(data)
}

/// Cuts the next section off: a length, then as many bytes.
fn section<'a>(bytes: &'a [u8], at: &mut usize) -> Result<&'a [u8], CarError> {
    let offset = *at;
    let (length, start) = read_length(bytes, offset).ok_or(CarError::Length { offset })?;
    let left = bytes.len() - start;
    let end = usize::try_from(length)
        .ok()
        .and_then(|length| start.checked_add(length))
        .filter(|end| *end <= bytes.len())
        .ok_or(CarError::Truncated {
            offset,
            length,
            left,
        })?;
    *at = end;
    Ok(&bytes[start..end])
}

/// Reads an unsigned LEB128 number in its shortest form. Answers also where it ends.
fn read_length(bytes: &[u8], offset: usize) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (index, byte) in bytes.get(offset..)?.iter().enumerate().take(10) {
        let bits = u64::from(byte & 0x7f);
        let shift = 7 * u32::try_from(index).expect("below 10");
        if bits << shift >> shift != bits {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            // A last byte of zero adds nothing, so the number had a shorter form.
            let minimal = index == 0 || *byte != 0;
            return minimal.then_some((value, offset + index + 1));
        }
    }
    None
}

fn write_length(out: &mut impl Write, length: usize) -> io::Result<()> {
    let mut rest = length;
    while rest >= 0x80 {
        out.write_all(&[(rest & 0x7f) as u8 | 0x80])?;
        rest >>= 7;
    }
    out.write_all(&[rest as u8])
}

fn check_hash(offset: usize, cid: &Cid, data: &[u8]) -> Result<(), CarError> {
    let cid = *cid;
    let code = cid.hash().code();
    match is_hash_of(&cid, data) {
        Some(true) => Ok(()),
        Some(false) => Err(CarError::WrongHash { offset, cid }),
        None => Err(CarError::UnknownHash { offset, cid, code }),
    }
}

/// Does a CID name this data? `None` if its hash function is not known here.
#[must_use]
pub fn is_hash_of(cid: &Cid, data: &[u8]) -> Option<bool> {
    let code = cid.hash().code();
    let computed: Multihash<64> = if code == IDENTITY {
        // Data too long for a multihash can't be what the CID says.
        match Multihash::wrap(IDENTITY, data) {
            Ok(hash) => hash,
            Err(_) => return Some(false),
        }
    } else {
        Code::try_from(code).ok()?.digest(data)
    };
    Some(computed == *cid.hash())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(data: &[u8]) -> (Cid, Vec<u8>) {
        (
            Cid::new_v1(0x55, Code::Blake2b256.digest(data)),
            data.to_vec(),
        )
    }

    fn archive() -> (Vec<u8>, Vec<(Cid, Vec<u8>)>) {
        let blocks = vec![block(b"one"), block(&[7; 300]), block(b"")];
        let mut bytes = Vec::new();
        let refs = blocks.iter().map(|(cid, data)| (cid, data.as_slice()));
        write(&mut bytes, &[blocks[0].0], refs).expect("memory takes it");
        (bytes, blocks)
    }

    #[test]
    fn what_is_written_is_read() {
        let (bytes, blocks) = archive();
        let car = read(&bytes).expect("well formed");
        assert_eq!(car.roots, vec![blocks[0].0]);
        assert_eq!(car.blocks, blocks);
    }

    #[test]
    fn no_prefix_but_at_a_block_border_is_read() {
        let (bytes, blocks) = archive();
        let whole = (0..bytes.len())
            .filter(|end| read(&bytes[..*end]).is_ok())
            .count();
        assert_eq!(
            whole,
            blocks.len(),
            "after the header and after each block but the last"
        );
    }

    #[test]
    fn no_flipped_bit_in_a_block_goes_unseen() {
        let (bytes, _) = archive();
        let header_len = usize::from(bytes[0]) + 1;
        for at in header_len..bytes.len() {
            for bit in 0..8 {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << bit;
                // Some flips in a CID's codec name other, equally valid, CIDs of the same data.
                if let Ok(car) = read(&bad) {
                    assert!(
                        car.blocks
                            .iter()
                            .all(|(cid, _)| cid.version() == cid::Version::V1)
                    );
                    assert_ne!(car.blocks, read(&bytes).expect("well formed").blocks);
                }
            }
        }
    }

    #[test]
    fn a_length_has_one_form() {
        assert_eq!(read_length(&[0x80, 0x01], 0), Some((128, 2)));
        assert_eq!(read_length(&[0x00], 0), Some((0, 1)));
        assert_eq!(read_length(&[0x80, 0x00], 0), None, "zero in two bytes");
        assert_eq!(read_length(&[0xff; 9], 0), None, "never ends");
        assert_eq!(read_length(&[0xff; 11], 0), None, "beyond 64 bits");
        let mut most = [0xff; 10];
        most[9] = 0x01;
        assert_eq!(read_length(&most, 0), Some((u64::MAX, 10)));
        most[9] = 0x02;
        assert_eq!(read_length(&most, 0), None, "65 bits");
    }
}
