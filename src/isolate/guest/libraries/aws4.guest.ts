import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'aws4'

export const aws4 = carryItself('aws4', library)
