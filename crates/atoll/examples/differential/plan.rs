//! Plans a case: contracts are deployed, then messages of every kind are sent to every kind of
//! actor. All follows from the seed; nothing waits for an outcome.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use atoll_actors::{eam, evm};
use atoll_chain::message::chain_length;
use atoll_vm::ApplyKind;
use cid::Cid;
use fvm_ipld_encoding::{BytesSer, RawBytes};
use fvm_shared::address::{Address, Network, Payload};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::{ActorID, METHOD_SEND};
use multihash_codetable::{Code, MultihashDigest};
use serde::Deserialize;

use super::chance::Chance;
use super::code::{World, initcode};
use super::params;

/// Below the limit of a block, so that nothing but what a case does can end it.
const GAS_LIMIT: u64 = 10_000_000_000;

/// The epoch that the recorded scenarios begin at.
pub(crate) const EPOCH: ChainEpoch = 6_100_000;

/// `InvokeEVM`, which accounts of all kinds take too.
const INVOKE: u64 = evm::method::INVOKE_CONTRACT;

const INIT: ActorID = 1;
const EAM: ActorID = 10;

/// The file that describes the genesis.
#[derive(Deserialize)]
pub(crate) struct Genesis {
    pub(crate) root: String,
    pub(crate) ids: BTreeMap<String, ActorID>,
    pub(crate) codes: BTreeMap<String, String>,
    actors: BTreeMap<ActorID, GenesisActor>,
    next_actor_id: ActorID,
}

#[derive(Deserialize)]
struct GenesisActor {
    delegated_address: Option<String>,
    #[serde(default)]
    sequence: u64,
}

/// Who is there.
pub(crate) struct Cast {
    /// Those who can send, with their sequence numbers.
    senders: Vec<(Address, u64)>,
    /// Those who can deploy, with the twenty bytes that count as theirs.
    deployers: Vec<(Address, [u8; 20])>,
    /// Addresses of everyone but contracts, as contracts know them.
    others: Vec<[u8; 20]>,
    codes: Vec<(String, Cid)>,
    /// The first id that nobody has.
    next_id: ActorID,
}

/// A message of a case.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) label: String,
    pub(crate) message: Message,
    pub(crate) kind: ApplyKind,
    pub(crate) raw_length: usize,
    pub(crate) epoch: ChainEpoch,
}

impl Genesis {
    pub(crate) fn load(vectors: &Path) -> Result<Self> {
        let path = vectors.join("genesis.json");
        let json = std::fs::read(&path).with_context(|| path.display().to_string())?;
        serde_json::from_slice(&json).with_context(|| path.display().to_string())
    }

    pub(crate) fn codes(&self) -> Result<Vec<(String, Cid)>> {
        let code = |(name, code): (&String, &String)| Ok((name.clone(), code.parse()?));
        self.codes.iter().map(code).collect()
    }

    pub(crate) fn cast(&self) -> Result<Cast> {
        let mut senders = Vec::new();
        let mut deployers = Vec::new();
        let mut others = Vec::new();
        for (name, id) in &self.ids {
            let actor = self.actors.get(id).context("a name for nobody")?;
            let delegated = match &actor.delegated_address {
                Some(text) => Some(Network::Mainnet.parse_address(text)?),
                None => None,
            };
            if let Some(Payload::Delegated(delegated)) = delegated.map(|a| *a.payload()) {
                let address: [u8; 20] = delegated.subaddress().try_into()?;
                others.push(address);
                if name.starts_with('E') {
                    deployers.push((Address::new_id(*id), address));
                }
            }
            if name.starts_with(['A', 'B', 'E']) || name == "P0" {
                senders.push((Address::new_id(*id), actor.sequence));
            }
        }
        let ids = (0..8).chain([10, 99, 500]).chain(100..130);
        others.extend(ids.map(params::masked));
        for last in 0..0x14 {
            others.push(at_end(0, last));
        }
        others.extend((0..8).map(|last| at_end(0xfe, last)));
        others.push(at_end(0, 0xff));
        let mut p256 = [0; 20];
        p256[18] = 1;
        others.push(p256);
        others.extend([[0xab; 20], [0xff; 20], [0xcd; 20]]);
        Ok(Cast {
            senders,
            deployers,
            others,
            codes: self.codes()?,
            next_id: self.next_actor_id,
        })
    }
}

