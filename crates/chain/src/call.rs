//! Messages that are tried out: nothing that they do stays.

use atoll_actors::evm::{Bytes, EthAddress, method::INVOKE_CONTRACT};
use atoll_native::SharedInspector;
use atoll_vm::actors::EAM_ACTOR;
use atoll_vm::state::Actor;
use atoll_vm::{Applied, ApplyError, ApplyKind, Context, Executor, Fatal, OrFatal};
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::{Address, Protocol};
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use num_traits::Zero;

use crate::base_fee::BLOCK_GAS_LIMIT;
use crate::chain::{Chain, Pending, with_stack};
use crate::edit::Edit;
use crate::eth_tx::CREATE_EXTERNAL;
use crate::message::chain_length;
use crate::signed::cbor;
use crate::tipset::Tipset;
use crate::view;
use crate::view::StateView;

/// How much an estimate adds to what a message needs, because the state may be another when it is
/// applied. A tenth may go unused for free; beyond it, senders would pay for gas that their
/// receipts do not show. (Lotus adds a quarter.)
const MARGIN_PERCENT: u64 = 110;

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
    /// Who watches messages run.
    pub inspector: Option<SharedInspector>,
}

/// Changes of a state before a message is tried out on it.
pub type StateChanges<'o> = &'o dyn Fn(&mut Edit<'_>) -> Result<(), Fatal>;

/// What a message needs.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The gas limit it should be sent with.
    pub gas_limit: u64,
    /// The gas that it used under about that limit.
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
                let why = applied.failure.as_ref().map(ToString::to_string);
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
        self.trial(tipset, overrides)?.call(request)
    }

    /// How much gas a message should be sent with: the least that it succeeds with, and a
    /// margin.
    pub fn estimate_gas(
        &self,
        tipset: &Tipset,
        request: &CallRequest,
        overrides: &Overrides<'_>,
    ) -> Result<Estimate, EstimateError> {
        let trial = self.trial(tipset, overrides);
        trial.map_err(EstimateError::Fatal)?.estimate_gas(request)
    }

    /// Opens the state after a tipset for messages to be tried out on.
    pub fn trial(&self, tipset: &Tipset, overrides: &Overrides<'_>) -> Result<Trial<'_>, Fatal> {
        let context = overrides.context(self, tipset);
        let executor = match &overrides.inspector {
            Some(inspector) => self.open_watched(&tipset.state_root, context, inspector.clone())?,
            None => self.borrow(&tipset.state_root, context)?,
        };
        Trial::new(StateView { executor }, overrides)
    }

    /// Opens the state after the tipset that would be mined now. No inspector can watch it.
    pub fn pending_trial(
        &self,
        now: u64,
        overrides: &Overrides<'_>,
    ) -> Result<(Tipset, Trial<'static>), Fatal> {
        let Pending { tipset, mut state } = self.pending(now)?;
        let context = overrides.context(self, &tipset);
        self.terms().enter(&mut state.executor, context)?;
        Ok((tipset, Trial::new(state, overrides)?))
    }
}

impl Overrides<'_> {
    fn context(&self, chain: &Chain, tipset: &Tipset) -> Context {
        let epoch = self.epoch.unwrap_or(tipset.epoch());
        let timestamp = self.timestamp.unwrap_or(tipset.timestamp());
        let base_fee = self.base_fee.as_ref().unwrap_or(tipset.base_fee());
        let mut context = chain.terms().context(epoch, timestamp, base_fee);
        context.tracing = self.tracing;
        context
    }
}

/// A state on which messages are tried out. When it is dropped, all is as before.
#[derive(Debug)]
pub struct Trial<'c> {
    state: StateView<'c>,
}

impl<'c> Trial<'c> {
    fn new(mut state: StateView<'c>, overrides: &Overrides<'_>) -> Result<Self, Fatal> {
        if let Some(change) = overrides.state {
            change(&mut Edit::new(&mut state.executor))?;
        }
        Ok(Self { state })
    }

