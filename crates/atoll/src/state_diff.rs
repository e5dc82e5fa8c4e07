//! What differs between two state trees, without reading what they share.
//!
//! A state tree is a HAMT of actors behind a small root block. Two trees are walked side by
//! side and only where their nodes differ, so a state of which only the touched nodes are at
//! hand (as in fvm-test-vectors) can be compared.

use std::collections::BTreeMap;
use std::fmt;

use anyhow::{Context, Result, bail, ensure};
use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::bigint::bigint_ser;
use fvm_shared::econ::TokenAmount;
use ipld_core::ipld::Ipld;

use crate::ipld::show;

/// An actor as the state tree holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorEntry {
    /// Its code.
    pub code: Cid,
    /// Its state.
    pub head: Cid,
    /// How many messages it has sent.
    pub sequence: u64,
    /// What it holds.
    pub balance: TokenAmount,
    /// Its f4 address; trees before version 5 have none.
    pub delegated: Option<Address>,
}

/// An actor that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActorChange {
    /// In the first tree.
    pub before: Option<ActorEntry>,
    /// In the second tree.
    pub after: Option<ActorEntry>,
}

/// Lists the actors that differ between two states.
pub fn diff(
    store: &dyn Blockstore,
    before: &Cid,
    after: &Cid,
) -> Result<BTreeMap<ActorID, ActorChange>> {
    let mut changed = Entries::default();
    if before != after {
        let before = actors_root(store, before).context("the first state")?;
        let after = actors_root(store, after).context("the second state")?;
        diff_nodes(store, &before, &after, 0, &mut changed)?;
    }
    let mut changes = BTreeMap::new();
    for (key, (before, after)) in changed.0 {
        if before == after {
            continue;
        }
        let id = actor_id(&key)?;
        let entry = |ipld: Option<Ipld>| {
            ipld.map(actor_entry)
                .transpose()
                .with_context(|| format!("actor f0{id}"))
        };
        changes.insert(
            id,
            ActorChange {
                before: entry(before)?,
                after: entry(after)?,
            },
        );
    }
    Ok(changes)
}

/// Every actor of a state.
pub fn actors(store: &dyn Blockstore, root: &Cid) -> Result<BTreeMap<ActorID, ActorEntry>> {
    let mut all = Entries::default();
    collect(store, &actors_root(store, root)?, Side::Before, 0, &mut all)?;
    all.0
        .into_iter()
        .filter_map(|(key, (entry, _))| Some((key, entry?)))
        .map(|(key, entry)| {
            let id = actor_id(&key)?;
            Ok((
                id,
                actor_entry(entry).with_context(|| format!("actor f0{id}"))?,
            ))
        })
        .collect()
}

/// The first place where two blocks differ, links followed as far as both blocks are at hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockDifference {
    /// The way there: positions and keys, a slash where a link was followed.
    pub path: String,
    /// There in the first.
    pub before: String,
    /// There in the second.
    pub after: String,
}

impl fmt::Display for BlockDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "state{}: {} -> {}", self.path, self.before, self.after)
    }
}

/// Finds the first difference below two CIDs; `None` if they are equal or not at hand.
pub fn first_difference(
    store: &dyn Blockstore,
    before: &Cid,
    after: &Cid,
) -> Result<Option<BlockDifference>> {
    if before == after {
        return Ok(None);
    }
    let (Some(before), Some(after)) = (load(store, before)?, load(store, after)?) else {
        return Ok(None);
    };
    compare(store, &before, &after, 0, String::new())
}

/// Enough for every state of the built-in actors.
const LINKS_FOLLOWED_MAX: u32 = 64;

