const { buildModule } = require('@nomicfoundation/hardhat-ignition/modules')

// Deployments that depend on each other, a call, a read of an event, and a contract at a known address.
module.exports = buildModule('System', (m) => {
  const owner = m.getAccount(0)
  const counter = m.contract('Counter', [m.getParameter('start', 3n)], { value: 1n })
  const added = m.call(counter, 'add', [4n])
  const number = m.readEventArgument(added, 'Changed', 'number', { emitter: counter })
  const token = m.contract('Token', [owner, number], { after: [added] })
  m.call(token, 'transfer', [counter, 2n])
  const box = m.contract('Box')
  const factory = m.contract('BoxFactory', [box])
  const made = m.call(factory, 'proxy', [5n])
  const proxy = m.contractAt('Box', m.readEventArgument(made, 'Made', 'where', { emitter: factory }), { id: 'Proxy' })
  m.call(proxy, 'set', [6n])
  return { counter, token, proxy }
})
