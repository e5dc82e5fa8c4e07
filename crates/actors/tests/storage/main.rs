//! The market, the verified registry and the DataCap token, together in a small world.

mod edges;
mod sequences;
mod world;
