// Answers of the node against the schema of ethereum/execution-apis: in every state that a request can meet.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { createPublicClient, createWalletClient, encodeFunctionData, http, toHex } from 'viem'
import { account, chain, contracts, request, rpc, url } from '../lib/chain.mjs'
import { checker } from '../lib/openrpc.mjs'

const { Counter } = contracts()
const me = account(7)
const client = createPublicClient({ chain, transport: http(url), pollingInterval: 20 })
const wallet = createWalletClient({ chain, transport: http(url), account: me.account })
const check = checker()

const NOBODY = '0x00000000000000000000000000000000000a7013'
const UNKNOWN_HASH = `0x${'ab'.repeat(32)}`
const SLOT_ZERO = toHex(0, { size: 32 })
const calldata = (functionName, args = []) => encodeFunctionData({ abi: Counter.abi, functionName, args })

/** What the requests below talk of: a block with a log, a legacy one, a deployment, a failure. */
const seen = {}

before(async () => {
  const settled = async (sending) => client.waitForTransactionReceipt({ hash: await sending })
  seen.deployment = await settled(wallet.deployContract({ ...Counter, args: [0n] }))
  seen.counter = seen.deployment.contractAddress
  const call = { to: seen.counter, data: calldata('increment') }
  seen.legacy = await settled(wallet.sendTransaction({ ...call, type: 'legacy' }))
  seen.receipt = await settled(wallet.sendTransaction(call))
  seen.failure = await settled(
    wallet.sendTransaction({ to: seen.counter, data: calldata('refuse'), gas: seen.receipt.gasUsed * 3n }),
  )
  seen.number = toHex(seen.receipt.blockNumber)
  seen.hash = seen.receipt.blockHash
  seen.call = { from: me.address, to: seen.counter, data: calldata('number') }
  seen.write = { from: me.address, to: seen.counter, data: calldata('increment') }
  seen.blockFilter = await rpc('eth_newBlockFilter')
  seen.logFilter = await rpc('eth_newFilter', { address: seen.counter, fromBlock: seen.number })
  seen.pendingFilter = await rpc('eth_newPendingTransactionFilter')
  await settled(wallet.sendTransaction(call))
  const nonce = await client.getTransactionCount({ address: me.address })
  const fees = await client.estimateFeesPerGas()
  seen.raw = await me.account.signTransaction({
    ...call,
    ...fees,
    type: 'eip1559',
    chainId: chain.id,
    nonce,
    gas: seen.receipt.gasUsed * 3n,
  })
})

