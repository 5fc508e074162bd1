import type { MailInput } from '../../core/mail/mail.types.ts'
import { linkUrl } from '../../core/operators/links.rules.ts'

/** The mail with the link that sets a new password. */
export function resetMail(origin: string, token: string): Pick<MailInput, 'subject' | 'text'> {
  return {
    subject: 'Set a new password',
    text: [
      'Somebody asked for a new password for the console of Facet. If it was you, set one here within an hour:',
      '',
      linkUrl(origin, 'reset', token),
      '',
      'If it was not you, do nothing: the password stays as it is.',
      '',
    ].join('\n'),
  }
}

/** The mail with the link of an invitation. */
export function invitationMail(origin: string, token: string): Pick<MailInput, 'subject' | 'text'> {
  return {
    subject: 'You are invited to Facet',
    text: [
      'You are invited to run apps in the console of Facet. Accept within 7 days:',
      '',
      linkUrl(origin, 'invitation', token),
      '',
      'If you do not expect this, do nothing.',
      '',
    ].join('\n'),
  }
}
