//! `atoll wallet`: keys by name, for chains that are tried out on.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use atoll_chain::Key;
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use clap::{Args, Subcommand, ValueEnum};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::accounts::secret;
use crate::Ending;
use crate::style::{BOLD, FAINT, NAME};

/// Names the file of the wallet.
const FILE_VARIABLE: &str = "ATOLL_WALLET";
const VERSION: u32 = 1;

/// Keep keys by name, and list those of the dev accounts.
///
/// The keys stand in a file as they are, which only you may read: they are for chains of your own
/// and for test networks. Keep keys of real funds elsewhere.
#[derive(Args, Debug)]
#[command(after_help = "\
The file is wallet.json in the user's data folder, or the one that ATOLL_WALLET names.

Examples:
  atoll wallet list
  atoll wallet new alice
  atoll wallet new bob --kind bls
  atoll wallet import carol 0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d
  atoll send 0x70997970C51812dc3A010C7d01b50e0d17dc79C8 --value '1 FIL' --from alice")]
pub struct WalletCommand {
    #[command(subcommand)]
    action: Action,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the keys of the wallet and of the dev accounts.
    List {
        /// How many dev accounts.
        #[arg(long, default_value_t = 10, value_name = "N",
              value_parser = clap::value_parser!(u16).range(..=1000))]
        accounts: u16,
        /// The words that their keys are derived from.
        #[arg(long, default_value = DEV_MNEMONIC, hide_default_value = true, value_name = "WORDS")]
        mnemonic: String,
    },
    /// Make a key.
    New {
        /// What to call it.
        name: String,
        /// What it signs with.
        #[arg(long, value_enum, default_value_t = Kind::Secp256k1)]
        kind: Kind,
    },
    /// Take in a key.
    Import {
        /// What to call it.
        name: String,
        /// The 32 bytes in hex; read from standard input if absent.
        secret: Option<String>,
        /// What it signs with.
        #[arg(long, value_enum, default_value_t = Kind::Secp256k1)]
        kind: Kind,
    },
    /// Show the secret of a key.
    Export {
        /// What it is called.
        name: String,
    },
    /// Forget a key. Nobody can bring it back.
    Remove {
        /// What it is called.
        name: String,
    },
}

/// What a key signs with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// One key with two accounts: 0x (f410) and f1.
    Secp256k1,
    /// A key with an f3 account.
    Bls,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Secp256k1 => "secp256k1",
            Self::Bls => "bls",
        })
    }
}

/// The file of keys.
#[derive(Debug)]
pub struct Wallet {
    path: PathBuf,
    kept: Kept,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    version: u32,
    keys: BTreeMap<String, KeptKey>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptKey {
    kind: Kind,
    secret: String,
}

impl std::fmt::Debug for KeptKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Never the secret: this may end up in a log.
        write!(f, "a {} key", self.kind)
    }
}

impl KeptKey {
    fn key(&self) -> Result<Key> {
        let secret = secret(&self.secret)?;
        Ok(match self.kind {
            Kind::Secp256k1 => Key::secp256k1(&secret)?,
            Kind::Bls => Key::bls(&secret)?,
        })
    }
}

impl Wallet {
    /// Opens the user's wallet. It need not exist yet.
    pub fn open() -> Result<Self> {
        let path = path()?;
        let kept = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .with_context(|| format!("the wallet {} is damaged", path.display()))?,
            Err(error) if error.kind() == ErrorKind::NotFound => Kept {
                version: VERSION,
                keys: BTreeMap::new(),
            },
            Err(error) => {
                return Err(error).with_context(|| format!("the wallet {}", path.display()));
            }
        };
        ensure!(
            kept.version == VERSION,
            "the wallet {} has version {}, not {VERSION}",
            path.display(),
            kept.version
        );
        Ok(Self { path, kept })
    }

    /// The key of this name.
    pub fn key(&self, name: &str) -> Result<Option<Key>> {
        self.kept.keys.get(name).map(KeptKey::key).transpose()
    }

    /// Every key.
    pub fn keys(&self) -> Result<Vec<Key>> {
        self.kept.keys.values().map(KeptKey::key).collect()
    }

    fn add(&mut self, name: &str, kind: Kind, secret: [u8; 32]) -> Result<Key> {
        let plain = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        ensure!(
            plain,
            "a name begins with a letter and has letters, digits and -_. only"
        );
        ensure!(
            crate::exec::input::parse_address(name).is_err(),
            "the name {name:?} looks like an address"
        );
        ensure!(
            !self.kept.keys.contains_key(name),
            "the name {name:?} is taken"
        );
        let kept = KeptKey {
            kind,
            secret: hex::encode(secret),
        };
        let key = kept.key()?;
        self.kept.keys.insert(name.to_owned(), kept);
        self.save()?;
        Ok(key)
    }

    fn save(&self) -> Result<()> {
        let write = || {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder)?;
            }
            // Under the name there is the whole of it or what was there before.
            let beside = self.path.with_extension("part");
            let mut file = private(&beside)?;
            file.write_all(&serde_json::to_vec_pretty(&self.kept)?)?;
            file.sync_all()?;
            fs::rename(&beside, &self.path)
        };
        write().with_context(|| format!("writing the wallet {}", self.path.display()))
    }
}

