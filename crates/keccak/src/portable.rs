//! The permutation on any processor.
//!
//! Six lanes are kept complemented, so that a row needs one NOT instead of five ("Keccak
//! implementation overview", section 2.2), and four rounds are laid out at once.

use super::{ROUND_CONSTANTS, State};

/// The lanes that are complemented while the permutation runs.
const COMPLEMENTED: [usize; 6] = [1, 2, 8, 12, 17, 20];

pub(super) fn permute(state: &mut State) {
    let mut even = *state;
    let mut odd = [0; 25];
    for lane in COMPLEMENTED {
        even[lane] = !even[lane];
    }
    for [first, second, third, fourth] in ROUND_CONSTANTS.as_chunks().0 {
        round(&even, &mut odd, *first);
        round(&odd, &mut even, *second);
        round(&even, &mut odd, *third);
        round(&odd, &mut even, *fourth);
    }
    for lane in COMPLEMENTED {
        even[lane] = !even[lane];
    }
    *state = even;
}

/// One round. Spelled out: iterators and closures end up in other codegen units, where nobody
/// inlines them, and the round takes three times as long.
#[inline(always)]
fn round(from: &State, to: &mut State, constant: u64) {
    // Theta.
    let column = [
        from[0] ^ from[5] ^ from[10] ^ from[15] ^ from[20],
        from[1] ^ from[6] ^ from[11] ^ from[16] ^ from[21],
        from[2] ^ from[7] ^ from[12] ^ from[17] ^ from[22],
        from[3] ^ from[8] ^ from[13] ^ from[18] ^ from[23],
        from[4] ^ from[9] ^ from[14] ^ from[19] ^ from[24],
    ];
    let change = [
        column[4] ^ column[1].rotate_left(1),
        column[0] ^ column[2].rotate_left(1),
        column[1] ^ column[3].rotate_left(1),
        column[2] ^ column[4].rotate_left(1),
        column[3] ^ column[0].rotate_left(1),
    ];

    // Rho and pi bring together a row of lanes from all over the state, each rotated. Chi mixes
    // them, with the complements where the operands have them; iota is in the first lane.
    let a = lane(from, &change, 0, 0);
    let b = lane(from, &change, 6, 44);
    let c = lane(from, &change, 12, 43);
    let d = lane(from, &change, 18, 21);
    let e = lane(from, &change, 24, 14);
    to[0] = a ^ (b | c) ^ constant;
    to[1] = b ^ (!c | d);
    to[2] = c ^ (d & e);
    to[3] = d ^ (e | a);
    to[4] = e ^ (a & b);

    let a = lane(from, &change, 3, 28);
    let b = lane(from, &change, 9, 20);
    let c = lane(from, &change, 10, 3);
    let d = lane(from, &change, 16, 45);
    let e = lane(from, &change, 22, 61);
    to[5] = a ^ (b | c);
    to[6] = b ^ (c & d);
    to[7] = c ^ (d | !e);
    to[8] = d ^ (e | a);
    to[9] = e ^ (a & b);

    let a = lane(from, &change, 1, 1);
    let b = lane(from, &change, 7, 6);
    let c = lane(from, &change, 13, 25);
    let d = lane(from, &change, 19, 8);
    let e = lane(from, &change, 20, 18);
    to[10] = a ^ (b | c);
    to[11] = b ^ (c & d);
    to[12] = c ^ (!d & e);
    to[13] = !d ^ (e | a);
    to[14] = e ^ (a & b);

    let a = lane(from, &change, 4, 27);
    let b = lane(from, &change, 5, 36);
    let c = lane(from, &change, 11, 10);
    let d = lane(from, &change, 17, 15);
    let e = lane(from, &change, 23, 56);
    to[15] = a ^ (b & c);
    to[16] = b ^ (c | d);
    to[17] = c ^ (!d | e);
    to[18] = !d ^ (e & a);
    to[19] = e ^ (a | b);

    let a = lane(from, &change, 2, 62);
    let b = lane(from, &change, 8, 55);
    let c = lane(from, &change, 14, 39);
    let d = lane(from, &change, 15, 41);
    let e = lane(from, &change, 21, 2);
    to[20] = a ^ (!b & c);
    to[21] = !b ^ (c | d);
    to[22] = c ^ (d & e);
    to[23] = d ^ (e | a);
    to[24] = e ^ (a & b);
}

/// A lane after theta, rotated.
#[inline(always)]
fn lane(from: &State, change: &[u64; 5], lane: usize, rotation: u32) -> u64 {
    (from[lane] ^ change[lane % 5]).rotate_left(rotation)
}
