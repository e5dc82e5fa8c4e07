// Foundry: forge create, forge script --broadcast, and cast.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { account, chainId, here, standIn, url } from '../lib/chain.mjs'
import { binary } from '../lib/node.mjs'
import { run } from '../lib/run.mjs'

const me = account(9)
// Whatever forge writes goes to a folder of this run: what an earlier node saw is no use.
const scratch = mkdtempSync(join(tmpdir(), 'clients-foundry-'))
const STRANGER = '0x00000000000000000000000000000000000a7012'
const keyed = ['--private-key', me.key]

const foundry = (program, ...args) =>
  run(binary(program), args, {
    cwd: here,
    env: {
      ETH_RPC_URL: url,
      FOUNDRY_OUT: join(scratch, 'out'),
      FOUNDRY_CACHE_PATH: join(scratch, 'cache'),
      FOUNDRY_BROADCAST: join(scratch, 'broadcast'),
    },
  })
const cast = (...args) => foundry('cast', ...args)
const json = async (...args) => JSON.parse(await cast(...args, '--json'))

// Forge takes gas limits from a machine of its own, whose unit is Ethereum's. On Filecoin one has it ask the
// node instead, or multiplies.
const ASK_THE_NODE = standIn ? [] : ['--skip-simulation']
const MULTIPLIED = standIn ? ['-g', '150'] : ['-g', '20000']

let counter
before(async () => {
  const made = JSON.parse(
    await foundry('forge', 'create', 'contracts/Counter.sol:Counter', '--broadcast', '--json', ...keyed, '--constructor-args', '4'),
  )
  counter = made.deployedTo
})

test('forge create deployed a contract', async () => {
  assert.equal(await cast('call', counter, 'number()(uint256)'), '4')
  assert.ok((await cast('code', counter)).length > 2)
})

test('forge script --broadcast: five transactions, each with its receipt', async () => {
  const before = BigInt(await cast('balance', STRANGER.replace('12', '11')))
  await foundry('forge', 'script', 'script/Deploy.s.sol', '--broadcast', ...ASK_THE_NODE, '--rpc-url', url, ...keyed)
  const log = join(scratch, 'broadcast', 'Deploy.s.sol', String(chainId), 'run-latest.json')
  const { transactions, receipts } = JSON.parse(readFileSync(log, 'utf8'))
  assert.equal(transactions.length, 5)
  assert.deepEqual(receipts.map((receipt) => receipt.status), Array(5).fill('0x1'))
  const made = transactions.find((transaction) => transaction.contractName === 'Counter')
  assert.equal(await cast('call', made.contractAddress, 'number()(uint256)'), '15')
  assert.equal(await cast('balance', made.contractAddress), '5')
  assert.equal(BigInt(await cast('balance', STRANGER.replace('12', '11'))), before + 1n)
})

test('forge script with a gas multiplier, one transaction at a time', async () => {
  await foundry('forge', 'script', 'script/Deploy.s.sol', '--broadcast', '--slow', ...MULTIPLIED, '--rpc-url', url, ...keyed)
})

test('cast send: value, call, deployment, legacy', async () => {
  const sent = await json('send', STRANGER, '--value', '1ether', ...keyed)
  assert.equal(sent.status, '0x1')
  const called = await json('send', counter, 'add(uint256)', '6', '--value', '9', ...keyed)
  assert.equal(called.status, '0x1')
  assert.equal(called.logs.length, 1)
  assert.equal(await cast('balance', counter), '9')
  const legacy = await json('send', counter, 'increment()', '--legacy', ...keyed)
  assert.equal(legacy.type, '0x0')
  await assert.rejects(cast('send', counter, 'add(uint256)', '500', ...keyed), /TooFar|revert/)
})

test('cast estimate, call with a trace, access-list, storage, nonce, chain, block, receipt, tx', async () => {
  assert.ok(Number(await cast('estimate', counter, 'increment()', '--from', me.address)) > 0)
  const slot = BigInt(await cast('storage', counter, '0'))
  assert.equal(String(slot), await cast('call', counter, 'number()(uint256)'))
  assert.ok(Number(await cast('nonce', me.address)) > 0)
  assert.equal(Number(await cast('chain-id')), chainId)
  assert.ok(Number(await cast('block-number')) > 0)
  assert.ok(BigInt(await cast('gas-price')) > 0n)
  assert.ok(await cast('client'))
  const { transactionHash, blockHash } = await json('send', counter, 'increment()', ...keyed)
  assert.equal((await json('receipt', transactionHash)).blockHash, blockHash)
  assert.equal((await json('tx', transactionHash)).hash, transactionHash)
  assert.equal((await json('block', blockHash)).hash, blockHash)
  await cast('access-list', counter, 'increment()', '--from', me.address)
  await assert.rejects(cast('call', counter, 'refuse()'), /refused on purpose/)
})

test('cast run replays a transaction and shows its trace', async () => {
  const { transactionHash } = await json('send', counter, 'increment()', ...keyed)
  const trace = await cast('run', transactionHash, '--quick')
  assert.match(trace, /Transaction successfully executed|\[Stop\]|\[Return\]/)
  await cast('run', transactionHash)
})

test('cast logs', async () => {
  const { blockNumber, transactionHash } = await json('send', counter, 'increment()', ...keyed)
  const logs = await json(
    'logs', '--from-block', String(Number(blockNumber)), '--address', counter, 'Changed(address indexed,uint256)', me.address,
  )
  assert.deepEqual(logs.map((log) => log.transactionHash), [transactionHash])
})

test('cast proof', async () => {
  const proof = await json('proof', counter, '0x0000000000000000000000000000000000000000000000000000000000000000')
  assert.equal(proof.address.toLowerCase(), counter.toLowerCase())
  assert.equal(proof.storageProof.length, 1)
  assert.ok(proof.accountProof.length > 0)
})

test('cast mktx and publish, cast rpc, find-block, age', async () => {
  const raw = await cast('mktx', STRANGER, '--value', '1', ...keyed)
  const published = JSON.parse(await cast('publish', raw))
  assert.equal(published.status, '0x1')
  assert.equal(JSON.parse(await cast('rpc', 'eth_chainId')), `0x${chainId.toString(16)}`)
  await cast('age', 'latest')
  await cast('find-block', String(Math.floor(Date.now() / 1000)))
})
