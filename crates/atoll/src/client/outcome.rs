//! What became of a message that was sent.

use std::io::Write;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use super::submit::Sent;
use super::trace::{Replayed, find};
use crate::Ending;
use crate::abi::Interface;
use crate::remote::Remote;
use crate::story::show::{group, show_answer, show_data};
use crate::style::{BAD, BOLD, FAINT, GOOD};

/// How long a message may take to be on chain. Mainnet's epochs last half a minute.
const PATIENCE: Duration = Duration::from_secs(600);

/// Waits until a message is on chain.
pub fn wait(sent: &Sent, remote: &Remote) -> Result<Replayed> {
    let since = Instant::now();
    let mut pause = Duration::from_millis(5);
    loop {
        if let Some(replayed) = find(sent, remote)? {
            return Ok(replayed);
        }
        if since.elapsed() > PATIENCE {
            bail!(
                "the message {sent} is not on chain after {} seconds",
                PATIENCE.as_secs()
            );
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

/// Prints what a message did, in a few lines or as an object.
pub fn print(
    replayed: &Replayed,
    contracts: &Interface,
    function: Option<&crate::abi::Signature>,
    json: bool,
    out: &mut dyn Write,
) -> Result<Ending> {
    let Replayed {
        hash,
        cid,
        epoch,
        receipt,
        ..
    } = replayed;
    let code = receipt.exit_code();
    let ending = if code.is_success() {
        Ending::Good
    } else {
        Ending::Failed
    };
    let names = crate::story::names::Names {
        contracts: contracts.clone(),
        ..Default::default()
    };
    let returned = receipt.returned()?;
    let codec = replayed.return_codec();
    let answer = show_answer(&names, function, code, codec, &returned);
    if json {
        let shown = json!({
            "hash": hash.map(|hash| hash.to_string()),
            "cid": cid.to_string(),
            "epoch": epoch,
            "exit_code": code.value(),
            "gas_used": receipt.gas_used,
            "return": hex::encode(&returned),
            "result": answer,
            "created": replayed.created()?.map(|created| created.to_json()),
        });
        writeln!(out, "{shown}")?;
        return Ok(ending);
    }
    if let Some(hash) = hash {
        writeln!(out, "{BOLD}transaction{BOLD:#}  {hash}")?;
    }
    writeln!(out, "{BOLD}message{BOLD:#}      {cid}")?;
    writeln!(out, "{BOLD}epoch{BOLD:#}        {epoch}")?;
    writeln!(
        out,
        "{BOLD}gas{BOLD:#}          {}",
        group(receipt.gas_used)
    )?;
    if code.is_success() {
        writeln!(out, "{BOLD}status{BOLD:#}       {GOOD}ok{GOOD:#}")?;
    } else {
        writeln!(out, "{BOLD}status{BOLD:#}       {BAD}exit {code}{BAD:#}")?;
        let why = answer
            .clone()
            .or_else(|| (!replayed.error.is_empty()).then(|| replayed.error.clone()));
        if let Some(why) = why {
            writeln!(
                out,
                "{BOLD}because{BOLD:#}      {BAD}{}{BAD:#}",
                why.escape_debug()
            )?;
        }
        writeln!(
            out,
            "{FAINT}atoll trace {} shows where{FAINT:#}",
            replayed.name()
        )?;
        return Ok(ending);
    }
    match (answer, returned.is_empty(), replayed.created()?) {
        (_, _, Some(created)) => created.print(out)?,
        (Some(answer), ..) => writeln!(out, "{BOLD}returned{BOLD:#}     {answer}")?,
        (None, false, _) => {
            writeln!(
                out,
                "{BOLD}returned{BOLD:#}     {}",
                show_data(codec, &returned)
            )?;
        }
        (None, true, _) => {}
    }
    Ok(ending)
}

/// Prints how a message is called that nobody waited for.
pub fn print_sent(sent: &Sent, json: bool, out: &mut dyn Write) -> Result<()> {
    match json {
        true => writeln!(out, "{}", json!({ "sent": sent.to_string() }))?,
        false => writeln!(out, "{sent}")?,
    }
    Ok(())
}

impl std::fmt::Display for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Ethereum(hash) => hash.fmt(f),
            Self::Filecoin(cid) => cid.fmt(f),
        }
    }
}

/// A member of an object that a node must answer with.
pub fn member<'v>(value: &'v Value, pointer: &str) -> Result<&'v Value> {
    value
        .pointer(pointer)
        .with_context(|| format!("the node's answer lacks {pointer}"))
}
