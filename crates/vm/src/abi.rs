//! The calls that Wasm actors can make, as a table.
//!
//! One row a syscall: what it is called, what it takes, what it gives back, and from which to
//! which network version it exists. A runner links against the rows, and tests walk them, so a
//! syscall cannot be half added.
//!
//! In Wasm every syscall returns an `i32`: 0, or the [`ErrorNumber`] of a refusal. A result goes
//! to memory, at an address that comes before all other parameters; if there is no room for it
//! there, the call is refused with `IllegalArgument` and nothing is done.
//!
//! [`ErrorNumber`]: fvm_shared::error::ErrorNumber

use fvm_shared::sys::{self, out};
use fvm_shared::version::NetworkVersion;

use crate::kernel::InvocationContext;

/// A syscall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Syscall {
    /// The module that it is imported from.
    pub module: &'static str,
    /// Its name there.
    pub name: &'static str,
    /// What it takes, apart from the address for its result.
    pub params: &'static [Param],
    /// What it gives back.
    pub result: Output,
    /// The first network version that has it.
    pub since: NetworkVersion,
    /// The last one, if it is gone.
    pub until: Option<NetworkVersion>,
}

/// A parameter. Addresses and lengths are in bytes, and unsigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Param {
    /// Bytes to read: their address and their length.
    Input(&'static str),
    /// Bytes to read, always so many: their address.
    InputOf(&'static str, u32),
    /// Items to read, of so many bytes each: their address and their number.
    Items(&'static str, u32),
    /// Room for bytes to write: its address and its length.
    Output(&'static str),
    /// A CID to read: its address. It says itself where it ends.
    Cid(&'static str),
    /// Bytes to read or write: their address. How many is told by other parameters.
    Address(&'static str),
    /// The number of a block.
    Block(&'static str),
    /// A number of 32 bits.
    I32(&'static str),
    /// A number of 64 bits.
    I64(&'static str),
}

/// A type of Wasm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WasmType {
    /// 32 bits.
    I32,
    /// 64 bits.
    I64,
}

impl Param {
    /// The Wasm parameters that it consists of.
    pub const fn wasm_types(self) -> &'static [WasmType] {
        match self {
            Self::Input(_) | Self::Items(..) | Self::Output(_) => &[WasmType::I32, WasmType::I32],
            Self::InputOf(..) | Self::Cid(_) | Self::Address(_) => &[WasmType::I32],
            Self::Block(_) | Self::I32(_) => &[WasmType::I32],
            Self::I64(_) => &[WasmType::I64],
        }
    }
}

/// What a syscall gives back in memory, little-endian and without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It does not return.
    Never,
    /// Nothing; there is no parameter for its address either.
    Nothing,
    /// A number of 32 bits.
    U32,
    /// A number of 64 bits.
    U64,
    /// 32 bytes of randomness.
    Randomness,
    /// An uncompressed secp256k1 key of 65 bytes.
    PublicKey,
    /// [`sys::TokenAmount`].
    TokenAmount,
    /// [`out::ipld::IpldOpen`].
    Opened,
    /// [`out::ipld::IpldStat`].
    Stat,
    /// [`out::send::Send`].
    Sent,
    /// [`out::crypto::VerifyConsensusFault`].
    Fault,
    /// [`out::network::NetworkContext`].
    NetworkContext,
    /// [`out::vm::MessageContext`].
    MessageContext,
    /// [`InvocationContext`].
    InvocationContext,
}

impl Output {
    /// Its length in memory.
    pub const fn len(self) -> usize {
        match self {
            Self::Never | Self::Nothing => 0,
            Self::U32 => 4,
            Self::U64 => 8,
            Self::Randomness => fvm_shared::randomness::RANDOMNESS_LENGTH,
            Self::PublicKey => fvm_shared::crypto::signature::SECP_PUB_LEN,
            Self::TokenAmount => size_of::<sys::TokenAmount>(),
            Self::Opened => size_of::<out::ipld::IpldOpen>(),
            Self::Stat => size_of::<out::ipld::IpldStat>(),
            Self::Sent => size_of::<out::send::Send>(),
            Self::Fault => size_of::<out::crypto::VerifyConsensusFault>(),
            Self::NetworkContext => size_of::<out::network::NetworkContext>(),
            Self::MessageContext => size_of::<out::vm::MessageContext>(),
            Self::InvocationContext => InvocationContext::LEN,
        }
    }

    /// Whether it takes no memory.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl Syscall {
    /// Whether a network version has it.
    pub fn exists_in(&self, version: NetworkVersion) -> bool {
        version >= self.since && self.until.is_none_or(|until| version <= until)
    }

    /// All its Wasm parameters, the address for the result included. It returns one `i32`.
    pub fn wasm_params(&self) -> impl Iterator<Item = WasmType> {
        let result = (!self.result.is_empty()).then_some(WasmType::I32);
        let params = self.params.iter().flat_map(|param| param.wasm_types());
        result.into_iter().chain(params.copied())
    }
}

/// The syscalls of a network version.
pub fn syscalls(version: NetworkVersion) -> impl Iterator<Item = &'static Syscall> {
    SYSCALLS
        .iter()
        .filter(move |syscall| syscall.exists_in(version))
}

/// The syscall with this name, in a network version.
pub fn syscall(version: NetworkVersion, module: &str, name: &str) -> Option<&'static Syscall> {
    syscalls(version).find(|syscall| syscall.module == module && syscall.name == name)
}

const V17: NetworkVersion = NetworkVersion::V17;
const V18: NetworkVersion = NetworkVersion::V18;
const V20: NetworkVersion = NetworkVersion::V20;
const V21: NetworkVersion = NetworkVersion::V21;

/// A syscall that every version has. Those of nv16 were those of nv17.
const fn always(
    module: &'static str,
    name: &'static str,
    params: &'static [Param],
    result: Output,
) -> Syscall {
    Syscall {
        module,
        name,
        params,
        result,
        since: V17,
        until: None,
    }
}

const fn up_to(until: NetworkVersion, syscall: Syscall) -> Syscall {
    Syscall {
        until: Some(until),
        ..syscall
    }
}

const fn from(since: NetworkVersion, syscall: Syscall) -> Syscall {
    Syscall { since, ..syscall }
}

use Param::{Address as At, Block, Cid, I32, I64, Input, InputOf, Items, Output as Room};

/// All syscalls of all versions.
///
/// `actor.install_actor` and `actor.upgrade_actor` are written in the reference but live on no
/// network.
#[rustfmt::skip]
pub const SYSCALLS: &[Syscall] = &[
    up_to(V17, always("vm", "abort", &[I32("code"), Input("message")], Output::Never)),
    up_to(V17, always("vm", "context", &[], Output::InvocationContext)),
    from(V18, always("vm", "exit", &[I32("code"), Block("data"), Input("message")], Output::Never)),
    from(V18, always("vm", "message_context", &[], Output::MessageContext)),

    up_to(V17, always("network", "base_fee", &[], Output::TokenAmount)),
    from(V18, always("network", "context", &[], Output::NetworkContext)),
    from(V18, always("network", "tipset_cid", &[I64("epoch"), Room("cid")], Output::U32)),
    always("network", "total_fil_circ_supply", &[], Output::TokenAmount),

    always("ipld", "block_open", &[Cid("cid")], Output::Opened),
    always("ipld", "block_create", &[I64("codec"), Input("data")], Output::U32),
    always("ipld", "block_read", &[Block("id"), I32("offset"), Room("data")], Output::U32),
    always("ipld", "block_stat", &[Block("id")], Output::Stat),
    always("ipld", "block_link", &[Block("id"), I64("hash function"), I32("hash length"), Room("cid")], Output::U32),

    always("self", "root", &[Room("cid")], Output::U32),
    always("self", "set_root", &[Cid("cid")], Output::Nothing),
    always("self", "current_balance", &[], Output::TokenAmount),
    up_to(V20, always("self", "self_destruct", &[Input("beneficiary")], Output::Nothing)),
    from(V21, always("self", "self_destruct", &[I32("burn unspent")], Output::Nothing)), // FIP-0073.

    always("actor", "resolve_address", &[Input("address")], Output::U64),
    from(V18, always("actor", "lookup_delegated_address", &[I64("actor"), Room("address")], Output::U32)),
    always("actor", "get_actor_code_cid", &[I64("actor"), Room("cid")], Output::U32),
    up_to(V17, always("actor", "new_actor_address", &[Room("address")], Output::U32)),
    from(V18, always("actor", "next_actor_address", &[Room("address")], Output::U32)),
    up_to(V17, always("actor", "create_actor", &[I64("actor"), Cid("code")], Output::Nothing)),
    from(V18, always("actor", "create_actor", &[I64("actor"), Cid("code"), Input("delegated address")], Output::Nothing)),
    always("actor", "get_builtin_actor_type", &[Cid("code")], Output::U32),
    always("actor", "get_code_cid_for_type", &[I32("type"), Room("cid")], Output::U32),
    from(V18, always("actor", "balance_of", &[I64("actor")], Output::TokenAmount)),

    always("crypto", "verify_signature", &[I32("type"), Input("signature"), Input("signer"), Input("plaintext")], Output::U32),
    from(V21, always("crypto", "verify_bls_aggregate", &[I32("signers"), InputOf("aggregate", 96), At("keys"), At("plaintexts"), At("plaintext lengths")], Output::U32)), // FIP-0079.
    always("crypto", "recover_secp_public_key", &[InputOf("hash", 32), InputOf("signature", 65)], Output::PublicKey),
    always("crypto", "hash", &[I64("function"), Input("data"), Room("digest")], Output::U32),
    always("crypto", "compute_unsealed_sector_cid", &[I64("proof type"), Input("pieces"), Room("cid")], Output::U32),
    up_to(V17, always("crypto", "verify_seal", &[Input("info")], Output::U32)),
    always("crypto", "verify_post", &[Input("info")], Output::U32),
    always("crypto", "verify_consensus_fault", &[Input("first header"), Input("second header"), Input("extra header")], Output::Fault),
    always("crypto", "verify_aggregate_seals", &[Input("info")], Output::U32),
    always("crypto", "verify_replica_update", &[Input("info")], Output::U32),
    always("crypto", "batch_verify_seals", &[Input("infos"), At("verdicts")], Output::Nothing),

    from(V18, up_to(V20, always("event", "emit_event", &[Input("event")], Output::Nothing))),
    from(V21, always("event", "emit_event", &[Items("headers", 24), Input("keys"), Input("values")], Output::Nothing)), // FIP-0072.

    up_to(V20, always("rand", "get_chain_randomness", &[I64("domain"), I64("epoch"), Input("entropy")], Output::Randomness)),
    up_to(V20, always("rand", "get_beacon_randomness", &[I64("domain"), I64("epoch"), Input("entropy")], Output::Randomness)),
    from(V21, always("rand", "get_chain_randomness", &[I64("epoch")], Output::Randomness)), // FIP-0075.
    from(V21, always("rand", "get_beacon_randomness", &[I64("epoch")], Output::Randomness)), // FIP-0075.

    always("gas", "charge", &[Input("name"), I64("gas")], Output::Nothing),
    from(V18, always("gas", "available", &[], Output::U64)),

    up_to(V17, always("send", "send", &[Input("recipient"), I64("method"), Block("params"), I64("value, high half"), I64("value, low half")], Output::Sent)),
    from(V18, always("send", "send", &[Input("recipient"), I64("method"), Block("params"), I64("value, high half"), I64("value, low half"), I64("gas limit"), I64("flags")], Output::Sent)),

    always("debug", "log", &[Input("message")], Output::Nothing),
    always("debug", "enabled", &[], Output::U32),
    always("debug", "store_artifact", &[Input("name"), Input("data")], Output::Nothing),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_each_syscall_once() {
        for version in (17..=28).map(NetworkVersion::from) {
            let mut names: Vec<_> = syscalls(version).map(|s| (s.module, s.name)).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "version {version}");
        }
    }

    #[test]
    fn results_have_the_lengths_that_actors_expect() {
        let lens = SYSCALLS
            .iter()
            .map(|syscall| (syscall.result.len(), syscall.name));
        let expected = [
            (16, "block_open"),
            (12, "block_stat"),
            (20, "send"),
            (20, "verify_consensus_fault"),
            (44, "context"),
            (80, "message_context"),
            (52, "context"),
            (16, "balance_of"),
        ];
        let lens: Vec<_> = lens.collect();
        for row in expected {
            assert!(lens.contains(&row), "{row:?}");
        }
    }

    #[test]
    fn wasm_types_follow_from_the_row() {
        use WasmType::{I32, I64};
        let send = syscall(NetworkVersion::V28, "send", "send").unwrap();
        let types: Vec<_> = send.wasm_params().collect();
        assert_eq!(types, [I32, I32, I32, I64, I32, I64, I64, I64, I64]);
        let exit = syscall(NetworkVersion::V28, "vm", "exit").unwrap();
        assert_eq!(exit.wasm_params().collect::<Vec<_>>(), [I32, I32, I32, I32]);
    }
}
