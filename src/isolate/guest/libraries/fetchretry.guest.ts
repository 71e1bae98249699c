import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'fetch-retry'

export const fetchretrylib = { fetchretry: carryItself('fetchretry', library) }
