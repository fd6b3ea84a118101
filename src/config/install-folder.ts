/** What lies where: a checkout keeps what it makes inside itself, an installed package with the user. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of the checkout or package, seen from `dist/src/config`. */
const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Where bundles of converted checkpoints are kept unless a setting says otherwise. */
export function bundleCache(
  root = ROOT,
  env: Readonly<Record<string, string | undefined>> = process.env,
  home = homedir(),
): string {
  if (existsSync(join(root, 'src'))) return join(root, '.cache', 'bundles')
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'light-tts', 'bundles')
}
