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
    use std::fmt::Write;

    use expect_test::expect_file;
    use multihash_codetable::{Code, MultihashDigest};

    use super::*;
    use crate::method::{Callers, EXPORTED_METHOD_MIN, Fallback};

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

    #[test]
    fn methods_are_listed() {
        let mut text = String::from(
            "# Methods of the built-in actors\n\nGenerated from their tables (`UPDATE_EXPECT=1 cargo test -p atoll-actors methods_are_listed`). \
             Parameters and\nanswers are the Rust types of this crate, in DAG-CBOR; an empty cell is no block at all. \
             Numbers from 2^24 up\nfollow from the name (FRC-42).\n",
        );
        for actor in ACTORS {
            write!(text, "\n## {}\n\n", actor.kind.name()).expect("strings grow");
            match actor.state.name {
                "" => writeln!(text, "Has no state."),
                state => writeln!(text, "Its state is `{state}`."),
            }
            .expect("strings grow");
            if actor.restrict_internal {
                writeln!(
                    text,
                    "Contracts and actors that are not built in may not call numbers below 2^24 (18)."
                )
                .expect("strings grow");
            }
            let otherwise = match actor.fallback {
                Fallback::Refuse => "fails (22)",
                Fallback::AcceptExported => "fails below 2^24 (22), and does nothing from there up",
                Fallback::Accept => "does nothing",
                Fallback::Custom(_) => "is for its code to judge",
            };
            writeln!(text, "A number that is not listed {otherwise}.").expect("strings grow");
            if actor.methods.is_empty() {
                continue;
            }
            text.push_str("\n| number | name | parameters | returns | who may call |\n| --- | --- | --- | --- | --- |\n");
            for method in actor.methods {
                let callers = match method.callers {
                    Callers::Any => "anyone".to_owned(),
                    Callers::BuiltIn => "built-in actors".to_owned(),
                    Callers::Kinds(kinds) => {
                        let names: Vec<_> = kinds.iter().map(|kind| kind.name()).collect();
                        names.join(", ")
                    }
                    Callers::Named(name) => name.to_owned(),
                };
                writeln!(
                    text,
                    "| {} | {} | {} | {} | {callers} |",
                    method.number,
                    method.name,
                    code(method.params.name),
                    code(method.returns.name),
                )
                .expect("strings grow");
            }
        }
        expect_file!["../METHODS.md"].assert_eq(&text);
    }

    fn code(name: &str) -> String {
        match name {
            "" => String::new(),
            name => format!("`{name}`"),
        }
    }
}
