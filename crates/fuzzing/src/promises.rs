//! What the machine promises of every message.

use std::sync::Arc;

use atoll_testkit::play::{self, Play};
use atoll_testkit::rule::Outcome;
use atoll_testkit::world::{self, BLS_ACCOUNT, BURNT, PLACEHOLDER, REWARD, SENDER};
use atoll_vm::{ApplyError, ApplyKind, Runner};
use fvm_shared::econ::TokenAmount;

/// How many inputs share an engine. It keeps every module that it ever compiled.
const INPUTS_OF_AN_ENGINE: u32 = 2_000;

thread_local! {
    static RUNNER: std::cell::RefCell<(u32, Arc<dyn Runner>)> =
        std::cell::RefCell::new((0, play::runner()));
}

fn runner() -> Arc<dyn Runner> {
    RUNNER.with_borrow_mut(|(inputs, runner)| {
        *inputs += 1;
        if *inputs > INPUTS_OF_AN_ENGINE {
            (*inputs, *runner) = (0, play::runner());
        }
        Arc::clone(runner)
    })
}

/// Applies a message twice and checks what must hold whatever it is. `None` if it was malformed.
///
/// # Panics
/// If a promise is broken.
pub(crate) fn check(play: &Play<'_>) -> Option<Outcome> {
    let runner = runner();
    let first = applied(&runner, play);
    let again = applied(&runner, play);
    let (first, again) = match (first, again) {
        (Some(first), Some(again)) => (first, again),
        (None, None) => return None,
        _ => panic!("malformed only once"),
    };
    assert_eq!(first.describe(), again.describe(), "two runs differ");

    let supply = |actors: &world::Actors| -> TokenAmount {
        actors.values().map(|actor| actor.balance.clone()).sum()
    };
    assert_eq!(
        supply(&first.before),
        supply(&first.after),
        "funds out of nothing, or lost"
    );
    assert!(
        first
            .after
            .values()
            .all(|actor| !actor.balance.is_negative())
    );
    if play.kind == ApplyKind::Explicit {
        let limit = play.message.gas_limit;
        assert!(first.gas_used <= limit, "{} of {limit} gas", first.gas_used);
    }
    if first.exit_code != 0 {
        check_nothing_is_left(play, &first);
    }
    Some(first)
}

fn applied(runner: &Arc<dyn Runner>, play: &Play<'_>) -> Option<Outcome> {
    match play::apply(runner, play) {
        Ok(outcome) => Some(outcome),
        Err(ApplyError::Malformed(_)) => None,
        Err(ApplyError::Fatal(fatal)) => panic!("a message is no trouble of the node's: {fatal}"),
    }
}

/// A message that fails is counted and paid for, and that is all.
fn check_nothing_is_left(play: &Play<'_>, outcome: &Outcome) {
    let is_paid = play.base_fee > 0 && play.kind == ApplyKind::Explicit;
    let (mut before, mut after) = (outcome.before.clone(), outcome.after.clone());
    for actors in [&mut before, &mut after] {
        for (id, actor) in actors.iter_mut() {
            let is_sender = [SENDER, BLS_ACCOUNT, PLACEHOLDER].contains(id);
            if is_sender {
                actor.sequence = 0;
            }
            if is_paid && (is_sender || [REWARD, BURNT].contains(id)) {
                actor.balance = TokenAmount::default();
            }
            if is_paid && *id == PLACEHOLDER {
                // One that sends becomes an Ethereum account, whatever comes of its message.
                actor.code = world::cid(0, b"");
            }
        }
    }
    assert!(before == after, "left behind:\n{}", outcome.describe());
}

/// An honest actor, after whatever happened before: it finds the host as it should be.
pub(crate) fn check_host_is_intact(module: &[u8]) {
    let rule = atoll_testkit::rule::Rule::new(String::new());
    let outcome = check(&Play::of(&rule, module)).expect("it is well formed");
    assert_eq!(outcome.exit_code, 0, "{}", outcome.describe());
}
