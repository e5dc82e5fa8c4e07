//! What the tests of this crate share.
#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part")]

pub mod car;
pub mod differential;
pub mod generate;
pub mod machine;
pub mod oracle;

#[path = "../../../vm/tests/common/mod.rs"]
pub mod vm;
