// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {ERC721Royalty} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Royalty.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {ERC1155Supply} from "@openzeppelin/contracts/token/ERC1155/extensions/ERC1155Supply.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Capped} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Capped.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Pausable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Pausable.sol";
import {ERC20FlashMint} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20FlashMint.sol";
import {IERC3156FlashBorrower} from "@openzeppelin/contracts/interfaces/IERC3156FlashBorrower.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

contract Listed is ERC721Enumerable, ERC721Royalty {
    constructor() ERC721("Listed", "LST") { _setDefaultRoyalty(msg.sender, 250); }
    function mint(address to, uint256 n) external { for (uint256 i; i < n; i++) _mint(to, totalSupply() + 1); }
    function burn(uint256 id) external { _burn(id); }
    function supportsInterface(bytes4 id) public view override(ERC721Enumerable, ERC721Royalty) returns (bool) { return super.supportsInterface(id); }
    function _update(address to, uint256 id, address auth) internal override(ERC721, ERC721Enumerable) returns (address) { return super._update(to, id, auth); }
    function _increaseBalance(address a, uint128 v) internal override(ERC721, ERC721Enumerable) { super._increaseBalance(a, v); }
}
contract Things is ERC1155Supply { constructor() ERC1155("ipfs://thing/{id}") {} function mint(address to, uint256[] calldata ids, uint256[] calldata ns) external { _mintBatch(to, ids, ns, ""); } function burn(address from, uint256[] calldata ids, uint256[] calldata ns) external { _burnBatch(from, ids, ns); } }
contract Full is ERC20, ERC20Capped, ERC20Burnable, ERC20Pausable, ERC20FlashMint, Ownable {
    constructor() ERC20("Full", "FULL") ERC20Capped(1e30) Ownable(msg.sender) { _mint(msg.sender, 1e24); }
    function pause() external onlyOwner { _pause(); } function unpause() external onlyOwner { _unpause(); } function mint(address to, uint256 v) external onlyOwner { _mint(to, v); }
    function many(address[] calldata to, uint256[] calldata v) external { for (uint256 i; i < to.length; i++) _transfer(msg.sender, to[i], v[i]); }
    function _update(address a, address b, uint256 v) internal override(ERC20, ERC20Capped, ERC20Pausable) { super._update(a, b, v); }
}
contract Borrower is IERC3156FlashBorrower { uint256 public seen; function onFlashLoan(address, address token, uint256 v, uint256 fee, bytes calldata) external returns (bytes32) { seen += v; ERC20(token).approve(msg.sender, v + fee); return keccak256("ERC3156FlashBorrower.onFlashLoan"); } function go(Full t, uint256 v) external { t.flashLoan(this, address(t), v, ""); } }
