//! The storage market (f05): deals between clients and providers, and the money behind them.
//!
//! Clients and providers put FIL in escrow. A provider publishes what clients have signed; money
//! is locked up on both sides. Once the data is in a proven sector the deal is active, and pays
//! until it ends or its sector does.
//!
//! Read `lifecycle` for what a deal pays when, `escrow` for the money, then the methods.

pub mod bounds;
pub mod deal;
pub mod state;
pub mod types;

mod calls;
mod check;
mod deals;
mod emit;
mod escrow;
mod lifecycle;
mod schedule;
mod sectors;

mod activate;
mod balances;
mod cron;
mod publish;
mod queries;
mod settle;
mod terminate;

use fvm_ipld_bitfield::BitField;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::deal::DealID;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::SectorNumber;

use crate::kinds::ActorKind;
use crate::market::activate::{
    batch_activate_deals, sector_content_changed, verify_deals_for_activation,
};
use crate::market::balances::{add_balance, get_balance, withdraw_balance};
use crate::market::cron::cron_tick;
use crate::market::deal::Label;
use crate::market::publish::publish_storage_deals;
use crate::market::queries::{
    get_deal_activation, get_deal_client, get_deal_client_collateral, get_deal_data_commitment,
    get_deal_label, get_deal_provider, get_deal_provider_collateral, get_deal_sector,
    get_deal_term, get_deal_total_price, get_deal_verified,
};
use crate::market::settle::settle_deal_payments;
use crate::market::state::constructor;
use crate::market::terminate::on_miner_sectors_terminate;
use crate::market::types::*;
use crate::method::{Actor, Callers, Fallback, Shape};
use crate::methods;

/// The deal is over, and nothing is known of it any more.
pub const EX_DEAL_EXPIRED: ExitCode = ExitCode::new(32);

/// The deal waits for activation.
pub const EX_DEAL_NOT_ACTIVATED: ExitCode = ExitCode::new(33);

/// What settling one deal costs, found or not: it keeps a bitfield of very many from being looked
/// at for nothing.
const GAS_PER_DEAL: u64 = 1_000_000;

/// The numbers that other actors call, and those of messages.
pub mod numbers {
    use fvm_shared::MethodNum;

    /// Could these deals be activated?
    pub const VERIFY_DEALS_FOR_ACTIVATION: MethodNum = 5;
    /// Activates deals by sector.
    pub const BATCH_ACTIVATE_DEALS: MethodNum = 6;
    /// Ends the deals of sectors that ended early.
    pub const ON_MINER_SECTORS_TERMINATE: MethodNum = 7;
    /// Ends an epoch.
    pub const CRON_TICK: MethodNum = 9;
    /// Asks what somebody has in escrow.
    pub const GET_BALANCE: MethodNum = 726_108_461;
    /// Puts money into escrow.
    pub const ADD_BALANCE: MethodNum = 822_473_126;
    /// Pays what is due.
    pub const SETTLE_DEAL_PAYMENTS: MethodNum = 1_900_091_594;
    /// Activates deals by piece.
    pub const SECTOR_CONTENT_CHANGED: MethodNum = 2_034_386_435;
    /// Publishes deals.
    pub const PUBLISH_STORAGE_DEALS: MethodNum = 2_236_929_350;
    /// Takes money out of escrow.
    pub const WITHDRAW_BALANCE: MethodNum = 2_280_458_852;
}

const MINERS: Callers = Callers::Kinds(&[ActorKind::Miner]);
const WITHDRAWERS: Callers = Callers::Named("the client, or the provider's owner or worker");
const PUBLISHERS: Callers = Callers::Named("whoever acts for the provider");

/// The storage market.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Market,
    state: Shape::of::<state::State>("State"),
    methods: methods! {
        1 Constructor() -> (), Callers::Named("system") => constructor;
        2 AddBalance(Address) -> (), Callers::Any => add_balance;
        3 WithdrawBalance(WithdrawBalanceParams) -> TokenAmount, WITHDRAWERS => withdraw_balance;
        4 PublishStorageDeals(PublishStorageDealsParams) -> PublishStorageDealsReturn, PUBLISHERS
            => publish_storage_deals;
        5 VerifyDealsForActivation(VerifyDealsForActivationParams)
            -> VerifyDealsForActivationReturn, MINERS => verify_deals_for_activation;
        6 BatchActivateDeals(BatchActivateDealsParams) -> BatchActivateDealsReturn, MINERS
            => batch_activate_deals;
        7 OnMinerSectorsTerminate(OnMinerSectorsTerminateParams) -> (), MINERS
            => on_miner_sectors_terminate;
        9 CronTick() -> (), Callers::Named("cron") => cron_tick;
        46_363_526 GetDealLabel(DealID) -> Label, Callers::Any => get_deal_label;
        128_053_329 GetDealClient(DealID) -> ActorID, Callers::Any => get_deal_client;
        163_777_312 GetDealTerm(DealID) -> GetDealTermReturn, Callers::Any => get_deal_term;
        200_567_895 GetDealClientCollateral(DealID) -> TokenAmount, Callers::Any
            => get_deal_client_collateral;
        726_108_461 GetBalance(Address) -> GetBalanceReturn, Callers::Any => get_balance;
        822_473_126 AddBalance(Address) -> (), Callers::Any => add_balance;
        935_081_690 GetDealProvider(DealID) -> ActorID, Callers::Any => get_deal_provider;
        1_157_985_802 GetDealDataCommitment(DealID) -> GetDealDataCommitmentReturn, Callers::Any
            => get_deal_data_commitment;
        1_900_091_594 SettleDealPayments(BitField) -> SettleDealPaymentsReturn, Callers::Any
            => settle_deal_payments;
        2_034_386_435 SectorContentChanged(Vec<SectorChanges>) -> SectorContentChangedReturn, MINERS
            => sector_content_changed;
        2_236_929_350 PublishStorageDeals(PublishStorageDealsParams) -> PublishStorageDealsReturn,
            PUBLISHERS => publish_storage_deals;
        2_280_458_852 WithdrawBalance(WithdrawBalanceParams) -> TokenAmount, WITHDRAWERS
            => withdraw_balance;
        2_567_238_399 GetDealActivation(DealID) -> GetDealActivationReturn, Callers::Any
            => get_deal_activation;
        2_611_213_344 GetDealSector(DealID) -> SectorNumber, Callers::Any => get_deal_sector;
        2_627_389_465 GetDealVerified(DealID) -> bool, Callers::Any => get_deal_verified;
        2_986_712_137 GetDealProviderCollateral(DealID) -> TokenAmount, Callers::Any
            => get_deal_provider_collateral;
        4_287_162_428 GetDealTotalPrice(DealID) -> TokenAmount, Callers::Any => get_deal_total_price;
    },
    fallback: Fallback::Refuse,
    restrict_internal: true,
};
