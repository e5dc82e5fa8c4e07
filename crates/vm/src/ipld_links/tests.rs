use super::*;
use crate::price::tables;
use expect_test::{Expect, expect};

/// Prices that tell fields and CIDs apart in a sum.
fn prices() -> PriceList {
    PriceList {
        scan_field: Gas::new(1),
        scan_cid: Gas::new(1_000),
        ..tables::WATERMELON
    }
}

fn describe(limit: Gas, codec: u64, data: &[u8]) -> String {
    let mut gas = GasTracker::new(limit);
    let outcome = match scan(LinkRules::Tracked, codec, data, &prices(), &mut gas) {
        Ok(links) => format!("{} links", links.len()),
        Err(SyscallError::Refused(refusal)) => format!("{:?}: {}", refusal.number, refusal.words),
        Err(SyscallError::Stop(stop)) => format!("{stop:?}"),
    };
    format!("{outcome}; {} gas", gas.used())
}

#[track_caller]
fn check(data: impl AsRef<[u8]>, expected: Expect) {
    expected.assert_eq(&describe(Gas::new(1_000_000), DAG_CBOR, data.as_ref()));
}

fn cid_of(codec: u64, data: &[u8]) -> Cid {
    Cid::new_v1(codec, HashFunction::Blake2b256.digest(data))
}

fn inline(codec: u64, data: &[u8]) -> Cid {
    Cid::new_v1(codec, Multihash::wrap(IDENTITY_HASH, data).unwrap())
}

/// A CBOR item that links to a CID.
fn link(cid: &Cid) -> Vec<u8> {
    let bytes = cid.to_bytes();
    [&[0xd8, 42, 0x58, bytes.len() as u8 + 1, 0][..], &bytes].concat()
}

#[test]
fn every_item_costs_a_field() {
    check([0x00], expect!["0 links; 1 gas"]);
    check([0x83, 1, 2, 3], expect!["0 links; 4 gas"]);
    check([0xa1, 0x61, b'a', 0x41, 0], expect!["0 links; 3 gas"]);
    check([0xc1, 0xf6], expect!["0 links; 2 gas"]);
    check([0xfb, 0, 0, 0, 0, 0, 0, 0, 0], expect!["0 links; 1 gas"]);
    check([0x9b, 0, 0, 0, 0, 0, 0, 0, 1, 0], expect!["0 links; 2 gas"]);
}

#[test]
fn links_are_found_in_order() {
    let cids = [
        cid_of(DAG_CBOR, b"a"),
        cid_of(IPLD_RAW, b"b"),
        cid_of(CBOR, b"c"),
    ];
    let mut data = vec![0x83];
    data.extend(cids.iter().flat_map(link));
    check(&data, expect!["3 links; 3004 gas"]);
    let mut gas = GasTracker::new(Gas::new(1_000_000));
    let found = scan(LinkRules::Tracked, DAG_CBOR, &data, &prices(), &mut gas).unwrap();
    assert_eq!(found, cids);
}

#[test]
fn only_dag_cbor_is_looked_at() {
    let data = link(&cid_of(DAG_CBOR, b"a"));
    let all = Gas::new(10_000);
    expect!["1 links; 1001 gas"].assert_eq(&describe(all, DAG_CBOR, &data));
    expect!["0 links; 0 gas"].assert_eq(&describe(all, CBOR, &data));
    expect!["0 links; 0 gas"].assert_eq(&describe(all, IPLD_RAW, b"\xff"));
    expect!["IllegalCodec: blocks can't have codec 0x70; 0 gas"]
        .assert_eq(&describe(all, 0x70, &data));
    let mut gas = GasTracker::new(all);
    let trusted = scan(LinkRules::Trusted, 0x70, &data, &prices(), &mut gas).unwrap();
    assert_eq!((trusted.len(), gas.used()), (0, Gas::ZERO));
}

#[test]
fn an_inlined_block_is_looked_through() {
    let inner = link(&cid_of(DAG_CBOR, b"a"));
    check(
        link(&inline(DAG_CBOR, &inner)),
        expect!["1 links; 2002 gas"],
    );
    check(
        link(&inline(IPLD_RAW, &inner)),
        expect!["0 links; 1001 gas"],
    );
    check(
        link(&inline(DAG_CBOR, &[0x82])),
        expect!["Serialization: a CBOR header is cut off; 1003 gas"],
    );
    check(
        link(&inline(0x70, &inner)),
        expect![
            "NotFound: no block can be linked to by codec 0x70, hash 0x0 of 43 bytes; 1001 gas"
        ],
    );
    // As deep as a digest of 64 bytes can hold.
    let mut data = vec![0x00];
    let mut depth = 0;
    while data.len() <= 64 {
        data = link(&inline(DAG_CBOR, &data));
        depth += 1;
    }
    assert_eq!(depth, 8);
    check(&data, expect!["0 links; 8009 gas"]);
}

