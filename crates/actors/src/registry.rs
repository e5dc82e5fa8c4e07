//! Every built-in actor there is. Adding one touches its own folder and this table.

use crate::kinds::ActorKind;
use crate::method::Actor;

/// Every built-in actor, in the order of their kinds.
pub static ACTORS: &[&Actor] = &[
    &crate::system::ACTOR,
    &crate::init::ACTOR,
    &crate::cron::ACTOR,
    &crate::account::ACTOR,
    &crate::power::ACTOR,
    &crate::miner::ACTOR,
    &crate::market::ACTOR,
    &crate::paych::ACTOR,
    &crate::multisig::ACTOR,
    &crate::reward::ACTOR,
    &crate::verifreg::ACTOR,
    &crate::datacap::ACTOR,
    &crate::placeholder::ACTOR,
    &crate::evm::ACTOR,
    &crate::eam::ACTOR,
    &crate::ethaccount::ACTOR,
];

/// The actor of a kind, if there is a native one.
#[must_use]
pub fn actor(kind: ActorKind) -> Option<&'static Actor> {
    ACTORS.iter().copied().find(|actor| actor.kind == kind)
}

#[cfg(test)]
mod tests {
    use multihash_codetable::{Code, MultihashDigest};

    use super::*;
    use crate::method::EXPORTED_METHOD_MIN;

    /// The number that FRC-42 gives a name: the first four bytes of its hash that make one above
    /// the reserved.
    fn frc42_number(name: &str) -> u64 {
        let hash = Code::Blake2b512.digest(format!("1|{name}").as_bytes());
        let numbers = hash.digest().chunks_exact(4).map(|chunk| {
            u64::from(u32::from_be_bytes(
                chunk.try_into().expect("chunks of four"),
            ))
        });
        numbers
            .into_iter()
            .find(|number| *number >= EXPORTED_METHOD_MIN)
            .expect("one of sixteen")
    }

    #[test]
    fn actors_are_in_order() {
        assert!(ACTORS.is_sorted_by_key(|actor| actor.kind as u32));
        for actor in ACTORS {
            assert!(
                actor.methods.is_sorted_by(|a, b| a.number < b.number),
                "{:?}",
                actor.kind
            );
        }
    }

    #[test]
    fn exported_numbers_follow_from_names() {
        assert_eq!(frc42_number("InvokeEVM"), 3_844_450_837);
        for actor in ACTORS {
            for method in actor
                .methods
                .iter()
                .filter(|m| m.number >= EXPORTED_METHOD_MIN)
            {
                assert_eq!(frc42_number(method.name), method.number, "{method:?}");
            }
        }
    }
}
