//! Explains why two state roots differ: which actors, and how.

use std::fmt::Write as _;

use anyhow::Result;
use atoll_vm::Manifest;
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;

use crate::state_diff::{self, ActorChange, ActorEntry};

/// A line for every actor that differs between the state expected and the one that came out.
pub fn explain_roots(
    store: &dyn Blockstore,
    expected: &Cid,
    got: &Cid,
    manifest: &Manifest,
) -> Vec<String> {
    let changes = match state_diff::diff(store, expected, got) {
        Ok(changes) => changes,
        Err(error) => return vec![format!("the states can't be compared: {error:#}")],
    };
    changes
        .into_iter()
        .map(|(id, change)| {
            explain(store, &change, manifest).map_or_else(
                |error| format!("f0{id}: {error:#}"),
                |words| format!("f0{id} {words}"),
            )
        })
        .collect()
}

fn explain(store: &dyn Blockstore, change: &ActorChange, manifest: &Manifest) -> Result<String> {
    let (expected, got) = match (&change.before, &change.after) {
        (Some(expected), Some(got)) => (expected, got),
        (None, Some(got)) => return Ok(format!("{}: not expected", name_of(manifest, &got.code))),
        (Some(expected), None) => {
            return Ok(format!(
                "{}: expected, but not there",
                name_of(manifest, &expected.code)
            ));
        }
        (None, None) => return Ok("absent in both".to_owned()),
    };
    let mut words = name_of(manifest, &expected.code);
    let ActorEntry {
        code,
        head,
        sequence,
        balance,
        delegated,
    } = expected;
    if *code != got.code {
        write!(words, ", code got {}", name_of(manifest, &got.code))?;
    }
    if *sequence != got.sequence {
        write!(words, ", sequence expected {sequence} got {}", got.sequence)?;
    }
    if *balance != got.balance {
        let excess = got.balance.atto() - balance.atto();
        write!(words, ", balance got {} attoFIL too many", excess)?;
    }
    if *delegated != got.delegated {
        write!(
            words,
            ", address expected {delegated:?} got {:?}",
            got.delegated
        )?;
    }
    if *head != got.head {
        match state_diff::first_difference(store, head, &got.head)? {
            Some(difference) => write!(
                words,
                ", state{} expected {} got {}",
                difference.path, difference.before, difference.after
            )?,
            None => write!(words, ", head expected {head} got {}", got.head)?,
        }
    }
    Ok(words)
}

/// The name of a code in a state's manifest, or the code itself.
#[must_use]
pub fn name_of(manifest: &Manifest, code: &Cid) -> String {
    manifest
        .iter()
        .find(|(_, known)| *known == code)
        .map_or_else(|| code.to_string(), |(name, _)| name.to_owned())
}
