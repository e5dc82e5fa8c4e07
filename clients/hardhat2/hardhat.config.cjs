require('@nomicfoundation/hardhat-ethers')
require('@nomicfoundation/hardhat-ignition-ethers')
const { subtask } = require('hardhat/config')
const { TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD } = require('hardhat/builtin-tasks/task-names')
const { join } = require('node:path')
const solc = require('solc')

const version = solc.version().split('+')[0]

// The compiler comes from npm: Hardhat would download one.
subtask(TASK_COMPILE_SOLIDITY_GET_SOLC_BUILD, async () => ({
  compilerPath: require.resolve('solc/soljson.js'),
  isSolcJs: true,
  version,
  longVersion: solc.version(),
}))

const out = join(process.env.CLIENTS_SCRATCH, 'hardhat2')

module.exports = {
  solidity: { version, settings: { evmVersion: 'cancun', optimizer: { enabled: true } } },
  paths: {
    cache: join(out, 'cache'),
    artifacts: join(out, 'artifacts'),
  },
  // Without keys, as a new project has it: the node's own accounts sign.
  networks: { node: { url: process.env.CLIENTS_URL } },
}
