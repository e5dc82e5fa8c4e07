//! Keys that a node holds for its user: those of the dev accounts, and any that are imported.

use std::fmt;
use std::sync::LazyLock;

use atoll_actors::evm::EthAddress;
use atoll_vm::crypto::HashFunction;
use bip32::{DerivationPath, XPrv};
use bip39::{Language, Mnemonic};
use blst::min_pk::SecretKey as BlsKey;
use fvm_shared::address::Address;
use fvm_shared::message::Message;
use secp256k1::{All, Message as Digest, Secp256k1, SecretKey};

use crate::eth_tx::{EthTx, Unsigned};
use crate::signed::{
    Signature, SignatureKind, SignedMessage, eth_address_of, keccak256, message_cid,
};

/// The words that anvil, Hardhat and Foundry take their dev accounts from.
pub const DEV_MNEMONIC: &str = "test test test test test test test test test test test junk";

/// The path of Ethereum's accounts below a mnemonic; the index follows.
pub const DEV_PATH: &str = "m/44'/60'/0'/0/";

/// Read without a lock once it is there.
static SECP256K1: LazyLock<Secp256k1<All>> = LazyLock::new(Secp256k1::new);

/// The ciphersuite of the network's BLS signatures.
const BLS_DOMAIN: &[u8] = b"BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_";

/// Why there is no such key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not 12 or 24 words of the list with a right checksum.
    #[error("the mnemonic is not one of BIP-39: {0}")]
    Mnemonic(String),
    /// Not a path of BIP-32.
    #[error("the derivation path is not one of BIP-32: {0}")]
    Path(String),
    /// Not a number that is a key.
    #[error("these 32 bytes are no secret key")]
    Secret,
    /// The key makes no signature of that kind.
    #[error("{0} is not an address of this key")]
    NotMine(Address),
}

/// A secret key.
#[derive(Clone)]
pub enum Key {
    /// One key with two addresses: f1 of Filecoin, and 0x (f410) of Ethereum. They are two
    /// accounts.
    Secp256k1(SecretKey),
    /// A key with an f3 address.
    Bls(BlsKey),
}

impl Key {
    /// A secp256k1 key from its 32 bytes.
    pub fn secp256k1(secret: &[u8; 32]) -> Result<Self, KeyError> {
        SecretKey::from_byte_array(*secret)
            .map(Self::Secp256k1)
            .map_err(|_| KeyError::Secret)
    }

    /// A BLS key from its 32 bytes as Filecoin's wallets export them: little-endian.
    pub fn bls(secret: &[u8; 32]) -> Result<Self, KeyError> {
        let mut big_endian = *secret;
        big_endian.reverse();
        BlsKey::from_bytes(&big_endian)
            .map(Self::Bls)
            .map_err(|_| KeyError::Secret)
    }

    /// A secret for [`Key::bls`] of any 32 bytes: without the two highest bits it is below the order
    /// of the group.
    #[must_use]
    pub fn bls_secret(mut bytes: [u8; 32]) -> [u8; 32] {
        bytes[31] &= 0x3f;
        bytes
    }

    /// A BLS key that follows from this key and a number: whoever has this one has all of them.
    #[must_use]
    pub fn bls_below(&self, number: u64) -> Self {
        let seed = [&self.secret()[..], &number.to_be_bytes()].concat();
        let key = BlsKey::key_gen(&seed, b"atoll");
        Self::Bls(key.expect("32 bytes are enough of a seed"))
    }

    /// The 32 bytes, as [`Key::secp256k1`] and [`Key::bls`] take them.
    #[must_use]
    pub fn secret(&self) -> [u8; 32] {
        match self {
            Self::Secp256k1(key) => key.secret_bytes(),
            Self::Bls(key) => {
                let mut bytes = key.to_bytes();
                bytes.reverse();
                bytes
            }
        }
    }

    /// Its Filecoin address: f1 or f3.
    #[must_use]
    pub fn address(&self) -> Address {
        match self {
            Self::Secp256k1(key) => {
                let public = key.public_key(&SECP256K1).serialize_uncompressed();
                Address::new_secp256k1(&public).expect("a public key has 65 bytes")
            }
            Self::Bls(key) => {
                Address::new_bls(&key.sk_to_pk().to_bytes()).expect("a public key has 48 bytes")
            }
        }
    }

    /// Its Ethereum address, if it has one.
    #[must_use]
    pub fn eth_address(&self) -> Option<EthAddress> {
        match self {
            Self::Secp256k1(key) => {
                let public = key.public_key(&SECP256K1).serialize_uncompressed();
                Some(eth_address_of(&public))
            }
            Self::Bls(_) => None,
        }
    }

    /// Signs an Ethereum transaction.
    pub fn sign_eth(&self, unsigned: Unsigned) -> Result<EthTx, KeyError> {
        let (r, s, odd) = self.sign_digest(&unsigned.signing_hash().0)?;
        Ok(unsigned.sign(r, s, odd))
    }

