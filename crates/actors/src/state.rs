//! An actor's state: one block, and whatever hangs below it.

use cid::Cid;
use fvm_ipld_blockstore::{Block, Blockstore};
use fvm_ipld_encoding::CborStore;
use fvm_shared::error::ExitCode;
use multihash_codetable::{Code, MultihashDigest};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{ActorError, OrExit};
use crate::runtime::Runtime;

/// Blocks of state, by a borrowed object: what the collections are built over.
#[derive(Clone, Copy)]
pub struct Store<'a>(pub &'a dyn Blockstore);

impl std::fmt::Debug for Store<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

impl<'a> Store<'a> {
    /// The blocks behind a runtime.
    #[must_use]
    pub fn of(rt: &'a dyn Runtime) -> Self {
        Self(rt.store())
    }

    /// Reads a CBOR block that must be there.
    ///
    /// # Errors
    /// The given code if it isn't there or isn't of that type.
    pub fn read<T: DeserializeOwned>(
        &self,
        cid: &Cid,
        code: ExitCode,
        what: &str,
    ) -> Result<T, ActorError> {
        self.get_cbor(cid).or_exit(code, what)?.or_exit(code, what)
    }

    /// Writes a CBOR block.
    ///
    /// # Errors
    /// The given code if that fails.
    pub fn write<T: Serialize>(
        &self,
        value: &T,
        code: ExitCode,
        what: &str,
    ) -> Result<Cid, ActorError> {
        self.put_cbor(value, Code::Blake2b256).or_exit(code, what)
    }
}

impl Blockstore for Store<'_> {
    fn has(&self, cid: &Cid) -> anyhow::Result<bool> {
        self.0.has(cid)
    }

    fn get(&self, cid: &Cid) -> anyhow::Result<Option<Vec<u8>>> {
        self.0.get(cid)
    }

    fn put_keyed(&self, cid: &Cid, block: &[u8]) -> anyhow::Result<()> {
        self.0.put_keyed(cid, block)
    }

    fn put<D: AsRef<[u8]>>(&self, code: Code, block: &Block<D>) -> anyhow::Result<Cid> {
        let cid = block.cid(code);
        self.0.put_keyed(&cid, block.as_ref())?;
        Ok(cid)
    }
}

/// The state of an actor that has none: an empty CBOR array.
#[must_use]
pub fn empty_root() -> Cid {
    Cid::new_v1(
        fvm_ipld_encoding::DAG_CBOR,
        Code::Blake2b256.digest(&EMPTY_BLOCK),
    )
}

/// The block behind [`empty_root`].
pub const EMPTY_BLOCK: [u8; 1] = [0x80];

/// Gives a new actor its state.
///
/// # Errors
/// 20 if it has one already; 25 when read-only.
pub fn create<S: Serialize>(rt: &dyn Runtime, state: &S) -> Result<(), ActorError> {
    let root = rt.root()?;
    if root != empty_root() {
        return Err(ActorError::illegal_state(format!(
            "there is a state already: {root}"
        )));
    }
    write(rt, state)
}

/// Reads the state.
///
/// # Errors
/// 16 if it is not of that type; 24 if the block is missing.
pub fn load<S: DeserializeOwned>(rt: &dyn Runtime) -> Result<S, ActorError> {
    read(rt, &rt.root()?)
}

/// Reads the state, lets `change` change it, and writes it. The root is set even if nothing
/// changed. No calls are made meanwhile: [`crate::send`] and [`create_actor`] refuse.
///
/// # Errors
/// Those of `change`, and then nothing is written; 16 if the state can't be read; 25 when
/// read-only.
pub fn transaction<S, R>(
    rt: &dyn Runtime,
    change: impl FnOnce(&mut S) -> Result<R, ActorError>,
) -> Result<R, ActorError>
where
    S: Serialize + DeserializeOwned,
{
    let mut state = load::<S>(rt)?;
    rt.frame().set_in_transaction(true);
    let result = change(&mut state);
    rt.frame().set_in_transaction(false);
    let result = result?;
    write(rt, &state)?;
    Ok(result)
}

/// Deletes this actor, which is not allowed inside a transaction.
///
/// # Errors
/// 24 inside a transaction; else the runtime's.
pub fn delete(rt: &dyn Runtime) -> Result<(), ActorError> {
    outside_transaction(rt, "delete_self")?;
    rt.delete_self()
}

/// Creates an actor, which is not allowed inside a transaction.
///
/// # Errors
/// 24 inside a transaction; else the runtime's.
pub fn create_actor(
    rt: &dyn Runtime,
    code: Cid,
    id: fvm_shared::ActorID,
    delegated: Option<fvm_shared::address::Address>,
) -> Result<(), ActorError> {
    outside_transaction(rt, "create_actor")?;
    rt.create_actor(code, id, delegated)
}

fn outside_transaction(rt: &dyn Runtime, what: &str) -> Result<(), ActorError> {
    if rt.frame().in_transaction() {
        return Err(ActorError::assertion_failed(format!(
            "{what} inside a transaction"
        )));
    }
    Ok(())
}

fn read<S: DeserializeOwned>(rt: &dyn Runtime, root: &Cid) -> Result<S, ActorError> {
    Store::of(rt)
        .get_cbor(root)
        .or_exit(ExitCode::USR_ILLEGAL_ARGUMENT, "the actor's state")?
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "the actor's state")
}

fn write<S: Serialize>(rt: &dyn Runtime, state: &S) -> Result<(), ActorError> {
    let code = ExitCode::USR_ILLEGAL_ARGUMENT;
    let root = Store::of(rt).write(state, code, "the actor's state")?;
    rt.set_root(&root)
}
