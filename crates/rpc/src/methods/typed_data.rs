//! Typed structured data, hashed for signing (EIP-712).

use std::collections::BTreeSet;

use num_bigint::{BigInt, Sign};
use serde_json::{Map, Value};

use super::keccak;

/// Nested types and arrays are followed so deep. JSON itself nests 128 deep at most.
const DEPTH_MAX: usize = 64;

/// What is signed.
pub(super) fn digest(data: &Value) -> Result<[u8; 32], String> {
    let member = |name: &str| data.get(name).ok_or(format!("it has no {name}"));
    let types = member("types")?
        .as_object()
        .ok_or("types must be an object")?;
    let primary = member("primaryType")?
        .as_str()
        .ok_or("primaryType must be a string")?;
    let types = Types(types);
    let domain = member("domain")?;
    let mut bytes = vec![0x19, 0x01];
    bytes.extend_from_slice(&types.hash_struct("EIP712Domain", domain, 0)?);
    if primary != "EIP712Domain" {
        bytes.extend_from_slice(&types.hash_struct(primary, member("message")?, 0)?);
    }
    Ok(keccak(&bytes))
}

/// The structs, by name.
struct Types<'a>(&'a Map<String, Value>);

struct Member<'a> {
    name: &'a str,
    kind: &'a str,
}

impl<'a> Types<'a> {
    fn members(&self, name: &str) -> Result<Vec<Member<'a>>, String> {
        let members = self.0.get(name).and_then(Value::as_array);
        let members = members.ok_or(format!("there is no type {name}"))?;
        let text = |member: &'a Value, key| {
            let text = member.get(key).and_then(Value::as_str);
            text.ok_or(format!("a member of {name} has no {key}"))
        };
        members
            .iter()
            .map(|member| {
                Ok(Member {
                    name: text(member, "name")?,
                    kind: text(member, "type")?,
                })
            })
            .collect()
    }

    fn hash_struct(&self, name: &str, value: &Value, depth: usize) -> Result<[u8; 32], String> {
        let value = value
            .as_object()
            .ok_or(format!("a {name} must be an object"))?;
        let mut bytes = keccak(self.encode_type(name)?.as_bytes()).to_vec();
        for member in self.members(name)? {
            let field = value.get(member.name).unwrap_or(&Value::Null);
            let encoded = self.encode(member.kind, field, depth + 1);
            bytes.extend_from_slice(&encoded.map_err(|why| format!("{}: {why}", member.name))?);
        }
        Ok(keccak(&bytes))
    }

    /// The struct's own description, then those of all it refers to, by name.
    fn encode_type(&self, name: &str) -> Result<String, String> {
        let mut others = BTreeSet::new();
        self.collect(name, &mut others)?;
        others.remove(name);
        let mut text = self.describe(name)?;
        for other in others {
            text.push_str(&self.describe(other)?);
        }
        Ok(text)
    }

    fn collect<'b>(&self, name: &'b str, into: &mut BTreeSet<&'b str>) -> Result<(), String>
    where
        'a: 'b,
    {
        let mut waiting = vec![name];
        while let Some(name) = waiting.pop() {
            if !into.insert(name) {
                continue;
            }
            for member in self.members(name)? {
                let base = member.kind.split('[').next().unwrap_or_default();
                if self.0.contains_key(base) {
                    waiting.push(base);
                }
            }
        }
        Ok(())
    }

    fn describe(&self, name: &str) -> Result<String, String> {
        let members = self.members(name)?;
        let members: Vec<_> = members
            .iter()
            .map(|m| format!("{} {}", m.kind, m.name))
            .collect();
        Ok(format!("{name}({})", members.join(",")))
    }

    fn encode(&self, kind: &str, value: &Value, depth: usize) -> Result<[u8; 32], String> {
        if depth > DEPTH_MAX {
            return Err("it nests too deep".to_owned());
        }
        if let Some((element, length)) = kind.strip_suffix(']').and_then(|k| k.rsplit_once('[')) {
            let elements = value.as_array().ok_or("must be an array")?;
            if !length.is_empty() && length.parse() != Ok(elements.len()) {
                return Err(format!("must have {length} elements"));
            }
            let mut bytes = Vec::with_capacity(32 * elements.len());
            for value in elements {
                bytes.extend_from_slice(&self.encode(element, value, depth + 1)?);
            }
            return Ok(keccak(&bytes));
        }
        if self.0.contains_key(kind) {
            return match value {
                Value::Null => Ok([0; 32]),
                value => self.hash_struct(kind, value, depth),
            };
        }
        encode_atom(kind, value)
    }
}

