//! Telling others of the data that they care for (FIP-0109).
//!
//! Each consumer gets one call with all its sectors and pieces, consumers in the order of their
//! addresses. What they answer matters only if the miner said so.

use std::collections::BTreeMap;

use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use fvm_shared::sector::SectorNumber;
use num_traits::Zero;

use super::types::PieceActivationManifest;
use crate::error::{ActorError, OrExit};
use crate::market::types::{PieceChange, SectorChanges, SectorContentChangedReturn};
use crate::runtime::Runtime;
use crate::send;

/// `SectorContentChanged` of whoever takes data.
pub const SECTOR_CONTENT_CHANGED: MethodNum = 2_034_386_435;

/// The call could not be made.
pub const SEND_FAILED: ExitCode = ExitCode::new(1001);
/// The consumer failed.
pub const RECEIVER_ABORTED: ExitCode = ExitCode::new(1002);
/// The consumer answered nonsense.
pub const RESPONSE_INVALID: ExitCode = ExitCode::new(1003);
/// The consumer doesn't want a piece.
pub const REJECTED: ExitCode = ExitCode::new(1004);

/// A sector with the pieces that others may care for.
pub(super) struct SectorNotice<'p> {
    pub(super) sector: SectorNumber,
    pub(super) expiration: ChainEpoch,
    pub(super) pieces: &'p [PieceActivationManifest],
}

/// Tells every consumer that a piece names. With `require_success` the message fails if one of
/// them does, answers nonsense, or rejects a piece.
pub(super) fn notify_data_consumers(
    rt: &dyn Runtime,
    sectors: &[SectorNotice<'_>],
    require_success: bool,
) -> Result<(), ActorError> {
    for (consumer, changes) in by_consumer(sectors) {
        // The outer error is our own end; the inner one the consumer's fault.
        let answered = notify(rt, &consumer, &changes)?;
        if require_success {
            check_answer(&changes, &answered?)?;
        }
    }
    Ok(())
}

fn by_consumer(sectors: &[SectorNotice<'_>]) -> BTreeMap<Address, Vec<SectorChanges>> {
    let mut all = BTreeMap::<Address, BTreeMap<SectorNumber, SectorChanges>>::new();
    for notice in sectors {
        for piece in notice.pieces {
            for wanted in &piece.notify {
                all.entry(wanted.address)
                    .or_default()
                    .entry(notice.sector)
                    .or_insert_with(|| SectorChanges {
                        sector: notice.sector,
                        minimum_commitment_epoch: notice.expiration,
                        added: Vec::new(),
                    })
                    .added
                    .push(PieceChange {
                        data: piece.cid,
                        size: piece.size,
                        payload: wanted.payload.clone(),
                    });
            }
        }
    }
    all.into_iter()
        .map(|(to, changes)| (to, changes.into_values().collect()))
        .collect()
}

type Answered = Result<SectorContentChangedReturn, ActorError>;

fn notify(
    rt: &dyn Runtime,
    consumer: &Address,
    changes: &[SectorChanges],
) -> Result<Answered, ActorError> {
    let block = match send::params(changes) {
        Ok(block) => block,
        Err(error) => return Ok(Err(error)),
    };
    let sent = send::try_call(
        rt,
        consumer,
        SECTOR_CONTENT_CHANGED,
        block,
        TokenAmount::zero(),
    )?;
    Ok(match sent {
        Err(number) => Err(ActorError::new(
            SEND_FAILED,
            format!("{consumer}: {number}"),
        )),
        Ok(reply) if !reply.code.is_success() => Err(ActorError::new(
            RECEIVER_ABORTED,
            format!("{consumer}: exit {}", reply.code),
        )),
        Ok(reply) => reply
            .data
            .or_exit(RESPONSE_INVALID, "the consumer's answer")
            .and_then(|data| {
                data.deserialize()
                    .or_exit(RESPONSE_INVALID, "the consumer's answer")
            }),
    })
}

/// There is a yes for each piece of each sector.
fn check_answer(
    asked: &[SectorChanges],
    answer: &SectorContentChangedReturn,
) -> Result<(), ActorError> {
    let odd = || ActorError::new(RESPONSE_INVALID, "an answer to something else");
    if answer.len() != asked.len() {
        return Err(odd());
    }
    for (asked, accepted) in asked.iter().zip(answer) {
        if accepted.len() != asked.added.len() {
            return Err(odd());
        }
        if accepted.contains(&false) {
            let words = format!("a piece of sector {} is rejected", asked.sector);
            return Err(ActorError::new(REJECTED, words));
        }
    }
    Ok(())
}
