/** What a person may say about a function: the body of the API's create call, and `function.json` of an example. */
import { z } from 'zod'
import { limits } from '../base/limits.ts'
import { RESOURCE_TYPES, SETTING_TYPES } from '../model/function.ts'
import { typeProblem } from './settings-rules.ts'

export const FunctionSettingShape = z.strictObject({
  name: z.string().max(limits.nameCharsMax).regex(/^(?!__proto__$)[A-Za-z_$][\w$]*$/, { error: 'must be a JavaScript name, such as webhookUrl' }),
  label: z.string().max(limits.nameCharsMax).optional(),
  description: z.string().max(1_000).default(''),
  type: z.enum(SETTING_TYPES),
  required: z.boolean().default(false),
  sensitive: z.boolean().default(false),
  defaultValue: z.json().optional(),
}).check(({ value, issues }) => {
  const message = value.defaultValue === undefined ? undefined
    : value.sensitive ? 'a sensitive setting has no default, which everybody could see'
    : typeProblem(value.type, value.defaultValue)
  if (message !== undefined) issues.push({ code: 'custom', input: value.defaultValue, path: ['defaultValue'], message })
}).transform((setting) => ({ ...setting, label: setting.label ?? setting.name }))

export const FunctionSettingsShape = z.array(FunctionSettingShape).max(limits.functionSettingsMax).check((context) => {
  const names = context.value.map((setting) => setting.name)
  const repeated = names.findIndex((name, index) => names.indexOf(name) !== index)
  if (repeated >= 0) context.issues.push({ code: 'custom', input: context.value, path: [repeated, 'name'], message: `two settings are called "${names[repeated]}"` })
})

export const DISPLAY_NAME = z.string().min(1).max(limits.nameCharsMax)
export const DESCRIPTION = z.string().max(1_000)
export const BATCH_MAX_COUNT = z.int().min(1).max(limits.functionBatchCountMax)

/** `function.json`: everything but the code. */
export const FunctionFileShape = z.strictObject({
  displayName: DISPLAY_NAME,
  resourceType: z.enum(RESOURCE_TYPES),
  description: DESCRIPTION.optional(),
  settings: FunctionSettingsShape.optional(),
  batchMaxCount: BATCH_MAX_COUNT.optional(),
})
