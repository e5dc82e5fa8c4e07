//! The market's events (FIP-0083).

use fvm_shared::deal::DealID;

use crate::error::ActorError;
use crate::events::EventBuilder;
use crate::market::deal::DealProposal;
use crate::runtime::Runtime;

/// What happened to a deal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DealEvent {
    Published,
    Activated,
    Terminated,
    Completed,
}

impl DealEvent {
    /// Tells the world. A published deal's parties are ID addresses.
    pub(super) fn emit(
        self,
        rt: &dyn Runtime,
        id: DealID,
        proposal: &DealProposal,
    ) -> Result<(), ActorError> {
        let kind = match self {
            Self::Published => "deal-published",
            Self::Activated => "deal-activated",
            Self::Terminated => "deal-terminated",
            Self::Completed => "deal-completed",
        };
        EventBuilder::new(kind)
            .indexed("id", &id)
            .indexed("client", &proposal.client_id()?)
            .indexed("provider", &proposal.provider_id()?)
            .emit(rt)
    }
}
