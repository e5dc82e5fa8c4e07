// Runs the suites against a node.
//
//   node run.mjs --node PATH   starts PATH (an `atoll`) on a free port and stops it at the end
//   node run.mjs --anvil       starts anvil instead: a stand-in, to see that a suite is right
//   node run.mjs --url URL     talks to a node that is already there
//
// and then, if only some suites are wanted, their names.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { here, start } from './lib/node.mjs'

const TEST_SECONDS_MAX = 300

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { node: { type: 'string' }, anvil: { type: 'boolean' }, url: { type: 'string' } },
})

const names = readdirSync(join(here, 'suites'))
  .filter((file) => file.endsWith('.test.mjs'))
  .map((file) => file.replace('.test.mjs', ''))
const unknown = positionals.filter((name) => !names.includes(name))
if (unknown.length > 0) throw new Error(`no suite ${unknown.join(', ')}; there are: ${names.join(', ')}`)

const node = values.url ? { url: values.url, stop() {} } : await start(values.anvil ? 'anvil' : values.node)
let code = 1
try {
  const answer = await fetch(node.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
  })
  const { result } = await answer.json()
  const venv = join(here, '.venv', 'bin', 'python')
  const env = {
    ...process.env,
    CLIENTS_URL: node.url,
    CLIENTS_CHAIN_ID: String(Number(result)),
    CLIENTS_STAND_IN: values.anvil ? 'anvil' : '',
    CLIENTS_PYTHON: process.env.CLIENTS_PYTHON ?? (existsSync(venv) ? venv : ''),
  }
  const files = (positionals.length > 0 ? positionals : names).map((name) => join(here, 'suites', `${name}.test.mjs`))
  // One at a time: suites share a node, and some of them change its mining or its time.
  const args = ['--test', '--test-concurrency=1', `--test-timeout=${TEST_SECONDS_MAX * 1000}`, '--test-reporter=spec', ...files]
  const tests = spawn(process.execPath, args, { env, cwd: here, stdio: 'inherit' })
  code = await new Promise((resolve) => tests.on('exit', (status) => resolve(status ?? 1)))
} finally {
  await node.stop()
}
process.exit(code)
