//! A dev chain from outside: messages in, receipts, logs and states out.

mod common;

use std::sync::Arc;

use atoll_actors::evm::EthAddress;
use atoll_chain::call::eth_output;
use atoll_chain::eth_tx::{Fees, Unsigned};
use atoll_chain::{
    CallRequest, Chain, CheckedMessage, KeepMessages, Key, Mining, Overrides, Refusal,
};
use atoll_vm::state::Atto;
use expect_test::expect;
use fvm_shared::address::Address;
use fvm_shared::econ::TokenAmount;
use fvm_shared::message::Message;

use common::NOW;

struct Dev {
    chain: Chain,
    keys: Vec<Key>,
}

impl Dev {
    fn new() -> Self {
        let keys = common::keys();
        let chain = Chain::new(common::parts(None), &common::genesis(&keys)).expect("a genesis");
        Self { chain, keys }
    }

    fn eth(&self, key: usize) -> EthAddress {
        self.keys[key].eth_address().expect("secp256k1")
    }

    /// A transaction with plenty of gas, signed.
    fn tx(
        &self,
        key: usize,
        nonce: u64,
        to: Option<EthAddress>,
        value: u64,
        input: &[u8],
    ) -> Arc<CheckedMessage> {
        self.tx_paying(key, nonce, to, value, input, 1_000)
    }

    fn tx_paying(
        &self,
        key: usize,
        nonce: u64,
        to: Option<EthAddress>,
        value: u64,
        input: &[u8],
        premium: u64,
    ) -> Arc<CheckedMessage> {
        common::tx(
            &self.chain,
            &self.keys[key],
            nonce,
            to,
            (value, premium),
            input,
        )
    }

    fn balance(&self, address: EthAddress) -> Atto {
        let head = self.chain.head();
        let mut state = self.chain.state(&head).expect("a state");
        state.balance(&address.to_filecoin()).expect("readable")
    }
}

/// Stores 42 in slot 1, emits a log with one topic, and returns code that answers slot 1:
///
/// ```text
/// 602a 6001 55        sstore(1, 42)
/// 6007 6000 52        mstore(0, 7)
/// 60aa 6020 6000 a1   log1(0, 32, 0xaa)
/// 600b 601d 6000 39   codecopy(0, 29, 11)
/// 600b 6000 f3        return(0, 11)
/// 6001 54 6000 52 6020 6000 f3
/// ```
fn init_code() -> Vec<u8> {
    let code = "602a600155600760005260aa60206000a1600b601d600039600b6000f3600154600052602060\
                00f3";
    hex::decode(code).expect("hex")
}

#[test]
fn a_transfer_is_on_chain_when_submit_returns() {
    let dev = Dev::new();
    let to = EthAddress([0x77; 20]);
    let tx = dev.tx(0, 0, Some(to), 5, &[]);
    dev.chain.submit(tx.clone(), NOW).expect("taken");
    let (tipset, executed) = dev.chain.message(&tx.eth_hash).expect("on chain");
    assert_eq!(tipset.epoch(), 1);
    assert!(executed.succeeded(), "{:?}", executed.failure);
    assert_eq!(dev.balance(to), Atto(5));
    assert_eq!(executed.from, dev.eth(0));
    assert_eq!(executed.to, Some(to));
    let by_cid = atoll_chain::Hash::of_cid(&tx.cid);
    assert!(dev.chain.message(&by_cid).is_some());
    assert_eq!(dev.chain.submit(tx, NOW), Err(Refusal::Known));
}

