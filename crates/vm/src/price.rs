//! What everything costs, by network version.
//!
//! [`PriceList`] holds the numbers and says how they become a [`Charge`]. The numbers themselves
//! are in [`tables`]; a version states only what it changed. [`WasmPrices`] are the prices that a
//! Wasm runner applies by itself.

pub mod tables;
mod wasm;

use std::fmt;

use fvm_shared::clock::ChainEpoch;
use fvm_shared::crypto::signature::SignatureType;
use fvm_shared::sector::RegisteredSealProof;
use fvm_shared::version::NetworkVersion;
use fvm_shared::{ActorID, METHOD_SEND, MethodNum};

pub use self::wasm::WasmPrices;
use crate::crypto::HashFunction;
use crate::events::EventSize;
use crate::gas::{Charge, Gas};

/// A price with a part that is always paid and a part that grows with a count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Scaling {
    /// Always paid.
    pub flat: Gas,
    /// Paid for each unit: a byte, an entry, an epoch.
    pub each: Gas,
}

impl Scaling {
    /// A price that depends on nothing.
    pub const fn flat(flat: Gas) -> Self {
        Self {
            flat,
            each: Gas::ZERO,
        }
    }

    /// A price in proportion to a count.
    pub const fn each(each: Gas) -> Self {
        Self {
            flat: Gas::ZERO,
            each,
        }
    }

    /// The price of `count` units.
    pub fn of(&self, count: u64) -> Gas {
        self.flat + self.each * count
    }

    fn of_len(&self, len: usize) -> Gas {
        self.of(len as u64)
    }
}

impl fmt::Debug for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} + {} each", self.flat, self.each)
    }
}

/// The price of checking many seals in one proof: one part for each seal, and one that rises in
/// steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AggregateSeals {
    /// For each seal.
    pub per_seal: Gas,
    /// In rising order: the number of seals from which a step holds, and its price.
    pub steps: &'static [(u64, Gas)],
}

impl AggregateSeals {
    fn of(&self, seals: usize) -> Gas {
        let reached = self
            .steps
            .iter()
            .rev()
            .find(|(from, _)| *from <= seals as u64);
        self.per_seal * seals + reached.map_or(Gas::ZERO, |(_, price)| *price)
    }
}

/// How asking for randomness is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RandomnessPrice {
    /// One price for the digest and the draw.
    Flat(Gas),
    /// The digest at a flat price, and the hash that draws from it.
    Draw {
        /// For the digest.
        digest: Gas,
    },
    /// By how many epochs back it lies; actors draw from the digest themselves (FIP-0075).
    Lookback(Scaling),
}

/// A call that is paid in one sum, before anything moves (up to nv17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallPrice {
    /// A bare transfer of nothing.
    pub base: Gas,
    /// A call of a method.
    pub method: Gas,
    /// More, if value goes along.
    pub transfer: Gas,
    /// More than that, if value goes without a call.
    pub transfer_only: Gas,
}

/// How asking for the key of a tipset is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TipsetPrice {
    /// The parent is cheaper than older tipsets.
    ParentOrOlder {
        /// One epoch back.
        parent: Gas,
        /// Further back.
        older: Gas,
    },
    /// By how many epochs back it lies (FIP-0075).
    Lookback(Scaling),
}

/// How emitting an event is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventPrice {
    /// The event arrives as one CBOR block (FIP-0049): one charge to decode it, one to keep it.
    Encoded {
        /// To decode and check, by encoded byte.
        validate: Scaling,
    },
    /// The event arrives in parts (FIP-0072), and one charge covers it.
    Parts {
        /// By entry.
        entry: Scaling,
        /// By byte of the keys.
        utf8: Scaling,
    },
}

