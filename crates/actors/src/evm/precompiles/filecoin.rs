//! The precompiles of Filecoin, at 0xfe00..: addresses, calls to any actor, randomness.

use fvm_ipld_encoding::CBOR;
use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::METHOD_SEND;
use fvm_shared::address::Address;
use fvm_shared::error::{ErrorNumber, ExitCode};
use fvm_shared::sys::SendFlags;
use revm_interpreter::primitives::U256;

use crate::runtime::{Reply, Send};
use crate::send::Sent;

use super::super::abi::{Reader, WORD, Writer};
use super::super::calls::{Kind, Request};
use super::super::interpreter::Frame;
use super::super::method::RESERVED_MAX;
use super::super::words::amount_of;
use super::{Failure, check_copies};

/// From the bytes of any address to an id, as a word; nothing if it has none. An f0 address is
/// its own answer, whether or not there is an actor.
pub(super) fn resolve_address(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let address = address_of(&request.input)?;
    let id = frame.contract.rt.resolve(&address)?;
    Ok(id
        .map(|id| U256::from(id).to_be_bytes_vec())
        .unwrap_or_default())
}

/// From an id, as a word, to the bytes of the f4 address of that actor; nothing if it has none.
pub(super) fn lookup_delegated_address(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let id = Reader::new(&request.input).u64()?;
    let address = frame.contract.rt.delegated_address(id)?;
    Ok(address
        .map(|address| address.to_bytes())
        .unwrap_or_default())
}

/// The digest of the beacon at an epoch (FIP-0095): a word of 64 bits, the upper half of which are
/// negative epochs.
pub(super) fn get_randomness(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    let epoch = Reader::new(&request.input).u64()?.cast_signed();
    Ok(frame.contract.rt.beacon_digest(epoch)?.to_vec())
}

/// Calls an actor by its address.
pub(super) fn call_actor(frame: &mut Frame<'_, '_>, request: &Request) -> Result<Vec<u8>, Failure> {
    call(frame, request, |frame, reader, offset| {
        reader.seek(offset);
        address_of(&byte_string(frame, reader)?.ok_or(Failure)?)
    })
}

/// Calls an actor by its id.
pub(super) fn call_actor_id(
    frame: &mut Frame<'_, '_>,
    request: &Request,
) -> Result<Vec<u8>, Failure> {
    call(frame, request, |_, _, id| Ok(Address::new_id(id)))
}

/// Calls an actor. The input is ABI without a selector: method, value, flags, codec, where the
/// parameters are, and a word that `target` makes an address of.
fn call(
    frame: &mut Frame<'_, '_>,
    request: &Request,
    target: impl FnOnce(&mut Frame<'_, '_>, &mut Reader<'_>, u64) -> Result<Address, Failure>,
) -> Result<Vec<u8>, Failure> {
    // By DELEGATECALL alone: then the actor's caller is the contract, as the code means it.
    if request.kind != Kind::Delegate {
        return Err(Failure);
    }
    let mut reader = Reader::new(&request.input);
    let method = reader.u64()?;
    let value = amount_of(reader.word());
    let flags = SendFlags::from_bits(reader.u64()?).ok_or(Failure)?;
    let codec = reader.u64()?;
    let params_offset = reader.u32()?;
    let target_word = reader.u64()?;
    reader.seek(u64::from(params_offset));
    let params = byte_string(frame, &mut reader)?;
    let to = target(frame, &mut reader, target_word)?;

    // The low numbers are for the actors among themselves.
    if method <= RESERVED_MAX && method != METHOD_SEND {
        return Err(Failure);
    }
    let params = match (codec, params) {
        (CBOR, Some(data)) => Some(IpldBlock { codec, data }),
        // The machine takes no such block.
        (CBOR, None) => return Ok(answer(Err(ErrorNumber::LimitExceeded))),
        (0, Some(data)) if data.is_empty() => None,
        _ => return Err(Failure),
    };
    let gas_limit = frame.gas_limit(request.gas);
    let sent = frame.contract.send(Send {
        to,
        method,
        params,
        value,
        gas_limit,
        flags,
    })?;
    Ok(answer(sent))
}

/// The outcome of a call as ABI: exit code, codec, data. What could not be called shows the
/// negative number of the error.
fn answer(sent: Sent) -> Vec<u8> {
    let (exit, block) = match sent {
        Ok(Reply { code, data }) => (exit_word(code), data),
        Err(number) => (errno_word(number), None),
    };
    let block = block.unwrap_or(IpldBlock {
        codec: 0,
        data: Vec::new(),
    });
    let data_at = 3 * WORD as u64;
    Writer::default()
        .word(exit)
        .u64(block.codec)
        .u64(data_at)
        .bytes(&block.data)
}

fn exit_word(code: ExitCode) -> U256 {
    U256::from(code.value())
}

fn errno_word(number: ErrorNumber) -> U256 {
    U256::from(number as u32).wrapping_neg()
}

fn address_of(bytes: &[u8]) -> Result<Address, Failure> {
    Address::from_bytes(bytes).map_err(|_| Failure)
}

/// A size, and as many bytes; `None` if they are more than any block has. What lies beyond the end
/// of the input is zeros, for which the official actor takes memory: where it would get none, the
/// contract itself ends.
fn byte_string(
    frame: &mut Frame<'_, '_>,
    reader: &mut Reader<'_>,
) -> Result<Option<Vec<u8>>, Failure> {
    let size = reader.u32()?;
    let within = size as usize <= reader.remaining();
    if !within {
        check_copies(frame, size.into())?;
    }
    let fits = within || size as usize <= BLOCK_MAX;
    Ok(fits.then(|| reader.bytes(size as usize)))
}

/// The largest block.
const BLOCK_MAX: usize = 1 << 20;
