//! Precompiles: addresses behind which there is no actor but a function.
//!
//! A precompile that fails makes the call push zero and return nothing; the caller goes on. The
//! gas that a call forwards counts only for the ones that call actors.

mod ethereum;
mod filecoin;

use fvm_shared::address::Address;
use revm_interpreter::primitives::U256;

use crate::error::ActorError;
use crate::send;

use super::abi::Overflow;
use super::address::{EthAddress, FILECOIN_PRECOMPILE_PREFIX};
use super::calls::Request;
use super::gas;
use super::interpreter::Frame;
use super::words::amount_of;

/// A precompile failed: on bad input, or because it is called in a way it may not be. Contracts
/// cannot tell why.
#[derive(Debug)]
pub(super) struct Failure;

/// The runtime remembers an error that ends the frame; any other only makes the call fail.
impl From<ActorError> for Failure {
    fn from(_: ActorError) -> Self {
        Self
    }
}

impl From<Overflow> for Failure {
    fn from(_: Overflow) -> Self {
        Self
    }
}

type Precompile = fn(&mut Frame<'_, '_>, &Request) -> Result<Vec<u8>, Failure>;

/// P256VERIFY (EIP-7951), the one with a two-byte address.
const P256VERIFY: u64 = 0x0100;

/// Is an address kept for precompiles, be there one or not? Ethereum keeps fewer.
pub(super) fn reserved(frame: &Frame<'_, '_>, address: EthAddress) -> bool {
    match frame.ethereum {
        None => number(address).is_some(),
        Some(ethereum) => ethereum.is_precompile(address),
    }
}

/// Is there a precompile at an address?
pub(super) fn exists(frame: &Frame<'_, '_>, address: EthAddress) -> bool {
    find(address).is_some() && reserved(frame, address)
}

/// Calls a reserved address. Where there is no precompile, the call succeeds and returns nothing.
pub(super) fn call(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    frame
        .contract
        .rt
        .charge("evm precompile", gas::precompiles::ANY)?;
    let ethereums = match frame.ethereum {
        Some(ethereum) => ethereum.precompile(request.to, &request.input)?,
        None => Vec::new(),
    };
    let output = match find(request.to) {
        Some(precompile) => precompile(frame, request)?,
        // By Ethereum's rules there is one at 0x0a.
        None => ethereums,
    };
    // Value moves last: not at all if the precompile fails.
    if request.value != U256::ZERO {
        let to: Address = request.to.to_f410();
        send::transfer(frame.contract.rt, &to, amount_of(request.value))?;
    }
    Ok(output)
}

/// Ends the contract itself where the official actor has no memory for copies of so many bytes.
fn check_copies(frame: &mut Frame<'_, '_>, bytes: u64) -> Result<(), Failure> {
    frame.check_copies(bytes).map_err(|error| {
        frame.fail(error);
        Failure
    })
}

/// The first byte and the number of a reserved address.
fn number(address: EthAddress) -> Option<(u8, u64)> {
    let [first, middle @ .., second_last, last] = address.0;
    let number = u64::from(u16::from_be_bytes([second_last, last]));
    let kept = middle.iter().all(|byte| *byte == 0)
        && match first {
            0 => (1..=0xff).contains(&number) || number == P256VERIFY,
            FILECOIN_PRECOMPILE_PREFIX => (1..=0xff).contains(&number),
            _ => false,
        };
    kept.then_some((first, number))
}

fn find(address: EthAddress) -> Option<Precompile> {
    Some(match number(address)? {
        (0, 0x01) => ethereum::ec_recover,
        (0, 0x02) => ethereum::sha256,
        (0, 0x03) => ethereum::ripemd160,
        (0, 0x04) => ethereum::identity,
        (0, 0x05) => ethereum::modexp,
        (0, 0x06) => ethereum::bn254_add,
        (0, 0x07) => ethereum::bn254_mul,
        (0, 0x08) => ethereum::bn254_pairing,
        (0, 0x09) => ethereum::blake2f,
        // 0x0a, the point evaluation of EIP-4844, is not there: no blobs.
        (0, 0x0b) => ethereum::bls_g1_add,
        (0, 0x0c) => ethereum::bls_g1_msm,
        (0, 0x0d) => ethereum::bls_g2_add,
        (0, 0x0e) => ethereum::bls_g2_msm,
        (0, 0x0f) => ethereum::bls_pairing,
        (0, 0x10) => ethereum::bls_map_fp,
        (0, 0x11) => ethereum::bls_map_fp2,
        (0, P256VERIFY) => ethereum::p256_verify,
        (FILECOIN_PRECOMPILE_PREFIX, 0x01) => filecoin::resolve_address,
        (FILECOIN_PRECOMPILE_PREFIX, 0x02) => filecoin::lookup_delegated_address,
        (FILECOIN_PRECOMPILE_PREFIX, 0x03) => filecoin::call_actor,
        // 0x04, the type of an actor, was never switched on.
        (FILECOIN_PRECOMPILE_PREFIX, 0x05) => filecoin::call_actor_id,
        (FILECOIN_PRECOMPILE_PREFIX, 0x06) => filecoin::get_randomness,
        _ => return None,
    })
}
