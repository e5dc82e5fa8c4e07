// A page as a dapp's is: finds a wallet, adds the network, connects, deploys, sends, shows the receipt.
import { BrowserProvider, ContractFactory } from 'ethers'
import { announce, Wallet } from './wallet.mjs'

const { rpcUrl, chainId, key, counter } = window.given
announce(new Wallet(key))

const show = (id, text) => (document.getElementById(id).textContent = String(text))

/** The first wallet that announces itself. */
const found = () =>
  new Promise((resolve) => {
    window.addEventListener('eip6963:announceProvider', ({ detail }) => resolve(detail), { once: true })
    window.dispatchEvent(new Event('eip6963:requestProvider'))
  })

async function main() {
  const { info, provider } = await found()
  show('wallet', info.name)
  provider.on('chainChanged', (id) => show('chain', id))
  provider.on('block', (number) => show('block', number))
  await provider.request({
    method: 'wallet_addEthereumChain',
    params: [
      {
        chainId: `0x${chainId.toString(16)}`,
        chainName: 'Node under test',
        rpcUrls: [rpcUrl],
        nativeCurrency: { name: 'Filecoin', symbol: 'FIL', decimals: 18 },
      },
    ],
  })
  const [account] = await provider.request({ method: 'eth_requestAccounts' })
  show('account', account)

  const browser = new BrowserProvider(provider, undefined, { pollingInterval: 200 })
  const signer = await browser.getSigner()
  show('balance', await browser.getBalance(account))
  const contract = await new ContractFactory(counter.abi, counter.bytecode, signer).deploy(41n)
  await contract.waitForDeployment()
  show('contract', await contract.getAddress())
  const receipt = await (await contract.increment()).wait()
  show('receipt', JSON.stringify({ status: receipt.status, hash: receipt.hash, block: receipt.blockNumber }))
  show('number', await contract.number())
  show('refusal', await contract.add.staticCall(500n).catch((error) => error.revert?.name ?? error.message))
  show('signature', await signer.signMessage('seen in a browser'))
  show('state', 'done')
}

main().catch((error) => {
  show('state', `failed: ${error.stack ?? error}`)
})