fn encode_atom(kind: &str, value: &Value) -> Result<[u8; 32], String> {
    match kind {
        "string" => Ok(keccak(value.as_str().ok_or("must be a string")?.as_bytes())),
        "bytes" => Ok(keccak(&bytes_of(value)?)),
        "bool" => {
            let flag = value.as_bool().ok_or("must be true or false")?;
            let mut word = [0; 32];
            word[31] = u8::from(flag);
            Ok(word)
        }
        "address" => {
            let bytes = bytes_of(value)?;
            if bytes.len() != 20 {
                return Err("must be an address of 20 bytes".to_owned());
            }
            let mut word = [0; 32];
            word[12..].copy_from_slice(&bytes);
            Ok(word)
        }
        _ if kind.starts_with("bytes") => {
            let length = size(kind, "bytes", 1..=32)?;
            let bytes = bytes_of(value)?;
            if bytes.len() != length {
                return Err(format!("must have {length} bytes"));
            }
            let mut word = [0; 32];
            word[..length].copy_from_slice(&bytes);
            Ok(word)
        }
        _ if kind.starts_with("uint") => encode_integer(value, size(kind, "uint", 8..=256)?, false),
        _ if kind.starts_with("int") => encode_integer(value, size(kind, "int", 8..=256)?, true),
        _ => Err(format!("there is no type {kind}")),
    }
}

/// The number behind a type's name. A bare `uint` has 256 bits.
fn size(kind: &str, name: &str, sizes: std::ops::RangeInclusive<usize>) -> Result<usize, String> {
    let digits = kind.strip_prefix(name).unwrap_or_default();
    let size = match digits {
        "" if name != "bytes" => Some(256),
        digits => digits.parse().ok(),
    };
    size.filter(|size| sizes.contains(size) && (name == "bytes" || size % 8 == 0))
        .ok_or(format!("there is no type {kind}"))
}

fn bytes_of(value: &Value) -> Result<Vec<u8>, String> {
    let text = value.as_str().and_then(|text| text.strip_prefix("0x"));
    let bytes = text.and_then(|digits| hex::decode(digits).ok());
    bytes.ok_or("must be 0x and hex digits".to_owned())
}

fn encode_integer(value: &Value, bits: usize, signed: bool) -> Result<[u8; 32], String> {
    // 2^256 has 78 digits.
    const LENGTH_MAX: usize = 80;
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        _ => return Err("must be a number".to_owned()),
    };
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.as_str()),
    };
    let parsed = match digits.strip_prefix("0x") {
        Some(hex) if hex.len() <= 64 => BigInt::parse_bytes(hex.as_bytes(), 16),
        None if digits.len() <= LENGTH_MAX => BigInt::parse_bytes(digits.as_bytes(), 10),
        _ => None,
    };
    let number = parsed.ok_or("must be a whole number")?;
    let number = if negative { -number } else { number };
    let limit = BigInt::from(1) << (if signed { bits - 1 } else { bits });
    let least = if signed {
        -limit.clone()
    } else {
        BigInt::default()
    };
    if number < least || number >= limit {
        return Err(format!("does not fit {bits} bits"));
    }
    let mut word = match number.sign() {
        Sign::Minus => [0xff; 32],
        _ => [0; 32],
    };
    let bytes = match number.sign() {
        Sign::NoSign => Vec::new(),
        Sign::Plus => number.to_bytes_be().1,
        Sign::Minus => number.to_signed_bytes_be(),
    };
    let start = 32usize.saturating_sub(bytes.len());
    word[start..].copy_from_slice(&bytes[bytes.len().saturating_sub(32)..]);
    Ok(word)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::digest;

    /// The example of the standard itself.
    #[test]
    fn the_mail_of_eip_712() {
        let data = json!({
            "types": {
                "EIP712Domain": [
                    {"name": "name", "type": "string"},
                    {"name": "version", "type": "string"},
                    {"name": "chainId", "type": "uint256"},
                    {"name": "verifyingContract", "type": "address"}
                ],
                "Person": [
                    {"name": "name", "type": "string"},
                    {"name": "wallet", "type": "address"}
                ],
                "Mail": [
                    {"name": "from", "type": "Person"},
                    {"name": "to", "type": "Person"},
                    {"name": "contents", "type": "string"}
                ]
            },
            "primaryType": "Mail",
            "domain": {
                "name": "Ether Mail",
                "version": "1",
                "chainId": 1,
                "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"
            },
            "message": {
                "from": {"name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
                "to": {"name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
                "contents": "Hello, Bob!"
            }
        });
        assert_eq!(
            hex::encode(digest(&data).unwrap()),
            "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2"
        );
    }

    #[test]
    fn broken_data_is_refused() {
        let wrong = [
            json!({}),
            json!({"types": {}, "primaryType": "A", "domain": {}}),
            json!({"types": {"EIP712Domain": [], "A": [{"name": "x", "type": "A[]"}]},
                   "primaryType": "A", "domain": {}, "message": {"x": 1}}),
            json!({"types": {"EIP712Domain": [], "A": [{"name": "x", "type": "uint7"}]},
                   "primaryType": "A", "domain": {}, "message": {"x": 1}}),
            json!({"types": {"EIP712Domain": [], "A": [{"name": "x", "type": "uint8"}]},
                   "primaryType": "A", "domain": {}, "message": {"x": 256}}),
            json!({"types": {"EIP712Domain": [], "A": [{"name": "x", "type": "int8"}]},
                   "primaryType": "A", "domain": {}, "message": {"x": -129}}),
        ];
        for data in wrong {
            assert!(digest(&data).is_err(), "{data}");
        }
    }
}