// A method, its parameters, and what the result must be besides valid, where the schema alone would let too much by.
const present = (result) => assert.notEqual(result, null)
const absent = (result) => assert.equal(result, null)
const filled = (result) => assert.ok(result.length > 0, 'an empty list')
const TABLE = [
  ['eth_chainId', () => []],
  ['net_version', () => []],
  ['eth_syncing', () => []],
  ['eth_accounts', () => [], filled],
  ['eth_coinbase', () => []],
  ['eth_blockNumber', () => []],
  ['eth_gasPrice', () => []],
  ['eth_maxPriorityFeePerGas', () => []],
  ['eth_feeHistory', () => ['0x2', 'latest', []]],
  ['eth_feeHistory', () => ['0x4', 'latest', [10, 50, 90]]],
  ['eth_feeHistory', () => ['0x1', seen.number, [95, 99]]],
  ['eth_getBlockByNumber', () => ['earliest', false], present],
  ['eth_getBlockByNumber', () => ['earliest', true], present],
  ['eth_getBlockByNumber', () => ['latest', true], present],
  ['eth_getBlockByNumber', () => ['safe', false], present],
  ['eth_getBlockByNumber', () => ['finalized', false], present],
  ['eth_getBlockByNumber', () => [seen.number, false], present],
  ['eth_getBlockByNumber', () => [seen.number, true], present],
  ['eth_getBlockByNumber', () => [toHex(seen.legacy.blockNumber), true], present],
  ['eth_getBlockByNumber', () => [toHex(seen.deployment.blockNumber), true], present],
  ['eth_getBlockByNumber', () => ['0xfffffff', false], absent],
  ['eth_getBlockByHash', () => [seen.hash, true], present],
  ['eth_getBlockByHash', () => [seen.hash, false], present],
  ['eth_getBlockByHash', () => [UNKNOWN_HASH, false], absent],
  ['eth_getBlockTransactionCountByHash', () => [seen.hash], present],
  ['eth_getBlockTransactionCountByHash', () => [UNKNOWN_HASH], absent],
  ['eth_getBlockTransactionCountByNumber', () => [seen.number], present],
  ['eth_getBlockTransactionCountByNumber', () => ['0xfffffff'], absent],
  ['eth_getBlockReceipts', () => [seen.number], filled],
  ['eth_getBlockReceipts', () => [seen.hash], filled],
  ['eth_getBlockReceipts', () => ['earliest'], present],
  ['eth_getBlockReceipts', () => ['latest'], present],
  ['eth_getBlockReceipts', () => [UNKNOWN_HASH], absent],
  ['eth_getBlockReceipts', () => ['0xfffffff'], absent],
  ['eth_getTransactionByHash', () => [seen.receipt.transactionHash], present],
  ['eth_getTransactionByHash', () => [seen.legacy.transactionHash], present],
  ['eth_getTransactionByHash', () => [seen.deployment.transactionHash], present],
  ['eth_getTransactionByHash', () => [seen.failure.transactionHash], present],
  ['eth_getTransactionByHash', () => [UNKNOWN_HASH], absent],
  ['eth_getTransactionByBlockHashAndIndex', () => [seen.hash, '0x0'], present],
  ['eth_getTransactionByBlockHashAndIndex', () => [seen.hash, '0x64'], absent],
  ['eth_getTransactionByBlockNumberAndIndex', () => [seen.number, '0x0'], present],
  ['eth_getTransactionByBlockNumberAndIndex', () => [seen.number, '0x64'], absent],
  ['eth_getTransactionReceipt', () => [seen.receipt.transactionHash], present],
  ['eth_getTransactionReceipt', () => [seen.legacy.transactionHash], present],
  ['eth_getTransactionReceipt', () => [seen.deployment.transactionHash], present],
  ['eth_getTransactionReceipt', () => [seen.failure.transactionHash], present],
  ['eth_getTransactionReceipt', () => [UNKNOWN_HASH], absent],
  ['eth_getTransactionCount', () => [me.address, 'latest']],
  ['eth_getTransactionCount', () => [me.address, 'pending']],
  ['eth_getTransactionCount', () => [seen.counter, seen.number]],
  ['eth_getBalance', () => [me.address, 'latest']],
  ['eth_getBalance', () => [NOBODY, 'latest']],
  ['eth_getBalance', () => [me.address, { blockHash: seen.hash }]],
  ['eth_getBalance', () => [me.address, seen.number]],
  ['eth_getCode', () => [seen.counter, 'latest']],
  ['eth_getCode', () => [NOBODY, 'latest'], (result) => assert.equal(result, '0x')],
  ['eth_getStorageAt', () => [seen.counter, '0x0', 'latest'], (result) => assert.equal(result.length, 66)],
  ['eth_getStorageAt', () => [seen.counter, SLOT_ZERO, seen.number], (result) => assert.equal(result, toHex(2, { size: 32 }))],
  ['eth_getStorageAt', () => [NOBODY, '0x7', 'latest'], (result) => assert.equal(result, SLOT_ZERO)],
  ['eth_getProof', () => [seen.counter, [SLOT_ZERO], 'latest'], (result) => filled(result.storageProof)],
  ['eth_getProof', () => [seen.counter, ['0x0'], seen.number]],
  ['eth_getProof', () => [me.address, [], 'latest']],
  ['eth_getProof', () => [NOBODY, [], { blockHash: seen.hash }]],
  ['eth_call', () => [seen.call, 'latest'], (result) => assert.equal(result.length, 66)],
  ['eth_call', () => [seen.call, { blockHash: seen.hash }]],
  ['eth_call', () => [seen.call, 'latest', { [seen.counter]: { stateDiff: { [SLOT_ZERO]: toHex(9, { size: 32 }) } } }], (result) => assert.equal(BigInt(result), 9n)],
  ['eth_estimateGas', () => [seen.write]],
  ['eth_estimateGas', () => [{ from: me.address, to: NOBODY, value: '0x1' }, 'latest']],
  ['eth_createAccessList', () => [seen.write, 'latest']],
  ['eth_createAccessList', () => [seen.write]],
  ['eth_simulateV1', () => [{ blockStateCalls: [{ calls: [seen.write, seen.call] }] }, 'latest'], filled],
  ['eth_simulateV1', () => [{ blockStateCalls: [{ stateOverrides: { [NOBODY]: { balance: '0xde0b6b3a7640000' } }, calls: [{ from: NOBODY, to: me.address, value: '0x1' }] }, {}], validation: false, traceTransfers: true }, 'latest']],
  ['eth_fillTransaction', () => [seen.write]],
  ['eth_getLogs', () => [{ fromBlock: seen.number, toBlock: seen.number }], filled],
  ['eth_getLogs', () => [{ address: seen.counter, fromBlock: 'earliest', toBlock: 'latest' }], filled],
  ['eth_getLogs', () => [{ blockHash: seen.hash, topics: [[seen.receipt.logs[0].topics[0], UNKNOWN_HASH]] }], filled],
  ['eth_getLogs', () => [{ fromBlock: 'earliest', topics: [UNKNOWN_HASH] }], (result) => assert.deepEqual(result, [])],
  ['eth_newFilter', () => [{ address: seen.counter }]],
  ['eth_newBlockFilter', () => []],
  ['eth_newPendingTransactionFilter', () => []],
  ['eth_getFilterChanges', () => [seen.blockFilter], filled],
  ['eth_getFilterChanges', () => [seen.logFilter], filled],
  ['eth_getFilterChanges', () => [seen.pendingFilter], filled],
  ['eth_getFilterLogs', () => [seen.logFilter], filled],
  ['eth_uninstallFilter', () => [seen.logFilter], (result) => assert.equal(result, true)],
  ['eth_uninstallFilter', () => ['0xdeadbeef'], (result) => assert.equal(result, false)],
  ['eth_sign', () => [account(0).address, '0x68656c6c6f']],
  ['eth_sendTransaction', () => [{ from: account(0).address, to: NOBODY, value: '0x1' }]],
  ['eth_sendRawTransaction', () => [seen.raw]],
  ['debug_getRawBlock', () => [seen.number]],
  ['debug_getRawHeader', () => [seen.number]],
  ['debug_getRawReceipts', () => [seen.number], filled],
  ['debug_getRawTransaction', () => [seen.receipt.transactionHash]],
  ['debug_traceTransaction', () => [seen.receipt.transactionHash], (result) => filled(result.structLogs)],
  ['debug_traceTransaction', () => [seen.receipt.transactionHash, { tracer: 'callTracer' }], (result) => assert.equal(result.type, 'CALL')],
  ['debug_traceBlockByNumber', () => [seen.number], filled],
  ['debug_traceBlockByHash', () => [seen.hash, { tracer: 'callTracer' }], filled],
  ['txpool_status', () => []],
  ['txpool_content', () => []],
  ['txpool_contentFrom', () => [me.address]],
]

