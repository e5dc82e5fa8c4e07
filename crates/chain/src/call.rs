//! Messages that are tried out: nothing that they do stays.

use atoll_actors::evm::{Bytes, EthAddress, method::INVOKE_CONTRACT};
use atoll_vm::actors::EAM_ACTOR;
use atoll_vm::state::Actor;
use atoll_vm::{Applied, ApplyError, ApplyKind, Executor, Fatal, OrFatal};
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use num_traits::Zero;

use crate::base_fee::BLOCK_GAS_LIMIT;
use crate::chain::{Borrowed, Chain, with_stack};
use crate::edit::Edit;
use crate::eth_tx::CREATE_EXTERNAL;
use crate::message::{chain_length, describe_failure};
use crate::signed::cbor;
use crate::tipset::Tipset;
use crate::view;

/// How much an estimate adds to what a message needs, as Lotus does: the state may be another
/// when it is applied. A tenth of it may go unused for free.
const MARGIN_PERCENT: u64 = 125;

/// A message to try out.
#[derive(Clone, Debug)]
pub struct CallRequest {
    /// Who sends it. Need not exist.
    pub from: Address,
    /// Whom it calls.
    pub to: Address,
    /// What goes along.
    pub value: TokenAmount,
    /// The method.
    pub method: u64,
    /// Its parameters.
    pub params: RawBytes,
    /// The most gas it may use; all of a block's if absent.
    pub gas_limit: Option<u64>,
    /// What a unit of gas pays above the base fee: contracts see it as the price.
    pub gas_premium: TokenAmount,
}

impl CallRequest {
    /// A call in Ethereum's terms. Without a receiver it creates a contract.
    #[must_use]
    pub fn eth(
        from: EthAddress,
        to: Option<EthAddress>,
        value: TokenAmount,
        input: Vec<u8>,
    ) -> Self {
        let (to, method) = match to {
            Some(to) => (to.to_filecoin(), INVOKE_CONTRACT),
            None => (Address::new_id(EAM_ACTOR), CREATE_EXTERNAL),
        };
        let params = if input.is_empty() {
            RawBytes::default()
        } else {
            RawBytes::new(cbor(&Bytes(input)))
        };
        Self {
            from: from.to_filecoin(),
            to,
            value,
            method,
            params,
            gas_limit: None,
            gas_premium: TokenAmount::zero(),
        }
    }

    /// The message, which offers no fees.
    fn message(&self, sequence: u64) -> Message {
        Message {
            version: 0,
            from: self.from,
            to: self.to,
            sequence,
            value: self.value.clone(),
            method_num: self.method,
            params: self.params.clone(),
            gas_limit: self.gas_limit.unwrap_or(BLOCK_GAS_LIMIT).max(1),
            gas_fee_cap: TokenAmount::zero(),
            gas_premium: TokenAmount::zero(),
        }
    }
}

/// What is to be otherwise while a message is tried out.
#[derive(Default)]
pub struct Overrides<'o> {
    /// Changes of the state.
    pub state: Option<StateChanges<'o>>,
    /// Another epoch.
    pub epoch: Option<i64>,
    /// Another time.
    pub timestamp: Option<u64>,
    /// Another base fee.
    pub base_fee: Option<TokenAmount>,
    /// Record every call and charge?
    pub tracing: bool,
}

/// Changes of a state before a message is tried out on it.
pub type StateChanges<'o> = &'o dyn Fn(&mut Edit<'_>) -> Result<(), Fatal>;

/// What a message needs.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The gas limit it should be sent with.
    pub gas_limit: u64,
    /// The gas that it used when it was tried out with plenty.
    pub gas_used: u64,
}

/// Why there is no estimate.
#[derive(Debug)]
pub enum EstimateError {
    /// The message fails, however much gas it gets. What it answered is here.
    Fails(Box<Applied>),
    /// No block may contain such a message.
    Malformed(&'static str),
    /// The node is in trouble.
    Fatal(Fatal),
}

impl std::fmt::Display for EstimateError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fails(applied) => {
                let why = applied.failure.as_ref().map(describe_failure);
                let code = applied.receipt.exit_code;
                write!(f, "exit code {code}: {}", why.unwrap_or_default())
            }
            Self::Malformed(words) => f.write_str(words),
            Self::Fatal(fatal) => fatal.fmt(f),
        }
    }
}

impl std::error::Error for EstimateError {}

impl From<ApplyError> for EstimateError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Malformed(words) => Self::Malformed(words),
            ApplyError::Fatal(fatal) => Self::Fatal(fatal),
        }
    }
}

impl Chain {
    /// Tries a message out on the state after a tipset, at that tipset's epoch and time.
    pub fn call(
        &self,
        tipset: &Tipset,
        request: &CallRequest,
        overrides: &Overrides<'_>,
    ) -> Result<Applied, ApplyError> {
        let mut trial = self.trial(tipset, overrides)?;
        trial.run(request, request.gas_limit.unwrap_or(BLOCK_GAS_LIMIT))
    }

