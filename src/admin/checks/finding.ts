/** What a check found. A warning is what works, and should be looked at. */
export interface Finding {
  readonly check: string
  readonly status: 'ok' | 'warning' | 'failed'
  /** For the operator; never a secret. */
  readonly detail: string
}

const STATUS_WIDTH = 'warning'.length

/** Writes findings as JSON, or as a line each. */
export function writeFindings(findings: readonly Finding[], isJson: boolean): string {
  if (isJson) return JSON.stringify({ ok: !hasFailed(findings), checks: findings })
  const width = Math.max(...findings.map(({ check }) => check.length))
  return findings
    .map(({ check, status, detail }) => `${status.padEnd(STATUS_WIDTH)}  ${check.padEnd(width)}  ${detail}`)
    .join('\n')
}

export const hasFailed = (findings: readonly Finding[]): boolean => findings.some(({ status }) => status === 'failed')
