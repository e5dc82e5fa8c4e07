//! `atoll exec`: applies messages to a state and shows what they did.

pub mod input;
pub mod show;
pub mod solidity;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result, bail, ensure};
use atoll_actors::eam::CREATE_EXTERNAL;
use atoll_actors::evm::method::INVOKE_CONTRACT;
use atoll_actors::registry;
use atoll_native::genesis::{self, Account, Placed, Plan};
use atoll_vm::executor::STACK_BYTES;
use atoll_vm::{ApplyKind, Context, Executor, Setup, SharedBlockstore};
use cid::Cid;
use clap::Args;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{DAG_CBOR, IPLD_RAW};
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::receipt::Receipt;
use fvm_shared::version::NetworkVersion;
use fvm_shared::{METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};
use multihash_codetable::{Code, MultihashDigest};
use serde_json::{Value, json};

use self::input::{Amount, Given, Input, MessageInput};
use self::show::Done;
use crate::bundle::Bundle;
use crate::bundle::known::network_versions;
use crate::store::{Frozen, Layered};
use crate::story::Story;
use crate::story::names::{self, Names};
use crate::style::BOLD;
use crate::{Ending, car, engine, file, state_diff, store};

use atoll_chain::surroundings::{Believer, HashedChain};

/// Apply messages to a state and show what they did.
///
/// The state is made from the file itself: accounts with funds, actors of your own from .wasm or
/// .wat files, and the built-in actors, each made by its own constructor. Or it comes from an
/// archive (--genesis), such as one that --car-out wrote.
///
/// With --bundle the built-in actors are the official ones, and every unit of gas and every bit
/// of state is as on the network. Without, they are this program's own native ones: the same
/// methods, answers and state, but gas by a schedule of their own.
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub struct Exec {
    /// The messages and what they need, as JSON.
    #[arg(required_unless_present = "deploy")]
    messages: Option<PathBuf>,
    /// Deploy a Solidity contract instead: a file with its creation code as hex.
    #[arg(long, value_name = "FILE", conflicts_with = "messages")]
    deploy: Option<PathBuf>,
    /// What its constructor takes: the types in parentheses, then the arguments.
    #[arg(long, value_name = "TYPES ARGS", num_args = 1.., requires = "deploy")]
    #[arg(allow_negative_numbers = true)]
    constructor: Vec<String>,
    /// Call the contract: a signature, then the arguments; may be given several times.
    #[arg(long, value_name = "SIG ARGS", num_args = 1.., requires = "deploy")]
    #[arg(allow_negative_numbers = true)]
    call: Vec<String>,
    /// The official built-in actors (.car); native ones if absent.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// The state to start from: an archive with one root.
    #[arg(long, value_name = "CAR")]
    genesis: Option<PathBuf>,
    /// Show every call that a message makes.
    #[arg(long)]
    trace: bool,
    /// Write the state that results to an archive, without the blocks of the bundle.
    #[arg(long, value_name = "FILE")]
    car_out: Option<PathBuf>,
    /// End with exit code 1 if a message fails. All messages are applied in any case.
    #[arg(long)]
    fail: bool,
    /// Print an object a line for every message, and one with the new root at the end.
    #[arg(long)]
    json: bool,
}