fn at_end(first: u8, last: u8) -> [u8; 20] {
    let mut address = [0; 20];
    address[0] = first;
    address[19] = last;
    address
}

/// Plans the case of a seed.
pub(crate) fn plan(cast: &Cast, seed: u64) -> Vec<Step> {
    let mut planner = Planner {
        cast,
        chance: Chance::new(seed),
        sequences: cast.senders.iter().copied().collect(),
        epoch: EPOCH,
        contracts: Vec::new(),
        next_id: cast.next_id,
        executed: Vec::new(),
        steps: Vec::new(),
    };
    planner.deploy();
    let count = 3 + planner.chance.below(12);
    for _ in 0..count {
        planner.something();
    }
    planner.steps
}

struct Planner<'a> {
    cast: &'a Cast,
    chance: Chance,
    sequences: BTreeMap<Address, u64>,
    epoch: ChainEpoch,
    contracts: Vec<[u8; 20]>,
    /// The next actor's id, if every creation by a message has made one and nothing else has.
    next_id: ActorID,
    /// Ids that multisigs and payment channels may have got.
    executed: Vec<ActorID>,
    steps: Vec<Step>,
}

impl Planner<'_> {
    /// Deploys some contracts, each of which may know all others.
    fn deploy(&mut self) {
        let count = 1 + self.chance.below(4);
        let mut deployments = Vec::new();
        let mut sequences = self.sequences.clone();
        for _ in 0..count {
            let (sender, address) = *self.chance.pick(&self.cast.deployers);
            let Some(sequence) = sequences.get_mut(&sender) else {
                continue;
            };
            self.contracts.push(created(&address, *sequence));
            *sequence += 1;
            deployments.push(sender);
            self.next_id += 1;
        }
        for sender in deployments {
            let world = World {
                others: &self.cast.others,
                contracts: &self.contracts,
            };
            let code = initcode(&world, &mut self.chance, 2);
            let value = self.amount();
            self.send(
                "deploy",
                sender,
                Address::new_id(EAM),
                value,
                eam::CREATE_EXTERNAL,
                bytes(&code),
            );
        }
    }

    fn something(&mut self) {
        if self.chance.once_in(6) {
            self.epoch += *self.chance.pick(&[1, 5, 720, 2880]);
        }
        let (sender, _) = *self.chance.pick(&self.cast.senders);
        match self.chance.below(22) {
            0..=10 => {
                let contract = *self.chance.pick(&self.contracts);
                let input = self.input();
                let value = self.amount();
                let to = delegated(&contract);
                self.send("invoke", sender, to, value, INVOKE, bytes(&input));
            }
            11 => {
                let to = self.anyone();
                let value = self.amount();
                self.send("send", sender, to, value, METHOD_SEND, RawBytes::default());
            }
            12 => {
                let params = params::exec(&mut self.chance, &self.cast.codes);
                let value = self.amount();
                self.send(
                    "exec",
                    sender,
                    Address::new_id(INIT),
                    value,
                    2,
                    RawBytes::new(params),
                );
                self.executed.push(self.next_id);
                self.next_id += 1;
            }
            13 => {
                // The multisigs of the genesis act for themselves too.
                let to = match self.executed.as_slice() {
                    [_, ..] if self.chance.once_in(2) => self.executed(),
                    _ => Address::new_id(119 + self.chance.below(2) as u64),
                };
                let method = 2 + self.chance.below(9) as u64;
                let params = RawBytes::new(params::some_params(&mut self.chance));
                self.send(
                    "multisig",
                    sender,
                    to,
                    TokenAmount::default(),
                    method,
                    params,
                );
            }
            20 if !self.executed.is_empty() => {
                let to = self.executed();
                let method = 2 + self.chance.below(4) as u64;
                let params = params::channel(&mut self.chance, &to);
                let value = self.amount();
                self.send("channel", sender, to, value, method, RawBytes::new(params));
            }
            14 => {
                let input = self.input();
                let to = self.anyone();
                let value = self.amount();
                self.send("invoke anyone", sender, to, value, INVOKE, bytes(&input));
            }
            15 => {
                let world = World {
                    others: &self.cast.others,
                    contracts: &self.contracts,
                };
                let code = initcode(&world, &mut self.chance, 1);
                let value = self.amount();
                self.send(
                    "create",
                    sender,
                    Address::new_id(EAM),
                    value,
                    eam::CREATE_EXTERNAL,
                    bytes(&code),
                );
            }
            16 => {
                // Methods of a contract's own, and those that are not for everybody.
                let contract = *self.chance.pick(&self.contracts);
                let method = match self.chance.below(3) {
                    0 => self.chance.below(8) as u64,
                    1 => 1024 + self.chance.u64() % 1000,
                    _ => params::method(&mut self.chance),
                };
                let params = RawBytes::new(params::some_params(&mut self.chance));
                let value = self.amount();
                self.send(
                    "method of a contract",
                    sender,
                    delegated(&contract),
                    value,
                    method,
                    params,
                );
            }
            _ => {
                let to = self.anyone();
                let method = params::method(&mut self.chance);
                let params = RawBytes::new(params::some_params(&mut self.chance));
                let value = self.amount();
                self.send("call", sender, to, value, method, params);
            }
        }
    }

    /// What was created by `Exec`, or is near it: contracts make actors too.
    fn executed(&mut self) -> Address {
        let id = *self.chance.pick(&self.executed);
        let others = if self.chance.once_in(3) {
            self.chance.below(4) as u64
        } else {
            0
        };
        Address::new_id(id + others)
    }

    fn anyone(&mut self) -> Address {
        params::filecoin_address(&mut self.chance, &self.cast.others, &self.contracts)
    }

    fn amount(&mut self) -> TokenAmount {
        match self.chance.below(6) {
            0..=2 => TokenAmount::default(),
            3 => TokenAmount::from_atto(self.chance.below(5000)),
            4 => TokenAmount::from_whole(1),
            _ => TokenAmount::from_atto(self.chance.u64()),
        }
    }

    /// Call data, not so much that a contract would think itself deep down.
    fn input(&mut self) -> Vec<u8> {
        let words = self.chance.below(3);
        let words = (0..words).flat_map(|_| params::argument(&mut self.chance, &self.cast.others));
        let mut input: Vec<u8> = words.collect();
        if self.chance.once_in(4) {
            let more = self.chance.below(20);
            input.extend(self.chance.bytes(more));
        }
        input
    }

    fn send(
        &mut self,
        label: &str,
        from: Address,
        to: Address,
        value: TokenAmount,
        method: u64,
        params: RawBytes,
    ) {
        // Now and then the chain itself calls; whom it calls sees the system actor.
        let implicit = label != "deploy" && self.chance.once_in(15);
        let (from, kind, sequence) = if implicit {
            (
                Address::new_id(0),
                ApplyKind::Implicit,
                self.chance.below(2) as u64,
            )
        } else {
            let sequence = self.sequences.entry(from).or_default();
            *sequence += 1;
            (from, ApplyKind::Explicit, *sequence - 1)
        };
        let message = Message {
            version: 0,
            from,
            to,
            sequence,
            value: if implicit {
                TokenAmount::default()
            } else {
                value
            },
            method_num: method,
            params,
            gas_limit: GAS_LIMIT,
            // With no base fee, what a message pays does not depend on what it uses.
            gas_fee_cap: TokenAmount::from_atto(5),
            gas_premium: TokenAmount::from_atto(self.chance.below(3)),
        };
        let encoded = fvm_ipld_encoding::to_vec(&message).map_or(0, |bytes| bytes.len());
        self.steps.push(Step {
            label: format!("{} {label}", self.steps.len()),
            raw_length: chain_length(&message, encoded),
            message,
            kind,
            epoch: self.epoch,
        });
    }
}

fn delegated(address: &[u8; 20]) -> Address {
    Address::new_delegated(EAM, address).expect("twenty bytes fit")
}

fn bytes(data: &[u8]) -> RawBytes {
    if data.is_empty() {
        return RawBytes::default();
    }
    RawBytes::serialize(BytesSer(data)).expect("it is in memory")
}

/// Where a sender's contract comes to be: the end of the hash of its address and its nonce, as
/// an RLP list.
fn created(sender: &[u8; 20], nonce: u64) -> [u8; 20] {
    let nonce = match nonce {
        0 => vec![0x80],
        // No sender of a case sends more.
        nonce => vec![u8::try_from(nonce).expect("few messages")],
    };
    let mut rlp = vec![0xc0 + 21 + nonce.len() as u8, 0x80 + 20];
    rlp.extend_from_slice(sender);
    rlp.extend_from_slice(&nonce);
    let hash = Code::Keccak256.digest(&rlp);
    hash.digest()[12..].try_into().expect("twenty of 32 bytes")
}
