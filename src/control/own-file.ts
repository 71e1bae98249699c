/** A secret of this installation in a file of the data folder that only its owner can read. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface OwnedSecret {
  text: string
  /** True when this call made it. */
  created: boolean
}

/** Reads the file, or makes it with what `make` returns. */
export async function readOrMakeSecret(file: string, make: () => string): Promise<OwnedSecret> {
  const present = await readIfPresent(file)
  if (present !== undefined) {
    await chmod(file, 0o600)
    return { text: present.trim(), created: false }
  }
  await mkdir(dirname(file), { recursive: true })
  const text = make()
  // `wx`: of two processes that start together, one makes it and the other fails instead of each believing in its own.
  await writeFile(file, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
  return { text, created: true }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code === 'ENOENT') return undefined
    throw thrown
  }
}
