//! What a node says when it is ready: who has funds, with which keys, and where to connect.

use std::io::{self, Write};
use std::net::SocketAddr;

use atoll_chain::{Chain, Key};

use super::NodeCommand;
use crate::amount;
use crate::style::{BOLD, FAINT, NAME};

/// Prints the accounts of these keys, the chain and its addresses.
pub(super) fn print(
    out: &mut dyn Write,
    chain: &Chain,
    keys: &[Key],
    addresses: &[SocketAddr],
    command: &NodeCommand,
) -> anyhow::Result<()> {
    let head = chain.head();
    writeln!(out, "{BOLD}Atoll{BOLD:#} {}\n", env!("CARGO_PKG_VERSION"))?;
    if !keys.is_empty() {
        writeln!(
            out,
            "{BOLD}Accounts{BOLD:#} {FAINT}a key has two: 0x (f410) for Ethereum's tools, f1 for Filecoin's{FAINT:#}"
        )?;
    }
    let mut state = chain.state(&head)?;
    for (index, key) in keys.iter().enumerate() {
        let filecoin = key.address();
        let Some(ethereum) = key.eth_address() else {
            continue;
        };
        let delegated = ethereum.to_f410();
        write!(out, "({index}) {NAME}{ethereum}{NAME:#} {delegated}")?;
        id(out, state.resolve(&delegated)?)?;
        writeln!(
            out,
            " {}",
            amount::show(&state.balance(&delegated)?.to_token())
        )?;
        write!(out, "    {filecoin}")?;
        id(out, state.resolve(&filecoin)?)?;
        writeln!(
            out,
            " {}",
            amount::show(&state.balance(&filecoin)?.to_token())
        )?;
        writeln!(
            out,
            "    {FAINT}key 0x{}{FAINT:#}",
            hex::encode(key.secret())
        )?;
    }
    if !keys.is_empty() {
        writeln!(
            out,
            "\n{BOLD}Mnemonic{BOLD:#}    {}\n{BOLD}Path{BOLD:#}        {}N",
            command.mnemonic, command.derivation_path
        )?;
        // The keys are printed above and known to everybody who uses such tools.
        writeln!(
            out,
            "{FAINT}            Never send real funds to these accounts: everybody knows such keys.{FAINT:#}"
        )?;
    }
    let terms = chain.terms();
    writeln!(
        out,
        "\n{BOLD}Chain id{BOLD:#}    {}\n{BOLD}Network{BOLD:#}     {} (version {})\n{BOLD}Head{BOLD:#}        epoch {}, {}",
        chain.chain_id(),
        chain.network_name(),
        terms.network_version,
        head.epoch(),
        head.block
    )?;
    for address in addresses {
        writeln!(
            out,
            "{BOLD}Ethereum{BOLD:#}    http://{address}  ws://{address}\n{BOLD}Filecoin{BOLD:#}    http://{address}/rpc/v1"
        )?;
    }
    if let Some(path) = &command.ipc {
        writeln!(out, "{BOLD}IPC{BOLD:#}         {}", path.display())?;
    }
    match &command.data {
        Some(path) => writeln!(out, "{BOLD}Data{BOLD:#}        {}\n", path.display())?,
        None => writeln!(
            out,
            "{BOLD}Data{BOLD:#}        in memory; --data DIR keeps it\n"
        )?,
    }
    Ok(())
}

fn id(out: &mut dyn Write, id: Option<u64>) -> io::Result<()> {
    match id {
        Some(id) => write!(out, " {FAINT}f0{id}{FAINT:#}"),
        None => Ok(()),
    }
}
