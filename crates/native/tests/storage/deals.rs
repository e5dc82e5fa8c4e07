//! What clients do: deals, datacap, allocations and claims.

use atoll_actors::batch::BatchReturn;
use atoll_actors::datacap::types::{
    AllowanceParams, BurnParams, DecreaseAllowanceParams, IncreaseAllowanceParams,
    RevokeAllowanceParams, TransferFromParams, TransferParams, TransferReturn,
};
use atoll_actors::market::deal::{ClientDealProposal, DealProposal, Label};
use atoll_actors::market::types::{
    PublishStorageDealsParams, PublishStorageDealsReturn, WithdrawBalanceParams,
};
use atoll_actors::state::Store;
use atoll_actors::verifreg::types::{
    AddDataCapParams, AllocationRequest, AllocationRequests, AllocationsResponse,
    ClaimExtensionRequest, ClaimTerm, DataCap, ExtendClaimTermsParams, GetClaimsParams, RemovalId,
    RemoveDataCapParams, RemoveDataCapProposal, RemoveDataCapRequest,
    RemoveExpiredAllocationsParams, RemoveExpiredClaimsParams,
};
use atoll_actors::{datacap, ids, market, verifreg};
use cid::Cid;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::{DAG_CBOR, RawBytes};
use fvm_shared::ActorID;
use fvm_shared::crypto::signature::Signature;
use fvm_shared::econ::TokenAmount;
use fvm_shared::piece::PaddedPieceSize;
use multihash_codetable::{Code, MultihashDigest};

use crate::chain::blake2b;
use crate::story::{
    CLIENTS, OWNERS, ROOT, STRANGER, Story, VERIFIERS, fil, id, key, none, piece_cid,
};

fn sign(client: ActorID, plain: &[u8]) -> Signature {
    let (signature, recovery) = key(client)
        .sign_prehash_recoverable(&blake2b(plain))
        .expect("a hash can be signed");
    let mut bytes = signature.to_bytes().to_vec();
    bytes.push(recovery.to_byte());
    Signature::new_secp256k1(bytes)
}

impl Story {
    // --- the registry ------------------------------------------------------------------------

    pub(crate) fn open_registry(&mut self) {
        for verifier in VERIFIERS {
            self.grant(ROOT, verifreg::numbers::ADD_VERIFIER, verifier, 1 << 60);
        }
        for client in CLIENTS {
            let method = verifreg::numbers::ADD_VERIFIED_CLIENT;
            self.grant(VERIFIERS[0], method, client, 1 << 50);
            self.give(client, STRANGER, fil(1));
            for party in [client, OWNERS[0]] {
                let to = market::numbers::ADD_BALANCE;
                self.send(party, ids::MARKET, to, &id(client), fil(100_000));
            }
        }
    }

    fn grant(&mut self, from: ActorID, method: u64, to: ActorID, bytes: u64) {
        let params = AddDataCapParams {
            address: id(to),
            allowance: DataCap::from(bytes),
        };
        self.send(from, ids::VERIFIED_REGISTRY, method, &params, none());
    }

    pub(crate) fn change_verifiers(&mut self) {
        let registry = ids::VERIFIED_REGISTRY;
        match self.random.below(5) {
            0 => {
                let bytes = self.random.next() >> 20;
                self.grant(ROOT, verifreg::numbers::ADD_VERIFIER, VERIFIERS[1], bytes);
            }
            1 => {
                self.send(ROOT, registry, 3, &id(VERIFIERS[1]), none());
            }
            2 => {
                // BLS signatures would be real; nobody here has such a key.
                let client = self.random.one_of(&CLIENTS).expect("some");
                let amount = DataCap::from(self.random.below(1 << 30));
                let proposal = RemoveDataCapProposal {
                    client: id(client),
                    amount: amount.clone(),
                    id: RemovalId { id: 0 },
                };
                let mut plain = verifreg::REMOVAL_DOMAIN.to_vec();
                plain.extend(RawBytes::serialize(&proposal).expect("it encodes").bytes());
                let request = |verifier: ActorID| RemoveDataCapRequest {
                    verifier: id(verifier),
                    signature: sign(client, &plain),
                };
                let params = RemoveDataCapParams {
                    client: id(client),
                    amount,
                    request_1: request(VERIFIERS[0]),
                    request_2: request(VERIFIERS[1]),
                };
                self.send(ROOT, registry, 7, &params, none());
            }
            _ => {
                let client = self.random.one_of(&CLIENTS).expect("some");
                let verifier = self.random.one_of(&VERIFIERS).expect("some");
                let bytes = self.random.next() >> 24;
                let method = verifreg::numbers::ADD_VERIFIED_CLIENT;
                self.grant(verifier, method, client, bytes);
            }
        }
    }

