import client from '@sendgrid/client'
import mail from '@sendgrid/mail'

export const sendgrid = { client, mail }
