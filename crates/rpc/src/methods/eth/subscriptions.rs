//! Subscriptions: the client is told.

use std::sync::Arc;

use atoll_chain::{Chain, Notice};
use serde::Serialize;
use serde_json::Value;

use crate::forms::Quantity;
use crate::forms::filter::LogFilter;
use crate::jsonrpc::error::Error;
use crate::node::Caller;
use crate::node::hub::Render;

use super::{blocks, filters, transactions, wire_hash};

/// What a subscription is about.
#[derive(Debug)]
enum Topic {
    Heads,
    Logs(Box<LogFilter>),
    Waiting {
        full: bool,
    },
    /// Dev chains never lag behind, so nothing ever comes.
    Syncing,
}

pub(in crate::methods) fn subscribe(
    caller: &Caller<'_>,
    kind: String,
    options: Option<Value>,
) -> Result<Quantity, Error> {
    let session = caller.session()?;
    let topic = topic(&kind, options)?;
    let chain = Arc::clone(&caller.node.chain);
    let id = caller.node.hub.subscribe(session, |id| -> Render {
        Box::new(move |notice| render(&chain, id, &topic, notice))
    })?;
    Ok(Quantity(id))
}

pub(in crate::methods) fn unsubscribe(caller: &Caller<'_>, id: Quantity) -> Result<bool, Error> {
    let there = caller.session()?.unsubscribe(id.0);
    if there {
        caller.node.hub.unsubscribe(id.0);
    }
    Ok(there)
}

fn topic(kind: &str, options: Option<Value>) -> Result<Topic, Error> {
    match kind {
        "newHeads" => Ok(Topic::Heads),
        "syncing" => Ok(Topic::Syncing),
        "newPendingTransactions" => match options {
            None => Ok(Topic::Waiting { full: false }),
            Some(Value::Bool(full)) => Ok(Topic::Waiting { full }),
            Some(_) => Err(Error::param(
                "options",
                "must be true (whole transactions) or false",
            )),
        },
        "logs" => {
            let filter: LogFilter = match options {
                None => LogFilter::default(),
                Some(options) => serde_json::from_value(options)
                    .map_err(|why| Error::param("options", &format!("must be a filter: {why}")))?,
            };
            Ok(Topic::Logs(Box::new(filter)))
        }
        _ => Err(Error::param(
            "kind",
            "must be newHeads, logs, newPendingTransactions or syncing",
        )),
    }
}

fn render(chain: &Chain, id: u64, topic: &Topic, notice: &Notice) -> Vec<Vec<u8>> {
    match (topic, notice) {
        (Topic::Heads, Notice::Applied(tipset)) => vec![notification(id, &blocks::header(tipset))],
        (Topic::Logs(filter), notice) => {
            let mut logs = Vec::new();
            filters::logs_of_notice(filter, notice, &mut logs);
            logs.iter().map(|log| notification(id, log)).collect()
        }
        (Topic::Waiting { full: false }, Notice::Waiting(message)) => {
            vec![notification(id, &wire_hash(message.eth_hash))]
        }
        (Topic::Waiting { full: true }, Notice::Waiting(message)) => {
            let shown = transactions::waiting(chain, message);
            // A state that cannot be read is told to whoever asks; here nobody did.
            shown.map_or(Vec::new(), |shown| vec![notification(id, &shown)])
        }
        _ => Vec::new(),
    }
}

/// The message that tells a subscriber.
fn notification<T: Serialize>(id: u64, result: &T) -> Vec<u8> {
    #[derive(Serialize)]
    struct Notification<'a, T> {
        jsonrpc: &'static str,
        method: &'static str,
        params: Params<'a, T>,
    }
    #[derive(Serialize)]
    struct Params<'a, T> {
        subscription: Quantity,
        result: &'a T,
    }
    let notification = Notification {
        jsonrpc: "2.0",
        method: "eth_subscription",
        params: Params {
            subscription: Quantity(id),
            result,
        },
    };
    serde_json::to_vec(&notification).expect("forms always become JSON")
}
