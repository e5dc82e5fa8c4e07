//! `atoll_`: storage for people who have neither hardware nor days: providers, sectors and deals
//! in one call each.
//!
//! Everything is done by messages that a provider, a client or a verifier would send, signed with
//! keys of the node; epochs that must pass are null rounds. Proofs are made up, so this works on
//! chains whose verifier believes every proof, and there alone.

pub(in crate::methods) mod deals;
pub(in crate::methods) mod providers;
pub(in crate::methods) mod sectors;

use std::sync::Arc;

use atoll_actors::miner::info::MinerInfo;
use atoll_chain::call::EstimateError;
use atoll_chain::{Chain, CheckedMessage, Hash, Overrides};
use fvm_ipld_encoding::RawBytes;
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::jsonrpc::error::Error;
use crate::methods::filecoin::storage::{Miner, Reader, unreadable};
use crate::methods::filecoin::{accounts, gas, messages};
use crate::node::{Caller, now};

/// No wait is longer: nobody who asks for more means it.
const WAIT_MAX: ChainEpoch = 300_000;

/// Sends messages and lets time pass.
#[derive(Clone, Copy)]
struct Operator<'c> {
    caller: &'c Caller<'c>,
}

/// A message to be sent.
struct Call<'a, P: ?Sized> {
    from: Address,
    to: Address,
    method: MethodNum,
    params: &'a P,
    value: TokenAmount,
}

impl<'c> Operator<'c> {
    fn chain(&self) -> &'c Chain {
        self.caller.chain()
    }

    fn reader(&self) -> Result<Reader<'c>, Error> {
        Reader::open(self.caller, None)
    }

    fn epoch(&self) -> ChainEpoch {
        self.chain().head().epoch()
    }

    /// The first address of the node's keys.
    fn first_address(&self) -> Result<Address, Error> {
        let addresses = self.caller.node.wallet.addresses();
        let first = addresses.first().copied();
        first.ok_or_else(|| Error::refused("the node has no keys"))
    }

    /// The address that signs for an actor: it must be one whose key the node has.
    fn signer(&self, address: &Address) -> Result<Address, Error> {
        let chain = self.chain();
        let key = chain.state(&chain.head())?.key_address(address)?;
        Ok(key.unwrap_or(*address))
    }

    /// Sends a message and mines it. What it returned; an error unless it succeeded.
    fn send<P: Serialize + ?Sized, R: DeserializeOwned>(
        &self,
        call: &Call<'_, P>,
    ) -> Result<R, Error> {
        let params = RawBytes::serialize(call.params).map_err(Error::internal)?;
        let returned = self.send_bytes(call.from, call.to, call.method, params, &call.value)?;
        returned.deserialize().map_err(Error::internal)
    }

    /// Sends a message that returns nothing and mines it.
    fn send_unit<P: Serialize + ?Sized>(&self, call: &Call<'_, P>) -> Result<(), Error> {
        let params = RawBytes::serialize(call.params).map_err(Error::internal)?;
        self.send_bytes(call.from, call.to, call.method, params, &call.value)
            .map(drop)
    }

    /// Moves funds.
    fn pay(&self, from: Address, to: Address, value: &TokenAmount) -> Result<(), Error> {
        let method = fvm_shared::METHOD_SEND;
        self.send_bytes(from, to, method, RawBytes::default(), value)
            .map(drop)
    }

    fn send_bytes(
        &self,
        from: Address,
        to: Address,
        method_num: MethodNum,
        params: RawBytes,
        value: &TokenAmount,
    ) -> Result<RawBytes, Error> {
        let chain = self.chain();
        let from = self.signer(&from)?;
        let mut message = Message {
            version: 0,
            from,
            to,
            sequence: chain.next_sequence(&from)?,
            value: value.clone(),
            method_num,
            params,
            gas_limit: 0,
            gas_fee_cap: TokenAmount::default(),
            gas_premium: TokenAmount::default(),
        };
        message.gas_limit = self.gas_limit(&message)?;
        let message = gas::fill(self.caller, (&message).into(), None)?;
        let signed = accounts::sign_with_own(self.caller, message)?;
        let checked = CheckedMessage::new(signed, chain.chain_id());
        let checked = checked.map_err(|why| Error::refused(why.to_string()))?;
        self.mine(checked)
    }

    /// What a message needs in the next epoch: deadlines open and close between two. The estimate
    /// tells what is wrong with it before it costs anything.
    fn gas_limit(&self, message: &Message) -> Result<u64, Error> {
        let chain = self.chain();
        let overrides = Overrides {
            epoch: Some(self.epoch() + 1),
            ..Overrides::default()
        };
        let request = messages::request(message);
        match chain.estimate_gas(&chain.head(), &request, &overrides) {
            Ok(estimate) => Ok(estimate.gas_limit),
            Err(EstimateError::Fatal(fatal)) => Err(fatal.into()),
            Err(why) => Err(Error::refused(format!(
                "method {}: {why}",
                message.method_num
            ))),
        }
    }

    fn mine(&self, message: Arc<CheckedMessage>) -> Result<RawBytes, Error> {
        let chain = self.chain();
        let hash = Hash::of_cid(&message.cid);
        let submitted = chain.submit(message, now());
        submitted.map_err(|why| Error::refused(why.to_string()))?;
        if chain.message(&hash).is_none() {
            chain.mine(now())?;
        }
        let found = chain.message(&hash);
        let (_, executed) =
            found.ok_or_else(|| Error::refused("the message found no place in a block"))?;
        let receipt = &executed.receipt;
        if !receipt.exit_code.is_success() {
            let why = executed.failure.clone().unwrap_or_default();
            let words = format!("exit code {}: {why}", receipt.exit_code);
            return Err(Error::refused(words));
        }
        Ok(receipt.return_data.clone())
    }

    /// Lets time pass until a message sent next is in this epoch or a later one.
    fn wait_for(&self, epoch: ChainEpoch) -> Result<(), Error> {
        let missing = epoch - 1 - self.epoch();
        if missing > WAIT_MAX {
            return Err(Error::refused(format!(
                "it would take {missing} epochs, more than {WAIT_MAX}"
            )));
        }
        match u64::try_from(missing) {
            Ok(missing) if missing > 0 => {
                self.chain().mine_after(now(), missing - 1)?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn miner(&self, address: &Address) -> Result<(Reader<'c>, Miner, MinerInfo), Error> {
        let mut reader = self.reader()?;
        let miner = reader.miner(address)?;
        let info = miner.state.load_info(reader.store());
        let info = info.map_err(unreadable)?;
        Ok((reader, miner, info))
    }
}