/// A new file that only its owner may read, where the system has such.
fn private(path: &Path) -> std::io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn path() -> Result<PathBuf> {
    let variable = |name| {
        env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = variable(FILE_VARIABLE) {
        return Ok(path);
    }
    let data = variable("XDG_DATA_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".local/share")));
    let data = data.with_context(|| format!("no home folder; {FILE_VARIABLE} names the file"))?;
    Ok(data.join("atoll/wallet.json"))
}

impl WalletCommand {
    /// Does what was asked for.
    pub fn run(&self, out: &mut dyn Write) -> Result<Ending> {
        let mut wallet = Wallet::open()?;
        match &self.action {
            Action::List { accounts, mnemonic } => {
                let dev = derive(mnemonic, DEV_PATH, usize::from(*accounts))?;
                if !self.json && !dev.is_empty() {
                    writeln!(
                        out,
                        "{BOLD}Dev accounts{BOLD:#} {FAINT}everybody knows their keys{FAINT:#}"
                    )?;
                }
                for (index, key) in dev.iter().enumerate() {
                    self.show(out, &index.to_string(), key)?;
                }
                if !self.json {
                    writeln!(
                        out,
                        "{BOLD}Wallet{BOLD:#} {FAINT}{}{FAINT:#}",
                        wallet.path.display()
                    )?;
                }
                for (name, kept) in &wallet.kept.keys {
                    self.show(out, name, &kept.key()?)?;
                }
            }
            Action::New { name, kind } => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).context("the system has no random numbers")?;
                if *kind == Kind::Bls {
                    secret = Key::bls_secret(secret);
                }
                let key = wallet.add(name, *kind, secret)?;
                self.show(out, name, &key)?;
            }
            Action::Import {
                name,
                secret: given,
                kind,
            } => {
                let given = match given {
                    Some(given) => given.clone(),
                    None => std::io::read_to_string(std::io::stdin())?,
                };
                let key = wallet.add(name, *kind, secret(&given)?)?;
                self.show(out, name, &key)?;
            }
            Action::Export { name } => {
                let Some(kept) = wallet.kept.keys.get(name) else {
                    bail!("there is no key {name:?} in the wallet");
                };
                writeln!(out, "0x{}", kept.secret)?;
            }
            Action::Remove { name } => {
                ensure!(
                    wallet.kept.keys.remove(name).is_some(),
                    "there is no key {name:?} in the wallet"
                );
                wallet.save()?;
            }
        }
        Ok(Ending::Good)
    }

    fn show(&self, out: &mut dyn Write, name: &str, key: &Key) -> Result<()> {
        let ethereum = key.eth_address();
        if self.json {
            let shown = json!({
                "name": name,
                "ethereum": ethereum.map(|address| address.to_string()),
                "delegated": ethereum.map(|address| address.to_f410().to_string()),
                "filecoin": key.address().to_string(),
            });
            return Ok(writeln!(out, "{shown}")?);
        }
        let filecoin = key.address();
        match ethereum {
            Some(ethereum) => writeln!(
                out,
                "  {NAME}{name}{NAME:#} {ethereum} {FAINT}{}{FAINT:#} {filecoin}",
                ethereum.to_f410()
            )?,
            None => writeln!(out, "  {NAME}{name}{NAME:#} {filecoin}")?,
        }
        Ok(())
    }
}
