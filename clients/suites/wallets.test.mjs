// What Remix and MetaMask ask of a network that a user adds by its URL: every method, and the CORS answers
// without which a browser would not even send them.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { createPublicClient, createWalletClient, encodeFunctionData, http, toHex } from 'viem'
import { account, chain, chainId, contracts, request, standIn, url } from '../lib/chain.mjs'

const { Counter } = contracts()
const me = account(5)
const client = createPublicClient({ chain, transport: http(url), pollingInterval: 20 })
const wallet = createWalletClient({ chain, transport: http(url), account: me.account })
const dev = account(0).address
const seen = {}

before(async () => {
  const settled = async (sending) => client.waitForTransactionReceipt({ hash: await sending })
  seen.counter = (await settled(wallet.deployContract({ ...Counter, args: [0n] }))).contractAddress
  seen.increment = encodeFunctionData({ abi: Counter.abi, functionName: 'increment' })
  const receipt = await settled(wallet.sendTransaction({ to: seen.counter, data: seen.increment }))
  seen.transaction = receipt.transactionHash
  seen.block = receipt.blockHash
  seen.number = toHex(receipt.blockNumber)
})

const is = (type) => (result) => assert.equal(typeof result, type)
const quantity = (result) => assert.match(result, /^0x(0|[1-9a-f][0-9a-f]*)$/)
const bytes = (result) => assert.match(result, /^0x([0-9a-f]{2})*$/)
const object = (result) => assert.ok(result !== null && typeof result === 'object')
const call = () => ({ from: me.address, to: seen.counter, data: seen.increment })

const METAMASK = [
  // When the network is added, and to know that it is there.
  ['eth_chainId', () => [], (result) => assert.equal(Number(result), chainId)],
  ['net_version', () => [], (result) => assert.equal(Number(result), chainId)],
  ['web3_clientVersion', () => [], is('string')],
  ['eth_syncing', () => [], (result) => assert.equal(result, false)],
  ['net_listening', () => [], is('boolean')],
  // To follow the chain, and to know whether it has a base fee.
  ['eth_blockNumber', () => [], quantity],
  ['eth_getBlockByNumber', () => ['latest', false], (block) => quantity(block.baseFeePerGas)],
  ['eth_getBlockByNumber', () => [seen.number, true], object],
  ['eth_getBlockByHash', () => [seen.block, false], object],
  // Balances, with and without the contract that reads many at once.
  ['eth_getBalance', () => [me.address, 'latest'], quantity],
  ['eth_getBalance', () => [me.address, seen.number], quantity],
  ['eth_getCode', () => [me.address, 'latest'], (result) => assert.equal(result, '0x')],
  ['eth_getCode', () => [seen.counter, 'latest'], bytes],
  ['eth_getStorageAt', () => [seen.counter, '0x0', 'latest'], bytes],
  ['eth_call', () => [{ to: seen.counter, data: '0x8381f58a' }, 'latest'], bytes],
  ['eth_getLogs', () => [{ fromBlock: seen.number, toBlock: 'latest', address: seen.counter }], object],
  // To send.
  ['eth_getTransactionCount', () => [me.address, 'latest'], quantity],
  ['eth_getTransactionCount', () => [me.address, 'pending'], quantity],
  ['eth_gasPrice', () => [], quantity],
  ['eth_maxPriorityFeePerGas', () => [], quantity],
  ['eth_feeHistory', () => ['0x5', 'latest', [10, 20, 30]], object],
  ['eth_estimateGas', () => [call()], quantity],
  ['eth_estimateGas', () => [{ ...call(), gasPrice: '0x0' }], quantity],
  ['eth_estimateGas', () => [{ from: me.address, to: dev, value: '0x1' }], quantity],
  ['debug_traceCall', () => [call(), 'latest', { tracer: 'callTracer' }], object],
  // To see what became of it.
  ['eth_getTransactionByHash', () => [seen.transaction], object],
  ['eth_getTransactionReceipt', () => [seen.transaction], (receipt) => assert.equal(receipt.status, '0x1')],
  ['eth_getTransactionReceipt', () => [`0x${'cd'.repeat(32)}`], (receipt) => assert.equal(receipt, null)],
  ['eth_newFilter', () => [{ address: seen.counter }], quantity],
  ['eth_newBlockFilter', () => [], quantity],
]

