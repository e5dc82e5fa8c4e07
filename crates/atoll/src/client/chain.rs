//! `atoll chain`: the head, blocks and what is in them; chains in folders and files.

mod replay;

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Result, bail, ensure};
use atoll_actors::Policy;
use atoll_chain::Chain;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::Asked;
use super::submit::{number, quantity};
use crate::Ending;
use crate::node::Pace;
use crate::parts::{Actors, open_disk, parts, restore, save};
use crate::remote::Remote;
use crate::story::show::group;
use crate::style::{BOLD, FAINT, NAME};

/// Look at a chain, copy it, check it.
///
/// head, list and block ask a running node. export, import, replay and prune work on the folder
/// of a node that does not run (--data) or on a file that export or `atoll node --state` wrote.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  atoll chain head
  atoll chain list --last 5
  atoll chain block 12
  atoll chain export chain.car --data chain
  atoll chain replay --state chain.car
  atoll chain import chain.car --data copy
  atoll chain prune --data chain --keep 100")]
pub struct ChainCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show the newest block.
    Head(#[command(flatten)] Asked),
    /// List the newest blocks.
    List {
        /// How many.
        #[arg(long, default_value_t = 10, value_name = "N")]
        last: u64,
        #[command(flatten)]
        asked: Asked,
    },
    /// Show a block and its messages.
    Block {
        /// Its epoch or its hash.
        block: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Write a whole chain to a file: a CAR archive of its blocks, messages and states.
    Export {
        /// The file.
        file: PathBuf,
        /// The folder of the node.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Put the chain of a file into a new folder.
    Import {
        /// The file.
        file: PathBuf,
        /// The folder, for `atoll node --data`.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
    /// Run every message again, and see that everything comes out as it was.
    Replay {
        #[command(flatten)]
        kept: Kept,
        /// From this epoch on.
        #[arg(long, default_value_t = 0, value_name = "EPOCH")]
        from: i64,
        /// Up to this epoch; the head if absent.
        #[arg(long, value_name = "EPOCH")]
        to: Option<i64>,
        /// On so many threads; as many as there are cores if absent.
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        threads: Option<u16>,
        /// What native actors of storage went by: the `--policy` of the node. A folder knows.
        #[arg(long, value_enum)]
        policy: Option<Pace>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Forget old states. Blocks, messages, receipts and events stay.
    Prune {
        /// The folder of the node.
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The states of so many tipsets stay.
        #[arg(long, default_value_t = 1, value_name = "N",
              value_parser = clap::value_parser!(u32).range(1..))]
        keep: u32,
    },
}

/// Where a chain is that no node works on.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct Kept {
    /// The folder of a node.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A file that export or `atoll node --state` wrote.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
}

impl Kept {
    fn open(&self, pace: Option<Pace>) -> Result<Chain> {
        match (&self.data, &self.state) {
            (Some(data), _) => open(data, pace),
            (None, Some(file)) => restore(file, None, pace.unwrap_or(Pace::Dev).policy()),
            (None, None) => bail!("name a folder (--data) or a file (--state)"),
        }
    }
}

fn open(data: &std::path::Path, pace: Option<Pace>) -> Result<Chain> {
    // Opening would make it.
    ensure!(data.is_dir(), "there is no folder {}", data.display());
    let disk = Arc::new(open_disk(data)?);
    let policy = Pace::of_folder(&disk, pace)?.policy();
    match Chain::reopen(parts(Some(disk), Actors::Any, policy)?)? {
        Ok(chain) => Ok(chain),
        Err(_) => bail!("the folder {} has no chain", data.display()),
    }
}

impl ChainCommand {
    /// Does what was asked for.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        match &self.action {
            Action::Head(asked) => {
                let block = block(&asked.remote(), "latest")?;
                print(&block.context("the node has no head")?, asked.json, out)?;
            }
            Action::List { last, asked } => {
                let remote = asked.remote();
                let head = quantity(&remote, "eth_blockNumber", json!([]))?;
                for epoch in head.saturating_sub(last.saturating_sub(1))..=head {
                    // A null round has no block.
                    if let Some(block) = block(&remote, &format!("0x{epoch:x}"))? {
                        print_line(&block, asked.json, out)?;
                    }
                }
            }
            Action::Block {
                block: wanted,
                asked,
            } => {
                let wanted_block = match wanted.parse::<u64>() {
                    Ok(epoch) => block(&asked.remote(), &format!("0x{epoch:x}"))?,
                    Err(_) => asked
                        .remote()
                        .ask("eth_getBlockByHash", json!([wanted, true]))?,
                };
                let found = wanted_block.with_context(|| format!("there is no block {wanted}"))?;
                print(&found, asked.json, out)?;
            }
            Action::Export { file, data } => {
                let written = save(&open(data, None)?, file)?;
                writeln!(
                    out,
                    "{} tipsets and {} blocks of data are in {}",
                    written.tipsets,
                    written.blocks,
                    file.display()
                )?;
                if written.missing > 0 {
                    writeln!(
                        out,
                        "{} blocks are missing: their states were pruned",
                        written.missing
                    )?;
                }
            }
            Action::Import { file, data } => {
                let disk = Arc::new(open_disk(data)?);
                let parts = parts(Some(disk.clone()), Actors::Any, Policy::dev())?;
                ensure!(
                    Chain::reopen(parts)?.is_err(),
                    "the folder {} has a chain already",
                    data.display()
                );
                let chain = restore(file, Some(disk), Policy::dev())?;
                writeln!(out, "the head is at epoch {}", chain.head().epoch())?;
            }
            Action::Replay {
                kept,
                from,
                to,
                threads,
                policy,
                json,
            } => {
                let chain = kept.open(*policy)?;
                let to = to.unwrap_or(i64::MAX).min(chain.head().epoch());
                return replay::run(&chain, *from..=to, *threads, *json, out);
            }
            Action::Prune { data, keep } => {
                let chain = open(data, None)?;
                let gone = chain.prune(usize::try_from(*keep).unwrap_or(usize::MAX))?;
                writeln!(out, "{gone} blocks of data are gone")?;
            }
        }
        Ok(Ending::Good)
    }
}

