//! Blocks as the network encodes them. A tipset of this chain has one.

use cid::Cid;
use fvm_ipld_amt::{Amt, Amtv0};
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::{CborStore, DAG_CBOR, strict_bytes};
use fvm_shared::address::Address;
use fvm_shared::bigint::{BigInt, bigint_ser};
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::event::StampedEvent;
use fvm_shared::receipt::Receipt;
use fvm_shared::sector::PoStProof;
use multihash_codetable::{Code, MultihashDigest};
use serde::{Serialize, Serializer};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use atoll_vm::{Fatal, OrFatal, SharedBlockstore, Store};

use crate::hash::Hash;
use crate::signed::{CheckedMessage, Signature, SignatureKind, cbor, cid_of};

/// A block's draw in the lottery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Ticket {
    /// The proof whose hash is the chain's randomness.
    #[serde(with = "strict_bytes")]
    pub vrf_proof: Vec<u8>,
}

/// That the producer was elected, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ElectionProof {
    /// How many rewards the block is worth.
    pub win_count: i64,
    /// Its proof.
    #[serde(with = "strict_bytes")]
    pub vrf_proof: Vec<u8>,
}

/// A round of the random beacon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct BeaconEntry {
    /// Its number.
    pub round: u64,
    /// Its value.
    #[serde(with = "strict_bytes")]
    pub data: Vec<u8>,
}

/// A block's header.
#[derive(Clone, Debug, PartialEq, Serialize_tuple, Deserialize_tuple)]
pub struct BlockHeader {
    /// Who made it.
    pub miner: Address,
    /// Its draw in the lottery.
    pub ticket: Option<Ticket>,
    /// That its producer was elected.
    pub election_proof: Option<ElectionProof>,
    /// The beacon's rounds since the parent.
    pub beacon_entries: Vec<BeaconEntry>,
    /// Proofs that the producer still stores what it won with.
    pub win_post_proof: Vec<PoStProof>,
    /// The block of the parent tipset; none in the genesis.
    pub parents: Vec<Cid>,
    /// The weight of the chain below.
    #[serde(with = "bigint_ser")]
    pub parent_weight: BigInt,
    /// Its epoch.
    pub height: ChainEpoch,
    /// The state that its messages start from.
    pub parent_state_root: Cid,
    /// The receipts of the parent's messages.
    pub parent_message_receipts: Cid,
    /// Its own messages.
    pub messages: Cid,
    /// The signatures of its BLS messages, in one.
    pub bls_aggregate: Option<Signature>,
    /// Its time, in seconds of Unix.
    pub timestamp: u64,
    /// Its producer's signature.
    pub block_sig: Option<Signature>,
    /// Unused.
    pub fork_signaling: u64,
    /// The base fee that its messages pay.
    pub parent_base_fee: TokenAmount,
}

impl BlockHeader {
    /// The CID of the block.
    #[must_use]
    pub fn cid(&self) -> Cid {
        cid_of(self)
    }
}

/// The lists of a block's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct MessageMeta {
    /// Those signed with BLS, which come first: an AMT of CIDs.
    pub bls: Cid,
    /// The others.
    pub secp256k1: Cid,
}

/// Names a tipset: the CID of the list of its blocks. Its digest is the Ethereum block hash.
#[must_use]
pub fn tipset_key(blocks: &[Cid]) -> Cid {
    Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&tipset_key_block(blocks)))
}

/// The block that a tipset's key names: the CIDs end to end, as a byte string.
#[must_use]
pub fn tipset_key_block(blocks: &[Cid]) -> Vec<u8> {
    struct Joined(Vec<u8>);
    impl Serialize for Joined {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            strict_bytes::Serialize::serialize(&self.0, serializer)
        }
    }
    cbor(&Joined(blocks.iter().flat_map(Cid::to_bytes).collect()))
}

/// The Ethereum hash of a tipset of one block.
#[must_use]
pub fn eth_block_hash(block: &Cid) -> Hash {
    Hash::of_cid(&tipset_key(&[*block]))
}

/// Writes the messages and their lists; returns the CID that a header has.
pub fn write_messages<'a>(
    blocks: &SharedBlockstore,
    messages: impl IntoIterator<Item = &'a CheckedMessage>,
) -> Result<Cid, Fatal> {
    let store = Store::new(blocks.clone());
    let (mut bls, mut secp256k1) = (Vec::new(), Vec::new());
    for checked in messages {
        let (list, data) = match checked.signed.signature.kind {
            SignatureKind::Bls => (&mut bls, cbor(&checked.signed.message)),
            SignatureKind::Secp256k1 | SignatureKind::Delegated => {
                (&mut secp256k1, cbor(&checked.signed))
            }
        };
        store
            .put_keyed(&checked.cid, &data)
            .or_fatal("writing a message")?;
        list.push(checked.cid);
    }
    let write =
        |list: Vec<Cid>| Amtv0::new_from_iter(&store, list).or_fatal("writing a list of messages");
    let meta = MessageMeta {
        bls: write(bls)?,
        secp256k1: write(secp256k1)?,
    };
    let meta = store
        .put_cbor(&meta, Code::Blake2b256)
        .or_fatal("writing a block's messages")?;
    store.flush_all()?;
    Ok(meta)
}

/// Writes receipts; returns the root that the next header has.
pub fn write_receipts<'a>(
    blocks: &SharedBlockstore,
    receipts: impl IntoIterator<Item = &'a Receipt>,
) -> Result<Cid, Fatal> {
    let store = Store::new(blocks.clone());
    let root = Amtv0::new_from_iter(&store, receipts).or_fatal("writing receipts")?;
    store.flush_all()?;
    Ok(root)
}

/// Writes the events of messages below the roots that their receipts name.
pub fn write_events<'a>(
    blocks: &SharedBlockstore,
    messages: impl IntoIterator<Item = &'a [StampedEvent]>,
) -> Result<(), Fatal> {
    const BIT_WIDTH: u32 = 5; // FIP-0049.
    let store = Store::new(blocks.clone());
    for events in messages {
        if !events.is_empty() {
            Amt::new_from_iter_with_bit_width(&store, BIT_WIDTH, events)
                .or_fatal("writing events")?;
        }
    }
    store.flush_all()
}
