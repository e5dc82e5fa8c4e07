//! `trace_`: traces in OpenEthereum's form, flat, as Lotus has them.

use std::sync::Arc;

use atoll_chain::eth_tx::EthTx;
use atoll_chain::{Overrides, SharedInspector, Tipset};
use serde::{Deserialize, Serialize};

use super::frames::{Frame, FrameKind, Reader};
use super::state_diff::{self, StateDiff};
use super::vm_trace::{self, VmTrace};
use super::{diff, find, geth, replay, replay_each, replay_one};
use crate::forms::overrides::StateOverrides;
use crate::forms::transaction::Request;
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity, forms};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;

/// One frame.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Trace {
    #[serde(rename = "type")]
    kind: &'static str,
    action: Action,
    result: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    subtraces: usize,
    trace_address: Vec<usize>,
    #[serde(flatten)]
    place: Option<Place>,
}

/// Where a frame is on chain.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    block_hash: Hash,
    block_number: u64,
    transaction_hash: Hash,
    transaction_position: usize,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Action {
    Call {
        call_type: &'static str,
        from: Address,
        to: Option<Address>,
        gas: Quantity,
        input: Data,
        value: Big,
    },
    Create {
        from: Address,
        gas: Quantity,
        init: Data,
        value: Big,
        creation_method: &'static str,
    },
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
enum Outcome {
    Call {
        gas_used: Quantity,
        output: Data,
    },
    Create {
        address: Option<Address>,
        gas_used: Quantity,
        code: Data,
    },
}

/// What `trace_replay...` and `trace_call` answer.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Replayed {
    output: Data,
    state_diff: Option<StateDiff>,
    trace: Vec<Trace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_hash: Option<Hash>,
    vm_trace: Option<VmTrace>,
}

/// What is to be traced.
#[derive(Clone, Copy, Debug, Default)]
struct Types {
    trace: bool,
    state_diff: bool,
    vm_trace: bool,
}

/// Which traces `trace_filter` wants.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Filter {
    from_block: Option<BlockTag>,
    to_block: Option<BlockTag>,
    #[serde(default)]
    from_address: Option<Vec<Address>>,
    #[serde(default)]
    to_address: Option<Vec<Address>>,
    /// Leave out so many.
    after: Option<Quantity>,
    /// Give so many at most.
    count: Option<Quantity>,
}

/// A call of `trace_callMany`, and what to trace of it.
#[derive(Clone, Debug, Deserialize)]
pub(in crate::methods) struct OneOfMany(Request, Vec<String>);

forms! {
    Filter: "a filter object" [Object];
    OneOfMany: "an array of pairs: a transaction object and what to trace" [Array];
}

pub(in crate::methods) fn block(
    caller: &Caller<'_>,
    block: BlockTag,
) -> Result<Option<Vec<Trace>>, Error> {
    let Some(tipset) = eth::tipset(caller, BlockId::Tag(block))? else {
        return Ok(None);
    };
    of_tipset(caller, &tipset).map(Some)
}

