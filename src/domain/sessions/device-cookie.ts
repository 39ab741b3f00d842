/** The cookie by which a browser that has logged in before is known. It opens nothing. */
export interface DeviceCookie {
  /** Returns the hash of the device's id, or null if the request carries none. */
  read(): string | null
  /** Makes the browser keep a device id, if the request carried none or an old one. Returns its hash. */
  keep(): string
}
