//! The DataCap token (f07): verified bytes as FRC-46 tokens, ruled by the verified registry.
//!
//! One byte is 10^18 units and the smallest amount there is. The registry mints for clients and
//! destroys; clients give it back for allocations. Nobody else can be paid in it: one end of a
//! transfer is always the registry.

pub mod allowances;
pub mod queries;
pub mod state;
pub mod supply;
pub mod token;
pub mod transfers;
pub mod types;

use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;

use crate::datacap::allowances::{decrease_allowance, increase_allowance, revoke_allowance};
use crate::datacap::queries::{allowance, balance, granularity, name, symbol, total_supply};
use crate::datacap::state::constructor;
use crate::datacap::supply::{burn, burn_from, destroy, mint};
use crate::datacap::transfers::{transfer, transfer_from};
use crate::datacap::types::*;
use crate::kinds::ActorKind;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::methods;

/// Units of one token, and the smallest amount that can be moved.
pub const GRANULARITY: u64 = 1_000_000_000_000_000_000;

/// The universal receiver hook (FRC-46), which the receiver of tokens answers.
pub const RECEIVE: MethodNum = 3_726_118_371;

/// What the hook calls these tokens: the FRC-42 number of "FRC46".
pub const FRC46_TOKEN_TYPE: u32 = 2_233_613_279;

/// The numbers that other actors call, and those of messages.
pub mod numbers {
    use fvm_shared::MethodNum;

    /// Makes tokens.
    pub const MINT: MethodNum = 116_935_346;
    /// Ends somebody's tokens.
    pub const DESTROY: MethodNum = 2_624_896_501;
    /// Asks what somebody holds.
    pub const BALANCE: MethodNum = 3_261_979_605;
    /// Moves one's own tokens.
    pub const TRANSFER: MethodNum = 80_475_954;
    /// Moves somebody else's tokens.
    pub const TRANSFER_FROM: MethodNum = 3_621_052_141;
    /// Lets somebody spend one's tokens.
    pub const INCREASE_ALLOWANCE: MethodNum = 1_777_121_560;
    /// Ends one's own tokens.
    pub const BURN: MethodNum = 1_434_719_642;
}

/// The DataCap token.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::DataCap,
    state: Shape::of::<state::State>("State"),
    methods: methods! {
        1 Constructor(Address) -> (), Callers::Named("system") => constructor;
        48_890_204 Name() -> String, Callers::Any => name;
        80_475_954 Transfer(TransferParams) -> TransferReturn, Callers::Any => transfer;
        114_981_429 TotalSupply() -> TokenAmount, Callers::Any => total_supply;
        116_935_346 Mint(MintParams) -> MintReturn, Callers::Named("governor") => mint;
        1_434_719_642 Burn(BurnParams) -> BurnReturn, Callers::Any => burn;
        1_529_376_545 DecreaseAllowance(DecreaseAllowanceParams) -> TokenAmount, Callers::Any
            => decrease_allowance;
        1_777_121_560 IncreaseAllowance(IncreaseAllowanceParams) -> TokenAmount, Callers::Any
            => increase_allowance;
        2_061_153_854 Symbol() -> String, Callers::Any => symbol;
        2_624_896_501 Destroy(DestroyParams) -> BurnReturn, Callers::Named("governor") => destroy;
        2_765_635_761 RevokeAllowance(RevokeAllowanceParams) -> TokenAmount, Callers::Any
            => revoke_allowance;
        2_979_674_018 BurnFrom(BurnFromParams) -> BurnFromReturn, Callers::Any => burn_from;
        3_261_979_605 Balance(Address) -> TokenAmount, Callers::Any => balance;
        3_621_052_141 TransferFrom(TransferFromParams) -> TransferFromReturn, Callers::Any
            => transfer_from;
        3_936_767_397 Granularity() -> u64, Callers::Any => granularity;
        4_205_072_950 Allowance(AllowanceParams) -> TokenAmount, Callers::Any => allowance;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};
