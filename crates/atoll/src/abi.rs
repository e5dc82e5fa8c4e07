//! Solidity's ABI, as far as the command line needs it: signatures, arguments as text, and what
//! a contract returns, as text again.

mod decode;
mod encode;
mod interface;

use std::fmt::{self, Display};

use anyhow::{Context, Result, bail, ensure};
use multihash_codetable::{Code, MultihashDigest};

pub use interface::{Event, Interface};

/// The size of every head and of every padding.
const WORD: usize = 32;

/// Types nested deeper than this, or fixed arrays larger than this, are nobody's.
const DEPTH_MAX: usize = 16;
const FIXED_MAX: usize = 1 << 16;

/// A type of Solidity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `uint8` to `uint256`, by bits.
    Uint(u16),
    /// `int8` to `int256`, by bits.
    Int(u16),
    /// `address`.
    Address,
    /// `bool`.
    Bool,
    /// `bytes1` to `bytes32`.
    FixedBytes(u8),
    /// `bytes`.
    Bytes,
    /// `string`.
    String,
    /// `T[]`.
    Array(Box<Type>),
    /// `T[n]`.
    FixedArray(Box<Type>, usize),
    /// `(T,U)`: a struct.
    Tuple(Vec<Type>),
}

/// A function: `name(inputs)`, and what it returns if that was said: `name(inputs)(outputs)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Its name.
    pub name: String,
    /// What it takes.
    pub inputs: Vec<Type>,
    /// What it returns.
    pub outputs: Option<Vec<Type>>,
}

impl Signature {
    /// Reads a signature. Types may be written short (`uint`), and parameters may have names.
    pub fn parse(text: &str) -> Result<Self> {
        let parse = || {
            let open = text.find('(').context("there is no (")?;
            let (name, rest) = text.split_at(open);
            let name = name.trim();
            let identifier = name
                .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$')
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
            ensure!(identifier, "{name:?} is no name of a function");
            let (inputs, rest) = list(rest)?;
            let rest = rest.trim();
            let rest = rest.strip_prefix("returns").unwrap_or(rest).trim();
            let outputs = match rest {
                "" => None,
                rest => {
                    let (outputs, rest) = list(rest)?;
                    ensure!(rest.trim().is_empty(), "{rest:?} follows the signature");
                    Some(outputs)
                }
            };
            Ok(Self {
                name: name.to_owned(),
                inputs,
                outputs,
            })
        };
        parse().with_context(|| format!("the signature {text:?}"))
    }

    /// What calls of it begin with.
    #[must_use]
    pub fn selector(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = keccak256(self.canonical().as_bytes());
        [a, b, c, d]
    }

    /// The name and the types, as they are hashed.
    #[must_use]
    pub fn canonical(&self) -> String {
        format!("{}{}", self.name, Listed(&self.inputs))
    }

    /// Call data with these arguments.
    pub fn encode(&self, arguments: &[String]) -> Result<Vec<u8>> {
        let data = encode_arguments(&self.inputs, arguments)
            .with_context(|| format!("the arguments of {}", self.name))?;
        Ok([&self.selector()[..], &data].concat())
    }

    /// The arguments in call data, as text; `None` if it is no call of this.
    #[must_use]
    pub fn show_call(&self, data: &[u8]) -> Option<String> {
        let arguments = data.strip_prefix(&self.selector())?;
        let values = decode::values(&self.inputs, arguments).ok()?;
        Some(format!("{}({})", self.name, values.join(", ")))
    }

    /// What a call returned, as text; `None` if that was not said, or is something else.
    #[must_use]
    pub fn show_return(&self, data: &[u8]) -> Option<String> {
        let values = decode::values(self.outputs.as_ref()?, data).ok()?;
        Some(values.join(", "))
    }
}

/// Arguments of these types.
pub fn encode_arguments(types: &[Type], arguments: &[String]) -> Result<Vec<u8>> {
    ensure!(
        types.len() == arguments.len(),
        "it takes {} arguments, not {}",
        types.len(),
        arguments.len()
    );
    let values = types.iter().zip(arguments).map(|(kind, text)| {
        encode::value(kind, text).with_context(|| format!("{text:?} as {kind}"))
    });
    Ok(encode::sequence(&values.collect::<Result<Vec<_>>>()?))
}

/// What a revert says, if it says it in one of Solidity's own ways.
#[must_use]
pub fn show_revert(data: &[u8]) -> Option<String> {
    let known = [("Error", Type::String), ("Panic", Type::Uint(256))];
    known.into_iter().find_map(|(name, kind)| {
        let signature = Signature {
            name: name.to_owned(),
            inputs: vec![kind],
            outputs: None,
        };
        signature.show_call(data)
    })
}

impl Type {
    /// Does its head hold an offset instead of the value?
    fn is_dynamic(&self) -> bool {
        match self {
            Self::Bytes | Self::String | Self::Array(_) => true,
            Self::FixedArray(item, _) => item.is_dynamic(),
            Self::Tuple(items) => items.iter().any(Self::is_dynamic),
            _ => false,
        }
    }

