//! Finds what differs below two heads, and shows CBOR to people.

use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::bigint::{BigInt, MAX_BIGINT_SIZE};
use ipld_core::ipld::Ipld;

use super::compare::Heads;
use super::files::Blocks;
use super::machine::Machine;
use crate::registry;

/// How many differences are worth showing.
const SHOWN_MAX: usize = 12;
/// How many bytes or items are worth showing of one thing.
const LENGTH_MAX: usize = 400;

/// What differs below two heads: paths begin with a field of the state, go on with positions in
/// CBOR arrays, and have a `>` where a link was followed.
pub(super) fn heads(heads: Heads, machine: &Machine, expected_blocks: &Blocks) -> Vec<String> {
    let mut search = Search {
        machine,
        expected_blocks,
        found: Vec::new(),
    };
    search.states(heads);
    search.found
}

struct Search<'a> {
    machine: &'a Machine,
    expected_blocks: &'a Blocks,
    found: Vec<String>,
}

impl Search<'_> {
    fn states(&mut self, heads: Heads) {
        let states = (self.load(&heads.expected), self.load(&heads.got));
        let names = self.field_names(&heads);
        match states {
            (Some(Ipld::List(expected)), Some(Ipld::List(got)))
                if expected.len() == got.len() && names.len() == got.len() =>
            {
                for ((name, expected), got) in names.iter().zip(&expected).zip(&got) {
                    self.values(name, expected, got);
                }
            }
            // A state that isn't what its type says: positions have to do.
            _ => self.links("", heads.expected, heads.got),
        }
    }

    /// The names of the fields of a state, from how its type shows itself.
    fn field_names(&self, heads: &Heads) -> Vec<String> {
        let bytes = self.machine.block(&heads.got).ok().flatten();
        let show = registry::actor(heads.kind).map(|actor| actor.state.show);
        match (bytes, show) {
            (Some(bytes), Some(show)) => field_names(&show(&bytes).unwrap_or_default()),
            _ => Vec::new(),
        }
    }

    fn links(&mut self, path: &str, expected: Cid, got: Cid) {
        if expected == got {
            return;
        }
        match (self.load(&expected), self.load(&got)) {
            (Some(expected), Some(got)) => self.values(&format!("{path}>"), &expected, &got),
            (None, _) => self.add(format!(
                "{path}: the recorded block {expected} is not at hand"
            )),
            (_, None) => self.add(format!("{path}: our block {got} is not at hand")),
        }
    }

    fn values(&mut self, path: &str, expected: &Ipld, got: &Ipld) {
        if expected == got || self.found.len() >= SHOWN_MAX {
            return;
        }
        match (expected, got) {
            (Ipld::Link(expected), Ipld::Link(got)) => self.links(path, *expected, *got),
            (Ipld::List(expected), Ipld::List(got)) if expected.len() == got.len() => {
                for (index, (expected, got)) in expected.iter().zip(got).enumerate() {
                    self.values(&format!("{path}[{index}]"), expected, got);
                }
            }
            _ => self.add(format!(
                "{path}: expected {}, got {}",
                show(expected),
                show(got)
            )),
        }
    }

    fn load(&self, cid: &Cid) -> Option<Ipld> {
        let recorded = self.expected_blocks.get(cid).cloned();
        let bytes = match recorded {
            Some(bytes) => bytes,
            None => self.machine.block(cid).ok()??,
        };
        fvm_ipld_encoding::from_slice(&bytes).ok()
    }

    fn add(&mut self, line: String) {
        if self.found.len() < SHOWN_MAX {
            self.found.push(line);
        }
    }
}

/// The names in `State { one: .., two: .. }`, without those in the fields themselves.
fn field_names(shown: &str) -> Vec<String> {
    let (mut depth, mut names, mut word) = (0_u32, Vec::new(), String::new());
    for character in shown.chars() {
        match character {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            ':' if depth == 1 && !word.is_empty() => names.push(std::mem::take(&mut word)),
            _ if character == '_' || character.is_ascii_alphanumeric() => word.push(character),
            _ => {}
        }
        if !(character == '_' || character.is_ascii_alphanumeric()) {
            word.clear();
        }
    }
    names
}

/// Shows CBOR to people, or hex if it isn't any.
#[must_use]
pub fn show_cbor(bytes: &[u8]) -> String {
    match fvm_ipld_encoding::from_slice::<Ipld>(bytes) {
        Ok(value) => show(&value),
        Err(_) => format!("not CBOR: {}", hex(bytes)),
    }
}

fn show(value: &Ipld) -> String {
    let mut text = show_all(value);
    if text.len() > LENGTH_MAX {
        let end = (0..=LENGTH_MAX)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0);
        text.truncate(end);
        text.push_str("...");
    }
    text
}

fn show_all(value: &Ipld) -> String {
    match value {
        Ipld::Null => "null".to_owned(),
        Ipld::Bool(value) => value.to_string(),
        Ipld::Integer(value) => value.to_string(),
        Ipld::Float(value) => value.to_string(),
        Ipld::String(value) => format!("{value:?}"),
        Ipld::Bytes(bytes) => show_bytes(bytes),
        Ipld::List(items) => {
            format!(
                "[{}]",
                items.iter().map(show_all).collect::<Vec<_>>().join(", ")
            )
        }
        Ipld::Map(items) => {
            let items = items
                .iter()
                .map(|(key, value)| format!("{key:?}: {}", show_all(value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(", "))
        }
        Ipld::Link(cid) => cid.to_string(),
    }
}

/// Hex, and what the bytes may stand for besides.
fn show_bytes(bytes: &[u8]) -> String {
    let mut text = hex(bytes);
    if let Some(number) = big_int(bytes) {
        text.push_str(&format!(" ({number}?)"));
    } else if let Ok(address) = Address::from_bytes(bytes) {
        text.push_str(&format!(" ({address}?)"));
    }
    text
}

/// A sign byte and a magnitude without leading zeros.
fn big_int(bytes: &[u8]) -> Option<BigInt> {
    let plausible = matches!(bytes, [0 | 1, first, ..] if *first != 0);
    if !plausible || bytes.len() > MAX_BIGINT_SIZE {
        return None;
    }
    let magnitude = BigInt::from_bytes_be(num_bigint::Sign::Plus, &bytes[1..]);
    Some(if bytes[0] == 1 { -magnitude } else { magnitude })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_fields_come_from_the_outermost_struct() {
        let shown = "State { a_1: Point { x: 1, y: [2] }, b: Cid(baf), c: \"a word\", d: Some(3) }";
        assert_eq!(field_names(shown), ["a_1", "b", "c", "d"]);
        assert_eq!(field_names("7"), [""; 0]);
    }
}
