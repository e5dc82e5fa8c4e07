//! What a node that forks another asks of it.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use atoll_chain::fork::{Base, Origin};
use atoll_chain::header::BlockHeader;
use atoll_chain::{Hash, Supply, Terms};
use cid::Cid;
use fvm_shared::address::Address;
use fvm_shared::bigint::BigInt;
use fvm_shared::econ::TokenAmount;
use fvm_shared::version::NetworkVersion;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::submit::{hash_of, quantity};
use crate::remote::{Refusal, Remote};
use crate::story::remote::Link;

/// How often a block is asked for, and how long the first pause is; each is twice the one before.
const ATTEMPTS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);

/// How long an epoch lasts on Filecoin's networks, in seconds.
const EPOCH_SECONDS: u64 = 30;

/// The node whose chain goes on here.
pub(super) struct Forked {
    remote: Remote,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tipset {
    cids: Vec<Link>,
    height: i64,
}

impl Forked {
    /// A node by its URL.
    pub(super) fn new(url: &str) -> Self {
        Self {
            remote: Remote::new(url),
        }
    }

    /// Where this chain goes on: after the tipset of an epoch, or after the newest one whose
    /// state is known.
    pub(super) fn base(&self, epoch: Option<i64>) -> Result<Base> {
        let base = || {
            let tipset: Tipset = match epoch {
                None => self.remote.ask("Filecoin.ChainHead", json!([]))?,
                Some(epoch) => {
                    let params = json!([epoch, []]);
                    self.remote.ask("Filecoin.ChainGetTipSetByHeight", params)?
                }
            };
            if let Some(epoch) = epoch.filter(|epoch| tipset.height > *epoch) {
                bail!("it has no tipset at epoch {epoch} or before");
            }
            self.base_at(&tipset)
        };
        base().with_context(|| format!("forking the chain of {}", self.remote.url()))
    }

    fn base_at(&self, tipset: &Tipset) -> Result<Base> {
        let header = self.header(tipset)?;
        let Some((state_root, receipts_root)) = self.roots_after(tipset, &header)? else {
            // Other nodes than Atoll know the state after a tipset only when there is another
            // one on it: what is known is the state before the head.
            let [parent, ..] = header.parents.as_slice() else {
                bail!("the chain has no tipset whose state is known");
            };
            let parent = self.header_of(parent)?;
            return self.finish(
                parent,
                header.parent_state_root,
                header.parent_message_receipts,
            );
        };
        self.finish(header, state_root, receipts_root)
    }

    /// The state and the receipts after a tipset, if the node can tell.
    fn roots_after(&self, tipset: &Tipset, header: &BlockHeader) -> Result<Option<(Cid, Cid)>> {
        let params = json!([tipset.height + 1, []]);
        let child: Result<Tipset> = self
            .remote
            .ask("Filecoin.ChainGetTipSetAfterHeight", params);
        if let Ok(child) = child
            && child.height > tipset.height
        {
            let child = self.header(&child)?;
            let cids: Vec<Cid> = tipset.cids.iter().map(Link::cid).collect::<Result<_>>()?;
            if child.parents == cids {
                return Ok(Some((
                    child.parent_state_root,
                    child.parent_message_receipts,
                )));
            }
        }
        let client: String = self.remote.ask("web3_clientVersion", json!([]))?;
        if !client.to_ascii_lowercase().starts_with("atoll") {
            return Ok(None);
        }
        // Atoll shows the state after a block with the block.
        let params = json!([format!("0x{:x}", tipset.height), false]);
        let block: Value = self.remote.ask("eth_getBlockByNumber", params)?;
        let root = block.get("stateRoot").and_then(Value::as_str);
        let root: Hash = hash_of(root.context("the block has no state root")?)?;
        // The list of receipts plays no part in what follows.
        Ok(Some((root.to_cid(), header.parent_message_receipts)))
    }

    fn finish(&self, header: BlockHeader, state_root: Cid, receipts_root: Cid) -> Result<Base> {
        let version: u32 = self
            .remote
            .ask("Filecoin.StateNetworkVersion", json!([[]]))?;
        let supply: String = self
            .remote
            .ask("Filecoin.StateCirculatingSupply", json!([[]]))?;
        let supply: BigInt = supply.parse().context("the circulating supply")?;
        Ok(Base {
            network_name: self.remote.ask("Filecoin.StateNetworkName", json!([]))?,
            header,
            state_root,
            receipts_root,
            terms: Terms {
                network_version: NetworkVersion::new(version),
                chain_id: quantity(&self.remote, "eth_chainId", json!([]))?,
                supply: Supply {
                    vested: TokenAmount::default(),
                    fixed: Some(TokenAmount::from_atto(supply)),
                },
                // The other chain's miners do not mine here: rewards are burnt.
                miner: Address::new_id(atoll_vm::actors::BURNT_FUNDS_ACTOR),
                epoch_seconds: EPOCH_SECONDS,
            },
        })
    }

    /// The header of a tipset's first block, which stands for all of them.
    fn header(&self, tipset: &Tipset) -> Result<BlockHeader> {
        let block = tipset.cids.first().context("the tipset has no block")?;
        self.header_of(&block.cid()?)
    }

    fn header_of(&self, cid: &Cid) -> Result<BlockHeader> {
        let block = self.fetch(cid)?;
        let block = block.with_context(|| format!("the node does not have the block {cid}"))?;
        fvm_ipld_encoding::from_slice(&block).with_context(|| format!("the header {cid}"))
    }
}

impl Origin for Forked {
    fn fetch(&self, cid: &Cid) -> Result<Option<Vec<u8>>> {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            let error = match self.remote.read(cid) {
                Ok(block) => return Ok(block),
                Err(error) => error,
            };
            // What the node refuses it will refuse again.
            if attempt == ATTEMPTS || error.is::<Refusal>() {
                return Err(error.context(format!(
                    "the node that this chain forks ({}) does not give the block {cid}, asked \
                     {attempt} times",
                    self.remote.url()
                )));
            }
            thread::sleep(pause);
            pause *= 2;
            attempt += 1;
        }
    }
}
