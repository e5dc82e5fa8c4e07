// viem: a public, a wallet and a test client, over HTTP and WebSocket.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import {
  BaseError,
  ContractFunctionRevertedError,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  http,
  keccak256,
  parseEther,
  publicActions,
  toHex,
  webSocket,
} from 'viem'
import { account, chain, chainId, contracts, url, wsUrl } from '../lib/chain.mjs'

const { Counter, Token } = contracts()
const me = account(1)
const client = createPublicClient({ chain, transport: http(url), pollingInterval: 50 })
const wallet = createWalletClient({ chain, transport: http(url), account: me.account })
const control = createTestClient({ chain, mode: 'anvil', transport: http(url) }).extend(publicActions)
const STRANGER = '0x00000000000000000000000000000000000a7011'

const receiptOf = (hash) => client.waitForTransactionReceipt({ hash })

/** Deploys a contract and returns where it is. */
async function deploy({ abi, bytecode }, args, value) {
  const hash = await wallet.deployContract({ abi, bytecode, args, value })
  const receipt = await receiptOf(hash)
  assert.equal(receipt.status, 'success')
  return receipt.contractAddress
}

/** The name of the error with which a call reverts, and its arguments. */
async function revertOf(promise) {
  const error = await promise.then(
    () => assert.fail('it should have reverted'),
    (error) => error,
  )
  assert.ok(error instanceof BaseError, error.message)
  const reverted = error.walk((cause) => cause instanceof ContractFunctionRevertedError)
  assert.ok(reverted, `not recognised as a revert: ${error.message}`)
  return reverted.data ?? { errorName: 'none', args: [reverted.reason] }
}

let counter
before(async () => {
  counter = { abi: Counter.abi, address: await deploy(Counter, [5n]) }
})

test('chain, blocks and fees', async () => {
  assert.equal(await client.getChainId(), chainId)
  const block = await client.getBlock({ includeTransactions: true })
  assert.equal(block.number, await client.getBlockNumber({ cacheTime: 0 }))
  assert.equal((await client.getBlock({ blockHash: block.hash })).number, block.number)
  assert.equal(typeof block.baseFeePerGas, 'bigint')
  assert.ok((await client.getGasPrice()) > 0n)
  const fees = await client.estimateFeesPerGas()
  assert.ok(fees.maxFeePerGas >= fees.maxPriorityFeePerGas)
  const history = await client.getFeeHistory({ blockCount: 2, rewardPercentiles: [25, 75] })
  assert.equal(history.baseFeePerGas.length, history.gasUsedRatio.length + 1)
  for (const blockTag of ['earliest', 'safe', 'finalized', 'pending']) {
    assert.ok(await client.getBlock({ blockTag }), blockTag)
  }
})

test('a transfer moves exactly its value', async () => {
  const to = account(19).address
  const before = await client.getBalance({ address: to })
  const hash = await wallet.sendTransaction({ to, value: parseEther('1.5') })
  const receipt = await receiptOf(hash)
  assert.equal(receipt.status, 'success')
  assert.equal(receipt.type, 'eip1559')
  assert.equal(await client.getBalance({ address: to }), before + parseEther('1.5'))
  const transaction = await client.getTransaction({ hash })
  assert.equal(transaction.blockHash, receipt.blockHash)
  assert.equal(transaction.from.toLowerCase(), me.address.toLowerCase())
  assert.equal(await client.getTransactionConfirmations({ hash }) >= 1n, true)
})

test('the sender pays value and gas, and nothing else', async () => {
  const before = await client.getBalance({ address: me.address })
  const receipt = await receiptOf(await wallet.sendTransaction({ to: STRANGER, value: 7n }))
  const after = await client.getBalance({ address: me.address })
  assert.equal(before - after, 7n + receipt.gasUsed * receipt.effectiveGasPrice)
})

test('a legacy transaction', async () => {
  const hash = await wallet.sendTransaction({ to: STRANGER, value: 1n, type: 'legacy' })
  const receipt = await receiptOf(hash)
  assert.equal(receipt.status, 'success')
  assert.equal((await client.getTransaction({ hash })).type, 'legacy')
})

