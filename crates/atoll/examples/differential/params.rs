//! Parameters: of precompiles, and of the built-in actors' methods.

use atoll_actors::registry;
use cid::Cid;
use fvm_shared::address::Address;
use ipld_core::ipld::Ipld;

use super::assembler::{Word, address_word, word};
use super::chance::Chance;

/// A precompile and an input that it may like.
pub(crate) fn precompile(
    chance: &mut Chance,
    others: &[[u8; 20]],
    contracts: &[[u8; 20]],
) -> ([u8; 20], Vec<u8>) {
    let reserved = |first: u8, last: u8| {
        let mut address = [0; 20];
        address[0] = first;
        address[19] = last;
        address
    };
    let noise = |chance: &mut Chance| {
        let size = chance.below(260);
        chance.bytes(size)
    };
    match chance.below(24) {
        0..=3 => {
            // call_actor_id
            let id = *chance.pick(&[
                0, 1, 2, 3, 4, 5, 6, 7, 10, 99, 100, 104, 107, 112, 119, 120, 121, 122, 123, 125,
                500,
            ]);
            let mut input = actor_call(chance);
            input.extend_from_slice(&word(id));
            (reserved(0xfe, 5), with_params(chance, input, None))
        }
        4..=6 => {
            // call_actor
            let to = filecoin_address(chance, others, contracts);
            let input = actor_call(chance);
            (reserved(0xfe, 3), with_params(chance, input, Some(to)))
        }
        7..=8 => (
            reserved(0xfe, 1),
            filecoin_address(chance, others, contracts).to_bytes(),
        ),
        9 => {
            let id = 95 + chance.below(40) as u64;
            (reserved(0xfe, 2), word(id).to_vec())
        }
        10 => {
            // Not above the current epoch: that runs the message out of gas.
            let epoch = 6_099_000 + chance.below(900) as u64;
            (reserved(0xfe, 6), word(epoch).to_vec())
        }
        11 => {
            let last = chance.below(8) as u8;
            (reserved(0xfe, last), noise(chance))
        }
        12 => {
            let mut address = [0; 20];
            address[18] = 1;
            let size = if chance.once_in(2) {
                160
            } else {
                chance.below(200)
            };
            (address, chance.bytes(size))
        }
        13 => (reserved(0, 5), modexp(chance)),
        14 => (reserved(0, 6), points(chance, 2, 2)),
        15 => (reserved(0, 7), points(chance, 1, 1)),
        16 => {
            let pairs = chance.below(3);
            (reserved(0, 8), pairing(chance, pairs))
        }
        17 => {
            let mut input = chance.bytes(213);
            input[..4].copy_from_slice(&(chance.below(20) as u32).to_be_bytes());
            input[212] = chance.below(3) as u8;
            (reserved(0, 9), input)
        }
        18 => {
            let mut input = chance.bytes(128);
            input[32..63].fill(0);
            input[63] = 27 + chance.below(3) as u8;
            (reserved(0, 1), input)
        }
        19 => {
            let last = 0x0b + chance.below(7) as u8;
            let points = chance.below(3);
            (reserved(0, last), bls_points(chance, points, last == 0x0c))
        }
        _ => {
            let last = chance.below(0x14) as u8;
            (reserved(0, last), noise(chance))
        }
    }
}

/// The head of a call of an actor: method, value, flags, codec.
fn actor_call(chance: &mut Chance) -> Vec<u8> {
    let method = method(chance);
    let value = if chance.once_in(3) {
        chance.below(3000) as u64
    } else {
        0
    };
    let flags = match chance.below(10) {
        0 => 2,
        1..=2 => 1,
        _ => 0,
    };
    let codec = match chance.below(10) {
        0..=4 => 0,
        5 => 0x55,
        _ => 0x51,
    };
    [word(method), word(value), word(flags), word(codec)].concat()
}

