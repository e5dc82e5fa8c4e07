//! The precompiles of Ethereum, at 0x01 to 0x11 and 0x0100. The cryptography is revm's, but for
//! the hashes and the recovery that the machine itself offers; the prices are ours.

use atoll_keccak::keccak_256;
use fvm_shared::crypto::hash::SupportedHashes;
use revm_interpreter::primitives::U256;
use revm_precompile::interface::EthPrecompileResult;
use revm_precompile::{blake2, bls12_381, bn254, modexp as revm_modexp, secp256r1};

use crate::error::ActorError;

use super::super::abi::{Reader, WORD};
use super::super::calls::Request;
use super::super::gas::precompiles as price;
use super::super::interpreter::Frame;
use super::{Failure, check_copies};

/// The order of secp256k1: r and s are below it.
const SECP256K1_N: U256 = U256::from_limbs([
    0xbfd2_5e8c_d036_4141,
    0xbaae_dce6_af48_a03b,
    0xffff_ffff_ffff_fffe,
    0xffff_ffff_ffff_ffff,
]);

/// The address behind a signature. Never fails: it returns nothing if there is none.
pub(super) fn ec_recover(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    let mut reader = Reader::new(&request.input);
    let hash = reader.word().to_be_bytes();
    let [v, r, s] = [reader.word(), reader.word(), reader.word()];
    let valid = |number: U256| !number.is_zero() && number < SECP256K1_N;
    let recovery = match u8::try_from(v) {
        Ok(v @ (27 | 28)) if valid(r) && valid(s) => v - 27,
        _ => return Ok(Vec::new()),
    };
    let mut signature = [0; 65];
    signature[..32].copy_from_slice(&r.to_be_bytes::<32>());
    signature[32..64].copy_from_slice(&s.to_be_bytes::<32>());
    signature[64] = recovery;
    let Some(key) = frame.contract.rt.recover_secp256k1(&hash, &signature)? else {
        return Ok(Vec::new());
    };
    let mut address = keccak_256(&key[1..]);
    address[..12].fill(0);
    Ok(address.to_vec())
}

pub(super) fn sha256(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    Ok(frame
        .contract
        .rt
        .hash(SupportedHashes::Sha2_256, &request.input)?)
}

pub(super) fn ripemd160(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    let hash = frame
        .contract
        .rt
        .hash(SupportedHashes::Ripemd160, &request.input)?;
    let mut word = vec![0; WORD.saturating_sub(hash.len())];
    word.extend(hash);
    Ok(word)
}

pub(super) fn identity(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    check_copies(frame, request.input.len() as u64)?;
    Ok(request.input.clone())
}

/// EIP-198, with lengths of 32 bits.
pub(super) fn modexp(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    let mut reader = Reader::new(&request.input);
    let [base, exponent, modulus] = [reader.u32()?, reader.u32()?, reader.u32()?];
    if base == 0 && modulus == 0 {
        return Ok(Vec::new());
    }
    charge(
        frame,
        price::modexp(base, exponent, modulus, &request.input),
    )?;
    output(revm_modexp::byzantium_run(&request.input, u64::MAX))
}

pub(super) fn bn254_add(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    let both = chunks_with_both(&request.input, 64, 64) > 0;
    let rest = if both { price::BN254_ADD } else { 0 };
    checked(frame, price::BN254_ADD_CHECK, rest, || {
        bn254::run_add(&request.input, 0, u64::MAX)
    })
}

pub(super) fn bn254_mul(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    let mut reader = Reader::new(&request.input);
    let [_, _, scalar] = [reader.word(), reader.word(), reader.word()];
    charge(frame, price::bn254_mul(&scalar))?;
    output(bn254::run_mul(&request.input, 0, u64::MAX))
}

pub(super) fn bn254_pairing(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let pairs = groups(request, bn254::PAIR_ELEMENT_LEN);
    let check = price::BN254_PAIR_CHECK.saturating_mul(pairs);
    let whole = price::bn254_pairing(chunks_with_both(&request.input, 64, 128));
    checked(frame, check, whole.saturating_sub(check), || {
        bn254::run_pair(&request.input, 0, 0, u64::MAX)
    })
}

pub(super) fn blake2f(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    // The number of rounds is the first word of 32 bits, and there may be billions.
    let rounds = request
        .input
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes));
    charge_sized(
        frame,
        request,
        BLAKE2F_INPUT,
        price::BLAKE2F_ROUND * u64::from(rounds),
    )?;
    output(blake2::run(&request.input, u64::MAX))
}

