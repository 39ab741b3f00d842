import type { Failure } from '../client/failure.ts'
import { formatDuration } from './format.ts'
import { t } from './translate.ts'

/** How long to wait after too many attempts where the service does not say. */
const DEFAULT_WAIT_SECONDS = 60

/** Describes a failure in the page's language. The service speaks English, and a sentence that is not known stays so. */
export function describeFailure({ code, message, retryAfter, requestId }: Failure): string {
  if (code === 'RATE_LIMITED') {
    return t('Too many attempts. Try again in {{time}}.', { time: formatDuration(retryAfter ?? DEFAULT_WAIT_SECONDS) })
  }
  if (requestId)
    return t('Something went wrong. If it happens again, tell us this number: {{requestId}}', { requestId })
  return t(message)
}
