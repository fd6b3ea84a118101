/** What a micro-benchmark is: something small, set up from one build, that can show it computes the right thing. */
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** A module of the build under test by its path in the repository: `load<typeof import('…')>('src/audio/ring.ts')`. */
export type Load = <M>(path: string) => Promise<M>

export interface OpenCase {
  /** One unit of work; what is timed. */
  run(): unknown
  /** Throws where the work's result is not what it must be. Called before and after timing, `run` in between or not. */
  check(): Promise<void> | void
}

export interface MicroCase {
  readonly name: string
  /** What one run does, for the table. */
  readonly what: string
  open(load: Load): Promise<OpenCase>
}

/** `checkout` is a repository with a `dist/`, or a `dist` folder itself. */
export function loadFrom(checkout: string): Load {
  const dist = resolve(checkout).endsWith('dist') ? resolve(checkout) : join(resolve(checkout), 'dist')
  return (path) => import(pathToFileURL(join(dist, path.replace(/\.ts$/, '.js'))).href)
}