#[test]
fn commitments_are_no_links_whatever_their_hash() {
    check(
        link(&cid_of(FIL_COMMITMENT_SEALED, b"a")),
        expect!["0 links; 1001 gas"],
    );
    check(
        link(&inline(FIL_COMMITMENT_UNSEALED, b"\xff")),
        expect!["0 links; 1001 gas"],
    );
}

#[test]
fn blocks_that_cannot_exist_are_not_found() {
    let sha = Cid::new_v1(DAG_CBOR, HashFunction::Sha2_256.digest(b"a"));
    check(
        link(&sha),
        expect![
            "NotFound: no block can be linked to by codec 0x71, hash 0x12 of 32 bytes; 1001 gas"
        ],
    );
    let short = Multihash::wrap(HashFunction::Blake2b256.code(), &[7; 31]).unwrap();
    check(
        link(&Cid::new_v1(DAG_CBOR, short)),
        expect![
            "NotFound: no block can be linked to by codec 0x71, hash 0xb220 of 31 bytes; 1001 gas"
        ],
    );
    let v0 = Cid::new_v0(HashFunction::Sha2_256.digest(b"a")).unwrap();
    check(
        link(&v0),
        expect![
            "NotFound: no block can be linked to by codec 0x70, hash 0x12 of 32 bytes; 1001 gas"
        ],
    );
}

#[test]
fn malformed_blocks() {
    check(
        [],
        expect!["Serialization: a CBOR header is cut off; 1 gas"],
    );
    check(
        [0x19, 0],
        expect!["Serialization: a CBOR header is cut off; 1 gas"],
    );
    check(
        [0x1c],
        expect!["Serialization: a CBOR header of no definite length; 1 gas"],
    );
    check(
        [0x9f, 0xff],
        expect!["Serialization: a CBOR header of no definite length; 1 gas"],
    );
    check(
        [0x42, 0],
        expect!["Serialization: a CBOR string is cut off; 1 gas"],
    );
    check(
        [0x00, 0x00],
        expect!["Serialization: bytes after the CBOR item; 1 gas"],
    );
    check(
        [0x82, 0x00],
        expect!["Serialization: a CBOR header is cut off; 3 gas"],
    );
    let max = [0xff; 8];
    check(
        [&[0x5b], &max[..]].concat(),
        expect!["Serialization: a CBOR string is cut off; 1 gas"],
    );
    check(
        [&[0xbb], &max[..]].concat(),
        expect!["Serialization: too many CBOR items; 1 gas"],
    );
    check(
        [&[0x82, 0x9b], &max[..]].concat(),
        expect!["Serialization: too many CBOR items; 2 gas"],
    );
}

#[test]
fn malformed_cids() {
    check(
        [0xd8, 42, 0x00],
        expect!["Serialization: a CID is not a byte string; 1001 gas"],
    );
    check(
        [0xd8, 42, 0x40],
        expect!["Serialization: a CID does not start with a zero byte; 1001 gas"],
    );
    check(
        [0xd8, 42, 0x41, 1],
        expect!["Serialization: a CID does not start with a zero byte; 1001 gas"],
    );
    check(
        [0xd8, 42, 0x42, 0],
        expect!["Serialization: a CBOR string is cut off; 1001 gas"],
    );
    check(
        [0xd8, 42, 0x41, 0],
        expect!["Serialization: not a CID: unexpected end of file; 1001 gas"],
    );
    let mut long = link(&cid_of(DAG_CBOR, b"a"));
    long[3] += 1;
    long.push(0);
    check(&long, expect!["Serialization: bytes after a CID; 1001 gas"]);
}

#[test]
fn running_dry_takes_all_the_gas() {
    let data = link(&cid_of(DAG_CBOR, b"a"));
    expect!["1 links; 1001 gas"].assert_eq(&describe(Gas::new(1_001), DAG_CBOR, &data));
    expect!["OutOfGas; 1000 gas"].assert_eq(&describe(Gas::new(1_000), DAG_CBOR, &data));
    expect!["OutOfGas; 0 gas"].assert_eq(&describe(Gas::ZERO, DAG_CBOR, &data));
}

/// The short way of reading a CID and the long one agree.
#[test]
fn both_ways_to_read_a_cid_agree() {
    for codec in [CBOR, DAG_CBOR, IPLD_RAW, 0x70, FIL_COMMITMENT_SEALED] {
        for function in HashFunction::ALL {
            let cid = Cid::new_v1(codec, function.digest(b"a"));
            assert_eq!(parse_cid(&cid.to_bytes()).unwrap(), cid);
        }
    }
}