#[test]
fn contracts_are_deployed_logged_called_and_read() {
    let dev = Dev::new();
    let tx = dev.tx(0, 0, None, 0, &init_code());
    dev.chain.submit(tx.clone(), NOW).expect("taken");
    let (tipset, executed) = dev.chain.message(&tx.eth_hash).expect("on chain");
    assert!(executed.succeeded(), "{:?}", executed.failure);
    let contract = executed.created.expect("a contract");
    assert_eq!(executed.logs.len(), 1);
    let log = &executed.logs[0];
    assert_eq!(log.address, contract);
    assert_eq!(log.topics[0].0[31], 0xaa);
    assert_eq!(log.data[31], 7);
    assert!(tipset.bloom.may_contain(&contract.0));

    let mut key = [0; 32];
    key[31] = 1;
    let head = dev.chain.head();
    let mut state = dev.chain.state(&head).expect("a state");
    let slot = state.storage(&contract.to_f410(), &key).expect("readable");
    assert_eq!(slot[31], 42);
    assert_eq!(state.code(&contract.to_f410()).expect("readable").len(), 11);
    drop(state);

    let request = CallRequest::eth(dev.eth(1), Some(contract), TokenAmount::default(), vec![]);
    let answer = dev
        .chain
        .call(&head, &request, &Overrides::default())
        .expect("applied");
    assert_eq!(eth_output(&answer)[31], 42);

    // The state before it has no such contract.
    let before = dev.chain.genesis();
    let answer = dev
        .chain
        .call(&before, &request, &Overrides::default())
        .expect("applied");
    assert!(eth_output(&answer).is_empty());

    // Another slot for the length of one call.
    let mut fifty = [0; 32];
    fifty[31] = 50;
    let change =
        |edit: &mut atoll_chain::Edit<'_>| edit.set_storage(&contract.to_f410(), &[(key, fifty)]);
    let overrides = Overrides {
        state: Some(&change),
        ..Overrides::default()
    };
    let answer = dev
        .chain
        .call(&head, &request, &overrides)
        .expect("applied");
    assert_eq!(eth_output(&answer)[31], 50);
    let answer = dev
        .chain
        .call(&head, &request, &Overrides::default())
        .expect("applied");
    assert_eq!(eth_output(&answer)[31], 42, "nothing stays");
}

#[test]
fn an_estimate_is_enough_and_not_much_more() {
    let dev = Dev::new();
    let head = dev.chain.head();
    let zero = TokenAmount::default();
    let request = CallRequest::eth(dev.eth(0), None, zero, init_code());
    let estimate = dev
        .chain
        .estimate_gas(&head, &request, &Overrides::default())
        .expect("it succeeds");
    assert!(estimate.gas_limit >= estimate.gas_used);
    assert!(estimate.gas_limit <= estimate.gas_used * 2, "{estimate:?}");
    let unsigned = Unsigned {
        chain_id: dev.chain.chain_id(),
        nonce: 0,
        fees: Fees::Eip1559 {
            max_fee: TokenAmount::from_atto(1_000),
            max_priority_fee: TokenAmount::from_atto(1),
        },
        gas_limit: estimate.gas_limit,
        to: None,
        value: TokenAmount::default(),
        input: init_code(),
    };
    let tx = dev.keys[0].sign_eth(unsigned).expect("it signs");
    let tx = CheckedMessage::from_eth(&tx.encode(), dev.chain.chain_id()).expect("well");
    dev.chain.submit(tx.clone(), NOW).expect("taken");
    let (_, executed) = dev.chain.message(&tx.eth_hash).expect("on chain");
    assert!(executed.succeeded(), "{:?}", executed.failure);
    // The fees, and with them the message, are longer than in the trial.
    let difference = executed.receipt.gas_used.abs_diff(estimate.gas_used);
    assert!(
        difference <= estimate.gas_used / 50,
        "{difference} of {estimate:?}"
    );
}

#[test]
fn gaps_wait_and_are_filled() {
    let dev = Dev::new();
    let to = Some(EthAddress([9; 20]));
    dev.chain
        .submit(dev.tx(0, 1, to, 1, &[]), NOW)
        .expect("taken");
    assert_eq!(dev.chain.head().epoch(), 0, "nothing to mine");
    assert_eq!(dev.chain.waiting_count(), 1);
    let from = dev.eth(0).to_f410();
    assert_eq!(dev.chain.next_sequence(&from).expect("readable"), 0);
    dev.chain
        .submit(dev.tx(0, 0, to, 1, &[]), NOW)
        .expect("taken");
    assert_eq!(dev.chain.waiting_count(), 0);
    assert_eq!(dev.chain.next_sequence(&from).expect("readable"), 2);
}

