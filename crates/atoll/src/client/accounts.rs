//! Whose key signs: a dev account, a key of the wallet, or one on the command line.

use anyhow::{Context, Result, bail};
use atoll_chain::Key;
use atoll_chain::keys::{DEV_MNEMONIC, DEV_PATH, derive};
use clap::Args;
use fvm_shared::address::{Address, Protocol};

use super::wallet::Wallet;
use crate::exec::input::parse_address;

/// Dev accounts that an address is looked for among.
pub const DEV_COUNT: usize = 20;

/// Who sends.
#[derive(Args, Clone, Debug)]
pub struct Signer {
    /// Who sends: the number of a dev account, the name of a key in the wallet, or an address of
    /// one of these.
    #[arg(long, short, default_value = "0", value_name = "WHO")]
    from: String,
    /// The secret key to sign with, in hex, instead of one that --from finds.
    #[arg(
        long,
        env = "ATOLL_KEY",
        hide_env_values = true,
        value_name = "HEX",
        conflicts_with = "from"
    )]
    key: Option<String>,
    /// The words that the keys of dev accounts are derived from.
    #[arg(long, default_value = DEV_MNEMONIC, hide_default_value = true, value_name = "WORDS")]
    mnemonic: String,
}

/// A key, and which of its two accounts is meant if that was said.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The key.
    pub key: Key,
    /// The account that was named by its address.
    pub named: Option<Address>,
}

/// A key's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// 0x, which is f410: sends Ethereum transactions.
    Ethereum,
    /// f1 or f3: sends Filecoin messages.
    Filecoin,
}

impl Signer {
    /// Finds the key.
    pub fn find(&self) -> Result<Sender> {
        if let Some(hex) = &self.key {
            return Ok(Sender {
                key: Key::secp256k1(&secret(hex)?)?,
                named: None,
            });
        }
        let wallet = Wallet::open()?;
        if let Some(key) = wallet.key(&self.from)? {
            return Ok(Sender { key, named: None });
        }
        if let Ok(index) = self.from.parse::<u16>() {
            let index = usize::from(index);
            let key = derive(&self.mnemonic, DEV_PATH, index + 1)?.swap_remove(index);
            return Ok(Sender { key, named: None });
        }
        let Ok(address) = parse_address(&self.from) else {
            bail!(
                "{:?} is no number of a dev account, no name in the wallet (`atoll wallet list`) \
                 and no address",
                self.from
            );
        };
        let dev = derive(&self.mnemonic, DEV_PATH, DEV_COUNT)?;
        let mut keys = dev.into_iter().chain(wallet.keys()?);
        let key = keys.find(|key| addresses(key).contains(&Some(address)));
        let key = key.with_context(|| {
            format!("nobody here has the key of {}; --key names one", self.from)
        })?;
        Ok(Sender {
            key,
            named: Some(address),
        })
    }
}

impl Sender {
    /// Which account sends, if the one of this kind would be best.
    pub fn account(&self, best: Account) -> Account {
        match (&self.key, &self.named) {
            (Key::Bls(_), _) => Account::Filecoin,
            (_, Some(address)) if address.protocol() == Protocol::Delegated => Account::Ethereum,
            (_, Some(_)) => Account::Filecoin,
            (_, None) => best,
        }
    }
}

/// The addresses of a key's accounts.
#[must_use]
pub fn addresses(key: &Key) -> [Option<Address>; 2] {
    [
        key.eth_address().map(|address| address.to_f410()),
        Some(key.address()),
    ]
}

/// A secret key in hex.
pub fn secret(hex: &str) -> Result<[u8; 32]> {
    let hex = hex.trim();
    let bytes = hex::decode(hex.strip_prefix("0x").unwrap_or(hex)).ok();
    // The secret itself stays out of the error.
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .context("a secret key is 32 bytes in hex")
}
