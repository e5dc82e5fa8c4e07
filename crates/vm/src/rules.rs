//! What differs between network versions besides prices and the table of syscalls.
//!
//! This is the adapter: code elsewhere asks a rule by its name and never compares versions.

use fvm_shared::version::NetworkVersion;

use crate::blocks::LinkRules;

/// The rules of one network version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Which links an actor may follow.
    pub links: LinkRules,
    /// Is a forbidden codec refused before the block is paid for, or after?
    pub codec_checked_first: bool,
    /// How many epochs back the key of a tipset may be asked for.
    pub tipset_lookback_max: Option<i64>,
    /// A call that is refused for its depth leaves the gas limit in force that its caller put on
    /// it. A slip of the early machine that its receipts depend on.
    pub too_deep_keeps_limit: bool,
}

/// Versions 18 to 20, with the machine of version 3.
const V18: Rules = Rules {
    links: LinkRules::Trusted,
    codec_checked_first: false,
    tipset_lookback_max: Some(899), // Finality: 900 epochs.
    too_deep_keeps_limit: true,
};

/// From version 21, with the machine of version 4.
const V21: Rules = Rules {
    links: LinkRules::Tracked,
    codec_checked_first: true,
    tipset_lookback_max: None,
    too_deep_keeps_limit: false,
};

impl Rules {
    /// The rules of a network version; `None` if this machine does not know it.
    ///
    /// Versions 16 and 17 would come in here: their state tree, syscalls and prices are older
    /// still.
    #[must_use]
    pub fn of(version: NetworkVersion) -> Option<&'static Self> {
        match u32::from(version) {
            18..=20 => Some(&V18),
            21..=28 => Some(&V21),
            _ => None,
        }
    }
}
