// Run by `hardhat run`: what a project's script does with viem and ignition.
import assert from 'node:assert/strict'
import { network } from 'hardhat'
import System from './ignition/modules/System.js'

const { viem, ignition } = await network.connect()
const client = await viem.getPublicClient()
const [owner] = await viem.getWalletClients()

const counter = await viem.deployContract('Counter', [2n], { value: 1n })
const hash = await counter.write.increment()
const receipt = await client.waitForTransactionReceipt({ hash })
assert.equal(receipt.status, 'success')
assert.equal(await counter.read.number(), 3n)
const [event] = await counter.getEvents.Changed({}, { fromBlock: receipt.blockNumber })
assert.equal(event.args.number, 3n)
await assert.rejects(counter.simulate.add([500n]), /TooFar/)
await assert.rejects(counter.write.refuse(), /refused on purpose/)
assert.equal(receipt.from.toLowerCase(), owner.account.address.toLowerCase())

const { token, proxy } = await ignition.deploy(System)
assert.equal(await token.read.totalSupply(), 7n)
assert.equal(await proxy.read.value(), 6n)
console.log('all is well')
