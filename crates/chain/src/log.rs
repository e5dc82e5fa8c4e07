//! Events as Ethereum's logs, and the filter of bits that says where they are not.

use atoll_actors::evm::EthAddress;
use fvm_ipld_encoding::IPLD_RAW;
use fvm_shared::event::ActorEvent;

use crate::hash::Hash;
use crate::signed::keccak256;

/// A log, as contracts emit them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Who emitted it.
    pub address: EthAddress,
    /// At most four.
    pub topics: Vec<Hash>,
    /// The rest.
    pub data: Vec<u8>,
    /// Its place among the events of its message.
    pub event_index: usize,
}

/// The topics and data of an event that is a log (FIP-0054): raw entries named `t1` to `t4`,
/// without a gap or repetition, and `d`. `None` for other events, such as built-in actors emit.
#[must_use]
pub fn log_of_event(event: &ActorEvent) -> Option<(Vec<Hash>, Vec<u8>)> {
    let mut topics: [Option<Hash>; 4] = [None; 4];
    let mut data = None;
    for entry in &event.entries {
        if entry.codec != IPLD_RAW {
            return None;
        }
        let place = match entry.key.as_str() {
            "t1" => &mut topics[0],
            "t2" => &mut topics[1],
            "t3" => &mut topics[2],
            "t4" => &mut topics[3],
            "d" if data.is_none() => {
                data = Some(entry.value.clone());
                continue;
            }
            "d" => return None,
            _ => continue,
        };
        let topic = Hash(entry.value.as_slice().try_into().ok()?);
        if place.replace(topic).is_some() {
            return None;
        }
    }
    let count = topics.iter().flatten().count();
    if topics[..count].iter().any(Option::is_none) {
        return None;
    }
    let topics = topics.into_iter().flatten().collect();
    Some((topics, data.unwrap_or_default()))
}

/// 2048 bits of which every address and topic sets three.
#[derive(Clone, PartialEq, Eq)]
pub struct Bloom(pub Box<[u8; 256]>);

impl Default for Bloom {
    fn default() -> Self {
        Self(Box::new([0; 256]))
    }
}

impl Bloom {
    /// Adds a log.
    pub fn add_log(&mut self, log: &Log) {
        self.add(&log.address.0);
        for topic in &log.topics {
            self.add(&topic.0);
        }
    }

    /// Adds everything that another has.
    pub fn merge(&mut self, other: &Self) {
        for (byte, more) in self.0.iter_mut().zip(other.0.iter()) {
            *byte |= more;
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        for (byte, bit) in bits(bytes) {
            self.0[byte] |= bit;
        }
    }

    /// Is it possible that these bytes were added?
    #[must_use]
    pub fn may_contain(&self, bytes: &[u8]) -> bool {
        bits(bytes)
            .into_iter()
            .all(|(byte, bit)| self.0[byte] & bit != 0)
    }
}

impl std::fmt::Debug for Bloom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ones: u32 = self.0.iter().map(|byte| byte.count_ones()).sum();
        write!(f, "Bloom({ones} of 2048)")
    }
}

fn bits(bytes: &[u8]) -> [(usize, u8); 3] {
    let hash = keccak256(bytes).0;
    [0, 2, 4].map(|at| {
        let bit = usize::from(u16::from_be_bytes([hash[at], hash[at + 1]])) % 2048;
        (255 - bit / 8, 1 << (bit % 8))
    })
}

#[cfg(test)]
mod tests {
    use fvm_shared::event::{Entry, Flags};

    use super::*;

    fn entry(key: &str, value: &[u8]) -> Entry {
        Entry {
            flags: Flags::FLAG_INDEXED_ALL,
            key: key.to_owned(),
            codec: IPLD_RAW,
            value: value.to_vec(),
        }
    }

    fn event(entries: &[Entry]) -> ActorEvent {
        entries.to_vec().into()
    }

    #[test]
    fn topics_come_without_gaps_and_once() {
        let (one, two) = (entry("t1", &[1; 32]), entry("t2", &[2; 32]));
        let data = entry("d", b"data");
        let log = log_of_event(&event(&[two.clone(), data.clone(), one.clone()]));
        assert_eq!(
            log,
            Some((vec![Hash([1; 32]), Hash([2; 32])], b"data".to_vec()))
        );
        for not_a_log in [
            vec![two.clone()],
            vec![one.clone(), one.clone()],
            vec![entry("t1", &[1; 31])],
            vec![data.clone(), data.clone()],
        ] {
            assert_eq!(log_of_event(&event(&not_a_log)), None, "{not_a_log:?}");
        }
        assert_eq!(log_of_event(&event(&[])), Some((Vec::new(), Vec::new())));
    }

    #[test]
    fn what_was_added_may_be_contained() {
        let mut bloom = Bloom::default();
        assert!(!bloom.may_contain(&[7; 20]));
        bloom.add(&[7; 20]);
        assert!(bloom.may_contain(&[7; 20]));
        assert!(!bloom.may_contain(&[8; 20]));
    }
}
