use super::*;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex<const N: usize>(digits: &str) -> [u8; N] {
    let bytes: Vec<u8> = digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect();
    bytes.try_into().unwrap()
}

mod hashes {
    use super::*;

    /// FIPS 180-2, RFC 7693, the Keccak team and the authors of RIPEMD all hash this.
    #[test]
    fn published_digests_of_abc() {
        let published = [
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
             7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
            "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
            "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
        ];
        for (function, digest) in HashFunction::ALL.into_iter().zip(published) {
            let hash = function.digest(b"abc");
            assert_eq!(hex(hash.digest()), digest, "{function:?}");
            assert_eq!(hash.code(), function.code(), "{function:?}");
        }
    }

    #[test]
    fn functions_are_found_by_their_code() {
        for function in HashFunction::ALL {
            assert_eq!(HashFunction::from_code(function.code()), Ok(function));
        }
        for code in [0, 0x11, 0xb21f, u64::MAX] {
            let refusal = HashFunction::from_code(code).unwrap_err();
            assert_eq!(refusal.number, ErrorNumber::IllegalArgument);
        }
    }
}

mod secp256k1_signatures {
    use super::*;

    struct Published {
        hash: &'static str,
        r: &'static str,
        s: &'static str,
        recovery: u8,
        ethereum_address: &'static str,
    }

    /// The example of Ethereum's recovery precompile.
    const PRECOMPILE: Published = Published {
        hash: "456e9aea5e197a1f1af7a3e85a3212fa4049a3ba34c2289b4c860fc0b0c64ef3",
        r: "9242685bf161793cc25603c231bc2f568eb630ea16aa137d2664ac8038825608",
        s: "4f8ae3bd7535248d0bd448298cc2e2071e56992d0774dc340c368ae950852ada",
        recovery: 1,
        ethereum_address: "7156526fbd7a3c72969b54f64e42c10fbb768c8a",
    };

    /// The first vector of Ethereum's test suite; its s is in the upper half.
    const HIGH_S: Published = Published {
        hash: "18c547e4f7b0f325ad1e56f57e26c745b09a3e503d86e00e5255ff7f715d3d1c",
        r: "73b1693892219d736caba55bdb67216e485557ea6b6af75f37096c9aa6a5a75f",
        s: "eeb940b1d03b21e36b0e47e79769f095fe2ab855bd91e3a38756b7d75a9c4549",
        recovery: 1,
        ethereum_address: "a94f5374fce5edbc8e2a8697c15331677e6ebf0b",
    };

    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    fn signature(r: &str, s: &str, recovery: u8) -> [u8; 65] {
        let parts = [&unhex::<32>(r)[..], &unhex::<32>(s), &[recovery]];
        parts.concat().try_into().unwrap()
    }

    fn ethereum_address(key: &[u8; 65]) -> String {
        hex(&HashFunction::Keccak256.digest(&key[1..]).digest()[12..])
    }

    #[test]
    fn published_recoveries() {
        for vector in [PRECOMPILE, HIGH_S] {
            let signature = signature(vector.r, vector.s, vector.recovery);
            let key = recover_secp256k1(&unhex(vector.hash), &signature).unwrap();
            assert_eq!(ethereum_address(&key), vector.ethereum_address);
        }
    }

    #[test]
    fn signatures_that_no_key_fits() {
        let Published { hash, r, s, .. } = PRECOMPILE;
        let zero = &"00".repeat(32);
        let five = &format!("{:064x}", 5); // No point has this x.
        for (r, s, recovery) in [
            (r, s, 4),
            (r, s, 27),
            (r, s, 255),
            (r, s, 2), // x would be beyond the field.
            (zero, s, 0),
            (r, zero, 0),
            (ORDER, s, 0),
            (r, ORDER, 0),
            (five, s, 0),
        ] {
            let refused = recover_secp256k1(&unhex(hash), &signature(r, s, recovery));
            let number = refused.map_err(|refusal| refusal.number);
            assert_eq!(
                number,
                Err(ErrorNumber::IllegalArgument),
                "{r} {s} {recovery}"
            );
        }
    }

