use expect_test::expect;
use proptest::prelude::*;

use super::*;
use crate::keys::Key;

const CHAIN: u64 = 31_415_926;

fn key() -> Key {
    Key::secp256k1(&[0x42; 32]).expect("a key")
}

fn unsigned(fees: Fees) -> Unsigned {
    Unsigned {
        chain_id: CHAIN,
        nonce: 7,
        fees,
        gas_limit: 1_000_000,
        to: Some(EthAddress([0x11; 20])),
        value: TokenAmount::from_atto(1u64 << 60),
        input: vec![1, 2, 3],
    }
}

fn atto(amount: u64) -> TokenAmount {
    TokenAmount::from_atto(amount)
}

/// The example of EIP-155 itself.
#[test]
fn the_example_of_eip155_is_signed_as_there() {
    let tx = Unsigned {
        chain_id: 1,
        nonce: 9,
        fees: Fees::Eip155 {
            gas_price: atto(20_000_000_000),
        },
        gas_limit: 21_000,
        to: Some(EthAddress([0x35; 20])),
        value: atto(1_000_000_000_000_000_000),
        input: Vec::new(),
    };
    assert_eq!(
        tx.signing_hash().to_string(),
        "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
    );
    let key = Key::secp256k1(&[0x46; 32]).expect("a key");
    let signed = key.sign_eth(tx).expect("it signs");
    expect![[r#"f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"#]]
        .assert_eq(&hex::encode(signed.encode()));
}

proptest! {
    /// Out and in again, through RLP and through the message on chain.
    #[test]
    fn a_transaction_survives_the_chain(
        kind in 0..3u8,
        nonce in 0..1u64 << 62,
        gas_limit in 0..1u64 << 62,
        (fee, premium, value) in any::<(u64, u64, u64)>(),
        to in proptest::option::of(any::<[u8; 20]>()),
        input in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let fees = match kind {
            0 => Fees::Homestead { gas_price: atto(fee) },
            1 => Fees::Eip155 { gas_price: atto(fee) },
            _ => Fees::Eip1559 { max_fee: atto(fee), max_priority_fee: atto(premium) },
        };
        // The masked form of an id stands for that id, whose f410 form does not exist.
        prop_assume!(to.is_none_or(|to| EthAddress(to).masked_id().is_none()));
        let tx = Unsigned {
            chain_id: CHAIN,
            nonce,
            fees,
            gas_limit,
            to: to.map(EthAddress),
            value: atto(value),
            input,
        };
        let tx = key().sign_eth(tx).expect("it signs");
        let raw = tx.encode();
        prop_assert_eq!(EthTx::decode(&raw, CHAIN), Ok(tx.clone()));
        let sender = tx.sender().expect("a key fits");
        prop_assert_eq!(Some(sender), key().eth_address());
        let signed = tx.to_signed(sender);
        prop_assert_eq!(EthTx::from_signed(&signed, CHAIN), Ok(tx.clone()));
        let stored = crate::signed::cbor(&signed);
        let read = fvm_ipld_encoding::from_slice(&stored).expect("it decodes");
        prop_assert_eq!(signed, read);
        prop_assert_eq!(keccak256(&raw), tx.hash());
    }

    #[test]
    fn no_bytes_are_a_panic(raw in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = EthTx::decode(&raw, CHAIN);
    }

    /// Any other bytes than those of the encoding would be another hash of the same transaction.
    #[test]
    fn there_is_one_encoding(at in 0..100usize, byte in any::<u8>()) {
        let fees = Fees::Eip1559 { max_fee: atto(200), max_priority_fee: atto(3) };
        let mut raw = key().sign_eth(unsigned(fees)).expect("it signs").encode();
        let at = at % raw.len();
        raw[at] = byte;
        if let Ok(tx) = EthTx::decode(&raw, CHAIN) {
            prop_assert_eq!(tx.encode(), raw);
        }
    }
}

#[test]
fn what_filecoin_has_not_is_refused_with_the_reason() {
    let check = |raw: &[u8], expected: expect_test::Expect| {
        let error = EthTx::decode(raw, CHAIN).expect_err("refused");
        expected.assert_eq(&error.to_string());
    };
    check(&[], expect!["the transaction is empty"]);
    check(
        &[1, 0xc0],
        expect![
            "transactions of type 1 (EIP-2930: an access list) are not supported; use type 2 (EIP-1559) or legacy"
        ],
    );
    check(
        &[3, 0xc0],
        expect![
            "transactions of type 3 (EIP-4844: blobs) are not supported; use type 2 (EIP-1559) or legacy"
        ],
    );
    check(
        &[2, 0xc0],
        expect!["the transaction has 0 fields instead of 12"],
    );
    let fees = || Fees::Eip1559 {
        max_fee: atto(200),
        max_priority_fee: atto(3),
    };
    let other = Unsigned {
        chain_id: 1,
        ..unsigned(fees())
    };
    let raw = key().sign_eth(other).expect("it signs").encode();
    check(
        &raw,
        expect!["the transaction is for chain 1; this is chain 31415926"],
    );
    let mut tx = key().sign_eth(unsigned(fees())).expect("it signs");
    tx.v = 2;
    check(
        &tx.encode(),
        expect!["the transaction's v is neither 0 nor 1"],
    );
}
