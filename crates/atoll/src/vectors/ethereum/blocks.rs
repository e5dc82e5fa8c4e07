//! Plays a blockchain test: its transactions block by block, then every account.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use atoll_vm::Applied;

use super::format::{Account, BlockJson, BlockTest, EthAddressText, Header, Transaction, Wide};
use super::receipt::{bloom, single_receipt_root};
use super::scope::BEACON_ROOTS;
use super::world::{BlockInfo, Found, Ground, Transact, World};
use crate::contract::Word;
use crate::vectors::json::Hex;
use crate::vectors::report::{Difference, same};

/// Plays the test. The outer error means that the machine gave up or the test makes no sense.
pub fn play(ground: &Ground, test: &BlockTest) -> Result<Result<usize, Box<Difference>>> {
    let first = test.blocks.first().context("a test without blocks")?;
    let pre = test
        .pre
        .iter()
        .map(|(address, account)| (&address.0, account));
    let mut play = Play {
        world: World::new(ground, info(header(first)?), pre)?,
        fees: BTreeMap::new(),
        failures: Vec::new(),
    };
    let mut steps = 0;
    for (index, block) in test.blocks.iter().enumerate() {
        if let Err(difference) = play.block(block)? {
            return Ok(Err(difference.at_step(format!("block {index}"))));
        }
        steps += block.transactions.len();
    }
    let post = test
        .post_state
        .as_ref()
        .context("a test without a state after")?;
    Ok(play
        .compare(post)?
        .map(|()| steps)
        .map_err(|mut difference| {
            difference.notes.append(&mut play.failures);
            difference
        }))
}

fn header(block: &BlockJson) -> Result<&Header> {
    block
        .block_header
        .as_ref()
        .context("a block without a header")
}

fn info(header: &Header) -> BlockInfo {
    BlockInfo {
        number: header.number.0,
        timestamp: header.timestamp.0,
    }
}

struct Play {
    world: World,
    /// What accounts paid and got for gas on Ethereum; `None` where several transactions of a
    /// block share what the header says.
    fees: BTreeMap<[u8; 20], Option<Fees>>,
    /// Why transactions failed, for people.
    failures: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Fees {
    paid: u128,
    got: u128,
}

impl Play {
    fn block(&mut self, block: &BlockJson) -> Result<Result<(), Box<Difference>>> {
        let header = header(block)?;
        self.world.enter(info(header))?;
        let mut logs = Vec::new();
        let mut successes = Vec::new();
        for transaction in &block.transactions {
            let applied = self.world.transact(transact(transaction)?)?;
            logs.append(&mut self.world.logs(&applied)?);
            successes.push(succeeded(&applied));
            self.failures
                .extend(applied.failure.iter().map(ToString::to_string));
        }
        self.count_fees(block, header)?;
        if let ([transaction], [success]) = (block.transactions.as_slice(), successes.as_slice()) {
            let kind = u8::try_from(transaction.kind.0).context("a type of transaction")?;
            let root = |success| {
                Hex(single_receipt_root(kind, success, header.gas_used.0, &logs).to_vec())
            };
            if header.receipt_trie == root(!success) {
                return Ok(same("success", &!success, success)
                    .map_err(|difference| self.explain(difference)));
            }
            if let Err(difference) = same(
                "receipts' root (logs)",
                &header.receipt_trie,
                &root(*success),
            ) {
                return Ok(Err(self.explain(difference)));
            }
        }
        Ok(same(
            "logs' Bloom filter",
            &header.bloom,
            &Hex(bloom(&logs).to_vec()),
        )
        .map_err(|difference| self.explain(difference)))
    }

    fn explain(&mut self, mut difference: Box<Difference>) -> Box<Difference> {
        difference.notes.append(&mut self.failures);
        difference
    }

    fn count_fees(&mut self, block: &BlockJson, header: &Header) -> Result<()> {
        let coinbase = header.coinbase.0;
        if let [transaction] = block.transactions.as_slice() {
            let gas = u128::from(header.gas_used.0);
            let base_fee = u128::from(header.base_fee_per_gas.0);
            let price = price(transaction, base_fee)?;
            let tip = price
                .checked_sub(base_fee)
                .context("a price below the base fee")?;
            let amount = |price: u128| gas.checked_mul(price).context("fees beyond 128 bits");
            if let Some(fees) = self
                .fees
                .entry(transaction.sender.0)
                .or_insert(Some(Fees::default()))
            {
                fees.paid += amount(price)?;
            }
            if let Some(fees) = self.fees.entry(coinbase).or_insert(Some(Fees::default())) {
                fees.got += amount(tip)?;
            }
        } else {
            let senders = block
                .transactions
                .iter()
                .map(|transaction| transaction.sender.0);
            for address in senders.chain((!block.transactions.is_empty()).then_some(coinbase)) {
                self.fees.insert(address, None);
            }
        }
        Ok(())
    }

