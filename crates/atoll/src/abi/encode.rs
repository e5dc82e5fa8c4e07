//! From text to the ABI's words.

use anyhow::{Context, Result, bail, ensure};
use fvm_shared::address::{Address, Payload};
use fvm_shared::bigint::{BigInt, Sign};

use super::{Type, WORD, split};
use crate::exec::input::parse_address;

/// A value, encoded as far as that goes without its place.
pub(super) enum Value {
    /// It stands where it belongs.
    Static(Vec<u8>),
    /// An offset stands there, and this behind all heads.
    Dynamic(Vec<u8>),
}

/// Encodes a value. Text may stand in quotes, arrays stand in brackets and tuples in parentheses.
pub(super) fn value(kind: &Type, text: &str) -> Result<Value> {
    let text = text.trim();
    Ok(match kind {
        Type::Uint(bits) => Value::Static(number(text, (*bits).into(), false)?),
        Type::Int(bits) => Value::Static(number(text, (*bits).into(), true)?),
        Type::Address => Value::Static(left(&address(text)?)),
        Type::Bool => match text {
            "true" => Value::Static(left(&[1])),
            "false" => Value::Static(left(&[0])),
            _ => bail!("it is neither true nor false"),
        },
        Type::FixedBytes(size) => {
            let bytes = bytes(text)?;
            let size = usize::from(*size);
            ensure!(
                bytes.len() == size,
                "it has {} bytes, not {size}",
                bytes.len()
            );
            Value::Static(right(&bytes))
        }
        Type::Bytes => Value::Dynamic(sized(&bytes(text)?)),
        Type::String => {
            let quoted = text
                .strip_prefix('"')
                .and_then(|text| text.strip_suffix('"'));
            Value::Dynamic(sized(quoted.unwrap_or(text).as_bytes()))
        }
        Type::Array(item) => {
            let items = inside(text, '[', ']')?;
            let values = items.iter().map(|text| value(item, text));
            let values = values.collect::<Result<Vec<_>>>()?;
            Value::Dynamic([length(values.len()), sequence(&values)].concat())
        }
        Type::FixedArray(item, count) => {
            let items = inside(text, '[', ']')?;
            ensure!(
                items.len() == *count,
                "it has {} items, not {count}",
                items.len()
            );
            let values = items.iter().map(|text| value(item, text));
            together(kind, &values.collect::<Result<Vec<_>>>()?)
        }
        Type::Tuple(kinds) => {
            let items = inside(text, '(', ')')?;
            ensure!(
                items.len() == kinds.len(),
                "it has {} items, not {}",
                items.len(),
                kinds.len()
            );
            let values = kinds
                .iter()
                .zip(items)
                .map(|(kind, text)| value(kind, text));
            together(kind, &values.collect::<Result<Vec<_>>>()?)
        }
    })
}

/// Values side by side: all heads, then what offsets point to.
pub(super) fn sequence(values: &[Value]) -> Vec<u8> {
    let head = |value: &Value| match value {
        Value::Static(bytes) => bytes.len(),
        Value::Dynamic(_) => WORD,
    };
    let heads: usize = values.iter().map(head).sum();
    let (mut front, mut back) = (Vec::new(), Vec::<u8>::new());
    for value in values {
        match value {
            Value::Static(bytes) => front.extend(bytes),
            Value::Dynamic(bytes) => {
                front.extend(length(heads + back.len()));
                back.extend(bytes);
            }
        }
    }
    front.extend(back);
    front
}

fn together(kind: &Type, values: &[Value]) -> Value {
    let bytes = sequence(values);
    if kind.is_dynamic() {
        Value::Dynamic(bytes)
    } else {
        Value::Static(bytes)
    }
}

/// The items of a list in brackets.
fn inside(text: &str, open: char, close: char) -> Result<Vec<&str>> {
    let inner = text
        .strip_prefix(open)
        .and_then(|text| text.strip_suffix(close));
    split(inner.with_context(|| format!("it does not stand in {open}{close}"))?)
}

fn number(text: &str, bits: u64, signed: bool) -> Result<Vec<u8>> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let (digits, radix) = match digits.strip_prefix("0x") {
        Some(digits) => (digits, 16),
        None => (digits, 10),
    };
    let digits = digits.replace('_', "");
    ensure!(
        !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix)),
        "it is no number"
    );
    let mut number = BigInt::parse_bytes(digits.as_bytes(), radix).context("it is no number")?;
    if negative {
        number = -number;
    }
    let magnitude_bits = if signed { bits - 1 } else { bits };
    let fits = match number.sign() {
        Sign::Minus => signed && (&number + 1_u8).bits() <= magnitude_bits,
        _ => number.bits() <= magnitude_bits,
    };
    ensure!(fits, "it does not fit");
    let fill = if number.sign() == Sign::Minus {
        0xff
    } else {
        0
    };
    let bytes = number.to_signed_bytes_be();
    // A sign byte may be one more than there is room for.
    let bytes = &bytes[bytes.len().saturating_sub(WORD)..];
    Ok([&vec![fill; WORD - bytes.len()][..], bytes].concat())
}

/// An address in any form that a contract knows: 0x, f410, or an id, which it sees masked.
fn address(text: &str) -> Result<[u8; 20]> {
    let address: Address = parse_address(text)?;
    match address.payload() {
        Payload::ID(id) => {
            let mut bytes = [0; 20];
            bytes[0] = 0xff;
            bytes[12..].copy_from_slice(&id.to_be_bytes());
            Ok(bytes)
        }
        Payload::Delegated(delegated) => delegated
            .subaddress()
            .try_into()
            .context("it has not 20 bytes"),
        _ => bail!("a contract knows no such address; give its id"),
    }
}

fn bytes(text: &str) -> Result<Vec<u8>> {
    let digits = text.strip_prefix("0x").context("bytes start with 0x")?;
    hex::decode(digits).context("it is not hex")
}

fn length(length: usize) -> Vec<u8> {
    left(&(length as u64).to_be_bytes())
}

/// Bytes with their length before them.
fn sized(bytes: &[u8]) -> Vec<u8> {
    let mut encoded = length(bytes.len());
    for chunk in bytes.chunks(WORD) {
        encoded.extend(right(chunk));
    }
    encoded
}

fn left(bytes: &[u8]) -> Vec<u8> {
    [&[0; WORD][bytes.len()..], bytes].concat()
}

fn right(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0; WORD][bytes.len()..]].concat()
}