const HELP: &str = r#"The file of messages:
  {
    "accounts": [{ "name": "alice", "balance": "100 FIL" },
                 { "name": "eve", "address": "0x5e...", "balance": "1 FIL" }],
    "actors":   [{ "name": "counter", "id": 1000, "code": "counter.wat" }],
    "messages": [{ "from": "alice", "to": "counter", "method": 2, "params": "07" },
                 { "from": "alice", "to": "eve", "value": "0.5 FIL" }]
  }

  Top level, all optional: network_version (the bundle's, else 28), network_name, epoch (0),
  timestamp (0), base_fee ("100 attoFIL"), chain_id (31415926), circulating_supply ("500000000
  FIL"). Only the list of messages is a file too.
  accounts: an address is f1, f3, f410 or 0x; without one it is made from the name, as no
  signatures are checked here. They get the ids from f0100 on.
  actors: placed at an id of your choice; state (hex of one CBOR block) and balance are optional.
  messages: from and to are names or addresses (eam, system, burnt... are names too). method is a
  number, the name of a method of the receiver, or any name by FRC-42; it is Send if absent.
  params is hex of CBOR; calldata is hex that is wrapped in a CBOR byte string, as contracts take
  it, and calls InvokeContract (or the eam's CreateExternal) if no method is given. sequence,
  gas_limit (10000000000), gas_fee_cap (base fee plus premium), gas_premium (0), title and
  "implicit": true are optional. A string is a message as hex of its CBOR, signed or not.
  Amounts have a unit ("1.5 FIL", "20 nanoFIL"); digits alone count attoFIL.

Examples:
  atoll exec examples/tour/messages.json --trace
  atoll exec examples/exec/store.json --trace --bundle builtin-actors-mainnet.car
  atoll exec --deploy counter.hex --call 'add(uint256)' 5 --call 'count()(uint256)' --trace
  atoll exec first.json --car-out state.car && atoll exec next.json --genesis state.car"#;

impl Exec {
    /// Applies the messages and prints what they did.
    pub fn run(&self, out: &mut (dyn Write + Send)) -> Result<Ending> {
        let input = match (&self.messages, &self.deploy) {
            (Some(path), _) => file::read(path)
                .and_then(|bytes| Input::parse(&bytes))
                .with_context(|| format!("the file of messages {}", path.display()))?,
            (None, Some(_)) => solidity::input(),
            (None, None) => bail!("there is neither a file of messages nor a contract to deploy"),
        };
        // Calls may nest deeper than the stack of the first thread allows.
        thread::scope(|scope| {
            let worker = thread::Builder::new().stack_size(STACK_BYTES);
            let worker = worker.spawn_scoped(scope, || self.run_input(&input, out))?;
            worker
                .join()
                .unwrap_or_else(|_| bail!("the machine panicked; this is a bug"))
        })
    }

    fn run_input(&self, input: &Input, out: &mut dyn Write) -> Result<Ending> {
        let bundle = self.bundle.as_deref().map(Bundle::open).transpose()?;
        let mut session = self.open(input, bundle.as_ref())?;
        let mut all_succeeded = true;
        for (index, given) in input.messages()?.iter().enumerate() {
            let number = index + 1;
            let receipt = session
                .apply(number, given, self, out)
                .with_context(|| format!("message {number}"))?;
            all_succeeded &= receipt.exit_code.is_success();
        }
        if let Some(path) = &self.deploy {
            all_succeeded &= solidity::run(&mut session, path, self, out)?;
        }
        let root = session.executor.flush()?;
        if let Some(path) = &self.car_out {
            write_state(path, &session.store, &root, bundle.as_ref())?;
        }
        if self.json {
            writeln!(out, "{}", json!({ "root": root.to_string() }))?;
        } else {
            writeln!(out, "{BOLD}root{BOLD:#} {root}")?;
        }
        if self.fail && !all_succeeded {
            return Ok(Ending::Failed);
        }
        Ok(Ending::Good)
    }

    /// Makes or reads the state, and opens a machine on it.
    fn open(&self, input: &Input, bundle: Option<&Bundle>) -> Result<Session> {
        let names = input.names()?;
        check_versions(input, bundle)?;
        let context = context(input, bundle);
        let mut layers: Vec<Arc<Frozen>> = bundle
            .map(|bundle| bundle.blocks.clone())
            .into_iter()
            .collect();
        let mut given_root = None;
        if let Some(path) = &self.genesis {
            let car = car::read(&file::read(path)?)
                .with_context(|| format!("the state in {}", path.display()))?;
            let [root] = car.roots[..] else {
                bail!(
                    "{} has {} roots; a state has one",
                    path.display(),
                    car.roots.len()
                );
            };
            given_root = Some(root);
            layers.push(Arc::new(Frozen::from_car(car)));
        }
        let store = Arc::new(Layered::over(layers));
        let blocks: SharedBlockstore = store.clone();
        let runner = engine::runner(1)?;

        let folder = self.messages.as_deref().and_then(Path::parent);
        let folder = folder.unwrap_or(Path::new(""));
        let mut shown = Names::default();
        let placed = place_codes(input, folder, &*store, &mut shown)?;
        let root = match given_root {
            Some(root) => root,
            None => {
                let built_in = match bundle {
                    Some(bundle) => bundle.data,
                    None => genesis::native_actors(&*store)?,
                };
                let network_name = input.network_name.as_deref().unwrap_or("atoll");
                let plan = Plan {
                    accounts: accounts(input, &names)?,
                    placed: placed.clone(),
                    ..Plan::bare(context.clone(), built_in, network_name)
                };
                let first = genesis::build(&plan, &blocks, &runner);
                first.context("making the first state")?.root
            }
        };
        let mut executor = Executor::new(Setup {
            context: Context {
                tracing: true,
                ..context
            },
            blockstore: blocks,
            root,
            externs: Arc::new(HashedChain),
            verifier: Arc::new(Believer),
            runner,
        })
        .with_context(|| match bundle {
            Some(bundle) => format!(
                "opening the state (does it run on other actors than those of the bundle, {}?)",
                bundle.title()
            ),
            None => "opening the state (does it need a --bundle?)".to_owned(),
        })?;
        if given_root.is_some() {
            ensure!(
                input
                    .accounts
                    .iter()
                    .all(|account| account.balance.is_none()),
                "with --genesis accounts can be named, but they hold what they hold"
            );
            for placed in &placed {
                genesis::place(&mut executor, placed)?;
            }
        }
        for (name, code) in executor.manifest().iter() {
            shown.codes.insert(*code, name.to_owned());
        }
        for (name, address) in names.iter() {
            shown.addresses.insert(*address, name.to_owned());
            if let Some(id) = executor.state().resolve(address)? {
                shown.actors.insert(id, name.to_owned());
            }
        }
        Ok(Session {
            executor,
            store,
            names,
            shown,
        })
    }
}

/// A bundle that is known serves the network versions that it was made for, and no others.
fn check_versions(input: &Input, bundle: Option<&Bundle>) -> Result<()> {
    let (Some(version), Some(bundle)) = (input.network_version, bundle) else {
        return Ok(());
    };
    let serves = bundle
        .known()
        .and_then(|known| network_versions(known.version));
    if let Some((first, last)) = serves
        && !(first..=last).contains(&version)
    {
        let title = bundle.title();
        let serves = match first == last {
            true => format!("network version {first}"),
            false => format!("network versions {first} to {last}"),
        };
        bail!(
            "the bundle, {title}, serves {serves}, and the file of messages says {version}; \
             take another bundle, or leave network_version out"
        );
    }
    Ok(())
}

fn context(input: &Input, bundle: Option<&Bundle>) -> Context {
    /// The newest that the machine runs.
    const NETWORK_VERSION: u32 = 28;
    /// The least there is on mainnet.
    const BASE_FEE: u64 = 100;
    /// Development networks have it by convention.
    const CHAIN_ID: u64 = 31_415_926;
    const CIRCULATING_FIL: u64 = 500_000_000;
    let of_bundle = bundle
        .and_then(Bundle::known)
        .and_then(|known| network_versions(known.version))
        .map(|(_, last)| last);
    let version = input
        .network_version
        .or(of_bundle)
        .unwrap_or(NETWORK_VERSION);
    let amount = |given: &Option<Amount>, default: TokenAmount| {
        given
            .as_ref()
            .map_or(default, |Amount(amount)| amount.clone())
    };
    let mut context = Context::new(NetworkVersion::new(version));
    context.epoch = input.epoch;
    context.timestamp = input.timestamp;
    context.base_fee = amount(&input.base_fee, TokenAmount::from_atto(BASE_FEE));
    context.chain_id = input.chain_id.unwrap_or(CHAIN_ID);
    context.circulating_supply = amount(
        &input.circulating_supply,
        TokenAmount::from_whole(CIRCULATING_FIL),
    );
    context
}

fn accounts(input: &Input, names: &input::Names) -> Result<Vec<Account>> {
    let accounts = input.accounts.iter().map(|account| {
        let Amount(balance) = account.balance.clone().unwrap_or_default();
        Ok(Account {
            address: names.address(&account.name)?,
            balance,
        })
    });
    accounts.collect()
}

/// Reads the code of the user's actors into the store.
fn place_codes(
    input: &Input,
    folder: &Path,
    store: &dyn Blockstore,
    shown: &mut Names,
) -> Result<Vec<Placed>> {
    let placed = input.actors.iter().map(|actor| {
        let wasm = input::code(folder, &actor.code)?;
        let code = put(store, IPLD_RAW, &wasm)?;
        shown.codes.insert(code, actor.code.clone());
        let head = actor
            .state
            .as_ref()
            .map(|state| put(store, DAG_CBOR, &state.0))
            .transpose()?;
        Ok(Placed {
            id: actor.id,
            code,
            head,
            balance: actor.balance.0.clone(),
        })
    });
    placed.collect()
}

fn put(store: &dyn Blockstore, codec: u64, data: &[u8]) -> Result<Cid> {
    let cid = Cid::new_v1(codec, Code::Blake2b256.digest(data));
    store.put_keyed(&cid, data)?;
    Ok(cid)
}

/// A machine on a state, and the names that the file gave.
struct Session {
    executor: Executor,
    store: Arc<Layered>,
    names: input::Names,
    shown: Names,
}

impl Session {
    fn apply(
        &mut self,
        number: usize,
        given: &Given,
        options: &Exec,
        out: &mut dyn Write,
    ) -> Result<Receipt> {
        let (message, length, kind, title) = match given {
            Given::Encoded { message, length } => {
                (message.as_ref().clone(), *length, ApplyKind::Explicit, None)
            }
            Given::Fields(fields) => {
                let message = self.message(fields)?;
                let encoded = fvm_ipld_encoding::to_vec(&message)?.len();
                let length = atoll_chain::message::chain_length(&message, encoded);
                let kind = match fields.implicit {
                    true => ApplyKind::Implicit,
                    false => ApplyKind::Explicit,
                };
                (message, length, kind, fields.title.as_deref())
            }
        };
        let mut applied = self.executor.apply(&message, kind, length)?;
        let mut story = Story::read(std::mem::take(&mut applied.trace));
        story.place(applied.events.clone());
        let receiver = self.code_of(&message.to)?;
        let done = Done {
            number,
            title,
            message: &message,
            receiver,
            applied: &applied,
            story: &story,
        };
        if options.json {
            writeln!(out, "{}", done.to_json(options.trace))?;
        } else {
            done.print(&self.shown, options.trace, out)?;
        }
        Ok(applied.receipt)
    }

    /// Fills in what the file leaves out.
    fn message(&mut self, fields: &MessageInput) -> Result<Message> {
        const GAS_LIMIT: u64 = 10_000_000_000;
        let from = self.names.address(&fields.from).context("from")?;
        let to = self.names.address(&fields.to).context("to")?;
        let sequence = match fields.sequence {
            Some(sequence) => sequence.0,
            None => self.sequence_of(&from)?,
        };
        let Amount(gas_premium) = fields.gas_premium.clone().unwrap_or_default();
        let gas_fee_cap = match &fields.gas_fee_cap {
            Some(Amount(fee_cap)) => fee_cap.clone(),
            None => &self.executor.context().base_fee + &gas_premium,
        };
        Ok(Message {
            version: 0,
            from,
            to,
            sequence,
            value: fields.value.0.clone(),
            method_num: self.method(fields, &to).context("method")?,
            params: fields.encoded_params()?,
            gas_limit: fields.gas_limit.map_or(GAS_LIMIT, |limit| limit.0),
            gas_fee_cap,
            gas_premium,
        })
    }

    fn sequence_of(&mut self, address: &Address) -> Result<u64> {
        let state = self.executor.state();
        // A sender that does not exist is the machine's to refuse.
        let Some(id) = state.resolve(address)? else {
            return Ok(0);
        };
        Ok(state.actor(id)?.map_or(0, |actor| actor.sequence))
    }

    fn code_of(&mut self, address: &Address) -> Result<Option<Cid>> {
        let state = self.executor.state();
        let Some(id) = state.resolve(address)? else {
            return Ok(None);
        };
        Ok(state.actor(id)?.map(|actor| actor.code))
    }

    fn method(&mut self, fields: &MessageInput, to: &Address) -> Result<MethodNum> {
        let name = match &fields.method {
            Some(Value::Number(number)) => {
                return number
                    .as_u64()
                    .with_context(|| format!("{number} is not a method"));
            }
            Some(Value::String(name)) => name,
            Some(other) => bail!("{other} is neither a number nor a name"),
            None if fields.calldata.is_none() => return Ok(METHOD_SEND),
            None if *to == Address::new_id(atoll_vm::actors::EAM_ACTOR) => {
                return Ok(CREATE_EXTERNAL);
            }
            None => return Ok(INVOKE_CONTRACT),
        };
        if let Ok(number) = name.parse() {
            return Ok(number);
        }
        let code = self.code_of(to)?;
        let known = code
            .and_then(|code| self.shown.code(&code))
            .and_then(names::kind_of_name)
            .and_then(registry::actor)
            .and_then(|actor| actor.methods.iter().find(|method| method.name == name));
        match (known, name.as_str()) {
            (Some(method), _) => Ok(method.number),
            (None, "Send") => Ok(METHOD_SEND),
            (None, "Constructor") => Ok(METHOD_CONSTRUCTOR),
            (None, "InvokeContract") => Ok(INVOKE_CONTRACT),
            (None, "CreateExternal") => Ok(CREATE_EXTERNAL),
            (None, _) => frc42(name),
        }
    }
}

/// The number of a method by its name (FRC-42).
fn frc42(name: &str) -> Result<MethodNum> {
    let well = name.starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    ensure!(
        well,
        "{name:?} is not the name of a method: those are like TransferFrom"
    );
    let digest = Code::Blake2b512.digest(format!("1|{name}").as_bytes());
    // Low numbers are kept for methods among built-in actors.
    const FIRST: u32 = 1 << 24;
    let (words, _) = digest.digest().as_chunks::<4>();
    let mut numbers = words.iter().map(|word| u32::from_be_bytes(*word));
    let number = numbers.find(|number| *number >= FIRST);
    Ok(u64::from(
        number.context("a hash without a single large number")?,
    ))
}

/// Writes every block of a state that a reader with the same bundle does not have.
///
/// A state with a hole is not written at all: only code may be missing, because whoever wrote the
/// state that this one came from left it to the bundle.
fn write_state(path: &Path, store: &Layered, root: &Cid, bundle: Option<&Bundle>) -> Result<()> {
    let in_bundle = |cid: &Cid| bundle.is_some_and(|bundle| bundle.blocks.get(cid).is_some());
    // Code hangs from the entries of actors as their state does.
    let mut state = store::reachable(store, root, &in_bundle)?;
    if !state.missing.is_empty() {
        let actors = state_diff::actors(store, root)?;
        let codes: BTreeSet<Cid> = actors.values().map(|actor| actor.code).collect();
        state.missing.retain(|cid| !codes.contains(cid));
    }
    if let [first, ..] = state.missing[..] {
        bail!(
            "the state is not whole: {} blocks are missing, {first} the first; \
             nothing is written",
            state.missing.len()
        );
    }
    let blocks = state.blocks.iter();
    let blocks = blocks.map(|(cid, data)| (cid, data.as_slice()));
    let mut archive = Vec::new();
    car::write(&mut archive, &[*root], blocks)?;
    file::write(path, &archive)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_have_the_numbers_of_frc42() {
        let number = |name| frc42(name).expect("a name");
        assert_eq!(number("InvokeEVM"), INVOKE_CONTRACT);
        assert_eq!(number("AuthenticateMessage"), 2_643_134_072);
        assert_eq!(number("Receive"), 3_726_118_371);
        assert!(frc42("transfer").is_err());
        assert!(frc42("").is_err());
    }
}
