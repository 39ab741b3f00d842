/** Red, green and blue, 0 to 255. */
type Color = readonly [number, number, number]

const WHITE: Color = [255, 255, 255]
const BLACK: Color = [0, 0, 0]
/** The surfaces of tokens.css that accented text stands on. */
const LIGHT_SURFACE: Color = [246, 247, 249]
const DARK_SURFACE: Color = [33, 38, 46]
/** WCAG 2.2, 1.4.3. */
const MIN_CONTRAST = 4.5

const fromHex = (hex: string): Color => [
  Number.parseInt(hex.slice(1, 3), 16),
  Number.parseInt(hex.slice(3, 5), 16),
  Number.parseInt(hex.slice(5, 7), 16),
]

const toHex = (color: Color) => `#${color.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`

/** Relative luminance, as WCAG 2.2 defines it. */
function getLuminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) => {
    const share = value / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function getContrast(one: Color, other: Color): number {
  const [dark = 0, light = 0] = [getLuminance(one), getLuminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

const mix = (from: Color, to: Color, share: number): Color => [
  from[0] + (to[0] - from[0]) * share,
  from[1] + (to[1] - from[1]) * share,
  from[2] + (to[2] - from[2]) * share,
]

function toReadable(color: Color, surface: Color, towards: Color): Color {
  for (let share = 0; share < 1; share += 0.05) {
    const mixed = mix(color, towards, share)
    if (getContrast(mixed, surface) >= MIN_CONTRAST) return mixed
  }
  return towards
}

const getTextColor = (background: Color) =>
  getContrast(background, WHITE) >= getContrast(background, BLACK) ? WHITE : BLACK

/** CSS variables, as in `#0f766e`. */
export type Accent = Record<`--${'' | 'on-'}accent-${'light' | 'dark'}`, string>

/** Builds the accent for light pages, dark pages and mails, with the colour of the text on it. It is readable for any input. */
export function buildAccent(hex: string): Accent {
  const color = fromHex(hex)
  const light = toReadable(color, LIGHT_SURFACE, BLACK)
  const dark = toReadable(color, DARK_SURFACE, WHITE)
  return {
    '--accent-light': toHex(light),
    '--accent-dark': toHex(dark),
    '--on-accent-light': toHex(getTextColor(light)),
    '--on-accent-dark': toHex(getTextColor(dark)),
  }
}
