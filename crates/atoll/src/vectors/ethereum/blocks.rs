//! Plays a blockchain test: its transactions block by block, then every account.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use atoll_actors::evm::EthAddress;
use atoll_actors::evm::ethereum::Rules;
use fvm_shared::bigint::BigInt;

use super::Played;
use super::admission::{self, Decoded};
use super::blobs;
use super::format::{Account, BlockJson, BlockTest, EthAddressText, Header, Transaction, Wide};
use super::receipt::{bloom, single_receipt_root};
use super::root::state_root;
use super::scope::BEACON_ROOTS;
use super::world::{BlockInfo, Call, Found, Ground, Payment, Transacted, World};
use crate::contract::Word;
use crate::vectors::json::Hex;
use crate::vectors::report::{Difference, same};

/// Plays the test. The outer error means that the machine gave up or the test makes no sense.
pub fn play(ground: &Ground, test: &BlockTest) -> Result<Played> {
    let pre = test
        .pre
        .iter()
        .map(|(address, account)| (&address.0, account));
    let start = BlockInfo {
        number: 0,
        timestamp: 0,
        base_fee: 0,
        coinbase: [0; 20],
    };
    let mut play = Play {
        world: World::new(ground, Some(Rules::Cancun), start, pre)?,
        failures: Vec::new(),
    };
    let result = play.all(test)?;
    Ok(Played {
        result: result.map_err(|difference| play.explain(difference)),
        executed: play.world.executed(),
    })
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
        base_fee: header.base_fee_per_gas.0,
        coinbase: header.coinbase.0,
    }
}

struct Play {
    world: World,
    /// Why transactions failed, for people.
    failures: Vec<String>,
}

impl Play {
    /// Plays every block, and compares the state after the last. Says how many transactions ran.
    fn all(&mut self, test: &BlockTest) -> Result<Result<usize, Box<Difference>>> {
        let mut steps = 0;
        for (index, block) in test.blocks.iter().enumerate() {
            let played = match &block.expect_exception {
                None => self.block(block)?,
                Some(reason) => self.refused_block(block, reason)?,
            };
            if let Err(difference) = played {
                return Ok(Err(difference.at_step(format!("block {index}"))));
            }
            steps += block.transactions.len();
        }
        Ok(self.compare(test)?.map(|()| steps))
    }

    fn block(&mut self, block: &BlockJson) -> Result<Result<(), Box<Difference>>> {
        let header = header(block)?;
        self.world.enter(info(header))?;
        self.write_beacon_root(header)?;
        let mut logs = Vec::new();
        let mut successes = Vec::new();
        let mut gas_used = 0;
        for transaction in &block.transactions {
            let refusal = admission::refusal(&mut self.world, header, transaction)?;
            if let Some(reason) = refusal {
                return Ok(same("transaction", "taken", reason));
            }
            let payment = payment(transaction, header)?;
            let Transacted {
                applied,
                success,
                used,
            } = self.world.transact(call(transaction)?, payment)?;
            logs.append(&mut self.world.logs(&applied)?);
            successes.push(success);
            gas_used += used;
            self.failures
                .extend(applied.failure.iter().map(ToString::to_string));
        }
        for withdrawal in &block.withdrawals {
            const GWEI: u128 = 1_000_000_000;
            let amount = u128::from(withdrawal.amount.0) * GWEI;
            self.world.pay(&withdrawal.address.0, amount)?;
        }
        if let ([transaction], [success]) = (block.transactions.as_slice(), successes.as_slice()) {
            let kind = u8::try_from(transaction.kind.0).context("a type of transaction")?;
            let root = |success| {
                Hex(single_receipt_root(kind, success, header.gas_used.0, &logs).to_vec())
            };
            if header.receipt_trie == root(!success) {
                return Ok(same("success", &!success, success));
            }
            if let Err(difference) = same(
                "receipts' root (logs)",
                &header.receipt_trie,
                &root(*success),
            ) {
                return Ok(Err(difference));
            }
        }
        if let Err(difference) = same("gas used", &header.gas_used.0, &gas_used) {
            return Ok(Err(difference));
        }
        Ok(same(
            "logs' Bloom filter",
            &header.bloom,
            &Hex(bloom(&logs).to_vec()),
        ))
    }

    /// A block that Ethereum refuses changes nothing; it must be refused here for one of its
    /// transactions, before any is run.
    fn refused_block(
        &mut self,
        block: &BlockJson,
        reason: &serde_json::Value,
    ) -> Result<Result<(), Box<Difference>>> {
        let Decoded {
            header,
            transactions,
        } = Decoded::read(block)?;
        if blobs::too_many(transactions.iter().flatten()) {
            return Ok(Ok(()));
        }
        for transaction in &transactions {
            let Some(transaction) = transaction else {
                return Ok(Ok(()));
            };
            if admission::refusal(&mut self.world, &header, transaction)?.is_some() {
                return Ok(Ok(()));
            }
        }
        Ok(same(
            "block",
            &format!("refused: {reason}"),
            &"taken".to_owned(),
        ))
    }

