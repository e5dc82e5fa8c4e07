// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// A library of its own address: its functions run by delegate calls.
library Ledger {
    struct Book { mapping(address => uint256) balances; uint256 total; uint256[] history; }
    event Moved(address indexed from, address indexed to, uint256 value);
    function credit(Book storage b, address to, uint256 v) external { b.balances[to] += v; b.total += v; b.history.push(v); }
    function move(Book storage b, address from, address to, uint256 v) external { require(b.balances[from] >= v, "balance"); b.balances[from] -= v; b.balances[to] += v; b.history.push(v); emit Moved(from, to, v); }
    function average(Book storage b) external view returns (uint256 s) { uint256 n = b.history.length; for (uint256 i; i < n; i++) s += b.history[i]; if (n > 0) s /= n; }
    function sum(uint256[] memory v) external pure returns (uint256 s) { for (uint256 i; i < v.length; i++) s += v[i]; }
}
contract Bank {
    using Ledger for Ledger.Book; Ledger.Book private book; uint256 public last;
    function credit(address to, uint256 v) external { book.credit(to, v); }
    function pay(address to, uint256 v) external { book.move(msg.sender, to, v); }
    function average() external view returns (uint256) { return book.average(); }
    function sum(uint256[] calldata v) external { last = Ledger.sum(v); }
}
/// Contracts that call each other, deep and wide.
contract Node {
    Node public peer; uint256 public visits; event Visited(uint256 depth); error Deep(uint256 depth);
    function join(Node p) external { peer = p; }
    function down(uint256 n) external returns (uint256) { visits++; if (n == 0) return 0; return peer.down(n - 1) + 1; }
    function view_(uint256 n) external view returns (uint256) { return n == 0 ? visits : peer.view_(n - 1) + 1; }
    function wide(uint256 n) external returns (uint256 s) { for (uint256 i; i < n; i++) s += peer.visits(); visits = s; }
    function touch(uint256 n) external { for (uint256 i; i < n; i++) peer.leaf(i); }
    function leaf(uint256 i) external { visits += i; }
    function fail(uint256 n) external view { if (n == 0) revert Deep(visits); peer.fail(n - 1); }
    function attempt(uint256 n) external { for (uint256 i; i < n; i++) { try peer.fail(i) { visits += 1000; } catch (bytes memory why) { visits += why.length; } } }
    function panics(uint256 k) external { try this.divide(1, k) returns (uint256 q) { visits += q; } catch Panic(uint256 code) { visits += code; } }
    function divide(uint256 a, uint256 b) external pure returns (uint256) { return a / b; }
    function echo(bytes memory data) external pure returns (bytes memory) { return data; }
    function relay(uint256 size, uint256 n) external { bytes memory b = new bytes(size); for (uint256 i; i < n; i++) b = peer.echo(b); visits = b.length; }
    function pay(address payable[] calldata to, uint256 v) external payable { for (uint256 i; i < to.length; i++) { (bool ok,) = to[i].call{value: v}(""); require(ok); } }
    function send(address payable to) external payable { to.transfer(msg.value); }
    receive() external payable { visits++; }
}
/// A small diamond: a table of selectors, facets by delegate calls.
contract Diamond {
    mapping(bytes4 => address) facets; bytes4[] selectors; address owner;
    constructor() { owner = msg.sender; }
    function cut(bytes4[] calldata s, address f) external { require(msg.sender == owner, "owner"); for (uint256 i; i < s.length; i++) { facets[s[i]] = f; selectors.push(s[i]); } }
    fallback() external payable { address f = facets[msg.sig]; require(f != address(0), "no function"); assembly { calldatacopy(0, 0, calldatasize()) let ok := delegatecall(gas(), f, 0, calldatasize(), 0, 0) returndatacopy(0, 0, returndatasize()) switch ok case 0 { revert(0, returndatasize()) } default { return(0, returndatasize()) } } }
}
contract FacetA { struct S { uint256 n; mapping(address => uint256) by; } function s() internal pure returns (S storage x) { bytes32 at = keccak256("facet.a"); assembly { x.slot := at } } function inc(uint256 k) external returns (uint256) { s().by[msg.sender] += k; return s().n += k; } function n() external view returns (uint256) { return s().n; } }
contract FacetB { struct S { string[] words; uint256 count; } function s() internal pure returns (S storage x) { bytes32 at = keccak256("facet.b"); assembly { x.slot := at } } function say(string calldata w) external { s().words.push(w); s().count += bytes(w).length; } function said(uint256 i) external view returns (string memory) { return s().words[i]; } }
/// Creations of several kinds.
contract Small { uint256 public immutable k; uint256 public v; constructor(uint256 x) payable { k = x; v = x * 2; } function set(uint256 x) external { v = x; } function end() external { selfdestruct(payable(msg.sender)); } receive() external payable {} }
contract Maker { Small[] public made; event Made(address at); function make(uint256 n) external payable { for (uint256 i; i < n; i++) { Small s = new Small{value: msg.value / n}(i); made.push(s); emit Made(address(s)); } } function make2(bytes32 salt, uint256 x) external returns (address) { Small s = new Small{salt: salt}(x); made.push(s); return address(s); } function setAll(uint256 x) external { for (uint256 i; i < made.length; i++) made[i].set(x); } function endFirst() external { made[0].end(); } receive() external payable {} }
/// Every Ethereum precompile.
contract Pre {
    bytes32 public last; uint256 public n;
    function sha(bytes calldata b) external { last = sha256(b); }
    function ripe(bytes calldata b) external { last = bytes32(ripemd160(b)); }
    function recover(bytes32 h, uint8 v, bytes32 r, bytes32 s, uint256 k) external returns (address a) { for (uint256 i; i < k; i++) a = ecrecover(h, v, r, s); last = bytes32(uint256(uint160(a))); }
    function raw(address to, bytes calldata input) external returns (bool ok, bytes memory out) { (ok, out) = to.call(input); last = keccak256(out); n++; }
    function rawView(address to, bytes calldata input) external view returns (bytes memory) { (bool ok, bytes memory out) = to.staticcall(input); require(ok, "failed"); return out; }
    function hashes(uint256 k) external { bytes32 h = last; for (uint256 i; i < k; i++) h = sha256(abi.encode(h, i)); for (uint256 i; i < k; i++) h = keccak256(abi.encode(h, i)); last = h; }
    function tree(bytes32[] calldata leaves) external { bytes32[] memory l = leaves; uint256 m = l.length; while (m > 1) { for (uint256 i; i < m / 2; i++) l[i] = keccak256(abi.encodePacked(l[2 * i], l[2 * i + 1])); m /= 2; } last = l[0]; }
    function big(uint256 size) external { bytes memory b = new bytes(size); last = keccak256(b); }
}
