//! What syscalls return, as it lies in an actor's memory: little-endian, without gaps.

use atoll_vm::{Stop, SyscallError};
use fvm_shared::sys;
use fvm_shared::sys::out::crypto::VerifyConsensusFault;
use fvm_shared::sys::out::ipld::{IpldOpen, IpldStat};
use fvm_shared::sys::out::network::NetworkContext;
use fvm_shared::sys::out::send::Send;
use fvm_shared::sys::out::vm::MessageContext;

/// Something that a syscall returns.
pub(super) trait Returned {
    /// How many bytes it takes.
    const LEN: usize;

    /// Its bytes.
    fn to_bytes(&self) -> impl AsRef<[u8]>;
}

/// Lays fields out one after another.
pub(super) fn lay<const LEN: usize>(fields: &[&[u8]]) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    let mut at = 0;
    for field in fields {
        bytes[at..at + field.len()].copy_from_slice(field);
        at += field.len();
    }
    debug_assert_eq!(at, LEN, "the fields fill the layout");
    bytes
}

impl Returned for u32 {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}

impl Returned for i32 {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}

impl Returned for u64 {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        self.to_le_bytes()
    }
}

/// Randomness and keys.
impl<const BYTES: usize> Returned for [u8; BYTES] {
    const LEN: usize = BYTES;

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        self
    }
}

pub(super) fn amount(amount: sys::TokenAmount) -> [u8; 16] {
    lay(&[&{ amount.lo }.to_le_bytes(), &{ amount.hi }.to_le_bytes()])
}

impl Returned for sys::TokenAmount {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        amount(*self)
    }
}

impl Returned for IpldOpen {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        let Self { codec, id, size } = *self;
        lay::<{ Self::LEN }>(&[&codec.to_le_bytes(), &id.to_le_bytes(), &size.to_le_bytes()])
    }
}

impl Returned for IpldStat {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        let Self { codec, size } = *self;
        lay::<{ Self::LEN }>(&[&codec.to_le_bytes(), &size.to_le_bytes()])
    }
}

impl Returned for Send {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        let Self {
            exit_code,
            return_id,
            return_codec,
            return_size,
        } = *self;
        lay::<{ Self::LEN }>(&[
            &exit_code.to_le_bytes(),
            &return_id.to_le_bytes(),
            &return_codec.to_le_bytes(),
            &return_size.to_le_bytes(),
        ])
    }
}

impl Returned for VerifyConsensusFault {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        let Self {
            epoch,
            target,
            fault,
        } = *self;
        lay::<{ Self::LEN }>(&[
            &epoch.to_le_bytes(),
            &target.to_le_bytes(),
            &fault.to_le_bytes(),
        ])
    }
}

impl Returned for NetworkContext {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        let Self {
            epoch,
            timestamp,
            base_fee,
            chain_id,
            network_version,
        } = *self;
        lay::<{ Self::LEN }>(&[
            &epoch.to_le_bytes(),
            &timestamp.to_le_bytes(),
            &amount(base_fee),
            &chain_id.to_le_bytes(),
            &u32::from(network_version).to_le_bytes(),
        ])
    }
}

impl Returned for MessageContext {
    const LEN: usize = size_of::<Self>();

    fn to_bytes(&self) -> impl AsRef<[u8]> {
        let Self {
            origin,
            nonce,
            caller,
            receiver,
            method_number,
            ..
        } = *self;
        let Self {
            value_received,
            gas_premium,
            flags,
            ..
        } = *self;
        lay::<{ Self::LEN }>(&[
            &origin.to_le_bytes(),
            &nonce.to_le_bytes(),
            &caller.to_le_bytes(),
            &receiver.to_le_bytes(),
            &method_number.to_le_bytes(),
            &amount(value_received),
            &amount(gas_premium),
            &flags.bits().to_le_bytes(),
        ])
    }
}

/// An amount as actors see it. One that does not fit breaks the message.
pub(super) fn sys_amount(
    value: &fvm_shared::econ::TokenAmount,
) -> Result<sys::TokenAmount, SyscallError> {
    sys::TokenAmount::try_from(value)
        .map_err(|_| Stop::Broken(format!("{value} does not fit into 128 bits")).into())
}
