//! Ethereum transactions, and the Filecoin messages that they are (FIP-0055, FIP-0091).
//!
//! The network stores only the message and a signature; which kind of transaction it was follows
//! from the signature's length and first byte. So both directions are here: into a message when
//! a transaction comes in, and back when its hash is wanted.

use alloy_rlp::{Encodable, Header};
use atoll_actors::eam;
use atoll_actors::evm::{Bytes, EthAddress, method::INVOKE_CONTRACT};
use atoll_vm::actors::EAM_ACTOR;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use num_bigint::{BigInt, Sign};

use crate::hash::Hash;
use crate::signed::{Signature, SignatureKind, SignedMessage, keccak256, recover_eth};

/// How the address manager is asked for a new contract.
pub const CREATE_EXTERNAL: u64 = eam::CREATE_EXTERNAL;

/// The first byte of an EIP-1559 transaction.
const EIP1559_TYPE: u8 = 2;
/// Marks the signature of a homestead transaction on chain.
const HOMESTEAD_MARK: u8 = 1;
/// Marks the signature of an EIP-155 transaction on chain.
const EIP155_MARK: u8 = 2;

/// How a transaction says what it pays and which chain it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fees {
    /// One price, on any chain.
    Homestead {
        /// A unit of gas.
        gas_price: TokenAmount,
    },
    /// One price, on one chain (EIP-155).
    Eip155 {
        /// A unit of gas.
        gas_price: TokenAmount,
    },
    /// A cap and a tip (EIP-1559).
    Eip1559 {
        /// The most a unit of gas may cost.
        max_fee: TokenAmount,
        /// What goes to the block's producer, a unit of gas.
        max_priority_fee: TokenAmount,
    },
}

/// A transaction before it is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsigned {
    /// The chain it is for. A homestead transaction does not say.
    pub chain_id: u64,
    /// How many transactions its sender sent before.
    pub nonce: u64,
    /// What it pays.
    pub fees: Fees,
    /// The most gas it may use.
    pub gas_limit: u64,
    /// Whom it calls; `None` to create a contract.
    pub to: Option<EthAddress>,
    /// What goes along.
    pub value: TokenAmount,
    /// Call data, or the code that returns the contract's.
    pub input: Vec<u8>,
}

/// A signed transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EthTx {
    /// What was signed.
    pub unsigned: Unsigned,
    /// As the transaction's kind has it: 0 or 1, 27 or 28, or with the chain id in it.
    pub v: u64,
    /// The first half of the signature.
    pub r: [u8; 32],
    /// The second half.
    pub s: [u8; 32],
}

