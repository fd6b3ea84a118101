/** Settings of CUDA devices. */
import { z } from 'zod'

export const cudaSettings = z.strictObject({
  libraries: z
    .string()
    .default('')
    .describe(
      "folder of an existing installation of CUDA whose libraries are used, such as /usr/local/cuda or a Python's site-packages; empty: those that npm run cuda got into cacheDir",
    ),
  graphs: z
    .boolean()
    .default(true)
    .describe(
      'whether decoding steps and evaluations of the flow are captured as CUDA graphs when the server starts, and played again as one launch each',
    ),
})
