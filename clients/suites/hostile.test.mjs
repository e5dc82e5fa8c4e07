// Clients that mean no good, at full size, with no library between. (`crates/rpc/tests` has the small cases, and
// wrong types for every parameter.) After each, the node answers others, and its memory is bounded.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { request, rpc, standIn, url, wsUrl } from '../lib/chain.mjs'

const { hostname, port } = new URL(url)
const IDLE_SOCKETS = 10_000
const BODY_BYTES = 100 << 20
const MEMORY_BYTES_MAX = 1 << 30

/** What the node holds, if it runs here; a node elsewhere is not looked at. */
function memory() {
  const pid = process.env.CLIENTS_PID
  if (!pid) return undefined
  const [, kilobytes] = readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)
  return Number(kilobytes) * 1024
}

async function stillWell() {
  assert.match(await rpc('eth_chainId'), /^0x/)
  const held = memory()
  assert.ok(held === undefined || held < MEMORY_BYTES_MAX, `the node has held ${held} bytes`)
}

const open = () =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) })
    socket.once('connect', () => resolve(socket))
    socket.once('error', reject)
  })

const post = (body) => fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })

/** Sends a body in pieces, until the node has had enough; returns what it said. */
async function pour(head, piece, bytes) {
  const socket = await open()
  let answer = ''
  let closed = false
  const end = new Promise((resolve) => socket.once('close', resolve)).then(() => (closed = true))
  socket.on('data', (data) => (answer += data))
  // It may be cut off while it still sends.
  socket.on('error', () => {})
  socket.write(head)
  for (let sent = 0; sent < bytes && !closed; sent += piece.length) {
    if (!socket.write(piece)) await Promise.race([end, new Promise((resolve) => socket.once('drain', resolve))])
  }
  socket.end()
  await end
  return answer
}

test('hostile clients', { skip: standIn && 'anvil takes bodies of any size' }, async (t) => {
  await t.test('a body of 100 MB is refused', async () => {
    const head = `POST / HTTP/1.1\r\nhost: ${hostname}\r\nconnection: close\r\ncontent-length: ${BODY_BYTES}\r\n\r\n`
    const answer = await pour(head, Buffer.alloc(1 << 20, ' '), BODY_BYTES)
    // A client that goes on sending may find the connection closed before it has read why.
    assert.match(answer, /^(HTTP\/1.1 413[^]*"code":-32005|$)/)
    await stillWell()
  })

  await t.test('ten bodies of 100 MB at the same time', async () => {
    const head = `POST / HTTP/1.1\r\nhost: ${hostname}\r\ntransfer-encoding: chunked\r\n\r\n`
    const piece = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20, ' '), Buffer.from('\r\n')])
    await Promise.all(Array.from({ length: 10 }, () => pour(head, piece, BODY_BYTES)))
    await stillWell()
  })

  await t.test('a WebSocket message of 100 MB ends its connection', async () => {
    const socket = new WebSocket(wsUrl)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const ended = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    socket.send('['.padEnd(BODY_BYTES, ' '))
    await ended
    await stillWell()
  })

  await t.test('a batch of a million requests, and one nested a million deep', async () => {
    const one = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
    const batch = `[${Array(400_000).fill(one).join(',')}]`
    assert.equal((await (await post(batch)).json()).error.code, -32005)
    const zeros = `[${Array(1_000_000).fill(0).join(',')}]`
    assert.equal((await (await post(zeros)).json()).error.code, -32005)
    const deep = `{"jsonrpc":"2.0","id":1,"method":"eth_call","params":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`
    assert.ok((await (await post(deep)).json()).error)
    await stillWell()
  })

  await t.test('a batch that asks for much', async () => {
    const block = (await rpc('eth_getBlockByNumber', 'latest', true)).number
    const one = { jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: [block, true] }
    const answers = await (await post(JSON.stringify(Array(10_000).fill(one)))).json()
    assert.equal(answers.length, 10_000)
    await stillWell()
  })

  await t.test('10,000 idle sockets', async () => {
    const sockets = []
    const forgotten = () => {}
    try {
      for (let opened = 0; opened < IDLE_SOCKETS; opened += 500) {
        const more = await Promise.all(Array.from({ length: 500 }, open))
        for (const socket of more) sockets.push(socket.on('error', forgotten))
      }
      await stillWell()
      for (const socket of sockets.slice(0, 1000)) socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n{')
      await stillWell()
    } finally {
      for (const socket of sockets) socket.destroy()
    }
    await stillWell()
  })

  await t.test('a loop without end in a call', async () => {
    // JUMPDEST PUSH1 0 JUMP
    const endless = { to: '0x00000000000000000000000000000000000a7014', data: '0x' }
    const calls = Array.from({ length: 8 }, () =>
      request('eth_call', [endless, 'latest', { [endless.to]: { code: '0x5b600056' } }]),
    )
    for (const { error } of await Promise.all(calls)) assert.match(error.message, /gas/)
    await stillWell()
  })
})
