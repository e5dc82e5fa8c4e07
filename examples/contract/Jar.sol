// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.24;

/// Who gave what. Only the jar that made it writes into it.
contract Ledger {
    address private immutable jar = msg.sender;
    mapping(address => uint256) public given;

    function note(address giver, uint256 amount) external {
        require(msg.sender == jar, "only the jar writes here");
        given[giver] += amount;
    }
}

/// A jar for tips: small enough to read, with everything that a trace can show.
contract Jar {
    string public label;
    uint256 public immutable least;
    uint256 public total;
    Ledger public immutable ledger = new Ledger();

    event Tipped(address indexed giver, uint256 amount);

    error TooLittle(uint256 given, uint256 least);

    constructor(string memory label_, uint256 least_) {
        label = label_;
        least = least_;
    }

    function tip() external payable {
        if (msg.value < least) revert TooLittle(msg.value, least);
        total += msg.value;
        ledger.note(msg.sender, msg.value);
        emit Tipped(msg.sender, msg.value);
    }
}
