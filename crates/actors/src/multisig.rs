//! Multisigs: wallets whose transactions need the approval of several signers, and whose balance
//! may be locked for a time.

mod methods;
mod state;
mod types;

pub use state::{State, Transaction, TxnId};
pub use types::*;

use crate::ActorKind;
use crate::method::{Actor, Callers, Fallback, Shape};

/// How many signers a multisig may have.
pub const SIGNERS_MAX: usize = 256;

const SIGNER: Callers = Callers::Named("a signer");
const SELF: Callers = Callers::Named("the multisig itself");

/// The actor.
pub static ACTOR: Actor = Actor {
    kind: ActorKind::Multisig,
    state: Shape::of::<State>("State"),
    methods: crate::methods! {
        1 Constructor(ConstructorParams) -> (), Callers::Named("init") => methods::constructor;
        2 Propose(ProposeParams) -> ProposeReturn, SIGNER => methods::propose;
        3 Approve(TxnIdParams) -> ApproveReturn, SIGNER => methods::approve;
        4 Cancel(TxnIdParams) -> (), SIGNER => methods::cancel;
        5 AddSigner(AddSignerParams) -> (), SELF => methods::add_signer;
        6 RemoveSigner(RemoveSignerParams) -> (), SELF => methods::remove_signer;
        7 SwapSigner(SwapSignerParams) -> (), SELF => methods::swap_signer;
        8 ChangeNumApprovalsThreshold(ChangeThresholdParams) -> (), SELF
            => methods::change_threshold;
        9 LockBalance(LockBalanceParams) -> (), SELF => methods::lock_balance;
        3_726_118_371 Receive(ReceiveParams) -> (), Callers::Any => methods::receive;
    },
    fallback: Fallback::AcceptExported,
    restrict_internal: true,
};
