// What a suite knows of the node it talks to. `run.mjs` sets the environment.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mnemonicToAccount } from 'viem/accounts'
import { defineChain, toHex } from 'viem'
import { compile } from './solc.mjs'

export const here = dirname(dirname(fileURLToPath(import.meta.url)))

const fromEnvironment = (name) => {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set: start suites with run.mjs`)
  return value
}

export const url = fromEnvironment('CLIENTS_URL')
export const wsUrl = url.replace(/^http/, 'ws')
export const filecoinUrl = new URL('/rpc/v1', url).href
export const chainId = Number(fromEnvironment('CLIENTS_CHAIN_ID'))

/** Is anvil tested, instead of the node? Suites are developed against it, and know where it errs. */
export const standIn = process.env.CLIENTS_STAND_IN === 'anvil'

/** Why a test of what only Filecoin has is left out, or false. */
export const onlyFilecoin = standIn && 'anvil is no Filecoin node'

// The words of anvil, Hardhat and Foundry; a node under test funds their first ten accounts.
export const MNEMONIC = 'test test test test test test test test test test test junk'

/** A funded account. Each suite takes another, so that none meets the nonces of another. */
export function account(index) {
  const account = mnemonicToAccount(MNEMONIC, { addressIndex: index })
  return { address: account.address, key: toHex(account.getHdKey().privateKey), account }
}

export const chain = defineChain({
  id: chainId,
  name: 'node under test',
  nativeCurrency: { name: 'Filecoin', symbol: 'FIL', decimals: 18 },
  rpcUrls: { default: { http: [url], webSocket: [wsUrl] } },
})

/** The contracts of `contracts/`, compiled once for each state of their sources. */
export function contracts() {
  const folder = join(here, 'contracts')
  const hash = createHash('sha256')
  for (const file of readdirSync(folder).sort()) hash.update(readFileSync(join(folder, file)))
  const kept = join(here, 'out', `contracts-${hash.digest('hex').slice(0, 16)}.json`)
  try {
    return JSON.parse(readFileSync(kept, 'utf8'))
  } catch {
    const made = compile(folder)
    mkdirSync(dirname(kept), { recursive: true })
    writeFileSync(kept, JSON.stringify(made))
    return made
  }
}

/** Gives a Hardhat project the contracts that it uses: it compiles nothing that lies outside its folder. */
export function lendContracts(project) {
  for (const name of ['Counter.sol', 'Token.sol', 'Upgrades.sol']) {
    cpSync(join(here, 'contracts', name), join(project, 'contracts', name))
  }
}

let requests = 0

/** One JSON-RPC request without any client between; returns the whole answer. */
export async function request(method, params = [], at = url) {
  const response = await fetch(at, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: ++requests, method, params }),
  })
  return response.json()
}

/** The result of one JSON-RPC request; an error if it is one. */
export async function rpc(method, ...params) {
  const answer = await request(method, params)
  if (answer.error) throw new Error(`${method}: ${JSON.stringify(answer.error)}`)
  return answer.result
}
