//! What a payment channel does.

use fvm_ipld_encoding::CBOR;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sys::SendFlags;

use super::state::Lanes;
use super::types::{ConstructorParams, SignedVoucher, UpdateChannelStateParams};
use super::{LaneState, SECRET_BYTES_MAX, SETTLE_DELAY, State};
use crate::account::{AUTHENTICATE_MESSAGE, AuthenticateMessageParams};
use crate::error::{ActorError, OrExit};
use crate::randomness::blake2b;
use crate::runtime::{Runtime, Send};
use crate::state::Store;
use crate::{ActorKind, callers, resolve, send, state};

/// Exit code 32: the channel is settled.
const SETTLED: ExitCode = ExitCode::new(ExitCode::FIRST_USER_EXIT_CODE + 16);

pub(super) fn constructor(rt: &dyn Runtime, params: ConstructorParams) -> Result<(), ActorError> {
    callers::kinds(rt, &[ActorKind::Init])?;
    let to = Address::new_id(resolve::to_existing_id(rt, &params.to)?);
    let from = Address::new_id(resolve::to_existing_id(rt, &params.from)?);
    let state = State {
        from,
        to,
        to_send: TokenAmount::default(),
        settling_at: 0,
        min_settle_height: 0,
        lane_states: Lanes::empty(Store::of(rt)).flush()?,
    };
    state::create(rt, &state)
}

pub(super) fn update_channel_state(
    rt: &dyn Runtime,
    params: UpdateChannelStateParams,
) -> Result<(), ActorError> {
    let UpdateChannelStateParams {
        sv: voucher,
        secret,
    } = params;
    let state: State = state::load(rt)?;
    callers::one_of_addresses(rt, [&state.from, &state.to])?;
    let caller = Address::new_id(rt.message().caller);
    let signer = if caller == state.from {
        state.to
    } else {
        state.from
    };
    let signature = voucher.signature.as_ref();
    let signature = signature
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "signature")?
        .bytes
        .clone();
    if state.settling_at != 0 && rt.network().epoch >= state.settling_at {
        return Err(ActorError::new(SETTLED, "the channel is settled"));
    }
    if secret.len() > SECRET_BYTES_MAX {
        return Err(ActorError::illegal_argument("the secret is too long"));
    }
    check_signature(rt, &voucher, signature, &signer)?;
    check_terms(rt, &voucher, &secret)?;
    check_extra(rt, &voucher)?;
    state::transaction(rt, |state: &mut State| redeem(rt, state, voucher))
}

fn check_signature(
    rt: &dyn Runtime,
    voucher: &SignedVoucher,
    signature: Vec<u8>,
    signer: &Address,
) -> Result<(), ActorError> {
    let message = voucher.signing_bytes()?;
    let call = Send {
        to: *signer,
        method: AUTHENTICATE_MESSAGE,
        params: send::params(&AuthenticateMessageParams { signature, message })?,
        value: TokenAmount::default(),
        gas_limit: None,
        flags: SendFlags::READ_ONLY,
    };
    let authentic: bool = send::require(send::send(rt, call)?)
        .and_then(send::decode)
        .map_err(|e| e.during("the voucher's signature"))?;
    if !authentic {
        return Err(ActorError::illegal_argument(
            "the voucher's signature is not valid",
        ));
    }
    Ok(())
}

fn check_terms(rt: &dyn Runtime, voucher: &SignedVoucher, secret: &[u8]) -> Result<(), ActorError> {
    let refuse = |words: &str| Err(ActorError::illegal_argument(words));
    let epoch = rt.network().epoch;
    if rt.resolve(&voucher.channel_addr)? != Some(rt.message().receiver) {
        return refuse("the voucher is for another channel");
    }
    if epoch < voucher.time_lock_min {
        return refuse("the voucher is not good yet");
    }
    if voucher.time_lock_max != 0 && epoch > voucher.time_lock_max {
        return refuse("the voucher has expired");
    }
    if voucher.amount.is_negative() {
        return refuse("the voucher is for a negative amount");
    }
    let has_secret = !voucher.secret_pre_image.is_empty();
    if has_secret && voucher.secret_pre_image != blake2b(rt, secret)? {
        return refuse("another secret");
    }
    Ok(())
}