/// Why bytes or a message are no transaction of this chain.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EthTxError {
    /// There is nothing.
    #[error("the transaction is empty")]
    Empty,
    /// A kind that Filecoin does not have.
    #[error("transactions of type {0} ({1}) are not supported; use type 2 (EIP-1559) or legacy")]
    Type(u8, &'static str),
    /// The encoding is broken.
    #[error("the transaction is not well-formed RLP: {0}")]
    Rlp(#[from] alloy_rlp::Error),
    /// The wrong number of fields.
    #[error("the transaction has {found} fields instead of {expected}")]
    Fields {
        /// How many it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A field does not hold what it should.
    #[error("the transaction's {field} {problem}")]
    Field {
        /// Which one.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Signed for another chain.
    #[error("the transaction is for chain {found}; this is chain {expected}")]
    ChainId {
        /// The chain it is for.
        found: u64,
        /// The chain that this is.
        expected: u64,
    },
    /// No key fits the signature.
    #[error("the transaction's signature fits no key")]
    Signature,
    /// A message that is no transaction.
    #[error("{0}")]
    Message(&'static str),
}

impl Unsigned {
    /// What is signed.
    #[must_use]
    pub fn signing_hash(&self) -> Hash {
        let mut fields = self.fields();
        match self.fees {
            Fees::Homestead { .. } => keccak256(&list(&fields)),
            Fees::Eip155 { .. } => {
                fields.extend([Field::number(self.chain_id), Field::EMPTY, Field::EMPTY]);
                keccak256(&list(&fields))
            }
            Fees::Eip1559 { .. } => keccak256(&typed(&fields)),
        }
    }

    /// Puts a signature to it, given its recovery bit.
    #[must_use]
    pub fn sign(self, r: [u8; 32], s: [u8; 32], odd: bool) -> EthTx {
        let odd = u64::from(odd);
        let v = match self.fees {
            Fees::Homestead { .. } => 27 + odd,
            Fees::Eip155 { .. } => self.chain_id.saturating_mul(2).saturating_add(35 + odd),
            Fees::Eip1559 { .. } => odd,
        };
        EthTx {
            unsigned: self,
            v,
            r,
            s,
        }
    }

    /// The message that it is, from this sender.
    #[must_use]
    pub fn to_message(&self, from: EthAddress) -> Message {
        let (to, method_num) = match self.to {
            Some(to) => (to.to_filecoin(), INVOKE_CONTRACT),
            None => (Address::new_id(EAM_ACTOR), CREATE_EXTERNAL),
        };
        let params = if self.input.is_empty() {
            RawBytes::default()
        } else {
            RawBytes::new(crate::signed::cbor(&Bytes(self.input.clone())))
        };
        let (gas_fee_cap, gas_premium) = match &self.fees {
            Fees::Homestead { gas_price } | Fees::Eip155 { gas_price } => {
                (gas_price.clone(), gas_price.clone())
            }
            Fees::Eip1559 {
                max_fee,
                max_priority_fee,
            } => (max_fee.clone(), max_priority_fee.clone()),
        };
        Message {
            version: 0,
            from: from.to_f410(),
            to,
            sequence: self.nonce,
            value: self.value.clone(),
            method_num,
            params,
            gas_limit: self.gas_limit,
            gas_fee_cap,
            gas_premium,
        }
    }

    /// The fields up to the signature.
    fn fields(&self) -> Vec<Field> {
        let to = self
            .to
            .map_or(Field::EMPTY, |to| Field::Bytes(to.0.to_vec()));
        let rest = [
            Field::number(self.gas_limit),
            to,
            Field::amount(&self.value),
            Field::Bytes(self.input.clone()),
        ];
        let mut fields = match &self.fees {
            Fees::Homestead { gas_price } | Fees::Eip155 { gas_price } => {
                vec![Field::number(self.nonce), Field::amount(gas_price)]
            }
            Fees::Eip1559 {
                max_fee,
                max_priority_fee,
            } => vec![
                Field::number(self.chain_id),
                Field::number(self.nonce),
                Field::amount(max_priority_fee),
                Field::amount(max_fee),
            ],
        };
        fields.extend(rest);
        if matches!(self.fees, Fees::Eip1559 { .. }) {
            fields.push(Field::EmptyList);
        }
        fields
    }
}

impl EthTx {
    /// Reads a transaction and checks that it is one for this chain.
    pub fn decode(raw: &[u8], chain_id: u64) -> Result<Self, EthTxError> {
        match raw.first() {
            None => Err(EthTxError::Empty),
            Some(&EIP1559_TYPE) => Self::decode_eip1559(&raw[1..], chain_id),
            Some(0xc0..) => Self::decode_legacy(raw, chain_id),
            Some(1) => Err(EthTxError::Type(1, "EIP-2930: an access list")),
            Some(3) => Err(EthTxError::Type(3, "EIP-4844: blobs")),
            Some(4) => Err(EthTxError::Type(4, "EIP-7702: delegation of accounts")),
            Some(&other) => Err(EthTxError::Type(other, "unknown")),
        }
    }

    fn decode_eip1559(raw: &[u8], chain_id: u64) -> Result<Self, EthTxError> {
        let fields = split_list(raw, 12)?;
        let found = fields[0].number("chain id")?;
        if found != chain_id {
            return Err(EthTxError::ChainId {
                found,
                expected: chain_id,
            });
        }
        if fields[8]
            != (Item {
                list: true,
                payload: &[],
            })
        {
            return Err(EthTxError::Field {
                field: "access list",
                problem: "must be empty: Filecoin has none",
            });
        }
        let v = fields[9].number("v")?;
        if v > 1 {
            return Err(EthTxError::Field {
                field: "v",
                problem: "is neither 0 nor 1",
            });
        }
        Ok(Self {
            unsigned: Unsigned {
                chain_id,
                nonce: fields[1].nonce("nonce")?,
                fees: Fees::Eip1559 {
                    max_priority_fee: fields[2].amount("priority fee")?,
                    max_fee: fields[3].amount("fee cap")?,
                },
                gas_limit: fields[4].nonce("gas limit")?,
                to: fields[5].address("receiver")?,
                value: fields[6].amount("value")?,
                input: fields[7].bytes("input")?.to_vec(),
            },
            v,
            r: fields[10].word("r")?,
            s: fields[11].word("s")?,
        })
    }

    fn decode_legacy(raw: &[u8], chain_id: u64) -> Result<Self, EthTxError> {
        let fields = split_list(raw, 9)?;
        let v = fields[6].number("v")?;
        let gas_price = fields[1].amount("gas price")?;
        Ok(Self {
            unsigned: Unsigned {
                chain_id,
                nonce: fields[0].nonce("nonce")?,
                fees: legacy_fees(v, chain_id, gas_price)?,
                gas_limit: fields[2].nonce("gas limit")?,
                to: fields[3].address("receiver")?,
                value: fields[4].amount("value")?,
                input: fields[5].bytes("input")?.to_vec(),
            },
            v,
            r: fields[7].word("r")?,
            s: fields[8].word("s")?,
        })
    }

    /// The transaction that a message with a delegated signature is.
    pub fn from_signed(signed: &SignedMessage, chain_id: u64) -> Result<Self, EthTxError> {
        let SignedMessage { message, signature } = signed;
        if signature.kind != SignatureKind::Delegated {
            return Err(EthTxError::Message("the signature is not a delegated one"));
        }
        if message.version != 0 {
            return Err(EthTxError::Message("the message's version is not 0"));
        }
        let (to, input) = callee(message)?;
        let gas_price = message.gas_fee_cap.clone();
        let (fees, v, rs) = match signature.bytes.as_slice() {
            bytes if bytes.len() == 65 => {
                let fees = Fees::Eip1559 {
                    max_fee: gas_price,
                    max_priority_fee: message.gas_premium.clone(),
                };
                (fees, u64::from(bytes[64]), &bytes[..64])
            }
            [HOMESTEAD_MARK | EIP155_MARK, rest @ ..] if rest.len() > 64 => {
                if message.gas_premium != gas_price {
                    return Err(EthTxError::Message(
                        "a legacy transaction has one price, and the message has two",
                    ));
                }
                let (rs, v) = rest.split_at(64);
                let v = Item {
                    list: false,
                    payload: v,
                }
                .number("v")?;
                let fees = legacy_fees(v, chain_id, gas_price)?;
                let mark = match fees {
                    Fees::Homestead { .. } => HOMESTEAD_MARK,
                    _ => EIP155_MARK,
                };
                if mark != signature.bytes[0] {
                    return Err(EthTxError::Message("the signature is marked wrongly"));
                }
                (fees, v, rs)
            }
            _ => return Err(EthTxError::Message("the signature is of no known length")),
        };
        let (r, s) = rs.split_at(32);
        Ok(Self {
            unsigned: Unsigned {
                chain_id,
                nonce: message.sequence,
                fees,
                gas_limit: message.gas_limit,
                to,
                value: message.value.clone(),
                input,
            },
            v,
            r: r.try_into().expect("half of 64 bytes"),
            s: s.try_into().expect("half of 64 bytes"),
        })
    }

    /// The message with the signature as the network stores it.
    #[must_use]
    pub fn to_signed(&self, from: EthAddress) -> SignedMessage {
        let mut bytes = Vec::with_capacity(72);
        match self.unsigned.fees {
            Fees::Homestead { .. } => bytes.push(HOMESTEAD_MARK),
            Fees::Eip155 { .. } => bytes.push(EIP155_MARK),
            Fees::Eip1559 { .. } => {}
        }
        bytes.extend_from_slice(&self.r);
        bytes.extend_from_slice(&self.s);
        match self.unsigned.fees {
            Fees::Eip155 { .. } => bytes.extend_from_slice(trimmed(&self.v.to_be_bytes())),
            Fees::Homestead { .. } | Fees::Eip1559 { .. } => {
                bytes.push(u8::try_from(self.v).unwrap_or(u8::MAX));
            }
        }
        SignedMessage {
            message: self.unsigned.to_message(from),
            signature: Signature {
                kind: SignatureKind::Delegated,
                bytes,
            },
        }
    }

    /// Whose key signed it.
    pub fn sender(&self) -> Result<EthAddress, EthTxError> {
        let odd = match self.unsigned.fees {
            Fees::Homestead { .. } => self.v.checked_sub(27),
            Fees::Eip155 { .. } => self
                .unsigned
                .chain_id
                .checked_mul(2)
                .and_then(|twice| self.v.checked_sub(twice)?.checked_sub(35)),
            Fees::Eip1559 { .. } => Some(self.v),
        };
        let odd = match odd {
            Some(0) => 0,
            Some(1) => 1,
            _ => return Err(EthTxError::Signature),
        };
        let mut signature = [0; 65];
        signature[..32].copy_from_slice(&self.r);
        signature[32..64].copy_from_slice(&self.s);
        signature[64] = odd;
        recover_eth(&self.unsigned.signing_hash(), &signature).ok_or(EthTxError::Signature)
    }

    /// The transaction as it travels.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut fields = self.unsigned.fields();
        fields.extend([
            Field::number(self.v),
            Field::Bytes(trimmed(&self.r).to_vec()),
            Field::Bytes(trimmed(&self.s).to_vec()),
        ]);
        match self.unsigned.fees {
            Fees::Homestead { .. } | Fees::Eip155 { .. } => list(&fields),
            Fees::Eip1559 { .. } => typed(&fields),
        }
    }

    /// Its hash.
    #[must_use]
    pub fn hash(&self) -> Hash {
        keccak256(&self.encode())
    }
}

/// What the v of a legacy transaction says about its kind.
fn legacy_fees(v: u64, chain_id: u64, gas_price: TokenAmount) -> Result<Fees, EthTxError> {
    if v == 27 || v == 28 {
        return Ok(Fees::Homestead { gas_price });
    }
    let found = v.checked_sub(35).ok_or(EthTxError::Field {
        field: "v",
        problem: "is neither 27, 28 nor one of EIP-155",
    })? / 2;
    if found != chain_id {
        return Err(EthTxError::ChainId {
            found,
            expected: chain_id,
        });
    }
    Ok(Fees::Eip155 { gas_price })
}

/// Whom a message calls, and with what, in Ethereum's terms.
pub fn callee(message: &Message) -> Result<(Option<EthAddress>, Vec<u8>), EthTxError> {
    let input = if message.params.is_empty() {
        Vec::new()
    } else {
        let Bytes(input) = fvm_ipld_encoding::from_slice(message.params.bytes())
            .map_err(|_| EthTxError::Message("the parameters are not one byte string"))?;
        // Such a message and one without parameters would be the same transaction.
        if input.is_empty() {
            return Err(EthTxError::Message(
                "the parameters are an empty byte string",
            ));
        }
        input
    };
    if message.to == Address::new_id(EAM_ACTOR) {
        if message.method_num != CREATE_EXTERNAL {
            return Err(EthTxError::Message(
                "the address manager is asked for no contract",
            ));
        }
        return Ok((None, input));
    }
    if message.method_num != INVOKE_CONTRACT {
        return Err(EthTxError::Message("the method is not InvokeContract"));
    }
    let to = match message.to.id() {
        Ok(id) => Some(EthAddress::from_id(id)),
        Err(_) => EthAddress::from_delegated(&message.to),
    };
    to.map(|to| (Some(to), input))
        .ok_or(EthTxError::Message("the receiver has no Ethereum address"))
}

/// A field of a transaction on its way out.
enum Field {
    Bytes(Vec<u8>),
    EmptyList,
}

impl Field {
    const EMPTY: Self = Self::Bytes(Vec::new());

    fn number(number: u64) -> Self {
        Self::Bytes(trimmed(&number.to_be_bytes()).to_vec())
    }

    fn amount(amount: &TokenAmount) -> Self {
        // Nothing at all for zero, as RLP has it. Amounts here are never negative.
        let (_, bytes) = amount.atto().to_bytes_be();
        Self::Bytes(trimmed(&bytes).to_vec())
    }
}

fn list(fields: &[Field]) -> Vec<u8> {
    let mut payload = Vec::new();
    for field in fields {
        match field {
            Field::Bytes(bytes) => bytes.as_slice().encode(&mut payload),
            Field::EmptyList => payload.push(alloy_rlp::EMPTY_LIST_CODE),
        }
    }
    let mut out = Vec::with_capacity(payload.len() + 9);
    let header = Header {
        list: true,
        payload_length: payload.len(),
    };
    header.encode(&mut out);
    out.extend_from_slice(&payload);
    out
}

fn typed(fields: &[Field]) -> Vec<u8> {
    let mut out = vec![EIP1559_TYPE];
    out.extend(list(fields));
    out
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// A field of a transaction on its way in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Item<'a> {
    list: bool,
    payload: &'a [u8],
}

fn split_list(raw: &[u8], expected: usize) -> Result<Vec<Item<'_>>, EthTxError> {
    let mut rest = raw;
    let mut inside = Header::decode_bytes(&mut rest, true)?;
    if !rest.is_empty() {
        return Err(alloy_rlp::Error::UnexpectedLength.into());
    }
    let mut items = Vec::with_capacity(expected);
    while !inside.is_empty() {
        let Header {
            list,
            payload_length,
        } = Header::decode(&mut inside)?;
        let (payload, after) = inside
            .split_at_checked(payload_length)
            .ok_or(alloy_rlp::Error::InputTooShort)?;
        items.push(Item { list, payload });
        inside = after;
        if items.len() > expected {
            break;
        }
    }
    if items.len() != expected {
        return Err(EthTxError::Fields {
            found: items.len(),
            expected,
        });
    }
    Ok(items)
}

impl<'a> Item<'a> {
    fn bytes(self, field: &'static str) -> Result<&'a [u8], EthTxError> {
        if self.list {
            let problem = "is a list";
            return Err(EthTxError::Field { field, problem });
        }
        Ok(self.payload)
    }

    /// A number in its shortest form: any other would be another hash of the same transaction.
    fn digits(self, field: &'static str, most: usize) -> Result<&'a [u8], EthTxError> {
        let bytes = self.bytes(field)?;
        let problem = match bytes {
            [0, ..] => "has leading zeros",
            _ if bytes.len() > most => "is too large",
            _ => return Ok(bytes),
        };
        Err(EthTxError::Field { field, problem })
    }

    fn number(self, field: &'static str) -> Result<u64, EthTxError> {
        let digits = self.digits(field, 8)?;
        Ok(digits
            .iter()
            .fold(0, |number, digit| number << 8 | u64::from(*digit)))
    }

    /// A number that the network keeps in 63 bits.
    fn nonce(self, field: &'static str) -> Result<u64, EthTxError> {
        let number = self.number(field)?;
        let problem = "is beyond 2^63";
        i64::try_from(number)
            .map(|_| number)
            .map_err(|_| EthTxError::Field { field, problem })
    }

    fn amount(self, field: &'static str) -> Result<TokenAmount, EthTxError> {
        let digits = self.digits(field, 32)?;
        Ok(TokenAmount::from_atto(BigInt::from_bytes_be(
            Sign::Plus,
            digits,
        )))
    }

    fn word(self, field: &'static str) -> Result<[u8; 32], EthTxError> {
        let digits = self.digits(field, 32)?;
        let mut word = [0; 32];
        word[32 - digits.len()..].copy_from_slice(digits);
        Ok(word)
    }

    fn address(self, field: &'static str) -> Result<Option<EthAddress>, EthTxError> {
        let bytes = self.bytes(field)?;
        if bytes.is_empty() {
            return Ok(None);
        }
        let problem = "has not 20 bytes";
        bytes
            .try_into()
            .map(|bytes| Some(EthAddress(bytes)))
            .map_err(|_| EthTxError::Field { field, problem })
    }
}

#[cfg(test)]
mod tests;