    /// Another library agrees, on good and on damaged signatures, and on recovery bytes that
    /// are never used in practice.
    #[test]
    fn k256_agrees() {
        use k256::ecdsa::{RecoveryId, Signature, SigningKey, VerifyingKey};

        let oracle = |hash: &[u8; 32], signature: &[u8; 65]| -> Option<[u8; 65]> {
            let mut recovery = signature[64];
            let mut parsed = Signature::from_slice(&signature[..64]).ok()?;
            if let Some(low) = parsed.normalize_s() {
                parsed = low;
                recovery ^= 1;
            }
            let recovery = RecoveryId::from_byte(recovery)?;
            let key = VerifyingKey::recover_from_prehash(hash, &parsed, recovery).ok()?;
            key.to_encoded_point(false).as_bytes().try_into().ok()
        };

        let mut recovered = 0;
        for round in 0..64_u8 {
            let key = SigningKey::from_slice(&[round + 1; 32]).unwrap();
            let hash: [u8; 32] = HashFunction::Sha2_256
                .digest(&[round])
                .digest()
                .try_into()
                .unwrap();
            let (signed, id) = key.sign_prehash_recoverable(&hash).unwrap();
            let mut signature = [0; 65];
            signature[..64].copy_from_slice(&signed.to_bytes());
            for recovery in [id.to_byte(), id.to_byte() ^ 1, 2, 3, 4] {
                signature[64] = recovery;
                signature[usize::from(round)] ^= round & 1;
                let ours = recover_secp256k1(&hash, &signature).ok();
                assert_eq!(
                    ours,
                    oracle(&hash, &signature),
                    "round {round}, byte {recovery}"
                );
                recovered += usize::from(ours.is_some());
            }
        }
        assert!(recovered > 64, "only {recovered} signatures had a key");
    }

    #[test]
    fn a_signature_is_checked_against_its_address() {
        let key = k256::ecdsa::SigningKey::from_slice(&[7; 32]).unwrap();
        let hash = HashFunction::Blake2b256.digest(b"message");
        let (signed, id) = key.sign_prehash_recoverable(hash.digest()).unwrap();
        let signature = [&signed.to_bytes()[..], &[id.to_byte()]].concat();
        let public = key.verifying_key().to_encoded_point(false);
        let signer = Address::new_secp256k1(public.as_bytes()).unwrap();

        let verify = |signature: &[u8], signer: &Address, plaintext: &[u8]| {
            verify_signature(SignatureType::Secp256k1, signature, signer, plaintext)
                .map_err(|refusal| refusal.number)
        };
        assert_eq!(verify(&signature, &signer, b"message"), Ok(true));
        assert_eq!(verify(&signature, &signer, b"massage"), Ok(false));
        assert_eq!(verify(&signature[1..], &signer, b"message"), Ok(false));
        assert_eq!(verify(&[0; 65], &signer, b"message"), Ok(false));
        assert_eq!(verify(&[], &signer, b"message"), Ok(false));
        let bls = Address::new_bls(&[1; 48]).unwrap();
        assert_eq!(verify(&signature, &bls, b"message"), Ok(false));
        for no_key in [Address::new_id(100), Address::new_actor(b"actor")] {
            let verdict = verify(&signature, &no_key, b"message");
            assert_eq!(verdict, Err(ErrorNumber::IllegalArgument));
        }
    }
}

mod bls_signatures_of_many {
    use super::*;
    use bls_signatures::{PrivateKey, Serialize};

    /// The point at infinity, compressed.
    fn identity<const N: usize>() -> [u8; N] {
        let mut bytes = [0; N];
        bytes[0] = 0xc0;
        bytes
    }

    struct Signed {
        aggregate: [u8; 96],
        keys: Vec<[u8; 48]>,
        plaintexts: Vec<Vec<u8>>,
    }

    /// One signature each, by as many keys, made by a library that shares no code with ours.
    fn signed(plaintexts: &[&str]) -> Signed {
        let keys: Vec<_> = (1..=plaintexts.len())
            .map(|seed| PrivateKey::new([seed as u8; 32]))
            .collect();
        let signatures: Vec<_> = keys
            .iter()
            .zip(plaintexts)
            .map(|(key, p)| key.sign(p))
            .collect();
        let aggregate = bls_signatures::aggregate(&signatures).unwrap();
        Signed {
            aggregate: aggregate.as_bytes().try_into().unwrap(),
            keys: keys
                .iter()
                .map(|k| k.public_key().as_bytes().try_into().unwrap())
                .collect(),
            plaintexts: plaintexts.iter().map(|p| p.as_bytes().to_vec()).collect(),
        }
    }

    /// Our verdict, which must be the other library's.
    #[track_caller]
    fn verdict(signed: &Signed) -> bool {
        let plaintexts: Vec<&[u8]> = signed.plaintexts.iter().map(Vec::as_slice).collect();
        let ours = verify_bls_aggregate(&signed.aggregate, &signed.keys, &plaintexts);
        if !signed.keys.is_empty() {
            let oracle = || {
                let aggregate = bls_signatures::Signature::from_bytes(&signed.aggregate).ok()?;
                let keys: Result<Vec<_>, _> = signed
                    .keys
                    .iter()
                    .map(|key| bls_signatures::PublicKey::from_bytes(key))
                    .collect();
                Some(bls_signatures::verify_messages(
                    &aggregate,
                    &plaintexts,
                    &keys.ok()?,
                ))
            };
            assert_eq!(ours, oracle().unwrap_or(false), "the libraries disagree");
        }
        ours
    }

