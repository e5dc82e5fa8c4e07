use super::*;
use fvm_shared::piece::PaddedPieceSize;

use RegisteredSealProof::{
    StackedDRG2KiBV1P1, StackedDRG8MiBV1P1, StackedDRG32GiBV1P1, StackedDRG32GiBV1P2_Feat_NiPoRep,
    StackedDRG64GiBV1P1, StackedDRG512MiBV1P1,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn piece(len: u64, fill: u8) -> PieceInfo {
    let cid = data_commitment_v1_to_cid(&[fill; 32]).unwrap();
    PieceInfo {
        size: PaddedPieceSize(len),
        cid,
    }
}

fn compute(proof: RegisteredSealProof, pieces: &[PieceInfo]) -> Result<String, Refusal> {
    let cid = unsealed_sector_cid(proof, pieces)?;
    assert_eq!((cid.codec(), cid.hash().code()), (0xf101, 0x1012));
    Ok(hex(cid.hash().digest()))
}

/// The commitments of empty sectors that every storage provider knows.
#[test]
fn empty_sectors() {
    let published = [
        (
            StackedDRG2KiBV1P1,
            "fc7e928296e516faade986b28f92d44a4f24b935485223376a799027bc18f833",
        ),
        (
            StackedDRG8MiBV1P1,
            "65f29e5d98d246c38b388cfc06db1f6b021303c5a289000bdce832a9c3ec421c",
        ),
        (
            StackedDRG512MiBV1P1,
            "39560e7b13a93b07a243fd2720ffa7cb3e1d2e505ab3629e79f46313512cda06",
        ),
        (
            StackedDRG32GiBV1P1,
            "077e5fde35c50a9303a55009e3498a4ebedff39c42b710b730d8ec7ac7afa63e",
        ),
        (
            StackedDRG64GiBV1P1,
            "e64005a6bfe3777953b8ad6ef93f0fca1049b2041654f2a411f7702799cece02",
        ),
    ];
    for (proof, commitment) in published {
        assert_eq!(compute(proof, &[]).unwrap(), commitment);
    }
}

/// A sector filled with pieces of zeros is an empty sector, however it is cut.
#[test]
fn zeros_in_pieces_change_nothing() {
    let zeros = |len: u64| PieceInfo {
        size: PaddedPieceSize(len),
        cid: data_commitment_v1_to_cid(&ZEROS[len.trailing_zeros() as usize]).unwrap(),
    };
    let empty = compute(StackedDRG2KiBV1P1, &[]).unwrap();
    for lens in [
        &[2048][..],
        &[128],
        &[1024, 128, 256],
        &[128, 128, 512],
        &[256, 1024],
    ] {
        let pieces: Vec<_> = lens.iter().map(|len| zeros(*len)).collect();
        assert_eq!(
            compute(StackedDRG2KiBV1P1, &pieces).unwrap(),
            empty,
            "{lens:?}"
        );
    }
}

/// The tree spelled out: a piece of 512 bytes must begin at 512.
#[test]
fn gaps_are_filled_before_a_piece_and_after_the_last() {
    let zero = |bits: usize| ZEROS[bits];
    let left = parent(&parent(&parent(&[1; 32], &zero(7)), &zero(8)), &[2; 32]);
    let expected = hex(&parent(&left, &zero(10)));
    let computed = compute(StackedDRG2KiBV1P1, &[piece(128, 1), piece(512, 2)]).unwrap();
    assert_eq!(computed, expected);
}

#[test]
fn a_piece_as_large_as_the_sector_is_its_commitment() {
    let pieces = [piece(32 << 30, 7)];
    let computed = compute(StackedDRG32GiBV1P2_Feat_NiPoRep, &pieces).unwrap();
    assert_eq!(computed, hex(&[7; 32]));
}

#[track_caller]
fn check_refused(proof: RegisteredSealProof, lens: &[u64]) {
    let pieces: Vec<_> = lens.iter().map(|len| piece(*len, 1)).collect();
    let refusal = compute(proof, &pieces).unwrap_err();
    assert_eq!(refusal.number, ErrorNumber::IllegalArgument, "{refusal:?}");
}

#[test]
fn pieces_that_fit_no_sector_are_refused() {
    check_refused(StackedDRG2KiBV1P1, &[0]);
    check_refused(StackedDRG2KiBV1P1, &[64]);
    check_refused(StackedDRG2KiBV1P1, &[127]);
    check_refused(StackedDRG2KiBV1P1, &[129]);
    check_refused(StackedDRG2KiBV1P1, &[192, 64]);
    check_refused(StackedDRG2KiBV1P1, &[64; 32]);
    check_refused(StackedDRG2KiBV1P1, &[2048, 128]);
    check_refused(StackedDRG2KiBV1P1, &[4096]);
    check_refused(StackedDRG2KiBV1P1, &[128; 17]);
    check_refused(StackedDRG2KiBV1P1, &[1 << 63]);
    check_refused(StackedDRG2KiBV1P1, &[1 << 63, 1 << 63]);
    check_refused(StackedDRG2KiBV1P1, &[128, 1 << 63]);
    check_refused(StackedDRG2KiBV1P1, &[u64::MAX]);
    check_refused(RegisteredSealProof::Invalid(99), &[]);
}

#[test]
fn a_piece_must_be_a_commitment_to_data() {
    let mut wrong = piece(128, 1);
    wrong.cid = fvm_shared::commcid::replica_commitment_v1_to_cid(&[1; 32]).unwrap();
    let refusal = compute(StackedDRG2KiBV1P1, &[wrong]).unwrap_err();
    assert_eq!(refusal.number, ErrorNumber::IllegalArgument);
}