    /// Datacap goes to the registry, for allocations and for longer claims.
    pub(crate) fn allocate(&mut self) {
        let client = self.random.one_of(&CLIENTS).expect("some");
        let policy = self.telling.policy.clone();
        let now = self.now();
        let mut bytes = 0;
        let mut allocations = Vec::new();
        for _ in 0..=self.random.below(3) {
            let provider = self.some_miner();
            let size = self.miner(provider).1.sector_size as u64;
            let size = (size >> self.random.below(3)).max(policy.allocation_size_min);
            bytes += size;
            self.pieces += 1;
            let term_min = policy.allocation_term_min - 1
                + self.random.epochs(20_000).min(
                    // Mostly terms that a sector can fulfil.
                    policy.proving_period * 3,
                );
            let later = self.random.epochs(policy.allocation_term_max - term_min);
            // Any CID names data, but a link to a block is refused.
            let mistaken = self.telling.mistakes && self.random.once_in(20);
            let data = if mistaken {
                let hash = Code::Blake2b256.digest(&self.pieces.to_be_bytes());
                Cid::new_v1(DAG_CBOR, hash)
            } else {
                piece_cid(self.pieces)
            };
            allocations.push(AllocationRequest {
                provider,
                data,
                size: PaddedPieceSize(size),
                term_min,
                term_max: term_min + later,
                expiration: now + self.random.epochs(policy.allocation_expiration_max + 100),
            });
        }
        let mut extensions = Vec::new();
        if self.random.once_in(3)
            && let Some((provider, claim, size, term)) = self.some_claim()
        {
            bytes += size;
            extensions.push(ClaimExtensionRequest {
                provider,
                claim,
                term_max: term + self.random.epochs(policy.proving_period * 30),
            });
        }
        if self.telling.mistakes && self.random.once_in(12) {
            bytes += 1;
        }
        let wishes = AllocationRequests {
            allocations,
            extensions,
        };
        let params = TransferParams {
            to: id(ids::VERIFIED_REGISTRY),
            amount: TokenAmount::from_whole(bytes),
            operator_data: RawBytes::serialize(&wishes).expect("wishes encode"),
        };
        let to = datacap::numbers::TRANSFER;
        let answer = self.send(client, ids::DATACAP, to, &params, none());
        let Some(answer) = answer.value::<TransferReturn>() else {
            return;
        };
        let answer: AllocationsResponse = answer.recipient_data.deserialize().expect("an answer");
        for (number, wish) in answer.new_allocations.into_iter().zip(wishes.allocations) {
            self.allocations.push((client, number, wish));
        }
        let recent = self.allocations.len().saturating_sub(60);
        self.allocations.drain(..recent);
    }

    /// A claim: whose, which, how large, how long.
    fn some_claim(&mut self) -> Option<(ActorID, u64, u64, i64)> {
        let blocks = self.world.blocks();
        let registry: verifreg::state::State = self.world.state(ids::VERIFIED_REGISTRY);
        let mut claims = registry.claims(Store(&blocks)).expect("claims");
        let mut all = Vec::new();
        for miner in self.miners.clone() {
            claims
                .for_each_in(&miner, |number, claim| {
                    all.push((miner, number, claim.size.0, claim.term_max));
                    Ok(())
                })
                .expect("claims");
        }
        self.random.one_of(&all)
    }

