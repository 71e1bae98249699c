import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'xml'

export const xml = carryItself('xml', library)