    /// How many bytes its head takes.
    fn head(&self) -> usize {
        match self {
            _ if self.is_dynamic() => WORD,
            Self::FixedArray(item, count) => item.head().saturating_mul(*count),
            Self::Tuple(items) => items.iter().map(Self::head).sum(),
            _ => WORD,
        }
    }
}

impl Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Uint(bits) => write!(f, "uint{bits}"),
            Self::Int(bits) => write!(f, "int{bits}"),
            Self::Address => f.write_str("address"),
            Self::Bool => f.write_str("bool"),
            Self::FixedBytes(size) => write!(f, "bytes{size}"),
            Self::Bytes => f.write_str("bytes"),
            Self::String => f.write_str("string"),
            Self::Array(item) => write!(f, "{item}[]"),
            Self::FixedArray(item, count) => write!(f, "{item}[{count}]"),
            Self::Tuple(items) => write!(f, "{}", Listed(items)),
        }
    }
}

fn keccak256(data: &[u8]) -> [u8; 32] {
    let digest = Code::Keccak256.digest(data);
    digest.digest().try_into().expect("keccak-256 has 32 bytes")
}

/// Types in parentheses.
struct Listed<'a>(&'a [Type]);

impl Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let items: Vec<String> = self.0.iter().map(Type::to_string).collect();
        write!(f, "({})", items.join(","))
    }
}

/// Types in parentheses, and what follows them.
fn list(text: &str) -> Result<(Vec<Type>, &str)> {
    let mut depth = 0_usize;
    let end = text.char_indices().find(|(_, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    });
    // A `)` that comes first closes nothing.
    let Some((end @ 1.., ')')) = end else {
        bail!("parentheses do not match in {text:?}");
    };
    let types = split(&text[1..end])?.into_iter().map(|item| kind(item, 0));
    Ok((types.collect::<Result<_>>()?, &text[end + 1..]))
}

/// Splits at the commas that are in no brackets and no quotes. Nothing is an empty list.
fn split(text: &str) -> Result<Vec<&str>> {
    let (mut depth, mut quoted, mut start) = (0_usize, false, 0);
    let mut items = Vec::new();
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.checked_sub(1).context("a bracket too many")?,
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    ensure!(
        depth == 0 && !quoted,
        "brackets or quotes do not match in {text:?}"
    );
    let last = text[start..].trim();
    if !items.is_empty() || !last.is_empty() {
        items.push(last);
    }
    Ok(items)
}

/// Reads one type, with or without the name of a parameter after it.
fn kind(text: &str, depth: usize) -> Result<Type> {
    ensure!(depth < DEPTH_MAX, "types nested too deep");
    let text = text.trim();
    if text.starts_with('(') {
        let close = text.rfind(')').context("parentheses do not match")?;
        let items = split(&text[1..close])?;
        ensure!(!items.is_empty(), "an empty tuple");
        let items = items.into_iter().map(|item| kind(item, depth + 1));
        return arrays(
            Type::Tuple(items.collect::<Result<_>>()?),
            &text[close + 1..],
        );
    }
    let name = text.split_whitespace().next().unwrap_or_default();
    let (base, suffix) = name.split_at(name.find('[').unwrap_or(name.len()));
    let number = |prefix: &str| -> Option<u16> { base.strip_prefix(prefix)?.parse().ok() };
    let bits = |bits: u16| (8..=256).contains(&bits) && bits.is_multiple_of(8);
    let base = match base {
        "uint" => Type::Uint(256),
        "int" => Type::Int(256),
        "address" => Type::Address,
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "string" => Type::String,
        _ => match (number("uint"), number("int"), number("bytes")) {
            (Some(size), _, _) if bits(size) => Type::Uint(size),
            (_, Some(size), _) if bits(size) => Type::Int(size),
            (_, _, Some(size @ 1..=32)) => Type::FixedBytes(size as u8),
            _ => bail!("{text:?} is no type that the ABI knows"),
        },
    };
    arrays(base, suffix)
}

