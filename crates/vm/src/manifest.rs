//! Which code is which built-in actor, as the system actor's state says.

use std::collections::BTreeMap;

use cid::Cid;
use fvm_ipld_blockstore::Blockstore;
use fvm_ipld_encoding::CborStore;
use fvm_ipld_encoding::tuple::{Deserialize_tuple, Serialize_tuple};

use crate::error::{Fatal, OrFatal};
use crate::hash_map::HashMap;

/// The built-in actors of this chain.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The CID of the list it was read from.
    pub cid: Cid,
    /// Accounts behind a key, created by sending to an f1 or f3 address.
    pub account: Cid,
    /// Ethereum accounts. The account actor's code before network version 18, where no actor
    /// has it.
    pub eth_account: Option<Cid>,
    /// Actors with an f4 address that nobody has yet claimed (FIP-0048).
    pub placeholder: Option<Cid>,
    by_type: Vec<Cid>,
    by_code: HashMap<Cid, u32>,
    by_name: BTreeMap<String, Cid>,
}

/// The state of the system actor.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct SystemState {
    /// The list of pairs of name and code CID.
    pub builtin_actors: Cid,
}

impl Manifest {
    /// The CID of the list that the system actor's state points to.
    pub fn list_of(store: &impl Blockstore, system_head: &Cid) -> Result<Cid, Fatal> {
        let system: SystemState = store
            .get_cbor(system_head)
            .or_fatal("reading the system actor's state")?
            .ok_or_else(|| Fatal::new("the system actor's state is missing"))?;
        Ok(system.builtin_actors)
    }

    /// Reads a list of pairs of name and code CID.
    pub fn load_list(store: &impl Blockstore, cid: &Cid) -> Result<Self, Fatal> {
        let list: Vec<(String, Cid)> = store
            .get_cbor(cid)
            .or_fatal("reading the actors' manifest")?
            .ok_or_else(|| Fatal::new(format!("the actors' manifest {cid} is missing")))?;
        Self::new(*cid, list)
    }

    /// A manifest from its list. Type numbers are positions, counted from 1.
    pub fn new(cid: Cid, list: Vec<(String, Cid)>) -> Result<Self, Fatal> {
        let by_type = list.iter().map(|(_, code)| *code).collect();
        let by_code = list
            .iter()
            .zip(1..)
            .map(|((_, code), number)| (*code, number))
            .collect();
        let by_name: BTreeMap<String, Cid> = list.into_iter().collect();
        let account = *by_name
            .get("account")
            .ok_or_else(|| Fatal::new("the actors' manifest has no account actor"))?;
        Ok(Self {
            cid,
            account,
            eth_account: by_name.get("ethaccount").copied(),
            placeholder: by_name.get("placeholder").copied(),
            by_type,
            by_code,
            by_name,
        })
    }

    /// The code of a type number.
    #[must_use]
    pub fn code_of_type(&self, number: u32) -> Option<Cid> {
        let index = usize::try_from(number.checked_sub(1)?).ok()?;
        self.by_type.get(index).copied()
    }

    /// The type number of a code; 0 for any code that is not built in.
    #[must_use]
    pub fn type_of_code(&self, code: &Cid) -> u32 {
        self.by_code.get(code).copied().unwrap_or(0)
    }

    /// The code of a name.
    #[must_use]
    pub fn code_of_name(&self, name: &str) -> Option<Cid> {
        self.by_name.get(name).copied()
    }

    /// Every name with its code, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Cid)> {
        self.by_name
            .iter()
            .map(|(name, code)| (name.as_str(), code))
    }

    /// Is this the code of placeholders?
    #[must_use]
    pub fn is_placeholder(&self, code: &Cid) -> bool {
        self.placeholder.as_ref() == Some(code)
    }
}
