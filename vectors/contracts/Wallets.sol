// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Clones} from "@openzeppelin/contracts/proxy/Clones.sol";
import {UpgradeableBeacon} from "@openzeppelin/contracts/proxy/beacon/UpgradeableBeacon.sol";
import {BeaconProxy} from "@openzeppelin/contracts/proxy/beacon/BeaconProxy.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {AccessControl} from "@openzeppelin/contracts/access/AccessControl.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {BitMaps} from "@openzeppelin/contracts/utils/structs/BitMaps.sol";

/// Several owners submit, confirm, revoke and execute.
contract Multisig {
    struct Tx { address to; uint256 value; bytes data; bool done; uint256 confirmations; }
    address[] public owners; mapping(address => bool) public isOwner; uint256 public required; mapping(uint256 => mapping(address => bool)) public confirmed; Tx[] public txs;
    event Deposit(address indexed from, uint256 value, uint256 balance); event Submit(address indexed by, uint256 indexed id, address indexed to, uint256 value, bytes data); event Confirm(address indexed by, uint256 indexed id); event Revoke(address indexed by, uint256 indexed id); event Execute(address indexed by, uint256 indexed id);
    modifier onlyOwner() { require(isOwner[msg.sender], "not owner"); _; }
    constructor(address[] memory who, uint256 n) payable { for (uint256 i; i < who.length; i++) { require(!isOwner[who[i]], "twice"); isOwner[who[i]] = true; owners.push(who[i]); } required = n; }
    receive() external payable { emit Deposit(msg.sender, msg.value, address(this).balance); }
    function submit(address to, uint256 value, bytes memory data) public onlyOwner { txs.push(Tx({to: to, value: value, data: data, done: false, confirmations: 0})); emit Submit(msg.sender, txs.length - 1, to, value, data); }
    function confirm(uint256 id) public onlyOwner { require(!confirmed[id][msg.sender], "twice"); Tx storage t = txs[id]; require(!t.done, "done"); t.confirmations += 1; confirmed[id][msg.sender] = true; emit Confirm(msg.sender, id); }
    function revoke(uint256 id) public onlyOwner { require(confirmed[id][msg.sender], "not"); txs[id].confirmations -= 1; confirmed[id][msg.sender] = false; emit Revoke(msg.sender, id); }
    function execute(uint256 id) public onlyOwner { Tx storage t = txs[id]; require(t.confirmations >= required, "few"); require(!t.done, "done"); t.done = true; (bool ok,) = t.to.call{value: t.value}(t.data); require(ok, "failed"); emit Execute(msg.sender, id); }
    function getOwners() public view returns (address[] memory) { return owners; }
    function getTx(uint256 id) public view returns (Tx memory) { return txs[id]; }
}

contract Receiver { uint256 public n; bytes public last; event Got(bytes data); function take(bytes calldata d) external payable { n++; last = d; emit Got(d); } receive() external payable { n += 100; } }

/// Forwards requests that others signed.
contract Forwarder is EIP712("Forwarder", "1") {
    struct Request { address from; address to; uint256 value; uint256 nonce; bytes data; }
    bytes32 constant TYPE = keccak256("Request(address from,address to,uint256 value,uint256 nonce,bytes data)");
    mapping(address => uint256) public nonces;
    function digest(Request calldata r) public view returns (bytes32) { return _hashTypedDataV4(keccak256(abi.encode(TYPE, r.from, r.to, r.value, r.nonce, keccak256(r.data)))); }
    function execute(Request calldata r, bytes calldata sig) external payable returns (bytes memory) { require(nonces[r.from]++ == r.nonce, "nonce"); require(ECDSA.recover(digest(r), sig) == r.from, "signature"); (bool ok, bytes memory out) = r.to.call{value: r.value}(abi.encodePacked(r.data, r.from)); require(ok, "call"); return out; }
    function many(Request[] calldata rs, bytes[] calldata sigs) external { for (uint256 i; i < rs.length; i++) { require(nonces[rs[i].from]++ == rs[i].nonce, "nonce"); (address who, ECDSA.RecoverError e,) = ECDSA.tryRecover(digest(rs[i]), sigs[i]); if (e == ECDSA.RecoverError.NoError && who == rs[i].from) { (bool ok,) = rs[i].to.call(rs[i].data); ok; } } }
}

