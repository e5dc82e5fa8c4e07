// Compiles Solidity with the compiler that npm carries: nothing is downloaded but packages.
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const require = createRequire(import.meta.url)
const solc = require('solc')

// What the chain's EVM has: everything up to Cancun but blobs.
export const EVM_VERSION = 'cancun'

/** Compiles a folder of sources; returns `{ name: { abi, bytecode } }`. */
export function compile(folder) {
  const sources = {}
  for (const file of readdirSync(folder)) {
    sources[file] = { content: readFileSync(join(folder, file), 'utf8') }
  }
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources,
        settings: {
          evmVersion: EVM_VERSION,
          optimizer: { enabled: true },
          outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
        },
      }),
      { import: (path) => ({ contents: readFileSync(require.resolve(path), 'utf8') }) },
    ),
  )
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error')
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join('\n'))
  const contracts = {}
  for (const file of Object.keys(sources)) {
    for (const [name, { abi, evm }] of Object.entries(output.contracts[file] ?? {})) {
      contracts[name] = { abi, bytecode: `0x${evm.bytecode.object}` }
    }
  }
  return contracts
}
