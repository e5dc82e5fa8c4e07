// The schema of Ethereum's JSON-RPC API, from ethereum/execution-apis.
//
// npm carries a copy of it within MetaMask's API specification, which is a little old. Whoever has a checkout
// of execution-apis names it in CLIENTS_EXECUTION_APIS, and that is used instead.
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import Ajv from 'ajv'
import { parse } from 'yaml'

const ref = (name) => ({ $ref: `#/components/schemas/${name}` })
const list = (items) => ({ type: 'array', items })
const nullable = (schema) => ({ oneOf: [{ type: 'null' }, schema] })
const record = (properties) => ({ type: 'object', required: Object.keys(properties), properties })

// Fields that execution-apis allows today, and npm's copy does not know yet.
const NEWER_FIELDS = {
  Block: { requestsHash: ref('hash32') },
  Log: { blockTimestamp: ref('uint') },
}

// Methods of execution-apis that npm's copy leaves out, described by means of its schemas.
const NEWER_METHODS = {
  debug_getRawBlock: ref('bytes'),
  debug_getRawHeader: ref('bytes'),
  debug_getRawReceipts: list(ref('bytes')),
  debug_getRawTransaction: ref('bytes'),
  debug_traceBlockByHash: list({ type: 'object', required: ['txHash', 'result'] }),
  debug_traceBlockByNumber: list({ type: 'object', required: ['txHash', 'result'] }),
  debug_traceTransaction: { type: 'object' },
  eth_createAccessList: record({ accessList: ref('AccessList'), gasUsed: ref('uint') }),
  eth_fillTransaction: record({ raw: ref('bytes'), tx: { type: 'object' } }),
  eth_getBlockReceipts: nullable(list(ref('ReceiptInfo'))),
  eth_maxPriorityFeePerGas: ref('uint'),
  eth_sign: ref('bytes65'),
  eth_simulateV1: list({
    type: 'object',
    required: ['calls', 'hash', 'number', 'gasUsed', 'baseFeePerGas'],
    properties: {
      calls: list({
        type: 'object',
        required: ['returnData', 'logs', 'gasUsed', 'status'],
        properties: { returnData: ref('bytes'), logs: list(ref('Log')), gasUsed: ref('uint'), status: ref('uint') },
      }),
    },
  }),
  net_version: { type: 'string', pattern: '^(0|[1-9][0-9]*)$' },
  txpool_content: record({ pending: { type: 'object' }, queued: { type: 'object' } }),
  txpool_contentFrom: record({ pending: { type: 'object' }, queued: { type: 'object' } }),
  txpool_status: record({ pending: ref('uint'), queued: ref('uint') }),
}

/** The specification of a checkout: each file of schemas is a map, each file of methods a list. */
function fromCheckout(folder) {
  const read = (path) =>
    readdirSync(join(folder, 'src', path))
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => parse(readFileSync(join(folder, 'src', path, file), 'utf8')))
  return {
    schemas: Object.assign({}, ...read('schemas')),
    results: Object.fromEntries(
      ['eth', 'debug', 'txpool'].flatMap((path) => read(path).flat().map((method) => [method.name, method.result.schema])),
    ),
  }
}

function fromNpm() {
  const spec = createRequire(import.meta.url)('@metamask/api-specs/dist/build/openrpc.json')
  // Today's specification lets a block have fields of its chain's own.
  delete spec.components.schemas.Block.additionalProperties
  for (const [schema, fields] of Object.entries(NEWER_FIELDS)) {
    Object.assign(spec.components.schemas[schema].properties, fields)
  }
  const results = Object.fromEntries(spec.methods.map((method) => [method.name, method.result?.schema]))
  return { schemas: spec.components.schemas, results: { ...results, ...NEWER_METHODS } }
}

/** Makes all references absolute, so that a method's schema finds the components. */
function absolute(schema) {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"spec#/components/'))
}

/** Returns `check(method, result)`, which names what is wrong with a result, or null. */
export function checker() {
  const checkout = process.env.CLIENTS_EXECUTION_APIS
  const { schemas, results } = checkout ? fromCheckout(checkout) : fromNpm()
  // An empty list is a list of hashes and a list of logs: "one of" would refuse it.
  const { FilterResults } = schemas
  schemas.FilterResults = { anyOf: FilterResults.oneOf ?? FilterResults.anyOf }
  const ajv = new Ajv({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'spec', components: { schemas: absolute(schemas) } })
  const compiled = new Map()
  return (method, result) => {
    if (!results[method]) return `${method} is not in the specification`
    if (!compiled.has(method)) compiled.set(method, ajv.compile(absolute(results[method])))
    const valid = compiled.get(method)
    if (valid(result)) return null
    return valid.errors.map((error) => `${method}${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`).join('\n')
  }
}