for (const [index, [method, parameters, more]] of TABLE.entries()) {
  test(`${index + 1}. ${method}`, async () => {
    const params = parameters()
    const { result, error } = await request(method, params)
    assert.equal(error, undefined, `${method} ${JSON.stringify(params)}: ${JSON.stringify(error)}`)
    assert.equal(check(method, result), null, `${method} ${JSON.stringify(params)} gave ${JSON.stringify(result)}`)
    more?.(result)
  })
}

// What must be refused, and how: -32601 unknown method, -32602 bad parameters, 3 with the revert's data.
const REFUSALS = [
  ['no_suchMethod', () => [], -32601],
  ['eth_getBalance', () => ['not an address', 'latest'], -32602],
  ['eth_getBlockByNumber', () => [], -32602],
  ['eth_getBlockByHash', () => ['0x12', false], -32602],
  ['eth_getStorageAt', () => [seen.counter, 'zz', 'latest'], -32602],
  ['eth_call', () => [{ ...seen.call, data: calldata('refuse') }, 'latest'], 3],
  ['eth_estimateGas', () => [{ ...seen.call, data: calldata('add', [500n]) }], 3],
]

for (const [method, parameters, code] of REFUSALS) {
  test(`${method} refused with ${code}`, async () => {
    const { error } = await request(method, parameters())
    assert.equal(error?.code, code, JSON.stringify(error))
    if (code === 3) assert.match(error.data, /^0x[0-9a-f]{8,}$/)
  })
}

test('an earlier nonce, a poor sender and bytes that are no transaction are refused', async () => {
  for (const raw of [seen.raw, '0x02c0', '0x']) {
    const { error } = await request('eth_sendRawTransaction', [raw])
    assert.ok(error?.message.length > 0, `${raw} was taken`)
  }
})