    #[test]
    fn aggregates_of_one_and_more() {
        for plaintexts in [&["a"][..], &[""], &["a", "b"], &["a", "b", "c", "d", "e"]] {
            assert!(verdict(&signed(plaintexts)), "{plaintexts:?}");
        }
    }

    #[test]
    fn nothing_signed_by_nobody_is_true() {
        let nothing = |aggregate| verify_bls_aggregate(&aggregate, &[], &[]);
        assert!(nothing([0xff; 96]));
        assert!(nothing(identity()));
        assert!(!verify_bls_aggregate(&identity(), &[], &[b"a"]));
    }

    #[test]
    fn what_was_not_signed_so() {
        let mut swapped = signed(&["a", "b"]);
        swapped.plaintexts.swap(0, 1);
        assert!(!verdict(&swapped));
        let mut fewer = signed(&["a", "b"]);
        fewer.keys.pop();
        fewer.plaintexts.pop();
        assert!(!verdict(&fewer));
    }

    /// Honest signatures of one plaintext by two keys, refused all the same.
    #[test]
    fn a_plaintext_occurs_once() {
        assert!(!verdict(&signed(&["a", "a"])));
        assert!(!verdict(&signed(&["b", "a", "b"])));
    }

    #[test]
    fn the_identity_is_no_key() {
        let mut alone = signed(&["a"]);
        (alone.keys[0], alone.aggregate) = (identity(), identity());
        assert!(!verdict(&alone));
        let mut among_others = signed(&["a"]);
        among_others.keys.push(identity());
        among_others.plaintexts.push(b"b".to_vec());
        assert!(!verdict(&among_others));
    }

    #[test]
    fn the_identity_signs_nothing() {
        let mut unsigned = signed(&["a", "b"]);
        unsigned.aggregate = identity();
        assert!(!verdict(&unsigned));
    }

    /// Two keys that cancel each other out, with one plaintext each.
    #[test]
    fn opposite_keys_do_not_cancel() {
        let mut opposite = signed(&["a", "b"]);
        opposite.keys[1] = opposite.keys[0];
        opposite.keys[1][0] ^= 0x20; // The other y.
        opposite.aggregate = identity();
        assert!(!verdict(&opposite));
    }

    #[test]
    fn points_must_be_well_formed_and_in_their_groups() {
        let good = signed(&["a"]);
        let with_key = |key| Signed {
            keys: vec![key],
            ..signed(&["a"])
        };
        let with_aggregate = |aggregate| Signed {
            aggregate,
            ..signed(&["a"])
        };
        let mut flagless = good.keys[0];
        flagless[0] &= 0x7f;
        assert!(!verdict(&with_key(flagless)));
        assert!(!verdict(&with_key([0xff; 48])));
        assert!(!verdict(&with_aggregate([0xff; 96])));
        let mut infinite_with_data = identity::<48>();
        infinite_with_data[47] = 1;
        assert!(!verdict(&with_key(infinite_with_data)));

        // Points of the curve that lie outside the subgroup: x = 4 of G1, x = 2 of G2.
        let mut outside_g1 = [0; 48];
        (outside_g1[0], outside_g1[47]) = (0x80, 4);
        assert!(PublicKey::uncompress(&outside_g1).is_ok_and(|key| key.validate().is_err()));
        assert!(!verdict(&with_key(outside_g1)));
        let mut outside_g2 = [0; 96];
        (outside_g2[0], outside_g2[95]) = (0x80, 2);
        assert!(Signature::uncompress(&outside_g2).is_ok_and(|s| s.validate(false).is_err()));
        assert!(!verdict(&with_aggregate(outside_g2)));
    }

    #[test]
    fn a_single_signature_is_checked_against_its_address() {
        let Signed {
            aggregate, keys, ..
        } = signed(&["a"]);
        let signer = Address::new_bls(&keys[0]).unwrap();
        let verify = |signature: &[u8], plaintext: &[u8]| {
            verify_signature(SignatureType::BLS, signature, &signer, plaintext).unwrap()
        };
        assert!(verify(&aggregate, b"a"));
        assert!(!verify(&aggregate, b"b"));
        assert!(!verify(&aggregate[1..], b"a"));
        assert!(!verify(&[], b"a"));
    }

    #[test]
    fn plaintexts_are_cut_at_their_lengths() {
        assert_eq!(
            split_plaintexts(b"abc", &[1, 0, 2]).unwrap(),
            [&b"a"[..], b"", b"bc"]
        );
        assert_eq!(split_plaintexts(b"", &[]).unwrap(), [] as [&[u8]; 0]);
        for lens in [&[1][..], &[4], &[1, 1], &[u32::MAX, 4], &[]] {
            let refusal = split_plaintexts(b"abc", lens).unwrap_err();
            assert_eq!(refusal.number, ErrorNumber::IllegalArgument, "{lens:?}");
        }
    }
}
