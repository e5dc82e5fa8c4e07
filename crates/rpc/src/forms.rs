//! How values look in JSON: Ethereum's forms, then Filecoin's as Lotus prints them.
//!
//! These types are the wire's own. They are turned into the chain's by hand, so that a rename
//! there cannot change what clients see.

pub(crate) mod hex;
pub(crate) mod quantity;

pub(crate) mod bitfield;
pub(crate) mod block;
pub(crate) mod filter;
pub(crate) mod overrides;
pub(crate) mod transaction;

pub(crate) mod filecoin;

use serde::de::DeserializeOwned;

pub(crate) use block::{BlockId, BlockTag};
pub(crate) use hex::{Address, Data, Hash, Word};
pub(crate) use quantity::{Big, Quantity};

/// A kind of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Shape {
    /// The kind of a JSON text, by its first byte. `None`: null.
    pub(crate) fn of(text: &str) -> Option<Self> {
        match text.as_bytes().first() {
            Some(b't' | b'f') => Some(Self::Bool),
            Some(b'"') => Some(Self::String),
            Some(b'[') => Some(Self::Array),
            Some(b'{') => Some(Self::Object),
            Some(b'-' | b'0'..=b'9') => Some(Self::Number),
            _ => None,
        }
    }
}

/// The type of a parameter.
pub(crate) trait Form: Sized {
    /// What it is, in words, for errors and docs.
    const WHAT: &'static str;
    /// The kinds of JSON it can be.
    const SHAPES: &'static [Shape];
    /// May it be left out?
    const OPTIONAL: bool = false;

    /// Reads it from JSON. The error says what is wrong with it.
    fn read(text: &str) -> Result<Self, String>;

    /// What it is when it is left out.
    fn absent() -> Option<Self> {
        None
    }
}

impl<T: Form> Form for Option<T> {
    const WHAT: &'static str = T::WHAT;
    const SHAPES: &'static [Shape] = T::SHAPES;
    const OPTIONAL: bool = true;

    fn read(text: &str) -> Result<Self, String> {
        T::read(text).map(Some)
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: Form + DeserializeOwned> Form for Vec<T> {
    const WHAT: &'static str = T::WHAT;
    const SHAPES: &'static [Shape] = &[Shape::Array];

    fn read(text: &str) -> Result<Self, String> {
        read_as(text, "an array")
    }
}

/// Reads what serde can read.
pub(crate) fn read_as<T: DeserializeOwned>(text: &str, what: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| {
        let why = error.to_string();
        // Serde appends where in the parameter the parser stood, which helps nobody.
        let why = why.split(" at line ").next().unwrap_or_default();
        format!("must be {what}: {why}")
    })
}

/// Gives a type that serde can read the words and shapes of a parameter.
macro_rules! forms {
    ($($form:ty: $what:literal [$($shape:ident),*];)*) => {
        $(impl $crate::forms::Form for $form {
            const WHAT: &'static str = $what;
            const SHAPES: &'static [$crate::forms::Shape] = &[$($crate::forms::Shape::$shape),*];

            fn read(text: &str) -> Result<Self, String> {
                $crate::forms::read_as(text, $what)
            }
        })*
    };
}
pub(crate) use forms;

forms! {
    bool: "true or false" [Bool];
    String: "a string" [String];
    f64: "a number" [Number];
    serde_json::Value: "any JSON" [Bool, Number, String, Array, Object];
}
