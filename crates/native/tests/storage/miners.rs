//! What miners do with sectors.

use atoll_actors::miner::commd::CompactCommD;
use atoll_actors::miner::deadline_info::is_compactable;
use atoll_actors::miner::sector::{SectorOnChainInfo, SectorPreCommitInfo};
use atoll_actors::miner::types::*;
use atoll_actors::power::{self, CreateMinerParams, CreateMinerReturn};
use atoll_actors::reward::{self, AwardBlockRewardParams};
use atoll_actors::state::Store;
use atoll_actors::{ids, verifreg};
use atoll_vm::commd::unsealed_sector_cid;
use fvm_ipld_bitfield::BitField;
use fvm_ipld_encoding::{BytesDe, RawBytes};
use fvm_shared::ActorID;
use fvm_shared::piece::{PaddedPieceSize, PieceInfo};
use fvm_shared::randomness::Randomness;
use fvm_shared::sector::{
    PoStProof, RegisteredAggregateProof, RegisteredPoStProof, RegisteredSealProof,
    RegisteredUpdateProof, SectorNumber,
};

use crate::chain::{WRONG_PROOF, draw};
use crate::story::{BENEFICIARIES, OWNERS, STRANGER, Story, WORKERS, fil, id, none, sealed_cid};

/// Of `Randomness` that ties a proof to a fork.
const CHAIN_COMMIT: i64 = 9;

/// Where a live sector is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) deadline: u64,
    pub(crate) partition: u64,
    pub(crate) sector: SectorOnChainInfo,
    pub(crate) faulty: bool,
    pub(crate) recovering: bool,
    pub(crate) unproven: bool,
}

fn bits(numbers: &[SectorNumber]) -> BitField {
    BitField::try_from_bits(numbers.iter().copied()).expect("numbers below the largest")
}

impl Story {
    pub(crate) fn create_miner(&mut self) {
        if self.miners.len() >= self.telling.miners_max {
            return;
        }
        let owner = self.random.one_of(&OWNERS).expect("some");
        let worker = self.random.one_of(&WORKERS).expect("some");
        let proof = self
            .random
            .one_of(&self.telling.post_proofs.clone())
            .expect("some");
        let params = CreateMinerParams {
            owner: id(owner),
            worker: id(worker),
            window_post_proof_type: proof,
            peer: vec![1, 2, 3],
            multiaddrs: vec![BytesDe(vec![4; 6])],
        };
        let value = fil(self.random.below(3) * 20_000);
        let answer = self.send(owner, ids::POWER, power::CREATE_MINER, &params, value);
        let Some(created) = answer.value::<CreateMinerReturn>() else {
            return;
        };
        let miner = created.id_address.id().expect("an id");
        self.miners.push(miner);
        self.give(owner, miner, fil(2_000_000));
    }

    /// Every live sector of a miner.
    pub(crate) fn places(&mut self, miner: ActorID) -> Vec<Place> {
        let (blocks, _, state) = self.miner(miner);
        let store = Store(&blocks);
        let table = state.load_sectors(store).expect("sectors");
        let deadlines = state.load_deadlines(store).expect("deadlines");
        let mut places = Vec::new();
        for index in 0..self.telling.policy.period_deadlines {
            let deadline = deadlines.get(store, index).expect("a deadline");
            if deadline.live_sectors == 0 {
                continue;
            }
            let partitions = deadline.partitions(store).expect("partitions");
            for number in 0..partitions.count() {
                let partition = deadline.partition(store, number).expect("a partition");
                for sector in partition.live_sectors().iter() {
                    places.push(Place {
                        deadline: index,
                        partition: number,
                        sector: table.must_get(sector).expect("a sector").clone(),
                        faulty: partition.faults.get(sector),
                        recovering: partition.recoveries.get(sector),
                        unproven: partition.unproven.get(sector),
                    });
                }
            }
        }
        places
    }