/// The rest of it: parameters, and the address if it is no id.
fn with_params(chance: &mut Chance, mut head: Vec<u8>, to: Option<Address>) -> Vec<u8> {
    let empty = head[3 * 32..4 * 32] == word(0);
    let params = if empty && !chance.once_in(10) {
        Vec::new()
    } else {
        some_params(chance)
    };
    // Four words are there; the offset of the parameters goes before what follows.
    let tail = head.split_off(4 * 32);
    let at = 6 * 32;
    head.extend_from_slice(&word(at));
    let padded = |bytes: &[u8]| {
        let mut padded = word(bytes.len() as u64).to_vec();
        padded.extend_from_slice(bytes);
        padded.resize(padded.len().next_multiple_of(32), 0);
        padded
    };
    let params = padded(&params);
    match to {
        Some(to) => {
            head.extend_from_slice(&word(at + params.len() as u64));
            head.extend_from_slice(&params);
            head.extend_from_slice(&padded(&to.to_bytes()));
        }
        None => {
            head.extend_from_slice(&tail);
            head.extend_from_slice(&params);
        }
    }
    head
}

fn modexp(chance: &mut Chance) -> Vec<u8> {
    let sizes: [usize; 3] = std::array::from_fn(|_| chance.below(40));
    let mut input: Vec<u8> = sizes.iter().flat_map(|size| word(*size as u64)).collect();
    let rest = sizes.iter().sum::<usize>();
    let given = rest.saturating_sub(if chance.once_in(4) {
        chance.below(20)
    } else {
        0
    });
    input.extend(chance.bytes(given));
    input
}

/// Points of bn254's first group and scalars: the generator, the point at infinity, noise.
fn points(chance: &mut Chance, count: usize, per: usize) -> Vec<u8> {
    let mut input = Vec::new();
    for _ in 0..count {
        match chance.below(5) {
            0 => input.extend([0; 64]),
            1 => input.extend(chance.bytes(64)),
            _ => input.extend([word(1), word(2)].concat()),
        }
    }
    if per == 1 {
        input.extend(chance.bytes(32));
    }
    input
}

/// Pairs for bn254's pairing: the generators, infinity or noise.
fn pairing(chance: &mut Chance, pairs: usize) -> Vec<u8> {
    const G2: [&str; 4] = [
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
        "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
        "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
    ];
    let mut input = Vec::new();
    for _ in 0..pairs {
        input.extend(points(chance, 1, 0));
        match chance.below(5) {
            0 => input.extend([0; 128]),
            1 => input.extend(chance.bytes(128)),
            _ => input.extend(
                G2.iter()
                    .flat_map(|word| hex::decode(word).expect("it is hex")),
            ),
        }
    }
    input
}

/// Points of BLS12-381's first group as EIP-2537 has them, and scalars.
fn bls_points(chance: &mut Chance, count: usize, scalars: bool) -> Vec<u8> {
    const G1: [&str; 2] = [
        "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
        "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
    ];
    let mut input = Vec::new();
    for _ in 0..count.max(1) {
        match chance.below(5) {
            0 => input.extend([0; 128]),
            1 => input.extend(chance.bytes(128)),
            _ => {
                for field in G1 {
                    input.extend([0; 16]);
                    input.extend(hex::decode(field).expect("it is hex"));
                }
            }
        }
        if scalars {
            input.extend(chance.bytes(32));
        }
    }
    input
}

/// An address as Filecoin writes it.
pub(crate) fn filecoin_address(
    chance: &mut Chance,
    others: &[[u8; 20]],
    contracts: &[[u8; 20]],
) -> Address {
    let delegated =
        |bytes: &[u8; 20]| Address::new_delegated(10, bytes).expect("a short subaddress");
    match chance.below(10) {
        0..=3 => Address::new_id(*chance.pick(&[
            0, 1, 2, 3, 4, 5, 6, 7, 10, 99, 100, 101, 104, 107, 112, 113, 115, 119, 120, 121, 122,
            123, 124, 125, 126, 1000,
        ])),
        4..=5 => delegated(chance.pick(others)),
        6..=7 => delegated(chance.pick(contracts)),
        8 => {
            let key = chance.bytes(8);
            Address::new_actor(&key)
        }
        _ => {
            // Whoever has this key does not know it.
            let key: [u8; 65] = [7; 65];
            let mut key = key;
            key[1] = chance.below(4) as u8;
            Address::new_secp256k1(&key).expect("65 bytes")
        }
    }
}

