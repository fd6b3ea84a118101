/** The arguments of `npm run -s serve` and `npm start`, as the settings that they are short for. */
import { Command, InvalidArgumentError, Option } from 'commander'
import type { ConfigSources } from '../config/load-config.ts'
import { commandCall } from '../core/command-call.ts'

export interface ServeOptions {
  readonly sources: ConfigSources
  readonly printConfig: boolean
}

/** Exits with 0 for `--help` and with 2 for wrong arguments, as every command here does. */
export function readServeOptions(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ServeOptions {
  const command = new Command(commandCall('serve'))
    .description('Serves speech over HTTP and WebSocket. Without --model: the embedded voice.')
    .option('--config <file>', 'YAML or JSON file with settings')
    .option('--set <key=value>', 'one setting, such as limits.rate_limit=off; may be repeated', collect, [])
    .option(
      '--model <name=folder>',
      'serve a bundle, or a checkpoint (converted once), under a name; the first is the default; may be repeated',
      collectModel,
      [],
    )
    .option('--port <n>', 'TCP port (setting server.port; 8080)')
    .option('--host <address>', 'address to listen on (setting server.host; 127.0.0.1)')
    .option('--devices <list>', 'such as cpu:2 or cpu:1,cpu:1 or cuda:0 (setting devices; auto)')
    .option('--profile <file>', "a device's parameters, as npm run tune writes them (setting profile)")
    .option(
      '--capacity <how>',
      'streams at a time: measured, profile, or a number (setting capacity; measured)',
    )
    .addOption(
      new Option('--compat <server>', 'speak as another server does (setting server.compat)').choices([
        'none',
        'lighttts',
        'reference',
      ]),
    )
    .option('--trust', "do not compare bundles with their manifest's hashes (setting trustBundles)")
    .option('--print-config', 'print every setting with its value, range and meaning, and end')
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse([...argv], { from: 'user' })
  const given = command.opts<{
    config?: string
    set: string[]
    model: string[]
    port?: string
    host?: string
    devices?: string
    profile?: string
    capacity?: string
    compat?: string
    trust?: true
    printConfig?: true
  }>()
  const short = (setting: string, value: string | undefined) =>
    value === undefined ? [] : [`${setting}=${value}`]
  return {
    sources: {
      ...(given.config === undefined ? {} : { file: given.config }),
      env,
      set: [
        ...given.set,
        ...given.model.map((model) => `models.${model}`),
        ...short('server.port', given.port),
        ...short('server.host', given.host),
        ...short('devices', given.devices),
        ...short('profile', given.profile),
        ...short('capacity', given.capacity),
        ...short('server.compat', given.compat),
        ...(given.trust === true ? ['trustBundles=true'] : []),
      ],
    },
    printConfig: given.printConfig === true,
  }
}

function collectModel(value: string, before: string[]): string[] {
  if (!/^[^=]+=./.test(value))
    throw new InvalidArgumentError(
      `expected NAME=FOLDER, such as CosyVoice3=bundles/cosyvoice3, got '${value}'`,
    )
  return collect(value, before)
}

function collect(value: string, before: string[]): string[] {
  return [...before, value]
}