fn block(remote: &Remote, which: &str) -> Result<Option<Value>> {
    remote.ask("eth_getBlockByNumber", json!([which, true]))
}

fn text<'v>(block: &'v Value, name: &str) -> &'v str {
    block.get(name).and_then(Value::as_str).unwrap_or("?")
}

fn count(block: &Value, name: &str) -> Result<u64> {
    number(text(block, name)).with_context(|| format!("{name} of a block"))
}

fn transactions(block: &Value) -> &[Value] {
    let listed = block.get("transactions").and_then(Value::as_array);
    listed.map_or(&[], Vec::as_slice)
}

fn print_line(block: &Value, json: bool, out: &mut dyn Write) -> Result<()> {
    if json {
        return Ok(writeln!(out, "{block}")?);
    }
    Ok(writeln!(
        out,
        "{:>8} {FAINT}{}{FAINT:#} {} messages, {} gas",
        count(block, "number")?,
        text(block, "hash"),
        transactions(block).len(),
        group(count(block, "gasUsed")?)
    )?)
}

fn print(block: &Value, json: bool, out: &mut dyn Write) -> Result<()> {
    if json {
        return Ok(writeln!(out, "{block}")?);
    }
    writeln!(out, "{BOLD}epoch{BOLD:#}     {}", count(block, "number")?)?;
    writeln!(out, "{BOLD}hash{BOLD:#}      {}", text(block, "hash"))?;
    writeln!(out, "{BOLD}parent{BOLD:#}    {}", text(block, "parentHash"))?;
    writeln!(
        out,
        "{BOLD}time{BOLD:#}      {}",
        count(block, "timestamp")?
    )?;
    writeln!(
        out,
        "{BOLD}base fee{BOLD:#}  {} attoFIL",
        count(block, "baseFeePerGas")?
    )?;
    writeln!(
        out,
        "{BOLD}gas{BOLD:#}       {}",
        group(count(block, "gasUsed")?)
    )?;
    for transaction in transactions(block) {
        let to = transaction.get("to").and_then(Value::as_str);
        writeln!(
            out,
            "  {} {NAME}{}{NAME:#} -> {NAME}{}{NAME:#}",
            text(transaction, "hash"),
            text(transaction, "from"),
            to.unwrap_or("a new contract")
        )?;
    }
    Ok(())
}
