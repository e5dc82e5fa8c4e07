// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

contract Coin is ERC20 {
    constructor(string memory name, uint256 supply) ERC20(name, name) { _mint(msg.sender, supply); }
    function mint(address to, uint256 value) external { _mint(to, value); }
}

/// A vault that takes a fee on deposits and keeps a virtual offset.
contract FeeVault is ERC4626, Ownable {
    using Math for uint256;
    uint256 public fee;
    constructor(IERC20 asset) ERC20("Fee vault", "fv") ERC4626(asset) Ownable(msg.sender) { fee = 50; }
    function setFee(uint256 to) external onlyOwner { require(to <= 1000, "fee"); fee = to; }
    function _decimalsOffset() internal pure override returns (uint8) { return 3; }
    function previewDeposit(uint256 assets) public view override returns (uint256) { return super.previewDeposit(assets - assets.mulDiv(fee, 10000, Math.Rounding.Ceil)); }
    function _deposit(address caller, address receiver, uint256 assets, uint256 shares) internal override {
        super._deposit(caller, receiver, assets, shares);
        uint256 cut = assets.mulDiv(fee, 10000, Math.Rounding.Ceil);
        if (cut > 0) SafeERC20.safeTransfer(IERC20(asset()), owner(), cut);
    }
}

/// A pair of a constant product, with the prices summed up over time.
contract Pair is ERC20("Pair", "PAIR") {
    address public factory; address public token0; address public token1;
    uint112 private reserve0; uint112 private reserve1; uint32 private last;
    uint256 public price0; uint256 public price1; uint256 public kLast; uint256 private unlocked = 1;
    event Sync(uint112 reserve0, uint112 reserve1);
    event Swap(address indexed sender, uint256 in0, uint256 in1, uint256 out0, uint256 out1, address indexed to);
    modifier lock() { require(unlocked == 1, "locked"); unlocked = 0; _; unlocked = 1; }
    constructor() { factory = msg.sender; }
    function initialize(address a, address b) external { require(msg.sender == factory); token0 = a; token1 = b; }
    function getReserves() public view returns (uint112, uint112, uint32) { return (reserve0, reserve1, last); }
    function _set(uint256 b0, uint256 b1, uint112 r0, uint112 r1) private {
        require(b0 <= type(uint112).max && b1 <= type(uint112).max);
        uint32 now32 = uint32(block.timestamp);
        unchecked {
            uint32 passed = now32 - last;
            if (passed > 0 && r0 != 0 && r1 != 0) { price0 += (uint256(r1) << 112) / r0 * passed; price1 += (uint256(r0) << 112) / r1 * passed; }
        }
        reserve0 = uint112(b0); reserve1 = uint112(b1); last = now32;
        emit Sync(uint112(b0), uint112(b1));
    }
    function mint(address to) external lock returns (uint256 shares) {
        (uint112 r0, uint112 r1,) = getReserves();
        uint256 b0 = IERC20(token0).balanceOf(address(this)); uint256 b1 = IERC20(token1).balanceOf(address(this));
        uint256 supply = totalSupply();
        if (supply == 0) { shares = Math.sqrt((b0 - r0) * (b1 - r1)) - 1000; _mint(address(0xdead), 1000); }
        else shares = Math.min((b0 - r0) * supply / r0, (b1 - r1) * supply / r1);
        require(shares > 0, "no shares");
        _mint(to, shares); _set(b0, b1, r0, r1); kLast = uint256(reserve0) * reserve1;
    }
    function burn(address to) external lock returns (uint256 x, uint256 y) {
        (uint112 r0, uint112 r1,) = getReserves();
        uint256 b0 = IERC20(token0).balanceOf(address(this)); uint256 b1 = IERC20(token1).balanceOf(address(this));
        uint256 shares = balanceOf(address(this)); uint256 supply = totalSupply();
        x = shares * b0 / supply; y = shares * b1 / supply; require(x > 0 && y > 0, "nothing");
        _burn(address(this), shares);
        IERC20(token0).transfer(to, x); IERC20(token1).transfer(to, y);
        _set(IERC20(token0).balanceOf(address(this)), IERC20(token1).balanceOf(address(this)), r0, r1);
    }
    function swap(uint256 out0, uint256 out1, address to) external lock {
        (uint112 r0, uint112 r1,) = getReserves();
        require(out0 < r0 && out1 < r1, "liquidity");
        if (out0 > 0) IERC20(token0).transfer(to, out0);
        if (out1 > 0) IERC20(token1).transfer(to, out1);
        uint256 b0 = IERC20(token0).balanceOf(address(this)); uint256 b1 = IERC20(token1).balanceOf(address(this));
        uint256 in0 = b0 > r0 - out0 ? b0 - (r0 - out0) : 0; uint256 in1 = b1 > r1 - out1 ? b1 - (r1 - out1) : 0;
        require(in0 > 0 || in1 > 0, "input");
        require((b0 * 1000 - in0 * 3) * (b1 * 1000 - in1 * 3) >= uint256(r0) * r1 * 1000 ** 2, "K");
        _set(b0, b1, r0, r1);
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }
}

