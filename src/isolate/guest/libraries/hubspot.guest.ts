import * as hubspot from '@hubspot/api-client'

export const hubspotlib = { hubspot }
