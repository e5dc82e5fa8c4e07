//! Which lines of a benchmark are measured.

use anyhow::{Result, bail};

#[derive(clap::Args)]
pub struct Args {
    /// Fewer repetitions: enough to see that it works, too few to quote.
    #[arg(long)]
    pub quick: bool,
    /// Only this line.
    #[arg(long)]
    only: Option<String>,
}

impl Args {
    /// All of a benchmark's lines, or the one that is asked for, by their names.
    pub fn choose<L>(
        &self,
        lines: impl IntoIterator<Item = L>,
        name: impl Fn(&L) -> &str,
    ) -> Result<Vec<L>> {
        let lines: Vec<_> = lines.into_iter().collect();
        let Some(only) = &self.only else {
            return Ok(lines);
        };
        if !lines.iter().any(|line| name(line) == only) {
            let names: Vec<_> = lines.iter().map(name).collect();
            bail!("there is no line {only}; there are: {}", names.join(", "));
        }
        Ok(lines
            .into_iter()
            .filter(|line| name(line) == only)
            .collect())
    }
}
