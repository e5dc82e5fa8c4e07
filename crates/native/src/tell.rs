//! Tells an inspector what happens in the machine. Native actors read and write blocks past the
//! machine, so their store tells of those, and contracts tell of their steps themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use atoll_actors::inspector::{Block, Called, Callee, Charge};
use atoll_actors::{ActorKind, Inspector};
use atoll_vm::trace::{BlockAccess, TraceEvent, Watcher};
use cid::Cid;

use crate::runner::SharedInspector;

/// A machine's watcher that tells an inspector. Codes that are not among these are not native.
pub(crate) fn watcher(inspector: SharedInspector, kinds: BTreeMap<Cid, ActorKind>) -> Watcher {
    Arc::new(move |event| tell(&*inspector, &kinds, event))
}

fn tell(inspector: &dyn Inspector, kinds: &BTreeMap<Cid, ActorKind>, event: &TraceEvent) {
    match event {
        TraceEvent::Charge(charge) => inspector.charged(&Charge {
            cause: &charge.name,
            compute_milligas: charge.compute.milligas(),
            other_milligas: charge.other.milligas(),
        }),
        TraceEvent::Call(call) => inspector.called(&Called {
            from: call.from,
            to: &call.to,
            method: call.method,
            params: call.params.as_ref().map(block_of),
            value: &call.value,
            gas_limit: call.gas_limit,
            read_only: call.read_only,
        }),
        TraceEvent::Invoke { id, actor } => inspector.found(&Callee {
            id: *id,
            code: &actor.code,
            kind: kinds.get(&actor.code).copied(),
            delegated_address: actor.delegated_address.as_ref(),
        }),
        TraceEvent::Return { code, data } => {
            inspector.answered(*code, data.as_ref().map(block_of));
        }
        TraceEvent::Refused(refusal) => inspector.refused(refusal.number, &refusal.words),
        TraceEvent::Ipld { access, cid, size } => match access {
            BlockAccess::Read => inspector.block_read(cid, *size),
            BlockAccess::Write => inspector.block_written(cid, *size),
        },
        TraceEvent::Root(root) => inspector.root_set(root),
        TraceEvent::Log(words) => inspector.said(words),
    }
}

fn block_of(block: &atoll_vm::Block) -> Block<'_> {
    Block {
        codec: block.codec,
        data: &block.data,
    }
}
