import { carryItself } from './parts/carry-itself.guest.ts'
import * as library from 'libphonenumber-js'

/** A function in its own right, as the package is under Node: `libphonenumberjs('+49 30 123')` parses. */
const libphonenumberjs = carryItself('libphonenumberjs', Object.assign((...args: Parameters<typeof library.default>) => library.default(...args), library))

export const libphonenumberjslib = { libphonenumberjs }