    /// Signs a digest as Ethereum does: r, s, and whether y is odd.
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<([u8; 32], [u8; 32], bool), KeyError> {
        let Self::Secp256k1(key) = self else {
            return Err(KeyError::NotMine(self.address()));
        };
        let signature = SECP256K1.sign_ecdsa_recoverable(Digest::from_digest(*digest), key);
        let (recovery, compact) = signature.serialize_compact();
        let (r, s) = compact.split_at(32);
        Ok((
            r.try_into().expect("half of 64 bytes"),
            s.try_into().expect("half of 64 bytes"),
            i32::from(recovery) & 1 == 1,
        ))
    }

    /// Signs text as `personal_sign` does (EIP-191): r, s and v of 27 or 28.
    pub fn sign_text(&self, text: &[u8]) -> Result<[u8; 65], KeyError> {
        let mut prefixed = format!("\x19Ethereum Signed Message:\n{}", text.len()).into_bytes();
        prefixed.extend_from_slice(text);
        let (r, s, odd) = self.sign_digest(&keccak256(&prefixed).0)?;
        let mut signature = [0; 65];
        signature[..32].copy_from_slice(&r);
        signature[32..64].copy_from_slice(&s);
        signature[64] = 27 + u8::from(odd);
        Ok(signature)
    }

    /// Signs bytes as Filecoin does.
    #[must_use]
    pub fn sign_bytes(&self, bytes: &[u8]) -> Signature {
        match self {
            Self::Secp256k1(key) => {
                let digest = HashFunction::Blake2b256.digest(bytes);
                let digest = digest.digest().try_into().expect("32 bytes");
                let signature = SECP256K1.sign_ecdsa_recoverable(Digest::from_digest(digest), key);
                let (recovery, compact) = signature.serialize_compact();
                let mut bytes = compact.to_vec();
                bytes.push(u8::try_from(i32::from(recovery)).expect("0 to 3"));
                Signature {
                    kind: SignatureKind::Secp256k1,
                    bytes,
                }
            }
            Self::Bls(key) => Signature {
                kind: SignatureKind::Bls,
                bytes: key.sign(bytes, BLS_DOMAIN, &[]).to_bytes().to_vec(),
            },
        }
    }

    /// Signs a Filecoin message from the key's f1 or f3 address.
    pub fn sign(&self, message: Message) -> Result<SignedMessage, KeyError> {
        if message.from != self.address() {
            return Err(KeyError::NotMine(message.from));
        }
        let signature = self.sign_bytes(&message_cid(&message).to_bytes());
        Ok(SignedMessage { message, signature })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the secret: this may end up in a log.
        write!(f, "Key({})", self.address())
    }
}

/// The first keys below a mnemonic.
pub fn derive(mnemonic: &str, path: &str, count: usize) -> Result<Vec<Key>, KeyError> {
    let words = Mnemonic::parse_in_normalized(Language::English, mnemonic.trim())
        .map_err(|error| KeyError::Mnemonic(error.to_string()))?;
    let seed = words.to_seed_normalized("");
    (0..count)
        .map(|index| {
            let path: DerivationPath = format!("{path}{index}")
                .parse()
                .map_err(|error: bip32::Error| KeyError::Path(error.to_string()))?;
            let key = XPrv::derive_from_path(seed, &path)
                .map_err(|error| KeyError::Path(error.to_string()))?;
            let secret: [u8; 32] = key.private_key().to_bytes().into();
            Key::secp256k1(&secret)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dev_accounts_are_those_of_ethereum_tools() {
        let keys = derive(DEV_MNEMONIC, DEV_PATH, 2).expect("a mnemonic");
        let address = |key: &Key| key.eth_address().expect("secp256k1").to_string();
        // As anvil and Hardhat print them.
        assert_eq!(
            address(&keys[0]),
            "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
        );
        assert_eq!(
            address(&keys[1]),
            "0x70997970c51812dc3a010c7d01b50e0d17dc79c8"
        );
        assert_eq!(
            hex::encode(keys[0].secret()),
            "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"
        );
    }

    #[test]
    fn words_off_the_list_are_refused() {
        assert!(matches!(
            derive("test test junk", DEV_PATH, 1),
            Err(KeyError::Mnemonic(_))
        ));
        assert!(matches!(
            derive(DEV_MNEMONIC, "n/44", 1),
            Err(KeyError::Path(_))
        ));
    }

    #[test]
    fn a_secret_comes_back_as_it_was() {
        let secret = [7; 32];
        assert_eq!(Key::secp256k1(&secret).expect("a key").secret(), secret);
        assert_eq!(Key::bls(&secret).expect("a key").secret(), secret);
        assert_eq!(Key::secp256k1(&[0; 32]).map(|_| ()), Err(KeyError::Secret));
    }
}
