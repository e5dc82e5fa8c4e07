//! The table of every method.

mod atoll;
mod dev;
mod eth;
mod filecoin;
mod trace;
mod typed_data;
mod web;

pub use trace::console::{Console, Said};

use dev::{accounts, info, mining, rewind, time};
use eth::{
    blocks, calls, fees, filters, logs, proof, send, sign, simulate, slots, state, subscriptions,
    transactions,
};
use filecoin as fil;
use filecoin::storage;
use trace::{geth, otterscan, parity, pool};

use crate::forms::bitfield::RunLengths;
use crate::forms::filecoin::{self as forms, TipsetKey};
use crate::forms::filter::LogFilter;
use crate::forms::overrides::{BlockOverrides, StateOverrides};
use crate::forms::transaction::Request;
use crate::forms::{Address, Big, BlockId, BlockTag, Data, Hash, Quantity, Word};
use crate::method::{Row, rows};

/// All rows, in the order of the docs.
pub fn table() -> impl Iterator<Item = &'static Row> {
    TABLES.iter().copied().flatten()
}

/// The row that Lotus has under another name too: `Filecoin.EthGetBalance` is `eth_getBalance`.
pub(crate) fn other_name(name: &str) -> Option<String> {
    const PREFIXES: [(&str, &str); 4] = [
        ("Filecoin.EthTrace", "trace_"),
        ("Filecoin.Eth", "eth_"),
        ("Filecoin.Net", "net_"),
        ("Filecoin.Web3", "web3_"),
    ];
    PREFIXES.iter().find_map(|(theirs, ours)| {
        let mut rest = name.strip_prefix(theirs)?.chars();
        let first = rest.next()?.to_ascii_lowercase();
        Some(format!("{ours}{first}{}", rest.as_str()))
    })
}

const TABLES: &[&[Row]] = &[
    WEB, ETH_STATE, ETH_CHAIN, ETH_SEND, ETH_WATCH, TRACE, FILECOIN, STORAGE, DEVELOPER,
];

const WEB: &[Row] = rows! {
    "web3_clientVersion" Eth web::client_version = ();
    "web3_sha3" Eth web::sha3 = (data: Data);
    "net_version" Eth state::net_version = ();
    "net_listening" Eth web::listening = ();
    "net_peerCount" Eth web::peer_count = ();
    "rpc_modules" Eth web::modules = ();
};

const ETH_STATE: &[Row] = rows! {
    "eth_chainId" Eth state::chain_id = ();
    "eth_protocolVersion" Eth state::protocol_version = ();
    "eth_syncing" Eth state::syncing = ();
    "eth_coinbase" Eth state::coinbase = ();
    "eth_mining" Eth state::mining = ();
    "eth_hashrate" Eth state::hashrate = ();
    "eth_blockNumber" Eth state::block_number = ();
    "eth_getBalance" Eth state::balance = (address: Address, block: Option<BlockId>);
    "eth_getTransactionCount" Eth state::transaction_count = (address: Address, block: Option<BlockId>);
    "eth_getCode" Eth state::code = (address: Address, block: Option<BlockId>);
    "eth_getStorageAt" Eth state::storage_at = (address: Address, slot: Word, block: Option<BlockId>);
    "eth_getProof" Eth proof::get = (address: Address, storage_keys: Vec<Word>, block: Option<BlockId>);
    "eth_getAccountInfo" Eth state::account_info = (address: Address, block: Option<BlockId>);
    "eth_call" Eth calls::call = (
        transaction: Request,
        block: Option<BlockId>,
        state_overrides: Option<StateOverrides>,
        block_overrides: Option<BlockOverrides>,
    );
    "eth_estimateGas" Eth calls::estimate_gas = (
        transaction: Request,
        block: Option<BlockId>,
        state_overrides: Option<StateOverrides>,
        block_overrides: Option<BlockOverrides>,
    );
    "eth_createAccessList" Eth calls::create_access_list = (
        transaction: Request,
        block: Option<BlockId>,
        state_overrides: Option<StateOverrides>,
    );
    "eth_simulateV1" Eth simulate::simulate = (payload: simulate::Payload, block: Option<BlockId>);
    "eth_gasPrice" Eth fees::gas_price = ();
    "eth_maxPriorityFeePerGas" Eth fees::max_priority_fee = ();
    "eth_baseFee" Eth fees::base_fee = ();
    "eth_blobBaseFee" Eth fees::blob_base_fee = ();
    "eth_feeHistory" Eth fees::history = (
        block_count: Quantity,
        newest_block: BlockTag,
        reward_percentiles: Option<Vec<f64>>,
    );
};