const REMIX = [
  // "External HTTP provider": is somebody there, and who?
  ['net_version', () => [], is('string')],
  ['net_listening', () => [], is('boolean')],
  ['eth_chainId', () => [], quantity],
  ['web3_clientVersion', () => [], is('string')],
  ['eth_accounts', () => [], (accounts) => assert.ok(accounts.includes(dev.toLowerCase()) || accounts.includes(dev))],
  ['eth_getBalance', () => [dev, 'latest'], quantity],
  ['eth_getBlockByNumber', () => ['latest', false], (block) => quantity(block.gasLimit)],
  ['eth_getBlockByNumber', () => ['0x0', false], object],
  ['eth_gasPrice', () => [], quantity],
  // "Deploy and run": the node signs for its own accounts.
  ['eth_estimateGas', () => [{ from: dev, data: Counter.bytecode + '00'.repeat(32), value: '0x0' }], quantity],
  ['eth_sendTransaction', () => [{ from: dev, data: Counter.bytecode + '00'.repeat(32), value: '0x0' }], bytes],
  ['eth_sendTransaction', () => [{ from: dev, to: seen.counter, data: seen.increment, value: '0x0' }], bytes],
  ['eth_call', () => [{ from: dev, to: seen.counter, data: '0x8381f58a' }], bytes],
  ['eth_getTransactionReceipt', () => [seen.transaction], object],
  ['eth_getTransactionByHash', () => [seen.transaction], object],
  ['eth_getCode', () => [seen.counter, 'latest'], bytes],
  ['eth_sign', () => [dev, '0x68656c6c6f'], bytes],
  ['personal_sign', () => ['0x68656c6c6f', dev], bytes],
  // The debugger.
  ['debug_traceTransaction', () => [seen.transaction, {}], (trace) => assert.ok(Array.isArray(trace.structLogs))],
  ['debug_traceTransaction', () => [seen.transaction, { disableStorage: true, enableMemory: true }], object],
  ['debug_storageRangeAt', () => [seen.block, 0, seen.counter, `0x${'00'.repeat(32)}`, 1000], object, 'anvil lacks it'],
]

for (const [name, methods] of Object.entries({ MetaMask: METAMASK, Remix: REMIX })) {
  test(name, async (t) => {
    for (const [method, parameters, fits, lacking] of methods) {
      await t.test(method, { skip: standIn && lacking }, async () => {
        const { result, error } = await request(method, parameters())
        assert.equal(error, undefined, JSON.stringify(error))
        fits(result)
      })
    }
  })
}

const ORIGINS = ['https://remix.ethereum.org', 'chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn', 'http://localhost:3000', 'null']

for (const origin of ORIGINS) {
  test(`a browser may ask from ${origin}`, async () => {
    const allowed = (response) => assert.ok(['*', origin].includes(response.headers.get('access-control-allow-origin')))
    const preflight = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })
    assert.ok(preflight.ok, `status ${preflight.status}`)
    allowed(preflight)
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /\*|content-type/i)
    assert.match(preflight.headers.get('access-control-allow-methods') ?? '', /\*|POST/)
    const answer = await fetch(url, {
      method: 'POST',
      headers: { origin, 'content-type': 'application/json' },
      body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}',
    })
    allowed(answer)
    assert.equal(Number((await answer.json()).result), chainId)
  })
}

test('a batch, a notification, and text that is no JSON', async () => {
  const post = (body) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const batch = [1, 'two', 3].map((id) => ({ jsonrpc: '2.0', id, method: 'eth_blockNumber', params: [] }))
  const answers = await (await post(JSON.stringify(batch))).json()
  assert.deepEqual(answers.map((answer) => answer.id).sort(), [1, 3, 'two'])
  const broken = await (await post('{"jsonrpc":')).json()
  assert.equal(broken.error.code, standIn ? -32600 : -32700)
})
