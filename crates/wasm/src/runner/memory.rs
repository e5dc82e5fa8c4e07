//! An actor's memory, as a syscall sees it. Nothing in it can be trusted, least of all pointers.

use atoll_vm::Refusal;
use cid::Cid;
use fvm_ipld_encoding::de::DeserializeOwned;
use fvm_shared::address::Address;
use fvm_shared::error::ErrorNumber;

/// The bytes of an actor's memory.
pub(crate) struct ActorMemory<'a>(&'a mut [u8]);

fn illegal(words: impl Into<std::borrow::Cow<'static, str>>) -> Refusal {
    Refusal::new(ErrorNumber::IllegalArgument, words)
}

fn out_of_bounds(offset: u32, len: u32) -> Refusal {
    illegal(format!("{len} bytes at {offset} are not all in memory"))
}

impl<'a> ActorMemory<'a> {
    pub(crate) fn new(bytes: &'a mut [u8]) -> Self {
        Self(bytes)
    }

    /// Are so many bytes there?
    pub(crate) fn has(&self, offset: u32, len: usize) -> bool {
        self.0
            .len()
            .checked_sub(offset as usize)
            .is_some_and(|rest| rest >= len)
    }

    /// Refuses a range that is not all in memory.
    pub(crate) fn check(&self, offset: u32, len: u32) -> Result<(), Refusal> {
        if self.has(offset, len as usize) {
            Ok(())
        } else {
            Err(out_of_bounds(offset, len))
        }
    }

    /// Bytes to read.
    pub(crate) fn read(&self, offset: u32, len: u32) -> Result<&[u8], Refusal> {
        self.0
            .get(offset as usize..)
            .and_then(|rest| rest.get(..len as usize))
            .ok_or_else(|| out_of_bounds(offset, len))
    }

    /// As many bytes to read as an array has.
    pub(crate) fn read_array<const LEN: usize>(&self, offset: u32) -> Result<&[u8; LEN], Refusal> {
        self.0
            .get(offset as usize..)
            .and_then(|rest| rest.first_chunk())
            .ok_or_else(|| out_of_bounds(offset, LEN as u32))
    }

    /// Bytes to write.
    pub(crate) fn write(&mut self, offset: u32, len: u32) -> Result<&mut [u8], Refusal> {
        self.0
            .get_mut(offset as usize..)
            .and_then(|rest| rest.get_mut(..len as usize))
            .ok_or_else(|| out_of_bounds(offset, len))
    }

    /// Reads a CID. It says itself where it ends; only the memory's end bounds it.
    pub(crate) fn read_cid(&self, offset: u32) -> Result<Cid, Refusal> {
        let rest = self
            .0
            .get(offset as usize..)
            .ok_or_else(|| illegal(format!("a CID at {offset} is not in memory")))?;
        Cid::read_bytes(rest).map_err(|e| illegal(format!("not a CID: {e}")))
    }

    /// Writes a CID, and returns its length.
    ///
    /// # Errors
    /// `BufferTooSmall` if it does not fit, `IllegalArgument` if the range is not in memory.
    pub(crate) fn write_cid(&mut self, cid: &Cid, offset: u32, len: u32) -> Result<u32, Refusal> {
        let room = self.write(offset, len)?;
        let bytes = cid.to_bytes();
        let place = room
            .get_mut(..bytes.len())
            .ok_or_else(|| Refusal::new(ErrorNumber::BufferTooSmall, "no room for the CID"))?;
        place.copy_from_slice(&bytes);
        Ok(bytes.len() as u32)
    }

    /// Reads a Filecoin address.
    pub(crate) fn read_address(&self, offset: u32, len: u32) -> Result<Address, Refusal> {
        Address::from_bytes(self.read(offset, len)?)
            .map_err(|e| illegal(format!("not an address: {e}")))
    }

    /// Decodes CBOR. Only calls that built-in actors alone make sensible use of take any: it is
    /// not paid for.
    pub(crate) fn read_cbor<T: DeserializeOwned>(
        &self,
        offset: u32,
        len: u32,
    ) -> Result<T, Refusal> {
        fvm_ipld_encoding::from_slice(self.read(offset, len)?)
            .map_err(|e| illegal(format!("not the CBOR expected here: {e}")))
    }

    /// Reads UTF-8.
    pub(crate) fn read_text(&self, offset: u32, len: u32) -> Result<&str, Refusal> {
        std::str::from_utf8(self.read(offset, len)?).map_err(|e| illegal(format!("not UTF-8: {e}")))
    }

    /// Writes bytes to a place that [`Self::has`] room.
    pub(crate) fn put(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Refusal> {
        self.write(offset, bytes.len() as u32)?
            .copy_from_slice(bytes);
        Ok(())
    }
}