const ETH_CHAIN: &[Row] = rows! {
    "eth_getBlockByNumber" Eth blocks::by_number = (block: BlockTag, full: Option<bool>);
    "eth_getHeaderByNumber" Eth blocks::header_by_number = (block: BlockTag);
    "eth_getHeaderByHash" Eth blocks::header_by_hash = (hash: Hash);
    "eth_getBlockByHash" Eth blocks::by_hash = (hash: Hash, full: Option<bool>);
    "eth_getBlockReceipts" Eth blocks::receipts = (block: BlockId);
    "eth_getBlockTransactionCountByNumber" Eth blocks::count_by_number = (block: BlockTag);
    "eth_getBlockTransactionCountByHash" Eth blocks::count_by_hash = (hash: Hash);
    "eth_getUncleCountByBlockNumber" Eth blocks::uncles_by_number = (block: BlockTag);
    "eth_getUncleCountByBlockHash" Eth blocks::uncles_by_hash = (hash: Hash);
    "eth_getUncleByBlockNumberAndIndex" Eth blocks::uncle_by_number = (block: BlockTag, index: Quantity);
    "eth_getUncleByBlockHashAndIndex" Eth blocks::uncle_by_hash = (hash: Hash, index: Quantity);
    "eth_getTransactionByHash" Eth transactions::by_hash = (hash: Hash);
    "eth_getTransactionBySenderAndNonce" Eth otterscan::transaction_by_sender_and_nonce = (address: Address, nonce: Quantity);
    "eth_getTransactionByBlockNumberAndIndex" Eth transactions::by_number_and_index = (block: BlockTag, index: Quantity);
    "eth_getTransactionByBlockHashAndIndex" Eth transactions::by_hash_and_index = (hash: Hash, index: Quantity);
    "eth_getTransactionReceipt" Eth transactions::receipt_by_hash = (hash: Hash);
    "eth_getRawTransactionByHash" Eth transactions::raw_by_hash = (hash: Hash);
    "debug_getRawTransaction" Trace transactions::raw_by_hash = (hash: Hash);
    "eth_getLogs" Eth logs::get = (filter: LogFilter);
};

const ETH_SEND: &[Row] = rows! {
    "eth_accounts" Eth send::accounts = ();
    "eth_requestAccounts" Eth send::accounts = ();
    "eth_sendRawTransaction" Eth send::send_raw = (transaction: Data);
    "eth_sendRawTransactionSync" Eth send::send_raw_sync = (transaction: Data, timeout: Option<Quantity>);
    "eth_sendTransaction" Eth send::send = (transaction: Request);
    "eth_sendUnsignedTransaction" Developer send::send_unsigned = (transaction: Request);
    "eth_signTransaction" Eth send::sign_transaction = (transaction: Request);
    "eth_fillTransaction" Eth send::fill_transaction = (transaction: Request);
    "eth_sign" Eth sign::sign = (address: Address, message: Data);
    "personal_sign" Eth sign::personal_sign = (message: Data, address: Address, password: Option<String>);
    "eth_signTypedData" Eth sign::sign_typed_data = (address: Address, typed_data: serde_json::Value);
    "eth_signTypedData_v3" Eth sign::sign_typed_data = (address: Address, typed_data: serde_json::Value);
    "eth_signTypedData_v4" Eth sign::sign_typed_data = (address: Address, typed_data: serde_json::Value);
};

const ETH_WATCH: &[Row] = rows! {
    "eth_newFilter" Eth filters::new_logs = (filter: LogFilter);
    "eth_newBlockFilter" Eth filters::new_blocks = ();
    "eth_newPendingTransactionFilter" Eth filters::new_waiting = ();
    "eth_getFilterChanges" Eth filters::changes = (id: Quantity);
    "eth_getFilterLogs" Eth filters::all_logs = (id: Quantity);
    "eth_uninstallFilter" Eth filters::uninstall = (id: Quantity);
    "eth_subscribe" Eth subscriptions::subscribe = (kind: String, options: Option<serde_json::Value>);
    "eth_unsubscribe" Eth subscriptions::unsubscribe = (id: Quantity);
};