contract PairFactory {
    mapping(address => mapping(address => address)) public getPair; address[] public allPairs;
    event PairCreated(address indexed a, address indexed b, address pair, uint256 count);
    function createPair(address a, address b) external returns (address pair) {
        require(a != b, "same"); (a, b) = a < b ? (a, b) : (b, a); require(getPair[a][b] == address(0), "exists");
        pair = address(new Pair{salt: keccak256(abi.encodePacked(a, b))}()); Pair(pair).initialize(a, b);
        getPair[a][b] = pair; getPair[b][a] = pair; allPairs.push(pair); emit PairCreated(a, b, pair, allPairs.length);
    }
}

contract Router {
    PairFactory public immutable factory;
    constructor(PairFactory f) { factory = f; }
    function add(address a, address b, uint256 x, uint256 y) external returns (uint256) {
        address pair = factory.getPair(a, b);
        IERC20(a).transferFrom(msg.sender, pair, x); IERC20(b).transferFrom(msg.sender, pair, y);
        return Pair(pair).mint(msg.sender);
    }
    function remove(address a, address b, uint256 shares) external { address pair = factory.getPair(a, b); IERC20(pair).transferFrom(msg.sender, pair, shares); Pair(pair).burn(msg.sender); }
    function quote(address[] memory path, uint256 x) public view returns (uint256[] memory amounts) {
        amounts = new uint256[](path.length); amounts[0] = x;
        for (uint256 i; i + 1 < path.length; i++) {
            (uint256 r0, uint256 r1,) = Pair(factory.getPair(path[i], path[i + 1])).getReserves();
            (uint256 ri, uint256 ro) = path[i] < path[i + 1] ? (r0, r1) : (r1, r0);
            uint256 withFee = amounts[i] * 997; amounts[i + 1] = withFee * ro / (ri * 1000 + withFee);
        }
    }
    function swap(uint256 x, uint256 least, address[] calldata path) external returns (uint256[] memory amounts) {
        amounts = quote(path, x); require(amounts[amounts.length - 1] >= least, "slippage");
        IERC20(path[0]).transferFrom(msg.sender, factory.getPair(path[0], path[1]), x);
        for (uint256 i; i + 1 < path.length; i++) {
            bool zero = path[i] < path[i + 1];
            address to = i + 2 < path.length ? factory.getPair(path[i + 1], path[i + 2]) : msg.sender;
            Pair(factory.getPair(path[i], path[i + 1])).swap(zero ? 0 : amounts[i + 1], zero ? amounts[i + 1] : 0, to);
        }
    }
}

