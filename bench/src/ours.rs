//! x
use anyhow::{Result,bail};
pub struct Atoll;
impl Atoll { pub fn new()->Result<Self>{bail!("x")} pub fn another(&self)->Result<Self>{bail!("x")} }
impl crate::measure::Vm for Atoll { fn apply(&mut self,_m:fvm_shared::message::Message)->Result<(u64,Vec<u8>)>{bail!("x")} fn flush(&mut self)->Result<String>{bail!("x")} }
pub struct C; impl C { pub fn path(&self)->&std::path::Path{std::path::Path::new("")} }
pub fn start_cache(_:bool)->Result<C>{Ok(C)}
pub fn start(_:&std::path::Path)->Result<()>{Ok(())}
