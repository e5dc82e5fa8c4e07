//! Errors as clients of Ethereum and Filecoin nodes expect them.

use serde::Serialize;
use serde_json::Value;

/// Why a request failed: what goes into the answer's `error`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Error {
    code: i64,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
}

// JSON-RPC's own codes, then those of EIP-1474 and of go-ethereum.
const PARSE: i64 = -32700;
const INVALID_REQUEST: i64 = -32600;
const METHOD_NOT_FOUND: i64 = -32601;
const INVALID_PARAMS: i64 = -32602;
const INTERNAL: i64 = -32603;
const SERVER: i64 = -32000;
const NOT_SUPPORTED: i64 = -32004;
const LIMIT: i64 = -32005;
/// Codes of `eth_simulateV1`.
const NONCE_TOO_LOW: i64 = -38010;
const NONCE_TOO_HIGH: i64 = -38011;
const FEE_TOO_LOW: i64 = -38012;
const FUNDS_TOO_LOW: i64 = -38014;
const BLOCK_ORDER: i64 = -38020;
const BLOCK_TIME: i64 = -38021;
/// EIP-1474's "resource not found".
const NOT_FOUND: i64 = -32001;
/// Lotus' code for an actor that does not exist.
const ACTOR_NOT_FOUND: i64 = 11;
/// Lotus' code for a round without a block.
const NULL_ROUND: i64 = 12;
/// The transaction is taken, but not on chain yet (EIP-7966); `data` is its hash.
const STILL_WAITING: i64 = 4;
/// The execution reverted; `data` is what it returned.
const REVERTED: i64 = 3;

impl Error {
    /// It is no JSON.
    pub(crate) fn parse(why: &str) -> Self {
        Self::new(PARSE, format!("parse error: {why}"))
    }

    /// It is JSON, but no request.
    pub(crate) fn invalid_request(why: &str) -> Self {
        Self::new(INVALID_REQUEST, format!("invalid request: {why}"))
    }

    /// Nobody knows the method, or it is turned off.
    pub(crate) fn method_not_found(name: &str) -> Self {
        // The wording is what viem, ethers and hardhat look for.
        Self::new(
            METHOD_NOT_FOUND,
            format!("the method {name} does not exist/is not available"),
        )
    }

    /// The parameters as a whole are wrong.
    pub(crate) fn params(why: &str) -> Self {
        Self::new(INVALID_PARAMS, format!("invalid params: {why}"))
    }

    /// One parameter is wrong.
    pub(crate) fn param(name: &str, why: &str) -> Self {
        Self::new(INVALID_PARAMS, format!("invalid params: {name}: {why}"))
    }

    /// The node is in trouble. The cause is for the node's log; the client learns what failed.
    pub(crate) fn internal(why: impl std::fmt::Display) -> Self {
        Self::new(INTERNAL, format!("internal error: {why}"))
    }

    /// The request is in order, but cannot be done.
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self::new(SERVER, why.into())
    }

    /// The method cannot do this here.
    pub(crate) fn not_supported(why: impl Into<String>) -> Self {
        Self::new(NOT_SUPPORTED, why.into())
    }

    /// More was asked for than a node gives at once.
    pub(crate) fn limit(why: impl Into<String>) -> Self {
        Self::new(LIMIT, why.into())
    }

    /// A transaction waits for a block longer than its sender wants to wait for it.
    pub(crate) fn still_waiting(hash: &str) -> Self {
        let words = format!("the transaction {hash} was taken, but is not on chain yet");
        Self {
            data: Some(Value::from(hash)),
            ..Self::new(STILL_WAITING, words)
        }
    }

    /// There is no such block.
    pub(crate) fn unknown_block(why: String) -> Self {
        Self::new(NOT_FOUND, why)
    }

    /// The epoch has no block, and never will.
    pub(crate) fn null_round(epoch: u64) -> Self {
        // The wording is Lotus': clients of Filecoin look for it.
        let words = format!("requested epoch was a null round ({epoch})");
        Self::new(NULL_ROUND, words)
    }

    /// Nobody has this address.
    pub(crate) fn actor_not_found(why: String) -> Self {
        Self::new(ACTOR_NOT_FOUND, why)
    }

    /// A simulated call has the nonce of one before it.
    pub(crate) fn nonce_too_low(why: String) -> Self {
        Self::new(NONCE_TOO_LOW, why)
    }

    /// A simulated call leaves nonces out.
    pub(crate) fn nonce_too_high(why: String) -> Self {
        Self::new(NONCE_TOO_HIGH, why)
    }

    /// A simulated call offers less than the base fee.
    pub(crate) fn fee_too_low(why: String) -> Self {
        Self::new(FEE_TOO_LOW, why)
    }

    /// A simulated call's sender cannot pay for it.
    pub(crate) fn funds_too_low(why: String) -> Self {
        Self::new(FUNDS_TOO_LOW, why)
    }

    /// Simulated blocks go backwards.
    pub(crate) fn block_order(why: String) -> Self {
        Self::new(BLOCK_ORDER, why)
    }

    /// The time of simulated blocks goes backwards.
    pub(crate) fn block_time(why: String) -> Self {
        Self::new(BLOCK_TIME, why)
    }

    pub(crate) fn batch_too_large(max: usize) -> Self {
        Self::limit(format!("the batch has more than {max} requests"))
    }

    pub(crate) fn answer_too_large(max: usize) -> Self {
        Self::limit(format!("the answer is larger than {max} bytes"))
    }

    /// The contract reverted with this data.
    pub(crate) fn reverted(message: String, data: &[u8]) -> Self {
        Self {
            code: REVERTED,
            message,
            data: Some(Value::String(format!("0x{}", hex::encode(data)))),
        }
    }

    fn new(code: i64, message: String) -> Self {
        Self {
            code,
            message,
            data: None,
        }
    }

    /// The object for the answer.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and numbers always become JSON")
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}
