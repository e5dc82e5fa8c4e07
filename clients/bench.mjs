// Measures a node against anvil: the same requests, byte for byte, to both, one after the other in one run.
//
//   node bench.mjs --node PATH [--quick] [--only WORK]
//
// prints a JSON object a line: work, unit, ours, peer, peer_name, ratio (how many times better than the peer).
// CPU is the node's own, user and system, of all its threads, as /proc has it: the machine's other work does
// not count, and neither does this script's. Rounds alternate between the two; the best of each counts.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { encodeFunctionData, getContractAddress, keccak256, numberToHex, serializeTransaction } from 'viem'
import { sign } from 'viem/accounts'
import WebSocket from 'ws'
import { start } from './lib/node.mjs'

const CHAIN_ID = 31415926
// Filecoin's gas is a finer unit than Ethereum's: both nodes get room for it, a block and a message.
const BLOCK_GAS_MAX = 10_000_000_000
const MESSAGE_GAS = 60_000_000n
const CREATE_GAS = 1_000_000_000n
// Ethereum's later rules cap the gas of a transaction below what Filecoin's unit needs. Neither prints a line
// for each transaction.
const ANVIL = ['--chain-id', String(CHAIN_ID), '--gas-limit', String(BLOCK_GAS_MAX), '--hardfork', 'cancun', '--silent']
const ATOLL = ['--chain-id', String(CHAIN_ID), '--quiet']
const FEE = { maxFeePerGas: 3_000_000_000n, maxPriorityFeePerGas: 1n }
const BATCH = 100
const RECIPIENTS = 1000
// A node that mines nothing for so long has stalled.
const STALL_MS = 5_000
const CPU_TICK_MS = 10

const { values } = parseArgs({
  options: { node: { type: 'string' }, quick: { type: 'boolean' }, only: { type: 'string' } },
})
if (!values.node) throw new Error('name the node: --node PATH')

// After the options: it reads what a suite needs from the environment.
process.env.CLIENTS_URL ??= 'http://127.0.0.1'
process.env.CLIENTS_CHAIN_ID ??= String(CHAIN_ID)
const { account, contracts } = await import('./lib/chain.mjs')
const me = account(0)
const { Token } = contracts()
const token = getContractAddress({ from: me.address, nonce: 0n })

/** One signed transaction. */
async function signed(nonce, fields) {
  const transaction = { type: 'eip1559', chainId: CHAIN_ID, nonce, ...FEE, ...fields }
  const signature = await sign({ hash: keccak256(serializeTransaction(transaction)), privateKey: me.key })
  return serializeTransaction(transaction, signature)
}

const recipient = (index) => `0x${(0xa7011_0000 + (index % RECIPIENTS)).toString(16).padStart(40, '0')}`

const deployment = await signed(0, {
  gas: CREATE_GAS,
  data: Token.bytecode + me.address.slice(2).toLowerCase().padStart(64, '0') + (10n ** 18n).toString(16).padStart(64, '0'),
})

// Signed once and sent to both nodes: signing takes this script far longer than running takes the node.
const transfers = []

/** The first `count` transfers of tokens, after the deployment. */
async function transfersOf(count) {
  while (transfers.length < count) {
    const index = transfers.length
    // Signing many takes minutes. A connection that the node closed meanwhile must not be used again.
    if (index % BATCH === 0) await new Promise((resolve) => setTimeout(resolve))
    const data = encodeFunctionData({ abi: Token.abi, functionName: 'transfer', args: [recipient(index), 1n] })
    transfers.push(await signed(index + 1, { gas: MESSAGE_GAS, to: token, data }))
  }
  return transfers.slice(0, count)
}

/** A node under measurement. */
class Node {
  static async start(side) {
    const node = new Node()
    Object.assign(node, await start(side === 'ours' ? values.node : 'anvil', side === 'ours' ? ATOLL : ANVIL))
    node.sent = 0
    return node
  }

  async post(body) {
    const response = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.json()
  }

  async ask(method, ...params) {
    const { result, error } = await this.post({ jsonrpc: '2.0', id: 1, method, params })
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }

  async deploy() {
    const hash = await this.ask('eth_sendRawTransaction', deployment)
    const receipt = await this.receipt(hash)
    if (receipt.status !== '0x1' || receipt.contractAddress.toLowerCase() !== token.toLowerCase()) {
      throw new Error(`the token was not deployed: ${JSON.stringify(receipt)}`)
    }
    this.sent = 1
  }

  async receipt(hash) {
    for (const begun = performance.now(); performance.now() - begun < STALL_MS; ) {
      const receipt = await this.ask('eth_getTransactionReceipt', hash)
      if (receipt) return receipt
    }
    throw new Error(`no receipt of ${hash} within ${STALL_MS} ms`)
  }

  async mined() {
    return Number(await this.ask('eth_getTransactionCount', me.address, 'latest'))
  }

  /** Waits until `count` transactions are mined, or no more are; returns how many are. */
  async settle(count) {
    let mined = await this.mined()
    for (let since = performance.now(); mined < count && performance.now() - since < STALL_MS; ) {
      await new Promise((resolve) => setTimeout(resolve, 10))
      const now = await this.mined()
      if (now > mined) since = performance.now()
      mined = now
    }
    return mined
  }

