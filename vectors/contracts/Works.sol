// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Base64} from "@openzeppelin/contracts/utils/Base64.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {DoubleEndedQueue} from "@openzeppelin/contracts/utils/structs/DoubleEndedQueue.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {Heap} from "@openzeppelin/contracts/utils/structs/Heap.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// Text: numbers, hexadecimal, joins, searches, JSON in base 64.
contract Texts {
    using Strings for uint256;
    string public kept; mapping(string => uint256) public byName; string[] public lines;
    function keep(string calldata s) external { kept = s; }
    function add(string calldata s) external { byName[s] = lines.length + 1; lines.push(s); }
    function uri(uint256 id) public pure returns (string memory) { return string.concat("data:application/json;base64,", Base64.encode(bytes(string.concat('{"name":"Thing #', id.toString(), '","image":"', Base64.encode(abi.encodePacked('<svg xmlns="http://www.w3.org/2000/svg"><text x="1" y="2">', id.toHexString(32), "</text></svg>")), '"}')))); }
    function reverse(string calldata s) external pure returns (string memory) { bytes memory b = bytes(s); uint256 n = b.length; for (uint256 i; i < n / 2; i++) (b[i], b[n - 1 - i]) = (b[n - 1 - i], b[i]); return string(b); }
    function find(string calldata s, string calldata w) external pure returns (int256) { bytes calldata a = bytes(s); bytes calldata b = bytes(w); for (uint256 i; i + b.length <= a.length; i++) { if (keccak256(a[i:i + b.length]) == keccak256(b)) return int256(i); } return -1; }
    function join(string calldata sep) external view returns (string memory r) { for (uint256 i; i < lines.length; i++) r = i == 0 ? lines[i] : string.concat(r, sep, lines[i]); }
    function upper(string memory s) public pure returns (string memory) { bytes memory b = bytes(s); for (uint256 i; i < b.length; i++) if (b[i] >= 0x61 && b[i] <= 0x7a) b[i] = bytes1(uint8(b[i]) - 32); return string(b); }
    function shout() external { kept = upper(kept); }
    function clear() external { delete kept; delete lines; }
}

/// Sorts: in memory by halves, in storage by insertion; and other loops.
contract Sorts {
    uint256[] public a; uint32[] public packed;
    function numbers(uint256 seed, uint256 n) public pure returns (uint256[] memory r) { r = new uint256[](n); for (uint256 i; i < n; i++) { seed = uint256(keccak256(abi.encode(seed))); r[i] = seed % 1000; } }
    function quick(uint256 seed, uint256 n) external pure returns (uint256[] memory r) { r = numbers(seed, n); part(r, 0, int256(n) - 1); }
    function part(uint256[] memory r, int256 l, int256 h) internal pure { if (l >= h) return; int256 i = l; int256 j = h; uint256 p = r[uint256(l + (h - l) / 2)]; while (i <= j) { while (r[uint256(i)] < p) i++; while (p < r[uint256(j)]) j--; if (i <= j) { (r[uint256(i)], r[uint256(j)]) = (r[uint256(j)], r[uint256(i)]); i++; j--; } } part(r, l, j); part(r, i, h); }
    function bubble(uint256 seed, uint256 n) external pure returns (uint256[] memory r) { r = numbers(seed, n); for (uint256 i; i < n; i++) for (uint256 j; j + 1 < n - i; j++) if (r[j] > r[j + 1]) (r[j], r[j + 1]) = (r[j + 1], r[j]); }
    function fill(uint256 seed, uint256 n) external { a = numbers(seed, n); }
    function fillPacked(uint256 seed, uint256 n) external { uint256[] memory r = numbers(seed, n); for (uint256 i; i < n; i++) packed.push(uint32(r[i])); }
    function insertion() external { uint256 n = a.length; for (uint256 i = 1; i < n; i++) { uint256 v = a[i]; uint256 j = i; while (j > 0 && a[j - 1] > v) { a[j] = a[j - 1]; j--; } a[j] = v; } }
    function total() external view returns (uint256 s) { for (uint256 i; i < a.length; i++) s += a[i]; for (uint256 i; i < packed.length; i++) s += packed[i]; }
    function sieve(uint256 n) external pure returns (uint256 c) { bool[] memory s = new bool[](n + 1); for (uint256 i = 2; i <= n; i++) { if (!s[i]) { c++; for (uint256 j = i * i; j <= n; j += i) s[j] = true; } } }
    function matrix(uint256 n) external pure returns (uint256 t) { uint256[][] memory x = new uint256[][](n); for (uint256 i; i < n; i++) { x[i] = new uint256[](n); for (uint256 j; j < n; j++) x[i][j] = i * j + 1; } for (uint256 i; i < n; i++) for (uint256 j; j < n; j++) { uint256 s; for (uint256 k; k < n; k++) s += x[i][k] * x[k][j]; t ^= s; } }
    function drop() external { delete a; delete packed; }
}

