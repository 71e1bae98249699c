import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'twilio'

export const twilio = carryItself('twilio', library)
