//! What the recorded scenarios of the small actors leave out.

use std::path::Path;

use atoll_actors::replay::Genesis;
use atoll_actors::replay::format::{
    AddressText, Amount, Block, CodeName, Entry, Hex, Message, SetActor,
};
use atoll_actors::replay::machine::{Applied, Machine};
use atoll_actors::{ActorKind, account, cron, ids, init, multisig, paych};
use cid::Cid;
use fvm_ipld_encoding::{CBOR, DAG_CBOR, RawBytes, to_vec};
use fvm_shared::address::Address;
use fvm_shared::bigint::BigInt;
use fvm_shared::crypto::signature::{Signature, SignatureType};
use fvm_shared::econ::TokenAmount;
use multihash_codetable::{Code, MultihashDigest};
use serde::Serialize;

/// An account with a billion FIL in the genesis of the scenarios.
const FAUCET: Address = Address::new_id(102);
const OTHER: Address = Address::new_id(100);
const INIT: Address = Address::new_id(ids::INIT);
const SYSTEM: Address = Address::new_id(ids::SYSTEM);

struct Bench {
    machine: Machine,
}

impl Bench {
    fn new() -> Self {
        let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors/actors");
        let genesis = Genesis::load(&vectors).expect("the genesis can be read");
        Self {
            machine: Machine::new(&genesis, &[]).expect("the genesis makes sense"),
        }
    }

    fn send(&mut self, from: Address, to: Address, atto: u64) -> Applied {
        self.apply(from, to, 0, atto, None)
    }

    fn call(&mut self, from: Address, to: Address, method: u64, params: impl Serialize) -> Applied {
        let params = to_vec(&params).expect("parameters can be encoded");
        self.apply(from, to, method, 0, Some(params))
    }

    fn apply(
        &mut self,
        from: Address,
        to: Address,
        method: u64,
        atto: u64,
        params: Option<Vec<u8>>,
    ) -> Applied {
        let message = Message {
            from: AddressText(from),
            to: AddressText(to),
            value: Amount(TokenAmount::from_atto(atto)),
            method,
            params: params.map(|params| Block {
                codec: CBOR,
                hex: Hex(params),
            }),
            implicit: false,
        };
        self.machine
            .apply(&message, None)
            .expect("the sender exists")
    }

    /// Overwrites the state of an actor without value.
    fn set_state(&mut self, id: u64, kind: ActorKind, state: &impl Serialize) {
        let block = to_vec(state).expect("states can be encoded");
        let head = Cid::new_v1(DAG_CBOR, Code::Blake2b256.digest(&block));
        let actor = SetActor {
            address: AddressText(Address::new_id(id)),
            code: CodeName(kind),
            head,
            sequence: 0,
            balance: Amount::default(),
            delegated: None,
            blocks: [(head.to_string(), Hex(block))].into(),
        };
        self.machine
            .set_actor(&actor)
            .expect("an f0 address and a CID");
    }

    /// Creates an actor through the init actor.
    #[track_caller]
    fn exec(&mut self, kind: ActorKind, params: impl Serialize) -> init::ExecReturn {
        let params = exec_params(CodeName(kind).cid(), params);
        let applied = self.call(FAUCET, INIT, init::EXEC, params);
        assert_eq!(applied.exit_code.value(), 0, "{:?}", applied.words);
        applied
            .data
            .expect("exec returns")
            .deserialize()
            .expect("what exec returns")
    }
}

fn exec_params(code_cid: Cid, params: impl Serialize) -> init::ExecParams {
    let constructor_params = RawBytes::serialize(params).expect("parameters can be encoded");
    init::ExecParams {
        code_cid,
        constructor_params,
    }
}

fn head_of(applied: &Applied, address: Address) -> Option<&Entry> {
    applied
        .heads
        .get(&address.id().expect("an f0 address"))?
        .as_ref()
}

fn balance_of(applied: &Applied, address: Address) -> BigInt {
    head_of(applied, address)
        .expect("the actor changed")
        .balance
        .0
        .atto()
        .clone()
}

