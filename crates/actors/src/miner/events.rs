//! What a miner announces (FIP-0083).

use cid::Cid;
use fvm_shared::sector::SectorNumber;

use crate::error::ActorError;
use crate::events::EventBuilder;
use crate::runtime::Runtime;

/// A piece: its commitment and size.
pub(super) type Piece = (Cid, u64);

/// A sector is pre-committed.
pub(super) fn sector_precommitted(
    rt: &dyn Runtime,
    sector: SectorNumber,
) -> Result<(), ActorError> {
    EventBuilder::new("sector-precommitted")
        .indexed("sector", &sector)
        .emit(rt)
}

/// A sector is proven.
pub(super) fn sector_activated(
    rt: &dyn Runtime,
    sector: SectorNumber,
    unsealed_cid: Option<Cid>,
    pieces: &[Piece],
) -> Result<(), ActorError> {
    with_content("sector-activated", sector, unsealed_cid, pieces).emit(rt)
}

/// A sector has new content.
pub(super) fn sector_updated(
    rt: &dyn Runtime,
    sector: SectorNumber,
    unsealed_cid: Option<Cid>,
    pieces: &[Piece],
) -> Result<(), ActorError> {
    with_content("sector-updated", sector, unsealed_cid, pieces).emit(rt)
}

/// A sector has ended early, and has paid for it.
pub(super) fn sector_terminated(rt: &dyn Runtime, sector: SectorNumber) -> Result<(), ActorError> {
    EventBuilder::new("sector-terminated")
        .indexed("sector", &sector)
        .emit(rt)
}

fn with_content(
    kind: &str,
    sector: SectorNumber,
    unsealed_cid: Option<Cid>,
    pieces: &[Piece],
) -> EventBuilder {
    let event = EventBuilder::new(kind)
        .indexed("sector", &sector)
        .indexed("unsealed-cid", &unsealed_cid);
    pieces.iter().fold(event, |event, (cid, size)| {
        event.indexed("piece-cid", cid).field("piece-size", size)
    })
}
