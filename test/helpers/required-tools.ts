/**
 * Tools that tests need beside Node. Where one is missing its tests are left out, unless `LIGHT_TTS_TEST_REQUIRE` names it
 * (`LIGHT_TTS_TEST_REQUIRE='chromium python'`, as in CI): then they fail.
 */
export function isRequired(tool: 'chromium' | 'python'): boolean {
  return (process.env.LIGHT_TTS_TEST_REQUIRE ?? '').split(' ').includes(tool)
}
