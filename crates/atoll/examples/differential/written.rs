//! Cases that somebody wrote: the messages of scenario files (`vectors/README.md`).

use std::path::Path;

use anyhow::{Context, Result};
use atoll::vectors::recorded::{Kind, MessageJson, SetEnv};
use atoll_chain::message::chain_length;
use atoll_vm::ApplyKind;
use fvm_shared::message::Message;
use serde::Deserialize;

use super::plan::{EPOCH, Step};

/// What is read of a scenario. What it expects is not: here it is asked for.
#[derive(Deserialize)]
pub(crate) struct Written {
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) about: String,
    /// Where its contracts come from: kept as it stands.
    #[serde(default)]
    pub(crate) contracts: serde_json::Value,
    steps: Vec<WrittenStep>,
}

#[derive(Deserialize)]
struct WrittenStep {
    label: String,
    message: MessageJson,
    #[serde(default = "explicit")]
    kind: Kind,
    /// Absent: as long as the message is with its signature.
    raw_length: Option<usize>,
    set_env: Option<SetEnv>,
}

fn explicit() -> Kind {
    Kind::Explicit
}

impl Written {
    pub(crate) fn load(path: &Path) -> Result<Self> {
        let json = std::fs::read(path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&json).with_context(|| path.display().to_string())
    }

    /// Its messages. Of what changes around the machine, the epoch is followed, and the time with it.
    pub(crate) fn steps(&self) -> Result<Vec<Step>> {
        let mut epoch = EPOCH;
        let step = |step: &WrittenStep| -> Result<Step> {
            let set = step.set_env.as_ref().and_then(|env| env.epoch);
            epoch = set.unwrap_or(epoch);
            let message = Message::from(&step.message);
            let raw_length = match step.raw_length {
                Some(length) => length,
                None => chain_length(&message, fvm_ipld_encoding::to_vec(&message)?.len()),
            };
            Ok(Step {
                label: step.label.clone(),
                message,
                kind: match step.kind {
                    Kind::Explicit => ApplyKind::Explicit,
                    Kind::Implicit => ApplyKind::Implicit,
                },
                raw_length,
                epoch,
            })
        };
        self.steps.iter().map(step).collect()
    }
}
