//! `atoll state`: looks at whole states.

pub mod check;
