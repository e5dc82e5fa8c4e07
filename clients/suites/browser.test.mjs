// A page and a wallet in headless Chromium, served from another origin than the node's.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { verifyMessage } from 'viem'
import { account, chainId, contracts, here, rpc, url } from '../lib/chain.mjs'

// The order of preference; Debian's packages put them there.
const PROGRAMS = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/google-chrome']
const program = process.env.CLIENTS_CHROMIUM ?? PROGRAMS.find((path) => existsSync(path))
const PATIENCE_MS = 60_000
const me = account(6)

/** Serves the page from a port of its own, so that every request to the node crosses origins. */
async function serve(script) {
  const given = { rpcUrl: url, chainId, key: me.key, counter: contracts().Counter }
  const fields = ['state', 'wallet', 'chain', 'account', 'balance', 'block', 'contract', 'receipt', 'number', 'refusal', 'signature']
  const html = `<!doctype html><meta charset="utf-8"><title>dapp</title><link rel="icon" href="data:,">
    <dl>${fields.map((field) => `<dt>${field}<dd id="${field}">`).join('')}</dl>
    <script>window.given = ${JSON.stringify(given)}</script><script type="module" src="/page.js"></script>`
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    response.end(isScript ? script : html)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, address: `http://127.0.0.1:${server.address().port}/` }
}

test('a page adds the network, connects, deploys, sends and sees its receipt', {
  skip: !program && 'no Chromium; Debian has it as chromium-headless-shell',
}, async () => {
  const bundle = await build({
    entryPoints: [join(here, 'browser', 'page.mjs')],
    bundle: true,
    format: 'esm',
    write: false,
    define: { global: 'globalThis' },
    inject: [join(here, 'browser', 'globals.mjs')],
    // Named by a package that uses them in Node only.
    external: ['http', 'https', 'zlib', 'util', 'url'],
    logLevel: 'error',
  })
  const { server, address } = await serve(bundle.outputFiles[0].text)
  // Chromium's sandbox needs a user other than root, which CI has not.
  const browser = await chromium.launch({ executablePath: program, args: ['--no-sandbox'] })
  const complaints = []
  try {
    const page = await browser.newPage()
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(address)
    await page.waitForFunction(() => document.getElementById('state').textContent !== '', null, { timeout: PATIENCE_MS })
    const text = (id) => page.textContent(`#${id}`)
    assert.equal(await text('state'), 'done', complaints.join('\n'))
    assert.equal(await text('wallet'), 'Test wallet')
    assert.equal(Number(await text('chain')), chainId)
    assert.equal((await text('account')).toLowerCase(), me.address.toLowerCase())
    assert.ok(BigInt(await text('balance')) > 0n)
    assert.equal(await text('number'), '42')
    assert.equal(await text('refusal'), 'TooFar')
    const shown = JSON.parse(await text('receipt'))
    assert.equal(shown.status, 1)
    const receipt = await rpc('eth_getTransactionReceipt', shown.hash)
    assert.equal(Number(receipt.blockNumber), shown.block)
    assert.equal(receipt.to.toLowerCase(), (await text('contract')).toLowerCase())
    const signature = await text('signature')
    assert.ok(await verifyMessage({ address: me.address, message: 'seen in a browser', signature }))
    assert.deepEqual(complaints.filter((complaint) => /CORS|blocked/i.test(complaint)), [])
  } finally {
    await browser.close()
    server.close()
  }
})
