const assert = require('node:assert/strict')
const { ethers, ignition, network } = require('hardhat')
const System = require('../ignition/modules/System.cjs')

describe('hardhat 2', () => {
  let snapshot
  beforeEach(async () => (snapshot = await network.provider.send('evm_snapshot')))
  afterEach(async () => network.provider.send('evm_revert', [snapshot]))

  it('deploys with the signers of the node', async () => {
    const [owner, other] = await ethers.getSigners()
    const counter = await ethers.deployContract('Counter', [2n])
    await counter.waitForDeployment()
    const receipt = await (await counter.connect(other).increment()).wait()
    assert.equal(await counter.number(), 3n)
    assert.equal(receipt.from, other.address)
    assert.notEqual(owner.address, other.address)
  })

  it('shows custom errors and reasons', async () => {
    const counter = await ethers.deployContract('Counter', [2n])
    await assert.rejects(counter.add.staticCall(500n), (error) => {
      assert.equal(counter.interface.parseError(error.data).name, 'TooFar')
      return true
    })
    await assert.rejects(counter.refuse(), /refused on purpose/)
  })

  it('starts each test where the snapshot was', async () => {
    const [owner] = await ethers.getSigners()
    const nonce = await owner.getNonce()
    await ethers.deployContract('Counter', [0n])
    assert.equal(await owner.getNonce(), nonce + 1)
    await network.provider.send('evm_revert', [snapshot])
    snapshot = await network.provider.send('evm_snapshot')
    assert.equal(await owner.getNonce(), nonce)
  })

  it('deploys a module of ignition', async () => {
    const { counter, token, proxy } = await ignition.deploy(System)
    assert.equal(await counter.number(), 7n)
    assert.equal(await token.totalSupply(), 7n)
    assert.equal(await token.balanceOf(counter), 2n)
    assert.equal(await proxy.value(), 6n)
  })

  it('mines, and moves the time', async () => {
    const before = await ethers.provider.getBlock('latest')
    await network.provider.send('hardhat_mine', ['0x5'])
    await network.provider.send('evm_increaseTime', [600])
    await network.provider.send('evm_mine')
    const after = await ethers.provider.getBlock('latest')
    assert.equal(after.number, before.number + 6)
    assert.ok(after.timestamp >= before.timestamp + 600)
  })
})
