//! Module `ipld`: blocks.

use cid::Cid;
use fvm_ipld_encoding::DAG_CBOR;
use fvm_shared::error::ErrorNumber;
use fvm_shared::sys::BlockId;

use super::Kernel;
use crate::blocks::{Block, BlockStat, LinkRules, check_codec};
use crate::crypto::HashFunction;
use crate::error::{Fatal, Refusal, Stop, SyscallError};
use crate::ipld_links;
use crate::trace::{BlockAccess, TraceEvent};

impl Kernel {
    /// Opens a block of the state. Its links become reachable.
    ///
    /// # Cost
    /// `block_open`, what it takes to look through it for links, and by its length.
    ///
    /// # Errors
    /// `NotFound` if the actor can't reach the block.
    pub fn block_open(&mut self, cid: &Cid) -> Result<(BlockId, BlockStat), SyscallError> {
        self.charge_for(self.prices().on_block_open_base())?;
        if !self.blocks.is_reachable(cid) {
            let words = format!("block {cid} is not reachable");
            return Err(Refusal::new(ErrorNumber::NotFound, words).into());
        }
        let data = self.store().block(cid)?.ok_or_else(|| self.missing(cid))?;
        let size = data.len();
        self.seat.trace(|_| TraceEvent::Ipld {
            access: BlockAccess::Read,
            cid: *cid,
            size,
        });
        let links = self.scan(cid.codec(), &data)?;
        self.charge_for(self.prices().on_block_open(size, links.len()))?;
        self.check_dag_cbor(cid.codec())?;
        let block = Block::new(cid.codec(), data, links);
        let stat = block.stat();
        Ok((self.blocks.put_reachable(block)?, stat))
    }

    /// Creates a block in memory.
    ///
    /// # Cost
    /// What it takes to look through it for links, and `block_create` by its length.
    ///
    /// # Errors
    /// `LimitExceeded` if it is too long, `IllegalCodec` if blocks can't have this codec,
    /// `Serialization` if it is not what its codec says, `NotFound` if a link can't be reached.
    pub fn block_create(&mut self, codec: u64, data: &[u8]) -> Result<BlockId, SyscallError> {
        let block = self.new_block(codec, data)?;
        Ok(self.blocks.put_check_reachable(block)?)
    }

    /// A block of an actor's making, whose links are still to be judged.
    pub(super) fn new_block(&mut self, codec: u64, data: &[u8]) -> Result<Block, SyscallError> {
        let size_max = self.context().limits.block_size_max;
        if self.seat.rules.block_size_limited && data.len() > size_max {
            let words = format!("a block of {} bytes is longer than {size_max}", data.len());
            return Err(Refusal::new(ErrorNumber::LimitExceeded, words).into());
        }
        if self.seat.rules.codec_checked_first {
            check_codec(codec)?;
        }
        let links = self.scan(codec, data)?;
        self.charge_for(self.prices().on_block_create(data.len(), links.len()))?;
        self.check_dag_cbor(codec)?;
        Ok(Block::new(codec, data, links))
    }

    /// Names a block and stores it. It becomes reachable.
    ///
    /// # Cost
    /// `block_link` by its length, the hash included.
    ///
    /// # Errors
    /// `IllegalCid` for any hash but BLAKE2b-256, `InvalidHandle` if there is no such block.
    pub fn block_link(
        &mut self,
        id: BlockId,
        hash_code: u64,
        hash_len: u32,
    ) -> Result<Cid, SyscallError> {
        let function = HashFunction::Blake2b256;
        if hash_code != function.code() || hash_len != 32 {
            let words = "the CIDs of state are 32 bytes of BLAKE2b";
            return Err(Refusal::new(ErrorNumber::IllegalCid, words).into());
        }
        let block = self.blocks.get(id)?.clone();
        let size = block.data.len();
        self.charge_for(self.prices().on_block_link(function, size))?;
        let cid = Cid::new_v1(block.codec, function.digest(&block.data));
        self.store().put_block(cid, block.data);
        self.blocks.mark_reachable(&cid);
        self.seat.trace(|_| TraceEvent::Ipld {
            access: BlockAccess::Write,
            cid,
            size,
        });
        Ok(cid)
    }

    /// Copies from a block. Returns by how much the block ends after what was asked for; less
    /// than zero if it ends before.
    ///
    /// # Cost
    /// `block_read`, by the bytes that are copied.
    ///
    /// # Errors
    /// `IllegalArgument` if the end asked for is beyond 2^31, `InvalidHandle` if there is no
    /// such block.
    pub fn block_read(
        &mut self,
        id: BlockId,
        offset: u32,
        out: &mut [u8],
    ) -> Result<i32, SyscallError> {
        let end = i32::try_from(u64::from(offset) + out.len() as u64).map_err(|_| {
            Refusal::new(
                ErrorNumber::IllegalArgument,
                "the end of the read is beyond 2^31",
            )
        })?;
        let block_data = std::sync::Arc::clone(&self.blocks.get(id)?.data);
        let rest = block_data.get(offset as usize..).unwrap_or_default();
        let len = rest.len().min(out.len());
        self.charge_for(self.prices().on_block_read(len))?;
        out[..len].copy_from_slice(&rest[..len]);
        // Blocks are far shorter than 2^31 bytes.
        Ok(block_data.len() as i32 - end)
    }

    /// Returns the codec and the length of a block.
    ///
    /// # Cost
    /// `block_stat`.
    ///
    /// # Errors
    /// `InvalidHandle` if there is no such block.
    pub fn block_stat(&mut self, id: BlockId) -> Result<BlockStat, SyscallError> {
        self.charge_for(self.prices().on_block_stat())?;
        Ok(self.blocks.get(id)?.stat())
    }

    /// What a missing block means. Where links are tracked it was there once, so this node has
    /// lost it. Where they are not, an actor may ask for anything, and breaks its message.
    fn missing(&self, cid: &Cid) -> Stop {
        match self.seat.rules.links {
            LinkRules::Tracked => Fatal::new(format!("block {cid} is lost")).into(),
            LinkRules::Trusted => Stop::Broken(format!("there is no block {cid}")),
        }
    }

    /// Refuses blocks of any other format, at network versions that know only this one.
    fn check_dag_cbor(&self, codec: u64) -> Result<(), Refusal> {
        if self.seat.rules.dag_cbor_only && codec != DAG_CBOR {
            let words = format!("blocks are DAG-CBOR, and this one has codec {codec:#x}");
            return Err(Refusal::new(ErrorNumber::IllegalCodec, words));
        }
        Ok(())
    }

    fn scan(&mut self, codec: u64, data: &[u8]) -> Result<Vec<Cid>, SyscallError> {
        let machine = &mut *self.seat;
        let (rules, prices) = (machine.rules.links, machine.prices);
        ipld_links::scan(rules, codec, data, prices, &mut machine.message.gas)
    }
}
