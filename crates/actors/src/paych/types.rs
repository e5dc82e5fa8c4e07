//! What a payment channel takes.

use fvm_ipld_encoding::{RawBytes, strict_bytes};
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::crypto::signature::Signature;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::{ActorError, OrExit};

/// Constructor's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct ConstructorParams {
    /// Who pays.
    pub from: Address,
    /// Who is paid.
    pub to: Address,
}

/// UpdateChannelState's parameters.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct UpdateChannelStateParams {
    /// The voucher.
    pub sv: SignedVoucher,
    /// The secret whose hash the voucher has, if it has one.
    #[serde(with = "strict_bytes")]
    pub secret: Vec<u8>,
}

/// A voucher: what the payee may have in all from one lane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct SignedVoucher {
    /// The channel.
    pub channel_addr: Address,
    /// The first epoch that it is good in.
    pub time_lock_min: ChainEpoch,
    /// The last epoch that it is good in; 0 if there is none.
    pub time_lock_max: ChainEpoch,
    /// The hash of a secret that it takes; none if empty.
    #[serde(with = "strict_bytes")]
    pub secret_pre_image: Vec<u8>,
    /// A call that must succeed.
    pub extra: Option<ModVerifyParams>,
    /// The lane.
    pub lane: u64,
    /// Higher in each voucher of a lane.
    pub nonce: u64,
    /// What the payee may have, from this lane and those merged into it.
    pub amount: TokenAmount,
    /// The channel is not settled before this epoch; no such wish if 0.
    pub min_settle_height: ChainEpoch,
    /// The lanes that it merges into its own.
    pub merges: Vec<Merge>,
    /// The signature of the other party.
    pub signature: Option<Signature>,
}

/// A lane to merge into another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Merge {
    /// Which.
    pub lane: u64,
    /// Its nonce from now on.
    pub nonce: u64,
}

/// A call that must succeed for a voucher to be good.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct ModVerifyParams {
    /// Whom.
    pub actor: Address,
    /// Which method.
    pub method: MethodNum,
    /// With what, as CBOR.
    pub data: RawBytes,
}

impl SignedVoucher {
    /// What the signature is over: the voucher without it.
    ///
    /// # Errors
    /// 21 if the voucher can't be encoded.
    pub fn signing_bytes(&self) -> Result<Vec<u8>, ActorError> {
        let unsigned = Self {
            signature: None,
            ..self.clone()
        };
        fvm_ipld_encoding::to_vec(&unsigned).or_exit(ExitCode::USR_SERIALIZATION, "the voucher")
    }
}
