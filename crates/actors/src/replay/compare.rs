//! Compares what a message came to with what was recorded.

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};

use fvm_shared::ActorID;

use super::Error;
use super::format::{Block, Entry, Expect, Trace};
use super::machine::Applied;
use crate::kinds::ActorKind;

/// Something that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where, as a path into what was recorded.
    pub field: String,
    /// What was recorded.
    pub expected: String,
    /// What we have.
    pub got: String,
    /// What differs below a head, as far as the blocks are known.
    pub below: Vec<String>,
    /// The two heads, if it is a head that differs.
    pub(super) heads: Option<Heads>,
}

/// Two heads of one actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Heads {
    pub(super) kind: ActorKind,
    pub(super) expected: cid::Cid,
    pub(super) got: cid::Cid,
}

impl Difference {
    pub(super) fn plain(field: &str, expected: impl Display, got: impl Display) -> Self {
        Self {
            field: field.to_owned(),
            expected: expected.to_string(),
            got: got.to_string(),
            below: Vec::new(),
            heads: None,
        }
    }
}

impl Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            field,
            expected,
            got,
            ..
        } = self;
        write!(f, "{field}\n  expected {expected}\n  got      {got}")?;
        for line in &self.below {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// The first difference. Calls come before the outcome, and the outcome before heads: they show
/// sooner where it begins.
pub(super) fn message(expected: &Expect, got: &Applied) -> Result<Option<Difference>, Error> {
    let returned = got.data.as_ref().map(Block::from_ipld);
    let found = traces("trace", &expected.trace, &got.trace)
        .or_else(|| same("exit_code", &expected.exit_code, &got.exit_code.value()))
        .or_else(|| blocks("return", expected.r#return.as_ref(), returned.as_ref()));
    match found {
        Some(difference) => Ok(Some(difference)),
        None => heads(expected, &got.heads),
    }
}

fn traces(path: &str, expected: &Trace, got: &Trace) -> Option<Difference> {
    // Not `==` on the whole first: the usual case walks the tree once.
    same(&format!("{path}.from"), &expected.from, &got.from)
        .or_else(|| same(&format!("{path}.to"), &expected.to.0, &got.to.0))
        .or_else(|| same(&format!("{path}.method"), &expected.method, &got.method))
        .or_else(|| same(&format!("{path}.value"), &expected.value, &got.value))
        .or_else(|| {
            blocks(
                &format!("{path}.params"),
                expected.params.as_ref(),
                got.params.as_ref(),
            )
        })
        .or_else(|| calls(path, &expected.subinvocations, &got.subinvocations))
        .or_else(|| {
            same(
                &format!("{path}.exit_code"),
                &expected.exit_code,
                &got.exit_code,
            )
        })
        .or_else(|| {
            blocks(
                &format!("{path}.return"),
                expected.r#return.as_ref(),
                got.r#return.as_ref(),
            )
        })
        .or_else(|| same(&format!("{path}.events"), &expected.events, &got.events))
}

fn calls(path: &str, expected: &[Trace], got: &[Trace]) -> Option<Difference> {
    for (index, pair) in expected.iter().zip(got).enumerate() {
        let found = traces(&format!("{path}.subinvocations[{index}]"), pair.0, pair.1);
        if found.is_some() {
            return found;
        }
    }
    let call = |trace: Option<&Trace>| match trace {
        Some(trace) => format!("a call to {} method {}", trace.to.0, trace.method),
        None => "no call".to_owned(),
    };
    let common = expected.len().min(got.len());
    (expected.len() != got.len()).then(|| {
        let path = format!("{path}.subinvocations[{common}]");
        Difference::plain(&path, call(expected.get(common)), call(got.get(common)))
    })
}

fn heads(
    expected: &Expect,
    got: &BTreeMap<ActorID, Option<Entry>>,
) -> Result<Option<Difference>, Error> {
    let mut wanted = BTreeMap::new();
    for (address, entry) in &expected.heads {
        wanted.insert(address.id()?, entry);
    }
    for (id, entry) in &wanted {
        let path = format!("heads.f0{id}");
        let found = match (entry, got.get(id)) {
            (Some(entry), Some(Some(ours))) => entries(&path, entry, ours),
            (None, Some(None)) => None,
            (Some(_), None) => Some(Difference::plain(&path, "a change", "none")),
            (Some(_), Some(None)) => Some(Difference::plain(&path, "an actor", "none")),
            (None, _) => Some(Difference::plain(&path, "none", "an actor")),
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    let surplus = got.keys().find(|id| !wanted.contains_key(id));
    Ok(surplus.map(|id| Difference::plain(&format!("heads.f0{id}"), "no change", "a change")))
}

fn entries(path: &str, expected: &Entry, got: &Entry) -> Option<Difference> {
    let head = || {
        let heads = Heads {
            kind: expected.code.0,
            expected: expected.head,
            got: got.head,
        };
        let path = format!("{path}.head ({})", expected.code.0.name());
        same(&path, &expected.head, &got.head).map(|difference| Difference {
            heads: Some(heads),
            ..difference
        })
    };
    same(&format!("{path}.code"), &expected.code, &got.code)
        .or_else(|| same(&format!("{path}.balance"), &expected.balance, &got.balance))
        .or_else(|| {
            same(
                &format!("{path}.sequence"),
                &expected.sequence,
                &got.sequence,
            )
        })
        .or_else(|| {
            same(
                &format!("{path}.delegated"),
                &expected.delegated,
                &got.delegated,
            )
        })
        .or_else(head)
}

fn blocks(path: &str, expected: Option<&Block>, got: Option<&Block>) -> Option<Difference> {
    (expected != got).then(|| Difference::plain(path, show_block(expected), show_block(got)))
}

fn show_block(block: Option<&Block>) -> String {
    match block {
        None => "nothing".to_owned(),
        Some(block) => format!(
            "codec {:#x}: {}",
            block.codec,
            super::explain::show_cbor(&block.hex.0)
        ),
    }
}

fn same<T: PartialEq + Debug>(path: &str, expected: &T, got: &T) -> Option<Difference> {
    (expected != got).then(|| Difference::plain(path, format!("{expected:?}"), format!("{got:?}")))
}
