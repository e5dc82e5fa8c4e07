//! Applies messages: admit, run, settle.

use std::fmt;
use std::sync::Arc;

use cid::Cid;
use fvm_ipld_encoding::{IPLD_RAW, RawBytes};
use fvm_shared::address::Payload;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::event::StampedEvent;
use fvm_shared::message::Message;
use fvm_shared::receipt::Receipt;
use fvm_shared::{ActorID, EMPTY_ARR_CID, METHOD_SEND};

use crate::access::Access;
use crate::actors::{BURNT_FUNDS_ACTOR, EAM_ACTOR, REWARD_ACTOR, SYSTEM_ACTOR};
use crate::blocks::Block;
use crate::call::{Call, Mutability, Reply, call};
use crate::context::Context;
use crate::error::{Fatal, OrFatal, Stop, SyscallError};
use crate::events::events_root;
use crate::externs::{Externs, Verifier};
use crate::fees::Fees;
use crate::gas::{Charge, Gas, GasTracker};
use crate::machine::{LostAndFound, Machine, MessageState, Seat};
use crate::manifest::Manifest;
use crate::memory::MemoryLimiter;
use crate::price::PriceList;
use crate::rules::Rules;
use crate::runner::Runner;
use crate::state::{Actor, Atto, StateTree};
use crate::store::{SharedBlockstore, Store};
use crate::trace::{FailedFrame, Trace, TraceEvent};

/// Applies the messages of a tipset to a state, one after another.
///
/// It may be sent between threads. A message can nest a thousand calls deep, each with native
/// frames on the stack: see [`STACK_BYTES`].
#[derive(Debug)]
pub struct Executor {
    seat: Seat,
    /// Kept here for the calls to find: the machine itself only knows it weakly.
    #[expect(dead_code, reason = "it is alive, which is all that is asked of it")]
    lost_and_found: Arc<LostAndFound>,
}

/// A thread that applies messages with nested calls should have a stack this large.
pub const STACK_BYTES: usize = 64 << 20;

/// What an executor works on and with.
pub struct Setup {
    /// The tipset.
    pub context: Context,
    /// Where the state is.
    pub blockstore: SharedBlockstore,
    /// The root of the state.
    pub root: Cid,
    /// The chain below this tipset.
    pub externs: Arc<dyn Externs>,
    /// Who judges proofs.
    pub verifier: Arc<dyn Verifier>,
    /// Who runs actors.
    pub runner: Arc<dyn Runner>,
}

/// Where a message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplyKind {
    /// From the chain: it is signed, counted and paid for.
    Explicit,
    /// From the machine itself, such as cron and block rewards: none of that.
    Implicit,
}

/// What became of a message.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What goes on chain.
    pub receipt: Receipt,
    /// The codec of the returned data, if there is any.
    pub return_codec: Option<u64>,
    /// What was emitted, in order.
    pub events: Vec<StampedEvent>,
    /// Who pays and gets what.
    pub fees: Fees,
    /// Why it failed, if it did. For people; never observable on chain.
    pub failure: Option<Failure>,
    /// What happened, if the context asks for it.
    pub trace: Vec<TraceEvent>,
}

/// Why a message failed. For people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It should not have been on chain: it was not run, and whoever put it there is to pay.
    NotAdmitted(String),
    /// It could not be delivered, or an actor gave up. The frames that failed, innermost first.
    Failed {
        /// Why, unless an actor says so.
        words: Option<String>,
        /// The actors that failed on the way.
        frames: Vec<FailedFrame>,
    },
}

/// In one line.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAdmitted(words) => write!(f, "not admitted: {words}"),
            Self::Failed { words, frames } => {
                f.write_str("the message failed: ")?;
                let frames = frames.iter().map(ToString::to_string);
                let words: Vec<String> = words.iter().cloned().chain(frames).collect();
                f.write_str(&words.join("; "))
            }
        }
    }
}