fn check_extra(rt: &dyn Runtime, voucher: &SignedVoucher) -> Result<(), ActorError> {
    let Some(extra) = &voucher.extra else {
        return Ok(());
    };
    // A block even if it is empty.
    let params = Some(IpldBlock {
        codec: CBOR,
        data: extra.data.to_vec(),
    });
    send::call(
        rt,
        &extra.actor,
        extra.method,
        params,
        TokenAmount::default(),
    )
    .map(|_| ())
    .map_err(|e| e.during("the voucher's extra call"))
}

/// Counts a voucher: what it adds to its lane's last one and to the lanes that it merges.
fn redeem(rt: &dyn Runtime, state: &mut State, voucher: SignedVoucher) -> Result<(), ActorError> {
    let mut lanes = Lanes::load(Store::of(rt), &state.lane_states)?;
    let lane = match lanes.get(voucher.lane)? {
        Some(lane) if lane.nonce >= voucher.nonce => {
            return Err(ActorError::illegal_argument(
                "a later voucher has been redeemed",
            ));
        }
        Some(lane) => lane,
        None => LaneState::default(),
    };
    let merged = merge(&mut lanes, &voucher)?;
    let to_send = &voucher.amount - (merged + lane.redeemed) + &state.to_send;
    if to_send.is_negative() {
        return Err(ActorError::illegal_argument(
            "the channel would owe less than nothing",
        ));
    }
    if to_send > rt.balance()? {
        return Err(ActorError::illegal_argument(
            "the channel would owe more than it has",
        ));
    }
    state.to_send = to_send;
    if voucher.min_settle_height != 0 {
        if state.settling_at != 0 {
            state.settling_at = state.settling_at.max(voucher.min_settle_height);
        }
        state.min_settle_height = state.min_settle_height.max(voucher.min_settle_height);
    }
    lanes.set(
        voucher.lane,
        LaneState {
            redeemed: voucher.amount,
            nonce: voucher.nonce,
        },
    )?;
    state.lane_states = lanes.flush()?;
    Ok(())
}

/// Raises the nonces of the merged lanes, and returns what they had redeemed.
fn merge(lanes: &mut Lanes<'_>, voucher: &SignedVoucher) -> Result<TokenAmount, ActorError> {
    let mut redeemed = TokenAmount::default();
    for merge in &voucher.merges {
        if merge.lane == voucher.lane {
            return Err(ActorError::illegal_argument(
                "a lane can't be merged into itself",
            ));
        }
        let lane = lanes.get(merge.lane)?;
        let mut lane = lane.or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "a lane to merge")?;
        if lane.nonce >= merge.nonce {
            return Err(ActorError::illegal_argument(
                "a merged lane has a later voucher",
            ));
        }
        redeemed += &lane.redeemed;
        lane.nonce = merge.nonce;
        lanes.set(merge.lane, lane)?;
    }
    Ok(redeemed)
}

pub(super) fn settle(rt: &dyn Runtime) -> Result<(), ActorError> {
    state::transaction(rt, |state: &mut State| {
        callers::one_of_addresses(rt, [&state.from, &state.to])?;
        if state.settling_at != 0 {
            return Err(ActorError::illegal_state("the channel is settling already"));
        }
        let settling_at = rt.network().epoch.saturating_add(SETTLE_DELAY);
        state.settling_at = settling_at.max(state.min_settle_height);
        Ok(())
    })
}

pub(super) fn collect(rt: &dyn Runtime) -> Result<(), ActorError> {
    let state: State = state::load(rt)?;
    callers::one_of_addresses(rt, [&state.from, &state.to])?;
    if state.settling_at == 0 || rt.network().epoch < state.settling_at {
        return Err(ActorError::forbidden("the channel is not settled"));
    }
    send::transfer(rt, &state.to, state.to_send).map_err(|e| e.during("paying the payee"))?;
    send::transfer(rt, &state.from, rt.balance()?).map_err(|e| e.during("refunding the payer"))?;
    state::delete(rt)
}
