import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'crypto-js'

export const cryptojslib = { cryptojs: carryItself('cryptojs', library) }
