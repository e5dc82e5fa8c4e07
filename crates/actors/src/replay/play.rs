//! Plays an actor from the recording: it makes the calls that were recorded, and ends as recorded.
//!
//! So one actor can be tried before those it works with are written, or by itself.

use fvm_shared::address::Address;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR};

use super::Error;
use super::format::{AddressText, Block, Expect, Trace};
use super::machine::{CallResult, Machine, Origin, Request};
use crate::error::{ActorError, OrExit};
use crate::ids;

impl Machine {
    /// Plays one call of an actor.
    pub(super) fn play_call(
        &self,
        origin: &Origin,
        actor: ActorID,
        request: &Request<'_>,
        trace: &mut Trace,
    ) -> CallResult {
        let recorded = request
            .recorded
            .filter(|recorded| is_recording_of(recorded, actor, request));
        let recorded = recorded.or_exit(ExitCode::USR_UNHANDLED_MESSAGE, "a recording to play")?;
        trace.events.clone_from(&recorded.events);
        // An account that this call created is in the trace already.
        for call in recorded
            .subinvocations
            .iter()
            .skip(trace.subinvocations.len())
        {
            let request = Request {
                from: actor,
                to: self.receiver_of(call)?,
                method: call.method,
                params: call.params.as_ref().map(Block::to_ipld),
                value: call.value.0.clone(),
                read_only: request.read_only,
                depth: request.depth + 1,
                recorded: Some(call),
            };
            let (_, made) = self.call(origin, request);
            trace.subinvocations.push(made);
        }
        match ExitCode::new(recorded.exit_code) {
            ExitCode::OK => Ok(recorded.r#return.as_ref().map(Block::to_ipld)),
            code => Err(ActorError::new(code, "as recorded")),
        }
    }

    /// To whom a recorded call went. Traces name the account that a call created by its id: its
    /// address is what it was constructed with.
    fn receiver_of(&self, call: &Trace) -> Result<Address, ActorError> {
        let AddressText(to) = call.to;
        let exists = self
            .resolve(&to)?
            .is_some_and(|id| self.actor(id).is_some());
        let constructor = call.subinvocations.first().filter(|first| {
            !exists && first.from == ids::SYSTEM && first.method == METHOD_CONSTRUCTOR
        });
        match constructor.and_then(|constructor| constructor.params.as_ref()) {
            Some(params) => params
                .to_ipld()
                .deserialize()
                .or_illegal_state("an account's address"),
            None => Ok(to),
        }
    }

    /// Gives the actors that are played the heads that were recorded.
    pub(super) fn adopt_heads(&self, recorded: &Expect) -> Result<(), Error> {
        for (address, entry) in &recorded.heads {
            let id = address.id()?;
            if let (Some(mut ours), Some(entry)) = (self.actor(id), entry)
                && self.plays(entry.code.0)
            {
                ours.head = entry.head;
                self.put(id, Some(ours));
            }
        }
        Ok(())
    }
}

fn is_recording_of(recorded: &Trace, actor: ActorID, request: &Request<'_>) -> bool {
    recorded.to.0 == Address::new_id(actor)
        && recorded.method == request.method
        && recorded.params == request.params.as_ref().map(Block::from_ipld)
        && recorded.value.0 == request.value
}
