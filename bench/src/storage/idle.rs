//! A day on a chain where nothing happens: 2,880 epochs with 100 miners on board, each tipset as
//! the node makes it: supply counted, reward paid, cron run, state flushed, header written.
//!
//! Each miner has a sector, so that cron calls it at the end of each of its deadlines. Nobody
//! proves anything: the sectors become faulty, and pay for it.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use atoll_actors::miner::state::State;
use atoll_actors::miner::types::{ProveCommitSectorsNIParams, SectorNIActivationInfo};
use atoll_actors::{ActorKind, Policy};
use atoll_chain::surroundings::Believer;
use atoll_chain::{Chain, CheckedMessage, Genesis, Mining, Parts};
use atoll_native::codes;
use atoll_native::genesis::{Account, MinerPlan};
use atoll_vm::MemoryStore;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::ActorID;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;
use fvm_shared::sector::{RegisteredAggregateProof, RegisteredPoStProof, RegisteredSealProof};

use super::ours;
use super::prepare::sealed_cid;
use crate::measure::{Measured, Stopwatch};

const MINERS: usize = 100;
const EPOCHS: u64 = 2_880;

/// Mines a day under a policy.
pub fn day(policy: Policy) -> Result<Measured> {
    let (owner, worker) = (Address::new_bls(&[1; 48])?, Address::new_bls(&[2; 48])?);
    let account = |address, fil: u64| Account {
        address,
        balance: TokenAmount::from_whole(fil),
    };
    let miner = MinerPlan {
        owner,
        worker,
        post_proof: RegisteredPoStProof::StackedDRGWindow32GiBV1P1,
        balance: TokenAmount::from_whole(1_000),
    };
    let genesis = Genesis {
        accounts: vec![account(owner, 1_000_000), account(worker, 1_000_000)],
        miners: vec![miner; MINERS],
        ..Genesis::default()
    };
    let runner = ours::runner_of(&policy);
    let parts = Parts {
        blocks: Arc::new(MemoryStore::new()),
        disk: None,
        spilled: None,
        watched: Box::new({
            let runner = runner.clone();
            move |_| runner.clone()
        }),
        runner,
        verifier: Arc::new(Believer),
        policy,
    };
    let chain = Chain::new(parts, &genesis)?;
    // NI-PoRep looks back: its ticket must be of an epoch before.
    chain.mine(0)?;
    chain.set_mining(Mining::OnRequest);
    let chain_id = chain.chain_id();
    for (sequence, miner) in (0..).zip(miners(&chain)?) {
        let message = sector(&chain, worker, miner, sequence)?;
        chain.submit(CheckedMessage::impersonated(message, chain_id), 0)?;
    }
    let tipsets = chain.mine_ready(0)?;
    let all = tipsets.iter().flat_map(|tipset| &tipset.messages);
    let accepted = all
        .filter(|message| message.receipt.exit_code.is_success())
        .count();
    ensure!(
        accepted == MINERS,
        "{accepted} of {MINERS} miners have a sector"
    );
    let watch = Stopwatch::start();
    for epoch in 0..EPOCHS {
        chain.mine(epoch * 30)?;
    }
    watch.stop(EPOCHS, String::new())
}

/// The ids of the miners.
fn miners(chain: &Chain) -> Result<Vec<ActorID>> {
    let mut state = chain.state(&chain.head())?;
    let mut miners = Vec::new();
    let code = codes::code_of(ActorKind::Miner);
    state.for_each_actor(|id, actor| {
        if actor.code == code {
            miners.push(id);
        }
        Ok(())
    })?;
    miners.sort_unstable();
    Ok(miners)
}

/// A message that proves a sector of a miner without interaction.
fn sector(chain: &Chain, worker: Address, miner: ActorID, sequence: u64) -> Result<Message> {
    let epoch = chain.head().epoch();
    let params = ProveCommitSectorsNIParams {
        sectors: vec![SectorNIActivationInfo {
            sealing_number: 0,
            sealer_id: miner,
            sealed_cid: sealed_cid(miner),
            sector_number: 0,
            seal_rand_epoch: epoch,
            expiration: epoch + 600 * 2_880,
        }],
        aggregate_proof: RawBytes::new(vec![1; 1_000]),
        seal_proof_type: RegisteredSealProof::StackedDRG32GiBV1P2_Feat_NiPoRep,
        aggregate_proof_type: RegisteredAggregateProof::SnarkPackV2,
        proving_deadline: free_deadline(chain, miner)?,
        require_activation_success: true,
    };
    Ok(Message {
        version: 0,
        from: worker,
        to: Address::new_id(miner),
        sequence,
        value: TokenAmount::default(),
        method_num: 36,
        params: RawBytes::serialize(&params)?,
        gas_limit: 1_000_000_000,
        gas_fee_cap: TokenAmount::from_nano(1_000),
        gas_premium: TokenAmount::default(),
    })
}

/// A deadline of a miner that is far from now.
fn free_deadline(chain: &Chain, miner: ActorID) -> Result<u64> {
    let mut state = chain.state(&chain.head())?;
    let (_, actor) = state.actor(&Address::new_id(miner))?.context("the miner")?;
    let state: State = fvm_ipld_encoding::from_slice(&state.block(&actor.root)?)?;
    let policy = chain.policy();
    let open = state
        .current_deadline_info(policy, chain.head().epoch())
        .index;
    Ok((open + policy.period_deadlines / 2) % policy.period_deadlines)
}