    pub(crate) fn lengthen_claims(&mut self) {
        let Some((provider, claim_id, _, term)) = self.some_claim() else {
            return;
        };
        let from = self.random.one_of(&CLIENTS).expect("some");
        let params = ExtendClaimTermsParams {
            terms: vec![ClaimTerm {
                provider,
                claim_id,
                term_max: term + self.random.epochs(50_000) - 100,
            }],
        };
        let to = verifreg::numbers::EXTEND_CLAIM_TERMS;
        let answer = self.send(from, ids::VERIFIED_REGISTRY, to, &params, none());
        answer.value::<BatchReturn>();
        let params = GetClaimsParams {
            provider,
            claim_ids: vec![claim_id, 0],
        };
        let to = verifreg::numbers::GET_CLAIMS;
        self.send(from, ids::VERIFIED_REGISTRY, to, &params, none());
    }

    pub(crate) fn clean_registry(&mut self) {
        let registry = ids::VERIFIED_REGISTRY;
        let known = self.allocations.clone();
        let params = RemoveExpiredAllocationsParams {
            client: self.random.one_of(&CLIENTS).expect("some"),
            allocation_ids: match self.random.one_of(&known) {
                Some((_, number, _)) if self.random.once_in(2) => vec![number],
                _ => Vec::new(),
            },
        };
        let to = verifreg::numbers::REMOVE_EXPIRED_ALLOCATIONS;
        self.send(STRANGER, registry, to, &params, none());
        let params = RemoveExpiredClaimsParams {
            provider: self.some_miner(),
            claim_ids: Vec::new(),
        };
        let to = verifreg::numbers::REMOVE_EXPIRED_CLAIMS;
        self.send(STRANGER, registry, to, &params, none());
    }

    // --- the token ---------------------------------------------------------------------------

    pub(crate) fn use_tokens(&mut self) {
        let client = self.random.one_of(&CLIENTS).expect("some");
        let other = self.random.one_of(&CLIENTS).expect("some");
        let some = TokenAmount::from_whole(self.random.below(1 << 20));
        let token = ids::DATACAP;
        match self.random.below(7) {
            0 => {
                let params = BurnParams { amount: some };
                self.send(client, token, datacap::numbers::BURN, &params, none());
            }
            1 => {
                let params = IncreaseAllowanceParams {
                    operator: id(other),
                    increase: some,
                };
                let to = datacap::numbers::INCREASE_ALLOWANCE;
                self.send(client, token, to, &params, none());
            }
            2 => {
                let params = DecreaseAllowanceParams {
                    operator: id(other),
                    decrease: some,
                };
                self.send(client, token, 1_529_376_545, &params, none());
            }
            3 => {
                let params = RevokeAllowanceParams {
                    operator: id(other),
                };
                self.send(client, token, 2_765_635_761, &params, none());
            }
            4 => {
                let params = TransferFromParams {
                    from: id(other),
                    to: id(ids::VERIFIED_REGISTRY),
                    amount: some,
                    operator_data: RawBytes::default(),
                };
                let to = datacap::numbers::TRANSFER_FROM;
                self.send(client, token, to, &params, none());
            }
            5 => {
                let params = AllowanceParams {
                    owner: id(client),
                    operator: id(other),
                };
                self.send(STRANGER, token, 4_205_072_950, &params, none());
            }
            _ => {
                let balance = datacap::numbers::BALANCE;
                self.send(STRANGER, token, balance, &id(client), none());
                self.ask(STRANGER, token, 114_981_429);
            }
        }
    }

    // --- the market --------------------------------------------------------------------------

    pub(crate) fn fund_escrow(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let owner = info.owner.id().expect("an id");
        let to = market::numbers::ADD_BALANCE;
        let amount = fil(self.random.below(200_000));
        self.send(owner, ids::MARKET, to, &id(miner), amount);
        let client = self.random.one_of(&CLIENTS).expect("some");
        let amount = fil(self.random.below(20_000));
        self.send(client, ids::MARKET, to, &id(client), amount);
    }

    pub(crate) fn withdraw_escrow(&mut self) {
        let client = self.random.one_of(&CLIENTS).expect("some");
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let whose = if self.random.once_in(2) {
            client
        } else {
            miner
        };
        let from = if whose == client {
            client
        } else {
            info.owner.id().expect("an id")
        };
        let params = WithdrawBalanceParams {
            provider_or_client: id(whose),
            amount: fil(self.random.below(30_000)),
        };
        let to = market::numbers::WITHDRAW_BALANCE;
        self.send(from, ids::MARKET, to, &params, none());
    }

