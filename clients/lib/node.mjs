// Starts a node to be tested, and stops it.
import { spawn } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const here = dirname(dirname(fileURLToPath(import.meta.url)))

const START_SECONDS_MAX = 60

/** A port of the loopback interface that nobody listens on. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** A program of Foundry's: `anvil`, `forge` or `cast`. npm carries it in a package for each platform. */
export function binary(name) {
  const require = createRequire(import.meta.url)
  const arch = { x64: 'amd64', arm64: 'arm64' }[process.arch]
  const from = `@foundry-rs/${name}-${process.platform}-${arch}`
  try {
    return join(dirname(require.resolve(`${from}/package.json`)), 'bin', name)
  } catch {
    throw new Error(`${name} is not installed; package.json has it for 64-bit Linux only: add ${from}`)
  }
}

/** The command line that starts a node: `anvil`, or a path of `atoll`. */
export function commandLine(which, port, extra = []) {
  if (!which) throw new Error('name a node: --node PATH, --anvil or --url URL')
  return which === 'anvil'
    ? [binary('anvil'), '--port', String(port), ...extra]
    : [which, 'node', '--port', String(port), ...extra]
}

/** Asks until there is an answer; returns the milliseconds that it took since `begun`. */
export async function untilAnswered(url, begun, alive) {
  const body = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}'
  while (performance.now() - begun < START_SECONDS_MAX * 1000) {
    try {
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      await answer.json()
      return performance.now() - begun
    } catch {
      alive()
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
  throw new Error(`no answer from ${url} within ${START_SECONDS_MAX} seconds`)
}

/** Ends a child and waits until it has. */
function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill()
  })
}

/** Starts a node on a free port. Its output goes to a file, which is shown if it stops too early. */
export async function start(which, extra = []) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const [program, ...args] = commandLine(which, port, extra)
  const log = join(mkdtempSync(join(tmpdir(), 'clients-')), 'node.log')
  const output = openSync(log, 'w')
  const begun = performance.now()
  const child = spawn(program, args, { stdio: ['ignore', output, output] })
  const failed = (why) => new Error(`${program} ${why}; its output:\n${readFileSync(log, 'utf8').slice(-4000)}`)
  let trouble
  child.on('error', (error) => (trouble = failed(error.message)))
  child.on('exit', (code, signal) => (trouble = failed(`stopped (${signal ?? code})`)))
  const milliseconds = await untilAnswered(url, begun, () => {
    if (trouble) throw trouble
  })
  return { url, log, pid: child.pid, milliseconds, stop: () => stopped(child) }
}
