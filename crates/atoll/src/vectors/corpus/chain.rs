//! The chain around a vector: answers to the questions that were asked when it was recorded.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use atoll_vm::Externs;
use cid::Cid;
use fvm_shared::clock::ChainEpoch;
use serde::Deserialize;

/// A source of randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The ticket chain.
    Chain,
    /// The beacon.
    Beacon,
}

/// The chain as fvm-test-vectors record it: answers to the questions that were asked.
#[derive(Debug)]
pub struct CorpusChain(pub BTreeMap<(Source, ChainEpoch), [u8; 32]>);

impl CorpusChain {
    fn answer(&self, source: Source, epoch: ChainEpoch) -> [u8; 32] {
        // The recorders of the vectors agreed on this for any other question.
        const OTHERWISE: [u8; 32] = *b"i_am_random_____i_am_random_____";
        self.0.get(&(source, epoch)).copied().unwrap_or(OTHERWISE)
    }
}

impl Externs for CorpusChain {
    fn chain_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(self.answer(Source::Chain, epoch))
    }

    fn beacon_randomness(&self, epoch: ChainEpoch) -> Result<[u8; 32]> {
        Ok(self.answer(Source::Beacon, epoch))
    }

    fn tipset_cid(&self, epoch: ChainEpoch) -> Result<Cid> {
        bail!("the vector does not say which tipset was at epoch {epoch}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_that_were_not_recorded_have_a_fixed_answer() {
        let chain = CorpusChain([((Source::Chain, 5), [1; 32])].into());
        assert_eq!(chain.chain_randomness(5).expect("recorded"), [1; 32]);
        let otherwise = *b"i_am_random_____i_am_random_____";
        assert_eq!(
            chain.beacon_randomness(5).expect("always answers"),
            otherwise
        );
        assert_eq!(
            chain.chain_randomness(6).expect("always answers"),
            otherwise
        );
    }
}
