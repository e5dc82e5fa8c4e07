//! From the ABI's words to text.

use anyhow::{Context, Result, ensure};
use fvm_shared::bigint::{BigInt, BigUint};

use super::{Type, WORD};

/// Values that an encoding may hold altogether: one that repeats itself is not worth showing.
const VALUES_MAX: usize = 10_000;

/// Decodes values side by side.
pub(super) fn values(kinds: &[Type], data: &[u8]) -> Result<Vec<String>> {
    let mut left = VALUES_MAX;
    let kinds: Vec<&Type> = kinds.iter().collect();
    sequence(&kinds, data, &mut left)
}

/// Heads side by side, from where their offsets count.
fn sequence(kinds: &[&Type], data: &[u8], left: &mut usize) -> Result<Vec<String>> {
    let mut at = 0;
    let items = kinds.iter().map(|kind| {
        *left = left.checked_sub(1).context("too many values")?;
        let head = data.get(at..).context("it ends early")?;
        at += kind.head();
        if kind.is_dynamic() {
            let tail = data
                .get(size(head)?..)
                .context("an offset beyond the end")?;
            value(kind, tail, left)
        } else {
            value(kind, head, left)
        }
    });
    items.collect()
}

fn value(kind: &Type, data: &[u8], left: &mut usize) -> Result<String> {
    Ok(match kind {
        Type::Uint(_) => BigUint::from_bytes_be(word(data)?).to_string(),
        Type::Int(_) => BigInt::from_signed_bytes_be(word(data)?).to_string(),
        Type::Address => format!("0x{}", hex::encode(&word(data)?[WORD - 20..])),
        Type::Bool => (word(data)?[WORD - 1] != 0).to_string(),
        Type::FixedBytes(size) => {
            format!("0x{}", hex::encode(&word(data)?[..usize::from(*size)]))
        }
        Type::Bytes => format!("0x{}", hex::encode(sized(data)?)),
        Type::String => format!("{:?}", String::from_utf8_lossy(sized(data)?)),
        Type::Array(item) => {
            let count = size(data)?;
            // Every item takes a word at least, so a length that lies is found here.
            ensure!(count <= data.len() / WORD, "more items than there is data");
            list("[", &vec![&**item; count], &data[WORD..], "]", left)?
        }
        Type::FixedArray(item, count) => list("[", &vec![&**item; *count], data, "]", left)?,
        Type::Tuple(items) => {
            let items: Vec<&Type> = items.iter().collect();
            list("(", &items, data, ")", left)?
        }
    })
}

fn list(open: &str, kinds: &[&Type], data: &[u8], close: &str, left: &mut usize) -> Result<String> {
    let items = sequence(kinds, data, left)?;
    Ok(format!("{open}{}{close}", items.join(", ")))
}

fn word(data: &[u8]) -> Result<&[u8]> {
    data.get(..WORD).context("it ends early")
}

/// A word that is a size or an offset.
fn size(data: &[u8]) -> Result<usize> {
    let (high, low) = word(data)?.split_at(WORD - 4);
    ensure!(high.iter().all(|byte| *byte == 0), "a size beyond 32 bits");
    Ok(low
        .iter()
        .fold(0, |size, byte| size << 8 | usize::from(*byte)))
}

/// Bytes with their length before them.
fn sized(data: &[u8]) -> Result<&[u8]> {
    let size = size(data)?;
    let end = WORD.checked_add(size).context("a size beyond the end")?;
    data.get(WORD..end).context("a size beyond the end")
}
