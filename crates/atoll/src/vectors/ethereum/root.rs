//! The root of Ethereum's tree of accounts, which some tests give instead of the accounts.

use std::collections::BTreeMap;

use fvm_shared::bigint::{BigInt, Sign};

use super::receipt::{keccak, rlp_bytes, rlp_list, rlp_number};
use super::world::Found;

/// The root over accounts by address; none may be empty.
#[must_use]
pub fn state_root(accounts: &BTreeMap<[u8; 20], Found>) -> [u8; 32] {
    root(accounts.iter().map(|(address, found)| {
        let slots = found.storage.iter().map(|(key, value)| {
            let value = &value.0[value.0.iter().take_while(|byte| **byte == 0).count()..];
            (&key.0[..], rlp_bytes(value))
        });
        let account = rlp_list(&[
            rlp_number(found.nonce),
            rlp_bytes(&whole(&found.balance)),
            rlp_bytes(&root(slots)),
            rlp_bytes(&keccak(&found.code)),
        ]);
        (&address[..], account)
    }))
}

/// The bytes of a number that is not negative; none of zero.
fn whole(number: &BigInt) -> Vec<u8> {
    match number.to_bytes_be() {
        (Sign::NoSign, _) => Vec::new(),
        (_, bytes) => bytes,
    }
}

/// The root of a tree whose keys are hashed.
fn root<'a>(pairs: impl Iterator<Item = (&'a [u8], Vec<u8>)>) -> [u8; 32] {
    let leaves: BTreeMap<Vec<u8>, Vec<u8>> = pairs
        .map(|(key, value)| (nibbles(&keccak(key)), value))
        .collect();
    let leaves: Vec<_> = leaves
        .iter()
        .map(|(path, value)| (&path[..], &value[..]))
        .collect();
    keccak(&node(&leaves))
}

fn nibbles(bytes: &[u8]) -> Vec<u8> {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 0xf])
        .collect()
}

/// A node over leaves in order, all of which have paths of the same length.
fn node(leaves: &[(&[u8], &[u8])]) -> Vec<u8> {
    const LEAF: bool = true;
    const EXTENSION: bool = false;
    match leaves {
        [] => rlp_bytes(&[]),
        [(path, value)] => rlp_list(&[rlp_bytes(&packed(path, LEAF)), rlp_bytes(value)]),
        [(first, _), .., (last, _)] => {
            let shared = first.iter().zip(*last).take_while(|(a, b)| a == b).count();
            if shared > 0 {
                let below: Vec<_> = leaves
                    .iter()
                    .map(|(path, value)| (&path[shared..], *value))
                    .collect();
                return rlp_list(&[
                    rlp_bytes(&packed(&first[..shared], EXTENSION)),
                    reference(node(&below)),
                ]);
            }
            let mut items: Vec<Vec<u8>> = (0..16)
                .map(|nibble| {
                    let below: Vec<_> = leaves
                        .iter()
                        .filter(|(path, _)| path[0] == nibble)
                        .map(|(path, value)| (&path[1..], *value))
                        .collect();
                    match below.as_slice() {
                        [] => rlp_bytes(&[]),
                        below => reference(node(below)),
                    }
                })
                .collect();
            // No path ends in a branch.
            items.push(rlp_bytes(&[]));
            rlp_list(&items)
        }
    }
}

/// How a node is named in the one above: by itself if it is short, else by its hash.
fn reference(node: Vec<u8>) -> Vec<u8> {
    if node.len() < 32 {
        node
    } else {
        rlp_bytes(&keccak(&node))
    }
}

/// A path of nibbles as bytes, marked by its kind and whether its length is odd.
fn packed(path: &[u8], leaf: bool) -> Vec<u8> {
    let mark = if leaf { 0x20 } else { 0 };
    let (first, rest) = match path {
        [nibble, rest @ ..] if path.len() % 2 == 1 => (mark | 0x10 | nibble, rest),
        path => (mark, path),
    };
    let rest = rest.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]);
    std::iter::once(first).chain(rest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_accounts_have_a_known_root() {
        assert_eq!(
            hex::encode(state_root(&BTreeMap::new())),
            "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"
        );
    }

    #[test]
    fn paths_are_marked() {
        assert_eq!(packed(&[1, 2, 3], true), [0x31, 0x23]);
        assert_eq!(packed(&[1, 2], true), [0x20, 0x12]);
        assert_eq!(packed(&[1], false), [0x11]);
        assert_eq!(packed(&[1, 2], false), [0x00, 0x12]);
    }
}
