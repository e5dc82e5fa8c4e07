// SPDX-License-Identifier: Apache-2.0 OR MIT
pragma solidity ^0.8.17;

// The library's own callers of every method, unmodified.
import {AccountApiTest} from "@zondax/filecoin-solidity/contracts/v0.8/tests/account.test.sol";
import {DataCapApiTest} from "@zondax/filecoin-solidity/contracts/v0.8/tests/datacap.test.sol";
import {MarketApiTest} from "@zondax/filecoin-solidity/contracts/v0.8/tests/market.test.sol";
import {MinerApiTest} from "@zondax/filecoin-solidity/contracts/v0.8/tests/miner.test.sol";
import {PowerApiTest} from "@zondax/filecoin-solidity/contracts/v0.8/tests/power.test.sol";
import {VerifRegApiTest} from "@zondax/filecoin-solidity/contracts/v0.8/tests/verifreg.test.sol";

contract AccountCaller is AccountApiTest {}

contract MarketCaller is MarketApiTest {
    receive() external payable {}
}

contract PowerCaller is PowerApiTest {}

/// Owns what it calls, so it must be able to receive what it withdraws.
contract MinerOwner is MinerApiTest, PowerApiTest {
    receive() external payable {}
}

contract RegistryCaller is VerifRegApiTest {}

contract DataCapHolder is DataCapApiTest {}

/// A client of deals and of sectors: it accepts every proposal, and remembers what it is told.
contract StorageClient {
    uint64 constant AUTHENTICATE_MESSAGE = 2643134072;
    uint64 constant DATACAP_RECEIVED = 3726118371;
    uint64 constant MARKET_NOTIFY_DEAL = 4186741094;
    uint64 constant SECTOR_CONTENT_CHANGED = 2034386435;
    uint64 constant CBOR = 0x51;

    error Unhandled(uint64 method);

    event Told(uint64 indexed method, address indexed by, bytes params);

    function handle_filecoin_method(uint64 method, uint64, bytes calldata params)
        external
        returns (uint32 exitCode, uint64 returnCodec, bytes memory returned)
    {
        if (method == AUTHENTICATE_MESSAGE) return (0, CBOR, hex"f5"); // true; the call is read-only
        emit Told(method, msg.sender, params);
        if (method == SECTOR_CONTENT_CHANGED) return (0, CBOR, hex"8181f5"); // [[true]]: one sector, one piece
        if (method == MARKET_NOTIFY_DEAL || method == DATACAP_RECEIVED) return (0, 0, "");
        revert Unhandled(method);
    }

    receive() external payable {}
}
