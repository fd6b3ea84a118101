/** The last look at a checkpoint's numbers before graphs are built from them. */
import { type HyperParameters, hyperParametersSchema } from '../../core/hyper-parameters.ts'
import { refusal, shown } from './refusal.ts'

/** Returns `parameters`; throws BAD_CHECKPOINT for the first that no model can have. */
export function checkHyperParameters<P extends HyperParameters>(file: string, parameters: P): P {
  const result = hyperParametersSchema.safeParse(parameters)
  if (result.success) return parameters
  const issue = result.error.issues[0]!
  const value = issue.path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    parameters,
  )
  throw refusal(
    file,
    `number '${issue.path.join('.')}'`,
    'a plausible value',
    `${shown(String(value))} (${shown(issue.message)})`,
  )
}
