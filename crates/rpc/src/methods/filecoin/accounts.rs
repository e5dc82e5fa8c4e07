//! Keys of the node, and addresses of all kinds.

use atoll_actors::evm::EthAddress;
use atoll_chain::Key;
use atoll_chain::eth_tx::{Fees, Unsigned};
use fvm_shared::message::Message as ChainMessage;
use serde::{Deserialize, Serialize};

use crate::forms::filecoin::{Address, Base64, BigDecimal, Cid, Message, Signature, SignedMessage};
use crate::forms::hex::Fixed;
use crate::forms::{BlockTag, Hash, forms};
use crate::jsonrpc::error::Error;
use crate::methods::eth;
use crate::node::Caller;

pub(in crate::methods) fn list(caller: &Caller<'_>) -> Result<Vec<Address>, Error> {
    let addresses = caller.node.wallet.addresses();
    Ok(addresses.into_iter().map(Address).collect())
}

pub(in crate::methods) fn has(caller: &Caller<'_>, address: Address) -> Result<bool, Error> {
    Ok(caller.node.wallet.key(&address.0).is_some())
}

pub(in crate::methods) fn default_address(caller: &Caller<'_>) -> Result<Address, Error> {
    let first = caller.node.wallet.addresses().first().copied();
    first
        .map(Address)
        .ok_or_else(|| Error::refused("the node has no keys"))
}

pub(in crate::methods) fn balance(
    caller: &Caller<'_>,
    address: Address,
) -> Result<BigDecimal, Error> {
    let chain = caller.chain();
    let balance = chain.state(&chain.head())?.balance(&address.0)?;
    Ok((&balance.to_token()).into())
}

fn own_key(caller: &Caller<'_>, address: &fvm_shared::address::Address) -> Result<Key, Error> {
    let key = caller.node.wallet.key(address);
    key.ok_or_else(|| Error::refused(format!("the node has no key of {address}")))
}

pub(in crate::methods) fn sign(
    caller: &Caller<'_>,
    address: Address,
    data: Base64,
) -> Result<Signature, Error> {
    Ok((&own_key(caller, &address.0)?.sign_bytes(&data.0)).into())
}

pub(in crate::methods) fn sign_message(
    caller: &Caller<'_>,
    address: Address,
    message: Message,
) -> Result<SignedMessage, Error> {
    let mut message = message
        .to_chain()
        .map_err(|why| Error::param("message", &why))?;
    message.from = address.0;
    Ok((&sign_with_own(caller, message)?).into())
}

/// Signs with the sender's key: as a Filecoin message, or, from an f410 address, as the Ethereum
/// transaction that it is.
pub(in crate::methods) fn sign_with_own(
    caller: &Caller<'_>,
    message: ChainMessage,
) -> Result<atoll_chain::SignedMessage, Error> {
    let key = own_key(caller, &message.from)?;
    let refused = |why: &dyn std::fmt::Display| Error::refused(why.to_string());
    let Some(from) = EthAddress::from_delegated(&message.from) else {
        return key.sign(message).map_err(|why| refused(&why));
    };
    let (to, input) = atoll_chain::eth_tx::callee(&message).map_err(|why| refused(&why))?;
    let unsigned = Unsigned {
        chain_id: caller.chain().chain_id(),
        nonce: message.sequence,
        fees: Fees::Eip1559 {
            max_fee: message.gas_fee_cap,
            max_priority_fee: message.gas_premium,
        },
        gas_limit: message.gas_limit,
        to,
        value: message.value,
        input,
    };
    let tx = key.sign_eth(unsigned).map_err(|why| refused(&why))?;
    Ok(tx.to_signed(from))
}

/// A key as Lotus' wallets export it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::methods) struct KeyInfo {
    #[serde(rename = "Type")]
    kind: String,
    private_key: Base64,
}

