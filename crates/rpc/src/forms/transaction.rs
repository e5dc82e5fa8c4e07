//! A transaction as a client describes it, for calls, estimates and signing.

use serde::{Deserialize, Serialize};

use super::{Address, Big, Data, Quantity, Word, forms};

/// What `eth_call`, `eth_estimateGas`, `eth_sendTransaction` and others take.
///
/// Unknown members are ignored, as by everybody: clients add some of their own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub(crate) from: Option<Address>,
    pub(crate) to: Option<Address>,
    #[serde(alias = "gasLimit")]
    pub(crate) gas: Option<Quantity>,
    pub(crate) gas_price: Option<Big>,
    pub(crate) max_fee_per_gas: Option<Big>,
    pub(crate) max_priority_fee_per_gas: Option<Big>,
    pub(crate) value: Option<Big>,
    pub(crate) nonce: Option<Quantity>,
    /// The standard's name.
    pub(crate) input: Option<Data>,
    /// What most clients send.
    pub(crate) data: Option<Data>,
    pub(crate) chain_id: Option<Quantity>,
    #[serde(rename = "type")]
    pub(crate) kind: Option<Quantity>,
    pub(crate) access_list: Option<Vec<AccessListItem>>,
    pub(crate) blob_versioned_hashes: Option<Vec<Word>>,
    pub(crate) authorization_list: Option<Vec<serde_json::Value>>,
}

/// Slots that a transaction says it will use (EIP-2930).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccessListItem {
    pub(crate) address: Address,
    pub(crate) storage_keys: Vec<Word>,
}

forms! {
    Request: "a transaction object" [Object];
}

impl Request {
    /// What the contract gets. Both names may be there if they agree.
    pub(crate) fn payload(&self) -> Result<&[u8], &'static str> {
        match (&self.input, &self.data) {
            (Some(input), Some(data)) if input != data => Err("input and data differ"),
            (Some(Data(bytes)), _) | (None, Some(Data(bytes))) => Ok(bytes),
            (None, None) => Ok(&[]),
        }
    }

    /// Filecoin has legacy and EIP-1559 transactions (FIP-0091, FIP-0054). A client that asks for
    /// another kind learns so here.
    pub(crate) fn check_kind(&self) -> Result<(), &'static str> {
        if self.gas_price.is_some()
            && (self.max_fee_per_gas.is_some() || self.max_priority_fee_per_gas.is_some())
        {
            return Err("both gasPrice and maxFeePerGas or maxPriorityFeePerGas are given");
        }
        if self.blob_versioned_hashes.is_some() {
            return Err("there are no blob transactions (EIP-4844) on Filecoin");
        }
        if self.authorization_list.is_some() {
            return Err("there are no set-code transactions (EIP-7702) on Filecoin");
        }
        match self.kind {
            None | Some(Quantity(0 | 2)) => Ok(()),
            // Clients that ask for an access list with no entry get what they mean.
            Some(Quantity(1)) if self.access_list.as_ref().is_none_or(Vec::is_empty) => Ok(()),
            Some(Quantity(1)) => Err("there are no access lists (EIP-2930) on Filecoin"),
            Some(Quantity(3)) => Err("there are no blob transactions (EIP-4844) on Filecoin"),
            Some(Quantity(4)) => Err("there are no set-code transactions (EIP-7702) on Filecoin"),
            Some(_) => Err("there is no transaction of this type"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::forms::Form;

    #[test]
    fn input_and_data_must_agree() {
        let payload = |text| Request::read(text).unwrap().payload().map(<[u8]>::to_vec);
        assert_eq!(payload("{\"data\":\"0x01\"}"), Ok(vec![1]));
        assert_eq!(
            payload("{\"input\":\"0x01\",\"data\":\"0x01\"}"),
            Ok(vec![1])
        );
        assert_eq!(payload("{}"), Ok(vec![]));
        assert!(payload("{\"input\":\"0x01\",\"data\":\"0x02\"}").is_err());
    }

    #[test]
    fn kinds_that_filecoin_lacks_are_refused_with_the_reason() {
        let check = |text| Request::read(text).unwrap().check_kind();
        assert_eq!(check("{\"type\":\"0x2\",\"maxFeePerGas\":\"0x1\"}"), Ok(()));
        assert_eq!(check("{\"type\":\"0x1\",\"accessList\":[]}"), Ok(()));
        assert!(check("{\"type\":\"0x3\"}").unwrap_err().contains("4844"));
        assert!(check("{\"type\":\"0x4\"}").unwrap_err().contains("7702"));
        assert!(check("{\"gasPrice\":\"0x1\",\"maxFeePerGas\":\"0x1\"}").is_err());
    }
}