const TRACE: &[Row] = rows! {
    "debug_traceTransaction" Trace geth::transaction = (hash: Hash, options: Option<geth::Options>);
    "debug_traceBlockByNumber" Trace geth::block_by_number = (block: BlockTag, options: Option<geth::Options>);
    "debug_traceBlockByHash" Trace geth::block_by_hash = (hash: Hash, options: Option<geth::Options>);
    "debug_traceCall" Trace geth::call = (transaction: Request, block: Option<BlockId>, options: Option<geth::Options>);
    "debug_traceCallMany" Trace geth::call_many = (
        bundles: Vec<geth::Bundle>,
        after: Option<geth::After>,
        options: Option<geth::Options>,
    );
    "trace_block" Trace parity::block = (block: BlockTag);
    "trace_transaction" Trace parity::transaction = (hash: Hash);
    "trace_get" Trace parity::get = (hash: Hash, path: Vec<Quantity>);
    "trace_filter" Trace parity::filter = (filter: parity::Filter);
    "trace_replayBlockTransactions" Trace parity::replay_block = (block: BlockTag, types: Vec<String>);
    "trace_replayTransaction" Trace parity::replay_transaction = (hash: Hash, types: Vec<String>);
    "trace_callMany" Trace parity::call_many = (calls: Vec<parity::OneOfMany>, block: Option<BlockId>);
    "trace_rawTransaction" Trace parity::raw_transaction = (transaction: Data, types: Vec<String>);
    "trace_call" Trace parity::call = (
        transaction: Request,
        types: Vec<String>,
        block: Option<BlockId>,
        state_overrides: Option<StateOverrides>,
    );
    "debug_getRawHeader" Trace blocks::raw_header = (block: BlockId);
    "debug_getRawBlock" Trace blocks::raw_block = (block: BlockId);
    "debug_getRawReceipts" Trace blocks::raw_receipts = (block: BlockId);
    "debug_storageRangeAt" Trace slots::range_at = (
        block: BlockId,
        transaction_index: Quantity,
        address: Address,
        start: Word,
        count: Quantity,
    );
    "txpool_content" Trace pool::content = ();
    "txpool_contentFrom" Trace pool::content_from = (address: Address);
    "txpool_inspect" Trace pool::inspect = ();
    "txpool_status" Trace pool::status = ();
    "ots_getApiLevel" Trace otterscan::api_level = ();
    "ots_hasCode" Trace otterscan::has_code = (address: Address, block: Option<BlockId>);
    "ots_getBlockDetails" Trace otterscan::details_by_number = (block: BlockTag);
    "ots_getBlockDetailsByHash" Trace otterscan::details_by_hash = (hash: Hash);
    "ots_getBlockTransactions" Trace otterscan::block_transactions = (block: BlockTag, page: Quantity, page_size: Quantity);
    "ots_getTransactionError" Trace otterscan::transaction_error = (hash: Hash);
    "ots_traceTransaction" Trace otterscan::trace_transaction = (hash: Hash);
    "ots_getInternalOperations" Trace otterscan::internal_operations = (hash: Hash);
    "ots_getContractCreator" Trace otterscan::contract_creator = (address: Address);
    "ots_getTransactionBySenderAndNonce" Trace otterscan::by_sender_and_nonce = (address: Address, nonce: Quantity);
    "ots_searchTransactionsBefore" Trace otterscan::search_before = (address: Address, block: Quantity, page_size: Quantity);
    "ots_searchTransactionsAfter" Trace otterscan::search_after = (address: Address, block: Quantity, page_size: Quantity);
    "erigon_getHeaderByNumber" Trace blocks::header_by_number = (block: BlockTag);
};