contract Account is Multicall {
    address public owner; uint256 public limit; mapping(bytes32 => uint256) public notes;
    function init(address o, uint256 l) external { require(owner == address(0), "init"); owner = o; limit = l; }
    function note(bytes32 k, uint256 v) public { require(v <= limit, "limit"); notes[k] = v; }
    function setLimit(uint256 l) public { limit = l; }
    function sum(bytes32[] calldata ks) external view returns (uint256 s) { for (uint256 i; i < ks.length; i++) s += notes[ks[i]]; }
}

contract AccountFactory {
    address public immutable implementation; address[] public made; event Made(address indexed at, bytes32 salt);
    constructor() { implementation = address(new Account()); }
    function make(bytes32 salt, uint256 limit) public returns (address at) { at = Clones.cloneDeterministic(implementation, salt); Account(at).init(msg.sender, limit); made.push(at); emit Made(at, salt); }
    function batch(uint256 n) external { for (uint256 i; i < n; i++) make(keccak256(abi.encode(n, i)), i + 1000); }
    function predict(bytes32 salt) external view returns (address) { return Clones.predictDeterministicAddress(implementation, salt, address(this)); }
    function poke(uint256 v) external { for (uint256 i; i < made.length; i++) Account(made[i]).note(bytes32(i), v); }
}

contract Beacon is UpgradeableBeacon { constructor(address i, address o) UpgradeableBeacon(i, o) {} }
contract BeaconBox is BeaconProxy { constructor(address b, bytes memory d) payable BeaconProxy(b, d) {} }

/// Roles, a pause and an allowance by epoch.
contract Treasury is AccessControl, Pausable {
    bytes32 public constant SPENDER = keccak256("SPENDER"); bytes32 public constant GUARD = keccak256("GUARD");
    mapping(address => mapping(uint256 => uint256)) public spent;
    constructor() payable { _grantRole(DEFAULT_ADMIN_ROLE, msg.sender); _grantRole(GUARD, msg.sender); }
    receive() external payable {}
    function pause() external onlyRole(GUARD) { _pause(); }
    function unpause() external onlyRole(GUARD) { _unpause(); }
    function spend(address payable to, uint256 v) external onlyRole(SPENDER) whenNotPaused { uint256 day = block.number / 2880; require((spent[msg.sender][day] += v) <= 1 ether, "limit"); to.transfer(v); }
}

contract Vesting is VestingWallet { constructor(address who, uint64 start, uint64 time) payable VestingWallet(who, start, time) {} }

/// An airdrop of FIL by a tree of hashes, with a bit a claim.
contract Drop {
    using BitMaps for BitMaps.BitMap;
    bytes32 public immutable root; BitMaps.BitMap private claimed; event Claimed(uint256 indexed i, address indexed who, uint256 v);
    constructor(bytes32 r) payable { root = r; }
    function claim(uint256 i, address payable who, uint256 v, bytes32[] calldata proof) external { require(!claimed.get(i), "claimed"); bytes32 leaf = keccak256(bytes.concat(keccak256(abi.encode(i, who, v)))); require(MerkleProof.verifyCalldata(proof, root, leaf), "proof"); claimed.set(i); (bool ok,) = who.call{value: v}(""); require(ok); emit Claimed(i, who, v); }
}
/// An English auction and an escrow, in FIL.
contract House {
    struct Lot { address payable seller; address payable high; uint96 bid; uint48 end; bool settled; string about; }
    mapping(uint256 => Lot) public lots; uint256 public count; mapping(address => uint256) public owed;
    event Listed(uint256 indexed id, address indexed seller, string about); event Bid(uint256 indexed id, address indexed by, uint256 value); event Settled(uint256 indexed id, address to, uint256 value);
    function list(string calldata about, uint48 time) external returns (uint256 id) { id = ++count; lots[id] = Lot(payable(msg.sender), payable(address(0)), 0, uint48(block.number) + time, false, about); emit Listed(id, msg.sender, about); }
    function bid(uint256 id) external payable { Lot storage l = lots[id]; require(block.number < l.end, "over"); require(msg.value > l.bid, "low"); if (l.high != address(0)) owed[l.high] += l.bid; l.high = payable(msg.sender); l.bid = uint96(msg.value); emit Bid(id, msg.sender, msg.value); }
    function settle(uint256 id) external { Lot storage l = lots[id]; require(block.number >= l.end && !l.settled, "early"); l.settled = true; l.seller.transfer(l.bid); emit Settled(id, l.high, l.bid); }
    function withdraw() external { uint256 v = owed[msg.sender]; delete owed[msg.sender]; (bool ok,) = payable(msg.sender).call{value: v}(""); require(ok); }
}
