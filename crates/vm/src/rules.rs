//! What differs between network versions besides prices and the table of syscalls.
//!
//! This is the adapter: code elsewhere asks a rule by its name and never compares versions.

use fvm_ipld_encoding::{CBOR, DAG_CBOR};
use fvm_shared::state::StateTreeVersion;
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
    /// How many calls may nest beyond the limit on their depth. Long ago the message itself was
    /// not counted.
    pub calls_beyond_depth_max: u32,
    /// Is every block DAG-CBOR, the parameters of messages included?
    pub dag_cbor_only: bool,
    /// Does the limit on the length of a block hold? Without it, gas was the only limit.
    pub block_size_limited: bool,
    /// May the signer of a signature be named by any address of an account, which is then read?
    pub signers_resolved: bool,
    /// Were batches of seals paid for when they were queued?
    pub seal_batches_prepaid: bool,
    /// The format of the state tree.
    pub state_tree: StateTreeVersion,
}

/// Version 17, with the machine of version 2: only built-in actors, which were trusted.
const V17: Rules = Rules {
    too_deep_keeps_limit: false,
    calls_beyond_depth_max: 1,
    dag_cbor_only: true,
    block_size_limited: false,
    signers_resolved: true,
    seal_batches_prepaid: true,
    state_tree: StateTreeVersion::V4,
    ..V18
};

/// Versions 18 to 20, with the machine of version 3.
const V18: Rules = Rules {
    links: LinkRules::Trusted,
    codec_checked_first: false,
    tipset_lookback_max: Some(899), // Finality: 900 epochs.
    too_deep_keeps_limit: true,
    calls_beyond_depth_max: 0,
    dag_cbor_only: false,
    block_size_limited: true,
    signers_resolved: false,
    seal_batches_prepaid: false,
    state_tree: StateTreeVersion::V5,
};

/// From version 21, with the machine of version 4.
const V21: Rules = Rules {
    links: LinkRules::Tracked,
    codec_checked_first: true,
    tipset_lookback_max: None,
    too_deep_keeps_limit: false,
    ..V18
};

impl Rules {
    /// The format of parameters that come from outside. Links in them reach nothing, so since
    /// nv18 it is plain CBOR.
    pub(crate) fn params_codec(&self) -> u64 {
        if self.dag_cbor_only { DAG_CBOR } else { CBOR }
    }

    /// The rules of a network version; `None` if this machine does not know it.
    ///
    /// Version 16 would come in here. The machine of version 17 ran it too; only its actors and
    /// their manifest differ.
    #[must_use]
    pub fn of(version: NetworkVersion) -> Option<&'static Self> {
        match u32::from(version) {
            17 => Some(&V17),
            18..=20 => Some(&V18),
            21..=28 => Some(&V21),
            _ => None,
        }
    }
}
