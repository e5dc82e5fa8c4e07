//! What the market asks of other actors.

use fvm_ipld_encoding::tuple::Deserialize_tuple;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::{ActorID, MethodNum};
use num_traits::Zero;

use crate::datacap;
use crate::datacap::types::{TransferFromParams, TransferFromReturn};
use crate::error::{ActorError, OrExit};
use crate::kinds::ActorKind;
use crate::market::bounds::NetworkSize;
use crate::market::types::MarketNotifyDealParams;
use crate::power::{CURRENT_TOTAL_POWER, CurrentTotalPowerReturn};
use crate::reward::{THIS_EPOCH_REWARD, ThisEpochRewardReturn};
use crate::runtime::Runtime;
use crate::verifreg::types::{
    AllocationId, AllocationRequest, AllocationRequests, AllocationsResponse,
};
use crate::{ids, send};

const CONTROL_ADDRESSES: MethodNum = 2;
const IS_CONTROLLING_ADDRESS: MethodNum = 348_244_887;
const MARKET_NOTIFY_DEAL: MethodNum = 4_186_741_094;

/// Is there a miner behind an id? `None` if there is nobody.
pub(super) fn is_miner(rt: &dyn Runtime, id: ActorID) -> Result<Option<bool>, ActorError> {
    match rt.code_of(id)? {
        Some(code) => Ok(Some(rt.kind_of_code(&code)? == Some(ActorKind::Miner))),
        None => Ok(None),
    }
}

/// A miner's own people.
#[derive(Debug, Deserialize_tuple)]
pub(super) struct ControlAddresses {
    pub(super) owner: Address,
    pub(super) worker: Address,
    _others: Vec<Address>,
}

/// Whom a miner belongs to and who works for it.
pub(super) fn control_addresses(
    rt: &dyn Runtime,
    miner: ActorID,
) -> Result<ControlAddresses, ActorError> {
    let miner = Address::new_id(miner);
    send::decode(send::call(
        rt,
        &miner,
        CONTROL_ADDRESSES,
        None,
        TokenAmount::zero(),
    )?)
}

/// May somebody act for a miner?
pub(super) fn is_controlling(
    rt: &dyn Runtime,
    miner: ActorID,
    somebody: ActorID,
) -> Result<bool, ActorError> {
    let miner = Address::new_id(miner);
    let params = send::params(&Address::new_id(somebody))?;
    send::decode(send::call(
        rt,
        &miner,
        IS_CONTROLLING_ADDRESS,
        params,
        TokenAmount::zero(),
    )?)
}

/// How large the network is. The reward actor is asked first, then the power actor.
pub(super) fn network_size(rt: &dyn Runtime) -> Result<NetworkSize, ActorError> {
    let ask = |actor: ActorID, method| {
        send::call(
            rt,
            &Address::new_id(actor),
            method,
            None,
            TokenAmount::zero(),
        )
    };
    let reward: ThisEpochRewardReturn = send::decode(ask(ids::REWARD, THIS_EPOCH_REWARD)?)?;
    let power: CurrentTotalPowerReturn = send::decode(ask(ids::POWER, CURRENT_TOTAL_POWER)?)?;
    Ok(NetworkSize {
        raw_power: power.raw_byte_power,
        baseline_power: reward.this_epoch_baseline_power,
        circulating_supply: rt.circulating_supply()?,
    })
}

/// What a client has in datacap, in units of the token.
pub(super) fn datacap_of(rt: &dyn Runtime, client: ActorID) -> Result<TokenAmount, ActorError> {
    let token = Address::new_id(ids::DATACAP);
    let params = send::params(&Address::new_id(client))?;
    let method = datacap::numbers::BALANCE;
    send::decode(send::call(rt, &token, method, params, TokenAmount::zero())?)
}

/// Spends a client's datacap on allocations, and answers their numbers.
pub(super) fn allocate(
    rt: &dyn Runtime,
    client: ActorID,
    allocations: Vec<AllocationRequest>,
) -> Result<Vec<AllocationId>, ActorError> {
    // Sizes are powers of two up to 2^63: two of those are beyond what can be counted.
    let bytes = allocations
        .iter()
        .try_fold(0_u64, |sum, allocation| sum.checked_add(allocation.size.0))
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "summing up allocations")?;
    let requests = AllocationRequests {
        allocations,
        extensions: Vec::new(),
    };
    let params = send::params(&TransferFromParams {
        from: Address::new_id(client),
        to: Address::new_id(ids::VERIFIED_REGISTRY),
        amount: TokenAmount::from_whole(bytes),
        operator_data: fvm_ipld_encoding::RawBytes::serialize(requests)
            .or_exit(ExitCode::USR_SERIALIZATION, "allocation requests")?,
    })?;
    let token = Address::new_id(ids::DATACAP);
    let method = datacap::numbers::TRANSFER_FROM;
    let answer = send::call(rt, &token, method, params, TokenAmount::zero())?;
    let answer: TransferFromReturn = send::decode(answer)?;
    let answer: AllocationsResponse = fvm_ipld_encoding::from_slice(&answer.recipient_data)
        .or_exit(ExitCode::USR_SERIALIZATION, "the registry's answer")?;
    Ok(answer.new_allocations)
}

/// Tells a client that its deal is published.
pub(super) fn notify_client(
    rt: &dyn Runtime,
    client: &Address,
    params: &MarketNotifyDealParams,
) -> Result<(), ActorError> {
    let params = send::params(params)?;
    send::call(rt, client, MARKET_NOTIFY_DEAL, params, TokenAmount::zero())?;
    Ok(())
}

/// Burns what left escrow, if anything did.
pub(super) fn burn(rt: &dyn Runtime, amount: TokenAmount) -> Result<(), ActorError> {
    if amount.is_zero() {
        return Ok(());
    }
    send::transfer(rt, &Address::new_id(ids::BURNT_FUNDS), amount)
}