/// The number of a method of some actor, or nearly one.
pub(crate) fn method(chance: &mut Chance) -> u64 {
    match chance.below(12) {
        0..=2 => 0,
        3 => chance.below(40) as u64,
        4 => chance.u64(),
        5 => 1024 + chance.below(1000) as u64,
        6 => 3_844_450_837,
        _ => {
            let actor = *chance.pick(registry::ACTORS);
            match actor.methods {
                [] => 0,
                methods => chance.pick(methods).number,
            }
        }
    }
}

/// Parameters that some method may like, as CBOR.
pub(crate) fn some_params(chance: &mut Chance) -> Vec<u8> {
    let mut bytes = match chance.below(8) {
        0 => Vec::new(),
        1 => {
            let size = chance.below(40);
            encode(&Ipld::Bytes(chance.bytes(size)))
        }
        2..=4 => encode(&tree(chance, 2)),
        _ => encode(&known(chance)),
    };
    if chance.once_in(15) && !bytes.is_empty() {
        let at = chance.below(bytes.len());
        bytes[at] = chance.u64() as u8;
    }
    bytes
}

fn encode(ipld: &Ipld) -> Vec<u8> {
    fvm_ipld_encoding::to_vec(ipld).expect("it is in memory")
}

/// Any tree.
fn tree(chance: &mut Chance, depth: usize) -> Ipld {
    match chance.below(if depth == 0 { 7 } else { 10 }) {
        0 => Ipld::Null,
        1 => Ipld::Bool(chance.once_in(2)),
        2 => Ipld::Integer(chance.below(200) as i128 - 5),
        3 => address(chance),
        4 => amount(chance),
        5 => {
            let size = chance.below(40);
            Ipld::Bytes(chance.bytes(size))
        }
        6 => Ipld::Integer(i128::from(chance.u64())),
        _ => {
            let count = chance.below(5);
            Ipld::List((0..count).map(|_| tree(chance, depth - 1)).collect())
        }
    }
}

fn address(chance: &mut Chance) -> Ipld {
    let id = *chance.pick(&[
        0, 1, 5, 99, 100, 101, 104, 107, 112, 119, 120, 121, 122, 123, 900,
    ]);
    Ipld::Bytes(Address::new_id(id).to_bytes())
}

/// An amount: nothing, or a sign and a magnitude.
fn amount(chance: &mut Chance) -> Ipld {
    Ipld::Bytes(match chance.below(6) {
        0 => Vec::new(),
        1 => [vec![1], vec![5]].concat(),
        2 => [vec![0], vec![0x7f; 12]].concat(),
        _ => [
            vec![0],
            vec![1 + chance.below(200) as u8, chance.u64() as u8],
        ]
        .concat(),
    })
}

/// Parameters in the shape of one of the methods that are most worth calling.
fn known(chance: &mut Chance) -> Ipld {
    let int = |number: usize| Ipld::Integer(number as i128);
    match chance.below(12) {
        // Propose of a multisig, or what an exporter of FRC-42 would send.
        0..=2 => {
            let inner = if chance.once_in(2) {
                Vec::new()
            } else {
                encode(&known(chance))
            };
            let method = match chance.below(4) {
                0 => 0,
                1 => 2 + chance.below(8) as u64,
                _ => method(chance),
            };
            Ipld::List(vec![
                address(chance),
                amount(chance),
                Ipld::Integer(i128::from(method)),
                Ipld::Bytes(inner),
            ])
        }
        // Approve, Cancel.
        3 => Ipld::List(vec![int(chance.below(4)), Ipld::Bytes(Vec::new())]),
        // AddSigner, RemoveSigner.
        4 => Ipld::List(vec![address(chance), Ipld::Bool(chance.once_in(2))]),
        // SwapSigner, the constructor of a payment channel.
        5 => Ipld::List(vec![address(chance), address(chance)]),
        // ChangeNumApprovalsThreshold.
        6 => Ipld::List(vec![int(chance.below(4))]),
        // LockBalance.
        7 => Ipld::List(vec![
            int(6_100_000 + chance.below(100)),
            int(chance.below(100)),
            amount(chance),
        ]),
        // An address, as methods exported by FRC-42 take it.
        8 => address(chance),
        // A creation through the address manager.
        9 => {
            let size = chance.below(20);
            Ipld::List(vec![Ipld::Bytes(chance.bytes(size)), int(chance.below(3))])
        }
        10 => multisig(chance),
        _ => {
            let size = chance.below(40);
            Ipld::Bytes(chance.bytes(size))
        }
    }
}

