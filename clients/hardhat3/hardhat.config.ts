import { createRequire } from 'node:module'
import { join } from 'node:path'
import ignition from '@nomicfoundation/hardhat-ignition-viem'
import viem from '@nomicfoundation/hardhat-viem'
import { defineConfig } from 'hardhat/config'

const require = createRequire(import.meta.url)
const out = join(process.env.CLIENTS_SCRATCH!, 'hardhat3')

export default defineConfig({
  plugins: [ignition, viem],
  // The compiler comes from npm: Hardhat would download one.
  solidity: {
    version: '0.8.37',
    path: require.resolve('solc/soljson.js'),
    settings: { evmVersion: 'cancun', optimizer: { enabled: true } },
  },
  paths: {
    cache: join(out, 'cache'),
    artifacts: join(out, 'artifacts'),
  },
  networks: {
    live: { type: 'http', chainType: 'l1', url: process.env.CLIENTS_URL!, accounts: [process.env.CLIENTS_KEY!] },
  },
})