/// Fixed point: roots, powers, logarithms.
contract Maths {
    int256 constant ONE = 1e18;
    uint256 public acc;
    function sqrt(uint256 x) external pure returns (uint256) { return Math.sqrt(x); }
    function mulDiv(uint256 x, uint256 y, uint256 z) external pure returns (uint256) { return Math.mulDiv(x, y, z); }
    function logs(uint256 x) external pure returns (uint256, uint256, uint256) { return (Math.log2(x), Math.log10(x), Math.log256(x)); }
    function exp(int256 x) public pure returns (int256 r) { int256 term = ONE; r = ONE; for (int256 i = 1; i < 40; i++) { term = term * x / (ONE * i); r += term; if (term == 0) break; } }
    function ln(int256 x) external pure returns (int256 y) { for (uint256 i; i < 8; i++) { int256 e = exp(y); y += 2 * ONE * (x - e) / (x + e); } }
    function modpow(uint256 b, uint256 e, uint256 m) public pure returns (uint256 r) { r = 1; b %= m; while (e != 0) { if (e & 1 == 1) r = mulmod(r, b, m); b = mulmod(b, b, m); e >>= 1; } }
    function inverse(uint256 x, uint256 p) external view returns (uint256) { return Math.invModPrime(x, p); }
    function fib(uint256 n) external pure returns (uint256 a) { uint256 b = 1; unchecked { for (uint256 i; i < n; i++) (a, b) = (b, a + b); } }
    function pow(uint256 b, uint256 e) external pure returns (uint256 r) { unchecked { r = b ** e; } }
    function mix(uint256 n) external { uint256 x = acc; for (uint256 i; i < n; i++) { unchecked { x = (x ^ (x << 13)) + i; x ^= x >> 7; x ^= x << 17; x = ~x; } if (int256(x) < 0) x = uint256(-int256(x >> 1)); x = addmod(x, i, 1e30 + 57) + uint256(int256(x) / 3 % 7 + 7); } acc = x; }
    function compound(uint256 p, uint256 rate, uint256 n) external pure returns (uint256) { for (uint256 i; i < n; i++) p += Math.mulDiv(p, rate, 1e18, Math.Rounding.Ceil); return p; }
}

/// Storage in all shapes.
contract Shelves {
    struct Item { uint64 id; uint32 kind; address owner; uint256 price; string name; uint256[] marks; }
    struct Pack { uint8 a; uint16 b; uint32 c; uint64 d; bool e; address f; }
    using EnumerableSet for EnumerableSet.AddressSet; using EnumerableSet for EnumerableSet.UintSet; using DoubleEndedQueue for DoubleEndedQueue.Bytes32Deque; using Checkpoints for Checkpoints.Trace208; using Heap for Heap.Uint256Heap;
    mapping(uint256 => Item) items; mapping(address => mapping(uint256 => mapping(bytes32 => uint256))) deep; Pack[] packs; EnumerableSet.AddressSet people; EnumerableSet.UintSet ids; DoubleEndedQueue.Bytes32Deque queue; Checkpoints.Trace208 trace; Heap.Uint256Heap heap; uint256[40] fixedOnes; mapping(uint256 => uint256) next; bytes blob;
    function put(uint64 id, string calldata name, uint256 n) external { Item storage i = items[id]; i.id = id; i.kind = uint32(n); i.owner = msg.sender; i.price = n * 1e18; i.name = name; for (uint256 k; k < n; k++) i.marks.push(k * k + 1); people.add(msg.sender); ids.add(id); }
    function get(uint64 id) external view returns (Item memory) { return items[id]; }
    function move(uint64 a, uint64 b) external { items[b] = items[a]; delete items[a]; ids.remove(a); ids.add(b); }
    function pack(uint256 n) external { for (uint256 k; k < n; k++) packs.push(Pack(uint8(k), uint16(k * 3), uint32(k * 1000), uint64(k) << 40, k % 2 == 0, msg.sender)); }
    function tweak() external { for (uint256 k; k < packs.length; k++) { packs[k].b += 1; packs[k].e = !packs[k].e; } }
    function nest(uint256 n) external { for (uint256 k; k < n; k++) deep[msg.sender][k][bytes32(k)] += k + 1; }
    function sets(uint256 n) external { for (uint256 k; k < n; k++) { people.add(address(uint160(k + 1) << 80)); ids.add(k * 7); } }
    function unset(uint256 n) external { for (uint256 k; k < n; k++) { people.remove(address(uint160(k + 1) << 80)); ids.remove(k * 7); } }
    function push(uint256 n) external { for (uint256 k; k < n; k++) queue.pushBack(keccak256(abi.encode(k))); }
    function pop(uint256 n) external { for (uint256 k; k < n; k++) queue.popFront(); }
    function mark(uint208 v) external { trace.push(uint48(block.number), v); }
    function past(uint48 e) external view returns (uint208) { return trace.upperLookupRecent(e); }
    function heapIn(uint256 n) external { for (uint256 k; k < n; k++) heap.insert(uint256(keccak256(abi.encode(k))) % 997); }
    function heapOut(uint256 n) external returns (uint256 s) { for (uint256 k; k < n; k++) s = heap.pop(); }
    function fixedFill(uint256 v) external { for (uint256 k; k < 40; k++) fixedOnes[k] = v == 0 ? 0 : v + k; }
    function link(uint256 n) external { for (uint256 k; k < n; k++) { uint256 at = k * 31 % 64 + 1; next[at] = next[0]; next[0] = at; } }
    function blobSet(bytes calldata b) external { blob = b; }
    function blobPush(uint256 n) external { for (uint256 k; k < n; k++) blob.push(bytes1(uint8(k))); }
    function all() external view returns (address[] memory, uint256[] memory) { return (people.values(), ids.values()); }
}