/// The constructor of a multisig.
pub(crate) fn multisig(chance: &mut Chance) -> Ipld {
    let count = 1 + chance.below(3);
    let signers = (0..count).map(|_| address(chance)).collect();
    Ipld::List(vec![
        Ipld::List(signers),
        Ipld::Integer(chance.below(4) as i128),
        Ipld::Integer(chance.below(3) as i128 * 10),
        Ipld::Integer(6_100_000),
    ])
}

/// Parameters of a payment channel's methods: nothing, or a voucher with a signature of nobody.
pub(crate) fn channel(chance: &mut Chance, channel: &Address) -> Vec<u8> {
    if chance.once_in(2) {
        return Vec::new();
    }
    let int = |number: u64| Ipld::Integer(number.into());
    let bytes = |chance: &mut Chance, most: usize| {
        let size = chance.below(most);
        Ipld::Bytes(chance.bytes(size))
    };
    let or_null = |chance: &mut Chance, some: Ipld| {
        if chance.once_in(3) { Ipld::Null } else { some }
    };
    let secret = bytes(chance, 33);
    let extra = Ipld::List(vec![
        address(chance),
        int(method(chance)),
        Ipld::Bytes(encode(&known(chance))),
    ]);
    let merges = (0..chance.below(3)).map(|_| Ipld::List(vec![int(1), int(2)]));
    let merges = Ipld::List(merges.collect());
    let mut signature = chance.bytes(66);
    signature[0] = chance.below(3) as u8 + 1;
    let voucher = Ipld::List(vec![
        if chance.once_in(4) {
            address(chance)
        } else {
            Ipld::Bytes(channel.to_bytes())
        },
        int(*chance.pick(&[0, 6_100_000, 6_200_000])),
        int(*chance.pick(&[0, 6_000_000, 6_200_000])),
        secret.clone(),
        or_null(chance, extra),
        int(chance.below(3) as u64),
        int(chance.below(4) as u64),
        amount(chance),
        int(*chance.pick(&[0, 6_100_100, 6_200_000])),
        merges,
        or_null(chance, Ipld::Bytes(signature)),
    ]);
    let secret = if chance.once_in(4) {
        bytes(chance, 300)
    } else {
        secret
    };
    encode(&Ipld::List(vec![voucher, secret]))
}

/// Exec of init: some code with parameters for its constructor.
pub(crate) fn exec(chance: &mut Chance, codes: &[(String, Cid)]) -> Vec<u8> {
    let name = match chance.below(8) {
        0..=3 => "multisig",
        4..=6 => "paymentchannel",
        _ => chance.pick(codes).0.as_str(),
    };
    let code = codes.iter().find(|(known, _)| known == name);
    let code = code.map_or(Cid::default(), |(_, code)| *code);
    let params = match name {
        "multisig" => multisig(chance),
        "paymentchannel" => Ipld::List(vec![address(chance), address(chance)]),
        _ => known(chance),
    };
    encode(&Ipld::List(vec![
        Ipld::Link(code),
        Ipld::Bytes(encode(&params)),
    ]))
}

/// The address of precompiles and of ids that stand behind a mask.
pub(crate) fn masked(id: u64) -> [u8; 20] {
    let mut address = [0; 20];
    address[0] = 0xff;
    address[12..].copy_from_slice(&id.to_be_bytes());
    address
}

/// A word with an address in it, for call data.
pub(crate) fn argument(chance: &mut Chance, others: &[[u8; 20]]) -> Word {
    match chance.below(3) {
        0 => address_word(chance.pick(others)),
        1 => word(chance.u64()),
        _ => word(chance.below(100) as u64),
    }
}
