// web3.py, in a process of its own.
import { spawnSync } from 'node:child_process'
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { account, contracts, here, url, wsUrl } from '../lib/chain.mjs'

const python = process.env.CLIENTS_PYTHON

test('web3.py', { skip: !python && 'CLIENTS_PYTHON names no Python with web3' }, () => {
  const run = spawnSync(python, [join(here, 'suites', 'web3py.py')], {
    input: JSON.stringify({ url, wsUrl, key: account(4).key, counter: contracts().Counter }),
    encoding: 'utf8',
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  assert.equal(run.status, 0)
})