#[test]
fn refusals_say_why() {
    let dev = Dev::new();
    dev.chain.set_mining(Mining::OnRequest);
    let to = Some(EthAddress([9; 20]));
    let submit = |tx| match dev.chain.submit(tx, NOW) {
        Ok(()) => "taken".to_owned(),
        Err(refusal) => refusal.to_string(),
    };
    assert_eq!(submit(dev.tx_paying(0, 0, to, 1, &[], 1_000)), "taken");
    expect!["replacement transaction underpriced: the premium must be at least 1251 attoFIL"]
        .assert_eq(&submit(dev.tx_paying(0, 0, to, 2, &[], 1_250)));
    assert_eq!(submit(dev.tx_paying(0, 0, to, 2, &[], 1_251)), "taken");
    assert_eq!(dev.chain.waiting_count(), 1);
    dev.chain.mine(NOW).expect("mined");
    expect!["nonce too low: next nonce 1, tx nonce 0"].assert_eq(&submit(dev.tx(0, 0, to, 3, &[])));
    expect!["oversized data: 70151 bytes are more than 65536"].assert_eq(&submit(dev.tx(
        0,
        1,
        to,
        3,
        &vec![1; 70_000],
    )));
    assert_eq!(
        dev.balance(EthAddress([9; 20])),
        Atto(2),
        "the better paid one"
    );
}

#[test]
fn filecoin_messages_of_both_kinds_of_key_are_mined() {
    let dev = Dev::new();
    let bls = Key::bls(&[5; 32]).expect("a key");
    let message = |from: Address, to: Address, sequence, value| Message {
        version: 0,
        from,
        to,
        sequence,
        value,
        method_num: 0,
        params: Default::default(),
        gas_limit: 100_000_000,
        gas_fee_cap: TokenAmount::from_atto(1_000),
        gas_premium: TokenAmount::from_atto(10),
    };
    let chain_id = dev.chain.chain_id();
    let fund = message(
        dev.keys[0].address(),
        bls.address(),
        0,
        TokenAmount::from_whole(3),
    );
    let fund = dev.keys[0].sign(fund).expect("its own address");
    let fund = CheckedMessage::new(fund, chain_id).expect("signed");
    dev.chain.submit(fund, NOW).expect("taken");
    let back = message(
        bls.address(),
        dev.keys[0].address(),
        0,
        TokenAmount::from_whole(1),
    );
    let signed = bls.sign(back.clone()).expect("its own address");
    let checked = CheckedMessage::new(signed.clone(), chain_id).expect("signed");
    assert_eq!(
        checked.cid, checked.message_cid,
        "BLS signatures are not in it"
    );
    dev.chain.submit(checked.clone(), NOW).expect("taken");
    let (_, executed) = dev.chain.message(&checked.eth_hash).expect("on chain");
    assert!(executed.succeeded(), "{:?}", executed.failure);

    let mut forged = signed;
    forged.message.value += TokenAmount::from_atto(1);
    assert!(CheckedMessage::new(forged, chain_id).is_err());
    let mut other = dev.keys[0].sign(message(
        dev.keys[0].address(),
        bls.address(),
        1,
        TokenAmount::default(),
    ));
    if let Ok(signed) = &mut other {
        signed.message.from = dev.keys[1].address();
    }
    assert!(CheckedMessage::new(other.expect("signed"), chain_id).is_err());
}

#[test]
fn snapshots_and_reorgs_lead_back() {
    let dev = Dev::new();
    let to = EthAddress([9; 20]);
    dev.chain
        .submit(dev.tx(0, 0, Some(to), 1, &[]), NOW)
        .expect("taken");
    let root = dev.chain.head().state_root;
    let id = dev.chain.snapshot();
    let second = dev.tx(0, 1, Some(to), 1, &[]);
    dev.chain.submit(second.clone(), NOW).expect("taken");
    dev.chain
        .edit(|edit| edit.set_balance(&to.to_f410(), Atto(1_000)))
        .expect("edited");
    assert_eq!(dev.balance(to), Atto(1_000));
    assert!(dev.chain.revert(id).expect("kept"));
    assert!(!dev.chain.revert(id).expect("kept"), "used up");
    assert_eq!(dev.chain.head().state_root, root);
    assert!(dev.chain.message(&second.eth_hash).is_none());

    dev.chain.submit(second.clone(), NOW).expect("taken again");
    let replaced = dev.chain.head();
    dev.chain
        .reorg(2, KeepMessages::Yes, NOW)
        .expect("another branch");
    let head = dev.chain.head();
    assert_eq!(head.epoch(), replaced.epoch());
    assert_ne!(head.hash, replaced.hash);
    assert!(dev.chain.message(&second.eth_hash).is_some());
    assert_eq!(dev.balance(to), Atto(2));
}