    /// The state as it is now.
    pub fn state(&mut self) -> &mut StateView<'c> {
        &mut self.state
    }

    /// Changes the state by hand.
    pub fn edit(&mut self) -> Edit<'_> {
        Edit::new(&mut self.state.executor)
    }

    /// Goes on at another epoch, time and base fee.
    pub fn set_block(
        &mut self,
        epoch: i64,
        timestamp: u64,
        base_fee: TokenAmount,
    ) -> Result<(), Fatal> {
        let mut context = self.state.executor.context().clone();
        (context.epoch, context.timestamp, context.base_fee) = (epoch, timestamp, base_fee);
        self.state.executor.set_context(context)
    }

    /// Tries a message out, and takes back what it did.
    pub fn call(&mut self, request: &CallRequest) -> Result<Applied, ApplyError> {
        self.run(request, request.gas_limit.unwrap_or(BLOCK_GAS_LIMIT))
    }

    /// Tries a message out, and leaves what it did for the next.
    pub fn apply(&mut self, request: &CallRequest) -> Result<Applied, ApplyError> {
        let gas_limit = request.gas_limit.unwrap_or(BLOCK_GAS_LIMIT);
        let executor = &mut *self.state.executor;
        with_stack(|| run(executor, request, gas_limit, Effects::Stay))
    }

    /// How much gas a message should be sent with.
    pub fn estimate_gas(&mut self, request: &CallRequest) -> Result<Estimate, EstimateError> {
        let most = request.gas_limit.unwrap_or(BLOCK_GAS_LIMIT);
        let applied = self.run(request, most)?;
        if !applied.receipt.exit_code.is_success() {
            return Err(EstimateError::Fails(Box::new(applied)));
        }
        let mut gas_used = applied.receipt.gas_used;
        // A callee gets 63/64 of what is left, so what was used may not be enough to offer.
        let (mut fails, mut enough) = (gas_used.saturating_sub(1), gas_used);
        while enough < most {
            if let Some(used) = self.succeeds(request, enough)? {
                gas_used = used;
                break;
            }
            fails = enough;
            enough = enough.saturating_add(enough / 4 + 1).min(most);
        }
        // Within a hundredth is close: the margin is larger.
        while enough - fails > enough / 100 + 1 {
            let middle = fails + (enough - fails) / 2;
            match self.succeeds(request, middle)? {
                Some(used) => (enough, gas_used) = (middle, used),
                None => fails = middle,
            }
        }
        // What is used for a limit like the one in the end: a limit is a number in the message,
        // whose length is paid for.
        let needed = match enough <= gas_used.saturating_add(gas_used / 50) {
            true => gas_used,
            false => enough,
        };
        let with_margin = u128::from(needed) * u128::from(MARGIN_PERCENT) / 100;
        let gas_limit = u64::try_from(with_margin).unwrap_or(u64::MAX).min(most);
        Ok(Estimate {
            gas_limit,
            gas_used,
        })
    }

    /// The gas that is used under a limit, if that is enough.
    fn succeeds(
        &mut self,
        request: &CallRequest,
        gas_limit: u64,
    ) -> Result<Option<u64>, ApplyError> {
        let receipt = self.run(request, gas_limit)?.receipt;
        Ok(receipt.exit_code.is_success().then_some(receipt.gas_used))
    }

    fn run(&mut self, request: &CallRequest, gas_limit: u64) -> Result<Applied, ApplyError> {
        let executor = &mut *self.state.executor;
        let before = executor.state().checkpoint();
        let result = with_stack(|| run(executor, request, gas_limit, Effects::TakenBack));
        if executor.is_whole() {
            executor.state().revert(before);
        }
        result
    }
}

/// What becomes of what a message does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Effects {
    TakenBack,
    Stay,
}

fn run(
    executor: &mut Executor,
    request: &CallRequest,
    gas_limit: u64,
    effects: Effects,
) -> Result<Applied, ApplyError> {
    let apply = match effects {
        Effects::TakenBack => Executor::simulate,
        Effects::Stay => Executor::apply_open,
    };
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
        return apply(executor, &message, ApplyKind::Explicit, length);
    }
    // Actors that can't sign are no senders, but a contract's view of the world may be wanted.
    let inclusion = executor.inclusion_gas(length);
    message.gas_limit = gas_limit.saturating_sub(inclusion).max(1);
    let mut applied = apply(executor, &message, ApplyKind::Implicit, length)?;
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
