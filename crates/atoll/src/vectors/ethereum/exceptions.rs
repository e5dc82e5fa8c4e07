//! The list of cases in which Filecoin is right to differ from Ethereum.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail, ensure};

/// The list itself, with the reasons. Its head says how it is written.
const LIST: &str = include_str!("exceptions.txt");

/// The list, read.
#[derive(Debug)]
pub struct Exceptions {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    pattern: String,
    reason: String,
    /// Cases that it matched, and those of them that differ.
    met: AtomicUsize,
    differing: AtomicUsize,
}

impl Exceptions {
    /// Reads the list of this repository.
    pub fn load() -> Result<Self> {
        Self::parse(LIST).context("the list of exceptions")
    }

    fn parse(text: &str) -> Result<Self> {
        let mut reasons = BTreeMap::new();
        let mut current = None;
        let mut entries = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(reason) = line.strip_prefix("= ") {
                let (name, words) = reason.split_once(": ").with_context(|| {
                    format!("line {number}: a reason is a name and an explanation")
                })?;
                ensure!(
                    reasons.insert(name, words).is_none(),
                    "line {number}: the reason {name} is there twice"
                );
                current = Some(format!("{name}: {words}"));
                continue;
            }
            let Some(reason) = &current else {
                bail!("line {number}: a case before any reason");
            };
            entries.push(Entry {
                pattern: line.to_owned(),
                reason: reason.clone(),
                met: AtomicUsize::new(0),
                differing: AtomicUsize::new(0),
            });
        }
        Ok(Self { entries })
    }

    /// Why a case may differ, if it may. Whether it does is counted, so that the list can be
    /// kept short.
    pub fn reason(&self, name: &str, differs: bool) -> Option<&str> {
        let entry = self
            .entries
            .iter()
            .find(|entry| matches(&entry.pattern, name))?;
        entry.met.fetch_add(1, Ordering::Relaxed);
        if differs {
            entry.differing.fetch_add(1, Ordering::Relaxed);
        }
        Some(&entry.reason)
    }

    /// Lines of the list that met cases, none of which differs any more.
    pub fn needless(&self) -> impl Iterator<Item = &str> {
        self.entries
            .iter()
            .filter(|entry| {
                entry.met.load(Ordering::Relaxed) > 0
                    && entry.differing.load(Ordering::Relaxed) == 0
            })
            .map(|entry| entry.pattern.as_str())
    }
}

/// Does a name match a pattern, whose `*` stands for any characters?
fn matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else {
        return false;
    };
    let Some(last) = pattern.contains('*').then(|| parts.next_back()).flatten() else {
        return rest.is_empty();
    };
    for part in parts {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.len() >= last.len() && rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name, expected) in [
            ("a/b", "a/b", true),
            ("a/b", "a/bc", false),
            ("a/*", "a/bc", true),
            ("a/*", "b/bc", false),
            ("*c", "a/bc", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn the_list_can_be_read() {
        let list = Exceptions::load().expect("it is part of the program");
        assert!(list.reason("no/such/case", true).is_none());
        assert_eq!(list.needless().count(), 0);
    }

    #[test]
    fn a_case_without_a_reason_is_an_error() {
        assert!(Exceptions::parse("stX/y").is_err());
        assert!(Exceptions::parse("= gas: why\n= gas: why").is_err());
        let list = Exceptions::parse("# words\n= gas: why\n  stX/*\n").expect("it is well formed");
        assert_eq!(list.reason("stX/y", false), Some("gas: why"));
        assert_eq!(list.needless().collect::<Vec<_>>(), ["stX/*"]);
    }
}
