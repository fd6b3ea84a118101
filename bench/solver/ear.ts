/** What a listening command makes of the WAVs of a comparison: word errors of each group. */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface ToHear {
  readonly file: string
  readonly text: string
  /** What is compared: a solver, a weight format. */
  readonly group: string
}

export interface WordErrors {
  readonly group: string
  readonly words: number
  /** Wrong words for each that was meant. */
  readonly wer: number
}

/**
 * Writes `pairs.tsv` (file, text, group) into `folder`. `command` is given `--list pairs.tsv --json FILE` and writes an
 * array with each file's `group` and `wer: [errors, words]`. Throws where it fails.
 */
export function hear(
  heard: readonly ToHear[],
  folder: string,
  command: string | undefined,
): WordErrors[] | undefined {
  const list = join(folder, 'pairs.tsv')
  writeFileSync(list, heard.map(({ file, text, group }) => `${file}\t${text}\t${group}\n`).join(''))
  if (command === undefined) return undefined
  const json = join(folder, 'ear.json')
  const ran = spawnSync(`${command} --list '${list}' --json '${json}'`, { shell: true, stdio: 'inherit' })
  if (ran.status !== 0) throw new Error(`the ear ended with ${ran.status}`)
  const files = JSON.parse(readFileSync(json, 'utf8')) as { group: string; wer: [number, number] }[]
  const errors = [...new Set(heard.map(({ group }) => group))].map((group) => {
    const own = files.filter((file) => file.group === group)
    const sum = (at: 0 | 1) => own.reduce((all, { wer }) => all + wer[at], 0)
    return { group, words: sum(1), wer: sum(0) / Math.max(1, sum(1)) }
  })
  console.table(errors)
  return errors
}
