//! Module `crypto`: hashes and signatures.

use atoll_vm::Refusal;
use fvm_shared::crypto::signature::{BLS_PUB_LEN, SignatureType};
use fvm_shared::error::ErrorNumber;
use num_traits::FromPrimitive;
use wasmtime::Caller;

use super::{Binding, call_for, verdict};
use crate::runner::Host;

pub(super) fn verify_signature(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         kind: u32,
         signature: u32,
         signature_len: u32,
         signer: u32,
         signer_len: u32,
         plaintext: u32,
         plaintext_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let kind = SignatureType::from_u32(kind)
                    .ok_or_else(|| illegal("there is no such type of signature"))?;
                let signature = memory.read(signature, signature_len)?;
                let signer = memory.read_address(signer, signer_len)?;
                let plaintext = memory.read(plaintext, plaintext_len)?;
                Ok(verdict(
                    kernel.verify_signature(kind, signature, &signer, plaintext)?,
                ))
            })
        },
    )
}

pub(super) fn verify_bls_aggregate(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         signers: u32,
         aggregate: u32,
         keys: u32,
         plaintexts: u32,
         lens: u32| {
            call_for(caller, out, |kernel, memory| {
                let keys_len = signers
                    .checked_mul(BLS_PUB_LEN as u32)
                    .ok_or_else(|| illegal("the keys are longer than memory can be"))?;
                let aggregate = memory.read_array(aggregate)?;
                let (keys, _) = memory.read(keys, keys_len)?.as_chunks::<BLS_PUB_LEN>();
                // Shorter than the keys, so it can't overflow.
                let (lens, _) = memory.read(lens, signers * 4)?.as_chunks::<4>();
                let lens: Vec<u32> = lens.iter().map(|len| u32::from_le_bytes(*len)).collect();
                // The sum wraps, and the kernel then finds that the parts don't add up.
                let plaintexts_len = lens.iter().fold(0_u32, |sum, len| sum.wrapping_add(*len));
                let plaintexts = memory.read(plaintexts, plaintexts_len)?;
                let valid = kernel.verify_bls_aggregate(aggregate, keys, plaintexts, &lens)?;
                Ok(verdict(valid))
            })
        },
    )
}

pub(super) fn recover_secp_public_key(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, hash: u32, signature: u32| {
            call_for(caller, out, |kernel, memory| {
                let hash = memory.read_array(hash)?;
                kernel.recover_secp_public_key(hash, memory.read_array(signature)?)
            })
        },
    )
}

pub(super) fn hash(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         function: u64,
         data: u32,
         data_len: u32,
         digest: u32,
         digest_len: u32| {
            call_for(caller, out, |kernel, memory| {
                memory.check(digest, digest_len)?;
                let hash = kernel.hash(function, memory.read(data, data_len)?)?;
                let room = memory.write(digest, digest_len)?;
                let len = room.len().min(hash.digest().len());
                room[..len].copy_from_slice(&hash.digest()[..len]);
                Ok(len as u32)
            })
        },
    )
}

fn illegal(words: &'static str) -> Refusal {
    Refusal::new(ErrorNumber::IllegalArgument, words)
}
