// @zondax/filecoin-solidity, unmodified: contracts that drive storage through the precompiles, and
// contracts that the storage actors tell of deals and sectors.
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { ethers } from 'ethers'
import { account, contracts, onlyFilecoin, rpc, url } from '../lib/chain.mjs'

const made = contracts()
const provider = new ethers.JsonRpcProvider(url, undefined, { pollingInterval: 20, cacheTimeout: -1, staticNetwork: true })
const alice = new ethers.Wallet(account(4).key, provider)
const FIL = 10n ** 18n
const skip = onlyFilecoin

async function deploy(name) {
  const factory = new ethers.ContractFactory(made[name].abi, made[name].bytecode, alice)
  return (await factory.deploy()).waitForDeployment()
}

const done = async (sending) => (await sending).wait()

// --- the library's types ------------------------------------------------------------------------

const bytes = (number) => {
  const hex = number.toString(16)
  return number === 0n ? '0x' : `0x${hex.length % 2 ? '0' : ''}${hex}`
}
const bigInt = (number) => ({ val: bytes(number), neg: false })
const amount = ({ val, neg }) => (neg ? -1n : 1n) * (val === '0x' ? 0n : BigInt(val))
/** The address of a contract, as actors know it. */
const delegated = (address) => ({ data: ethers.concat(['0x040a', address]) })
/** The bytes of an id address such as `f01234`. */
const idBytes = (address) => {
  let id = BigInt(address.slice(2))
  const out = [0]
  do {
    out.push(Number(id & 0x7fn) | (id > 0x7fn ? 0x80 : 0))
    id >>= 7n
  } while (id > 0n)
  return { data: ethers.hexlify(new Uint8Array(out)) }
}
const idOf = (address) => BigInt(address.slice(2))
const lookup = (address) => rpc('Filecoin.StateLookupID', address, null)
const ofContract = (address) => rpc('Filecoin.EthAddressToFilecoinAddress', address)

let miner
let created
before(async () => {
  if (skip) return
  created = await rpc('atoll_createProvider')
  miner = idOf(created.id)
})

test('power: the network and its miners', { skip }, async () => {
  const power = await deploy('PowerCaller')
  const miners = await rpc('Filecoin.StateListMiners', null)
  assert.equal(await power.miner_count.staticCall(), BigInt(miners.length))
  const sector = await rpc('atoll_onboardSector', created.id)
  await rpc('atoll_proveSector', created.id, sector.sector)
  const claim = await power.miner_raw_power.staticCall(miner)
  assert.equal(amount(claim.raw_byte_power), 2048n)
  assert.equal(claim.meets_consensus_minimum, true)
  assert.ok((await power.miner_consensus_count.staticCall()) >= 1n)
  await rpc('atoll_mine', 2)
  assert.ok(amount(await power.network_raw_power.staticCall()) >= 2048n)
})

