//! Bundles: the official actors' code in one archive, with a manifest that names each.
//!
//! The archive has one root, the manifest `[version, data]`; `data` links to the list of
//! `[name, code]`. A state names the data, not the manifest: it is the one field of the system
//! actor's state.

pub mod inspect;
pub mod known;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use cid::Cid;

use crate::store::Frozen;
use crate::{car, file};

/// A bundle of actors, read and checked.
#[derive(Clone, Debug)]
pub struct Bundle {
    /// The root of the archive.
    pub manifest: Cid,
    /// The format of the manifest; 1 for every bundle so far.
    pub manifest_version: u32,
    /// The list of names and codes, by which states refer to the bundle.
    pub data: Cid,
    /// The actors, in the order of the list.
    pub actors: Vec<BundledActor>,
    /// Every block of the archive.
    pub blocks: Arc<Frozen>,
}

/// One actor of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledActor {
    /// Its name.
    pub name: String,
    /// Its code.
    pub code: Cid,
    /// How many bytes of Wasm the code has.
    pub size: usize,
}

impl Bundle {
    /// Reads a bundle from a file.
    pub fn open(path: &Path) -> Result<Self> {
        let bytes = file::read(path)?;
        Self::parse(&bytes).with_context(|| {
            format!(
                "{} is not a bundle of actors (the archives that builtin-actors publishes, \
                 such as builtin-actors-mainnet.car)",
                path.display()
            )
        })
    }

    /// Reads a bundle from the bytes of an archive.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let car = car::read(bytes)?;
        let [manifest] = car.roots[..] else {
            bail!(
                "a bundle has one root, the manifest; this archive has {}",
                car.roots.len()
            );
        };
        let blocks = Frozen::from_car(car);
        let (manifest_version, data): (u32, Cid) =
            decode(&blocks, &manifest).context("the manifest")?;
        ensure!(
            manifest_version == 1,
            "the manifest has version {manifest_version}; only version 1 is known here"
        );
        let list: Vec<(String, Cid)> = decode(&blocks, &data).context("the list of actors")?;
        let mut names = BTreeSet::new();
        if let Some((twice, _)) = list.iter().find(|(name, _)| !names.insert(name)) {
            bail!("the list of actors has two of the name {twice:?}");
        }
        let actors = list
            .into_iter()
            .map(|(name, code)| {
                let wasm = blocks.get(&code).with_context(|| {
                    format!("the code of {name}, {code}, is not in the archive")
                })?;
                Ok(BundledActor {
                    size: wasm.len(),
                    name,
                    code,
                })
            })
            .collect::<Result<_>>()?;
        Ok(Self {
            manifest,
            manifest_version,
            data,
            actors,
            blocks: Arc::new(blocks),
        })
    }

    /// The name of a code, if it is in this bundle.
    #[must_use]
    pub fn name_of(&self, code: &Cid) -> Option<&str> {
        self.actors
            .iter()
            .find(|actor| actor.code == *code)
            .map(|actor| actor.name.as_str())
    }

    /// The code with a name, if it is in this bundle.
    #[must_use]
    pub fn code_of(&self, name: &str) -> Option<Cid> {
        self.actors
            .iter()
            .find(|actor| actor.name == name)
            .map(|actor| actor.code)
    }

    /// Which published bundle this is, if it is one.
    #[must_use]
    pub fn known(&self) -> Option<known::Known> {
        known::find(&self.manifest.to_string())
    }

    /// What to call it in messages: release and network, or its manifest.
    #[must_use]
    pub fn title(&self) -> String {
        match self.known() {
            Some(known) => format!("{} {}", known.release, known.network),
            None => format!("unpublished bundle {}", self.manifest),
        }
    }
}

fn decode<T: serde::de::DeserializeOwned>(blocks: &Frozen, cid: &Cid) -> Result<T> {
    let data = blocks
        .get(cid)
        .with_context(|| format!("block {cid} is not in the archive"))?;
    Ok(fvm_ipld_encoding::from_slice(data)?)
}

#[cfg(test)]
mod tests {
    use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
    use multihash_codetable::{Code, MultihashDigest};
    use serde::Serialize;

    use super::*;

    fn put(blocks: &mut Vec<(Cid, Vec<u8>)>, codec: u64, data: Vec<u8>) -> Cid {
        let cid = Cid::new_v1(codec, Code::Blake2b256.digest(&data));
        blocks.push((cid, data));
        cid
    }

    fn put_cbor(blocks: &mut Vec<(Cid, Vec<u8>)>, value: &impl Serialize) -> Cid {
        put(
            blocks,
            DAG_CBOR,
            fvm_ipld_encoding::to_vec(value).expect("encodes"),
        )
    }

    fn archive(roots: &[Cid], blocks: &[(Cid, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = Vec::new();
        car::write(
            &mut bytes,
            roots,
            blocks.iter().map(|(c, d)| (c, d.as_slice())),
        )
        .expect("memory takes it");
        bytes
    }

    #[test]
    fn a_bundle_names_its_actors() {
        let mut blocks = Vec::new();
        let code = put(&mut blocks, IPLD_RAW, b"\0asm".to_vec());
        let data = put_cbor(&mut blocks, &vec![("system", code)]);
        let manifest = put_cbor(&mut blocks, &(1, data));
        let bundle = Bundle::parse(&archive(&[manifest], &blocks)).expect("well formed");
        assert_eq!((bundle.manifest, bundle.data), (manifest, data));
        assert_eq!(bundle.name_of(&code), Some("system"));
        assert_eq!(bundle.code_of("system"), Some(code));
        assert_eq!(bundle.actors[0].size, 4);
        assert_eq!(bundle.known(), None);
    }

    #[track_caller]
    fn check_refused(roots: &[Cid], blocks: &[(Cid, Vec<u8>)], words: &str) {
        let error = Bundle::parse(&archive(roots, blocks)).expect_err("refused");
        let error = format!("{error:#}");
        assert!(error.contains(words), "{error}");
    }

    #[test]
    fn what_is_no_bundle_is_refused() {
        let mut blocks = Vec::new();
        let code = put(&mut blocks, IPLD_RAW, b"\0asm".to_vec());
        let data = put_cbor(&mut blocks, &vec![("system", code)]);
        let manifest = put_cbor(&mut blocks, &(1, data));
        check_refused(&[], &blocks, "this archive has 0");
        check_refused(&[manifest, data], &blocks, "this archive has 2");
        check_refused(&[data], &blocks, "the manifest");
        check_refused(&[manifest], &blocks[1..], "the code of system");
        check_refused(&[manifest], &blocks[2..], "the list of actors");
        let twice = put_cbor(&mut blocks, &vec![("system", code), ("system", code)]);
        let ambiguous = put_cbor(&mut blocks, &(1, twice));
        check_refused(&[ambiguous], &blocks, "two of the name \"system\"");
        let newer = put_cbor(&mut blocks, &(2, data));
        check_refused(&[newer], &blocks, "version 2");
    }
}
