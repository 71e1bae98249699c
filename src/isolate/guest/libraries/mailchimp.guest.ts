import mailchimp from '@mailchimp/mailchimp_marketing'

export const mailchimplib = { mailchimp }
