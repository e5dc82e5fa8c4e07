//! `debug_`: traces in go-ethereum's form.

use std::sync::Arc;

use atoll_chain::{SharedInspector, Tipset};
use serde::{Deserialize, Serialize};

use super::frames::{Frame, FrameKind, Reader};
use super::prestate::{self, Prestate};
use super::steps::{Recorder, StructLog, Wanted};
use super::{diff, find, replay_each};
use crate::forms::overrides::{BlockOverrides, StateOverrides};
use crate::forms::transaction::Request;
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity, forms};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;

/// Which tracer, and what it should do.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Options {
    tracer: Option<String>,
    #[serde(default)]
    tracer_config: TracerConfig,
    state_overrides: Option<StateOverrides>,
    block_overrides: Option<BlockOverrides>,
    /// Without a tracer, every step is shown.
    #[serde(flatten)]
    steps: Wanted,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TracerConfig {
    #[serde(default)]
    only_top_call: bool,
    #[serde(flatten)]
    prestate: prestate::Config,
}

forms! {
    Options: "an object with tracer and tracerConfig" [Object];
}

/// A frame as the call tracer shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct CallFrame {
    #[serde(rename = "type")]
    kind: &'static str,
    from: Address,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Big>,
    gas: Quantity,
    gas_used: Quantity,
    input: Data,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Data>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revert_reason: Option<String>,
    /// Of calls that are no contract's: `actor.method`.
    #[serde(skip_serializing_if = "Option::is_none")]
    filecoin: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<CallFrame>,
}

/// What a tracer answers.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub(in crate::methods) enum Traced {
    Call(Box<CallFrame>),
    Flat(Vec<super::parity::Trace>),
    FourByte(std::collections::BTreeMap<String, u64>),
    Steps(Steps),
    Prestate(Prestate),
    Nothing(Nothing),
}

/// What is answered without a tracer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Steps {
    gas: u64,
    failed: bool,
    return_value: Data,
    struct_logs: Vec<StructLog>,
}

/// An object without members: what the `noopTracer` answers.
#[derive(Clone, Debug, Serialize)]
pub(in crate::methods) struct Nothing {}

/// One transaction's trace among those of its block.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct InBlock {
    tx_hash: Hash,
    result: Traced,
}

pub(in crate::methods) fn transaction(
    caller: &Caller<'_>,
    hash: Hash,
    options: Option<Options>,
) -> Result<Traced, Error> {
    let options = options.unwrap_or_default();
    check(&options)?;
    let (tipset, executed) = find(caller, hash)?;
    let mut one = trace_tipset(caller, &tipset, &options, |index| index == executed.index)?;
    let one = one.pop();
    one.map(|one| one.result)
        .ok_or_else(|| Error::internal("the replay lacks the message"))
}

pub(in crate::methods) fn block_by_number(
    caller: &Caller<'_>,
    block: BlockTag,
    options: Option<Options>,
) -> Result<Vec<InBlock>, Error> {
    in_block(caller, BlockId::Tag(block), options)
}

pub(in crate::methods) fn block_by_hash(
    caller: &Caller<'_>,
    hash: Hash,
    options: Option<Options>,
) -> Result<Vec<InBlock>, Error> {
    in_block(caller, BlockId::on_chain(hash), options)
}

fn in_block(
    caller: &Caller<'_>,
    id: BlockId,
    options: Option<Options>,
) -> Result<Vec<InBlock>, Error> {
    let options = options.unwrap_or_default();
    check(&options)?;
    let tipset = eth::tipset(caller, id)?;
    let tipset = tipset.ok_or_else(|| Error::unknown_block("block not found".to_owned()))?;
    trace_tipset(caller, &tipset, &options, |_| true)
}