/// The prices of one network version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceList {
    /// To check a message and carry it, by its length.
    pub message_compute: Scaling,
    /// To keep a message on chain, by its length.
    pub message_storage: Scaling,
    /// To keep a return value on chain, by its length.
    pub return_storage: Scaling,

    /// To move value.
    pub value_transfer: Gas,
    /// To call a method.
    pub method_invocation: Gas,

    /// To do both, where it is paid in one sum; the two prices above are then zero.
    pub call_in_one: Option<CallPrice>,

    /// To find an address in the init actor's table.
    pub address_lookup: Gas,
    /// To put an address into it.
    pub address_assignment: Gas,
    /// To find an actor in the state tree.
    pub actor_lookup: Gas,
    /// To put a changed actor back.
    pub actor_update: Gas,
    /// To keep one actor more.
    pub actor_create: Gas,
    /// Given back for an actor less.
    pub actor_delete_refund: Gas,
    /// Actors that are always in memory: looking them up and updating them is free (FIP-0055).
    pub preloaded_actors: &'static [ActorID],

    /// To check a secp256k1 signature, by plaintext byte.
    pub verify_secp256k1: Scaling,
    /// To check a BLS signature, by plaintext byte.
    pub verify_bls: Scaling,
    /// To recover a secp256k1 key.
    pub recover_secp256k1: Gas,
    /// For each pairing of a BLS aggregate (FIP-0079).
    pub bls_pairing: Gas,
    /// To hash the plaintexts of a BLS aggregate to the curve, by byte (FIP-0079).
    pub bls_hashing: Scaling,
    /// SHA2-256, by byte.
    pub sha2_256: Scaling,
    /// BLAKE2b with 256 bits, by byte.
    pub blake2b_256: Scaling,
    /// BLAKE2b with 512 bits, by byte.
    pub blake2b_512: Scaling,
    /// Keccak-256, by byte.
    pub keccak_256: Scaling,
    /// RIPEMD-160, by byte.
    pub ripemd_160: Scaling,

    /// To compute the commitment to a sector's pieces.
    pub unsealed_sector_cid: Gas,
    /// To check one seal.
    pub verify_seal: Gas,
    /// To check an aggregate of 32 GiB seals, and of any size that has no price of its own.
    pub aggregate_32gib: AggregateSeals,
    /// To check an aggregate of 64 GiB seals.
    pub aggregate_64gib: AggregateSeals,
    /// To check an aggregate of non-interactive 32 GiB seals (FIP-0092).
    pub aggregate_32gib_ni: AggregateSeals,
    /// To check an aggregate of non-interactive 64 GiB seals (FIP-0092).
    pub aggregate_64gib_ni: AggregateSeals,
    /// To check a window proof of spacetime, by challenged sector.
    pub verify_post: Scaling,
    /// To check a replica update.
    pub verify_replica_update: Gas,
    /// To check a consensus fault.
    pub verify_consensus_fault: Gas,

    /// To ask for randomness.
    pub randomness: RandomnessPrice,
    /// To ask for the key of a tipset.
    pub tipset_cid: TipsetPrice,
    /// To ask what type of actor a code is, or the reverse.
    pub builtin_lookup: Gas,
    /// To ask for the context of the network.
    pub network_context: Gas,
    /// To ask for the context of the message.
    pub message_context: Gas,

    /// To copy a block, by byte.
    pub block_copy: Scaling,
    /// To allocate memory for a block, by byte.
    pub block_allocate: Scaling,
    /// The least that a block kept in memory pays in all, by byte: it bounds the memory that one
    /// chain of calls can hold.
    pub block_retention_min: Scaling,
    /// To read a block from the store.
    pub block_open: Scaling,
    /// To keep a block on disk, by byte.
    pub block_store: Scaling,
    /// To write a block to disk.
    pub block_flush: Gas,

    /// For each field of a CBOR block that is looked through for links (FIP-0071).
    pub scan_field: Gas,
    /// For each CID found in it (FIP-0071).
    pub scan_cid: Gas,
    /// For each link that becomes reachable (FIP-0071).
    pub link_tracked: Gas,
    /// For each link that must be reachable (FIP-0071).
    pub link_checked: Gas,

    /// To emit an event.
    pub event: EventPrice,

    /// To install code, by byte. Nothing can be installed yet.
    pub install_code: Scaling,

    /// Prices that the Wasm runner applies.
    pub wasm: WasmPrices,
}

