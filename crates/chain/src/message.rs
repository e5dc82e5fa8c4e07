//! Small facts about messages that are not the machine's business.

use fvm_shared::address::Protocol;
use fvm_shared::message::Message;

/// How many bytes a message takes on chain, which is what inclusion is charged for.
///
/// Messages of BLS senders stand there alone, as their signatures are aggregated over the block.
/// Those of secp256k1 and delegated senders stand with their signature: 65 bytes, its type, and
/// the CBOR around them.
#[must_use]
pub fn chain_length(message: &Message, encoded_length: usize) -> usize {
    const SIGNATURE: usize = 65 + 1 + 2 + 1;
    match message.from.protocol() {
        Protocol::Secp256k1 | Protocol::Delegated => encoded_length + SIGNATURE,
        Protocol::ID | Protocol::Actor | Protocol::BLS => encoded_length,
    }
}
