//! The rules of the kernel, one file each, played by small actors in WAT.
//!
//! A file says what the actor does and what the message is like; below a line stands what came
//! of it, down to each charge of gas. `UPDATE_EXPECT=1` writes that part anew. The chain that
//! the actors live on is in `machine/world.rs`, what they start with in `machine/rule.rs`.

mod machine;

#[test]
fn all_rules_hold() {
    machine::files::check("rules", 100);
}
