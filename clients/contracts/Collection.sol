// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

contract Collection is ERC721Enumerable {
    constructor() ERC721("Collection", "COL") {}

    function mint(address to) external returns (uint256 id) {
        id = totalSupply() + 1;
        _safeMint(to, id);
    }
}

contract Items is ERC1155 {
    constructor() ERC1155("ipfs://items/{id}") {}

    function mint(uint256[] calldata ids, uint256[] calldata amounts) external {
        _mintBatch(msg.sender, ids, amounts, "");
    }
}
