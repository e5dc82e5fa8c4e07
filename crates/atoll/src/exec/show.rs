//! Prints what messages did, for people and for programs.

use std::collections::BTreeMap;
use std::io::{self, Write};

use atoll_vm::{Applied, Fees};
use cid::Cid;
use fvm_ipld_encoding::CBOR;
use fvm_shared::event::StampedEvent;
use fvm_shared::message::Message;
use serde_json::{Value, json};

use crate::amount;
use crate::story::Story;
use crate::story::names::Names;
use crate::story::show::{
    call_json, event_json, group, print_call, print_gas, show_answer, show_data, show_entries,
    show_value,
};
use crate::style::{BAD, BOLD, FAINT, GOOD, NAME};

/// How many causes of gas a message shows; the rest is one line.
const CAUSES_SHOWN: usize = 8;

/// A message and what it did.
pub struct Done<'a> {
    /// Its place in the file, from 1.
    pub number: usize,
    /// What the file calls it.
    pub title: Option<&'a str>,
    /// The message.
    pub message: &'a Message,
    /// The kind of the receiver, if it is there.
    pub receiver: Option<Cid>,
    /// What became of it.
    pub applied: &'a Applied,
    /// What happened on the way.
    pub story: &'a Story,
}

impl Done<'_> {
    /// Prints the message for people.
    pub fn print(&self, names: &Names, trace: bool, out: &mut dyn Write) -> io::Result<()> {
        self.print_heading(names, out)?;
        let Applied {
            receipt,
            return_codec,
            events,
            fees,
            failure,
            ..
        } = self.applied;
        let code = receipt.exit_code;
        let colour = if code.is_success() { GOOD } else { BAD };
        writeln!(
            out,
            "  exit      {colour}{}{colour:#}",
            show_exit(code.value())
        )?;
        if let Some(failure) = failure {
            writeln!(out, "  because   {}", failure)?;
        }
        if let Some(codec) = return_codec {
            let data = show_data(*codec, receipt.return_data.bytes());
            writeln!(out, "  returned  {data}")?;
            let asked = names.asked(self.message.method_num, CBOR, self.message.params.bytes());
            let signature = asked.map(|(signature, _)| signature);
            if let Some(answer) =
                show_answer(names, signature, code, *codec, receipt.return_data.bytes())
            {
                writeln!(out, "  result    {answer}")?;
            }
        }
        for event in events {
            writeln!(out, "  event     {}", show_event(names, event))?;
        }
        writeln!(
            out,
            "  gas       {} of {}",
            group(receipt.gas_used),
            group(self.message.gas_limit)
        )?;
        print_gas(self.story, CAUSES_SHOWN, out)?;
        print_fees(fees, out)?;
        if trace {
            writeln!(out, "  calls")?;
            for call in &self.story.calls {
                print_call(names, call, 2, out)?;
            }
        }
        writeln!(out)
    }

    fn print_heading(&self, names: &Names, out: &mut dyn Write) -> io::Result<()> {
        let Message {
            from,
            to,
            value,
            method_num,
            ..
        } = self.message;
        let (from, to) = (names.address(from), names.address(to));
        let method = names.method(self.receiver.as_ref(), *method_num);
        let value = show_value(value);
        let number = self.number;
        let title = self
            .title
            .map(|title| format!("  {FAINT}{title}{FAINT:#}"))
            .unwrap_or_default();
        writeln!(
            out,
            "{BOLD}{number}.{BOLD:#} {NAME}{from}{NAME:#} to {NAME}{to}{NAME:#}: {method}{value}{title}"
        )
    }

    /// The message for programs.
    #[must_use]
    pub fn to_json(&self, trace: bool) -> Value {
        let Applied {
            receipt,
            return_codec,
            events,
            fees,
            failure,
            ..
        } = self.applied;
        let gas: BTreeMap<&String, Value> = self
            .story
            .gas
            .iter()
            .map(|(name, spent)| {
                (
                    name,
                    json!({ "charges": spent.charges, "milligas": spent.gas.milligas() }),
                )
            })
            .collect();
        let mut shown = json!({
            "number": self.number,
            "title": self.title,
            "message": {
                "from": self.message.from.to_string(),
                "to": self.message.to.to_string(),
                "sequence": self.message.sequence,
                "value": self.message.value.atto().to_string(),
                "method": self.message.method_num,
                "params": hex::encode(self.message.params.bytes()),
                "gas_limit": self.message.gas_limit,
                "gas_fee_cap": self.message.gas_fee_cap.atto().to_string(),
                "gas_premium": self.message.gas_premium.atto().to_string(),
            },
            "exit_code": receipt.exit_code.value(),
            "return": hex::encode(receipt.return_data.bytes()),
            "return_codec": return_codec,
            "gas_used": receipt.gas_used,
            "events_root": receipt.events_root.map(|root| root.to_string()),
            "events": events.iter().map(event_json).collect::<Vec<_>>(),
            "fees": {
                "base_fee_burn": fees.base_fee_burn.0.to_string(),
                "over_estimation_burn": fees.over_estimation_burn.0.to_string(),
                "miner_tip": fees.miner_tip.0.to_string(),
                "penalty": fees.penalty.0.to_string(),
                "refund": fees.refund.0.to_string(),
            },
            "failure": failure.as_ref().map(ToString::to_string),
            "gas": gas,
        });
        if trace {
            shown["calls"] = self.story.calls.iter().map(call_json).collect();
        }
        shown
    }
}

fn show_exit(code: u32) -> String {
    match fvm_shared::error::ExitCode::new(code) {
        code if code.is_success() => "0".to_owned(),
        code => code.to_string(),
    }
}

fn show_event(names: &Names, event: &StampedEvent) -> String {
    let said = names.said(event).unwrap_or_else(|| show_entries(event));
    format!("{}: {said}", names.actor(event.emitter))
}

fn print_fees(fees: &Fees, out: &mut dyn Write) -> io::Result<()> {
    let parts = [
        ("burnt", fees.base_fee_burn),
        ("burnt for asking too much gas", fees.over_estimation_burn),
        ("tip", fees.miner_tip),
        ("penalty", fees.penalty),
    ];
    let shown: Vec<String> = parts
        .into_iter()
        .filter(|(_, part)| part.0 > 0)
        .map(|(name, part)| format!("{} {name}", amount::show(&part.to_token())))
        .collect();
    if shown.is_empty() {
        return Ok(());
    }
    writeln!(out, "  fees      {}", shown.join(", "))
}
