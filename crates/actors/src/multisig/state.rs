//! Signers, pending transactions and the lock.

use std::collections::BTreeMap;

use cid::Cid;
use fvm_ipld_encoding::RawBytes;
use fvm_shared::MethodNum;
use fvm_shared::address::Address;
use fvm_shared::clock::ChainEpoch;
use fvm_shared::econ::TokenAmount;
use fvm_shared::error::ExitCode;
use serde::{Deserialize, Serialize};
use serde_tuple::{Deserialize_tuple, Serialize_tuple};

use crate::adt::{Map, MapKey};
use crate::error::{ActorError, OrExit};
use crate::state::Store;

/// The state of a multisig.
#[derive(Clone, Debug, Serialize_tuple, Deserialize_tuple)]
pub struct State {
    /// Who may sign, all by f0 addresses.
    pub signers: Vec<Address>,
    /// How many of them must.
    pub num_approvals_threshold: u64,
    /// The number of the next transaction.
    pub next_tx_id: TxnId,
    /// How much was locked at `start_epoch`.
    pub initial_balance: TokenAmount,
    /// When it begins to unlock, evenly.
    pub start_epoch: ChainEpoch,
    /// How long that takes; 0 if nothing was ever locked.
    pub unlock_duration: ChainEpoch,
    /// From numbers to transactions.
    pub pending_txs: Cid,
}

/// The number of a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TxnId(pub i64);

impl MapKey for TxnId {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, ActorError> {
        i64::from_bytes(bytes).map(Self)
    }
}

/// A call that waits for approvals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize_tuple, Deserialize_tuple)]
pub struct Transaction {
    /// To whom.
    pub to: Address,
    /// With how much.
    pub value: TokenAmount,
    /// Which method.
    pub method: MethodNum,
    /// With what, as CBOR; nothing if empty.
    pub params: RawBytes,
    /// Who approved it, the proposer first.
    pub approved: Vec<Address>,
}

/// The pending transactions.
pub(super) type Pending<'a> = Map<'a, TxnId, Transaction>;

impl State {
    pub(super) fn pending<'a>(&self, store: Store<'a>) -> Result<Pending<'a>, ActorError> {
        Map::load(store, &self.pending_txs, "pending transactions")
    }

    /// The transactions that wait for approvals, by their numbers.
    ///
    /// # Errors
    /// 20 if they can't be read.
    pub fn pending_transactions(
        &self,
        store: Store<'_>,
    ) -> Result<BTreeMap<TxnId, Transaction>, ActorError> {
        let mut transactions = BTreeMap::new();
        self.pending(store)?.for_each(|id, transaction| {
            transactions.insert(id, transaction.clone());
            Ok(())
        })?;
        Ok(transactions)
    }

    /// Fails with 18 unless the address is a signer's.
    pub(super) fn require_signer(&self, address: &Address) -> Result<(), ActorError> {
        if !self.signers.contains(address) {
            return Err(ActorError::forbidden(format!("{address} is not a signer")));
        }
        Ok(())
    }

    pub(super) fn lock(&mut self, start: ChainEpoch, duration: ChainEpoch, amount: TokenAmount) {
        self.start_epoch = start;
        self.unlock_duration = duration;
        self.initial_balance = amount;
    }

    /// What is still locked at an epoch, rounded up.
    ///
    /// # Errors
    /// 24 if the epochs are further apart than a number can say.
    pub fn amount_locked(&self, epoch: ChainEpoch) -> Result<TokenAmount, ActorError> {
        let elapsed = epoch.checked_sub(self.start_epoch).or_exit(
            ExitCode::USR_ASSERTION_FAILED,
            "epochs since the lock began",
        )?;
        if elapsed >= self.unlock_duration {
            return Ok(TokenAmount::default());
        }
        if elapsed <= 0 {
            return Ok(self.initial_balance.clone());
        }
        // Between 0 and the duration, so that nothing overflows.
        let remaining = self.unlock_duration - elapsed;
        Ok((&self.initial_balance * remaining).div_ceil(self.unlock_duration))
    }

    /// May this much be spent? What carries no value always may, even if more is locked than
    /// there is.
    pub(super) fn check_available(
        &self,
        balance: TokenAmount,
        spent: &TokenAmount,
        epoch: ChainEpoch,
    ) -> Result<(), ActorError> {
        if spent.is_negative() {
            return Err(ActorError::illegal_argument(format!("spending {spent}")));
        }
        if balance < *spent {
            return Err(ActorError::insufficient_funds(format!(
                "{balance}, to spend {spent}"
            )));
        }
        if spent.is_zero() {
            return Ok(());
        }
        let remaining = balance - spent;
        let locked = self.amount_locked(epoch)?;
        if remaining < locked {
            let words = format!("spending {spent} leaves {remaining}, of which {locked} is locked");
            return Err(ActorError::insufficient_funds(words));
        }
        Ok(())
    }

    /// Takes back all approvals of a signer. A transaction that nobody approves any more goes.
    pub(super) fn purge_approvals(
        &mut self,
        store: Store<'_>,
        signer: &Address,
    ) -> Result<(), ActorError> {
        let mut pending = self.pending(store)?;
        let mut approved = Vec::new();
        pending.for_each(|id, transaction| {
            if transaction.approved.contains(signer) {
                approved.push((id, transaction.clone()));
            }
            Ok(())
        })?;
        for (id, mut transaction) in approved {
            transaction.approved.retain(|approver| approver != signer);
            if transaction.approved.is_empty() {
                pending.delete(&id)?;
            } else {
                pending.set(&id, transaction)?;
            }
        }
        self.pending_txs = pending.flush()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(amount: u64, start: ChainEpoch, duration: ChainEpoch) -> State {
        State {
            signers: Vec::new(),
            num_approvals_threshold: 1,
            next_tx_id: TxnId(0),
            initial_balance: TokenAmount::from_atto(amount),
            start_epoch: start,
            unlock_duration: duration,
            pending_txs: crate::state::empty_root(),
        }
    }

    #[track_caller]
    fn check_locked(epoch: ChainEpoch, expected: u64) {
        let amount = locked(100, 10, 7).amount_locked(epoch).unwrap();
        assert_eq!(amount, TokenAmount::from_atto(expected));
    }

    #[test]
    fn the_lock_opens_evenly_and_rounds_up() {
        check_locked(0, 100);
        check_locked(10, 100);
        check_locked(11, 86);
        check_locked(13, 58);
        check_locked(16, 15);
        check_locked(17, 0);
        check_locked(ChainEpoch::MAX, 0);
    }

    #[test]
    fn epochs_too_far_apart_are_24() {
        let error = locked(1, ChainEpoch::MIN, 7).amount_locked(1).unwrap_err();
        assert_eq!(error.code, ExitCode::USR_ASSERTION_FAILED);
    }

    #[track_caller]
    fn check_spending(balance: u64, spent: i64, expected: Option<ExitCode>) {
        let balance = TokenAmount::from_atto(balance);
        let spent = TokenAmount::from_atto(spent);
        let result = locked(100, 10, 10).check_available(balance, &spent, 15);
        assert_eq!(result.err().map(|error| error.code), expected);
    }

    #[test]
    fn what_is_locked_is_not_spent() {
        check_spending(60, 10, None);
        check_spending(60, 11, Some(ExitCode::USR_INSUFFICIENT_FUNDS));
        check_spending(60, 61, Some(ExitCode::USR_INSUFFICIENT_FUNDS));
        check_spending(60, -1, Some(ExitCode::USR_ILLEGAL_ARGUMENT));
        // Even if more is locked than there is.
        check_spending(20, 0, None);
    }
}