/// Lending: shares of deposits and debts, an index that grows by compound interest, liquidation.
contract Lending is ReentrancyGuardTransient {
    using Math for uint256;
    struct Account { uint128 collateral; uint128 debt; uint64 since; }
    IERC20 public immutable coin; IERC20 public immutable pledge;
    mapping(address => Account) public accounts; mapping(address => uint256) public deposits;
    uint256 public index = 1e27; uint256 public total; uint256 public borrowed; uint256 public price = 2e18; uint64 public updated;
    event Accrued(uint256 index, uint256 rate); event Borrowed(address indexed by, uint256 value, uint256 debt); event Liquidated(address indexed who, address indexed by, uint256 paid, uint256 seized);
    error Unhealthy(uint256 value, uint256 debt);
    constructor(IERC20 c, IERC20 p) { coin = c; pledge = p; updated = uint64(block.timestamp); }
    function rpow(uint256 x, uint256 n) internal pure returns (uint256 z) { z = n % 2 != 0 ? x : 1e27; for (n /= 2; n != 0; n /= 2) { x = x.mulDiv(x, 1e27); if (n % 2 != 0) z = z.mulDiv(x, 1e27); } }
    function accrue() public { uint256 passed = block.timestamp - updated; if (passed == 0) return; uint256 rate = 1e27 + (total == 0 ? 0 : borrowed * 3e18 / total * 1e3 / 1e3); index = index.mulDiv(rpow(rate, passed), 1e27); updated = uint64(block.timestamp); emit Accrued(index, rate); }
    function setPrice(uint256 to) external { price = to; }
    function deposit(uint256 x) external nonReentrant { accrue(); coin.transferFrom(msg.sender, address(this), x); deposits[msg.sender] += x; total += x; }
    function post(uint256 x) external nonReentrant { pledge.transferFrom(msg.sender, address(this), x); accounts[msg.sender].collateral += uint128(x); }
    function debtOf(address who) public view returns (uint256) { return uint256(accounts[who].debt).mulDiv(index, 1e27, Math.Rounding.Ceil); }
    function healthy(address who) public view returns (bool) { return uint256(accounts[who].collateral).mulDiv(price, 1e18) * 3 / 4 >= debtOf(who); }
    function borrow(uint256 x) external nonReentrant { accrue(); Account storage a = accounts[msg.sender]; uint256 shares = x.mulDiv(1e27, index, Math.Rounding.Ceil); a.debt += uint128(shares); a.since = uint64(block.timestamp); borrowed += x; if (!healthy(msg.sender)) revert Unhealthy(uint256(a.collateral) * price / 1e18, debtOf(msg.sender)); coin.transfer(msg.sender, x); emit Borrowed(msg.sender, x, debtOf(msg.sender)); }
    function repay(uint256 x) external nonReentrant { accrue(); Account storage a = accounts[msg.sender]; uint256 shares = x.mulDiv(1e27, index); a.debt -= uint128(shares); borrowed -= Math.min(x, borrowed); coin.transferFrom(msg.sender, address(this), x); }
    function liquidate(address who) external nonReentrant { accrue(); require(!healthy(who), "healthy"); Account storage a = accounts[who]; uint256 owed = debtOf(who); uint256 pay = owed / 2; uint256 seized = Math.min(pay.mulDiv(105e16, price), a.collateral); a.debt -= uint128(pay.mulDiv(1e27, index)); a.collateral -= uint128(seized); coin.transferFrom(msg.sender, address(this), pay); pledge.transfer(msg.sender, seized); emit Liquidated(who, msg.sender, pay, seized); }
}

/// Rewards by time for those who stake.
contract Staking {
    IERC20 public immutable stakeToken; IERC20 public immutable rewardToken;
    uint256 public periodEnd; uint256 public rate; uint256 public updated; uint256 public perToken; uint256 public totalStaked;
    mapping(address => uint256) public paid; mapping(address => uint256) public rewards; mapping(address => uint256) public balances;
    event Staked(address indexed who, uint256 value); event Withdrawn(address indexed who, uint256 value); event Paid(address indexed who, uint256 value);
    constructor(IERC20 s, IERC20 r) { stakeToken = s; rewardToken = r; }
    function lastTime() public view returns (uint256) { return block.timestamp < periodEnd ? block.timestamp : periodEnd; }
    function rewardPerToken() public view returns (uint256) { return totalStaked == 0 ? perToken : perToken + (lastTime() - updated) * rate * 1e18 / totalStaked; }
    function earned(address who) public view returns (uint256) { return balances[who] * (rewardPerToken() - paid[who]) / 1e18 + rewards[who]; }
    modifier update(address who) { perToken = rewardPerToken(); updated = lastTime(); if (who != address(0)) { rewards[who] = earned(who); paid[who] = perToken; } _; }
    function notify(uint256 reward, uint256 period) external update(address(0)) { rate = block.timestamp >= periodEnd ? reward / period : (reward + (periodEnd - block.timestamp) * rate) / period; updated = block.timestamp; periodEnd = block.timestamp + period; }
    function stake(uint256 x) external update(msg.sender) { require(x > 0, "zero"); totalStaked += x; balances[msg.sender] += x; stakeToken.transferFrom(msg.sender, address(this), x); emit Staked(msg.sender, x); }
    function withdraw(uint256 x) public update(msg.sender) { totalStaked -= x; balances[msg.sender] -= x; stakeToken.transfer(msg.sender, x); emit Withdrawn(msg.sender, x); }
    function claim() public update(msg.sender) { uint256 x = rewards[msg.sender]; if (x > 0) { rewards[msg.sender] = 0; rewardToken.transfer(msg.sender, x); emit Paid(msg.sender, x); } }
    function exit() external { withdraw(balances[msg.sender]); claim(); }
}