  /** Sends transfers in batches, each after the answer to the one before; all of them must be mined. */
  async sendBatched(count) {
    const all = await transfersOf(count)
    for (let first = 0; first < count; first += BATCH) {
      const batch = all.slice(first, first + BATCH).map((raw, id) => ({
        jsonrpc: '2.0',
        id,
        method: 'eth_sendRawTransaction',
        params: [raw],
      }))
      const refused = (await this.post(batch)).find((answer) => answer.error)
      if (refused) throw new Error(`refused: ${JSON.stringify(refused.error)}`)
      // One that has stalled is asked to mine, so that it can be measured at all.
      if ((await this.settle(first + batch.length + 1)) < first + batch.length + 1) await this.ask('evm_mine')
    }
    if ((await this.settle(count + 1)) !== count + 1) throw new Error(`only ${await this.mined()} of ${count} mined`)
  }

  /** CPU milliseconds since the node began. */
  cpu() {
    const stat = readFileSync(`/proc/${this.pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * CPU_TICK_MS
  }

  memoryMib() {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]) / 1024
  }
}

/** The node's CPU milliseconds for each of `count` things done. */
async function cpuEach(node, count, work) {
  const before = node.cpu()
  await work()
  return (node.cpu() - before) / count
}

const size = (full, quick) => (values.quick ? quick : full)

// Each takes a fresh node and returns its figure; `better` says which way is better.
const WORKS = {
  start: {
    unit: 'ms to the first answer',
    better: 'less',
    rounds: 10,
    measure: async (node) => node.milliseconds,
  },
  'batched-erc20': {
    unit: 'CPU ms a transaction',
    better: 'less',
    async measure(node) {
      const count = size(5000, 500)
      await node.deploy()
      await transfersOf(count)
      return cpuEach(node, count, () => node.sendBatched(count))
    },
  },
  'erc20-with-receipt': {
    unit: 'CPU ms a transaction',
    better: 'less',
    async measure(node) {
      const count = size(1000, 100)
      await node.deploy()
      const all = await transfersOf(count)
      return cpuEach(node, count, async () => {
        for (const raw of all) {
          const receipt = await node.receipt(await node.ask('eth_sendRawTransaction', raw))
          if (receipt.status !== '0x1') throw new Error(`a transfer failed: ${JSON.stringify(receipt)}`)
        }
      })
    },
  },
  'eth-call': {
    unit: 'CPU ms a call',
    better: 'less',
    async measure(node) {
      const count = size(10_000, 1000)
      await node.deploy()
      const data = encodeFunctionData({ abi: Token.abi, functionName: 'balanceOf', args: [me.address] })
      return cpuEach(node, count, async () => {
        for (let i = 0; i < count; i++) {
          const balance = await node.ask('eth_call', { to: token, data }, 'latest')
          if (BigInt(balance) !== 10n ** 18n) throw new Error(`a balance of ${balance}`)
        }
      })
    },
  },
  'fast-sender': {
    unit: 'transactions mined of 2000 sent at once',
    better: 'more',
    rounds: 1,
    async measure(node) {
      const count = 2000
      await node.deploy()
      const all = await transfersOf(count)
      const socket = new WebSocket(node.url.replace('http', 'ws'))
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      const begun = performance.now()
      all.forEach((raw, id) =>
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'eth_sendRawTransaction', params: [raw] })),
      )
      const mined = (await node.settle(count + 1)) - 1
      console.error(`${mined} of ${count} mined after ${Math.round(performance.now() - begun)} ms`)
      socket.close()
      return mined
    },
  },
  memory: {
    unit: `MiB after ${size(100_000, 2000)} transactions`,
    better: 'less',
    rounds: 1,
    async measure(node) {
      await node.deploy()
      await node.sendBatched(size(100_000, 2000))
      return node.memoryMib()
    },
  },
}

async function once(side, work) {
  const node = await Node.start(side)
  try {
    return await work.measure(node)
  } finally {
    await node.stop()
  }
}

const round = (figure) => Math.round(figure * 1000) / 1000

for (const [name, work] of Object.entries(WORKS)) {
  if (values.only && values.only !== name) continue
  const figures = { ours: [], peer: [] }
  for (let i = 0; i < (values.quick ? 1 : work.rounds ?? 3); i++) {
    for (const side of ['ours', 'peer']) figures[side].push(await once(side, work))
  }
  const best = (side) => (work.better === 'less' ? Math.min(...figures[side]) : Math.max(...figures[side]))
  const [ours, peer] = [best('ours'), best('peer')]
  const ratio = work.better === 'less' ? peer / ours : ours / peer
  console.log(
    JSON.stringify({ work: name, unit: work.unit, ours: round(ours), peer: round(peer), peer_name: 'anvil 1.7.1', ratio: round(ratio) }),
  )
}
if (values.only && !WORKS[values.only]) throw new Error(`no such line; there are: ${Object.keys(WORKS).join(', ')}`)