test('miner: a contract creates one, owns it and withdraws from it', { skip }, async () => {
  const owner = await deploy('MinerOwner')
  const address = await owner.getAddress()
  const worker = { data: await addressBytes(created.worker) }
  const params = {
    owner: delegated(address),
    worker,
    // The library knows no newer proofs by name: 10, its Invalid, is the window proof of 2 KiB in use.
    window_post_proof_type: 10,
    peer: { data: '0x0102' },
    multiaddrs: [],
  }
  const { id_address } = await owner.create_miner.staticCall(params, 50n * FIL, { value: 50n * FIL })
  await done(owner.create_miner(params, 50n * FIL, { value: 50n * FIL }))
  const mine = leb128(id_address.data)
  const own = idBytes(await lookup(await ofContract(address)))
  assert.equal((await owner.get_owner.staticCall(mine)).owner.data, own.data)
  assert.equal(await owner.is_controlling_address.staticCall(mine, delegated(address)), true)
  assert.equal(await owner.is_controlling_address.staticCall(mine, delegated(alice.address)), false)
  assert.equal(await owner.get_sector_size.staticCall(mine), 2048n)
  assert.equal((await owner.get_peer_id.staticCall(mine)).data, '0x0102')
  assert.deepEqual([...(await owner.get_multiaddresses.staticCall(mine)).multi_addrs], [])
  assert.equal((await owner.get_beneficiary.staticCall(mine)).active.beneficiary.data, own.data)

  const free = amount(await owner.get_available_balance.staticCall(mine))
  const vesting = (await owner.get_vesting_funds.staticCall(mine)).vesting_funds
  const locked = vesting.reduce((sum, { amount: part }) => sum + amount(part), 0n)
  assert.equal(free + locked, 50n * FIL)
  await done(owner.withdraw_balance(mine, bigInt(20n * FIL)))
  assert.equal(await provider.getBalance(address), 20n * FIL)
  assert.equal(amount(await owner.get_available_balance.staticCall(mine)), free - 20n * FIL)

  await done(owner.change_peer_id(mine, { data: '0x030405' }))
  assert.equal((await owner.get_peer_id.staticCall(mine)).data, '0x030405')
  await done(owner.change_multiaddresses(mine, { new_multi_addrs: [{ data: '0x0607' }] }))
  assert.equal((await owner.get_multiaddresses.staticCall(mine)).multi_addrs[0].data, '0x0607')
  await done(owner.repay_debt(mine))
  await done(owner.change_worker_address(mine, { new_worker: worker, new_control_addresses: [delegated(alice.address)] }))
  assert.equal(await owner.is_controlling_address.staticCall(mine, delegated(alice.address)), true)
  // Another's miner is not the contract's to change.
  await assert.rejects(owner.change_peer_id.staticCall(miner, { data: '0x03' }))
})

test('market: funds of a contract, and deals', { skip }, async () => {
  const market = await deploy('MarketCaller')
  const self = delegated(await market.getAddress())
  await done(market.add_balance(self, 5n * FIL, { value: 5n * FIL }))
  assert.equal(amount((await market.get_balance.staticCall(self)).balance), 5n * FIL)
  await done(market.withdraw_balance({ provider_or_client: self, tokenAmount: bigInt(2n * FIL) }))
  assert.equal(amount((await market.get_balance.staticCall(self)).balance), 3n * FIL)
  assert.equal(await provider.getBalance(await market.getAddress()), 2n * FIL)

  const deal = await rpc('atoll_publishDeal', { provider: created.id, label: 'greetings', pricePerEpoch: '7' })
  const sector = await rpc('atoll_activateDeal', deal.deal)
  const number = deal.deal
  assert.equal((await market.get_deal_data_commitment.staticCall(number)).size, BigInt(deal.size))
  assert.equal(await market.get_deal_client.staticCall(number), idOf(await lookup(deal.client)))
  assert.equal(await market.get_deal_provider.staticCall(number), miner)
  const label = await market.get_deal_label.staticCall(number)
  assert.deepEqual([ethers.toUtf8String(label.data), label.isString], ['greetings', true])
  const term = await market.get_deal_term.staticCall(number)
  assert.deepEqual([term.start, term.end], [BigInt(deal.start), BigInt(deal.end - deal.start)])
  assert.equal(amount(await market.get_deal_total_price.staticCall(number)), 7n * BigInt(deal.end - deal.start))
  assert.equal(amount(await market.get_deal_client_collateral.staticCall(number)), 0n)
  const { Proposal } = await rpc('Filecoin.StateMarketStorageDeal', number, null)
  assert.equal(amount(await market.get_deal_provider_collateral.staticCall(number)), BigInt(Proposal.ProviderCollateral))
  assert.equal(await market.get_deal_verified.staticCall(number), false)
  const { activated, terminated } = await market.get_deal_activation.staticCall(number)
  // The actor answers -1, as long as the deal is not terminated; the library reads negative numbers as if they had no sign.
  assert.ok(activated > 0n && terminated === 0n, `${activated} ${terminated} of sector ${sector.sector}`)
})

