//! Finds vectors in files and folders, and tells their formats by what is in them.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use atoll_actors::replay;
use serde_json::Value;

use super::{corpus, recorded};
use crate::file;

/// A vector of any of the formats.
#[derive(Debug)]
pub enum Vector {
    /// From fvm-test-vectors.
    Corpus(Box<corpus::Vector>),
    /// From the project's recording of whole messages.
    Recorded(Box<recorded::Scenario>),
    /// From the project's recording of the built-in actors.
    Actors(Box<replay::Scenario>),
}

impl Vector {
    /// What the format is called in reports.
    #[must_use]
    pub fn format(&self) -> &'static str {
        match self {
            Self::Corpus(_) => "fvm-test-vectors",
            Self::Recorded(_) => "recorded",
            Self::Actors(_) => "actors",
        }
    }

    /// What the vector calls itself.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Corpus(vector) => vector.name(),
            Self::Recorded(scenario) => &scenario.name,
            Self::Actors(scenario) => &scenario.name,
        }
    }
}

/// A file to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Where it is.
    pub path: PathBuf,
    /// Was it named by the user, rather than met in a folder? Then it must be a vector.
    pub named: bool,
}

/// Lists the files behind the paths given: a file as it is, a folder with every `.json` and
/// `.json.gz` below it. In the order of the paths given, sorted inside each.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Candidate>> {
    let mut found = Vec::new();
    for path in paths {
        let kind = fs::metadata(path).with_context(|| format!("cannot read {}", path.display()))?;
        if !kind.is_dir() {
            found.push(Candidate {
                path: path.clone(),
                named: true,
            });
            continue;
        }
        let mut files = Vec::new();
        collect(path, &mut files)?;
        ensure!(
            !files.is_empty(),
            "{} holds no .json or .json.gz file",
            path.display()
        );
        files.sort();
        found.extend(
            files
                .into_iter()
                .map(|path| Candidate { path, named: false }),
        );
    }
    Ok(found)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let path = entry.path();
        // The type of the entry itself: links to folders are not followed, so there are no loops.
        if entry.file_type()?.is_dir() {
            collect(&path, files)?;
        } else {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.ends_with(".json") || name.ends_with(".json.gz") {
                files.push(path);
            }
        }
    }
    Ok(())
}

/// Reads a file; `None` if it is JSON, but no vector.
pub fn read(path: &Path) -> Result<Option<Vector>> {
    let bytes = file::read(path)?;
    parse(&bytes).with_context(|| format!("{}", path.display()))
}

/// Parses a vector; `None` if it is JSON, but no vector.
pub fn parse(bytes: &[u8]) -> Result<Option<Vector>> {
    let value: Value = serde_json::from_slice(bytes).context("not JSON")?;
    let has = |key| value.get(key).is_some();
    let vector = if has("class") && has("postconditions") {
        let vector = serde_json::from_value(value).context("as a vector of fvm-test-vectors")?;
        Vector::Corpus(Box::new(vector))
    } else if has("steps") && has("genesis_root") {
        let scenario = serde_json::from_value(value).context("as a recorded scenario")?;
        Vector::Recorded(Box::new(scenario))
    } else if has("steps") && has("genesis") {
        let scenario = serde_json::from_value(value).context("as a scenario of the actors")?;
        Vector::Actors(Box::new(scenario))
    } else {
        return Ok(None);
    };
    Ok(Some(vector))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The repository's own vectors.
    fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors")
    }

    #[test]
    fn every_vector_of_the_repository_is_read() {
        let mut others = Vec::new();
        let mut formats = std::collections::BTreeSet::new();
        for candidate in find(&[folder()]).expect("the folder is there") {
            match read(&candidate.path).unwrap_or_else(|error| panic!("{error:#}")) {
                Some(vector) => _ = formats.insert(vector.format()),
                None => others.push(
                    candidate
                        .path
                        .strip_prefix(folder())
                        .expect("found in it")
                        .to_owned(),
                ),
            }
        }
        expect_test::expect![[r#"
            (
                {
                    "actors",
                    "recorded",
                },
                [
                    "actors/extra/index.json",
                    "actors/genesis.json",
                    "actors/scenarios/index.json",
                    "genesis.json",
                ],
            )
        "#]]
        .assert_debug_eq(&(formats, others));
    }

    #[test]
    fn what_is_no_vector_is_told_from_what_is_broken() {
        assert!(parse(b"{}").expect("JSON").is_none());
        assert!(parse(b"[1]").expect("JSON").is_none());
        assert!(parse(b"{").is_err());
        assert!(parse(br#"{"steps": [], "genesis_root": 1}"#).is_err());
        assert!(parse(br#"{"class": "message", "postconditions": {}}"#).is_err());
    }

    #[test]
    fn a_path_that_is_not_there_is_an_error() {
        assert!(find(&[folder().join("nowhere")]).is_err());
        assert!(
            find(&[folder().join("contracts")]).is_err(),
            "no JSON in it"
        );
    }
}