/// The traces of a tipset's messages, of those that are wanted.
fn trace_tipset(
    caller: &Caller<'_>,
    tipset: &Tipset,
    options: &Options,
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<InBlock>, Error> {
    let in_block = |index: usize, result| InBlock {
        tx_hash: eth::wire_hash(tipset.messages[index].message.eth_hash),
        result,
    };
    if options.is_prestate() {
        let diffs = diff::of_tipset(caller, tipset, &wanted)?;
        let all = diffs.iter().enumerate();
        return Ok(all
            .filter(|(index, _)| wanted(*index))
            .map(|(index, diff)| in_block(index, options.prestate(diff)))
            .collect());
    }
    let recorder = options.recorder();
    let inspector = recorder.clone().map(|recorder| recorder as SharedInspector);
    let mut shown = Vec::new();
    replay_each(caller, tipset, inspector, |traced| {
        let steps = recorder.as_ref().map(|recorder| recorder.take());
        if !wanted(traced.executed.index) {
            return Ok(());
        }
        let result = match steps {
            Some(steps) => Traced::Steps(with_steps(&traced.frame, steps?)),
            None => show(&traced.frame, options, || {
                super::parity::of_message(tipset, &traced)
            }),
        };
        shown.push(in_block(traced.executed.index, result));
        Ok(())
    })?;
    Ok(shown)
}

impl Options {
    /// Who records steps, if that is what is asked for.
    fn recorder(&self) -> Option<Arc<Recorder>> {
        let steps = self
            .tracer
            .as_deref()
            .is_none_or(|tracer| tracer == "structLogger");
        steps.then(|| Arc::new(Recorder::new(self.steps)))
    }

    fn is_prestate(&self) -> bool {
        self.tracer.as_deref() == Some("prestateTracer")
    }

    fn prestate(&self, diff: &diff::Diff) -> Traced {
        Traced::Prestate(prestate::show(diff, self.tracer_config.prestate))
    }
}

fn with_steps(frame: &Frame, struct_logs: Vec<StructLog>) -> Steps {
    Steps {
        gas: frame.gas_used,
        failed: frame.error.is_some(),
        return_value: Data(frame.output.clone()),
        struct_logs,
    }
}

pub(in crate::methods) fn call(
    caller: &Caller<'_>,
    transaction: Request,
    block: Option<BlockId>,
    options: Option<Options>,
) -> Result<Traced, Error> {
    let options = options.unwrap_or_default();
    check(&options)?;
    let (state, at) = (
        options.state_overrides.as_ref(),
        options.block_overrides.as_ref(),
    );
    if options.is_prestate() {
        let diff = diff::of_call(caller, &transaction, block, state, at)?;
        return Ok(options.prestate(&diff));
    }
    let recorder = options.recorder();
    let inspector = recorder.clone().map(|recorder| recorder as SharedInspector);
    let frame = trace_call(caller, &transaction, block, state, at, inspector)?;
    match recorder {
        Some(recorder) => Ok(Traced::Steps(with_steps(&frame, recorder.take()?))),
        None => Ok(show(&frame, &options, || super::parity::flatten(&frame))),
    }
}

/// Transactions to be tried out one after another.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Bundle {
    transactions: Vec<Request>,
    block_override: Option<BlockOverrides>,
}

/// The block after which bundles are tried out.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct After {
    block_number: Option<BlockTag>,
    transaction_index: Option<i64>,
}

forms! {
    Bundle: "an object with transactions" [Object];
    After: "an object with blockNumber" [Object];
}

/// So many transactions in all bundles.
const CALLS_MAX: usize = 10_000;

/// Tries transactions out one after another, each on what those before it did.
pub(in crate::methods) fn call_many(
    caller: &Caller<'_>,
    bundles: Vec<Bundle>,
    after: Option<After>,
    options: Option<Options>,
) -> Result<Vec<Vec<Traced>>, Error> {
    let (options, after) = (options.unwrap_or_default(), after.unwrap_or_default());
    check(&options)?;
    check_many(&bundles, &after, &options)?;
    let block = after.block_number.map(BlockId::Tag);
    let recorder = options.recorder();
    let state = options.state_overrides.as_ref();
    let at = options.block_overrides.as_ref();
    eth::calls::with_overrides(state, at, |mut overrides| {
        overrides.tracing = true;
        overrides.inspector = recorder.clone().map(|recorder| recorder as SharedInspector);
        let (_, mut trial) = eth::trial_on(caller, block, &overrides)?;
        let trace = |transaction: &Request| {
            let request = eth::calls::request(transaction)?;
            let applied = trial.apply(&request).map_err(eth::calls::apply_error)?;
            let from = transaction.from.unwrap_or(Address::ZERO);
            let frame = Reader::new(trial.state()).read(&applied, from, transaction.to)?;
            match &recorder {
                Some(recorder) => Ok(Traced::Steps(with_steps(&frame, recorder.take()?))),
                None => Ok(show(&frame, &options, || super::parity::flatten(&frame))),
            }
        };
        let transactions = bundles.iter().map(|bundle| &bundle.transactions[..]);
        trace_bundles(transactions, trace)
    })
}

fn trace_bundles<'b>(
    bundles: impl Iterator<Item = &'b [Request]>,
    mut trace: impl FnMut(&Request) -> Result<Traced, Error>,
) -> Result<Vec<Vec<Traced>>, Error> {
    bundles
        .map(|bundle| bundle.iter().map(&mut trace).collect())
        .collect()
}

