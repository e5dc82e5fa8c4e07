// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// The smallest contract that shows a client everything: state, logs, value and three kinds of failure.
contract Counter {
    uint256 public number;

    event Changed(address indexed by, uint256 number);

    error TooFar(uint256 wanted, uint256 most);

    constructor(uint256 start) payable {
        number = start;
    }

    function increment() external {
        number += 1;
        emit Changed(msg.sender, number);
    }

    function add(uint256 amount) external payable {
        if (amount > 100) revert TooFar(amount, 100);
        number += amount;
        emit Changed(msg.sender, number);
    }

    function refuse() external pure {
        require(false, "refused on purpose");
    }

    function divide(uint256 by) external view returns (uint256) {
        return number / by;
    }

    /// Costs what `rounds` keccaks cost, so that a gas estimate has something to get right.
    function work(uint256 rounds) external returns (bytes32 digest) {
        for (uint256 i = 0; i < rounds; i++) digest = keccak256(abi.encode(digest, i));
        number = uint256(digest);
    }
}
