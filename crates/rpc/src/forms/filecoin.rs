//! Filecoin's forms, as Lotus prints them: CIDs as `{"/": "bafy..."}`, amounts as decimal
//! strings, addresses as strings, bytes as base64.

use std::cell::Cell;
use std::str::FromStr;

use fvm_shared::econ::TokenAmount;
use num_bigint::BigInt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::forms;

/// A content identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cid(pub(crate) cid::Cid);

/// An address in any of its forms, for test networks and the main one alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address(pub(crate) fvm_shared::address::Address);

/// A whole number without bounds, as a decimal string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BigDecimal(pub(crate) BigInt);

forms! {
    Cid: "a CID as an object with the member \"/\"" [Object];
    Address: "a Filecoin address" [String];
    BigDecimal: "a whole number as a decimal string" [String];
    i64: "a whole number" [Number];
    u64: "a natural number" [Number];
}

impl From<&TokenAmount> for BigDecimal {
    fn from(amount: &TokenAmount) -> Self {
        Self(amount.atto().clone())
    }
}

impl Serialize for BigDecimal {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}

/// 2^512 has 155 digits; no amount comes near, and parsing is quadratic.
const DIGITS_MAX: usize = 155;

impl<'de> Deserialize<'de> for BigDecimal {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        if text.is_empty() {
            return Ok(Self::default()); // Lotus reads it so.
        }
        if text.len() > DIGITS_MAX {
            return Err(serde::de::Error::custom("it has too many digits"));
        }
        BigInt::from_str(&text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Cid {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Link {
            #[serde(rename = "/")]
            cid: String,
        }
        Link {
            cid: self.0.to_string(),
        }
        .serialize(to)
    }
}

impl<'de> Deserialize<'de> for Cid {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Link {
            #[serde(rename = "/")]
            cid: String,
        }
        let link = Link::deserialize(from)?;
        cid::Cid::from_str(&link.cid)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

thread_local! {
    /// What addresses begin with in what this thread writes.
    static LETTER: Cell<char> = const { Cell::new('t') };
}

/// Writes JSON for the network of a chain: addresses begin with f on mainnet, and with t on all
/// others. Clients refuse those that are not for the network they are on.
pub(crate) fn for_network<T>(chain_id: u64, write: impl FnOnce() -> T) -> T {
    let letter = if chain_id == MAINNET_CHAIN_ID {
        'f'
    } else {
        't'
    };
    let before = LETTER.replace(letter);
    let written = write();
    LETTER.set(before);
    written
}

/// The EIP-155 chain id of Filecoin's main network.
const MAINNET_CHAIN_ID: u64 = 314;

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = self.0.to_string();
        let mut rest = text.chars();
        rest.next();
        to.collect_str(&format_args!("{}{}", LETTER.get(), rest.as_str()))
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        // The first letter says which network the writer had in mind, and nothing else.
        let network = match text.as_bytes().first() {
            Some(b'f') => fvm_shared::address::Network::Mainnet,
            _ => fvm_shared::address::Network::Testnet,
        };
        network
            .parse_address(&text)
            .map(Self)
            .map_err(serde::de::Error::custom)
    }
}

/// Any bytes, as base64.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Base64(pub(crate) Vec<u8>);

/// The key of a tipset: the CIDs of its blocks. None, or `null`, is the head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TipsetKey(pub(crate) Vec<cid::Cid>);

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Message {
    #[serde(default)]
    version: u64,
    to: Address,
    from: Address,
    #[serde(default)]
    nonce: u64,
    #[serde(default)]
    value: BigDecimal,
    #[serde(default)]
    gas_limit: i64,
    #[serde(default)]
    gas_fee_cap: BigDecimal,
    #[serde(default)]
    gas_premium: BigDecimal,
    #[serde(default)]
    method: u64,
    #[serde(default)]
    params: Option<Base64>,
    #[serde(rename = "CID", default, skip_deserializing)]
    cid: Option<Cid>,
}

/// A message with its signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SignedMessage {
    message: Message,
    signature: Signature,
    #[serde(rename = "CID", default, skip_deserializing)]
    cid: Option<Cid>,
}

/// A signature.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Signature {
    #[serde(rename = "Type")]
    kind: u8,
    data: Base64,
}

/// What became of a message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Receipt {
    exit_code: u32,
    #[serde(rename = "Return")]
    returned: Option<Base64>,
    gas_used: u64,
    events_root: Option<Cid>,
}

forms! {
    Base64: "bytes as a base64 string" [String];
    TipsetKey: "a tipset: an array of CIDs" [Array];
    Message: "a message object" [Object];
    SignedMessage: "an object with Message and Signature" [Object];
    Signature: "an object with Type and Data" [Object];
}

impl Message {
    /// As the chain has it.
    pub(crate) fn to_chain(&self) -> Result<fvm_shared::message::Message, String> {
        let gas_limit = u64::try_from(self.gas_limit).map_err(|_| "GasLimit is negative")?;
        Ok(fvm_shared::message::Message {
            version: self.version,
            from: self.from.0,
            to: self.to.0,
            sequence: self.nonce,
            value: TokenAmount::from_atto(self.value.0.clone()),
            method_num: self.method,
            params: self.params.clone().unwrap_or_default().0.into(),
            gas_limit,
            gas_fee_cap: TokenAmount::from_atto(self.gas_fee_cap.0.clone()),
            gas_premium: TokenAmount::from_atto(self.gas_premium.0.clone()),
        })
    }
}