/// Wraps a type into the arrays that its suffix says: `[]`, `[3]`, and so on.
fn arrays(base: Type, suffix: &str) -> Result<Type> {
    let mut kind = base;
    let mut rest = suffix.split_whitespace().next().unwrap_or_default();
    let mut depth = 0;
    while let Some(inner) = rest.strip_prefix('[') {
        let (count, tail) = inner.split_once(']').context("a [ without its ]")?;
        kind = match count {
            "" => Type::Array(Box::new(kind)),
            count => {
                let count: usize = count.parse().with_context(|| format!("[{count}]"))?;
                ensure!((1..=FIXED_MAX).contains(&count), "an array of {count}");
                Type::FixedArray(Box::new(kind), count)
            }
        };
        ensure!(kind.head() <= FIXED_MAX * WORD, "an array too large");
        depth += 1;
        ensure!(depth < DEPTH_MAX, "arrays nested too deep");
        rest = tail;
    }
    // What follows a tuple without a space is its name, or nonsense that a name cannot be.
    ensure!(!rest.contains([']', '(', ')']), "{rest:?} follows a type");
    Ok(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(signature: &str, arguments: &[&str], selector: &str, words: &str) {
        let signature = Signature::parse(signature).expect("a signature");
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let data = signature.encode(&arguments).expect("they fit");
        let expected = words
            .split_whitespace()
            .map(|word| match word.strip_suffix('>') {
                Some(left) => format!("{left:0<64}"),
                None => format!("{word:0>64}"),
            });
        assert_eq!(
            hex::encode(&data),
            selector.to_owned() + &expected.collect::<String>()
        );
        let back = signature.show_call(&data).expect("it decodes");
        let again = Signature::parse(&format!("{}{}", signature.name, Listed(&signature.inputs)));
        assert_eq!(again.expect("canonical").inputs, signature.inputs);
        let shown = format!("{}({})", signature.name, arguments.join(", "));
        assert_eq!(back, shown);
    }

    /// The examples of the ABI's specification, and the calls that everybody knows.
    #[test]
    fn calls_are_encoded_as_the_specification_has_them() {
        check("baz(uint32 x, bool y)", &["69", "true"], "cdcd77c0", "45 1");
        check(
            "bar(bytes3[2])",
            &["[0x616263, 0x646566]"],
            "fce353f6",
            "616263> 646566>",
        );
        check(
            "sam(bytes,bool,uint[])",
            &["0x64617665", "true", "[1, 2, 3]"],
            "a5643bf2",
            "60 1 a0 4 64617665> 3 1 2 3",
        );
        check(
            "f(uint256,uint32[],bytes10,bytes)",
            &[
                "291",
                "[1110, 1929]",
                "0x31323334353637383930",
                "0x48656c6c6f2c20776f726c6421",
            ],
            "8be65246",
            "123 80 31323334353637383930> e0 2 456 789 d 48656c6c6f2c20776f726c6421>",
        );
        check(
            "g(uint256[][],string[])",
            &["[[1, 2], [3]]", r#"["one", "two", "three"]"#],
            "2289b18c",
            "40 140 2 40 a0 2 1 2 1 3 3 60 a0 e0 3 6f6e65> 3 74776f> 5 7468726565>",
        );
        check(
            "transfer(address,uint256)",
            &["0x4242424242424242424242424242424242424242", "1"],
            "a9059cbb",
            "4242424242424242424242424242424242424242 1",
        );
    }

    #[test]
    fn structs_and_negative_numbers() {
        let signature =
            Signature::parse("h((int8,string)[1] s) returns (int256, bool)").expect("it parses");
        let data = signature
            .encode(&["[(-2, \"a\")]".to_owned()])
            .expect("it fits");
        assert_eq!(
            signature.show_call(&data).as_deref(),
            Some("h([(-2, \"a\")])")
        );
        let returned = [[0xff; 32], {
            let mut one = [0; 32];
            one[31] = 1;
            one
        }]
        .concat();
        assert_eq!(
            signature.show_return(&returned).as_deref(),
            Some("-1, true")
        );
    }

    #[test]
    fn mistakes_are_refused() {
        for signature in [
            "f",
            "(uint)",
            "f(uint7)",
            "f(uint264)",
            "f(bytes33)",
            "f(uint",
            "f(uint))",
            "f(uint[)",
            "f(())",
            "f(uint[0])",
            "f(uint[99999999])",
        ] {
            assert!(Signature::parse(signature).is_err(), "{signature}");
        }
        for (signature, arguments) in [
            ("f(uint8)", &["256"][..]),
            ("f(uint8)", &["-1"]),
            ("f(int8)", &["128"]),
            ("f(int8)", &["-129"]),
            ("f(bool)", &["1"]),
            ("f(address)", &["0x42"]),
            ("f(bytes2)", &["0x42"]),
            ("f(uint[2])", &["[1]"]),
            ("f(uint)", &[]),
            ("f(uint)", &["1", "2"]),
            ("f(uint)", &["one"]),
        ] {
            let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
            let signature = Signature::parse(signature).expect("a signature");
            assert!(
                signature.encode(&arguments).is_err(),
                "{signature:?} {arguments:?}"
            );
        }
    }

    #[test]
    fn data_that_lies_about_its_size_is_no_return() {
        let signature = Signature::parse("f()(uint256[])").expect("a signature");
        let mut word = [0xff; 32];
        assert_eq!(signature.show_return(&word), None);
        word = [0; 32];
        word[31] = 32;
        assert_eq!(signature.show_return(&[word, [0xff; 32]].concat()), None);
        word[31] = 0;
        // An offset to itself: a length of zero.
        assert_eq!(signature.show_return(&word).as_deref(), Some("[]"));
    }

    #[test]
    fn reverts_are_told() {
        let error = Signature::parse("Error(string)").expect("a signature");
        let data = error.encode(&["\"no\"".to_owned()]).expect("it fits");
        assert_eq!(show_revert(&data).as_deref(), Some("Error(\"no\")"));
        assert_eq!(show_revert(&[1, 2, 3]), None);
    }
}
