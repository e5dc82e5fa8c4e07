//! Runs a vector and compares what the machine did.

use std::sync::Arc;

use anyhow::{Result, ensure};
use atoll_actors::ids;
use atoll_vm::{ApplyKind, Context, Executor};
use fvm_shared::ActorID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::receipt;
use fvm_shared::version::NetworkVersion;

use super::chain::CorpusChain;
use super::{Postconditions, Preconditions, Receipt, Variant, Vector};
use crate::store::{Frozen, Layered};
use crate::vectors::json::{Atto, Hex};
use crate::vectors::lab::{Lab, Opened};
use crate::vectors::report::{Difference, Outcome, Plain, same};
use crate::vectors::roots::explain_roots;

/// Runs a vector: every message, on every variant.
pub fn run(lab: &Lab, mut vector: Vector) -> Result<Outcome> {
    if let Some(reason) = vector.why_not() {
        return Ok(Outcome::Skipped(reason));
    }
    let state = Arc::new(Frozen::from_car(vector.take_state()?));
    let chain = Arc::new(CorpusChain(vector.randomness()?));
    let mut steps = 0;
    for variant in &vector.preconditions.variants {
        let root = vector.preconditions.state_tree.root_cid.cid.0;
        let opened = lab.open(context(&vector, variant), &state, root, chain.clone())?;
        let (mut executor, store) = match opened {
            Opened::Ready(executor, store) => (*executor, store),
            Opened::Unable(reason) => return Ok(Outcome::Skipped(reason)),
        };
        let mut ended = run_variant(&vector, &mut executor, &store)?;
        let mut step = format!("variant {}", variant.id);
        let plays_natively = variant.nv >= NATIVES_SINCE && vector.is_for(&UNCHANGED)?;
        if ended.is_ok() && plays_natively {
            let context = context(&vector, variant);
            let (mut natives, _) = lab.open_natively(context, &state, root, chain.clone())?;
            ended = run_natively(&vector, &mut natives, &mut executor)?;
            step.push_str(", natively");
        }
        if let Err(difference) = ended {
            return Ok(Outcome::Failed(difference.at_step(step)));
        }
        steps += vector.apply_messages.len();
    }
    Ok(Outcome::Passed {
        steps,
        gas: Vec::new(),
    })
}

fn context(vector: &Vector, variant: &Variant) -> Context {
    const EPOCH_SECONDS: u64 = 30;
    const BASE_FEE: u64 = 100;
    const FIL_TOTAL: u64 = 2_000_000_000;
    let Preconditions {
        basefee,
        circ_supply,
        ..
    } = &vector.preconditions;
    let mut context = Context::new(NetworkVersion::new(variant.nv));
    context.epoch = variant.epoch;
    context.timestamp = variant.epoch.unsigned_abs().saturating_mul(EPOCH_SECONDS);
    context.base_fee = match basefee {
        Some(Atto(amount)) => amount.clone(),
        None => TokenAmount::from_atto(BASE_FEE),
    };
    context.circulating_supply = match circ_supply {
        Some(Atto(amount)) => amount.clone(),
        None => TokenAmount::from_whole(FIL_TOTAL),
    };
    context
}

/// Applies the messages and compares. The outer error means that the machine gave up.
fn run_variant(
    vector: &Vector,
    executor: &mut Executor,
    store: &Layered,
) -> Result<Result<(), Box<Difference>>> {
    let Postconditions {
        receipts,
        state_tree,
    } = &vector.postconditions;
    ensure!(
        receipts.len() == vector.apply_messages.len(),
        "the vector has {} receipts for {} messages",
        receipts.len(),
        vector.apply_messages.len()
    );
    for (index, (apply, expected)) in vector.apply_messages.iter().zip(receipts).enumerate() {
        let (message, length) = apply.message()?;
        let applied = executor.apply(&message, ApplyKind::Explicit, length)?;
        if let Err(mut difference) = compare_receipt(expected, &applied.receipt) {
            difference
                .notes
                .extend(applied.failure.iter().map(ToString::to_string));
            return Ok(Err(difference.at_step(format!("message {index}"))));
        }
    }
    let (expected, got) = (state_tree.root_cid.cid.0, executor.flush()?);
    Ok(match same("state root", &Plain(expected), &Plain(got)) {
        Ok(()) => Ok(()),
        Err(mut difference) => {
            difference.notes = explain_roots(store, &expected, &got, executor.manifest());
            Err(difference)
        }
    })
}

/// Actors of the oldest vectors whose states and methods ours share: the verified registry, and
/// the datacap that it keeps. All other storage actors have other states since.
const UNCHANGED: [ActorID; 2] = [ids::VERIFIED_REGISTRY, ids::DATACAP];

/// Ours hand over plain CBOR, which no actor could do before.
const NATIVES_SINCE: u32 = 18;

/// Applies the messages to our own actors, which must answer and end as the official ones did.
fn run_natively(
    vector: &Vector,
    natives: &mut Executor,
    official: &mut Executor,
) -> Result<Result<(), Box<Difference>>> {
    let receipts = &vector.postconditions.receipts;
    for (index, (apply, expected)) in vector.apply_messages.iter().zip(receipts).enumerate() {
        let (message, length) = apply.message()?;
        let applied = natives.apply(&message, ApplyKind::Explicit, length)?;
        if let Err(mut difference) = compare_answer(expected, &applied.receipt) {
            difference
                .notes
                .extend(applied.failure.iter().map(ToString::to_string));
            return Ok(Err(difference.at_step(format!("message {index}"))));
        }
    }
    natives.flush()?;
    for id in UNCHANGED {
        let head = |executor: &mut Executor| {
            let actor = executor.state().actor(id)?;
            anyhow::Ok(actor.map_or_else(|| "none".to_owned(), |actor| actor.root.to_string()))
        };
        let (expected, got) = (head(official)?, head(natives)?);
        if let Err(difference) = same(format!("head of f0{id}"), &Plain(expected), &Plain(got)) {
            return Ok(Err(difference));
        }
    }
    Ok(Ok(()))
}

fn compare_receipt(expected: &Receipt, got: &receipt::Receipt) -> Result<(), Box<Difference>> {
    compare_answer(expected, got)?;
    same("gas used", &expected.gas_used, &got.gas_used)
}

fn compare_answer(expected: &Receipt, got: &receipt::Receipt) -> Result<(), Box<Difference>> {
    same("exit code", &expected.exit_code, &got.exit_code.value())?;
    same(
        "return",
        &Hex(expected.returned.0.clone()),
        &Hex(got.return_data.to_vec()),
    )
}
