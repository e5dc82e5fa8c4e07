//! Providers, and who has datacap.

use atoll_actors::power::{self, CreateMinerParams, CreateMinerReturn};
use atoll_actors::verifreg::{self, types::AddDataCapParams};
use atoll_actors::{ids, verifreg::state::State as Registry};
use fvm_shared::econ::TokenAmount;
use fvm_shared::sector::RegisteredPoStProof;
use num_bigint::BigInt;
use serde::{Deserialize, Serialize};

use crate::forms::filecoin::{Address, BigDecimal};
use crate::forms::forms;
use crate::jsonrpc::error::Error;
use crate::methods::filecoin::storage::{id_address, unreadable};
use crate::node::Caller;

use super::{Call, Operator};

/// What a provider gets if nothing else is said: 100 FIL, of which its deposit is locked
/// (FIP-0077).
const PROVIDER_FIL: u64 = 100;
/// What its worker gets for gas.
const WORKER_FIL: u64 = 100;

/// How a provider is to be.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::methods) struct ProviderOptions {
    /// Who owns it and pays; an f1 or f3 address of the node. Its first key if absent.
    owner: Option<Address>,
    /// How large its sectors are; the smallest that the policy allows if absent.
    sector_size: Option<u64>,
    /// What it gets, in attoFIL.
    balance: Option<BigDecimal>,
}

forms! {
    ProviderOptions: "an object with owner, sectorSize and balance, each of which may be left out" [Object];
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::methods) struct Provider {
    id: Address,
    robust: Address,
    owner: Address,
    worker: Address,
    sector_size: u64,
}

/// Creates a provider with a worker of its own, whose key the node keeps.
pub(in crate::methods) fn create(
    caller: &Caller<'_>,
    options: Option<ProviderOptions>,
) -> Result<Provider, Error> {
    let operator = Operator { caller };
    let options = options.unwrap_or_default();
    let owner = match options.owner {
        Some(Address(owner)) => operator.signer(&owner)?,
        None => operator.first_address()?,
    };
    let key = caller.node.wallet.key(&owner);
    let key = key.ok_or_else(|| Error::refused(format!("the node has no key of {owner}")))?;
    let proof = post_proof(caller, options.sector_size)?;

    let power: power::state::State = operator.reader()?.singleton(ids::POWER)?;
    // Roles of the genesis have the first numbers; miners are never fewer than before.
    let number = u64::try_from(power.miner_count).unwrap_or_default() + 100;
    let worker = key.bls_below(number);
    let worker_address = worker.address();
    caller.node.wallet.add(worker);
    operator.pay(owner, worker_address, &TokenAmount::from_whole(WORKER_FIL))?;

    let balance = match options.balance {
        Some(BigDecimal(balance)) => TokenAmount::from_atto(balance),
        None => TokenAmount::from_whole(PROVIDER_FIL),
    };
    let created: CreateMinerReturn = operator.send(&Call {
        from: owner,
        to: id_address(ids::POWER),
        method: power::CREATE_MINER,
        params: &CreateMinerParams {
            owner,
            worker: worker_address,
            window_post_proof_type: proof,
            peer: Vec::new(),
            multiaddrs: Vec::new(),
        },
        value: balance,
    })?;
    let sector_size = proof.sector_size().map_err(Error::internal)?;
    Ok(Provider {
        id: Address(created.id_address),
        robust: Address(created.robust_address),
        owner: Address(owner),
        worker: Address(worker_address),
        sector_size: sector_size as u64,
    })
}

fn post_proof(caller: &Caller<'_>, size: Option<u64>) -> Result<RegisteredPoStProof, Error> {
    let proofs = &caller.chain().policy().post_proofs;
    let mut sizes: Vec<(u64, RegisteredPoStProof)> = proofs
        .iter()
        .filter_map(|proof| Some((proof.sector_size().ok()? as u64, *proof)))
        .collect();
    sizes.sort_by_key(|(size, _)| *size);
    let found = match size {
        Some(wanted) => sizes.iter().find(|(size, _)| *size == wanted),
        None => sizes.first(),
    };
    found.map(|(_, proof)| *proof).ok_or_else(|| {
        let sizes: Vec<u64> = sizes.iter().map(|(size, _)| *size).collect();
        Error::param("options", &format!("sectors here have {sizes:?} bytes"))
    })
}

/// Gives a client datacap, in bytes, from a verifier whose key the node has.
pub(in crate::methods) fn grant_datacap(
    caller: &Caller<'_>,
    client: Address,
    bytes: BigDecimal,
) -> Result<bool, Error> {
    let operator = Operator { caller };
    let BigDecimal(bytes) = bytes;
    let verifier = verifier(&operator, &bytes)?;
    operator.send_unit(&Call {
        from: verifier,
        to: id_address(ids::VERIFIED_REGISTRY),
        method: verifreg::numbers::ADD_VERIFIED_CLIENT,
        params: &AddDataCapParams {
            address: client.0,
            allowance: bytes,
        },
        value: TokenAmount::default(),
    })?;
    Ok(true)
}

/// A verifier that may still hand out so much.
fn verifier(
    operator: &Operator<'_>,
    bytes: &BigInt,
) -> Result<fvm_shared::address::Address, Error> {
    let mut reader = operator.reader()?;
    let registry: Registry = reader.singleton(ids::VERIFIED_REGISTRY)?;
    let mut all = Vec::new();
    let verifiers = registry.verifiers(reader.store()).map_err(unreadable)?;
    let gather = verifiers.for_each(|verifier, allowance| {
        if allowance.0 >= *bytes {
            all.push(verifier);
        }
        Ok(())
    });
    gather.map_err(unreadable)?;
    for verifier in all {
        let key = operator.signer(&verifier)?;
        if operator.caller.node.wallet.key(&key).is_some() {
            return Ok(key);
        }
    }
    let words = "no verifier whose key the node has may hand out so much";
    Err(Error::refused(words))
}