/// Why a message was not applied at all. The state is as before.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// No block may contain such a message, whatever the state.
    #[error("malformed message: {0}")]
    Malformed(&'static str),
    /// This node is in trouble.
    #[error("{0}")]
    Fatal(#[from] Fatal),
}

/// Is the message one that may be on chain now?
enum Admission {
    Admitted(Admitted),
    Rejected(Box<Applied>),
}

struct Admitted {
    sender: ActorID,
    /// Paid in advance, from the sender's balance.
    prepaid: Atto,
    inclusion: Option<Charge>,
}

/// How running a message ended.
struct Outcome {
    code: ExitCode,
    data: Option<Block>,
    gas_used: u64,
    words: Option<String>,
}

impl Executor {
    /// Opens a state.
    pub fn new(setup: Setup) -> Result<Self, Fatal> {
        let Setup {
            context,
            blockstore,
            root,
            externs,
            verifier,
            runner,
        } = setup;
        let (prices, rules) = terms(&context)?;
        // The state of every new actor, which nobody ever writes.
        blockstore
            .put_keyed(&EMPTY_ARR_CID, &[0x80])
            .or_fatal("writing the empty state")?;
        let mut state = StateTree::load(Store::new(blockstore), &root)?;
        check_state_tree(&state, rules)?;
        let list = manifest_list(&mut state)?;
        let manifest = Manifest::load_list(state.store(), &list)?;
        let lost_and_found = Arc::new(LostAndFound::default());
        let seat = Seat::new(Box::new(Machine {
            context,
            prices,
            rules,
            manifest,
            state,
            externs,
            verifier,
            watcher: runner.watcher(),
            runner,
            message: MessageState::idle(),
            lost_and_found: Arc::downgrade(&lost_and_found),
        }));
        Ok(Self {
            seat,
            lost_and_found,
        })
    }

    /// Applies one message. The length is that of the message as it stands on chain.
    ///
    /// A message that fails is a success here: the receipt says so. After an error the state is
    /// as before the message.
    pub fn apply(
        &mut self,
        message: &Message,
        kind: ApplyKind,
        raw_length: usize,
    ) -> Result<Applied, ApplyError> {
        let applied = self.apply_open(message, kind, raw_length)?;
        self.seat.state.commit();
        Ok(applied)
    }

    /// Shows what a message would do, and takes it all back.
    ///
    /// Changes that were made through [`Executor::state`] before stay, and can be taken back to
    /// a checkpoint from before them.
    pub fn simulate(
        &mut self,
        message: &Message,
        kind: ApplyKind,
        raw_length: usize,
    ) -> Result<Applied, ApplyError> {
        if !self.is_whole() {
            return Err(Fatal::new("the machine was lost to a panic").into());
        }
        let before = self.seat.state.checkpoint();
        let applied = self.apply_open(message, kind, raw_length)?;
        self.seat.state.revert(before);
        Ok(applied)
    }

    /// Applies a message whose changes can still be taken back to a checkpoint from before it.
    pub fn apply_open(
        &mut self,
        message: &Message,
        kind: ApplyKind,
        raw_length: usize,
    ) -> Result<Applied, ApplyError> {
        if !self.is_whole() {
            return Err(Fatal::new("the machine was lost to a panic").into());
        }
        check(message)?;
        let before = self.seat.state.checkpoint();
        let applied = self.apply_checked(message, kind, raw_length);
        if self.seat.is_taken() {
            if applied.is_err() {
                self.seat.state.revert(before);
            }
            self.seat.message.gas = GasTracker::new(Gas::ZERO);
        }
        Ok(applied?)
    }

    /// What including a message of this length takes from its gas, at this tipset's prices.
    #[must_use]
    pub fn inclusion_gas(&self, raw_length: usize) -> u64 {
        let charge = self.seat.prices.on_chain_message(raw_length);
        charge.total().round_up()
    }

    fn apply_checked(
        &mut self,
        message: &Message,
        kind: ApplyKind,
        raw_length: usize,
    ) -> Result<Applied, Fatal> {
        let admitted = match self.admit(message, kind, raw_length)? {
            Admission::Admitted(admitted) => admitted,
            Admission::Rejected(rejected) => return Ok(*rejected),
        };
        self.begin(message, &admitted)?;
        let outcome = self.run(message, &admitted)?;
        self.settle(message, kind, &admitted, outcome)
    }

    /// Checks the sender, counts the message, and takes what it may cost at most.
    fn admit(
        &mut self,
        message: &Message,
        kind: ApplyKind,
        raw_length: usize,
    ) -> Result<Admission, Fatal> {
        let machine: &mut Machine = &mut self.seat;
        let base_fee = base_fee(&machine.context)?;
        let reject = |code, words, gas| {
            Ok(Admission::Rejected(Box::new(reject(
                code, words, base_fee, gas,
            ))))
        };

        let inclusion = match kind {
            ApplyKind::Implicit => None,
            ApplyKind::Explicit => {
                let charge = machine.prices.on_chain_message(raw_length);
                let gas = charge.total().round_up();
                if gas > message.gas_limit {
                    let words = format!("inclusion takes {gas} of {} gas", message.gas_limit);
                    return reject(ExitCode::SYS_OUT_OF_GAS, words, gas);
                }
                Some(charge)
            }
        };
        let Some(sender) = machine.state.resolve(&message.from)? else {
            let words = format!("there is no sender {}", message.from);
            return reject(ExitCode::SYS_SENDER_INVALID, words, message.gas_limit);
        };
        if kind == ApplyKind::Implicit {
            return Ok(Admission::Admitted(Admitted {
                sender,
                prepaid: Atto::ZERO,
                inclusion,
            }));
        }

        let Some(actor) = machine.state.actor(sender)? else {
            let words = format!("there is no sender f0{sender}");
            return reject(ExitCode::SYS_SENDER_INVALID, words, message.gas_limit);
        };
        let (balance, sequence) = (actor.balance, actor.sequence);
        let standing = sender_standing(&machine.manifest, actor);
        if standing == Standing::Invalid {
            let words = format!("f0{sender} is no account");
            return reject(ExitCode::SYS_SENDER_INVALID, words, message.gas_limit);
        }
        if message.sequence != sequence {
            let words = format!("sequence number {} is not {sequence}", message.sequence);
            return reject(ExitCode::SYS_SENDER_STATE_INVALID, words, message.gas_limit);
        }
        // A fee beyond 128 bits is beyond any balance too.
        let prepaid = Atto::from_token(&message.gas_fee_cap)
            .and_then(|cap| cap.0.checked_mul(u128::from(message.gas_limit)))
            .map(Atto)
            .filter(|prepaid| *prepaid <= balance);
        let Some(prepaid) = prepaid else {
            let cost = &message.gas_fee_cap * message.gas_limit;
            let words = format!(
                "the gas may cost {cost}, and there is {}",
                balance.to_token()
            );
            return reject(ExitCode::SYS_SENDER_STATE_INVALID, words, message.gas_limit);
        };

        if standing == Standing::Placeholder
            && let Some(eth_account) = machine.manifest.eth_account
        {
            // The signature shows that somebody has the key of this address (FIP-0055).
            machine.state.set_code(sender, eth_account)?;
        }
        machine.state.set_sequence(sender, sequence + 1)?;
        machine.state.debit(sender, prepaid)?;
        Ok(Admission::Admitted(Admitted {
            sender,
            prepaid,
            inclusion,
        }))
    }

    /// Gives the machine a fresh message.
    fn begin(&mut self, message: &Message, admitted: &Admitted) -> Result<(), Fatal> {
        let machine: &mut Machine = &mut self.seat;
        let receiver = machine.state.resolve(&message.to)?;
        let base_fee = base_fee(&machine.context)?;
        let trace = Trace::wanted(&machine.context, machine.watcher.as_ref());
        let memory_max = machine.context.limits.message_memory_max;

        let state = &mut machine.message;
        state.origin = admitted.sender;
        state.origin_address = message.from;
        state.sequence = message.sequence;
        state.gas_premium = effective_premium(message, base_fee);
        state.gas = GasTracker::new(Gas::new(message.gas_limit)).with_trace(trace);
        state.events = Default::default();
        state.memory = MemoryLimiter::new(memory_max);
        state.depth = 0;
        state.actors_created = 0;
        state.failures.clear();
        state.access.reset();
        // The chain looked up both ends of the message before; its inclusion paid for updating
        // the sender.
        state.access.touch_actor(admitted.sender, Access::Updated);
        state.access.touch_address(&message.from);
        if let Some(receiver) = receiver {
            state.access.touch_actor(receiver, Access::Read);
        }
        state.access.touch_address(&message.to);
        Ok(())
    }

    /// Runs the message and all that it calls.
    fn run(&mut self, message: &Message, admitted: &Admitted) -> Result<Outcome, Fatal> {
        if let Some(charge) = admitted.inclusion.clone() {
            self.seat
                .message
                .gas
                .charge(charge)
                .map_err(|_| Fatal::new("an admitted message can't pay its inclusion"))?;
        }
        let params = (!message.params.is_empty()).then(|| {
            // What goes along with a bare transfer need not be CBOR. Nobody ever reads it.
            let codec = if message.method_num == METHOD_SEND {
                IPLD_RAW
            } else {
                self.seat.rules.params_codec()
            };
            Block::new(codec, message.params.bytes(), Vec::new())
        });
        let result = call(
            &mut self.seat,
            Call {
                from: admitted.sender,
                to: message.to,
                method: message.method_num,
                params,
                value: &message.value,
                gas_limit: None,
                mutability: Mutability::Mutable,
            },
        );
        let gas_used = self
            .seat
            .is_taken()
            .then(|| self.seat.message.gas.used().round_up());
        let gas_used = gas_used.ok_or_else(|| Fatal::new("the machine was lost to a panic"));
        Ok(match result {
            Ok(Reply { code, data }) => Outcome {
                code,
                data,
                gas_used: gas_used?,
                words: None,
            },
            Err(SyscallError::Refused(refusal)) => {
                let code = match refusal.number {
                    ErrorNumber::InsufficientFunds => ExitCode::SYS_INSUFFICIENT_FUNDS,
                    ErrorNumber::NotFound => ExitCode::SYS_INVALID_RECEIVER,
                    _ => ExitCode::SYS_ASSERTION_FAILED,
                };
                let words = Some(refusal.words.into_owned());
                Outcome {
                    code,
                    data: None,
                    gas_used: gas_used?,
                    words,
                }
            }
            Err(SyscallError::Stop(Stop::OutOfGas)) => Outcome {
                code: ExitCode::SYS_OUT_OF_GAS,
                data: None,
                gas_used: gas_used?,
                words: Some("out of gas".to_owned()),
            },
            Err(SyscallError::Stop(Stop::Broken(words))) => Outcome {
                code: ExitCode::SYS_ASSERTION_FAILED,
                data: None,
                gas_used: message.gas_limit,
                words: Some(words),
            },
            Err(SyscallError::Stop(Stop::Exit { code, words, data })) => Outcome {
                code,
                data,
                gas_used: gas_used?,
                words: Some(words),
            },
            Err(SyscallError::Stop(Stop::Fatal(fatal))) => return Err(fatal),
        })
    }

    /// Burns, tips and refunds what was paid in advance, and writes the receipt.
    fn settle(
        &mut self,
        message: &Message,
        kind: ApplyKind,
        admitted: &Admitted,
        outcome: Outcome,
    ) -> Result<Applied, Fatal> {
        let machine: &mut Machine = &mut self.seat;
        let Outcome {
            code,
            data,
            gas_used,
            words,
        } = outcome;
        let fees = match kind {
            ApplyKind::Implicit => Fees::default(),
            ApplyKind::Explicit => {
                let base_fee = base_fee(&machine.context)?;
                let fees = Fees::settle(message, gas_used, base_fee, admitted.prepaid);
                let burn = Atto(fees.base_fee_burn.0 + fees.over_estimation_burn.0);
                for (actor, amount) in [
                    (BURNT_FUNDS_ACTOR, burn),
                    (REWARD_ACTOR, fees.miner_tip),
                    (admitted.sender, fees.refund),
                ] {
                    if amount != Atto::ZERO {
                        machine.state.credit(actor, amount)?;
                    }
                }
                fees
            }
        };

        let message_state = &mut machine.message;
        let events = std::mem::take(&mut message_state.events).into_events();
        let failure = (!code.is_success()).then(|| Failure::Failed {
            words,
            frames: std::mem::take(&mut message_state.failures),
        });
        let (return_data, return_codec) = match data {
            Some(data) => (RawBytes::new(data.data.to_vec()), Some(data.codec)),
            None => (RawBytes::default(), None),
        };
        let events_root = events_root(&events);
        Ok(Applied {
            receipt: Receipt {
                exit_code: code,
                return_data,
                gas_used,
                events_root,
            },
            return_codec,
            events,
            fees,
            failure,
            trace: message_state.gas.take_trace(),
        })
    }

    /// Writes the state and all its new blocks. Returns the new root.
    pub fn flush(&mut self) -> Result<Cid, Fatal> {
        if !self.seat.is_taken() {
            return Err(Fatal::new("the machine was lost to a panic"));
        }
        let machine: &mut Machine = &mut self.seat;
        let runner = Arc::clone(&machine.runner);
        let store = machine.state.store().clone();
        machine
            .state
            .flush(&|code, root, slots| runner.fold_slots(code, root, slots, &store))
    }

    /// Goes on with another tipset over the same state. The built-in actors are read anew, in
    /// case they were upgraded.
    pub fn set_context(&mut self, context: Context) -> Result<(), Fatal> {
        let (prices, rules) = terms(&context)?;
        let machine: &mut Machine = &mut self.seat;
        check_state_tree(&machine.state, rules)?;
        // A tipset rarely changes the list, and whoever sets a context does so for each tipset.
        let list = manifest_list(&mut machine.state)?;
        if machine.manifest.cid != list {
            machine.manifest = Manifest::load_list(machine.state.store(), &list)?;
        }
        (machine.context, machine.prices, machine.rules) = (context, prices, rules);
        Ok(())
    }

    /// The tipset.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.seat.context
    }

    /// Can it go on? Not after a panic that took the machine along.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.seat.is_taken()
    }

    /// The built-in actors.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.seat.manifest
    }

    /// The state as it is now. Changes made to it here are as good as a message's.
    pub fn state(&mut self) -> &mut StateTree {
        &mut self.seat.state
    }
}