    /// How much gas a message should be sent with: the least that it succeeds with, and a
    /// margin.
    pub fn estimate_gas(
        &self,
        tipset: &Tipset,
        request: &CallRequest,
        overrides: &Overrides<'_>,
    ) -> Result<Estimate, EstimateError> {
        let mut trial = self
            .trial(tipset, overrides)
            .map_err(EstimateError::Fatal)?;
        let most = request.gas_limit.unwrap_or(BLOCK_GAS_LIMIT);
        let applied = trial.run(request, most)?;
        if !applied.receipt.exit_code.is_success() {
            return Err(EstimateError::Fails(Box::new(applied)));
        }
        let gas_used = applied.receipt.gas_used;
        // A callee gets 63/64 of what is left, so what was used may not be enough to offer.
        let (mut fails, mut enough) = (gas_used.saturating_sub(1), gas_used);
        while enough < most && !trial.succeeds(request, enough)? {
            fails = enough;
            enough = enough.saturating_add(enough / 4 + 1).min(most);
        }
        // Within a hundredth is close: the margin is larger.
        while enough - fails > enough / 100 + 1 {
            let middle = fails + (enough - fails) / 2;
            if trial.succeeds(request, middle)? {
                enough = middle;
            } else {
                fails = middle;
            }
        }
        let with_margin = u128::from(enough) * u128::from(MARGIN_PERCENT) / 100;
        let gas_limit = u64::try_from(with_margin).unwrap_or(u64::MAX).min(most);
        Ok(Estimate {
            gas_limit,
            gas_used,
        })
    }

    fn trial(&self, tipset: &Tipset, overrides: &Overrides<'_>) -> Result<Trial<'_>, Fatal> {
        let epoch = overrides.epoch.unwrap_or(tipset.epoch());
        let timestamp = overrides.timestamp.unwrap_or(tipset.timestamp());
        let base_fee = overrides.base_fee.as_ref().unwrap_or(tipset.base_fee());
        let mut context = self.terms().context(epoch, timestamp, base_fee);
        context.tracing = overrides.tracing;
        let mut executor = self.borrow(&tipset.state_root, context)?;
        if let Some(change) = overrides.state {
            change(&mut Edit::new(&mut executor))?;
        }
        Ok(Trial { executor })
    }
}

/// A machine on which messages are tried out. When it is given back, all is as before.
struct Trial<'c> {
    executor: Borrowed<'c>,
}

impl Trial<'_> {
    fn succeeds(&mut self, request: &CallRequest, gas_limit: u64) -> Result<bool, ApplyError> {
        let applied = self.run(request, gas_limit)?;
        Ok(applied.receipt.exit_code.is_success())
    }

    fn run(&mut self, request: &CallRequest, gas_limit: u64) -> Result<Applied, ApplyError> {
        let executor = &mut *self.executor;
        let before = executor.state().checkpoint();
        let result = with_stack(|| run(executor, request, gas_limit));
        executor.state().revert(before);
        result
    }
}

fn run(
    executor: &mut Executor,
    request: &CallRequest,
    gas_limit: u64,
) -> Result<Applied, ApplyError> {
    ensure_sender(executor, &request.from)?;
    let sender = view::actor(executor, &request.from)?;
    let mut message = request.message(sender.as_ref().map_or(0, |(_, actor)| actor.sequence));
    message.gas_limit = gas_limit.max(1);
    let length = cbor(&message).len();
    // As long as the message will be when it is sent for real.
    let length = match sender
        .as_ref()
        .and_then(|(_, actor)| actor.delegated_address)
    {
        Some(_) => length + SIGNATURE_LENGTH,
        None => chain_length(&message, length),
    };
    let can_sign = sender.is_some_and(|(_, actor)| {
        let manifest = executor.manifest();
        actor.code == manifest.account
            || Some(actor.code) == manifest.eth_account
            || (manifest.is_placeholder(&actor.code) && actor.sequence == 0)
    });
    if can_sign {
        return executor.simulate(&message, ApplyKind::Explicit, length);
    }
    // Actors that can't sign are no senders, but a contract's view of the world may be wanted.
    let inclusion = executor.inclusion_gas(length);
    message.gas_limit = gas_limit.saturating_sub(inclusion).max(1);
    let mut applied = executor.simulate(&message, ApplyKind::Implicit, length)?;
    applied.receipt.gas_used += inclusion;
    Ok(applied)
}

/// What a delegated or secp256k1 signature adds to a message's length.
const SIGNATURE_LENGTH: usize = 65 + 1 + 2 + 1;

/// Makes an actor for a sender that does not exist, as a transfer to it would.
fn ensure_sender(executor: &mut Executor, from: &Address) -> Result<(), Fatal> {
    if !matches!(
        from.protocol(),
        Protocol::Delegated | Protocol::Secp256k1 | Protocol::BLS
    ) || executor.state().resolve(from)?.is_some()
    {
        return Ok(());
    }
    let (code, delegated) = match from.protocol() {
        Protocol::Delegated => (executor.manifest().placeholder, Some(*from)),
        _ => (Some(executor.manifest().account), None),
    };
    let code = code.ok_or_else(|| Fatal::new("these actors have no placeholders"))?;
    let state = executor.state();
    let id = state.assign_id(from)?;
    let mut actor = Actor::new(code, delegated);
    if delegated.is_none() {
        actor.root = fvm_ipld_encoding::CborStore::put_cbor(
            state.store(),
            &(*from,),
            multihash_codetable::Code::Blake2b256,
        )
        .or_fatal("writing an account")?;
    }
    state.set_actor(id, actor)
}

/// The bytes that a contract answered with, or reverted with: they travel in one CBOR byte
/// string. Other actors' answers are taken as they are.
#[must_use]
pub fn eth_output(applied: &Applied) -> Vec<u8> {
    let data = applied.receipt.return_data.bytes();
    match fvm_ipld_encoding::from_slice::<Bytes>(data) {
        Ok(Bytes(bytes)) => bytes,
        Err(_) => data.to_vec(),
    }
}