    /// Before a block's transactions, the chain writes the root of the beacon block before it, in
    /// two rings of slots (EIP-4788).
    fn write_beacon_root(&mut self, header: &Header) -> Result<()> {
        const RING: u64 = 8191;
        let Some(Wide(root)) = header.parent_beacon_block_root else {
            return Ok(());
        };
        let word = |number: u64| {
            let mut word = Word::default();
            word.0[24..].copy_from_slice(&number.to_be_bytes());
            word
        };
        let time = header.timestamp.0;
        let place = time % RING;
        self.world
            .write_slot(&BEACON_ROOTS, word(place), word(time))?;
        self.world
            .write_slot(&BEACON_ROOTS, word(place + RING), root)
    }

    fn explain(&mut self, mut difference: Box<Difference>) -> Box<Difference> {
        difference.notes.append(&mut self.failures);
        difference
    }

    fn compare(&mut self, test: &BlockTest) -> Result<Result<(), Box<Difference>>> {
        match (&test.post_state, &test.post_state_hash) {
            (Some(post), _) => self.compare_accounts(post),
            (None, Some(root)) => {
                let mut accounts = BTreeMap::new();
                for EthAddressText(address) in test.pre.keys() {
                    accounts.insert(*address, self.world.account(address)?);
                }
                accounts.extend(self.world.changed()?);
                accounts.retain(|_, found| !found.is_empty());
                Ok(same(
                    "state's root",
                    root,
                    &Hex(state_root(&accounts).to_vec()),
                ))
            }
            (None, None) => anyhow::bail!("a test without a state after"),
        }
    }

    /// Every account is as it should be, and there are no others.
    fn compare_accounts(
        &mut self,
        post: &BTreeMap<EthAddressText, Account>,
    ) -> Result<Result<(), Box<Difference>>> {
        for (EthAddressText(address), expected) in post {
            let got = self.world.account(address)?;
            let expected = Expected {
                balance: Some(expected.balance.to_bigint()),
                nonce: expected.nonce.0,
                code: &expected.code,
                storage: storage(expected),
            };
            let account = format!("account 0x{}", hex::encode(address));
            if let Err(difference) = expected.compare(&account, &got) {
                return Ok(Err(difference));
            }
        }
        for (address, got) in self.world.changed()? {
            // Filecoin keeps accounts that Ethereum would call empty.
            if !post.contains_key(&EthAddressText(address)) && !got.is_empty() {
                let field = format!("account 0x{}", hex::encode(address));
                return Ok(same(field, "none", &format!("{got:?}")));
            }
        }
        Ok(Ok(()))
    }
}

/// An account as it should be.
struct Expected<'a> {
    /// Not compared if absent.
    balance: Option<BigInt>,
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
        match &self.balance {
            Some(balance) => same(format!("{account} balance"), balance, &got.balance),
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

fn call(transaction: &Transaction) -> Result<Call<'_>> {
    let to = match transaction.to.0.as_slice() {
        [] => None,
        to => Some(to.try_into().context("an address has twenty bytes")?),
    };
    Ok(Call {
        from: transaction.sender.context("a transaction of nobody")?.0,
        to,
        nonce: transaction.nonce.0,
        value: transaction
            .value
            .to_u128()
            .context("a value beyond 128 bits")?,
        data: &transaction.data.0,
    })
}

fn payment(transaction: &Transaction, header: &Header) -> Result<Payment> {
    let base_fee = u128::from(header.base_fee_per_gas.0);
    let price = price(transaction, base_fee)?;
    let announced = transaction.access_list.iter().map(|announced| {
        let keys = announced.storage_keys.iter().map(|Wide(key)| key.0);
        (EthAddress(announced.address.0), keys.collect())
    });
    Ok(Payment {
        gas_limit: transaction.gas_limit.to_u64_saturating(),
        price,
        tip: price - base_fee,
        beside: blobs::fee(transaction, header)?,
        access_list: announced.collect(),
    })
}

/// What a transaction pays a unit of gas (EIP-1559).
fn price(transaction: &Transaction, base_fee: u128) -> Result<u128> {
    let amount = |wide: Wide| wide.to_u128().context("a price beyond 128 bits");
    let price = match transaction.gas_price {
        Some(price) => amount(price)?,
        None => {
            let most = transaction
                .max_fee_per_gas
                .context("a transaction without a price")?;
            let tip = amount(transaction.max_priority_fee_per_gas.unwrap_or_default())?;
            amount(most)?.min(base_fee.saturating_add(tip))
        }
    };
    ensure!(price >= base_fee, "a price below the base fee");
    Ok(price)
}