/// Slots written for the first time, again, cleared.
contract Writes {
    mapping(uint256 => uint256) m; uint256[] l; uint256 s0; uint256 s1; uint256 s2; uint256 s3;
    function first(uint256 from, uint256 n, uint256 v) external { for (uint256 k = from; k < from + n; k++) m[k] = v + k; }
    function bump(uint256 from, uint256 n) external { for (uint256 k = from; k < from + n; k++) m[k] += 1; }
    function same(uint256 from, uint256 n) external { for (uint256 k = from; k < from + n; k++) m[k] = m[k]; }
    function clear(uint256 from, uint256 n) external { for (uint256 k = from; k < from + n; k++) delete m[k]; }
    function read(uint256 from, uint256 n) external view returns (uint256 s) { for (uint256 k = from; k < from + n; k++) s ^= m[k]; }
    function list(uint256 n, uint256 v) external { for (uint256 k; k < n; k++) l.push(v); }
    function unlist(uint256 n) external { for (uint256 k; k < n; k++) l.pop(); }
    function singles(uint256 v) external { s0 = v; s1 = v + 1; s2 = v * 2; s3 = type(uint256).max - v; }
    function count(uint256 n) external { for (uint256 k; k < n; k++) s0++; }
    function backAndForth(uint256 n) external { for (uint256 k; k < n; k++) { m[k] = k + 1; m[k] = 0; } }
}

/// Events of every size.
contract Emits {
    event None(); event Words(uint256 a, uint256 b, uint256 c); event Three(address indexed a, uint256 indexed b, bytes32 indexed c, uint256 d); event Blob(uint256 indexed id, bytes data); event Text(string indexed key, string value); event List(uint256[] values);
    function none(uint256 n) external { for (uint256 k; k < n; k++) emit None(); }
    function words(uint256 n) external { for (uint256 k; k < n; k++) emit Words(k, k * 2, k * 3); }
    function three(uint256 n) external { for (uint256 k; k < n; k++) emit Three(msg.sender, k, bytes32(k), k); }
    function blob(uint256 size) external { bytes memory b = new bytes(size); for (uint256 k; k < size; k += 32) b[k] = 0x5a; emit Blob(size, b); }
    function echo(bytes calldata b) external { emit Blob(b.length, b); }
    function text(string calldata k, string calldata v) external { emit Text(k, v); }
    function list(uint256 n) external { uint256[] memory v = new uint256[](n); for (uint256 k; k < n; k++) v[k] = k; emit List(v); }
}

/// Guards against calling back, in storage and in transient storage.
contract GuardS is ReentrancyGuard { uint256 public n; function work(uint256 k) external nonReentrant { n += k; } function nest() external nonReentrant { this.work(1); } }
contract GuardT is ReentrancyGuardTransient { uint256 public n; mapping(uint256 => uint256) public m; function work(uint256 k) external nonReentrant { n += k; } function nest() external nonReentrant { this.work(1); }
    function sum(uint256 k) external { for (uint256 i; i < k; i++) { assembly { tstore(i, add(tload(i), add(i, 1))) } } uint256 s; for (uint256 i; i < k; i++) { assembly { s := add(s, tload(i)) } } n = s; }
    function flash(uint256 k) external { assembly { tstore(99, k) } for (uint256 i; i < k; i++) this.step(); assembly { if tload(99) { revert(0, 0) } } }
    function step() external { assembly { tstore(99, sub(tload(99), 1)) } n++; }
}
