//! The kinds of built-in actors, with the numbers the network gave them.

use num_derive::{FromPrimitive, ToPrimitive};

/// A kind of built-in actor. The numbers are those of the syscall `get_builtin_actor_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, FromPrimitive, ToPrimitive)]
#[repr(u32)]
#[allow(missing_docs)]
pub enum ActorKind {
    System = 1,
    Init = 2,
    Cron = 3,
    Account = 4,
    Power = 5,
    Miner = 6,
    Market = 7,
    PaymentChannel = 8,
    Multisig = 9,
    Reward = 10,
    VerifiedRegistry = 11,
    DataCap = 12,
    Placeholder = 13,
    Evm = 14,
    Eam = 15,
    EthAccount = 16,
}

impl ActorKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 16] = [
        Self::System,
        Self::Init,
        Self::Cron,
        Self::Account,
        Self::Power,
        Self::Miner,
        Self::Market,
        Self::PaymentChannel,
        Self::Multisig,
        Self::Reward,
        Self::VerifiedRegistry,
        Self::DataCap,
        Self::Placeholder,
        Self::Evm,
        Self::Eam,
        Self::EthAccount,
    ];

    /// The name in the official manifests.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Init => "init",
            Self::Cron => "cron",
            Self::Account => "account",
            Self::Power => "storagepower",
            Self::Miner => "storageminer",
            Self::Market => "storagemarket",
            Self::PaymentChannel => "paymentchannel",
            Self::Multisig => "multisig",
            Self::Reward => "reward",
            Self::VerifiedRegistry => "verifiedregistry",
            Self::DataCap => "datacap",
            Self::Placeholder => "placeholder",
            Self::Evm => "evm",
            Self::Eam => "eam",
            Self::EthAccount => "ethaccount",
        }
    }
}
