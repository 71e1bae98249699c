import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'xml2js'

export const xml2js = carryItself('xml2js', library)