    fn seal_proof(&mut self, post: RegisteredPoStProof, kind: u64) -> RegisteredSealProof {
        use RegisteredPoStProof as Post;
        use RegisteredSealProof as Seal;
        let of_kind = |plain, synthetic, ni| match kind {
            0 => plain,
            1 => synthetic,
            _ => ni,
        };
        match post {
            Post::StackedDRGWindow2KiBV1P1 => of_kind(
                Seal::StackedDRG2KiBV1P1,
                Seal::StackedDRG2KiBV1P1_Feat_SyntheticPoRep,
                Seal::StackedDRG2KiBV1P2_Feat_NiPoRep,
            ),
            Post::StackedDRGWindow64GiBV1P1 => of_kind(
                Seal::StackedDRG64GiBV1P1,
                Seal::StackedDRG64GiBV1P1_Feat_SyntheticPoRep,
                Seal::StackedDRG64GiBV1P2_Feat_NiPoRep,
            ),
            _ => of_kind(
                Seal::StackedDRG32GiBV1P1,
                Seal::StackedDRG32GiBV1P1_Feat_SyntheticPoRep,
                Seal::StackedDRG32GiBV1P2_Feat_NiPoRep,
            ),
        }
    }

    /// Pieces for a sector: mostly none, or deals and allocations that are still open.
    fn some_pieces(&mut self, miner: ActorID, size: u64) -> Vec<PieceActivationManifest> {
        let mut pieces = Vec::new();
        let mut room = size;
        let now = self.now();
        for _ in 0..self.random.below(4) {
            if self.random.once_in(3) {
                self.pieces += 1;
                let piece = (size >> self.random.below(3)).max(128);
                if piece > room {
                    continue;
                }
                room -= piece;
                pieces.push(PieceActivationManifest {
                    cid: crate::story::piece_cid(self.pieces),
                    size: PaddedPieceSize(piece),
                    verified_allocation_key: None,
                    notify: Vec::new(),
                });
                continue;
            }
            let (allocations, deals) = (self.allocations.clone(), self.deals.clone());
            let open: Vec<_> = allocations
                .iter()
                .filter(|(_, _, wish)| wish.provider == miner && wish.expiration > now)
                .collect();
            let waiting: Vec<_> = deals
                .iter()
                .filter(|(_, deal)| deal.provider == id(miner) && deal.start_epoch > now)
                .collect();
            if self.random.once_in(2)
                && let Some((client, number, wish)) = self.random.one_of(&open)
                && wish.size.0 <= room
            {
                room -= wish.size.0;
                let key = VerifiedAllocationKey {
                    client: *client,
                    id: *number,
                };
                pieces.push(PieceActivationManifest {
                    cid: wish.data,
                    size: wish.size,
                    verified_allocation_key: Some(key),
                    notify: Vec::new(),
                });
            } else if let Some((deal, proposal)) = self.random.one_of(&waiting)
                && proposal.piece_size.0 <= room
            {
                room -= proposal.piece_size.0;
                let notify = DataActivationNotification {
                    address: id(ids::MARKET),
                    payload: RawBytes::serialize(deal).expect("a number"),
                };
                let client = proposal.client.id().expect("deals name ids");
                let key = allocations
                    .iter()
                    .find(|(owner, _, wish)| *owner == client && wish.data == proposal.piece_cid)
                    .map(|(client, id, _)| VerifiedAllocationKey {
                        client: *client,
                        id: *id,
                    });
                pieces.push(PieceActivationManifest {
                    cid: proposal.piece_cid,
                    size: proposal.piece_size,
                    verified_allocation_key: key.filter(|_| proposal.verified),
                    notify: vec![notify],
                });
            }
        }
        // Larger ones first, so that all of them fit.
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.size.0));
        pieces
    }

    fn commd(seal: RegisteredSealProof, pieces: &[PieceActivationManifest]) -> CompactCommD {
        if pieces.is_empty() {
            return CompactCommD(None);
        }
        let pieces: Vec<PieceInfo> = pieces
            .iter()
            .map(|piece| PieceInfo {
                size: piece.size,
                cid: piece.cid,
            })
            .collect();
        CompactCommD(unsealed_sector_cid(seal, &pieces).ok())
    }

    fn some_expiration(&mut self) -> i64 {
        let policy = &self.telling.policy;
        let (min, delay) = (policy.sector_lifetime_min, policy.prove_commit_max);
        let (now, period) = (self.now(), policy.proving_period);
        match self.random.below(12) {
            0 if self.telling.mistakes => now + self.random.epochs(2 * min),
            1..=6 => now + min + delay + policy_slack(period) + self.random.epochs(4 * period),
            _ => now + min + delay + policy_slack(period) + self.random.epochs(2 * min),
        }
    }

    pub(crate) fn pre_commit(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let size = info.sector_size as u64;
        let mut sectors = Vec::new();
        let mut contents = Vec::new();
        for _ in 0..=self.random.below(7) {
            let kind = self.random.below(2);
            let seal_proof = self.seal_proof(info.window_post_proof_type, kind);
            let sector_number = self.new_number(miner);
            let pieces = self.some_pieces(miner, size);
            let age = 1 + self
                .random
                .epochs(if self.telling.mistakes { 900 } else { 100 });
            sectors.push(SectorPreCommitInfo {
                seal_proof,
                sector_number,
                sealed_cid: sealed_cid(self.random.next()),
                seal_rand_epoch: self.now() - age,
                deal_ids: Vec::new(),
                expiration: self.some_expiration(),
                unsealed_cid: Self::commd(seal_proof, &pieces),
            });
            contents.push((sector_number, pieces));
        }
        let from = self.controller(&info);
        let answer = self.send(
            from,
            miner,
            28,
            &PreCommitSectorBatch2Params { sectors },
            none(),
        );
        if answer.is_ok() {
            for (number, pieces) in contents {
                self.contents.insert((miner, number), pieces);
            }
        }
    }

    pub(crate) fn prove_commit(&mut self) {
        let miner = self.some_miner();
        let (blocks, info, state) = self.miner(miner);
        let pre_commits = state.load_pre_commits(Store(&blocks)).expect("pre-commits");
        let delay = self.telling.policy.pre_commit_challenge_delay;
        let mut ready = Vec::new();
        let known: Vec<_> = self
            .contents
            .keys()
            .filter(|key| key.0 == miner)
            .copied()
            .collect();
        for key in known {
            match pre_commits.get(&key.1).expect("pre-commits") {
                None => {
                    self.contents.remove(&key);
                }
                Some(found) if found.pre_commit_epoch + delay < self.now() => ready.push(key),
                Some(_) if self.telling.mistakes && self.random.once_in(40) => ready.push(key),
                Some(_) => {}
            }
        }
        let chosen = self.random.some_of(&ready, 8);
        if chosen.is_empty() {
            return;
        }
        let mut activations = Vec::new();
        for key in &chosen {
            let mut pieces = self.contents.get(key).cloned().unwrap_or_default();
            if self.telling.mistakes && self.random.once_in(15) {
                pieces.pop();
            }
            activations.push(SectorActivationManifest {
                sector_number: key.1,
                pieces,
            });
        }
        let count = activations.len();
        let aggregate = count >= 4 && self.random.once_in(2);
        let (proofs, whole, kind) = if aggregate {
            let proof = self.proof(1_000);
            (
                Vec::new(),
                proof,
                Some(RegisteredAggregateProof::SnarkPackV2),
            )
        } else {
            let proofs = (0..count).map(|_| self.proof(192)).collect();
            (proofs, RawBytes::default(), None)
        };
        let params = ProveCommitSectors3Params {
            sector_activations: activations,
            sector_proofs: proofs,
            aggregate_proof: whole,
            aggregate_proof_type: kind,
            require_activation_success: self.random.once_in(3),
            require_notification_success: self.random.once_in(3),
        };
        let from = self.controller(&info);
        self.send(from, miner, 34, &params, none());
    }

    fn proof(&mut self, bytes: usize) -> RawBytes {
        if self.telling.mistakes && self.random.once_in(30) {
            return RawBytes::new(WRONG_PROOF.to_vec());
        }
        RawBytes::new(vec![7; bytes])
    }

    pub(crate) fn prove_ni(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let seal_proof_type = self.seal_proof(info.window_post_proof_type, 2);
        let deadline = self.random.below(self.telling.policy.period_deadlines);
        self.prove_ni_into(miner, seal_proof_type, deadline, 12);
    }

    pub(crate) fn prove_ni_into(
        &mut self,
        miner: ActorID,
        seal_proof_type: RegisteredSealProof,
        proving_deadline: u64,
        most: u64,
    ) {
        let (_, info, _) = self.miner(miner);
        let mut sectors = Vec::new();
        for _ in 0..=self.random.below(most) {
            let number = self.new_number(miner);
            let period = self.telling.policy.proving_period;
            let life = self.telling.policy.sector_lifetime_min;
            sectors.push(SectorNIActivationInfo {
                sealing_number: number,
                sealer_id: miner,
                sealed_cid: sealed_cid(self.random.next()),
                sector_number: number,
                seal_rand_epoch: self.now() - 1 - self.random.epochs(900),
                expiration: self.now() + life + 1 + self.random.epochs(5 * period),
            });
        }
        let params = ProveCommitSectorsNIParams {
            sectors,
            aggregate_proof: self.proof(1_000),
            seal_proof_type,
            aggregate_proof_type: RegisteredAggregateProof::SnarkPackV2,
            proving_deadline,
            require_activation_success: self.random.once_in(3),
        };
        let from = self.controller(&info);
        self.send(from, miner, 36, &params, none());
    }

    pub(crate) fn update_replicas(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let mut places = self.places(miner);
        if !self.random.once_in(10) {
            places.retain(|place| !place.faulty && place.sector.sector_key_cid.is_none());
        }
        let chosen = self.random.some_of(&places, 4);
        if chosen.is_empty() {
            return;
        }
        let update_proofs_type = match info.window_post_proof_type {
            RegisteredPoStProof::StackedDRGWindow2KiBV1P1 => {
                RegisteredUpdateProof::StackedDRG2KiBV1
            }
            RegisteredPoStProof::StackedDRGWindow64GiBV1P1 => {
                RegisteredUpdateProof::StackedDRG64GiBV1
            }
            _ => RegisteredUpdateProof::StackedDRG32GiBV1,
        };
        let mut updates = Vec::new();
        for place in &chosen {
            updates.push(SectorUpdateManifest {
                sector: place.sector.sector_number,
                deadline: place.deadline,
                partition: place.partition,
                new_sealed_cid: sealed_cid(self.random.next()),
                pieces: self.some_pieces(miner, info.sector_size as u64),
            });
        }
        let params = ProveReplicaUpdates3Params {
            sector_proofs: updates.iter().map(|_| self.proof(192)).collect(),
            sector_updates: updates,
            aggregate_proof: RawBytes::default(),
            update_proofs_type,
            aggregate_proof_type: None,
            require_activation_success: self.random.once_in(3),
            require_notification_success: self.random.once_in(3),
        };
        let from = self.controller(&info);
        self.send(from, miner, 35, &params, none());
    }

    // --- proving -----------------------------------------------------------------------------

    /// Every miner whose deadline is open proves it, or not.
    pub(crate) fn prove_what_is_due(&mut self) {
        for miner in self.miners.clone() {
            let (_, _, state) = self.miner(miner);
            let open = self.open_deadline(&state);
            if !state.deadline_cron_active || !open.is_open() || self.now() <= open.open {
                continue;
            }
            if self.proven.insert((miner, open.period_start, open.index)) {
                self.prove_deadline(miner, open.index, open.challenge.max(0));
            }
        }
    }

    fn prove_deadline(&mut self, miner: ActorID, index: u64, challenge: i64) {
        let (blocks, info, state) = self.miner(miner);
        let store = Store(&blocks);
        let deadlines = state.load_deadlines(store).expect("deadlines");
        let deadline = deadlines.get(store, index).expect("a deadline");
        let count = deadline.partitions(store).expect("partitions").count();
        let mut partitions = Vec::new();
        for number in 0..count {
            let partition = deadline.partition(store, number).expect("a partition");
            let live: Vec<SectorNumber> = partition.live_sectors().iter().collect();
            if live.is_empty() || deadline.partitions_posted.get(number) {
                continue;
            }
            let skipped = match self.random.below(12) {
                0 => bits(&self.random.some_of(&live, 2)),
                _ => BitField::new(),
            };
            partitions.push(PoStPartition {
                index: number,
                skipped,
            });
        }
        let wrong = self.random.once_in(16);
        for chunk in partitions.chunks(self.telling.policy.posted_partitions_max as usize) {
            if self.random.once_in(14) {
                continue; // A miner may be late.
            }
            let epoch = self.now() - 1 - self.random.epochs((self.now() - challenge - 1).min(5));
            let proof_bytes = if wrong {
                WRONG_PROOF.to_vec()
            } else {
                vec![9; 192]
            };
            let params = SubmitWindowedPoStParams {
                deadline: index,
                partitions: chunk.to_vec(),
                proofs: vec![PoStProof {
                    post_proof: info.window_post_proof_type,
                    proof_bytes,
                }],
                chain_commit_epoch: epoch,
                chain_commit_rand: Randomness(draw(CHAIN_COMMIT, epoch, &[]).to_vec()),
            };
            let from = self.controller(&info);
            let answer = self.send(from, miner, 5, &params, none());
            if wrong && answer.is_ok() {
                self.wrong.push((miner, index));
            }
        }
    }

    pub(crate) fn dispute(&mut self) {
        let wrong = self.wrong.clone();
        let (miner, deadline) = match self.random.one_of(&wrong) {
            Some(found) if !self.random.once_in(6) => found,
            _ => {
                let deadlines = self.telling.policy.period_deadlines;
                (self.some_miner(), self.random.below(deadlines))
            }
        };
        let params = DisputeWindowedPoStParams {
            deadline,
            post_index: self.random.below(2),
        };
        if self.send(STRANGER, miner, 24, &params, none()).is_ok() || self.random.once_in(6) {
            self.wrong.retain(|found| *found != (miner, deadline));
        }
    }

    /// Declarations of some of these sectors, by partition.
    fn declarations(&mut self, places: &[Place], most: u64) -> Vec<SectorsDeclaration> {
        let mut declarations: Vec<SectorsDeclaration> = Vec::new();
        for place in self.random.some_of(places, most) {
            let number = place.sector.sector_number;
            let known = declarations
                .iter_mut()
                .find(|d| d.deadline == place.deadline && d.partition == place.partition);
            match known {
                Some(declaration) => declaration.sectors.set(number),
                None => declarations.push(SectorsDeclaration {
                    deadline: place.deadline,
                    partition: place.partition,
                    sectors: bits(&[number]),
                }),
            }
        }
        if self.telling.mistakes && self.random.once_in(20) {
            let deadlines = self.telling.policy.period_deadlines;
            declarations.push(SectorsDeclaration {
                deadline: self.random.below(deadlines + 1),
                partition: self.random.below(3),
                sectors: bits(&[self.random.below(100)]),
            });
        }
        declarations
    }

    pub(crate) fn declare_faults(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let places = self.places(miner);
        let faults = self.declarations(&places, 5);
        let from = self.controller(&info);
        self.send(from, miner, 10, &DeclareFaultsParams { faults }, none());
    }

    pub(crate) fn declare_recoveries(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let mut places = self.places(miner);
        if !self.random.once_in(10) {
            places.retain(|place| place.faulty && !place.recovering);
        }
        let most = places.len() as u64;
        let recoveries = self.declarations(&places, most);
        let from = self.controller(&info);
        self.send(
            from,
            miner,
            11,
            &DeclareFaultsRecoveredParams { recoveries },
            none(),
        );
    }

    pub(crate) fn terminate(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let places = self.places(miner);
        let terminations = self.declarations(&places, 3);
        let from = self.controller(&info);
        self.send(
            from,
            miner,
            9,
            &TerminateSectorsParams { terminations },
            none(),
        );
    }

    pub(crate) fn extend(&mut self) {
        let miner = self.some_miner();
        let (blocks, info, _) = self.miner(miner);
        let mut places = self.places(miner);
        if !self.random.once_in(10) {
            places.retain(|place| !place.faulty && !place.unproven);
        }
        let registry: verifreg::state::State = self.world.state(ids::VERIFIED_REGISTRY);
        let mut claims = registry.claims(Store(&blocks)).expect("claims");
        let mut extensions = Vec::new();
        for place in self.random.some_of(&places, 3) {
            let number = place.sector.sector_number;
            let later = 1 + self.random.epochs(self.telling.policy.sector_lifetime_min);
            let mut own = Vec::new();
            claims
                .for_each_in(&miner, |claim, content| {
                    if content.sector == number {
                        own.push(claim);
                    }
                    Ok(())
                })
                .expect("claims");
            let with_claims = !own.is_empty() && !self.random.once_in(5);
            let claim = SectorClaim {
                sector_number: number,
                drop_claims: if self.random.once_in(5) {
                    own.clone()
                } else {
                    Vec::new()
                },
                maintain_claims: own,
            };
            let claim = SectorClaim {
                maintain_claims: if claim.drop_claims.is_empty() {
                    claim.maintain_claims
                } else {
                    Vec::new()
                },
                ..claim
            };
            extensions.push(ExpirationExtension2 {
                deadline: place.deadline,
                partition: place.partition,
                sectors: if with_claims {
                    BitField::new()
                } else {
                    bits(&[number])
                },
                sectors_with_claims: if with_claims { vec![claim] } else { Vec::new() },
                new_expiration: place.sector.expiration + later,
            });
        }
        let from = self.controller(&info);
        self.send(
            from,
            miner,
            32,
            &ExtendSectorExpiration2Params { extensions },
            none(),
        );
    }

    pub(crate) fn compact(&mut self) {
        let miner = self.some_miner();
        let (_, info, state) = self.miner(miner);
        let from = self.controller(&info);
        if self.random.once_in(3) {
            let mask_sector_numbers = bits(&[self.random.below(400)]);
            let params = CompactSectorNumbersParams {
                mask_sector_numbers,
            };
            self.send(from, miner, 20, &params, none());
            return;
        }
        // Mostly where sectors are and nothing forbids it, as miners do.
        let places = self.places(miner);
        let (policy, now) = (self.telling.policy.clone(), self.now());
        let start = state.current_deadline_info(&policy, now).period_start;
        let may = |place: &&Place| {
            !place.faulty && !place.unproven && is_compactable(&policy, start, place.deadline, now)
        };
        let candidates: Vec<(u64, u64)> = places
            .iter()
            .filter(may)
            .map(|place| (place.deadline, place.partition))
            .collect();
        let (deadline, partition) = match self.random.one_of(&candidates) {
            Some(found) if !self.random.once_in(4) => found,
            _ => (
                self.random.below(policy.period_deadlines),
                self.random.below(3),
            ),
        };
        let params = CompactPartitionsParams {
            deadline,
            partitions: bits(&[partition]),
        };
        self.send(from, miner, 19, &params, none());
    }

    // --- money and people --------------------------------------------------------------------

    pub(crate) fn reward_block(&mut self) {
        let miner = self.some_miner();
        let params = AwardBlockRewardParams {
            miner: id(miner),
            penalty: fil(self.random.below(20) / 19 * 5),
            gas_reward: fil(self.random.below(3)),
            win_count: 1 + self.random.below(2) as i64,
        };
        let award = reward::AWARD_BLOCK_REWARD;
        self.world
            .send(ids::SYSTEM, ids::REWARD, award, &params, none());
    }

    pub(crate) fn withdraw(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let who = if self.random.once_in(3) {
            info.beneficiary
        } else {
            info.owner
        };
        let from = who.id().expect("an id");
        if self.random.once_in(4) {
            self.ask(from, miner, 22);
            return;
        }
        // Now and then nearly everything, so that there are debts.
        let amount_requested = match self.random.below(6) {
            0 => fil(3_000_000),
            _ => fil(self.random.below(5_000)),
        };
        let method = if self.random.once_in(2) {
            16
        } else {
            2_280_458_852
        };
        self.send(
            from,
            miner,
            method,
            &WithdrawBalanceParams { amount_requested },
            none(),
        );
        if self.random.once_in(2) {
            let amount = fil(1_000 + self.random.below(50_000));
            self.give(OWNERS[0], miner, amount);
        }
    }

    pub(crate) fn change_people(&mut self) {
        let miner = self.some_miner();
        let (_, info, _) = self.miner(miner);
        let owner = info.owner.id().expect("an id");
        match self.random.below(8) {
            0 | 1 => {
                let worker = self.random.one_of(&WORKERS).expect("some");
                let control = self.random.some_of(&WORKERS, 2);
                let params = ChangeWorkerAddressParams {
                    new_worker: id(worker),
                    new_control_addresses: control.into_iter().map(id).collect(),
                };
                self.send(owner, miner, 3, &params, none());
            }
            2 => {
                self.ask(owner, miner, 21);
            }
            3 => {
                let new = match info.pending_owner_address {
                    Some(pending) if !self.random.once_in(4) => pending.id().expect("an id"),
                    _ => self.random.one_of(&OWNERS).expect("some"),
                };
                let from = if info.pending_owner_address.is_some() {
                    new
                } else {
                    owner
                };
                self.send(from, miner, 23, &ChangeOwnerAddressParams(id(new)), none());
            }
            4 | 5 => {
                let pending = info.pending_beneficiary_term.clone();
                let new = self.random.one_of(&BENEFICIARIES).expect("some");
                let proposal = ChangeBeneficiaryParams {
                    new_beneficiary: if self.random.once_in(4) {
                        info.owner
                    } else {
                        id(new)
                    },
                    new_quota: fil(self.random.below(2_000)),
                    new_expiration: self.now() + self.random.epochs(20_000),
                };
                match pending {
                    Some(change) if !self.random.once_in(4) => {
                        let params = ChangeBeneficiaryParams {
                            new_beneficiary: change.new_beneficiary,
                            new_quota: change.new_quota,
                            new_expiration: change.new_expiration,
                        };
                        let nominee = change.new_beneficiary.id().expect("an id");
                        let present = info.beneficiary.id().expect("an id");
                        self.send(nominee, miner, 30, &params, none());
                        self.send(present, miner, 30, &params, none());
                    }
                    _ => {
                        self.send(owner, miner, 30, &proposal, none());
                    }
                }
            }
            6 => {
                let params = ChangePeerIdParams {
                    new_id: vec![3; self.random.below(140) as usize],
                };
                self.send(owner, miner, 4, &params, none());
            }
            _ => {
                let one = BytesDe(vec![5; self.random.below(600) as usize]);
                let params = ChangeMultiaddrsParams {
                    new_multi_addrs: vec![one.clone(), one],
                };
                self.send(owner, miner, 18, &params, none());
            }
        }
    }

    pub(crate) fn report_fault(&mut self) {
        let miner = self.some_miner();
        let mut header1 = (self.now() - 1 - self.random.epochs(5))
            .to_be_bytes()
            .to_vec();
        header1.extend(id(miner).to_bytes());
        if !self.random.once_in(8) {
            header1.clear();
        }
        let params = ReportConsensusFaultParams {
            header1,
            header2: vec![2],
            header_extra: Vec::new(),
        };
        self.send(STRANGER, miner, 15, &params, none());
    }

    pub(crate) fn ask_miner(&mut self) {
        const WITHOUT_PARAMS: [u64; 9] = [
            2,
            31,
            1_332_909_407,
            1_726_876_304,
            2_812_875_329,
            3_180_523_767,
            3_275_365_574,
            3_858_292_296,
            4_026_106_874,
        ];
        let miner = self.some_miner();
        let places = self.places(miner);
        let number = match self.random.one_of(&places) {
            Some(place) if !self.random.once_in(4) => place.sector.sector_number,
            _ => self.random.below(100),
        };
        match self.random.below(7) {
            0 => {
                let method = self.random.one_of(&WITHOUT_PARAMS).expect("some");
                self.ask(STRANGER, miner, method);
            }
            1 => {
                let params = IsControllingAddressParams(id(WORKERS[0]));
                self.send(STRANGER, miner, 348_244_887, &params, none());
            }
            2 => {
                let params = CheckSectorProvenParams {
                    sector_number: number,
                };
                self.send(STRANGER, miner, 13, &params, none());
            }
            3 => {
                let params = GetNominalSectorExpirationParams(number);
                self.send(STRANGER, miner, 3_010_055_991, &params, none());
            }
            4 => {
                let params = MaxTerminationFeeParams {
                    power: (self.random.next() >> 20).into(),
                    initial_pledge: fil(self.random.below(100)),
                };
                self.send(STRANGER, miner, 4_127_382_196, &params, none());
            }
            _ => {
                let params = GenerateSectorLocationParams {
                    sector_number: number,
                };
                let answer = self.send(STRANGER, miner, 1_321_604_665, &params, none());
                if let Some(found) = answer.value::<GenerateSectorLocationReturn>() {
                    let params = ValidateSectorStatusParams {
                        sector_number: number,
                        status: found.status,
                        aux_data: found.aux_data,
                    };
                    self.send(STRANGER, miner, 3_092_458_564, &params, none());
                }
            }
        }
    }
}

/// More than any rounding up to the end of a deadline adds.
fn policy_slack(period: i64) -> i64 {
    2 * period
}
