// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Script} from "forge-std/Script.sol";
import {Counter} from "../contracts/Counter.sol";
import {Token} from "../contracts/Token.sol";

contract Deploy is Script {
    function run() external {
        vm.startBroadcast();
        Counter counter = new Counter{value: 2}(10);
        counter.add{value: 3}(5);
        Token token = new Token(msg.sender, 1000);
        token.transfer(address(counter), 1);
        payable(address(0xa7011)).transfer(1);
        vm.stopBroadcast();
        require(counter.number() == 15, "the script sees its own calls");
    }
}