test('a contract is deployed, read and written', async () => {
  assert.equal(await client.readContract({ ...counter, functionName: 'number' }), 5n)
  const { request } = await client.simulateContract({
    ...counter,
    functionName: 'add',
    args: [4n],
    value: 3n,
    account: me.account,
  })
  const receipt = await receiptOf(await wallet.writeContract(request))
  assert.equal(await client.readContract({ ...counter, functionName: 'number' }), 9n)
  assert.equal(await client.getBalance({ address: counter.address }), 3n)
  const [event] = await client.getContractEvents({
    ...counter,
    eventName: 'Changed',
    fromBlock: receipt.blockNumber,
    toBlock: receipt.blockNumber,
    strict: true,
  })
  assert.deepEqual(event.args, { by: me.address, number: 9n })
  assert.equal(event.transactionHash, receipt.transactionHash)
  assert.equal((await client.getCode({ address: counter.address })).length > 2, true)
  assert.equal(BigInt(await client.getStorageAt({ address: counter.address, slot: '0x0' })), 9n)
})

test('reverts carry their data', async () => {
  const call = (functionName, args) =>
    client.simulateContract({ ...counter, functionName, args, account: me.account })
  const custom = await revertOf(call('add', [500n]))
  assert.equal(custom.errorName, 'TooFar')
  assert.deepEqual(custom.args, [500n, 100n])
  assert.deepEqual((await revertOf(call('refuse', []))).args, ['refused on purpose'])
  const panic = await revertOf(client.readContract({ ...counter, functionName: 'divide', args: [0n] }))
  assert.deepEqual(panic.args, [0x12n])
  const estimated = await revertOf(
    client.estimateContractGas({ ...counter, functionName: 'add', args: [101n], account: me.account }),
  )
  assert.equal(estimated.errorName, 'TooFar')
})

test('a failed transaction has a receipt that says so', async () => {
  const gas = await client.estimateContractGas({
    ...counter,
    functionName: 'increment',
    account: me.account,
  })
  const hash = await wallet.writeContract({
    ...counter,
    functionName: 'refuse',
    gas: gas * 2n,
  })
  const receipt = await receiptOf(hash)
  assert.equal(receipt.status, 'reverted')
  assert.deepEqual(receipt.logs, [])
})

test('an estimate is enough, and not far too much', async () => {
  const parameters = { ...counter, functionName: 'work', args: [50n], account: me.account }
  const gas = await client.estimateContractGas(parameters)
  const receipt = await receiptOf(await wallet.writeContract({ ...parameters, gas }))
  assert.equal(receipt.status, 'success')
  assert.ok(receipt.gasUsed <= gas)
  assert.ok(gas <= receipt.gasUsed * 2n, `estimated ${gas}, used ${receipt.gasUsed}`)
})

test('calls with overrides of state', async () => {
  const slot = toHex(0, { size: 32 })
  const { data } = await client.call({
    to: counter.address,
    data: encodeFunctionData({ ...counter, functionName: 'number' }),
    stateOverride: [{ address: counter.address, stateDiff: [{ slot, value: toHex(77, { size: 32 }) }] }],
  })
  assert.equal(BigInt(data), 77n)
  const funded = await client.estimateGas({
    account: STRANGER,
    to: me.address,
    value: parseEther('5'),
    stateOverride: [{ address: STRANGER, balance: parseEther('100000') }],
  })
  assert.ok(funded > 0n)
})

test('many reads in one call, without a multicall contract', async () => {
  const read = { ...counter, functionName: 'number' }
  const [first, second] = await client.multicall({ contracts: [read, read], deployless: true })
  assert.equal(first.status, 'success')
  assert.equal(first.result, second.result)
})

test('a simulation of blocks (eth_simulateV1)', async () => {
  const called = { abi: counter.abi, to: counter.address }
  const { results } = await client.simulateCalls({
    account: me.address,
    calls: [
      { ...called, functionName: 'increment' },
      { ...called, functionName: 'number' },
      { ...called, functionName: 'refuse' },
    ],
  })
  const now = await client.readContract({ ...counter, functionName: 'number' })
  assert.deepEqual(results.map((result) => result.status), ['success', 'success', 'failure'])
  assert.equal(results[1].result, now + 1n)
  assert.equal(results[0].logs.length, 1)
})