forms! {
    KeyInfo: "an object with Type (secp256k1, delegated or bls) and PrivateKey" [Object];
}

/// Makes a key of a kind. It lasts as long as the node runs.
pub(in crate::methods) fn new_key(caller: &Caller<'_>, kind: String) -> Result<Address, Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)
        .map_err(|why| Error::internal(format!("the system has no random numbers: {why}")))?;
    if kind == "bls" {
        secret = Key::bls_secret(secret);
    }
    import(
        caller,
        KeyInfo {
            kind,
            private_key: Base64(secret.to_vec()),
        },
    )
}

pub(in crate::methods) fn import(caller: &Caller<'_>, key: KeyInfo) -> Result<Address, Error> {
    let wrong = |why: &str| Error::param("key", why);
    let secret: &[u8; 32] = key
        .private_key
        .0
        .as_slice()
        .try_into()
        .map_err(|_| wrong("PrivateKey must have 32 bytes"))?;
    let made = match key.kind.as_str() {
        "secp256k1" | "delegated" => Key::secp256k1(secret),
        "bls" => Key::bls(secret),
        _ => return Err(wrong("Type must be secp256k1, delegated or bls")),
    };
    let made = made.map_err(|why| wrong(&why.to_string()))?;
    let address = match (key.kind.as_str(), made.eth_address()) {
        ("delegated", Some(address)) => address.to_f410(),
        _ => made.address(),
    };
    caller.node.wallet.add(made);
    Ok(Address(address))
}

/// The secret of a key. These are a developer's keys, as good as public.
pub(in crate::methods) fn export(caller: &Caller<'_>, address: Address) -> Result<KeyInfo, Error> {
    let key = own_key(caller, &address.0)?;
    let kind = match (&key, EthAddress::from_delegated(&address.0)) {
        (_, Some(_)) => "delegated",
        (Key::Secp256k1(_), None) => "secp256k1",
        (Key::Bls(_), None) => "bls",
    };
    Ok(KeyInfo {
        kind: kind.to_owned(),
        private_key: Base64(key.secret().to_vec()),
    })
}

/// Is it an address? Answers it as this network writes it.
pub(in crate::methods) fn validate(_: &Caller<'_>, address: Address) -> Result<Address, Error> {
    Ok(address)
}

pub(in crate::methods) fn eth_to_filecoin(
    _: &Caller<'_>,
    address: crate::forms::Address,
) -> Result<Address, Error> {
    Ok(Address(eth::eth_address(address).to_filecoin()))
}

pub(in crate::methods) fn filecoin_to_eth(
    caller: &Caller<'_>,
    address: Address,
    block: Option<BlockTag>,
) -> Result<crate::forms::Address, Error> {
    let mut state = eth::state_of(caller, block.map(crate::forms::BlockId::Tag))?;
    let found = state.eth_address(&address.0)?;
    let found = found.ok_or_else(|| super::state::not_found(&address))?;
    Ok(eth::wire_address(found))
}

pub(in crate::methods) fn cid_of_transaction(
    caller: &Caller<'_>,
    hash: Hash,
) -> Result<Option<Cid>, Error> {
    let chain = caller.chain();
    let hash = eth::chain_hash(hash);
    Ok(match chain.message(&hash) {
        Some((_, executed)) => Some(Cid(executed.message.cid)),
        None => chain.waiting(&hash).map(|message| Cid(message.cid)),
    })
}

pub(in crate::methods) fn transaction_of_cid(
    caller: &Caller<'_>,
    cid: Cid,
) -> Result<Option<Hash>, Error> {
    let chain = caller.chain();
    let hash = atoll_chain::Hash::of_cid(&cid.0);
    let eth_hash = match chain.message(&hash) {
        Some((_, executed)) => Some(executed.message.eth_hash),
        None => chain.waiting(&hash).map(|message| message.eth_hash),
    };
    Ok(eth_hash.map(|hash| Fixed(hash.0)))
}
