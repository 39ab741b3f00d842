import { buildAccent } from '../accent.ts'

/** The settings SERVICE_NAME and ACCENT_COLOR. */
export interface Branding {
  serviceName: string
  /** As in `#0f766e`. */
  accentColor: string
}

export interface Content {
  /** The language of the text; a feature's is unknown. */
  locale?: string
  subject: string
  /** The first comes before the action, the others after it. */
  paragraphs: readonly string[]
  action: Action | null
}

interface Action {
  label: string
  /** Introduces the link for who cannot press the button. */
  orLink: string
  link: string
}

const FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
const TABLE = 'role="presentation" cellpadding="0" cellspacing="0" border="0"'

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

const toParagraph = (text: string) =>
  `<p style="margin:0 0 16px;${FONT};font-size:16px;line-height:24px;color:#1f2933">${escapeHtml(text).replace(/\n/g, '<br>')}</p>`

function toButton({ label, orLink, link }: Action, accentColor: string): string {
  const { '--accent-light': color, '--on-accent-light': textColor } = buildAccent(accentColor)
  const url = escapeHtml(link)
  return `<table ${TABLE} style="margin:0 0 16px"><tr><td bgcolor="${color}" style="border-radius:8px">
<a style="display:inline-block;padding:12px 24px;${FONT};font-size:16px;font-weight:600;color:${textColor};text-decoration:none" href="${url}">${escapeHtml(label)}</a>
</td></tr></table>
<p style="margin:0 0 16px;${FONT};font-size:13px;line-height:20px;color:#52606d">${escapeHtml(orLink)} <a style="color:#52606d;word-break:break-all" href="${url}">${url}</a></p>`
}

/** Lays a mail out with tables and inline styles, which every mail program supports, and escapes all text. */
export function buildHtml(
  { locale, subject, paragraphs, action }: Content,
  { serviceName, accentColor }: Branding,
): string {
  const [first = '', ...rest] = paragraphs.map(toParagraph)
  const body = [first, ...(action ? [toButton(action, accentColor)] : []), ...rest].join('\n')
  const { '--accent-light': color } = buildAccent(accentColor)
  return `<!doctype html>
<html${locale ? ` lang="${locale}"` : ''}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light">
<title>${escapeHtml(subject)}</title>
</head>
<body style="margin:0;padding:0;background:#f6f7f9">
<table ${TABLE} width="100%" bgcolor="#f6f7f9"><tr><td align="center" style="padding:32px 16px">
<table ${TABLE} width="100%" bgcolor="#ffffff" style="max-width:560px;border-radius:12px;border-top:4px solid ${color}"><tr><td style="padding:32px">
<p style="margin:0 0 24px;${FONT};font-size:14px;line-height:20px;font-weight:600;color:#52606d">${escapeHtml(serviceName)}</p>
<h1 style="margin:0 0 16px;${FONT};font-size:22px;line-height:28px;color:#1f2933">${escapeHtml(subject)}</h1>
${body}
</td></tr></table>
</td></tr></table>
</body>
</html>
`
}

export function buildText({ paragraphs, action }: Content, { serviceName }: Branding): string {
  const [first = '', ...rest] = paragraphs
  return `${[first, ...(action ? [action.link] : []), ...rest, serviceName].join('\n\n')}\n`
}
