// What MetaMask's bundler gives its packages, which were written for Node.
import { Buffer } from 'buffer'

globalThis.Buffer = Buffer
globalThis.process ??= { env: {}, nextTick: queueMicrotask }
