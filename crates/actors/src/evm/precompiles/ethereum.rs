//! The precompiles of Ethereum, at 0x01 to 0x11 and 0x0100. The cryptography is revm's, but for
//! the hashes and the recovery that the machine itself offers; the prices are ours.

use fvm_shared::crypto::hash::SupportedHashes;
use revm_interpreter::num_words;
use revm_interpreter::primitives::{U256, keccak256};
use revm_precompile::interface::EthPrecompileResult;
use revm_precompile::{blake2, bls12_381, bn254, modexp as revm_modexp, secp256r1};

use crate::error::ActorError;

use super::super::abi::{Reader, WORD};
use super::super::calls::Request;
use super::super::gas::precompiles as price;
use super::super::interpreter::Frame;
use super::Failure;

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
    let mut address = keccak256(&key[1..]).0;
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
    charge(
        frame,
        price::IDENTITY_WORD * num_words(request.input.len()) as u64,
    )?;
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
    charge(frame, price::BN254_ADD)?;
    output(bn254::run_add(&request.input, 0, u64::MAX))
}

pub(super) fn bn254_mul(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge(frame, price::BN254_MUL)?;
    output(bn254::run_mul(&request.input, 0, u64::MAX))
}

pub(super) fn bn254_pairing(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let pairs = (request.input.len() / bn254::PAIR_ELEMENT_LEN) as u64;
    charge(frame, price::BN254_PAIRING + price::BN254_PAIR * pairs)?;
    output(bn254::run_pair(&request.input, 0, 0, u64::MAX))
}

pub(super) fn blake2f(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    // The number of rounds is the first word of 32 bits, and there may be billions.
    let rounds = request
        .input
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes));
    charge(frame, price::BLAKE2F_ROUND * u64::from(rounds))?;
    output(blake2::run(&request.input, u64::MAX))
}

pub(super) fn bls_g1_add(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge(frame, price::BLS_G1_ADD)?;
    output(bls12_381::g1_add::g1_add(&request.input, u64::MAX))
}

pub(super) fn bls_g1_msm(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    let pairs = (request.input.len() / G1_MSM_PAIR) as u64;
    charge(frame, price::BLS_G1_MSM * pairs)?;
    output(bls12_381::g1_msm::g1_msm(&request.input, u64::MAX))
}

pub(super) fn bls_g2_add(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge(frame, price::BLS_G2_ADD)?;
    output(bls12_381::g2_add::g2_add(&request.input, u64::MAX))
}

pub(super) fn bls_g2_msm(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    let pairs = (request.input.len() / G2_MSM_PAIR) as u64;
    charge(frame, price::BLS_G2_MSM * pairs)?;
    output(bls12_381::g2_msm::g2_msm(&request.input, u64::MAX))
}

pub(super) fn bls_pairing(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let pairs = (request.input.len() / BLS_PAIR) as u64;
    charge(frame, price::BLS_PAIRING + price::BLS_PAIR * pairs)?;
    output(bls12_381::pairing::pairing(&request.input, u64::MAX))
}

pub(super) fn bls_map_fp(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    charge(frame, price::BLS_MAP_FP)?;
    output(bls12_381::map_fp_to_g1::map_fp_to_g1(
        &request.input,
        u64::MAX,
    ))
}

pub(super) fn bls_map_fp2(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    charge(frame, price::BLS_MAP_FP2)?;
    output(bls12_381::map_fp2_to_g2::map_fp2_to_g2(
        &request.input,
        u64::MAX,
    ))
}

pub(super) fn p256_verify(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    charge(frame, price::P256_VERIFY)?;
    output(secp256r1::p256_verify_osaka(&request.input, u64::MAX))
}

/// The sizes of EIP-2537.
const G1_MSM_PAIR: usize = 160;
const G2_MSM_PAIR: usize = 288;
const BLS_PAIR: usize = 384;

/// Charged before any work: the input says how much there is.
fn charge(frame: &mut Frame<'_, '_>, gas: u64) -> Result<(), ActorError> {
    frame.contract.rt.charge("evm precompile", gas)
}

fn output(result: EthPrecompileResult) -> Result<Vec<u8>, Failure> {
    result
        .map(|output| output.bytes.to_vec())
        .map_err(|_| Failure)
}
