// A browser wallet: what MetaMask's extension puts into a page, made of MetaMask's own packages.
//
// Requests pass the same middleware as in the extension, and leave the page by `fetch`, so that the node's
// CORS answers are what decides, as they do for Remix or an extension's popup.
import { PollingBlockTracker } from '@metamask/eth-block-tracker'
import {
  createBlockCacheMiddleware,
  createBlockRefMiddleware,
  createBlockRefRewriteMiddleware,
  createBlockTrackerInspectorMiddleware,
  createFetchMiddleware,
  createInflightCacheMiddleware,
  createRetryOnEmptyMiddleware,
  createWalletMiddleware,
} from '@metamask/eth-json-rpc-middleware'
import { providerFromEngine, providerFromMiddleware } from '@metamask/eth-json-rpc-provider'
import { JsonRpcEngine } from '@metamask/json-rpc-engine'
import { createWalletClient, custom, defineChain } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

/** The transport: one HTTP request for each, as MetaMask's RPC service sends it. */
const rpcServiceAt = (url) => ({
  async request(request, options) {
    const response = await fetch(url, {
      ...options,
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
      body: JSON.stringify(request),
    })
    return response.json()
  },
})

/** The pipeline to one network, in the order of MetaMask's network client. */
function connect(url, account) {
  const network = createFetchMiddleware({ rpcService: rpcServiceAt(url) })
  const direct = providerFromMiddleware(network)
  const blockTracker = new PollingBlockTracker({ provider: direct, pollingInterval: 300 })
  const engine = new JsonRpcEngine()
  engine.push(
    createWalletMiddleware({
      getAccounts: async () => [account.address],
      processTransaction: async ({ from: _, gas, gasLimit, ...transaction }) => {
        const chain = defineChain({
          id: Number(await direct.request({ method: 'eth_chainId', params: [] })),
          name: 'added',
          nativeCurrency: { name: 'Filecoin', symbol: 'FIL', decimals: 18 },
          rpcUrls: { default: { http: [url] } },
        })
        const client = createWalletClient({ account, chain, transport: custom(direct) })
        return client.sendTransaction({
          to: transaction.to,
          data: transaction.data ?? transaction.input,
          value: transaction.value === undefined ? undefined : BigInt(transaction.value),
          gas: gas ?? gasLimit ? BigInt(gas ?? gasLimit) : undefined,
        })
      },
      processPersonalMessage: async ({ data }) => account.signMessage({ message: { raw: data } }),
    }),
  )
  engine.push(createBlockCacheMiddleware({ blockTracker }))
  engine.push(createInflightCacheMiddleware())
  engine.push(createBlockRefMiddleware({ blockTracker, provider: direct }))
  engine.push(createRetryOnEmptyMiddleware({ blockTracker, provider: direct }))
  engine.push(createBlockTrackerInspectorMiddleware({ blockTracker }))
  engine.push(network)
  return { provider: providerFromEngine(engine), direct, blockTracker }
}

/** An EIP-1193 provider that knows no network until it is told of one (EIP-3085). */
export class Wallet {
  constructor(key) {
    this.account = privateKeyToAccount(key)
    this.listeners = {}
    this.connected = false
  }

  on(event, listener) {
    ;(this.listeners[event] ??= []).push(listener)
    return this
  }

  removeListener(event, listener) {
    this.listeners[event] = (this.listeners[event] ?? []).filter((one) => one !== listener)
    return this
  }

  emit(event, value) {
    for (const listener of this.listeners[event] ?? []) listener(value)
  }

  async request({ method, params = [] }) {
    switch (method) {
      case 'wallet_addEthereumChain':
        return this.add(params[0])
      case 'eth_requestAccounts':
        this.connected = true
        this.emit('accountsChanged', [this.account.address])
        return [this.account.address]
      case 'eth_accounts':
        return this.connected ? [this.account.address] : []
      default:
        if (!this.network) throw Object.assign(new Error('no network was added'), { code: 4901 })
        return this.network.provider.request({ method, params })
    }
  }

  /** As MetaMask does, asks the URL for its chain id before trusting the page's word. */
  async add({ chainId, rpcUrls: [url] }) {
    const network = connect(url, this.account)
    const actual = await network.direct.request({ method: 'eth_chainId', params: [] })
    if (actual !== chainId) throw Object.assign(new Error(`${url} says ${actual}, not ${chainId}`), { code: -32602 })
    this.network = network
    network.blockTracker.on('latest', (number) => this.emit('block', number))
    this.emit('chainChanged', chainId)
    return null
  }
}

/** EIP-6963: says that the wallet is there, now and whenever a page asks. */
export function announce(provider) {
  const info = { uuid: crypto.randomUUID(), name: 'Test wallet', icon: 'data:image/svg+xml,<svg/>', rdns: 'test.wallet' }
  const say = () =>
    window.dispatchEvent(
      new CustomEvent('eip6963:announceProvider', { detail: Object.freeze({ info, provider }) }),
    )
  window.addEventListener('eip6963:requestProvider', say)
  say()
}