#[test]
fn init_creates_what_the_caller_may() {
    let mut bench = Bench::new();
    for kind in ActorKind::ALL {
        let params = exec_params(CodeName(kind).cid(), ());
        let code = bench
            .call(FAUCET, INIT, init::EXEC, params)
            .exit_code
            .value();
        // The constructors of multisig and payment channel refuse to be called with null.
        let allowed = matches!(kind, ActorKind::Multisig | ActorKind::PaymentChannel);
        assert_eq!(code, if allowed { 21 } else { 18 }, "{kind:?}");
    }
    let unknown = exec_params(system_code(), ());
    assert_eq!(
        bench
            .call(FAUCET, INIT, init::EXEC, unknown)
            .exit_code
            .value(),
        18
    );
}

/// The CID of something that is no actor.
fn system_code() -> Cid {
    atoll_actors::state::empty_root()
}

#[test]
fn exec4_takes_the_place_of_a_placeholder_and_of_nobody_else() {
    let mut bench = Bench::new();
    let eam = Address::new_id(ids::EAM);
    let delegated = Address::new_delegated(ids::EAM, &[7; 20]).expect("a f410 address");
    let sent = bench.send(FAUCET, delegated, 5);
    let id = Address::new_id(103);
    assert_eq!(
        head_of(&sent, id).expect("a placeholder").code.0,
        ActorKind::Placeholder
    );

    let params = |subaddress: u8| init::Exec4Params {
        code_cid: CodeName(ActorKind::PaymentChannel).cid(),
        constructor_params: RawBytes::serialize((FAUCET, OTHER)).expect("can be encoded"),
        subaddress: RawBytes::new(vec![subaddress; 20]),
    };
    assert_eq!(
        bench
            .call(FAUCET, INIT, init::EXEC4, params(7))
            .exit_code
            .value(),
        18
    );

    let applied = bench.call(eam, INIT, init::EXEC4, params(7));
    assert_eq!(applied.exit_code.value(), 0, "{:?}", applied.words);
    let returned: init::ExecReturn = applied
        .data
        .as_ref()
        .expect("a return")
        .deserialize()
        .unwrap();
    assert_eq!(returned.id_address, id);
    let entry = head_of(&applied, id).expect("the new actor");
    assert_eq!(
        (entry.code.0, entry.balance.0.atto()),
        (ActorKind::PaymentChannel, &5.into())
    );
    assert_eq!(entry.delegated, Some(AddressText(delegated)));
    // The f2 address is another name of the same actor.
    let sent = bench.send(FAUCET, returned.robust_address, 1);
    assert_eq!(balance_of(&sent, id), 6.into());

    assert_eq!(
        bench
            .call(eam, INIT, init::EXEC4, params(7))
            .exit_code
            .value(),
        18
    );
    // A new address creates a new actor.
    let applied = bench.call(eam, INIT, init::EXEC4, params(8));
    assert_eq!(
        head_of(&applied, Address::new_id(104))
            .expect("an actor")
            .balance
            .0
            .atto(),
        &0.into()
    );
}

#[test]
fn a_settled_channel_pays_and_is_gone() {
    let mut bench = Bench::new();
    let channel = bench
        .exec(ActorKind::PaymentChannel, (FAUCET, OTHER))
        .id_address;
    bench.send(FAUCET, channel, 100);
    let mut voucher = paych::SignedVoucher {
        channel_addr: channel,
        time_lock_min: 0,
        time_lock_max: 0,
        secret_pre_image: Vec::new(),
        extra: None,
        lane: 0,
        nonce: 1,
        amount: TokenAmount::from_atto(30),
        min_settle_height: 0,
        merges: Vec::new(),
        signature: None,
    };
    // Here a signature is valid if it is the message.
    let bytes = voucher.signing_bytes().expect("a voucher can be encoded");
    voucher.signature = Some(Signature {
        sig_type: SignatureType::BLS,
        bytes,
    });
    let update = paych::UpdateChannelStateParams {
        sv: voucher,
        secret: Vec::new(),
    };
    let updated = bench.call(OTHER, channel, 2, update);
    assert_eq!(updated.exit_code.value(), 0, "{:?}", updated.words);

    assert_eq!(
        bench.apply(FAUCET, channel, 4, 0, None).exit_code.value(),
        18
    );
    assert_eq!(
        bench.apply(FAUCET, channel, 3, 0, None).exit_code.value(),
        0
    );
    bench.machine.epoch = paych::SETTLE_DELAY - 1;
    assert_eq!(
        bench.apply(FAUCET, channel, 4, 0, None).exit_code.value(),
        18
    );
    bench.machine.epoch += 1;
    let collected = bench.apply(FAUCET, channel, 4, 0, None);
    assert_eq!(collected.exit_code.value(), 0, "{:?}", collected.words);
    assert_eq!(collected.heads.get(&channel.id().unwrap()), Some(&None));
    assert_eq!(balance_of(&collected, OTHER), 30.into());
    // Nobody can be reached there any more.
    assert_eq!(bench.send(FAUCET, channel, 1).exit_code.value(), 5);
}

