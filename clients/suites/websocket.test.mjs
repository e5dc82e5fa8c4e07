// A subscriber that speaks JSON-RPC over WebSocket by itself, without a library that could retry or hide.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createWalletClient, encodeFunctionData, http } from 'viem'
import WebSocket from 'ws'
import { account, chain, contracts, rpc, standIn, url, wsUrl } from '../lib/chain.mjs'

const { Counter } = contracts()
const me = account(7)
const wallet = createWalletClient({ chain, transport: http(url), account: me.account })
const PATIENCE_MS = 10_000

/** A socket whose answers and notifications can be awaited. */
class Socket {
  constructor() {
    this.socket = new WebSocket(wsUrl)
    this.ids = 0
    this.waiting = new Map()
    this.notes = []
    this.opened = new Promise((resolve, reject) => this.socket.once('open', resolve).once('error', reject))
    this.socket.on('message', (text) => {
      const message = JSON.parse(text)
      if (message.method === 'eth_subscription') this.notes.push(message.params)
      else this.waiting.get(Array.isArray(message) ? 'batch' : message.id)?.(message)
    })
  }

  send(body, id) {
    const answer = new Promise((resolve) => this.waiting.set(id, resolve))
    this.socket.send(typeof body === 'string' ? body : JSON.stringify(body))
    return answer
  }

  async ask(method, ...params) {
    await this.opened
    const id = ++this.ids
    const answer = await this.send({ jsonrpc: '2.0', id, method, params }, id)
    if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
    return answer.result
  }

  /** Waits for a notification of a subscription that fits. */
  async heard(subscription, fits) {
    for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
      const note = this.notes.find((note) => note.subscription === subscription && fits(note.result))
      if (note) return note.result
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    throw new Error(`nothing fitting came; ${this.notes.length} notifications did`)
  }
}

async function receiptOf(hash) {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const receipt = await rpc('eth_getTransactionReceipt', hash)
    if (receipt) return receipt
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`no receipt of ${hash}`)
}

const increment = () =>
  wallet.sendTransaction({ to: counter, data: encodeFunctionData({ abi: Counter.abi, functionName: 'increment' }) })

let counter
let socket
before(async () => {
  socket = new Socket()
  const hash = await wallet.deployContract({ ...Counter, args: [0n] })
  counter = (await receiptOf(hash)).contractAddress
})
after(() => socket.socket.close())

test('heads come whole, in order, each the child of the one before', async () => {
  const id = await socket.ask('eth_subscribe', 'newHeads')
  const receipts = []
  for (let i = 0; i < 3; i++) receipts.push(await receiptOf(await increment()))
  const head = await socket.heard(id, (head) => head.hash === receipts[2].blockHash)
  assert.equal(head.number, receipts[2].blockNumber)
  const heads = socket.notes.filter((note) => note.subscription === id).map((note) => note.result)
  for (let i = 1; i < heads.length; i++) assert.equal(heads[i].parentHash, heads[i - 1].hash)
  const block = await rpc('eth_getBlockByHash', head.hash, false)
  for (const field of ['parentHash', 'stateRoot', 'receiptsRoot', 'gasUsed', 'baseFeePerGas', 'timestamp', 'logsBloom']) {
    assert.equal(head[field], block[field], field)
  }
  assert.equal(await socket.ask('eth_unsubscribe', id), true)
})

test('logs that match, and none that do not', async () => {
  const mine = await socket.ask('eth_subscribe', 'logs', { address: counter })
  const others = await socket.ask('eth_subscribe', 'logs', { address: counter, topics: [`0x${'12'.repeat(32)}`] })
  const receipt = await receiptOf(await increment())
  const log = await socket.heard(mine, (log) => log.transactionHash === receipt.transactionHash)
  assert.deepEqual(log.topics, receipt.logs[0].topics)
  assert.equal(log.data, receipt.logs[0].data)
  assert.equal(log.removed, false)
  assert.equal(socket.notes.some((note) => note.subscription === others), false)
  await socket.ask('eth_unsubscribe', mine)
  await socket.ask('eth_unsubscribe', others)
})

test('pending transactions, by hash', async () => {
  const id = await socket.ask('eth_subscribe', 'newPendingTransactions')
  const hash = await increment()
  await socket.heard(id, (heard) => heard === hash)
  await socket.ask('eth_unsubscribe', id)
})

test('nothing more comes after unsubscribing', async () => {
  const id = await socket.ask('eth_subscribe', 'newHeads')
  await socket.ask('eth_unsubscribe', id)
  const before = socket.notes.length
  await receiptOf(await increment())
  await socket.ask('eth_blockNumber')
  assert.equal(socket.notes.length, before)
})

test('requests, batches and errors share the socket', async () => {
  const batch = ['eth_chainId', 'eth_blockNumber', 'no_suchMethod'].map((method, index) => ({
    jsonrpc: '2.0',
    id: `b${index}`,
    method,
    params: [],
  }))
  const answers = await socket.send(batch, 'batch')
  assert.equal(answers.length, 3)
  // The codes of JSON-RPC 2.0 for what is no method and what is no JSON; anvil has others.
  assert.equal(answers.find((answer) => answer.id === 'b2').error.code, standIn ? -32602 : -32601)
  const broken = await socket.send('{"jsonrpc": "2.0", "id":', null)
  assert.equal(broken.error.code, standIn ? -32600 : -32700)
  await assert.rejects(socket.ask('eth_subscribe', 'noSuchSubscription'), /-326/)
})