test('access list and proof', async () => {
  const { accessList } = await client.createAccessList({
    account: me.address,
    to: counter.address,
    data: encodeFunctionData({ ...counter, functionName: 'number' }),
  })
  assert.ok(Array.isArray(accessList))
  const proof = await client.getProof({ address: counter.address, storageKeys: [toHex(0, { size: 32 })] })
  assert.equal(proof.address.toLowerCase(), counter.address.toLowerCase())
  assert.equal(proof.storageProof[0].value, await client.readContract({ ...counter, functionName: 'number' }))
})

test('the client watches blocks and events by polling', async () => {
  let stop
  const seen = new Promise((resolve, reject) => {
    stop = client.watchContractEvent({ ...counter, eventName: 'Changed', onLogs: resolve, onError: reject })
  })
  await client.getBlockNumber({ cacheTime: 0 })
  await new Promise((resolve) => setTimeout(resolve, 200))
  const hash = await wallet.writeContract({ ...counter, functionName: 'increment' })
  await receiptOf(hash)
  assert.equal((await seen)[0].transactionHash, hash)
  stop()
})

test('the client watches blocks, events and pending transactions over WebSocket', async () => {
  const socket = createPublicClient({ chain, transport: webSocket(wsUrl) })
  const stops = []
  const next = (watch) =>
    new Promise((resolve, reject) => stops.push(watch(resolve, reject)))
  const block = next((onBlock, onError) => socket.watchBlocks({ onBlock, onError }))
  const logs = next((onLogs, onError) => socket.watchContractEvent({ ...counter, onLogs, onError }))
  const pending = next((onTransactions, onError) =>
    socket.watchPendingTransactions({ onTransactions, onError }),
  )
  // An answer on the same socket comes after those to the subscriptions.
  await socket.getChainId()
  await new Promise((resolve) => setTimeout(resolve, 100))
  const hash = await wallet.writeContract({ ...counter, functionName: 'increment' })
  const { blockNumber } = await receiptOf(hash)
  assert.ok((await block).number >= blockNumber)
  assert.equal((await logs)[0].transactionHash, hash)
  assert.ok((await pending).includes(hash))
  for (const stop of stops) stop()
  ;(await socket.transport.getRpcClient()).close()
})

test('signatures: a message, and a permit that the token accepts', async () => {
  const message = 'signed by a dev account'
  const signature = await wallet.signMessage({ message })
  assert.ok(await client.verifyMessage({ address: me.address, message, signature }))

  const token = { abi: Token.abi, address: await deploy(Token, [me.address, 1000n]) }
  const deadline = 2n ** 48n
  const permit = await wallet.signTypedData({
    domain: { name: 'Token', version: '1', chainId, verifyingContract: token.address },
    types: {
      Permit: [
        { name: 'owner', type: 'address' },
        { name: 'spender', type: 'address' },
        { name: 'value', type: 'uint256' },
        { name: 'nonce', type: 'uint256' },
        { name: 'deadline', type: 'uint256' },
      ],
    },
    primaryType: 'Permit',
    message: { owner: me.address, spender: STRANGER, value: 250n, nonce: 0n, deadline },
  })
  const [r, s, v] = [permit.slice(0, 66), `0x${permit.slice(66, 130)}`, parseInt(permit.slice(130), 16)]
  await receiptOf(
    await wallet.writeContract({
      ...token,
      functionName: 'permit',
      args: [me.address, STRANGER, 250n, deadline, v, r, s],
    }),
  )
  const allowance = { ...token, functionName: 'allowance', args: [me.address, STRANGER] }
  assert.equal(await client.readContract(allowance), 250n)
})

test('the dev controls: balance, code, nonce, storage', async () => {
  const address = '0x00000000000000000000000000000000000beef1'
  await control.setBalance({ address, value: parseEther('42') })
  assert.equal(await client.getBalance({ address }), parseEther('42'))
  await control.setCode({ address, bytecode: await client.getCode({ address: counter.address }) })
  await control.setStorageAt({ address, index: 0, value: toHex(123, { size: 32 }) })
  assert.equal(await client.readContract({ abi: Counter.abi, address, functionName: 'number' }), 123n)
  const other = '0x00000000000000000000000000000000000beef2'
  await control.setNonce({ address: other, nonce: 9 })
  assert.equal(await client.getTransactionCount({ address: other }), 9)
})