pub(super) fn bls_g1_add(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge_sized(frame, request, 256, price::BLS_G1_ADD_CHECK)?;
    let both = chunks_with_both(&request.input, 128, 128) > 0;
    let rest = if both { price::BLS_G1_ADD } else { 0 };
    checked(frame, 0, rest, || {
        bls12_381::g1_add::g1_add(&request.input, u64::MAX)
    })
}

pub(super) fn bls_g1_msm(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge(
        frame,
        price::BLS_G1_MSM.saturating_mul(groups(request, G1_MSM_PAIR)),
    )?;
    output(bls12_381::g1_msm::g1_msm(&request.input, u64::MAX))
}

pub(super) fn bls_g2_add(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge_sized(frame, request, 512, price::BLS_G2_ADD_CHECK)?;
    let both = chunks_with_both(&request.input, 256, 256) > 0;
    let rest = if both { price::BLS_G2_ADD } else { 0 };
    checked(frame, 0, rest, || {
        bls12_381::g2_add::g2_add(&request.input, u64::MAX)
    })
}

pub(super) fn bls_g2_msm(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge(
        frame,
        price::BLS_G2_MSM.saturating_mul(groups(request, G2_MSM_PAIR)),
    )?;
    output(bls12_381::g2_msm::g2_msm(&request.input, u64::MAX))
}

pub(super) fn bls_pairing(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let check = price::BLS_PAIR_CHECK.saturating_mul(groups(request, BLS_PAIR));
    let whole = price::bls_pairing(chunks_with_both(&request.input, 128, 256));
    checked(frame, check, whole.saturating_sub(check), || {
        bls12_381::pairing::pairing(&request.input, u64::MAX)
    })
}

pub(super) fn bls_map_fp(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge_sized(frame, request, 64, price::BLS_MAP_FP)?;
    output(bls12_381::map_fp_to_g1::map_fp_to_g1(
        &request.input,
        u64::MAX,
    ))
}

pub(super) fn bls_map_fp2(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    charge_sized(frame, request, 128, price::BLS_MAP_FP2)?;
    output(bls12_381::map_fp2_to_g2::map_fp2_to_g2(
        &request.input,
        u64::MAX,
    ))
}

pub(super) fn p256_verify(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    charge_sized(frame, request, 160, price::P256_VERIFY)?;
    output(secp256r1::p256_verify_osaka(&request.input, u64::MAX))
}

/// The size of EIP-152.
const BLAKE2F_INPUT: usize = 213;

/// The sizes of EIP-2537.
const G1_MSM_PAIR: usize = 160;
const G2_MSM_PAIR: usize = 288;
const BLS_PAIR: usize = 384;

/// How many groups of bytes the input has; none if it does not divide.
fn groups(request: &Request, size: usize) -> u64 {
    if request.input.len().is_multiple_of(size) {
        (request.input.len() / size) as u64
    } else {
        0
    }
}

/// How many chunks of the input have something in both of their parts: a point that is all zeros
/// is at infinity, and saves the work that another would be.
fn chunks_with_both(input: &[u8], first: usize, second: usize) -> u64 {
    let there = |part: &[u8]| part.iter().any(|byte| *byte != 0);
    let chunks = input.chunks(first + second);
    let both = chunks.filter(|chunk| {
        let (a, b) = chunk.split_at(first.min(chunk.len()));
        there(a) && there(b)
    });
    both.count() as u64
}

/// Charges for the check of the points, and for the rest if they are good.
fn checked(
    frame: &mut Frame<'_, '_>,
    check: u64,
    rest: u64,
    run: impl FnOnce() -> EthPrecompileResult,
) -> Result<Vec<u8>, Failure> {
    charge(frame, check)?;
    let output = output(run())?;
    charge(frame, rest)?;
    Ok(output)
}

/// An input of another size than this is noticed at once, so it costs nothing.
fn charge_sized(
    frame: &mut Frame<'_, '_>,
    request: &Request,
    size: usize,
    gas: u64,
) -> Result<(), ActorError> {
    if request.input.len() == size {
        charge(frame, gas)
    } else {
        Ok(())
    }
}

/// Charged before any work: the input says how much there is.
fn charge(frame: &mut Frame<'_, '_>, gas: u64) -> Result<(), ActorError> {
    frame.contract.rt.charge("evm precompile", gas)
}

fn output(result: EthPrecompileResult) -> Result<Vec<u8>, Failure> {
    result
        .map(|output| output.bytes.to_vec())
        .map_err(|_| Failure)
}
