#!/usr/bin/env node
// npm's solc with the command line of the native one, as far as forge uses it: its version, and
// standard JSON from standard input. No registry carries a native compiler.
const { readFileSync } = require('node:fs')
const solc = require('solc')

const options = process.argv.slice(2)
if (options.includes('--version')) {
  console.log(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}`)
} else if (options.includes('--standard-json')) {
  process.stdout.write(solc.compile(readFileSync(0, 'utf8')))
} else {
  console.error(`this stand-in for solc knows --version and --standard-json, not: ${options.join(' ')}`)
  process.exitCode = 1
}