/// May an actor send messages?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Account,
    /// Not yet an account, but its first message makes it one.
    Placeholder,
    Invalid,
}

fn sender_standing(manifest: &Manifest, actor: &Actor) -> Standing {
    if actor.code == manifest.account || Some(actor.code) == manifest.eth_account {
        return Standing::Account;
    }
    let is_ethereum = actor.delegated_address.as_ref().is_some_and(
        |address| matches!(address.payload(), Payload::Delegated(d) if d.namespace() == EAM_ACTOR),
    );
    if manifest.is_placeholder(&actor.code) && actor.sequence == 0 && is_ethereum {
        return Standing::Placeholder;
    }
    Standing::Invalid
}

/// What no block may contain, whatever the state.
fn check(message: &Message) -> Result<(), ApplyError> {
    let malformed = |words| Err(ApplyError::Malformed(words));
    if message.gas_limit == 0 {
        return malformed("the gas limit is zero");
    }
    if i64::try_from(message.gas_limit).is_err() {
        return malformed("the gas limit is beyond 2^63");
    }
    if message.gas_fee_cap.is_negative() {
        return malformed("the fee cap is negative");
    }
    if message.gas_premium.is_negative() {
        return malformed("the premium is negative");
    }
    Ok(())
}

/// What the message really pays above the base fee, a unit of gas: at most its premium, and no
/// more than its fee cap leaves.
fn effective_premium(message: &Message, base_fee: Atto) -> Atto {
    // Fees beyond 128 bits occur only in implicit messages, which don't pay them.
    let fee_cap = Atto::from_token(&message.gas_fee_cap).unwrap_or(Atto(u128::MAX));
    let premium = Atto::from_token(&message.gas_premium).unwrap_or(Atto(u128::MAX));
    premium.min(Atto(fee_cap.0.saturating_sub(base_fee.0)))
}

