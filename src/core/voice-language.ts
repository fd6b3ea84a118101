/** Languages of voices: by what a recording says, and by tags. */

/** Language tag of a transcript by its script; undefined for none, and for scripts that no rule here reads. */
export function languageOf(transcript: string): string | undefined {
  const count = (script: RegExp) => transcript.match(script)?.length ?? 0
  if (count(/[\p{Script=Hiragana}\p{Script=Katakana}]/gu) > 0) return 'ja'
  if (count(/\p{Script=Hangul}/gu) > 0) return 'ko'
  // A Latin word has about as many letters as a phrase of four characters says.
  const han = 4 * count(/\p{Script=Han}/gu)
  const latin = count(/\p{Script=Latin}/gu)
  if (han === 0 && latin === 0) return undefined
  return han >= latin ? 'zh' : 'en'
}

/** `zh` of `zh-CN` and `ZH_tw`; '' where there is no tag. */
export function primaryTag(tag: string | null | undefined): string {
  return tag?.toLowerCase().split(/[-_]/)[0] ?? ''
}
