//! The events of built-in actors (FIP-0083).

use fvm_ipld_encoding::CBOR;
use fvm_shared::error::ExitCode;
use fvm_shared::event::{ActorEvent, Entry, Flags};
use serde::Serialize;

use crate::error::{ActorError, OrExit};
use crate::runtime::Runtime;

/// An event in the making: a type, then fields in order.
#[derive(Debug)]
pub struct EventBuilder {
    entries: Result<Vec<Entry>, ActorError>,
}

impl EventBuilder {
    /// Begins an event of a type.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        Self {
            entries: Ok(Vec::new()),
        }
        .indexed("$type", kind)
    }

    /// Adds a field that can be searched by its key.
    #[must_use]
    pub fn field<T: Serialize + ?Sized>(self, key: &str, value: &T) -> Self {
        self.push(key, value, Flags::FLAG_INDEXED_KEY)
    }

    /// Adds a field that can be searched by its key and its value.
    #[must_use]
    pub fn indexed<T: Serialize + ?Sized>(self, key: &str, value: &T) -> Self {
        self.push(key, value, Flags::FLAG_INDEXED_ALL)
    }

    /// Emits the event.
    ///
    /// # Errors
    /// 21 if a value could not be encoded, 24 if the machine refuses the event.
    pub fn emit(self, rt: &dyn Runtime) -> Result<(), ActorError> {
        rt.emit(ActorEvent {
            entries: self.entries?,
        })?
        .or_exit(ExitCode::USR_ASSERTION_FAILED, "emitting an event")
    }

    fn push<T: Serialize + ?Sized>(mut self, key: &str, value: &T, flags: Flags) -> Self {
        self.entries = self.entries.and_then(|mut entries| {
            let value = fvm_ipld_encoding::to_vec(value)
                .or_exit(ExitCode::USR_SERIALIZATION, "the value of an event")?;
            entries.push(Entry {
                flags,
                key: key.to_owned(),
                codec: CBOR,
                value,
            });
            Ok(entries)
        });
        self
    }
}