    pub(crate) fn publish(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let mut deals = Vec::new();
        for _ in 0..=self.random.below(3) {
            let client = self.random.one_of(&CLIENTS).expect("some");
            let known = self.deals.clone();
            let proposal = match self.random.one_of(&known) {
                Some((_, proposal)) if self.telling.mistakes && self.random.once_in(15) => proposal,
                _ => self.some_proposal(client, miner, info.sector_size as u64),
            };
            let mut plain = RawBytes::serialize(&proposal).expect("it encodes").to_vec();
            if self.telling.mistakes && self.random.once_in(20) {
                plain.push(0);
            }
            deals.push(ClientDealProposal {
                proposal,
                signature: sign(client, &plain),
            });
        }
        let params = PublishStorageDealsParams { deals };
        let from = self.controller(&info);
        let to = market::numbers::PUBLISH_STORAGE_DEALS;
        let answer = self.send(from, ids::MARKET, to, &params, none());
        let Some(answer) = answer.value::<PublishStorageDealsReturn>() else {
            return;
        };
        for (number, place) in answer.ids.iter().zip(answer.valid_deals.iter()) {
            let proposal = params.deals[place as usize].proposal.clone();
            self.deals.push((*number, proposal));
        }
        let recent = self.deals.len().saturating_sub(80);
        self.deals.drain(..recent);
    }

    fn some_proposal(&mut self, client: ActorID, miner: ActorID, sector: u64) -> DealProposal {
        let policy = self.telling.policy.clone();
        let start_epoch = match self.random.below(15) {
            0 if self.telling.mistakes => self.now() - 1,
            _ => self.now() + 1 + self.random.epochs(policy.proving_period * 4),
        };
        let life = policy.deal_duration_min + self.random.epochs(policy.proving_period * 3);
        let life = if self.telling.mistakes && self.random.once_in(20) {
            1
        } else {
            life
        };
        let size = (sector >> self.random.below(4)).max(policy.allocation_size_min.max(128));
        self.pieces += 1;
        DealProposal {
            piece_cid: piece_cid(self.pieces),
            piece_size: PaddedPieceSize(size),
            verified: self.random.once_in(2),
            client: id(client),
            provider: id(miner),
            label: match self.random.below(3) {
                0 => Label::Bytes(vec![1, 2]),
                n => Label::Text("x".repeat(n as usize * 30)),
            },
            start_epoch,
            end_epoch: start_epoch + life,
            price_per_epoch: TokenAmount::from_nano(self.random.below(3) * 1_000_000),
            provider_collateral: fil(self.random.below(40) * 50),
            client_collateral: fil(self.random.below(3)),
        }
    }

    pub(crate) fn settle(&mut self) {
        let known: Vec<u64> = self.deals.iter().map(|(number, _)| *number).collect();
        let mut chosen = self.random.some_of(&known, 10);
        if self.random.once_in(6) {
            chosen.push(self.random.below(1_000));
        }
        let deals = BitField::try_from_bits(chosen).expect("small numbers");
        let to = market::numbers::SETTLE_DEAL_PAYMENTS;
        self.send(STRANGER, ids::MARKET, to, &deals, none());
    }

    pub(crate) fn ask_market(&mut self) {
        const QUERIES: [u64; 11] = [
            46_363_526,
            128_053_329,
            163_777_312,
            200_567_895,
            935_081_690,
            1_157_985_802,
            2_567_238_399,
            2_611_213_344,
            2_627_389_465,
            2_986_712_137,
            4_287_162_428,
        ];
        let known = self.deals.clone();
        let deal = match self.random.one_of(&known) {
            Some((number, _)) if !self.random.once_in(5) => number,
            _ => self.random.below(200),
        };
        let query = self.random.one_of(&QUERIES).expect("some");
        self.send(STRANGER, ids::MARKET, query, &deal, none());
        let party = self.random.one_of(&CLIENTS).expect("some");
        let to = market::numbers::GET_BALANCE;
        self.send(STRANGER, ids::MARKET, to, &id(party), none());
    }
}
