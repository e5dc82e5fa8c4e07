//! Names for what the machine knows by number: actors, codes, methods, functions of contracts.

use std::collections::BTreeMap;

use atoll_actors::evm::method::INVOKE_CONTRACT;
use atoll_actors::{ActorKind, Method, registry};
use cid::Cid;
use fvm_ipld_encoding::{BytesDe, CBOR, DAG_CBOR};
use fvm_shared::address::Address;
use fvm_shared::event::StampedEvent;
use fvm_shared::{ActorID, METHOD_CONSTRUCTOR, METHOD_SEND, MethodNum};

use crate::abi::{Interface, Signature};
use crate::exec::input::ethereum_address;

/// Names for what the machine knows by number.
#[derive(Debug, Default)]
pub struct Names {
    /// Actors by id, as the user calls them.
    pub actors: BTreeMap<ActorID, String>,
    /// Addresses, as the user calls them.
    pub addresses: BTreeMap<Address, String>,
    /// Codes, as the bundle or the user calls them.
    pub codes: BTreeMap<Cid, String>,
    /// What contracts can be asked, say and fail with.
    pub contracts: Interface,
}

impl Names {
    /// What an actor is called.
    #[must_use]
    pub fn actor(&self, id: ActorID) -> String {
        match self.actors.get(&id) {
            Some(name) => name.clone(),
            None => format!("f0{id}"),
        }
    }

    /// What an address is called.
    #[must_use]
    pub fn address(&self, address: &Address) -> String {
        if let Some(name) = self.addresses.get(address) {
            return name.clone();
        }
        match address.id() {
            Ok(id) => self.actor(id),
            Err(_) => ethereum_address(address).unwrap_or_else(|| address.to_string()),
        }
    }

    /// What a code is called.
    #[must_use]
    pub fn code(&self, code: &Cid) -> Option<&str> {
        self.codes.get(code).map(String::as_str)
    }

    /// What a contract is asked, if that is a function known.
    #[must_use]
    pub fn asked(
        &self,
        method: MethodNum,
        codec: u64,
        params: &[u8],
    ) -> Option<(&Signature, String)> {
        if method != INVOKE_CONTRACT {
            return None;
        }
        self.contracts.show_call(&contract_bytes(codec, params))
    }

    /// What a contract said, if that is an event known.
    #[must_use]
    pub fn said(&self, event: &StampedEvent) -> Option<String> {
        let (topics, data) = atoll_chain::log::log_of_event(&event.event)?;
        let topics: Vec<[u8; 32]> = topics.into_iter().map(|topic| topic.0).collect();
        self.contracts.show_event(&topics, &data)
    }

    /// A method by the kind of its actor.
    #[must_use]
    pub fn known_method(&self, code: Option<&Cid>, number: MethodNum) -> Option<&'static Method> {
        let kind = kind_of_name(self.code(code?)?)?;
        registry::actor(kind)?.method(number)
    }

    /// What a method is called.
    #[must_use]
    pub fn method(&self, code: Option<&Cid>, number: MethodNum) -> String {
        match (self.known_method(code, number), number) {
            (_, METHOD_SEND) => "Send".to_owned(),
            (Some(method), _) => format!("{}({number})", method.name),
            (None, METHOD_CONSTRUCTOR) => format!("Constructor({number})"),
            (None, INVOKE_CONTRACT) => "InvokeContract".to_owned(),
            (None, _) => format!("method {number}"),
        }
    }
}

/// The kind of built-in actor that a manifest calls so.
#[must_use]
pub fn kind_of_name(name: &str) -> Option<ActorKind> {
    ActorKind::ALL.into_iter().find(|kind| kind.name() == name)
}

/// The bytes that a contract is given, or returns: it wraps them into CBOR, or not.
#[must_use]
pub fn contract_bytes(codec: u64, data: &[u8]) -> Vec<u8> {
    match (codec, fvm_ipld_encoding::from_slice(data)) {
        (CBOR | DAG_CBOR, Ok(BytesDe(bytes))) => bytes,
        _ => data.to_vec(),
    }
}
