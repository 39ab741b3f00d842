/** What lies in a directory that is served: the data, and, while somebody serves it, the connection string. */
export const DATA_FILE = 'embedded.mdb'
export const URI_FILE = 'mongodb.uri'
