/** The cookie that identifies a browser that has logged in before. It grants nothing. */
export interface DeviceCookie {
  /** Returns the hash of the device's id, or null if the request carries none. */
  read(): string | null
  /** Sets the cookie if the request carried none or an old one. Returns the hash of the device's id. */
  keep(): string
}
