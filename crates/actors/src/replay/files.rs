//! Reading scenarios, genesis and blocks from files.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;

use cid::Cid;
use flate2::read::GzDecoder;
use serde::de::DeserializeOwned;

use super::format::{GenesisText, Scenario};

/// Why a scenario could not be replayed, which says nothing about the actors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file can't be read.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file isn't what it should be.
    #[error("{0}")]
    Format(String),
    /// The machine can't work with what it was given.
    #[error("{0}")]
    Machine(String),
}

/// Blocks by their CIDs.
pub type Blocks = BTreeMap<Cid, Vec<u8>>;

/// The state that every scenario starts from.
#[derive(Debug)]
pub struct Genesis {
    /// What is not in blocks.
    pub text: GenesisText,
    /// The blocks.
    pub blocks: Blocks,
}

impl Genesis {
    /// Reads `genesis.json` in a folder, and the blocks that it names.
    ///
    /// # Errors
    /// If a file can't be read or isn't what it should be.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        let text: GenesisText = read_json(&folder.join("genesis.json"))?;
        let blocks = read_car(&folder.join(&text.car))?;
        Ok(Self { text, blocks })
    }

    /// Is this the genesis that a scenario starts from?
    pub(super) fn check(&self, scenario: &Scenario) -> Result<(), Error> {
        if scenario.genesis != self.text.state_root {
            let root = self.text.state_root;
            return Err(Error::Format(format!(
                "starts from {}, not {root}",
                scenario.genesis
            )));
        }
        if scenario.network_version != self.text.network_version {
            return Err(Error::Format(
                "the genesis has another network version".into(),
            ));
        }
        Ok(())
    }
}

impl Scenario {
    /// Reads a scenario, packed or not.
    ///
    /// # Errors
    /// If the file can't be read or isn't a scenario.
    pub fn load(path: &Path) -> Result<Self, Error> {
        read_json(path)
    }
}

/// Reads the blocks behind the heads of a scenario, from `blocks/` beside it. None if there is no
/// such file: they are optional.
///
/// # Errors
/// If there is one that can't be read.
pub fn blocks_of(scenario: &Path) -> Result<Blocks, Error> {
    let name = scenario
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let stem = name.trim_end_matches(".gz").trim_end_matches(".json");
    let path = scenario
        .with_file_name("blocks")
        .join(format!("{stem}.car.gz"));
    if path.exists() {
        read_car(&path)
    } else {
        Ok(Blocks::new())
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Error> {
    serde_json::from_slice(&read(path)?)
        .map_err(|e| Error::Format(format!("{}: {e}", path.display())))
}

fn read_car(path: &Path) -> Result<Blocks, Error> {
    parse_car(&read(path)?)
        .ok_or_else(|| Error::Format(format!("{}: not a CAR file", path.display())))
}

/// Reads a file, unpacked if its name ends in `.gz`.
fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |error| Error::Io {
        path: path.display().to_string(),
        error,
    };
    let packed = fs::read(path).map_err(failed)?;
    if path.extension().is_none_or(|extension| extension != "gz") {
        return Ok(packed);
    }
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    Ok(bytes)
}

/// The blocks of a CARv1: sections that begin with their length, the first of them a header.
fn parse_car(bytes: &[u8]) -> Option<Blocks> {
    let mut sections = Sections(bytes);
    sections.next()??;
    sections
        .map(|section| {
            let mut rest = section?;
            let cid = Cid::read_bytes(&mut rest).ok()?;
            Some((cid, rest.to_vec()))
        })
        .collect()
}

/// Yields sections, and `None` inside where one is cut off.
struct Sections<'a>(&'a [u8]);

impl<'a> Iterator for Sections<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let section = take_section(&mut self.0);
        if section.is_none() {
            self.0 = &[];
        }
        Some(section)
    }
}

fn take_section<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let mut length = 0_usize;
    for shift in (0..56).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        length |= usize::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            let (section, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            return Some(section);
        }
    }
    None
}
