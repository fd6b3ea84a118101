/** The image's steps, executed in folders instead of by a container engine. */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface Step {
  readonly verb: string
  readonly words: readonly string[]
}

/** The Dockerfile's stages, each a list of steps. */
export function readStages(): Step[][] {
  const lines = readFileSync(join(ROOT, 'deploy/Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  const stages: Step[][] = []
  for (const line of lines) {
    const [verb, ...words] = line.split(' ') as [string, ...string[]]
    if (verb === 'FROM') stages.push([])
    stages.at(-1)!.push({ verb, words })
  }
  return stages
}

/** Makes `build` and `final` in an empty `folder`; returns the latter, the image's `/app`. Throws where a step fails. */
export function buildBySteps(folder: string): string {
  const [build, final] = [join(folder, 'build'), join(folder, 'final')]
  const stages = readStages()
  if (stages.length !== 2) throw new Error(`expected two stages, got ${stages.length}`)
  for (const [i, to] of [build, final].entries()) {
    mkdirSync(to)
    execute(stages[i]!, to, build)
  }
  return final
}

/** Executes a stage in `folder`; `earlier` is what `--from` names. Packages are hard links, to be quick. */
function execute(steps: readonly Step[], folder: string, earlier: string): void {
  for (const { verb, words } of steps) {
    if (verb === 'COPY') copy(words, folder, earlier)
    // An install needs a registry and minutes; this checkout's is the same one, made from the same lock file.
    else if (verb === 'RUN' && words[1] === 'ci')
      execFileSync('cp', ['-al', join(ROOT, 'node_modules'), folder])
    else if (verb === 'RUN' && !words.includes('/data'))
      execFileSync(words[0]!, words.slice(1), { cwd: folder, stdio: 'pipe' })
  }
}

function copy(words: readonly string[], folder: string, earlier: string): void {
  const isFrom = words[0]!.startsWith('--from')
  const names = words.slice(isFrom ? 1 : 0)
  const target = names.pop()!
  for (const name of names) {
    const source = join(isFrom ? earlier : ROOT, name.replace(/^\/app\//, ''))
    if (!existsSync(source)) throw new Error(`expected ${name}, which is copied, got no such file`)
    const to = target.endsWith('/') ? join(folder, target, name) : join(folder, target)
    mkdirSync(dirname(to), { recursive: true })
    if (name.endsWith('node_modules')) execFileSync('cp', ['-al', source, to])
    else cpSync(source, to, { recursive: true })
  }
}

/** Variables of a server out of the image: its port, and `data` in place of the volume. */
export function imageEnvironment(port: number, data: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    NODE_ENV: 'production',
    LIGHT_TTS_SERVER_PORT: String(port),
    LIGHT_TTS_VOICES_DIR: join(data, 'voices'),
    LIGHT_TTS_JOBS_DIR: join(data, 'jobs'),
    LIGHT_TTS_CACHE_DIR: join(data, 'bundles'),
  }
}