impl From<&fvm_shared::message::Message> for Message {
    fn from(message: &fvm_shared::message::Message) -> Self {
        let params = message.params.bytes();
        Self {
            version: message.version,
            to: Address(message.to),
            from: Address(message.from),
            nonce: message.sequence,
            value: (&message.value).into(),
            gas_limit: i64::try_from(message.gas_limit).unwrap_or(i64::MAX),
            gas_fee_cap: (&message.gas_fee_cap).into(),
            gas_premium: (&message.gas_premium).into(),
            method: message.method_num,
            params: (!params.is_empty()).then(|| Base64(params.to_vec())),
            cid: Some(Cid(atoll_chain::signed::message_cid(message))),
        }
    }
}

impl SignedMessage {
    /// As the chain has it.
    pub(crate) fn to_chain(&self) -> Result<atoll_chain::SignedMessage, String> {
        Ok(atoll_chain::SignedMessage {
            message: self.message.to_chain()?,
            signature: self.signature.to_chain()?,
        })
    }
}

impl From<&atoll_chain::SignedMessage> for SignedMessage {
    fn from(signed: &atoll_chain::SignedMessage) -> Self {
        Self {
            message: (&signed.message).into(),
            signature: (&signed.signature).into(),
            cid: Some(Cid(signed.cid())),
        }
    }
}

impl Signature {
    /// As the chain has it.
    pub(crate) fn to_chain(&self) -> Result<atoll_chain::Signature, String> {
        let kind = atoll_chain::SignatureKind::from_number(self.kind);
        Ok(atoll_chain::Signature {
            kind: kind.ok_or("Type must be 1 (secp256k1), 2 (BLS) or 3 (delegated)")?,
            bytes: self.data.0.clone(),
        })
    }
}

impl From<&atoll_chain::Signature> for Signature {
    fn from(signature: &atoll_chain::Signature) -> Self {
        Self {
            kind: signature.kind.number(),
            data: Base64(signature.bytes.clone()),
        }
    }
}

impl From<&fvm_shared::receipt::Receipt> for Receipt {
    fn from(receipt: &fvm_shared::receipt::Receipt) -> Self {
        let returned = receipt.return_data.bytes();
        Self {
            exit_code: receipt.exit_code.value(),
            returned: (!returned.is_empty()).then(|| Base64(returned.to_vec())),
            gas_used: receipt.gas_used,
            events_root: receipt.events_root.map(Cid),
        }
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        use base64::Engine;
        to.serialize_str(&base64::engine::general_purpose::STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        use base64::Engine;
        let text = String::deserialize(from)?;
        let decoded = base64::engine::general_purpose::STANDARD.decode(text);
        decoded.map(Self).map_err(serde::de::Error::custom)
    }
}

impl Serialize for TipsetKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.0.iter().copied().map(Cid))
    }
}

impl<'de> Deserialize<'de> for TipsetKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let cids = Option::<Vec<Cid>>::deserialize(from)?.unwrap_or_default();
        Ok(Self(cids.into_iter().map(|Cid(cid)| cid).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Form;

    #[test]
    fn messages_look_as_in_lotus() {
        let text = r#"{"Version":0,"To":"f01","From":"f02","Nonce":7,"Value":"1000000000000000000","GasLimit":5,"GasFeeCap":"10","GasPremium":"1","Method":0,"Params":"aGVsbG8="}"#;
        let message = Message::read(text).unwrap().to_chain().unwrap();
        assert_eq!(message.value, TokenAmount::from_whole(1));
        assert_eq!(message.params.bytes(), b"hello");
        let shown = serde_json::to_value(Message::from(&message)).unwrap();
        assert_eq!(shown["Value"], "1000000000000000000");
        assert_eq!(shown["Params"], "aGVsbG8=");
        assert!(shown["CID"]["/"].as_str().unwrap().starts_with("bafy"));
    }

    #[test]
    fn addresses_are_written_for_a_network() {
        let address = Address::read("\"f01000\"").unwrap();
        let written = |chain_id| for_network(chain_id, || serde_json::to_string(&address).unwrap());
        assert_eq!(written(314), "\"f01000\"");
        assert_eq!(written(314_159), "\"t01000\"");
    }

    #[test]
    fn wrong_values_are_refused() {
        assert!(Address::read("\"f0\"").is_err());
        assert!(Address::read("\"hello\"").is_err());
        assert!(Cid::read("{\"/\":\"nonsense\"}").is_err());
        assert!(Cid::read("\"bafy\"").is_err());
        assert!(BigDecimal::read("\"1.5\"").is_err());
        assert!(BigDecimal::read(&format!("\"{}\"", "9".repeat(1000))).is_err());
        assert!(Base64::read("\"*\"").is_err());
    }
}
