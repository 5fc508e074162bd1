import type { MailInput } from '../../core/mail/mail.types.ts'

type Worded = Pick<MailInput, 'subject' | 'text'>

/** The mail that brings the code for a new e-mail. */
export function emailCodeMail(code: string): Worded {
  return {
    subject: `${code} is your code`,
    text: `Your code to change the e-mail address of your profile is:\n\n${code}\n\nIt holds for 15 minutes. If you did not ask for it, do nothing and give it to nobody.\n`,
  }
}

/** The mail that tells the address before that it is no longer a profile's. */
export function emailChangedNotice(newEmail: string): Worded {
  return {
    subject: 'The e-mail address of your profile was changed',
    text: `The e-mail address of your profile is now ${newEmail}.\n\nIf it was not you who changed it, write to those who run the service at once.\n`,
  }
}