pub(in crate::methods) fn transaction(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Vec<Trace>, Error> {
    let (tipset, traced) = replay_one(caller, hash)?;
    Ok(of_message(&tipset, &traced))
}

/// One trace of a transaction, by its place in the tree.
pub(in crate::methods) fn get(
    caller: &Caller<'_>,
    hash: Hash,
    path: Vec<Quantity>,
) -> Result<Option<Trace>, Error> {
    let all = transaction(caller, hash)?;
    let path: Vec<_> = path.iter().map(|Quantity(place)| *place).collect();
    let is = |trace: &Trace| {
        trace
            .trace_address
            .iter()
            .map(|place| *place as u64)
            .eq(path.iter().copied())
    };
    Ok(all.into_iter().find(is))
}

pub(in crate::methods) fn replay_block(
    caller: &Caller<'_>,
    block: BlockTag,
    types: Vec<String>,
) -> Result<Option<Vec<Replayed>>, Error> {
    let types = Types::read(&types)?;
    match eth::tipset(caller, BlockId::Tag(block))? {
        Some(tipset) => replay_tipset(caller, &tipset, types, |_| true).map(Some),
        None => Ok(None),
    }
}

pub(in crate::methods) fn replay_transaction(
    caller: &Caller<'_>,
    hash: Hash,
    types: Vec<String>,
) -> Result<Replayed, Error> {
    let types = Types::read(&types)?;
    let (tipset, executed) = find(caller, hash)?;
    let mut one = replay_tipset(caller, &tipset, types, |index| index == executed.index)?;
    one.pop()
        .ok_or_else(|| Error::internal("the replay lacks the message"))
}

/// Applies a tipset again and shows its messages, those that are wanted.
fn replay_tipset(
    caller: &Caller<'_>,
    tipset: &Tipset,
    types: Types,
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<Replayed>, Error> {
    let recorder = types.recorder();
    let inspector = recorder.clone().map(|recorder| recorder as SharedInspector);
    let mut shown = Vec::new();
    replay_each(caller, tipset, inspector, |traced| {
        let steps = recorder.as_ref().map(|recorder| recorder.take());
        if wanted(traced.executed.index) {
            let hash = eth::wire_hash(traced.executed.message.eth_hash);
            let mut replayed = replayed(&traced.frame, types);
            replayed.transaction_hash = Some(hash);
            replayed.vm_trace = steps.transpose()?.flatten();
            shown.push(replayed);
        }
        Ok(())
    })?;
    if types.state_diff {
        let diffs = diff::of_tipset(caller, tipset, &wanted)?;
        let diffs = diffs.iter().enumerate().filter(|(index, _)| wanted(*index));
        for (replayed, (_, diff)) in shown.iter_mut().zip(diffs) {
            replayed.state_diff = Some(state_diff::show(diff));
        }
    }
    Ok(shown)
}

pub(in crate::methods) fn call(
    caller: &Caller<'_>,
    transaction: Request,
    types: Vec<String>,
    block: Option<BlockId>,
    state_overrides: Option<StateOverrides>,
) -> Result<Replayed, Error> {
    let types = Types::read(&types)?;
    let state = state_overrides.as_ref();
    let recorder = types.recorder();
    let inspector = recorder.clone().map(|recorder| recorder as SharedInspector);
    let frame = geth::trace_call(caller, &transaction, block, state, None, inspector)?;
    let mut replayed = replayed(&frame, types);
    if let Some(recorder) = recorder {
        replayed.vm_trace = recorder.take()?;
    }
    if types.state_diff {
        let diff = diff::of_call(caller, &transaction, block, state, None)?;
        replayed.state_diff = Some(state_diff::show(&diff));
    }
    Ok(replayed)
}

/// Tries a signed transaction out on the head, without sending it.
pub(in crate::methods) fn raw_transaction(
    caller: &Caller<'_>,
    transaction: Data,
    types: Vec<String>,
) -> Result<Replayed, Error> {
    let refused = |why: &dyn std::fmt::Display| Error::refused(why.to_string());
    let chain_id = caller.chain().chain_id();
    let signed = EthTx::decode(&transaction.0, chain_id).map_err(|why| refused(&why))?;
    let from = signed.sender().map_err(|why| refused(&why))?;
    let unsigned = signed.unsigned;
    let request = Request {
        from: Some(eth::wire_address(from)),
        to: unsigned.to.map(eth::wire_address),
        gas: Some(Quantity(unsigned.gas_limit)),
        value: Some(Big::of(&unsigned.value)),
        nonce: Some(Quantity(unsigned.nonce)),
        input: Some(Data(unsigned.input)),
        ..Request::default()
    };
    call(caller, request, types, None, None)
}

/// Tries transactions out one after another, each on what those before it did.
pub(in crate::methods) fn call_many(
    caller: &Caller<'_>,
    calls: Vec<OneOfMany>,
    block: Option<BlockId>,
) -> Result<Vec<Replayed>, Error> {
    let overrides = Overrides {
        tracing: true,
        ..Overrides::default()
    };
    let (_, mut trial) = eth::trial_on(caller, block, &overrides)?;
    calls
        .iter()
        .map(|OneOfMany(transaction, types)| {
            let types = Types::read(types)?;
            if types.state_diff || types.vm_trace {
                return Err(Error::param(
                    "calls",
                    "only trace is recorded of many: use trace_call for stateDiff and vmTrace",
                ));
            }
            let request = eth::calls::request(transaction)?;
            let applied = trial.apply(&request).map_err(eth::calls::apply_error)?;
            let from = transaction.from.unwrap_or(Address::ZERO);
            let frame = Reader::new(trial.state()).read(&applied, from, transaction.to)?;
            Ok(replayed(&frame, types))
        })
        .collect()
}

/// More frames than anybody reads.
const FILTER_MAX: usize = 100_000;

pub(in crate::methods) fn filter(caller: &Caller<'_>, filter: Filter) -> Result<Vec<Trace>, Error> {
    let range = crate::forms::filter::LogFilter {
        from_block: filter.from_block,
        to_block: filter.to_block,
        ..Default::default()
    };
    let passes = |list: &Option<Vec<Address>>, address: Option<Address>| match list {
        Some(list) if !list.is_empty() => address.is_some_and(|address| list.contains(&address)),
        _ => true,
    };
    let mut skip = filter.after.map_or(0, |Quantity(after)| after);
    let count = filter.count.map_or(FILTER_MAX, |Quantity(count)| {
        usize::try_from(count).unwrap_or(FILTER_MAX)
    });
    let mut found = Vec::new();
    for tipset in eth::logs::range(caller, &range)? {
        if tipset.messages.is_empty() {
            continue;
        }
        for trace in of_tipset(caller, &tipset)? {
            if found.len() == count {
                return Ok(found);
            }
            let (from, to) = trace.ends();
            if !passes(&filter.from_address, Some(from)) || !passes(&filter.to_address, to) {
                continue;
            }
            if skip > 0 {
                skip -= 1;
                continue;
            }
            if found.len() == FILTER_MAX {
                return Err(Error::limit(format!(
                    "there are more than {FILTER_MAX} traces: ask for a part with after and count"
                )));
            }
            found.push(trace);
        }
    }
    Ok(found)
}

impl Trace {
    fn ends(&self) -> (Address, Option<Address>) {
        match (&self.action, &self.result) {
            (Action::Call { from, to, .. }, _) => (*from, *to),
            (Action::Create { from, .. }, Some(Outcome::Create { address, .. })) => {
                (*from, *address)
            }
            (Action::Create { from, .. }, _) => (*from, None),
        }
    }
}

impl Types {
    fn read(types: &[String]) -> Result<Self, Error> {
        let mut read = Self::default();
        for kind in types {
            match kind.as_str() {
                "trace" => read.trace = true,
                "stateDiff" => read.state_diff = true,
                "vmTrace" => read.vm_trace = true,
                _ => {
                    return Err(Error::param(
                        "types",
                        "each must be trace, stateDiff or vmTrace",
                    ));
                }
            }
        }
        Ok(read)
    }

    /// Who records steps, if that is asked for.
    fn recorder(self) -> Option<Arc<vm_trace::Recorder>> {
        self.vm_trace.then(Arc::default)
    }
}

fn of_tipset(caller: &Caller<'_>, tipset: &Tipset) -> Result<Vec<Trace>, Error> {
    let all = replay(caller, tipset)?;
    Ok(all
        .iter()
        .flat_map(|traced| of_message(tipset, traced))
        .collect())
}

/// The traces of a message on chain.
pub(super) fn of_message(tipset: &Tipset, traced: &super::Traced) -> Vec<Trace> {
    let place = Place {
        block_hash: eth::wire_hash(tipset.hash),
        block_number: eth::number(tipset.epoch()).0,
        transaction_hash: eth::wire_hash(traced.executed.message.eth_hash),
        transaction_position: traced.executed.index,
    };
    let mut traces = flatten(&traced.frame);
    for trace in &mut traces {
        trace.place = Some(place.clone());
    }
    traces
}

fn replayed(frame: &Frame, types: Types) -> Replayed {
    Replayed {
        output: Data(frame.output.clone()),
        state_diff: None,
        trace: match types.trace {
            true => flatten(frame),
            false => Vec::new(),
        },
        transaction_hash: None,
        vm_trace: None,
    }
}

/// All frames, each before those below it.
pub(super) fn flatten(frame: &Frame) -> Vec<Trace> {
    let mut traces = Vec::new();
    let mut waiting = vec![(frame, Vec::new())];
    while let Some((frame, address)) = waiting.pop() {
        for (place, call) in frame.calls.iter().enumerate().rev() {
            let mut below = address.clone();
            below.push(place);
            waiting.push((call, below));
        }
        traces.push(trace(frame, address));
    }
    traces
}

fn trace(frame: &Frame, trace_address: Vec<usize>) -> Trace {
    let creation = match frame.kind {
        FrameKind::Create => Some("create"),
        FrameKind::Create2 => Some("create2"),
        _ => None,
    };
    let gas_used = Quantity(frame.gas_used);
    let output = Data(frame.output.clone());
    let (kind, action, outcome) = match creation {
        Some(creation_method) => {
            let action = Action::Create {
                from: frame.from,
                gas: Quantity(frame.gas),
                init: Data(frame.input.clone()),
                value: Big::of(&frame.value),
                creation_method,
            };
            let outcome = Outcome::Create {
                address: frame.to,
                gas_used,
                code: output,
            };
            ("create", action, outcome)
        }
        None => {
            let action = Action::Call {
                call_type: match frame.kind {
                    FrameKind::StaticCall => "staticcall",
                    FrameKind::DelegateCall => "delegatecall",
                    _ => "call",
                },
                from: frame.from,
                to: frame.to,
                gas: Quantity(frame.gas),
                input: Data(frame.input.clone()),
                value: Big::of(&frame.value),
            };
            ("call", action, Outcome::Call { gas_used, output })
        }
    };
    let error = frame.error.as_deref().map(|error| match error {
        "execution reverted" => "Reverted".to_owned(),
        other => other.to_owned(),
    });
    Trace {
        kind,
        action,
        result: Some(outcome),
        error,
        subtraces: frame.calls.len(),
        trace_address,
        place: None,
    }
}
