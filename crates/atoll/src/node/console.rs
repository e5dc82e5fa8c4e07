//! What contracts say by Solidity's `console.log`, under the line of their message.

use std::io::{self, Write};

use atoll_chain::{Chain, Notice};
use atoll_rpc::Console;

use crate::style::{FAINT, NAME};

/// Prints what the contracts of a new tipset said.
pub(super) fn print(
    out: &mut dyn Write,
    console: &mut Console,
    chain: &Chain,
    notice: &Notice,
) -> io::Result<()> {
    let Notice::Applied(tipset) = notice else {
        return Ok(());
    };
    let said = match console.read(chain, tipset) {
        Ok(said) => said,
        Err(why) => return writeln!(out, "       console.log cannot be read: {why}"),
    };
    for said in said {
        if tipset.messages.len() > 1 {
            writeln!(out, "       {FAINT}{}{FAINT:#}", said.by)?;
        }
        for line in said.lines {
            // A contract may write anything, but not to the terminal.
            writeln!(
                out,
                "       {NAME}console.log{NAME:#} {}",
                line.escape_debug()
            )?;
        }
    }
    Ok(())
}
