// Runs a client that is a program of its own.
import { spawn } from 'node:child_process'

/** Returns what the program prints; an error, with all that it said, unless it succeeds. */
export function run(program, args, { cwd, env } = {}) {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let complaints = ''
  child.stdout.on('data', (data) => (out += data))
  child.stderr.on('data', (data) => (complaints += data))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === 0 ? resolve(out.trim()) : reject(new Error(`${program} ${args.join(' ')}\n${out}\n${complaints}`)),
    )
  })
}