#[test]
fn cron_goes_on_after_a_failure() {
    let mut bench = Bench::new();
    let entry = |id, method| cron::Entry {
        receiver: Address::new_id(id),
        method,
    };
    // An account without such a method, nobody at all, and a method that succeeds.
    let entries = vec![
        entry(100, 99),
        entry(9999, 1),
        entry(100, account::PUBKEY_ADDRESS),
    ];
    bench.set_state(ids::CRON, ActorKind::Cron, &cron::State { entries });
    let ticked = bench.apply(
        SYSTEM,
        Address::new_id(ids::CRON),
        cron::EPOCH_TICK,
        0,
        None,
    );
    assert_eq!(ticked.exit_code.value(), 0);
    let codes: Vec<_> = ticked
        .trace
        .subinvocations
        .iter()
        .map(|call| call.exit_code)
        .collect();
    assert_eq!(codes, [22, 5, 0]);
}

#[test]
fn a_multisig_reports_its_callees_failure() {
    let mut bench = Bench::new();
    let params = multisig::ConstructorParams {
        signers: vec![FAUCET],
        num_approvals_threshold: 1,
        unlock_duration: 0,
        start_epoch: 0,
    };
    let wallet = bench.exec(ActorKind::Multisig, params).id_address;
    let proposal = |to, atto, method| multisig::ProposeParams {
        to,
        value: TokenAmount::from_atto(atto),
        method,
        params: RawBytes::default(),
    };
    let mut propose = |to, atto, method| {
        let applied = bench.call(FAUCET, wallet, 2, proposal(to, atto, method));
        let returned = applied
            .data
            .map(|data| data.deserialize::<multisig::ProposeReturn>().unwrap());
        let inner = returned.map(|returned| (returned.applied, returned.code.value()));
        (applied.exit_code.value(), inner)
    };
    assert_eq!(propose(OTHER, 0_u64, 0), (0, Some((true, 0))));
    assert_eq!(propose(OTHER, 0, 99), (0, Some((true, 22))));
    // More than there is: not even tried.
    assert_eq!(propose(OTHER, 1, 0), (19, None));
}

#[test]
fn calls_nest_only_so_deep() {
    let mut bench = Bench::new();
    let params = multisig::ConstructorParams {
        signers: vec![FAUCET],
        num_approvals_threshold: 1,
        unlock_duration: 0,
        start_epoch: 0,
    };
    let wallet = bench.exec(ActorKind::Multisig, params).id_address;
    let proposal = |to, method, params| multisig::ProposeParams {
        to,
        value: TokenAmount::default(),
        method,
        params,
    };
    let signer = multisig::AddSignerParams {
        signer: wallet,
        increase: false,
    };
    let signer = RawBytes::serialize(signer).expect("can be encoded");
    bench.call(FAUCET, wallet, 2, proposal(wallet, 5, signer));

    // The wallet proposes to itself that it proposes to itself, and so on.
    let mut nested = proposal(OTHER, 0, RawBytes::default());
    for _ in 0..200 {
        let params = RawBytes::serialize(&nested).expect("can be encoded");
        nested = proposal(wallet, 2, params);
    }
    let applied = bench.call(FAUCET, wallet, 2, nested);
    assert_eq!(applied.exit_code.value(), 0, "{:?}", applied.words);
    let mut depth = 0;
    let mut call = &applied.trace;
    while let Some(inner) = call.subinvocations.first() {
        call = inner;
        depth += 1;
    }
    assert_eq!(depth, 128);
}
