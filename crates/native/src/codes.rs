//! Which code CIDs mean native code.

use atoll_actors::{Actor, ActorKind, registry};
use atoll_vm::dispatch::native_code;
use cid::Cid;

/// The code CID of a native actor: its name under the identity hash, as Filecoin had it before
/// Wasm. The number is that of the official actors whose states and answers ours match.
#[must_use]
pub fn code_of(kind: ActorKind) -> Cid {
    native_code(&format!("fil/18/{}", kind.name())).expect("every kind has a short name")
}

/// Every native actor with its code CID.
pub fn all() -> impl Iterator<Item = (Cid, &'static Actor)> {
    registry::ACTORS
        .iter()
        .map(|actor| (code_of(actor.kind), *actor))
}

/// The native actors that stand in for another chain's code: pairs of a name in its manifest and
/// a code CID.
pub fn standing_in<'a>(
    manifest: impl IntoIterator<Item = (&'a str, Cid)>,
) -> impl Iterator<Item = (Cid, &'static Actor)> {
    manifest.into_iter().filter_map(|(name, code)| {
        let actor = registry::ACTORS
            .iter()
            .find(|actor| actor.kind.name() == name)?;
        Some((code, *actor))
    })
}