impl PriceList {
    /// The prices of a network version, if it is one that this machine runs.
    pub fn of_version(version: NetworkVersion) -> Option<&'static Self> {
        match u32::from(version) {
            17 => Some(&tables::SKYR), // nv16 had the same prices.
            18..=20 => Some(&tables::HYGGE),
            21..=24 => Some(&tables::WATERMELON),
            25..=28 => Some(&tables::TEEP),
            _ => None,
        }
    }

    /// A message is on chain, whatever becomes of it; includes updating its sender.
    pub fn on_chain_message(&self, message_len: usize) -> Charge {
        Charge {
            name: "OnChainMessage",
            compute: self.message_compute.of_len(message_len),
            other: self.actor_update + self.message_storage.of_len(message_len),
        }
    }

    /// A message returns a value, which goes on chain.
    pub fn on_chain_return(&self, return_len: usize) -> Charge {
        Charge::other("OnChainReturnValue", self.return_storage.of_len(return_len))
    }

    /// A nested call returns a value, whose links become reachable for the caller.
    pub fn on_nested_return(&self, links: usize) -> Charge {
        Charge::compute("OnReturnValue", self.link_tracked * links)
    }

    /// Value moves.
    pub fn on_value_transfer(&self) -> Charge {
        Charge::compute("OnValueTransfer", self.value_transfer)
    }

    /// A method is called; the links of its parameters become reachable for it.
    pub fn on_method_invocation(&self, links: usize) -> Charge {
        let gas = self.method_invocation + self.link_tracked * links;
        Charge::compute("OnMethodInvocation", gas)
    }

    /// A call is about to be made, where that is paid in one sum.
    pub fn on_call(&self, has_value: bool, method: MethodNum) -> Option<Charge> {
        let CallPrice {
            base,
            method: calls,
            transfer,
            transfer_only,
        } = self.call_in_one?;
        let gas = match (has_value, method == METHOD_SEND) {
            (false, true) => base,
            (true, true) => base + transfer + transfer_only,
            (false, false) => calls,
            (true, false) => calls + transfer,
        };
        Some(Charge::compute("OnMethodInvocation", gas))
    }

    /// The init actor creates an actor at an address it has assigned before.
    pub fn on_create_actor(&self) -> Charge {
        Charge::other("OnCreateActor", self.actor_create)
    }

    /// A transfer creates an actor, and its address is assigned.
    pub fn on_create_actor_with_address(&self) -> Charge {
        let assignment = self.address_assignment + self.address_lookup;
        Charge::other("OnCreateActor", self.actor_create + assignment)
    }

    /// An actor deletes itself.
    pub fn on_delete_actor(&self) -> Charge {
        Charge::other("OnDeleteActor", Gas::ZERO)
    }

    /// An actor is looked up in the state tree.
    pub fn on_actor_lookup(&self) -> Charge {
        Charge::other("OnActorLookup", self.actor_lookup)
    }

    /// An actor that has been looked up will have to be written back.
    pub fn on_actor_update(&self) -> Charge {
        Charge::other("OnActorUpdate", self.actor_update)
    }

    /// A signature is checked.
    pub fn on_verify_signature(&self, kind: SignatureType, plaintext_len: usize) -> Charge {
        let price = match kind {
            SignatureType::Secp256k1 => self.verify_secp256k1,
            SignatureType::BLS => self.verify_bls,
        };
        Charge::compute("OnVerifySignature", price.of_len(plaintext_len))
    }

    /// A BLS aggregate is checked: one pairing for each signer and one for the aggregate.
    pub fn on_verify_bls_aggregate(&self, signers: usize, plaintext_len: usize) -> Charge {
        let pairings = self.bls_pairing * (signers as u64).saturating_add(1);
        let hashing = self.bls_hashing.of_len(plaintext_len);
        Charge::compute("OnVerifyBlsAggregateSignature", pairings + hashing)
    }

    /// A public key is recovered from a signature.
    pub fn on_recover_secp256k1(&self) -> Charge {
        Charge::compute("OnRecoverSecpPublicKey", self.recover_secp256k1)
    }

    /// Data is hashed.
    pub fn on_hashing(&self, function: HashFunction, data_len: usize) -> Charge {
        Charge::compute("OnHashing", self.hashing(function).of_len(data_len))
    }

    fn hashing(&self, function: HashFunction) -> Scaling {
        match function {
            HashFunction::Sha2_256 => self.sha2_256,
            HashFunction::Blake2b256 => self.blake2b_256,
            HashFunction::Blake2b512 => self.blake2b_512,
            HashFunction::Keccak256 => self.keccak_256,
            HashFunction::Ripemd160 => self.ripemd_160,
        }
    }

    /// The commitment to a sector's pieces is computed.
    pub fn on_unsealed_sector_cid(&self) -> Charge {
        Charge::compute("OnComputeUnsealedSectorCid", self.unsealed_sector_cid)
    }

    /// A seal is checked.
    pub fn on_verify_seal(&self) -> Charge {
        Charge::compute("OnVerifySeal", self.verify_seal)
    }

    /// Seals are checked in one proof.
    pub fn on_verify_aggregate_seals(&self, proof: RegisteredSealProof, seals: usize) -> Charge {
        let price = match proof {
            RegisteredSealProof::StackedDRG64GiBV1P1 => &self.aggregate_64gib,
            RegisteredSealProof::StackedDRG32GiBV1P2_Feat_NiPoRep => &self.aggregate_32gib_ni,
            RegisteredSealProof::StackedDRG64GiBV1P2_Feat_NiPoRep => &self.aggregate_64gib_ni,
            _ => &self.aggregate_32gib,
        };
        Charge::compute("OnVerifyAggregateSeals", price.of(seals))
    }

    /// A window proof of spacetime is checked.
    pub fn on_verify_post(&self, challenged_sectors: usize) -> Charge {
        Charge::compute("OnVerifyPost", self.verify_post.of_len(challenged_sectors))
    }

    /// A replica update is checked.
    pub fn on_verify_replica_update(&self) -> Charge {
        Charge::compute("OnVerifyReplicaUpdate", self.verify_replica_update)
    }

    /// A consensus fault is checked.
    pub fn on_verify_consensus_fault(&self) -> Charge {
        Charge::other("OnVerifyConsensusFault", self.verify_consensus_fault)
    }

    /// Randomness is asked for. `lookback` is the distance from the current epoch; one that is
    /// still to come counts as unpayably far back.
    pub fn on_get_randomness(&self, lookback: ChainEpoch, entropy_len: usize) -> Charge {
        let gas = match self.randomness {
            RandomnessPrice::Flat(price) => price,
            RandomnessPrice::Draw { digest } => {
                // The draw hashes a domain tag, the digest, the epoch and the entropy.
                const FIXED_LEN: usize = 8 + 32 + 8;
                digest
                    + self
                        .blake2b_256
                        .of_len(entropy_len.saturating_add(FIXED_LEN))
            }
            RandomnessPrice::Lookback(price) => price.of(lookback as u64),
        };
        Charge::other("OnGetRandomness", gas)
    }

    /// The key of a tipset is asked for. The caller has checked that it lies in the past.
    pub fn on_tipset_cid(&self, lookback: ChainEpoch) -> Charge {
        let gas = match self.tipset_cid {
            TipsetPrice::ParentOrOlder { parent, .. } if lookback <= 1 => parent,
            TipsetPrice::ParentOrOlder { older, .. } => older,
            TipsetPrice::Lookback(price) => price.of(lookback as u64),
        };
        Charge::other("OnTipsetCid", gas)
    }

    /// A block is about to be read from the store: what it costs before its size is known.
    pub fn on_block_open_base(&self) -> Charge {
        Charge {
            name: "OnBlockOpenBase",
            compute: self.link_checked,
            other: self.block_open.flat,
        }
    }

    /// A block has been read from the store; its links become reachable.
    pub fn on_block_open(&self, data_len: usize, links: usize) -> Charge {
        let compute = self.link_tracked * links;
        let open = self.block_open.each * data_len
            + self.block_allocate.of_len(data_len)
            + self.block_copy.of_len(data_len);
        let surcharge = self.block_retention_min.of_len(data_len) - (compute + open);
        Charge {
            name: "OnBlockOpen",
            compute,
            other: open + surcharge,
        }
    }

    /// An actor reads from a block it holds.
    pub fn on_block_read(&self, read_len: usize) -> Charge {
        Charge::compute("OnBlockRead", self.block_copy.of_len(read_len))
    }

    /// An actor creates a block in memory; its links must be reachable.
    pub fn on_block_create(&self, data_len: usize, links: usize) -> Charge {
        let compute = self.block_copy.of_len(data_len)
            + self.block_allocate.of_len(data_len)
            + self.link_checked * links;
        let surcharge = self.block_retention_min.of_len(data_len) - compute;
        Charge {
            name: "OnBlockCreate",
            compute,
            other: surcharge,
        }
    }

    /// A block is hashed and will be stored; it becomes reachable.
    pub fn on_block_link(&self, function: HashFunction, data_len: usize) -> Charge {
        Charge {
            name: "OnBlockLink",
            compute: self.block_copy.of_len(data_len)
                + self.block_allocate.of_len(data_len)
                + self.hashing(function).of_len(data_len)
                + self.link_tracked,
            other: self.block_flush + self.block_store.of_len(data_len),
        }
    }

    /// An actor asks for the size and codec of a block.
    pub fn on_block_stat(&self) -> Charge {
        Charge::other("OnBlockStat", Gas::ZERO)
    }

    /// An actor asks for its state root, which becomes reachable.
    pub fn on_get_root(&self) -> Charge {
        Charge::compute("OnActorGetRoot", self.link_tracked)
    }

    /// An actor sets its state root, which must be reachable.
    pub fn on_set_root(&self) -> Charge {
        Charge::compute("OnActorSetRoot", self.link_checked)
    }

    /// An actor asks for its balance.
    pub fn on_self_balance(&self) -> Charge {
        Charge::other("OnSelfBalance", Gas::ZERO)
    }

    /// An actor asks for the balance of an actor. Looking it up is charged apart.
    pub fn on_balance_of(&self) -> Charge {
        Charge::other("OnBalanceOf", Gas::ZERO)
    }

    /// An actor asks for the id behind an address. Looking it up is charged apart.
    pub fn on_resolve_address(&self) -> Charge {
        Charge::other("OnResolveAddress", Gas::ZERO)
    }

    /// An actor asks for a delegated address. Looking the actor up is charged apart.
    pub fn on_lookup_delegated_address(&self) -> Charge {
        Charge::other("OnLookupAddress", Gas::ZERO)
    }

    /// An actor asks for the code of an actor. Looking it up is charged apart.
    pub fn on_get_actor_code_cid(&self) -> Charge {
        Charge::other("OnGetActorCodeCid", Gas::ZERO)
    }

    /// An actor asks for the type of a code.
    pub fn on_get_builtin_actor_type(&self) -> Charge {
        Charge::compute("OnGetBuiltinActorType", self.builtin_lookup)
    }

    /// An actor asks for the code of a type.
    pub fn on_get_code_cid_for_type(&self) -> Charge {
        Charge::compute("OnGetCodeCidForType", self.builtin_lookup)
    }

    /// An actor asks for the context of the network.
    pub fn on_network_context(&self) -> Charge {
        Charge::compute("OnNetworkContext", self.network_context)
    }

    /// An actor asks for the context of its message.
    pub fn on_message_context(&self) -> Charge {
        Charge::compute("OnMessageContext", self.message_context)
    }

    /// An actor calls the machine at all.
    pub fn on_syscall(&self) -> Charge {
        Charge::compute("OnSyscall", Gas::from_milligas(self.wasm.syscall))
    }

    /// An actor hands in an event, before anything about it is checked.
    ///
    /// An event that arrives as one block is paid by its length, one in parts by all of them.
    pub fn on_event(&self, size: &EventSize) -> Charge {
        match self.event {
            EventPrice::Encoded { validate } => {
                let len = size.values_len;
                let copies = self.block_copy.of_len(len) + self.block_allocate.of_len(len);
                Charge::compute("OnActorEventValidate", copies + validate.of_len(len))
            }
            EventPrice::Parts { entry, utf8 } => {
                let len = size.encoded_max();
                // One copy with its allocation: the AMT takes one more, and so does the client.
                let kept = self.block_copy.of(len) + self.block_allocate.of(len);
                let checked = entry.of_len(size.entries) + utf8.of_len(size.keys_len);
                Charge {
                    name: "OnActorEvent",
                    compute: kept * 2_u64 + checked,
                    other: self.blake2b_256.of(len) + kept,
                }
            }
        }
    }

    /// An event that arrived as one block has passed every check (nv18 to nv20).
    pub fn on_event_accepted(&self, encoded_len: usize) -> Charge {
        // What a receipt adds to an event: the emitter and the framing.
        const STAMP_LEN: usize = 12;
        let len = encoded_len.saturating_add(STAMP_LEN);
        let copy = self.block_copy.of_len(len);
        let allocate = self.block_allocate.of_len(len);
        Charge {
            name: "OnActorEventAccept",
            compute: copy + allocate,
            other: copy * 2_u64 + allocate + self.blake2b_256.of_len(len),
        }
    }
}

#[cfg(test)]
mod tests;
