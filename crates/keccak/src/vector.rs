//! The permutation on processors with AVX-512VL.
//!
//! A lane to a register, and only its low half: there are 32 of them, so that the whole state stays
//! in registers, and one instruction does what takes three elsewhere: the sum of three lanes, or a
//! step of chi.

use core::arch::x86_64::{
    __m128i, _mm_cvtsi64_si128, _mm_cvtsi128_si64, _mm_rol_epi64, _mm_ternarylogic_epi64,
    _mm_xor_si128,
};

use super::{ROUND_CONSTANTS, State};

type Lanes = [__m128i; 25];

/// Permutes `state` if this processor can do it this way. False if it can't.
#[expect(
    unsafe_code,
    reason = "instructions that not every processor has are called behind a check"
)]
pub(super) fn permute(state: &mut State) -> bool {
    let able = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vl");
    if able {
        // SAFETY: the processor has what the function is compiled for; nothing else is asked.
        unsafe { permute_lanes(state) };
    }
    able
}

#[target_feature(enable = "avx512f,avx512vl")]
fn permute_lanes(state: &mut State) {
    let mut even = state.map(|lane| _mm_cvtsi64_si128(lane.cast_signed()));
    for [first, second] in ROUND_CONSTANTS.as_chunks().0 {
        let odd = round(&even, *first);
        even = round(&odd, *second);
    }
    for (lane, register) in state.iter_mut().zip(even) {
        *lane = _mm_cvtsi128_si64(register).cast_unsigned();
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn round(from: &Lanes, constant: u64) -> Lanes {
    // Theta.
    let column: [__m128i; 5] = [
        column(from, 0),
        column(from, 1),
        column(from, 2),
        column(from, 3),
        column(from, 4),
    ];
    let change = [
        _mm_xor_si128(column[4], _mm_rol_epi64::<1>(column[1])),
        _mm_xor_si128(column[0], _mm_rol_epi64::<1>(column[2])),
        _mm_xor_si128(column[1], _mm_rol_epi64::<1>(column[3])),
        _mm_xor_si128(column[2], _mm_rol_epi64::<1>(column[4])),
        _mm_xor_si128(column[3], _mm_rol_epi64::<1>(column[0])),
    ];

    // Rho and pi bring together a row of lanes from all over the state, each rotated; chi mixes
    // them; iota is in the first lane.
    let [a, b, c, d, e] = chi([
        lane::<0, 0>(from, &change),
        lane::<6, 44>(from, &change),
        lane::<12, 43>(from, &change),
        lane::<18, 21>(from, &change),
        lane::<24, 14>(from, &change),
    ]);
    let a = _mm_xor_si128(a, _mm_cvtsi64_si128(constant.cast_signed()));
    let [f, g, h, i, j] = chi([
        lane::<3, 28>(from, &change),
        lane::<9, 20>(from, &change),
        lane::<10, 3>(from, &change),
        lane::<16, 45>(from, &change),
        lane::<22, 61>(from, &change),
    ]);
    let [k, l, m, n, o] = chi([
        lane::<1, 1>(from, &change),
        lane::<7, 6>(from, &change),
        lane::<13, 25>(from, &change),
        lane::<19, 8>(from, &change),
        lane::<20, 18>(from, &change),
    ]);
    let [p, q, r, s, t] = chi([
        lane::<4, 27>(from, &change),
        lane::<5, 36>(from, &change),
        lane::<11, 10>(from, &change),
        lane::<17, 15>(from, &change),
        lane::<23, 56>(from, &change),
    ]);
    let [u, v, w, x, y] = chi([
        lane::<2, 62>(from, &change),
        lane::<8, 55>(from, &change),
        lane::<14, 39>(from, &change),
        lane::<15, 41>(from, &change),
        lane::<21, 2>(from, &change),
    ]);
    [
        a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u, v, w, x, y,
    ]
}

/// The sum of a column's lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn column(from: &Lanes, column: usize) -> __m128i {
    let upper = sum(from[column], from[column + 5], from[column + 10]);
    sum(upper, from[column + 15], from[column + 20])
}

/// A lane after theta, rotated.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn lane<const LANE: usize, const ROTATION: i32>(from: &Lanes, change: &[__m128i; 5]) -> __m128i {
    _mm_rol_epi64::<ROTATION>(_mm_xor_si128(from[LANE], change[LANE % 5]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn chi([a, b, c, d, e]: [__m128i; 5]) -> [__m128i; 5] {
    [
        mix(a, b, c),
        mix(b, c, d),
        mix(c, d, e),
        mix(d, e, a),
        mix(e, a, b),
    ]
}

/// `a ^ b ^ c`. The constant is the truth table.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn sum(a: __m128i, b: __m128i, c: __m128i) -> __m128i {
    _mm_ternarylogic_epi64::<0b1001_0110>(a, b, c)
}

/// `a ^ (!b & c)`. The constant is the truth table.
#[inline]
#[target_feature(enable = "avx512f,avx512vl")]
fn mix(a: __m128i, b: __m128i, c: __m128i) -> __m128i {
    _mm_ternarylogic_epi64::<0b1101_0010>(a, b, c)
}
