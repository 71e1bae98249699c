import { carryItself } from './parts/carry-itself.guest.ts'
import library from 'stripe'

export const stripe = carryItself('stripe', library)