test('the dev controls: impersonation', async () => {
  const address = '0x00000000000000000000000000000000000beef3'
  await control.setBalance({ address, value: parseEther('10') })
  await control.impersonateAccount({ address })
  const someone = createWalletClient({ chain, transport: http(url), account: address })
  const receipt = await receiptOf(await someone.sendTransaction({ to: STRANGER, value: 1n }))
  assert.equal(receipt.from.toLowerCase(), address)
  await control.stopImpersonatingAccount({ address })
  await assert.rejects(someone.sendTransaction({ to: STRANGER, value: 1n }))
})

test('the dev controls: snapshot and revert', async () => {
  const read = () => client.readContract({ ...counter, functionName: 'number' })
  const before = await read()
  const height = await client.getBlockNumber({ cacheTime: 0 })
  const id = await control.snapshot()
  await receiptOf(await wallet.writeContract({ ...counter, functionName: 'increment' }))
  assert.equal(await read(), before + 1n)
  await control.revert({ id })
  assert.equal(await read(), before)
  assert.equal(await client.getBlockNumber({ cacheTime: 0 }), height)
})

test('the dev controls: blocks and time', async () => {
  const start = await client.getBlock()
  await control.mine({ blocks: 3 })
  assert.equal(await client.getBlockNumber({ cacheTime: 0 }), start.number + 3n)
  await control.increaseTime({ seconds: 3600 })
  await control.mine({ blocks: 1 })
  const later = await client.getBlock()
  assert.ok(later.timestamp >= start.timestamp + 3600n)
  await control.setNextBlockTimestamp({ timestamp: later.timestamp + 100n })
  await control.mine({ blocks: 1 })
  assert.equal((await client.getBlock()).timestamp, later.timestamp + 100n)
})

test('the dev controls: manual mining, the pool, and a dropped transaction', async () => {
  await control.setAutomine(false)
  try {
    const nonce = await client.getTransactionCount({ address: me.address })
    const kept = await wallet.sendTransaction({ to: STRANGER, value: 1n, nonce })
    const dropped = await wallet.sendTransaction({ to: STRANGER, value: 2n, nonce: nonce + 1 })
    assert.equal(await client.getTransactionCount({ address: me.address, blockTag: 'pending' }), nonce + 2)
    const { pending } = await control.getTxpoolStatus()
    assert.equal(pending, 2)
    await control.dropTransaction({ hash: dropped })
    await control.mine({ blocks: 1 })
    assert.equal((await receiptOf(kept)).status, 'success')
    await assert.rejects(client.getTransactionReceipt({ hash: dropped }))
    assert.equal(await client.getTransactionCount({ address: me.address }), nonce + 1)
  } finally {
    await control.setAutomine(true)
  }
})

test('a transaction is replaced by one that pays more', async () => {
  await control.setAutomine(false)
  try {
    const nonce = await client.getTransactionCount({ address: me.address })
    const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
    const send = (times, value) =>
      wallet.sendTransaction({
        to: STRANGER,
        value,
        nonce,
        maxFeePerGas: maxFeePerGas * times,
        maxPriorityFeePerGas: (maxPriorityFeePerGas + 1n) * times,
      })
    const first = await send(1n, 1n)
    const second = await send(3n, 2n)
    await control.mine({ blocks: 1 })
    assert.equal((await receiptOf(second)).status, 'success')
    await assert.rejects(client.getTransactionReceipt({ hash: first }))
  } finally {
    await control.setAutomine(true)
  }
})

test('a refused transaction is refused with a reason', async () => {
  const poor = createWalletClient({ chain, transport: http(url), account: account(60).account })
  await assert.rejects(poor.sendTransaction({ to: STRANGER, value: parseEther('1'), gas: 10_000_000n }), /fund/i)
  await assert.rejects(
    wallet.sendTransaction({ to: STRANGER, value: 1n, nonce: 0, gas: 10_000_000n }),
    /nonce/i,
  )
  const unknown = keccak256('0x01')
  await assert.rejects(client.getTransaction({ hash: unknown }), /not be found/)
})
