//! Vectors: what others recorded, to be compared with what this machine does.

pub mod corpus;
pub mod json;
pub mod recognise;
pub mod recorded;
pub mod report;
pub mod scenario;
