// A project of Hardhat 3: a script with viem and ignition, and a deployment with ignition that is resumed.
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { account, here, lendContracts } from '../lib/chain.mjs'
import { run } from '../lib/run.mjs'

const folder = join(here, 'hardhat3')
const require = createRequire(join(folder, 'package.json'))
const program = join(dirname(require.resolve('hardhat/package.json')), 'dist', 'src', 'cli.js')
const scratch = mkdtempSync(join(tmpdir(), 'clients-hardhat3-'))
// Ignition remembers what it deployed: on another node, with the same chain id, that is not there.
rmSync(join(folder, 'ignition', 'deployments'), { recursive: true, force: true })
lendContracts(folder)

const hardhat = (...args) =>
  // One profile for all, so that the contracts are compiled once: ignition asks for this one.
  run(process.execPath, [program, ...args, '--build-profile', 'production', '--network', 'live'], {
    cwd: folder,
    env: { CLIENTS_SCRATCH: scratch, CLIENTS_KEY: account(3).key, HARDHAT_IGNITION_CONFIRM_DEPLOYMENT: 'false', CI: 'true' },
  })

test('hardhat run: viem and ignition in a script', async () => {
  assert.match(await hardhat('run', 'test.ts'), /all is well/)
})

test('hardhat ignition deploy, and again: nothing is left to do', async () => {
  const deploy = () =>
    hardhat('ignition', 'deploy', 'ignition/modules/System.ts', '--deployment-id', 'twice')
  assert.match(await deploy(), /System#Proxy - 0x/)
  assert.match(await deploy(), /Nothing new to deploy|no new|previously deployed/i)
})
