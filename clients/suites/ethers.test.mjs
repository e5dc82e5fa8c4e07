// ethers 6: providers, wallets, factories, events, and the signer of a node's own accounts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ethers } from 'ethers'
import { account, chainId, contracts, url, wsUrl } from '../lib/chain.mjs'

const { Counter, Token } = contracts()
const me = account(2)
const provider = new ethers.JsonRpcProvider(url, undefined, { pollingInterval: 50, cacheTimeout: -1 })
const wallet = new ethers.Wallet(me.key, provider)
after(() => provider.destroy())

let counter
before(async () => {
  counter = await new ethers.ContractFactory(Counter.abi, Counter.bytecode, wallet).deploy(1n)
  await counter.waitForDeployment()
})

test('network, blocks and fees', async () => {
  assert.equal((await provider.getNetwork()).chainId, BigInt(chainId))
  const block = await provider.getBlock('latest', true)
  assert.equal(block.number, await provider.getBlockNumber())
  assert.equal((await provider.getBlock(block.hash)).number, block.number)
  const fees = await provider.getFeeData()
  assert.ok(fees.maxFeePerGas >= fees.maxPriorityFeePerGas)
})

test('a transfer is sent and waited for', async () => {
  const to = ethers.Wallet.createRandom().address
  const sent = await wallet.sendTransaction({ to, value: ethers.parseEther('2') })
  const receipt = await sent.wait()
  assert.equal(receipt.status, 1)
  assert.equal(await provider.getBalance(to), ethers.parseEther('2'))
  const found = await provider.getTransaction(sent.hash)
  assert.equal(found.blockHash, receipt.blockHash)
  assert.equal(found.signature.serialized.length, 132)
  // ethers rebuilds the signed bytes from the answer: they must hash to the same.
  assert.equal(ethers.keccak256(ethers.Transaction.from(found).serialized), sent.hash)
})

test('a contract at its predicted address', async () => {
  const nonce = await provider.getTransactionCount(me.address)
  const factory = new ethers.ContractFactory(Counter.abi, Counter.bytecode, wallet)
  const made = await factory.deploy(7n, { value: 5n })
  await made.waitForDeployment()
  assert.equal(await made.getAddress(), ethers.getCreateAddress({ from: me.address, nonce }))
  assert.equal(await made.number(), 7n)
  assert.equal(await provider.getBalance(made), 5n)
  assert.equal(await made.getDeployedCode() !== null, true)
})

test('events: from the receipt, from a query, as they come', async () => {
  const heard = new Promise((resolve) =>
    counter.once('Changed', (by, number, { log }) => resolve({ by, number, hash: log.transactionHash })),
  )
  await new Promise((resolve) => setTimeout(resolve, 200))
  const receipt = await (await counter.increment()).wait()
  assert.equal(receipt.logs[0].fragment.name, 'Changed')
  const [found] = await counter.queryFilter(counter.filters.Changed(me.address), receipt.blockNumber)
  assert.equal(found.transactionHash, receipt.hash)
  assert.deepEqual(await heard, { by: me.address, number: found.args.number, hash: receipt.hash })
})

test('reverts become call exceptions', async () => {
  await assert.rejects(counter.add.staticCall(500n), (error) => {
    assert.equal(error.code, 'CALL_EXCEPTION')
    assert.equal(error.revert.name, 'TooFar')
    assert.deepEqual([...error.revert.args], [500n, 100n])
    return true
  })
  await assert.rejects(counter.refuse(), { code: 'CALL_EXCEPTION', reason: 'refused on purpose' })
  // An estimate is not a call of the contract to ethers: it hands the revert data on as it came.
  await assert.rejects(counter.add(500n), (error) => counter.interface.parseError(error.data).name === 'TooFar')
  const gasLimit = (await counter.increment.estimateGas()) * 2n
  const sent = await wallet.sendTransaction({
    to: await counter.getAddress(),
    data: counter.interface.encodeFunctionData('refuse'),
    gasLimit,
  })
  await assert.rejects(sent.wait(), (error) => error.receipt.status === 0)
})

test('the state of an earlier block', async () => {
  const block = await provider.getBlockNumber()
  const before = await counter.number()
  await (await counter.increment()).wait()
  assert.equal(await counter.number({ blockTag: block }), before)
  assert.equal(await counter.number(), before + 1n)
})

test('many transactions in flight, nonces managed by the client', async () => {
  const manager = new ethers.NonceManager(wallet)
  const sent = []
  for (let i = 0; i < 20; i++) sent.push(await manager.sendTransaction({ to: me.address, value: i }))
  const receipts = await Promise.all(sent.map((one) => one.wait()))
  assert.equal(receipts.filter((receipt) => receipt.status === 1).length, 20)
})

test("the node's own accounts sign", async () => {
  const signer = await provider.getSigner(0)
  const receipt = await (await signer.sendTransaction({ to: me.address, value: 3n })).wait()
  assert.equal(receipt.from, signer.address)
  const message = 'hello'
  assert.equal(ethers.verifyMessage(message, await signer.signMessage(message)), signer.address)
  const domain = { name: 'test', chainId }
  const types = { Mail: [{ name: 'text', type: 'string' }] }
  const signature = await signer.signTypedData(domain, types, { text: 'hi' })
  assert.equal(ethers.verifyTypedData(domain, types, { text: 'hi' }, signature), signer.address)
})

test('an ERC-20 through a wallet of another account', async () => {
  const token = await new ethers.ContractFactory(Token.abi, Token.bytecode, wallet).deploy(me.address, 100n)
  await token.waitForDeployment()
  const friend = account(3).address
  await (await token.transfer(friend, 40n)).wait()
  assert.deepEqual([await token.balanceOf(me.address), await token.balanceOf(friend)], [60n, 40n])
  await assert.rejects(
    token.transfer.staticCall(friend, 61n),
    (error) => error.revert?.name === 'ERC20InsufficientBalance',
  )
})

test('a WebSocket provider hears blocks, logs and pending transactions', async () => {
  const socket = new ethers.WebSocketProvider(wsUrl)
  try {
    const block = new Promise((resolve) => socket.once('block', resolve))
    const pending = new Promise((resolve) => socket.once('pending', resolve))
    const log = new Promise((resolve) =>
      counter.connect(socket).once('Changed', (by, number, { log }) => resolve(log.transactionHash)),
    )
    await socket.getBlockNumber()
    await new Promise((resolve) => setTimeout(resolve, 200))
    const receipt = await (await counter.increment()).wait()
    assert.ok((await block) >= receipt.blockNumber)
    assert.equal(await log, receipt.hash)
    assert.equal(await pending, receipt.hash)
  } finally {
    // ethers unsubscribes behind our back; destroyed before the answers, it would complain.
    await socket.removeAllListeners()
    await new Promise((resolve) => setTimeout(resolve, 200))
    await socket.getBlockNumber()
    await socket.destroy()
  }
})
