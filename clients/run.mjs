// Runs the suites against a node.
//
//   node run.mjs --node PATH   starts PATH (an `atoll`) on a free port for each suite, and stops it after it
//   node run.mjs --anvil       starts anvil instead: a stand-in, to see that a suite is right
//   node run.mjs --url URL     talks to a node that is already there
//
// and then, if only some suites are wanted, their names. `--reporter dot` says less.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { here, start } from './lib/node.mjs'

const TEST_SECONDS_MAX = 300

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    node: { type: 'string' },
    anvil: { type: 'boolean' },
    url: { type: 'string' },
    reporter: { type: 'string', default: 'spec' },
  },
})

const names = readdirSync(join(here, 'suites'))
  .filter((file) => file.endsWith('.test.mjs'))
  .map((file) => file.replace('.test.mjs', ''))
const unknown = positionals.filter((name) => !names.includes(name))
if (unknown.length > 0) throw new Error(`no suite ${unknown.join(', ')}; there are: ${names.join(', ')}`)

/** Runs a suite against a node; returns whether it passed. */
async function passes(suite, { url, pid }) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}',
  })
  const { result } = await answer.json()
  const venv = join(here, '.venv', 'bin', 'python')
  const env = {
    ...process.env,
    CLIENTS_URL: url,
    CLIENTS_PID: pid ? String(pid) : '',
    CLIENTS_CHAIN_ID: String(Number(result)),
    CLIENTS_STAND_IN: values.anvil ? 'anvil' : '',
    CLIENTS_PYTHON: process.env.CLIENTS_PYTHON ?? (existsSync(venv) ? venv : ''),
  }
  const args = ['--test', `--test-timeout=${TEST_SECONDS_MAX * 1000}`, `--test-reporter=${values.reporter}`, join(here, 'suites', `${suite}.test.mjs`)]
  const tests = spawn(process.execPath, args, { env, cwd: here, stdio: 'inherit' })
  return (await new Promise((resolve) => tests.on('exit', resolve))) === 0
}

const failed = []
for (const suite of positionals.length > 0 ? positionals : names) {
  console.log(`\n${suite}`)
  // A node for each: some suites change its mining or its time.
  const node = values.url ? { url: values.url, stop() {} } : await start(values.anvil ? 'anvil' : values.node)
  try {
    if (!(await passes(suite, node))) failed.push(suite)
  } finally {
    await node.stop()
  }
}
if (failed.length > 0) console.error(`\nfailed: ${failed.join(', ')}`)
process.exit(failed.length > 0 ? 1 : 0)
