import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { messageOf, PacketproofError } from '../errors.ts'
import { renderPage } from './html/page.ts'
import { renderJson } from './json.ts'
import { renderJunit } from './junit.ts'
import { renderMarkdown } from './markdown.ts'
import type { Run } from './model.ts'

/** What a report folder holds besides evidence. */
export const reportFiles = {
  'run.json': renderJson,
  'index.html': renderPage,
  'summary.md': (run: Run) => renderMarkdown(run),
  'junit.xml': renderJunit,
} as const satisfies Readonly<Record<string, (run: Run) => string>>

export type ReportFile = keyof typeof reportFiles

/**
 * Writes the report of a run, also of an interrupted one, into a folder (made when missing). Each file is replaced as a
 * whole or not at all; the run model comes first, because all else can be made again from it.
 * @returns the paths written.
 * @throws PacketproofError E_ENVIRONMENT when a file cannot be written; it names the file.
 */
export async function writeReport(
  run: Run,
  folder: string,
  files: readonly ReportFile[] = allFiles,
): Promise<string[]> {
  const written: string[] = []
  for (const file of allFiles.filter((name) => files.includes(name))) {
    const path = join(folder, file)
    await writeWhole(path, reportFiles[file](run))
    written.push(path)
  }
  return written
}

const allFiles: readonly ReportFile[] = ['run.json', 'index.html', 'summary.md', 'junit.xml']

async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    const handle = await open(temporary, 'wx')
    try {
      await handle.writeFile(content)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw new PacketproofError('E_ENVIRONMENT', `cannot write the report file ${path}: ${messageOf(error)}`, {
      hint: 'Give a folder that can be written to with --out.',
      cause: error,
    })
  }
}
