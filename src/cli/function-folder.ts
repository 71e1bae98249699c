/** A function as its author keeps it: a folder with `function.ts` (or `.js`) and `function.json`. */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { asError, SluiceError } from '../base/errors.ts'
import { RESOURCE_TYPES, SETTING_TYPES } from '../model/function.ts'

const Setting = z.strictObject({
  name: z.string().regex(/^[A-Za-z_$][\w$]*$/, { error: 'must be a JavaScript name, such as webhookUrl' }),
  label: z.string().optional(),
  description: z.string().default(''),
  type: z.enum(SETTING_TYPES),
  required: z.boolean().default(false),
  sensitive: z.boolean().default(false),
  defaultValue: z.json().optional(),
})

export const FunctionFile = z.strictObject({
  displayName: z.string().min(1).max(120),
  resourceType: z.enum(RESOURCE_TYPES),
  description: z.string().default(''),
  /** How many events one `onBatch` call gets at most. */
  batchMaxCount: z.int().min(1).optional(),
  settings: z.array(Setting.transform((setting) => ({ ...setting, label: setting.label ?? setting.name }))).default([]),
})

export type FunctionFile = z.output<typeof FunctionFile>

export interface FunctionFolder extends FunctionFile {
  code: string
  /** `function.ts` or `function.js`. */
  codeFile: string
}

/** @throws SluiceError invalid_request that names the file and what is wrong in it */
export async function readFunctionFolder(folder: string): Promise<FunctionFolder> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) throw refused(`There is no folder ${folder}.`)
  const { code, codeFile } = await readCode(folder)
  const file = join(folder, 'function.json')
  const parsed = FunctionFile.safeParse(await readJson(file))
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `  ${issue.path.join('.') || 'the file'}: ${issue.message}`)
    throw refused(`${file} is not right:\n${lines.join('\n')}`)
  }
  return { ...parsed.data, code, codeFile }
}

async function readCode(folder: string): Promise<{ code: string, codeFile: string }> {
  const found: { code: string, codeFile: string }[] = []
  for (const codeFile of ['function.ts', 'function.js']) {
    const code = await readFile(join(folder, codeFile), 'utf8').catch(() => undefined)
    if (code !== undefined) found.push({ code, codeFile })
  }
  const [first, second] = found
  if (first === undefined) throw refused(`${folder} has neither function.ts nor function.js.`)
  if (second !== undefined) throw refused(`${folder} has both function.ts and function.js; keep one.`)
  return first
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((thrown: unknown) => {
    throw refused(`${file} is missing; it names the function, for example {"displayName": "Enrich", "resourceType": "INSERT_SOURCE"}.`, thrown)
  })
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw refused(`${file} is not JSON: ${asError(thrown).message}`, thrown)
  }
}

function refused(message: string, cause?: unknown): SluiceError {
  return new SluiceError('invalid_request', { message, cause })
}
