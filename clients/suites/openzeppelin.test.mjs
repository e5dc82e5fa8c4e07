// OpenZeppelin's contracts: what most deployed contracts are made of, used as their users use them.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ethers } from 'ethers'
import { account, contracts, url } from '../lib/chain.mjs'

const made = contracts()
const provider = new ethers.JsonRpcProvider(url, undefined, { pollingInterval: 20, cacheTimeout: -1, staticNetwork: true })
const alice = new ethers.Wallet(account(5).key, provider)
const bob = new ethers.Wallet(account(6).key, provider)

async function deploy(name, ...args) {
  const contract = await new ethers.ContractFactory(made[name].abi, made[name].bytecode, alice).deploy(...args)
  return contract.waitForDeployment()
}

const done = async (sending) => (await sending).wait()

/** Asserts with which custom error a call reverts. */
async function refuses(contract, call, name) {
  await assert.rejects(call, (error) => {
    assert.equal(contract.interface.parseError(error.data)?.name, name)
    return true
  })
}

let token
before(async () => {
  token = await deploy('Token', alice.address, 1000n)
})

test('ERC-20: transfer, approve, spend, mint', async () => {
  await done(token.transfer(bob.address, 100n))
  await done(token.approve(bob.address, 50n))
  const bobs = token.connect(bob)
  await done(bobs.transferFrom(alice.address, bob.address, 30n))
  assert.equal(await token.allowance(alice.address, bob.address), 20n)
  assert.equal(await token.balanceOf(bob.address), 130n)
  await refuses(token, bobs.transferFrom.staticCall(alice.address, bob.address, 21n), 'ERC20InsufficientAllowance')
  await refuses(token, bobs.mint.staticCall(bob.address, 1n), 'OwnableUnauthorizedAccount')
  await done(token.mint(bob.address, 5n))
  assert.equal(await token.totalSupply(), 1005n)
  const transfers = await token.queryFilter(token.filters.Transfer(null, bob.address))
  assert.deepEqual(transfers.map((log) => log.args.value), [100n, 30n, 5n])
})

test('ERC-721 and ERC-1155', async () => {
  const collection = await deploy('Collection')
  await done(collection.mint(alice.address))
  await done(collection.mint(bob.address))
  assert.equal(await collection.ownerOf(2n), bob.address)
  await done(collection['safeTransferFrom(address,address,uint256)'](alice.address, bob.address, 1n))
  assert.equal(await collection.balanceOf(bob.address), 2n)
  assert.equal(await collection.tokenOfOwnerByIndex(bob.address, 1n), 1n)
  // A contract without onERC721Received must be refused.
  await refuses(collection, collection.mint.staticCall(await token.getAddress()), 'ERC721InvalidReceiver')
  const items = await deploy('Items')
  await done(items.mint([1n, 2n], [10n, 20n]))
  await done(items.safeBatchTransferFrom(alice.address, bob.address, [1n, 2n], [3n, 4n], '0x'))
  const balances = await items.balanceOfBatch([alice.address, bob.address], [1n, 2n])
  assert.deepEqual([...balances], [7n, 4n])
})

test('an upgradeable proxy keeps its state, and clones have known addresses', async () => {
  const implementation = await deploy('Box')
  const factory = await deploy('BoxFactory', await implementation.getAddress())
  const addressFrom = async (sending) => factory.interface.parseLog((await done(sending)).logs.at(-1)).args[0]
  const proxy = new ethers.Contract(await addressFrom(factory.proxy(11n)), made.Box.abi, alice)
  assert.equal(await proxy.version(), 1n)
  await done(proxy.set(12n))
  const two = await deploy('BoxTwo')
  await done(proxy.upgradeToAndCall(await two.getAddress(), '0x'))
  assert.deepEqual([await proxy.version(), await proxy.value()], [2n, 12n])
  // EIP-1967 says where the implementation's address lies.
  const slot = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'
  const stored = await provider.getStorage(proxy, slot)
  assert.equal(ethers.getAddress(ethers.dataSlice(stored, 12)), await two.getAddress())
  await refuses(proxy, proxy.initialize.staticCall(alice.address, 1n), 'InvalidInitialization')

  const salt = ethers.id('clone')
  const predicted = await factory.predict(salt)
  assert.equal(await addressFrom(factory.clone(salt, 9n)), predicted)
  assert.equal(await new ethers.Contract(predicted, made.Box.abi, alice).value(), 9n)
  await assert.rejects(factory.clone.staticCall(salt, 9n))
})

test('a vault (ERC-4626)', async () => {
  const vault = await deploy('Vault', await token.getAddress())
  await done(token.approve(await vault.getAddress(), 200n))
  await done(vault.deposit(200n, alice.address))
  await done(token.transfer(await vault.getAddress(), 100n))
  assert.equal(await vault.totalAssets(), 300n)
  const before = await token.balanceOf(alice.address)
  await done(vault.redeem(100n, alice.address, alice.address))
  const got = (await token.balanceOf(alice.address)) - before
  assert.ok(got === 149n || got === 150n, `redeemed ${got}`)
})

test('a timelock schedules and executes', async () => {
  const timelock = await deploy('Timelock', [alice.address])
  await done(token.transferOwnership(await timelock.getAddress()))
  const data = token.interface.encodeFunctionData('mint', [bob.address, 77n])
  const call = [await token.getAddress(), 0n, data, ethers.ZeroHash, ethers.ZeroHash]
  const before = await token.balanceOf(bob.address)
  await done(timelock.schedule(...call, 0n))
  await done(timelock.execute(...call))
  assert.equal(await token.balanceOf(bob.address), before + 77n)
  await refuses(timelock, timelock.connect(bob).schedule.staticCall(...call, 0n), 'AccessControlUnauthorizedAccount')
})

test('signatures and Merkle proofs', async () => {
  const checks = await deploy('Checks')
  const message = ethers.toUtf8Bytes('over the wire')
  assert.equal(await checks.signer(message, await bob.signMessage(message)), bob.address)
  const [left, right] = ['left', 'right'].map((text) => ethers.id(text))
  const root = ethers.keccak256(ethers.concat([left, right].sort()))
  assert.equal(await checks.included([right], root, left), true)
  assert.equal(await checks.included([left], root, left), false)
})
