//! Every tipset once more: the same messages must lead to the same roots.

use std::io::Write;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use atoll_chain::{Chain, Tipset};
use atoll_vm::executor::STACK_BYTES;
use fvm_shared::clock::ChainEpoch;
use serde_json::json;

use crate::Ending;
use crate::style::{BAD, GOOD};

/// What one tipset came to.
struct Checked {
    epoch: ChainEpoch,
    messages: usize,
    /// What came out differently, if anything did.
    differs: Option<String>,
}

/// Replays tipsets on several threads, and tells which came out differently.
pub(super) fn run(
    chain: &Chain,
    epochs: RangeInclusive<ChainEpoch>,
    threads: Option<u16>,
    json: bool,
    out: &mut dyn Write,
) -> Result<Ending> {
    let epochs: Vec<ChainEpoch> = chain.tipsets(epochs).map(|tipset| tipset.epoch()).collect();
    let threads = match threads {
        Some(threads) => usize::from(threads),
        None => thread::available_parallelism().map_or(1, usize::from),
    };
    let next = AtomicUsize::new(0);
    let checked: Vec<Result<Vec<Checked>>> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let worker = thread::Builder::new().stack_size(STACK_BYTES);
                worker.spawn_scoped(scope, || share(chain, &epochs, &next))
            })
            .collect();
        let finished = workers.into_iter().map(|worker| match worker {
            Ok(worker) => worker
                .join()
                .unwrap_or_else(|_| bail!("the machine panicked; this is a bug")),
            Err(error) => Err(error).context("starting a thread"),
        });
        finished.collect()
    });
    let mut all = Vec::with_capacity(epochs.len());
    for share in checked {
        all.extend(share?);
    }
    all.sort_by_key(|checked| checked.epoch);
    let messages: usize = all.iter().map(|checked| checked.messages).sum();
    let differing: Vec<&Checked> = all.iter().filter(|one| one.differs.is_some()).collect();
    if json {
        let shown: Vec<_> = differing
            .iter()
            .map(|one| json!({ "epoch": one.epoch, "differs": one.differs }))
            .collect();
        let tipsets = all.len();
        let shown = json!({ "tipsets": tipsets, "messages": messages, "differing": shown });
        writeln!(out, "{shown}")?;
    } else {
        for one in &differing {
            let what = one.differs.as_deref().unwrap_or_default();
            writeln!(out, "{BAD}epoch {}{BAD:#}: {what}", one.epoch)?;
        }
        let same = all.len() - differing.len();
        writeln!(
            out,
            "{GOOD}{same}{GOOD:#} of {} tipsets came out the same, with {messages} messages in all",
            all.len()
        )?;
    }
    Ok(if differing.is_empty() {
        Ending::Good
    } else {
        Ending::Failed
    })
}

fn share(chain: &Chain, epochs: &[ChainEpoch], next: &AtomicUsize) -> Result<Vec<Checked>> {
    let mut checked = Vec::new();
    while let Some(epoch) = epochs.get(next.fetch_add(1, Ordering::Relaxed)) {
        let tipset = chain.tipset(*epoch);
        let tipset = tipset.with_context(|| format!("the tipset of epoch {epoch} is gone"))?;
        let differs = differs(chain, &tipset).with_context(|| {
            format!("replaying epoch {epoch} (if old states were pruned, use --from)")
        })?;
        checked.push(Checked {
            epoch: *epoch,
            messages: tipset.messages.len(),
            differs,
        });
    }
    Ok(checked)
}

/// What comes out differently, if anything does.
fn differs(chain: &Chain, tipset: &Tipset) -> Result<Option<String>> {
    let replayed = chain.replay(tipset)?;
    if tipset.header.parents.is_empty() {
        return Ok(None);
    }
    let (count, before) = (replayed.executed.len(), tipset.messages.len());
    if count != before {
        return Ok(Some(format!("{count} messages were applied, not {before}")));
    }
    for (now, before) in replayed.executed.iter().zip(&tipset.messages) {
        let message = before.message.cid;
        if now.receipt != before.receipt {
            let words = format!("{message}: {:?}, not {:?}", now.receipt, before.receipt);
            return Ok(Some(words));
        }
        if now.events != before.events || now.fees != before.fees {
            return Ok(Some(format!("{message}: other events or fees")));
        }
    }
    Ok((replayed.state_root != tipset.executed_root).then(|| {
        let (now, before) = (replayed.state_root, tipset.executed_root);
        format!("the state root is {now}, not {before}")
    }))
}
