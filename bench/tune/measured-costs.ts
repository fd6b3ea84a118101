/** A device's costs, measured anew by the command that does so, in a process of its own. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Profile } from '../../src/config/profile.ts'

const COMMAND = fileURLToPath(new URL('../cost/main.js', import.meta.url))

/** `profile` with the costs of this machine; throws where they cannot be measured. `effort`: 1 takes some seconds. */
export function withMeasuredCosts(profile: Profile, device: string, effort: number): Profile {
  const folder = mkdtempSync(join(tmpdir(), 'light-tts-costs-'))
  try {
    const file = join(folder, 'profile.json')
    writeFileSync(file, JSON.stringify(profile))
    const args = ['--devices', device, '--effort', String(effort), '--write', file]
    const { status } = spawnSync(process.execPath, [COMMAND, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    if (status !== 0) throw new Error(`measuring costs ended with ${status}`)
    return JSON.parse(readFileSync(file, 'utf8')) as Profile
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
