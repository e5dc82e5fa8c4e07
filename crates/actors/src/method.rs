//! An actor as a table of methods.
//!
//! One table serves the dispatcher, the RPC, traces, the explorer and the generated docs.

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
    /// The Rust type of its state.
    pub state: Shape,
    /// Its methods, in ascending order of number.
    pub methods: &'static [Method],
    /// What any other number does.
    pub fallback: Fallback,
    /// Are low numbers closed to contracts and user actors (`restrict_internal_api`)?
    pub restrict_internal: bool,
}

impl Actor {
    /// The method of a number.
    #[must_use]
    pub fn method(&self, number: MethodNum) -> Option<&'static Method> {
        let at = self
            .methods
            .binary_search_by_key(&number, |method| method.number)
            .ok()?;
        self.methods.get(at)
    }
}

/// The first number that anyone may call (FRC-42). Below are the numbers among built-in actors.
pub const EXPORTED_METHOD_MIN: MethodNum = 1 << 24;

/// What a method gives: a block or none, or its failure.
pub type Answer = Result<Option<IpldBlock>, ActorError>;

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
    pub run: fn(&dyn Runtime, Option<IpldBlock>) -> Answer,
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
    Custom(fn(&dyn Runtime, MethodNum, Option<IpldBlock>) -> Answer),
}

/// A type that goes over the wire: its name, and how to show its bytes.
#[derive(Clone, Copy)]
pub struct Shape {
    /// The name of the Rust type; empty if there is nothing.
    pub name: &'static str,
    /// Decodes CBOR and shows it for people.
    pub show: fn(&[u8]) -> Result<String, String>,
}

impl Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl Shape {
    /// Nothing at all: no block.
    pub const NONE: Self = Self {
        name: "",
        show: |_| Err("no data expected".to_owned()),
    };

    /// The shape of a type, under its name.
    #[must_use]
    pub const fn of<T: DeserializeOwned + Serialize + Debug>(name: &'static str) -> Self {
        Self {
            name,
            show: |bytes| {
                fvm_ipld_encoding::from_slice::<T>(bytes)
                    .map(|value| format!("{value:?}"))
                    .map_err(|e| e.to_string())
            },
        }
    }
}

/// Lays out a table of methods from typed functions, one a row:
///
/// ```text
/// pub const METHODS: &[Method] = methods! {
///     1 Constructor(ConstructorParams) -> (), Callers::Named("system") => constructor;
///     2 Exec(ExecParams) -> ExecReturn, Callers::Any => exec;
///     5 OnEpochTickEnd() -> (), Callers::Named("cron") => on_epoch_tick_end;
/// };
/// ```
///
/// A function takes `&dyn Runtime` and, unless the row has none, the parameters. A method whose
/// parameters or answer are not CBOR of one type is written as a [`Method`] by hand.
#[macro_export]
macro_rules! methods {
    ($($number:literal $name:ident ($($params:ty)?) -> $returns:tt, $callers:expr => $run:path;)*) => {
        &[$($crate::method::Method {
            number: $number,
            name: stringify!($name),
            callers: $callers,
            params: $crate::methods!(@shape ($($params)?)),
            returns: $crate::methods!(@shape $returns),
            run: |rt, params| {
                let returned = $crate::methods!(@run rt, params, $run, ($($params)?));
                $crate::methods!(@answer returned, $returns)
            },
        },)*]
    };
    (@shape ()) => { $crate::method::Shape::NONE };
    (@shape ($params:ty)) => { $crate::method::Shape::of::<$params>(stringify!($params)) };
    (@shape $returns:tt) => { $crate::method::Shape::of::<$returns>(stringify!($returns)) };
    (@run $rt:ident, $given:ident, $run:path, ()) => {{
        $crate::dispatch::no_params($given)?;
        $run($rt)?
    }};
    (@run $rt:ident, $given:ident, $run:path, ($params:ty)) => {
        $run($rt, $crate::dispatch::decode_params::<$params>($given)?)?
    };
    (@answer $returned:ident, ()) => {{
        let () = $returned;
        Ok(None)
    }};
    (@answer $returned:ident, $returns:tt) => {
        $crate::dispatch::encode_return::<$returns>(&$returned)
    };
}
