import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'uuidv5'

export const uuidv5 = carryItself('uuidv5', library)
