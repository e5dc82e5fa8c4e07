//! Choices that a seed makes.

/// SplitMix64: small, and good enough to tell stories.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u64,
}

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 if there is none.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// The same, for epochs.
    pub(crate) fn epochs(&mut self, end: i64) -> i64 {
        self.below(end.max(0) as u64) as i64
    }

    /// Yes, once in `n` times.
    pub(crate) fn once_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    pub(crate) fn one_of<T: Clone>(&mut self, items: &[T]) -> Option<T> {
        let place = self.below(items.len() as u64) as usize;
        items.get(place).cloned()
    }

    /// Up to `most` different items.
    pub(crate) fn some_of<T: Clone>(&mut self, items: &[T], most: u64) -> Vec<T> {
        let mut left = items.to_vec();
        let mut chosen = Vec::new();
        for _ in 0..=self.below(most) {
            if left.is_empty() {
                break;
            }
            let place = self.below(left.len() as u64) as usize;
            chosen.push(left.swap_remove(place));
        }
        chosen
    }
}
