import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'jsonwebtoken'

export const jsonwebtoken = carryItself('jsonwebtoken', library)