fn reject(code: ExitCode, words: String, base_fee: Atto, gas: u64) -> Applied {
    Applied {
        receipt: Receipt {
            exit_code: code,
            return_data: RawBytes::default(),
            gas_used: 0,
            events_root: None,
        },
        return_codec: None,
        events: Vec::new(),
        fees: Fees {
            penalty: base_fee.times(gas),
            ..Fees::default()
        },
        failure: Some(Failure::NotAdmitted(words)),
        trace: Vec::new(),
    }
}

fn base_fee(context: &Context) -> Result<Atto, Fatal> {
    Atto::from_token(&context.base_fee)
        .ok_or_else(|| Fatal::new("the base fee is negative or beyond 128 bits"))
}

fn terms(context: &Context) -> Result<(&'static PriceList, &'static Rules), Fatal> {
    let version = context.network_version;
    PriceList::of_version(version)
        .zip(Rules::of(version))
        .ok_or_else(|| Fatal::new(format!("network version {version} is not supported")))
}

/// A network changes the format of its tree together with its version.
fn check_state_tree(state: &StateTree, rules: &Rules) -> Result<(), Fatal> {
    let (found, wanted) = (state.version(), rules.state_tree);
    if found == wanted {
        return Ok(());
    }
    Err(Fatal::new(format!(
        "the state tree has version {found:?}, and this network version wants {wanted:?}"
    )))
}

/// The CID of the list of the built-in actors.
fn manifest_list(state: &mut StateTree) -> Result<Cid, Fatal> {
    let head = state
        .actor(SYSTEM_ACTOR)?
        .ok_or_else(|| Fatal::new("there is no system actor"))?
        .root;
    Manifest::list_of(state.store(), &head)
}