#[test]
fn the_same_messages_give_the_same_roots_one_by_one_at_once_and_replayed() {
    let (one_by_one, at_once) = (Dev::new(), Dev::new());
    assert_eq!(
        one_by_one.chain.genesis().block,
        at_once.chain.genesis().block
    );
    at_once.chain.set_mining(Mining::OnRequest);
    for nonce in 0..6 {
        for dev in [&one_by_one, &at_once] {
            let to = (nonce % 2 == 0).then_some(EthAddress([8; 20]));
            let input = if to.is_none() {
                init_code()
            } else {
                Vec::new()
            };
            let tx = dev.tx(nonce as usize % 3, nonce / 3, to, nonce, &input);
            dev.chain.submit(tx, NOW + nonce).expect("taken");
        }
        at_once.chain.mine(NOW + nonce).expect("mined");
    }
    let blocks = |dev: &Dev| -> Vec<_> {
        let tipsets = dev.chain.tipsets(0..=i64::MAX);
        tipsets.map(|t| (t.block, t.state_root)).collect()
    };
    assert_eq!(blocks(&one_by_one), blocks(&at_once));
    assert_eq!(blocks(&one_by_one).len(), 7);
    for tipset in one_by_one.chain.tipsets(1..=i64::MAX) {
        let replayed = at_once.chain.replay(&tipset).expect("replayed");
        assert_eq!(replayed.state_root, tipset.state_root);
        assert_eq!(replayed.applied.len(), tipset.messages.len());
        for (now, then) in replayed.executed.iter().zip(&tipset.messages) {
            assert_eq!(now.receipt, then.receipt);
        }
    }
}

#[test]
fn null_rounds_have_no_tipset() {
    let dev = Dev::new();
    let tipset = dev.chain.mine_after(NOW + 100, 3).expect("mined");
    assert_eq!(tipset.epoch(), 4);
    assert!(dev.chain.tipset(2).is_none());
    let before = dev.chain.tipset_at_or_before(3).expect("the genesis");
    assert_eq!(before.epoch(), 0);
}

#[test]
fn time_is_what_the_caller_says_and_never_runs_back() {
    let dev = Dev::new();
    assert_eq!(
        dev.chain.mine(NOW + 10).expect("mined").timestamp(),
        NOW + 10
    );
    assert_eq!(dev.chain.mine(NOW).expect("mined").timestamp(), NOW + 10);
    dev.chain.advance_time(1_000);
    assert_eq!(
        dev.chain.mine(NOW + 11).expect("mined").timestamp(),
        NOW + 1_011
    );
    dev.chain
        .set_next_timestamp(NOW + 12, NOW + 5_000)
        .expect("ahead");
    assert_eq!(
        dev.chain.mine(NOW + 12).expect("mined").timestamp(),
        NOW + 5_000
    );
    assert_eq!(
        dev.chain.mine(NOW + 13).expect("mined").timestamp(),
        NOW + 5_001
    );
    assert!(dev.chain.set_next_timestamp(NOW, NOW).is_err());
}

#[test]
fn contracts_can_be_impersonated() {
    let dev = Dev::new();
    let deploy = dev.tx(0, 0, None, 0, &init_code());
    dev.chain.submit(deploy.clone(), NOW).expect("taken");
    let (_, executed) = dev.chain.message(&deploy.eth_hash).expect("on chain");
    let contract = executed.created.expect("a contract");
    dev.chain
        .edit(|edit| edit.set_balance(&contract.to_f410(), Atto(10u128.pow(18))))
        .expect("edited");
    let to = EthAddress([3; 20]);
    for nonce in 0..2 {
        let unsigned = Unsigned {
            chain_id: dev.chain.chain_id(),
            nonce,
            fees: Fees::Eip1559 {
                max_fee: TokenAmount::from_atto(200),
                max_priority_fee: TokenAmount::from_atto(1),
            },
            gas_limit: 100_000_000,
            to: Some(to),
            value: TokenAmount::from_atto(4),
            input: Vec::new(),
        };
        let message = unsigned.to_message(contract);
        let message = CheckedMessage::impersonated(message, dev.chain.chain_id());
        dev.chain.submit(message.clone(), NOW).expect("taken");
        let (_, executed) = dev.chain.message(&message.eth_hash).expect("on chain");
        assert!(executed.succeeded(), "{:?}", executed.failure);
    }
    assert_eq!(dev.balance(to), Atto(8));
}
