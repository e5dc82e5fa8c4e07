//! Module `crypto`, its other half: proofs of storage and of misbehaviour.

use atoll_vm::{Refusal, Stop};
use fvm_shared::error::ErrorNumber;
use fvm_shared::piece::PieceInfo;
use fvm_shared::sector::{RegisteredSealProof, SealVerifyInfo};
use fvm_shared::sys::out::crypto::VerifyConsensusFault;
use wasmtime::Caller;

use super::{Binding, call, call_for, verdict};
use crate::runner::Host;

pub(super) fn compute_unsealed_sector_cid(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         proof: i64,
         pieces: u32,
         pieces_len: u32,
         cid: u32,
         cid_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let proof = RegisteredSealProof::from(proof);
                if let RegisteredSealProof::Invalid(number) = proof {
                    let words = format!("there is no seal proof {number}");
                    return Err(Refusal::new(ErrorNumber::IllegalArgument, words).into());
                }
                let pieces: Vec<PieceInfo> = memory.read_cbor(pieces, pieces_len)?;
                memory.check(cid, cid_len)?;
                let unsealed = kernel.compute_unsealed_sector_cid(proof, &pieces)?;
                Ok(memory.write_cid(&unsealed, cid, cid_len)?)
            })
        },
    )
}

pub(super) fn verify_post(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, info: u32, info_len: u32| {
            call_for(caller, out, |kernel, memory| {
                Ok(verdict(
                    kernel.verify_post(&memory.read_cbor(info, info_len)?)?,
                ))
            })
        },
    )
}

pub(super) fn verify_consensus_fault(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>,
         out: u32,
         h1: u32,
         h1_len: u32,
         h2: u32,
         h2_len: u32,
         extra: u32,
         extra_len: u32| {
            call_for(caller, out, |kernel, memory| {
                let h1 = memory.read(h1, h1_len)?;
                let h2 = memory.read(h2, h2_len)?;
                let extra = memory.read(extra, extra_len)?;
                let Some(fault) = kernel.verify_consensus_fault(h1, h2, extra)? else {
                    return Ok(VerifyConsensusFault {
                        epoch: 0,
                        target: 0,
                        fault: 0,
                    });
                };
                let target = fault
                    .target
                    .id()
                    .map_err(|_| Stop::Broken("a fault's target is not an id".into()))?;
                let fault_type = fault.fault_type as u32;
                Ok(VerifyConsensusFault {
                    epoch: fault.epoch,
                    target,
                    fault: fault_type,
                })
            })
        },
    )
}

pub(super) fn verify_aggregate_seals(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, info: u32, info_len: u32| {
            call_for(caller, out, |kernel, memory| {
                Ok(verdict(kernel.verify_aggregate_seals(
                    &memory.read_cbor(info, info_len)?,
                )?))
            })
        },
    )
}

pub(super) fn verify_replica_update(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, out: u32, info: u32, info_len: u32| {
            call_for(caller, out, |kernel, memory| {
                Ok(verdict(kernel.verify_replica_update(
                    &memory.read_cbor(info, info_len)?,
                )?))
            })
        },
    )
}

pub(super) fn batch_verify_seals(binding: Binding<'_>) -> wasmtime::Result<()> {
    binding.to(
        |caller: Caller<'_, Host>, infos: u32, infos_len: u32, verdicts: u32| {
            call(caller, |kernel, mut memory| {
                let infos: Vec<SealVerifyInfo> = memory.read_cbor(infos, infos_len)?;
                let room = memory.write(verdicts, infos.len() as u32)?;
                let valid = kernel.batch_verify_seals(&infos)?;
                if valid.len() != infos.len() {
                    let words = format!("{} verdicts on {} seals", valid.len(), infos.len());
                    return Err(Stop::Broken(words).into());
                }
                for (place, valid) in room.iter_mut().zip(valid) {
                    *place = u8::from(valid);
                }
                Ok(())
            })
        },
    )
}
