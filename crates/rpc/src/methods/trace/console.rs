//! What contracts say by `console.log`: calls of an address where nobody lives, which Hardhat's and
//! Foundry's libraries make.
//!
//! To see them, a block must be applied once more. That is done only after code came by that holds
//! the address, so that chains without such contracts pay nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use atoll_actors::evm::EthAddress;
use atoll_chain::{Chain, Hash, StateView, Tipset};
use atoll_vm::Fatal;
use num_bigint::{BigInt, BigUint, Sign};

use super::frames::{Frame, Reader};
use crate::forms::Address;
use crate::forms::hex::Fixed;
use crate::jsonrpc::error::Error;
use crate::methods::{eth, keccak};

/// The address: "console.log" in ASCII, after zeros.
const ADDRESS: Address = Fixed(*b"\0\0\0\0\0\0\0\0\0console.log");
/// How compilers have it in code: without the zeros.
const MARK: &[u8] = b"console.log";

/// Reads what contracts say.
#[derive(Debug, Default)]
pub struct Console {
    /// Was a contract created with the address in its code?
    met: bool,
    /// Contracts that were called, and were there before: does their code hold the address?
    called: BTreeSet<EthAddress>,
}

/// What a message's contracts said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The message's Ethereum hash.
    pub by: Hash,
    /// What they said, in order.
    pub lines: Vec<String>,
}

impl Console {
    /// What the contracts of a tipset said.
    pub fn read(&mut self, chain: &Chain, tipset: &Tipset) -> Result<Vec<Said>, Fatal> {
        if !self.met {
            self.met = self.look(chain, tipset)?;
        }
        if !self.met {
            return Ok(Vec::new());
        }
        let mut all = Vec::new();
        let walked: Result<(), Error> = chain.walk(tipset, None, |between| {
            let Some(applied) = between.applied else {
                return Ok(());
            };
            let executed = &tipset.messages[between.index - 1];
            let from = eth::wire_address(executed.from);
            let to = executed.to.map(eth::wire_address);
            let frame = Reader::new(between.state).read(applied, from, to)?;
            let lines = lines_of(&frame);
            if !lines.is_empty() {
                all.push(Said {
                    by: executed.message.eth_hash,
                    lines,
                });
            }
            Ok(())
        });
        match walked {
            Ok(()) => Ok(all),
            Err(error) => Err(Fatal::new(error.to_string())),
        }
    }

