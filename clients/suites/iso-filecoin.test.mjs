// iso-filecoin: the RPC client, all of its methods, and its wallets, over Filecoin's own API.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fromEthAddress } from 'iso-filecoin/address'
import { Message } from 'iso-filecoin/message'
import { RPC } from 'iso-filecoin/rpc'
import { accountFromPrivateKey, create, signMessage } from 'iso-filecoin/wallet'
import { hexToBytes } from 'viem'
import { account, chainId, filecoinUrl, onlyFilecoin, rpc } from '../lib/chain.mjs'

// Only mainnet's addresses begin with f.
const network = chainId === 314 ? 'mainnet' : 'testnet'
const client = new RPC({ api: filecoinUrl, network })
const me = account(8)

/** The result of a call, or its error thrown. */
async function result(calling) {
  const { result, error } = await calling
  if (error) throw error
  return result
}

const wallet = accountFromPrivateKey(hexToBytes(me.key), 'SECP256K1', network)
const own = wallet.address.toString()
const stranger = create('SECP256K1', network).address.toString()
const delegated = fromEthAddress(me.address, network).toString()

test('iso-filecoin', { skip: onlyFilecoin }, async (t) => {
  await t.test('version', async () => {
    const version = await result(client.version())
    assert.equal(typeof version.Version, 'string')
    assert.equal(typeof version.APIVersion, 'number')
    assert.equal(typeof version.BlockDelay, 'number')
  })

  await t.test('networkName', async () => {
    assert.equal(typeof (await result(client.networkName())), 'string')
  })

  await t.test('chainHead, getTipSetByHeight, lookBackTipSet', async () => {
    const head = await result(client.chainHead())
    assert.equal(head.Height, Number(await rpc('eth_blockNumber')))
    assert.equal(head.Blocks.length, head.Cids.length)
    const same = await result(client.getTipSetByHeight({ height: head.Height, tipSetKey: head.Cids }))
    assert.deepEqual(same.Cids, head.Cids)
    assert.equal((await result(client.getTipSetByHeight({ height: 0 }))).Height, 0)
    assert.deepEqual((await result(client.lookBackTipSet(0))).Height, head.Height)
  })

  await t.test('balance agrees with eth_getBalance', async () => {
    const balance = BigInt(await result(client.balance(delegated)))
    assert.equal(balance, BigInt(await rpc('eth_getBalance', me.address, 'latest')))
    assert.equal(await result(client.balance(stranger)), '0')
  })

  await t.test('addresses: ids, robust forms, Ethereum forms', async () => {
    const id = await result(client.stateLookupID({ address: delegated }))
    assert.match(id, /^t0\d+$/)
    assert.equal(await result(client.stateLookupRobustAddress({ address: id })), delegated)
    assert.equal(await result(client.getIDAddress({ address: delegated, safety: 'latest' })), id)
    const eth = await result(client.filecoinAddressToEthAddress({ address: delegated, blockNumber: 'latest' }))
    assert.equal(eth.toLowerCase(), me.address.toLowerCase())
  })

  /** Signs with iso-filecoin's wallet, pushes, waits and returns what StateWaitMsg says. */
  const send = async (from, type, to, value) => {
    const nonce = await result(client.nonce(from))
    const bare = { from, to, nonce, value }
    const estimate = await result(client.gasEstimate({ msg: bare }))
    assert.ok(estimate.GasLimit > 0)
    const msg = {
      ...bare,
      gasLimit: estimate.GasLimit,
      gasFeeCap: estimate.GasFeeCap,
      gasPremium: estimate.GasPremium,
    }
    const signature = signMessage(hexToBytes(me.key), type, new Message(msg))
    const cid = await result(client.pushMessage({ msg, signature }))
    return result(client.waitMsg({ cid, confidence: 0 }))
  }

  await t.test('a secp256k1 account: nonce, gasEstimate, pushMessage, waitMsg, stateAccountKey', async () => {
    const waited = await send(own, 'SECP256K1', stranger, '1000000000000000000')
    assert.equal(waited.Receipt.ExitCode, 0)
    assert.ok(waited.Receipt.GasUsed > 0)
    assert.ok(waited.Height > 0)
    assert.equal(await result(client.balance(stranger)), '1000000000000000000')
    const id = await result(client.stateLookupID({ address: own }))
    assert.equal(await result(client.stateAccountKey({ address: id })), own)
  })

  await t.test('an address of another network is refused by the client, an unknown one by the node', async () => {
    assert.ok((await client.balance(network === 'mainnet' ? 't01000' : 'f01000')).error)
    const { error } = await client.stateLookupID({ address: create('SECP256K1', network).address.toString() })
    assert.ok(error)
  })
})
