//! An actor as a table of methods.
//!
//! One table serves the dispatcher, the RPC, traces, the explorer and the generated docs.

use std::any::type_name;
use std::fmt::Debug;

use fvm_ipld_encoding::ipld_block::IpldBlock;
use fvm_shared::MethodNum;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::ActorError;
use crate::kinds::ActorKind;
use crate::runtime::Runtime;

/// A built-in actor.
#[derive(Debug)]
pub struct Actor {
    /// Which one.
    pub kind: ActorKind,
    /// Its methods, in ascending order of number.
    pub methods: &'static [Method],
    /// What any other number does.
    pub fallback: Fallback,
    /// Are low numbers closed to contracts and user actors (`restrict_internal_api`)?
    pub restrict_internal: bool,
}

/// One method.
pub struct Method {
    /// Its number: small, or by FRC-42.
    pub number: MethodNum,
    /// Its name.
    pub name: &'static str,
    /// Who may call it, for people; the method itself checks, in the order the network fixed.
    pub callers: Callers,
    /// The Rust type of its parameters.
    pub params: Shape,
    /// The Rust type of what it returns.
    pub returns: Shape,
    /// Its code.
    pub run: fn(&dyn Runtime, Option<IpldBlock>) -> Result<Option<IpldBlock>, ActorError>,
}

impl Debug for Method {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {}({}) -> {}",
            self.number, self.name, self.params.name, self.returns.name
        )
    }
}

/// Who may call a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callers {
    /// Anyone.
    Any,
    /// Any built-in actor.
    BuiltIn,
    /// These kinds of actors.
    Kinds(&'static [ActorKind]),
    /// Somebody whom the actor's state names.
    Named(&'static str),
}

/// What an unknown method number does.
#[derive(Clone, Copy, Debug)]
pub enum Fallback {
    /// Exit 22.
    Refuse,
    /// From 2^24 up success without an answer, below exit 22.
    AcceptExported,
    /// Success, whatever the number.
    Accept,
    /// The actor sees for itself.
    Custom(fn(&dyn Runtime, MethodNum, Option<IpldBlock>) -> Result<Option<IpldBlock>, ActorError>),
}

/// A type that goes over the wire: its name, and how to show its bytes.
#[derive(Clone, Copy)]
pub struct Shape {
    /// The name of the Rust type, without its path.
    pub name: &'static str,
    /// Decodes CBOR and shows it for people.
    pub show: fn(&[u8]) -> Result<String, String>,
}

impl Shape {
    /// The shape of a type.
    #[must_use]
    pub fn of<T: DeserializeOwned + Serialize + Debug>() -> Self {
        Self {
            name: type_name::<T>(),
            show: |bytes| {
                fvm_ipld_encoding::from_slice::<T>(bytes)
                    .map(|value| format!("{value:?}"))
                    .map_err(|e| e.to_string())
            },
        }
    }
}