test('verified registry and datacap: a contract has datacap, claims are seen', { skip }, async () => {
  const holder = await deploy('DataCapHolder')
  const address = await holder.getAddress()
  const self = delegated(address)
  assert.equal(await holder.name.staticCall(), 'DataCap')
  assert.equal(await holder.symbol.staticCall(), 'DCAP')
  await rpc('atoll_grantDatacap', await ofContract(address), '4096')
  assert.equal(amount(await holder.balance.staticCall(self)), 4096n * FIL)
  assert.ok(amount(await holder.total_supply.staticCall()) >= 4096n * FIL)
  const operator = delegated(alice.address)
  await done(holder.increase_allowance({ operator, increase: bigInt(10n * FIL) }))
  await done(holder.decrease_allowance({ operator, decrease: bigInt(4n * FIL) }))
  assert.equal(amount(await holder.allowance.staticCall({ owner: self, operator })), 6n * FIL)
  await done(holder.revoke_allowance(operator))
  assert.equal(amount(await holder.allowance.staticCall({ owner: self, operator })), 0n)
  await done(holder.burn(bigInt(96n * FIL)))
  assert.equal(amount(await holder.balance.staticCall(self)), 4000n * FIL)

  const registry = await deploy('RegistryCaller')
  const deal = await rpc('atoll_publishDeal', { provider: created.id, verified: true })
  const sector = await rpc('atoll_activateDeal', deal.deal)
  const nobody = await registry.get_claims.staticCall({ provider: miner, claim_ids: [] })
  assert.deepEqual([nobody.batch_info.success_count, nobody.claims.length], [0n, 0])
  // Known of the library: it loses count of the claims after the first, and reads beyond the answer's end.
  const one = registry.get_claims.staticCall({ provider: miner, claim_ids: [deal.allocation] })
  await assert.rejects(one, /slicing out of range/)
  const claim = await rpc('Filecoin.StateGetClaim', created.id, deal.allocation, null)
  assert.deepEqual([claim.Sector, claim.Size], [sector.sector, deal.size])
  const none = await registry.remove_expired_claims.staticCall({ provider: miner, claim_ids: [] })
  assert.deepEqual([...none.considered], [])
  // A contract that is no verifier hands out nothing.
  await assert.rejects(registry.add_verified_client.staticCall({ addr: self, allowance: bigInt(1024n) }))
})

test('account: a signature is checked', { skip }, async () => {
  const caller = await deploy('AccountCaller')
  const signer = await rpc('Filecoin.WalletDefaultAddress')
  const target = idOf(await lookup(signer))
  const message = ethers.toUtf8Bytes('hello')
  const { Data } = await rpc('Filecoin.WalletSign', signer, Buffer.from(message).toString('base64'))
  const signature = new Uint8Array(Buffer.from(Data, 'base64'))
  await caller.authenticate_message.staticCall(target, { signature, message })
  signature[5] ^= 1
  await assert.rejects(caller.authenticate_message.staticCall(target, { signature, message }))
})

test('a contract is told of its deals and of sectors', { skip }, async () => {
  const client = await deploy('StorageClient')
  const address = await client.getAddress()
  const deal = await rpc('atoll_publishDeal', { provider: created.id, client: await ofContract(address) })
  const told = async (method) => client.queryFilter(client.filters.Told(method))
  const [published] = await told(4186741094n)
  // [proposal, deal id]: the number stands at the end.
  const number = ethers.toBeHex(deal.deal).slice(2)
  assert.ok(published.args.params.endsWith(number), published.args.params)

  const piece = { cid: deal.piece, size: deal.size, notify: [{ address: await ofContract(address), payload: 'AQI=' }] }
  const sector = await rpc('atoll_onboardSector', created.id, { pieces: [piece] })
  const [changed] = await told(2034386435n)
  assert.ok(changed.args.params.includes('420102'), 'the payload is there')
  assert.ok(sector.sector >= 0)
})

/** The bytes of any Filecoin address, as the account's state has them. */
async function addressBytes(address) {
  const { State } = await rpc('Filecoin.StateReadState', address, null)
  return ethers.hexlify(new Uint8Array(Buffer.from(State[0]['/'].bytes, 'base64')))
}

/** The number of an id address in bytes. */
function leb128(data) {
  const digits = ethers.getBytes(data).slice(1)
  return digits.reduceRight((number, digit) => (number << 7n) | BigInt(digit & 0x7f), 0n)
}
