//! `atoll_fuzzing::instrument`, driven by libFuzzer.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    atoll_fuzzing::instrument(data);
});