    /// Does code come by that holds the address?
    fn look(&mut self, chain: &Chain, tipset: &Tipset) -> Result<bool, Fatal> {
        let mut state: Option<StateView<'_>> = None;
        for executed in &tipset.messages {
            let message = executed.message.message();
            if executed.created.is_some() && holds_mark(&message.params) {
                return Ok(true);
            }
            // Contracts of an earlier run, or of a fork, were not created before our eyes.
            if let Some(to) = executed.to.filter(|to| self.called.insert(*to)) {
                let state = match &mut state {
                    Some(state) => state,
                    none => none.insert(chain.state(tipset)?),
                };
                if holds_mark(&state.code(&to.to_filecoin())?) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }
}

fn holds_mark(code: &[u8]) -> bool {
    code.windows(MARK.len()).any(|bytes| bytes == MARK)
}

/// What the calls below a frame say. Also those of frames that failed: that is when it helps most.
fn lines_of(frame: &Frame) -> Vec<String> {
    let mut lines = Vec::new();
    let mut waiting = vec![frame];
    while let Some(frame) = waiting.pop() {
        if frame.to == Some(ADDRESS) {
            lines.extend(decode(&frame.input));
        }
        waiting.extend(frame.calls.iter().rev());
    }
    lines
}

/// A type of the library's functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Uint,
    Int,
    Text,
    Bool,
    Address,
    Bytes,
    /// So many bytes, at the beginning of a word.
    Short(usize),
}

/// The functions by their selectors. Old versions of the library wrote `uint` where the signature
/// has `uint256`, and so have other selectors.
static FUNCTIONS: LazyLock<BTreeMap<[u8; 4], Vec<Kind>>> = LazyLock::new(|| {
    let mut functions = BTreeMap::new();
    let mut add = |kinds: &[Kind], uint: &str, int: &str| {
        let names = kinds.iter().map(|kind| match kind {
            Kind::Uint => uint.to_owned(),
            Kind::Int => int.to_owned(),
            Kind::Text => "string".to_owned(),
            Kind::Bool => "bool".to_owned(),
            Kind::Address => "address".to_owned(),
            Kind::Bytes => "bytes".to_owned(),
            Kind::Short(length) => format!("bytes{length}"),
        });
        let signature = format!("log({})", names.collect::<Vec<_>>().join(","));
        let hash = keccak(signature.as_bytes());
        functions.insert([hash[0], hash[1], hash[2], hash[3]], kinds.to_vec());
    };
    let four = [Kind::Uint, Kind::Text, Kind::Bool, Kind::Address];
    let mut lists: Vec<Vec<Kind>> = vec![Vec::new()];
    let mut longest = lists.clone();
    for _ in 0..4 {
        longest = longest
            .iter()
            .flat_map(|list| four.map(|kind| [list.as_slice(), &[kind]].concat()))
            .collect();
        lists.extend(longest.iter().cloned());
    }
    lists.push(vec![Kind::Int]);
    lists.push(vec![Kind::Text, Kind::Int]);
    lists.push(vec![Kind::Bytes]);
    lists.extend((1..=32).map(|length| vec![Kind::Short(length)]));
    for list in &lists {
        add(list, "uint", "int");
        add(list, "uint256", "int256");
    }
    functions
});

/// What a call of the console says; `None` if it is none of its functions.
fn decode(input: &[u8]) -> Option<String> {
    let (selector, words) = input.split_first_chunk::<4>()?;
    let kinds = FUNCTIONS.get(selector)?;
    let mut values = kinds
        .iter()
        .enumerate()
        .map(|(place, kind)| show(*kind, words, place))
        .collect::<Option<Vec<_>>>()?
        .into_iter();
    if kinds.first() != Some(&Kind::Text) {
        return Some(values.collect::<Vec<_>>().join(" "));
    }
    // The first text may have places for the other values, as in C.
    let format = values.next()?;
    let mut said = String::new();
    let mut rest = format.as_str();
    while let Some((before, after)) = rest.split_once('%') {
        said.push_str(before);
        let verb = after.chars().next();
        rest = match verb {
            Some('%') => {
                said.push('%');
                &after[1..]
            }
            Some('s' | 'd' | 'i' | 'o') if values.len() > 0 => {
                said.extend(values.next());
                &after[1..]
            }
            _ => {
                said.push('%');
                after
            }
        };
    }
    said.push_str(rest);
    for value in values {
        said.push(' ');
        said.push_str(&value);
    }
    Some(said)
}

/// A value as text.
fn show(kind: Kind, words: &[u8], place: usize) -> Option<String> {
    let word = words.get(place * 32..place * 32 + 32)?;
    Some(match kind {
        Kind::Uint => BigUint::from_bytes_be(word).to_string(),
        Kind::Int => BigInt::from_signed_bytes_be(word).to_string(),
        Kind::Bool => (word.iter().any(|byte| *byte != 0)).to_string(),
        Kind::Address => format!("0x{}", hex::encode(&word[12..])),
        Kind::Short(length) => format!("0x{}", hex::encode(&word[..length])),
        Kind::Text => String::from_utf8_lossy(tail(words, word)?).into_owned(),
        Kind::Bytes => format!("0x{}", hex::encode(tail(words, word)?)),
    })
}

/// The bytes that a word points at.
fn tail<'w>(words: &'w [u8], word: &[u8]) -> Option<&'w [u8]> {
    let number = |word: &[u8]| usize::try_from(BigInt::from_bytes_be(Sign::Plus, word)).ok();
    let start = number(word)?;
    let length = number(words.get(start..start.checked_add(32)?)?)?;
    let start = start + 32;
    words.get(start..start.checked_add(length)?)
}

#[cfg(test)]
mod tests {
    use super::decode;

    /// The signature's selector, then words.
    fn call(signature: &str, words: &[&str]) -> Option<String> {
        let hash = crate::methods::keccak(signature.as_bytes());
        let words: String = words.iter().map(|word| format!("{word:0>64}")).collect();
        decode(&[&hash[..4], &hex::decode(words).unwrap()].concat())
    }

    fn text(text: &str) -> String {
        format!("{:0<64}", hex::encode(text))
    }

    #[test]
    fn values_are_shown() {
        let said = |signature, words: &[&str]| call(signature, words).unwrap();
        assert_eq!(said("log(uint256)", &["2a"]), "42");
        assert_eq!(said("log(uint)", &["2a"]), "42");
        assert_eq!(said("log(int256)", &[&"f".repeat(64)]), "-1");
        assert_eq!(said("log(bool)", &["1"]), "true");
        assert_eq!(said("log()", &[]), "");
        let address = "00000000000000000000000000000000000a7011";
        assert_eq!(said("log(address)", &[address]), format!("0x{address}"));
        assert_eq!(
            said("log(bytes2)", &[&format!("abcd{}", "0".repeat(60))]),
            "0xabcd"
        );
        assert_eq!(
            said("log(string,uint256)", &["40", "7", "4", &text("a is")]),
            "a is 7"
        );
    }

    #[test]
    fn formats_are_filled_in() {
        let words = ["60", "7", "1", "a", &text("%d%% of %s")];
        assert_eq!(
            call("log(string,uint256,bool)", &words).as_deref(),
            Some("7% of true")
        );
        assert_eq!(
            call("log(string)", &["20", "5", &text("100%!")]).as_deref(),
            Some("100%!")
        );
    }

    #[test]
    fn broken_calls_say_nothing() {
        assert_eq!(call("log(uint256)", &[]), None);
        assert_eq!(call("log(string)", &["20", "ff"]), None);
        assert_eq!(call("log(string)", &[&"f".repeat(64)]), None);
        assert_eq!(call("nothing()", &[]), None);
        assert_eq!(decode(b"ab"), None);
    }
}