    /// Every account is as it should be, and there are no others.
    fn compare(
        &mut self,
        post: &BTreeMap<EthAddressText, Account>,
    ) -> Result<Result<(), Box<Difference>>> {
        for (EthAddressText(address), expected) in post {
            if *address == BEACON_ROOTS {
                continue;
            }
            let got = self.world.account(address)?;
            if let Err(difference) = self.compare_account(address, expected, &got)? {
                return Ok(Err(difference));
            }
        }
        for (address, got) in self.world.changed()? {
            // Filecoin keeps accounts that Ethereum would call empty.
            if !post.contains_key(&EthAddressText(address))
                && !got.is_empty()
                && address != BEACON_ROOTS
            {
                let field = format!("account 0x{}", hex::encode(address));
                return Ok(same(field, "none", &format!("{got:?}")));
            }
        }
        Ok(Ok(()))
    }

    fn compare_account(
        &self,
        address: &[u8; 20],
        expected: &Account,
        got: &Found,
    ) -> Result<Result<(), Box<Difference>>> {
        let fees = self
            .fees
            .get(address)
            .copied()
            .unwrap_or(Some(Fees::default()));
        let balance = expected
            .balance
            .to_u128()
            .context("a balance beyond 128 bits")?;
        let balance = match fees {
            Some(Fees { paid, got }) => {
                let balance = balance
                    .checked_add(paid)
                    .and_then(|balance| balance.checked_sub(got));
                Some(balance.context("a balance that does not cover the fees")?)
            }
            None => None,
        };
        let expected = Expected {
            balance,
            nonce: expected.nonce.0,
            code: &expected.code,
            storage: storage(expected),
        };
        Ok(expected.compare(&format!("account 0x{}", hex::encode(address)), got))
    }
}

/// An account as it should be.
struct Expected<'a> {
    /// Not compared if absent.
    balance: Option<u128>,
    nonce: u64,
    code: &'a Hex,
    storage: BTreeMap<String, String>,
}

impl Expected<'_> {
    fn compare(&self, account: &str, got: &Found) -> Result<(), Box<Difference>> {
        let storage: BTreeMap<_, _> = got.storage.iter().map(shown).collect();
        same(format!("{account} storage"), &self.storage, &storage)?;
        same(format!("{account} code"), self.code, &Hex(got.code.clone()))?;
        same(format!("{account} nonce"), &self.nonce, &got.nonce)?;
        match self.balance {
            Some(balance) => same(format!("{account} balance"), &balance, &got.balance),
            None => Ok(()),
        }
    }
}

fn shown((key, value): &(Word, Word)) -> (String, String) {
    (key.to_hex(), value.to_hex())
}

fn storage(account: &Account) -> BTreeMap<String, String> {
    let slots = account
        .storage
        .iter()
        .map(|(Wide(key), Wide(value))| (*key, *value));
    let slots = slots.filter(|(_, value)| *value != Word::default());
    slots.map(|slot| shown(&slot)).collect()
}

/// Compares what a test says of storage, code and nonce only.
pub(super) fn compare_without_balance(
    address: &[u8; 20],
    expected: &Account,
    got: &Found,
) -> Result<(), Box<Difference>> {
    let expected = Expected {
        balance: None,
        nonce: expected.nonce.0,
        code: &expected.code,
        storage: storage(expected),
    };
    expected.compare(&format!("account 0x{}", hex::encode(address)), got)
}

fn transact(transaction: &Transaction) -> Result<Transact> {
    let to = match transaction.to.0.as_slice() {
        [] => None,
        to => Some(to.try_into().context("an address has twenty bytes")?),
    };
    Ok(Transact {
        from: transaction.sender.0,
        to,
        nonce: transaction.nonce.0,
        value: transaction
            .value
            .to_u128()
            .context("a value beyond 128 bits")?,
        data: transaction.data.0.clone(),
        gas_limit: transaction.gas_limit.to_u64_saturating(),
    })
}

/// What a transaction pays a unit of gas (EIP-1559).
fn price(transaction: &Transaction, base_fee: u128) -> Result<u128> {
    let amount = |wide: Wide| wide.to_u128().context("a price beyond 128 bits");
    if let Some(price) = transaction.gas_price {
        return amount(price);
    }
    let most = amount(
        transaction
            .max_fee_per_gas
            .context("a transaction without a price")?,
    )?;
    let tip = amount(transaction.max_priority_fee_per_gas.unwrap_or_default())?;
    ensure!(most >= base_fee, "a price below the base fee");
    Ok(most.min(base_fee.saturating_add(tip)))
}

fn succeeded(applied: &Applied) -> bool {
    applied.receipt.exit_code.is_success()
}
