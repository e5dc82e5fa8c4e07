//! Module `crypto`: hashes and signatures.

use fvm_shared::address::Address;
use fvm_shared::crypto::signature::{
    BLS_PUB_LEN, BLS_SIG_LEN, SECP_PUB_LEN, SECP_SIG_LEN, SECP_SIG_MESSAGE_HASH_SIZE, SignatureType,
};
use fvm_shared::error::ErrorNumber;
use multihash_codetable::Multihash;

use super::Kernel;
use crate::crypto::{self, HashFunction};
use crate::error::{Refusal, SyscallError};

impl Kernel {
    /// Is this a signature of `plaintext` by the key behind `signer`?
    ///
    /// # Cost
    /// `verify_signature`, by the length of the plaintext; up to nv17 also what it takes to read
    /// the signer's account.
    ///
    /// # Errors
    /// `IllegalArgument` if the address names no key.
    pub fn verify_signature(
        &mut self,
        kind: SignatureType,
        signature: &[u8],
        signer: &Address,
        plaintext: &[u8],
    ) -> Result<bool, SyscallError> {
        self.charge_for(self.prices().on_verify_signature(kind, plaintext.len()))?;
        let signer = if self.seat.rules.signers_resolved {
            &self.signer(signer)?
        } else {
            signer
        };
        Ok(crypto::verify_signature(
            kind, signature, signer, plaintext,
        )?)
    }

    /// Is this the aggregate of one signature by each key of its plaintext? The plaintexts come
    /// end to end.
    ///
    /// # Cost
    /// A pairing for each key and one more, and hashing by the length of the plaintexts.
    ///
    /// # Errors
    /// `IllegalArgument` if the numbers of keys and plaintexts differ, or the lengths of the
    /// plaintexts don't add up.
    pub fn verify_bls_aggregate(
        &mut self,
        aggregate: &[u8; BLS_SIG_LEN],
        keys: &[[u8; BLS_PUB_LEN]],
        plaintexts: &[u8],
        plaintext_lens: &[u32],
    ) -> Result<bool, SyscallError> {
        if keys.len() != plaintext_lens.len() {
            let words = "the numbers of keys and plaintexts differ";
            return Err(Refusal::new(ErrorNumber::IllegalArgument, words).into());
        }
        self.charge_for(
            self.prices()
                .on_verify_bls_aggregate(keys.len(), plaintexts.len()),
        )?;
        let plaintexts = crypto::split_plaintexts(plaintexts, plaintext_lens)?;
        Ok(crypto::verify_bls_aggregate(aggregate, keys, &plaintexts))
    }

    /// Returns the uncompressed public key whose owner signed a hash.
    ///
    /// # Cost
    /// `recover_secp256k1`.
    ///
    /// # Errors
    /// `IllegalArgument` if no key fits.
    pub fn recover_secp_public_key(
        &mut self,
        hash: &[u8; SECP_SIG_MESSAGE_HASH_SIZE],
        signature: &[u8; SECP_SIG_LEN],
    ) -> Result<[u8; SECP_PUB_LEN], SyscallError> {
        self.charge_for(self.prices().on_recover_secp256k1())?;
        Ok(crypto::recover_secp256k1(hash, signature)?)
    }

    /// Hashes data with one of the five functions of the network.
    ///
    /// # Cost
    /// By the function and the length.
    ///
    /// # Errors
    /// `IllegalArgument` for any other function.
    pub fn hash(&mut self, code: u64, data: &[u8]) -> Result<Multihash, SyscallError> {
        let function = HashFunction::from_code(code)?;
        self.charge_for(self.prices().on_hashing(function, data.len()))?;
        Ok(function.digest(data))
    }
}
