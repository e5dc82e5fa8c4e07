// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";
import {Initializable} from "@openzeppelin/contracts/proxy/utils/Initializable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";

contract Box is Initializable, UUPSUpgradeable {
    address public owner;
    uint256 public value;

    constructor() {
        _disableInitializers();
    }

    function initialize(address owner_, uint256 value_) external initializer {
        owner = owner_;
        value = value_;
    }

    function set(uint256 value_) external {
        value = value_;
    }

    function version() external pure virtual returns (uint256) {
        return 1;
    }

    function _authorizeUpgrade(address) internal view override {
        require(msg.sender == owner, "only the owner upgrades");
    }
}

contract BoxTwo is Box {
    function version() external pure override returns (uint256) {
        return 2;
    }
}

/// Deploys proxies and clones of a box; the address of a clone is known beforehand (CREATE2).
contract BoxFactory {
    address public immutable box;

    event Made(address indexed where);

    constructor(address box_) {
        box = box_;
    }

    function proxy(uint256 value) external returns (address where) {
        where = address(new ERC1967Proxy(box, abi.encodeCall(Box.initialize, (msg.sender, value))));
        emit Made(where);
    }

    function clone(bytes32 salt, uint256 value) external returns (address where) {
        where = Clones.cloneDeterministic(box, salt);
        Box(where).initialize(msg.sender, value);
        emit Made(where);
    }

    function predict(bytes32 salt) external view returns (address) {
        return Clones.predictDeterministicAddress(box, salt);
    }
}