const FILECOIN: &[Row] = rows! {
    "Filecoin.Version" Filecoin fil::node::version = ();
    "Filecoin.StateNetworkName" Filecoin fil::node::network_name = ();
    "Filecoin.StateNetworkVersion" Filecoin fil::node::network_version = (tipset: Option<TipsetKey>);
    "Filecoin.ChainHead" Filecoin fil::chain::head = ();
    "Filecoin.StateGetNetworkParams" Filecoin fil::node::network_params = ();
    "Filecoin.ChainGetFinalizedTipSet" Filecoin fil::chain::finalized = ();
    "Filecoin.ChainGetGenesis" Filecoin fil::chain::genesis = ();
    "Filecoin.ChainGetTipSet" Filecoin fil::chain::by_key = (tipset: Option<TipsetKey>);
    "Filecoin.ChainGetTipSetByHeight" Filecoin fil::chain::by_height = (epoch: i64, tipset: Option<TipsetKey>);
    "Filecoin.ChainGetTipSetAfterHeight" Filecoin fil::chain::after_height = (epoch: i64, tipset: Option<TipsetKey>);
    "Filecoin.ChainGetBlock" Filecoin fil::chain::get_block = (block: forms::Cid);
    "Filecoin.ChainGetBlockMessages" Filecoin fil::chain::block_messages = (block: forms::Cid);
    "Filecoin.ChainGetParentMessages" Filecoin fil::chain::parent_messages = (block: forms::Cid);
    "Filecoin.ChainGetParentReceipts" Filecoin fil::chain::parent_receipts = (block: forms::Cid);
    "Filecoin.ChainGetMessagesInTipset" Filecoin fil::chain::messages_in_tipset = (tipset: Option<TipsetKey>);
    "Filecoin.ChainGetMessage" Filecoin fil::chain::get_message = (message: forms::Cid);
    "Filecoin.ChainTipSetWeight" Filecoin fil::chain::weight = (tipset: Option<TipsetKey>);
    "Filecoin.ChainNotify" Filecoin fil::channels::notify = ();
    "Filecoin.GetActorEventsRaw" Filecoin fil::events::get = (filter: Option<fil::events::Filter>);
    "Filecoin.SubscribeActorEventsRaw" Filecoin fil::channels::subscribe_events = (filter: Option<fil::events::Filter>);
    "Filecoin.ChainReadObj" Filecoin fil::chain::read_object = (cid: forms::Cid);
    "Filecoin.ChainHasObj" Filecoin fil::chain::has_object = (cid: forms::Cid);
    "Filecoin.StateGetActor" Filecoin fil::state::get_actor = (address: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateReadState" Filecoin fil::state::read_state = (address: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateDecodeParams" Filecoin fil::state::decode_params = (
        address: forms::Address,
        method: u64,
        params: forms::Base64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateListActors" Filecoin fil::state::list_actors = (tipset: Option<TipsetKey>);
    "Filecoin.StateLookupID" Filecoin fil::state::lookup_id = (address: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateLookupRobustAddress" Filecoin fil::state::lookup_robust = (address: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateAccountKey" Filecoin fil::state::account_key = (address: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateCirculatingSupply" Filecoin fil::state::circulating_supply = (tipset: Option<TipsetKey>);
    "Filecoin.StateVMCirculatingSupplyInternal" Filecoin fil::state::vm_circulating_supply = (tipset: Option<TipsetKey>);
    "Filecoin.StateCall" Filecoin fil::messages::call = (message: forms::Message, tipset: Option<TipsetKey>);
    "Filecoin.StateReplay" Filecoin fil::messages::replay = (tipset: Option<TipsetKey>, message: forms::Cid);
    "Filecoin.StateSearchMsg" Filecoin fil::messages::search = (
        from: Option<TipsetKey>,
        message: forms::Cid,
        lookback: Option<i64>,
        allow_replaced: Option<bool>,
    );
    "Filecoin.StateWaitMsg" Filecoin fil::messages::wait = (
        message: forms::Cid,
        confidence: Option<u64>,
        lookback: Option<i64>,
        allow_replaced: Option<bool>,
    );
    "Filecoin.MpoolPush" Filecoin fil::messages::push = (message: forms::SignedMessage);
    "Filecoin.MpoolPushUntrusted" Filecoin fil::messages::push = (message: forms::SignedMessage);
    "Filecoin.MpoolPushMessage" Filecoin fil::messages::push_message = (
        message: forms::Message,
        spec: Option<serde_json::Value>,
    );
    "Filecoin.MpoolGetNonce" Filecoin fil::messages::next_nonce = (address: forms::Address);
    "Filecoin.MpoolPending" Filecoin fil::messages::pending = (tipset: Option<TipsetKey>);
    "Filecoin.MpoolSelect" Filecoin fil::messages::select = (tipset: Option<TipsetKey>, quality: Option<f64>);
    "Filecoin.GasEstimateFeeCap" Filecoin fil::gas::fee_cap = (
        message: forms::Message,
        blocks: Option<i64>,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.GasEstimateGasPremium" Filecoin fil::gas::premium = (
        blocks: Option<u64>,
        sender: Option<forms::Address>,
        gas_limit: Option<i64>,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.GasEstimateGasLimit" Filecoin fil::gas::limit = (message: forms::Message, tipset: Option<TipsetKey>);
    "Filecoin.GasEstimateMessageGas" Filecoin fil::gas::message_gas = (
        message: forms::Message,
        spec: Option<serde_json::Value>,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.WalletList" Filecoin fil::accounts::list = ();
    "Filecoin.WalletHas" Filecoin fil::accounts::has = (address: forms::Address);
    "Filecoin.WalletDefaultAddress" Filecoin fil::accounts::default_address = ();
    "Filecoin.WalletBalance" Filecoin fil::accounts::balance = (address: forms::Address);
    "Filecoin.WalletSign" Filecoin fil::accounts::sign = (address: forms::Address, data: forms::Base64);
    "Filecoin.WalletSignMessage" Filecoin fil::accounts::sign_message = (address: forms::Address, message: forms::Message);
    "Filecoin.WalletValidateAddress" Filecoin fil::accounts::validate = (address: forms::Address);
    "Filecoin.WalletNew" Developer fil::accounts::new_key = (kind: String);
    "Filecoin.WalletImport" Developer fil::accounts::import = (key: fil::accounts::KeyInfo);
    "Filecoin.WalletExport" Developer fil::accounts::export = (address: forms::Address);
    "Filecoin.MsigGetAvailableBalance" Filecoin fil::multisig::available_balance = (multisig: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.MsigGetVestingSchedule" Filecoin fil::multisig::vesting_schedule = (multisig: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.MsigGetVested" Filecoin fil::multisig::vested = (
        multisig: forms::Address,
        start: Option<TipsetKey>,
        end: Option<TipsetKey>,
    );
    "Filecoin.MsigGetPending" Filecoin fil::multisig::pending = (multisig: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.EthAddressToFilecoinAddress" Filecoin fil::accounts::eth_to_filecoin = (address: Address);
    "Filecoin.FilecoinAddressToEthAddress" Filecoin fil::accounts::filecoin_to_eth = (
        address: forms::Address,
        block: Option<BlockTag>,
    );
    "Filecoin.EthGetMessageCidByTransactionHash" Filecoin fil::accounts::cid_of_transaction = (hash: Hash);
    "Filecoin.EthGetTransactionHashByCid" Filecoin fil::accounts::transaction_of_cid = (cid: forms::Cid);
};

const STORAGE: &[Row] = rows! {
    "Filecoin.StateListMiners" Filecoin storage::network::list_miners = (tipset: Option<TipsetKey>);
    "Filecoin.StateMinerInfo" Filecoin storage::miner::info = (miner: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateMinerPower" Filecoin storage::network::miner_power = (miner: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateMinerSectors" Filecoin storage::miner::sectors = (
        miner: forms::Address,
        filter: Option<RunLengths>,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMinerActiveSectors" Filecoin storage::miner::active_sectors = (
        miner: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMinerSectorCount" Filecoin storage::miner::sector_count = (
        miner: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMinerAllocated" Filecoin storage::miner::allocated = (miner: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateMinerDeadlines" Filecoin storage::miner::deadlines = (miner: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateMinerPartitions" Filecoin storage::miner::partitions = (
        miner: forms::Address,
        deadline: u64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMinerProvingDeadline" Filecoin storage::miner::proving_deadline = (
        miner: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMinerFaults" Filecoin storage::miner::faults = (miner: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateMinerRecoveries" Filecoin storage::miner::recoveries = (miner: forms::Address, tipset: Option<TipsetKey>);
    "Filecoin.StateMinerAvailableBalance" Filecoin storage::miner::available_balance = (
        miner: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateSectorGetInfo" Filecoin storage::miner::sector = (
        miner: forms::Address,
        sector: u64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateSectorPreCommitInfo" Filecoin storage::miner::pre_commit = (
        miner: forms::Address,
        sector: u64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateSectorPartition" Filecoin storage::miner::location = (
        miner: forms::Address,
        sector: u64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMinerInitialPledgeForSector" Filecoin storage::network::initial_pledge = (
        duration: i64,
        sector_size: u64,
        verified_size: u64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateDealProviderCollateralBounds" Filecoin storage::network::collateral_bounds = (
        size: u64,
        verified: bool,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMarketBalance" Filecoin storage::market::balance = (
        address: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateMarketStorageDeal" Filecoin storage::market::deal = (deal: u64, tipset: Option<TipsetKey>);
    "Filecoin.StateMarketDeals" Filecoin storage::market::deals = (tipset: Option<TipsetKey>);
    "Filecoin.StateGetAllocation" Filecoin storage::verified::allocation = (
        client: forms::Address,
        allocation: u64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateGetAllocations" Filecoin storage::verified::allocations = (
        client: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateGetClaim" Filecoin storage::verified::claim = (
        provider: forms::Address,
        claim: u64,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateGetClaims" Filecoin storage::verified::claims = (
        provider: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateVerifiedClientStatus" Filecoin storage::verified::client_status = (
        client: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateVerifierStatus" Filecoin storage::verified::verifier_status = (
        verifier: forms::Address,
        tipset: Option<TipsetKey>,
    );
    "Filecoin.StateVerifiedRegistryRootKey" Filecoin storage::verified::root_key = (tipset: Option<TipsetKey>);
};

const DEVELOPER: &[Row] = rows! {
    "anvil_mine" Developer mining::mine = (blocks: Option<Quantity>, interval: Option<Quantity>);
    "hardhat_mine" Developer mining::hardhat_mine = (blocks: Option<Quantity>, interval: Option<Quantity>);
    "evm_mine" Developer mining::evm_mine = (options: Option<mining::MineOptions>);
    "anvil_getAutomine" Developer mining::automine = ();
    "hardhat_getAutomine" Developer mining::automine = ();
    "anvil_setAutomine" Developer mining::set_automine = (enabled: bool);
    "evm_setAutomine" Developer mining::set_automine = (enabled: bool);
    "anvil_getIntervalMining" Developer mining::interval = ();
    "anvil_setIntervalMining" Developer mining::set_interval = (seconds: Quantity);
    "evm_setIntervalMining" Developer mining::set_interval_millis = (milliseconds: Quantity);
    "anvil_setNextBlockBaseFeePerGas" Developer mining::set_next_base_fee = (base_fee: Big);
    "hardhat_setNextBlockBaseFeePerGas" Developer mining::set_next_base_fee = (base_fee: Big);
    "anvil_setCoinbase" Developer mining::set_coinbase = (address: Address);
    "hardhat_setCoinbase" Developer mining::set_coinbase = (address: Address);
    "anvil_setChainId" Developer mining::set_chain_id = (chain_id: Quantity);

    "anvil_impersonateAccount" Developer accounts::impersonate = (address: Address);
    "hardhat_impersonateAccount" Developer accounts::impersonate = (address: Address);
    "anvil_stopImpersonatingAccount" Developer accounts::stop_impersonating = (address: Address);
    "hardhat_stopImpersonatingAccount" Developer accounts::stop_impersonating = (address: Address);
    "anvil_autoImpersonateAccount" Developer accounts::impersonate_everyone = (enabled: bool);
    "anvil_setBalance" Developer accounts::set_balance = (address: Address, balance: Big);
    "hardhat_setBalance" Developer accounts::set_balance = (address: Address, balance: Big);
    "anvil_addBalance" Developer accounts::add_balance = (address: Address, balance: Big);
    "anvil_setCode" Developer accounts::set_code = (address: Address, code: Data);
    "hardhat_setCode" Developer accounts::set_code = (address: Address, code: Data);
    "anvil_setNonce" Developer accounts::set_nonce = (address: Address, nonce: Quantity);
    "hardhat_setNonce" Developer accounts::set_nonce = (address: Address, nonce: Quantity);
    "evm_setAccountBalance" Developer accounts::set_balance = (address: Address, balance: Big);
    "evm_setAccountCode" Developer accounts::set_code = (address: Address, code: Data);
    "evm_setAccountStorageAt" Developer accounts::set_storage_at = (address: Address, slot: Word, value: Word);
    "evm_setAccountNonce" Developer accounts::set_nonce = (address: Address, nonce: Quantity);
    "anvil_setStorageAt" Developer accounts::set_storage_at = (address: Address, slot: Word, value: Word);
    "hardhat_setStorageAt" Developer accounts::set_storage_at = (address: Address, slot: Word, value: Word);
    "anvil_dropTransaction" Developer accounts::drop_transaction = (hash: Hash);
    "hardhat_dropTransaction" Developer accounts::was_dropped = (hash: Hash);
    "anvil_dropAllTransactions" Developer accounts::drop_all_transactions = ();
    "anvil_removePoolTransactions" Developer accounts::remove_pool_transactions = (address: Address);

    "evm_increaseTime" Developer time::increase = (seconds: Quantity);
    "anvil_increaseTime" Developer time::increase = (seconds: Quantity);
    "evm_setTime" Developer time::set = (time: Quantity);
    "anvil_setTime" Developer time::set = (time: Quantity);
    "evm_setNextBlockTimestamp" Developer time::set_next = (timestamp: Quantity);
    "anvil_setNextBlockTimestamp" Developer time::set_next = (timestamp: Quantity);
    "anvil_setBlockTimestampInterval" Developer time::set_interval = (seconds: Quantity);
    "anvil_removeBlockTimestampInterval" Developer time::remove_interval = ();

    "evm_snapshot" Developer rewind::snapshot = ();
    "anvil_snapshot" Developer rewind::snapshot = ();
    "evm_revert" Developer rewind::revert = (id: Quantity);
    "anvil_revert" Developer rewind::revert = (id: Quantity);
    "anvil_reset" Developer rewind::reset = (options: Option<rewind::Reset>);
    "hardhat_reset" Developer rewind::hardhat_reset = (options: Option<rewind::Reset>);
    "anvil_dumpState" Developer rewind::dump_state = ();
    "hardhat_dumpState" Developer rewind::dump_state = ();
    "anvil_loadState" Developer rewind::load_state = (state: Data);
    "hardhat_loadState" Developer rewind::load_state = (state: Data);
    "anvil_rollback" Developer rewind::rollback = (depth: Option<Quantity>);
    "anvil_reorg" Developer rewind::reorg = (depth: Quantity);

    "atoll_mine" Developer atoll::mine = (epochs: Option<Quantity>);
    "atoll_mineNullRounds" Developer atoll::mine_null_rounds = (rounds: Option<Quantity>);
    "atoll_reorg" Developer atoll::reorg = (depth: Quantity, keep_messages: Option<bool>);
    "atoll_setBeacon" Developer atoll::set_beacon = (epoch: Quantity, value: Option<Word>);
    "atoll_setCirculatingSupply" Developer atoll::set_circulating_supply = (amount: forms::BigDecimal);
    "atoll_setNetworkVersion" Developer atoll::set_network_version = (version: Quantity);
    "atoll_gasBreakdown" Developer atoll::gas_breakdown = (hash: Hash);
    "atoll_address" Developer atoll::address = (address: String);

    "atoll_createProvider" Developer atoll::storage::providers::create = (options: Option<atoll::storage::providers::ProviderOptions>);
    "atoll_onboardSector" Developer atoll::storage::sectors::onboard = (
        provider: forms::Address,
        options: Option<atoll::storage::sectors::SectorOptions>,
    );
    "atoll_proveSector" Developer atoll::storage::sectors::prove = (provider: forms::Address, sector: u64);
    "atoll_missPost" Developer atoll::storage::sectors::miss_post = (provider: forms::Address, sector: u64);
    "atoll_faultSector" Developer atoll::storage::sectors::fault = (provider: forms::Address, sector: u64);
    "atoll_recoverSector" Developer atoll::storage::sectors::recover = (provider: forms::Address, sector: u64);
    "atoll_terminateSector" Developer atoll::storage::sectors::terminate = (provider: forms::Address, sector: u64);
    "atoll_expireSector" Developer atoll::storage::sectors::expire = (provider: forms::Address, sector: u64);
    "atoll_publishDeal" Developer atoll::storage::deals::publish = (deal: atoll::storage::deals::DealOptions);
    "atoll_activateDeal" Developer atoll::storage::deals::activate = (deal: u64);
    "atoll_grantDatacap" Developer atoll::storage::providers::grant_datacap = (
        client: forms::Address,
        bytes: forms::BigDecimal,
    );

    "anvil_nodeInfo" Developer info::node_info = ();
    "anvil_metadata" Developer info::metadata = ();
    "hardhat_metadata" Developer info::metadata = ();
    "anvil_setLoggingEnabled" Developer info::set_logging = (enabled: bool);
    "hardhat_setLoggingEnabled" Developer info::set_logging = (enabled: bool);
};

fn keccak(data: &[u8]) -> [u8; 32] {
    use multihash_codetable::{Code, MultihashDigest};
    let hash = Code::Keccak256.digest(data);
    hash.digest().try_into().expect("Keccak-256 has 32 bytes")
}