fn compare(
    store: &dyn Blockstore,
    before: &Ipld,
    after: &Ipld,
    links: u32,
    path: String,
) -> Result<Option<BlockDifference>> {
    match (before, after) {
        _ if before == after => return Ok(None),
        (Ipld::List(a), Ipld::List(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                let found = compare(store, a, b, links, format!("{path}[{index}]"))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        (Ipld::Map(a), Ipld::Map(b)) if a.keys().eq(b.keys()) => {
            for (key, a) in a {
                let found = compare(store, a, &b[key], links, format!("{path}.{key}"))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        (Ipld::Link(a), Ipld::Link(b)) if links < LINKS_FOLLOWED_MAX => {
            if let (Some(a), Some(b)) = (load(store, a)?, load(store, b)?) {
                let found = compare(store, &a, &b, links + 1, format!("{path}/"))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
        }
        _ => {}
    }
    Ok(Some(BlockDifference {
        path,
        before: show(before),
        after: show(after),
    }))
}

fn load(store: &dyn Blockstore, cid: &Cid) -> Result<Option<Ipld>> {
    if cid.codec() != DAG_CBOR {
        return Ok(None);
    }
    store
        .get(cid)?
        .map(|data| Ok(fvm_ipld_encoding::from_slice(&data)?))
        .transpose()
}

/// What is under a key in the first and in the second tree.
#[derive(Default)]
struct Entries(BTreeMap<Vec<u8>, (Option<Ipld>, Option<Ipld>)>);

#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

impl Entries {
    fn add(&mut self, side: Side, key: Vec<u8>, value: Ipld) {
        let entry = self.0.entry(key).or_default();
        match side {
            Side::Before => entry.0 = Some(value),
            Side::After => entry.1 = Some(value),
        }
    }
}

/// The HAMT of actors behind the root block `[version, actors, info]`.
fn actors_root(store: &dyn Blockstore, root: &Cid) -> Result<Cid> {
    let data = store
        .get(root)?
        .with_context(|| format!("state root {root} is not there"))?;
    let (version, actors, _info): (u64, Cid, Cid) = fvm_ipld_encoding::from_slice(&data)
        .with_context(|| format!("{root} is not the root of a state"))?;
    ensure!(
        matches!(version, 4 | 5),
        "state tree version {version}; 4 and 5 are known here"
    );
    Ok(actors)
}

/// A key's hash has 256 bits and a level takes 5 of them. Whatever is deeper was made to harm.
const DEPTH_MAX: u32 = 52;

fn diff_nodes(
    store: &dyn Blockstore,
    before: &Cid,
    after: &Cid,
    depth: u32,
    out: &mut Entries,
) -> Result<()> {
    let before = node(store, before, depth)?;
    let mut after = node(store, after, depth)?;
    for (position, a) in before {
        match (a, after.remove(&position)) {
            (Pointer::Link(a), Some(Pointer::Link(b))) if a == b => {}
            (Pointer::Link(a), Some(Pointer::Link(b))) => {
                diff_nodes(store, &a, &b, depth + 1, out)?;
            }
            (a, b) => {
                collect_pointer(store, a, Side::Before, depth, out)?;
                if let Some(b) = b {
                    collect_pointer(store, b, Side::After, depth, out)?;
                }
            }
        }
    }
    for (_, pointer) in after {
        collect_pointer(store, pointer, Side::After, depth, out)?;
    }
    Ok(())
}

fn collect(
    store: &dyn Blockstore,
    cid: &Cid,
    side: Side,
    depth: u32,
    out: &mut Entries,
) -> Result<()> {
    for (_, pointer) in node(store, cid, depth)? {
        collect_pointer(store, pointer, side, depth, out)?;
    }
    Ok(())
}

fn collect_pointer(
    store: &dyn Blockstore,
    pointer: Pointer,
    side: Side,
    depth: u32,
    out: &mut Entries,
) -> Result<()> {
    match pointer {
        Pointer::Link(cid) => collect(store, &cid, side, depth + 1, out),
        Pointer::Bucket(entries) => {
            for (key, value) in entries {
                out.add(side, key, value);
            }
            Ok(())
        }
    }
}

enum Pointer {
    Link(Cid),
    Bucket(Vec<(Vec<u8>, Ipld)>),
}

/// Reads a HAMT node `[bitfield, [pointer, ...]]`; a pointer is a link or a bucket of pairs.
fn node(store: &dyn Blockstore, cid: &Cid, depth: u32) -> Result<BTreeMap<usize, Pointer>> {
    ensure!(
        depth <= DEPTH_MAX,
        "the state tree is deeper than any key is long"
    );
    let data = store
        .get(cid)?
        .with_context(|| format!("state tree node {cid} is not there"))?;
    let ipld: Ipld = fvm_ipld_encoding::from_slice(&data)?;
    let parsed = parse_node(ipld);
    parsed.with_context(|| format!("{cid} is not a node of a state tree"))
}

fn parse_node(ipld: Ipld) -> Option<BTreeMap<usize, Pointer>> {
    let [Ipld::Bytes(bits), Ipld::List(pointers)] = list::<2>(ipld)? else {
        return None;
    };
    // The bit field is a big-endian number: position 0 is the lowest bit of the last byte.
    let positions: Vec<usize> = bits
        .iter()
        .rev()
        .enumerate()
        .flat_map(|(byte, bits)| {
            (0..8)
                .filter(move |bit| bits >> bit & 1 == 1)
                .map(move |bit| byte * 8 + bit)
        })
        .collect();
    if positions.len() != pointers.len() {
        return None;
    }
    let pointers = pointers.into_iter().map(|pointer| match pointer {
        Ipld::Link(cid) => Some(Pointer::Link(cid)),
        Ipld::List(bucket) => {
            let entries = bucket.into_iter().map(|pair| match list::<2>(pair)? {
                [Ipld::Bytes(key), value] => Some((key, value)),
                _ => None,
            });
            Some(Pointer::Bucket(entries.collect::<Option<_>>()?))
        }
        _ => None,
    });
    positions
        .into_iter()
        .zip(pointers)
        .map(|(at, pointer)| Some((at, pointer?)))
        .collect()
}

fn list<const N: usize>(ipld: Ipld) -> Option<[Ipld; N]> {
    match ipld {
        Ipld::List(items) => items.try_into().ok(),
        _ => None,
    }
}

fn actor_id(key: &[u8]) -> Result<ActorID> {
    let address = Address::from_bytes(key).context("a key of the state tree")?;
    Ok(address.id()?)
}

fn actor_entry(ipld: Ipld) -> Result<ActorEntry> {
    let Ipld::List(mut fields) = ipld else {
        bail!("not a list of fields")
    };
    // Version 4 of the tree has four fields, version 5 has the address as the fifth.
    let delegated = match fields.len() {
        4 => None,
        5 => match fields.remove(4) {
            Ipld::Null => None,
            Ipld::Bytes(bytes) => Some(Address::from_bytes(&bytes)?),
            other => bail!("an address that is {}", show(&other)),
        },
        count => bail!("{count} fields"),
    };
    match <[Ipld; 4]>::try_from(fields) {
        Ok(
            [
                Ipld::Link(code),
                Ipld::Link(head),
                Ipld::Integer(sequence),
                Ipld::Bytes(balance),
            ],
        ) => Ok(ActorEntry {
            code,
            head,
            sequence: u64::try_from(sequence).context("its sequence")?,
            balance: amount(&balance)?,
            delegated,
        }),
        _ => bail!("fields of other types than an actor's"),
    }
}

/// An amount as a byte string: a sign byte, then the magnitude; empty is zero.
fn amount(bytes: &[u8]) -> Result<TokenAmount> {
    let cbor = fvm_ipld_encoding::to_vec(&fvm_ipld_encoding::BytesSer(bytes))?;
    let bigint_ser::BigIntDe(atto) = fvm_ipld_encoding::from_slice(&cbor).context("its balance")?;
    Ok(TokenAmount::from_atto(atto))
}
