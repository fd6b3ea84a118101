/** The project's own source files, as they lie in the checkout, and what a TypeScript file imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repoRoot } from './paths.ts'

/** Where source files lie, beside the root itself. */
const FOLDERS = ['src', 'workers', 'bench', 'test', 'deploy', 'clients', 'demo', 'web']
const SOURCE = /\.(?:ts|mjs|js|py|css|html|cpp|h|sh)$/
/** What commands make, and what `protoc` made. */
const MADE = /\/(?:node_modules|dist|build|work|__pycache__|\.[^/]+)\/|^src\/convert\/onnx\/onnx_pb\.ts$/

export interface SourceFile {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** All of them but generated ones. */
export function sourceFiles(): SourceFile[] {
  const own = readdirSync(repoRoot, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
  const paths = [...own, ...FOLDERS.flatMap((folder) => pathsIn(folder))]
  return paths
    .filter((path) => SOURCE.test(path) && !MADE.test(path))
    .map((path) => ({ path, text: readFileSync(join(repoRoot, path), 'utf8') }))
}

function pathsIn(folder: string): string[] {
  return readdirSync(join(repoRoot, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (!entry.isDirectory()) return entry.isFile() ? [path] : []
    return MADE.test(`${path}/`) ? [] : pathsIn(path)
  })
}

/** What a TypeScript file imports, types included. */
export function importsOf(text: string): string[] {
  const found = text.matchAll(
    /^\s*(?:import|export)\b[^'"\n]*?(?:from\s*)?['"]([^'"]+)['"]|\bfrom\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm,
  )
  return [...found].map((match) => match[1] ?? match[2] ?? match[3]!).filter((name) => name !== undefined)
}
