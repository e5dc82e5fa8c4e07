//! A deal: what the client signed, and where it stands.

use cid::{Cid, Version};
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::commcid::{FIL_COMMITMENT_UNSEALED, SHA2_256_TRUNC254_PADDED};
use fvm_shared::crypto::signature::Signature;
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::PaddedPieceSize;
use fvm_shared::sector::SectorNumber;
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What client and provider agree on. On chain, both are named by their ID addresses; the client
/// may have signed others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct DealProposal {
    /// The data.
    pub piece_cid: Cid,
    /// Its padded size.
    pub piece_size: PaddedPieceSize,
    /// Does the client spend datacap on it?
    pub verified: bool,
    /// Who pays.
    pub client: Address,
    /// Who stores: a miner actor.
    pub provider: Address,
    /// Whatever the client wants to remember.
    pub label: Label,
    /// The data must be in a proven sector by then.
    pub start_epoch: ChainEpoch,
    /// The data may be dropped from then on.
    pub end_epoch: ChainEpoch,
    /// Paid for each epoch from start to end.
    pub price_per_epoch: TokenAmount,
    /// Burnt if the provider fails.
    pub provider_collateral: TokenAmount,
    /// Returned to the client at the end.
    pub client_collateral: TokenAmount,
}

impl DealProposal {
    /// How many epochs are paid for. Published deals have a positive duration.
    #[must_use]
    pub fn duration(&self) -> ChainEpoch {
        self.end_epoch.saturating_sub(self.start_epoch)
    }

    /// The price of all epochs.
    #[must_use]
    pub fn total_price(&self) -> TokenAmount {
        &self.price_per_epoch * self.duration()
    }

    /// What the client must have in escrow.
    #[must_use]
    pub fn client_lockup(&self) -> TokenAmount {
        &self.client_collateral + self.total_price()
    }
}

/// A proposal with its client's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ClientDealProposal {
    /// What was signed.
    pub proposal: DealProposal,
    /// By whom it was is for the client's `AuthenticateMessage` to say.
    pub signature: Signature,
}

/// Where an activated deal stands. Epochs are -1 until they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct DealState {
    /// The sector that holds the data.
    pub sector: SectorNumber,
    /// When the data was committed.
    pub sector_start_epoch: ChainEpoch,
    /// Up to when the provider was paid.
    pub last_updated_epoch: ChainEpoch,
    /// When the sector was terminated. Only deals terminated before v13, which removes them at
    /// once, carry it.
    pub slash_epoch: ChainEpoch,
}

/// Words of the client: text or bytes (FIP-0027).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Label {
    /// A CBOR text string.
    Text(String),
    /// A CBOR byte string.
    Bytes(Vec<u8>),
}

impl Label {
    /// Its length in bytes.
    #[must_use]
    pub fn byte_count(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
        }
    }
}

impl Serialize for Label {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Bytes(bytes) => serializer.serialize_bytes(bytes),
        }
    }
}

impl<'de> Deserialize<'de> for Label {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrBytes;

        impl Visitor<'_> for TextOrBytes {
            type Value = Label;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("text or bytes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Label, E> {
                Ok(Label::Text(text.to_owned()))
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Label, E> {
                Ok(Label::Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_any(TextOrBytes)
    }
}

/// Is this the commitment of a piece (CommP)?
#[must_use]
pub fn is_piece_cid(cid: &Cid) -> bool {
    cid.version() == Version::V1
        && cid.codec() == FIL_COMMITMENT_UNSEALED
        && cid.hash().code() == SHA2_256_TRUNC254_PADDED
        && cid.hash().size() == 32
}