fn check_many(bundles: &[Bundle], after: &After, options: &Options) -> Result<(), Error> {
    let count = bundles.iter().map(|bundle| bundle.transactions.len());
    if count.sum::<usize>() > CALLS_MAX {
        return Err(Error::limit(format!("more than {CALLS_MAX} transactions")));
    }
    if bundles.iter().any(|bundle| bundle.block_override.is_some()) {
        return Err(Error::not_supported(
            "all bundles are tried out in one block: give blockOverrides in the options",
        ));
    }
    // Clients say -1 for the end of the block.
    if after.transaction_index.is_some_and(|index| index != -1) {
        return Err(Error::not_supported(
            "bundles are tried out after a whole block: leave transactionIndex out",
        ));
    }
    if options.is_prestate() {
        return Err(Error::not_supported(
            "the prestateTracer traces one call: use debug_traceCall",
        ));
    }
    Ok(())
}

/// Tries a transaction out and reads its frames.
pub(super) fn trace_call(
    caller: &Caller<'_>,
    transaction: &Request,
    block: Option<BlockId>,
    state: Option<&StateOverrides>,
    block_overrides: Option<&BlockOverrides>,
    inspector: Option<SharedInspector>,
) -> Result<Frame, Error> {
    let request = eth::calls::request(transaction)?;
    eth::calls::with_overrides(state, block_overrides, |mut overrides| {
        overrides.tracing = true;
        overrides.inspector = inspector.clone();
        let (_, mut trial) = eth::trial_on(caller, block, &overrides)?;
        let applied = trial.call(&request).map_err(eth::calls::apply_error)?;
        let from = transaction.from.unwrap_or(Address::ZERO);
        Reader::new(trial.state()).read(&applied, from, transaction.to)
    })
}

/// Is it a tracer that there is?
fn check(options: &Options) -> Result<(), Error> {
    match options.tracer.as_deref() {
        None => Ok(()),
        Some(
            "structLogger" | "callTracer" | "flatCallTracer" | "prestateTracer" | "4byteTracer"
            | "noopTracer",
        ) => Ok(()),
        Some(name) => Err(Error::not_supported(format!(
            "there is no tracer {name}: use callTracer, flatCallTracer, prestateTracer, 4byteTracer, noopTracer, or none for every step"
        ))),
    }
}

fn show(
    frame: &Frame,
    options: &Options,
    flat: impl FnOnce() -> Vec<super::parity::Trace>,
) -> Traced {
    match options.tracer.as_deref() {
        Some("flatCallTracer") => Traced::Flat(flat()),
        Some("4byteTracer") => {
            let mut found = std::collections::BTreeMap::new();
            count_selectors(frame, &mut found);
            Traced::FourByte(found)
        }
        Some("callTracer") => {
            let deep = !options.tracer_config.only_top_call;
            Traced::Call(Box::new(call_frame(frame, deep)))
        }
        _ => Traced::Nothing(Nothing {}),
    }
}

/// A frame in the call tracer's form.
pub(in crate::methods) fn call_frame(frame: &Frame, deep: bool) -> CallFrame {
    let has_value = frame.kind != FrameKind::StaticCall;
    CallFrame {
        kind: kind(frame.kind),
        from: frame.from,
        to: frame.to,
        value: has_value.then(|| Big::of(&frame.value)),
        gas: Quantity(frame.gas),
        gas_used: Quantity(frame.gas_used),
        input: Data(frame.input.clone()),
        output: (!frame.output.is_empty()).then(|| Data(frame.output.clone())),
        error: frame.error.clone(),
        revert_reason: frame.revert_reason.clone(),
        filecoin: frame
            .native
            .as_ref()
            .map(|native| format!("{}.{}", native.actor, native.method)),
        calls: match deep {
            true => frame
                .calls
                .iter()
                .map(|call| call_frame(call, true))
                .collect(),
            false => Vec::new(),
        },
    }
}

fn kind(kind: FrameKind) -> &'static str {
    match kind {
        FrameKind::Call => "CALL",
        FrameKind::StaticCall => "STATICCALL",
        FrameKind::DelegateCall => "DELEGATECALL",
        FrameKind::Create => "CREATE",
        FrameKind::Create2 => "CREATE2",
    }
}

/// How often each selector was called with how many bytes of arguments: `0xa9059cbb-64`.
fn count_selectors(frame: &Frame, found: &mut std::collections::BTreeMap<String, u64>) {
    let is_call = !matches!(frame.kind, FrameKind::Create | FrameKind::Create2);
    if let Some((selector, arguments)) = frame.input.split_first_chunk::<4>()
        && is_call
        && frame.native.is_none()
    {
        let key = format!("0x{}-{}", hex::encode(selector), arguments.len());
        *found.entry(key).or_default() += 1;
    }
    for call in &frame.calls {
        count_selectors(call, found);
    }
}
