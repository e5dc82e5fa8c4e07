// A project of Hardhat 2: its tests on the node, and a deployment with ignition that is resumed.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { here, lendContracts } from '../lib/chain.mjs'
import { run } from '../lib/run.mjs'

const folder = join(here, 'hardhat2')
const require = createRequire(join(folder, 'package.json'))
const program = join(dirname(require.resolve('hardhat/package.json')), 'internal', 'cli', 'bootstrap.js')
const scratch = mkdtempSync(join(tmpdir(), 'clients-hardhat2-'))
// Ignition remembers what it deployed: on another node, with the same chain id, that is not there.
rmSync(join(folder, 'ignition', 'deployments'), { recursive: true, force: true })
lendContracts(folder)

const hardhat = (...args) =>
  run(process.execPath, [program, '--network', 'node', ...args], {
    cwd: folder,
    env: { CLIENTS_SCRATCH: scratch, HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true', HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'false' },
  })

test('hardhat test', async () => {
  assert.match(await hardhat('test'), /5 passing/)
})

test('hardhat ignition deploy, and again: nothing is left to do', async () => {
  const deploy = () =>
    hardhat('ignition', 'deploy', 'ignition/modules/System.cjs', '--deployment-id', 'twice')
  assert.match(await deploy(), /System#Proxy - 0x/)
  assert.match(await deploy(), /Nothing new to deploy|no new|previously deployed/i)
})
