// What of a MongoDB URI holds, and what a start refuses instead of waiting for a database that never answers.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { createTemporaryDirectory } from '../testkit/process.ts'
import { type Environment, listFaults, PRODUCTION } from '../testkit/settings.ts'

const describeFaults = (env: Environment) => listFaults(env).join('\n')
const findFault = (query: string) => describeFaults({ MONGODB_URI: `mongodb://ada:canary@db/shop?${query}` })

test("MONGODB_URI's path names the database, else it is gatehouse", () => {
  expect(readConfig({ MONGODB_URI: 'mongodb://db/shop?w=majority' }).database).toMatchObject({ name: 'shop' })
  for (const uri of [
    'mongodb://db',
    'mongodb://db/',
    'mongodb://a,b:27018,[::1]:3/?replicaSet=rs0',
    'mongodb+srv://db.example.com',
  ]) {
    expect(readConfig({ MONGODB_URI: uri }).database).toEqual({ kind: 'mongodb', uri, name: 'gatehouse', limits: {} })
  }
})

test.each([
  'w=1',
  'w=0',
  'W=2',
  'w=majority&w=1',
  '%77=1',
  'journal=false',
  'readPreference=secondary',
  'readPreference=primaryPreferred',
  'readpreference=nearest',
  'readConcernLevel=available',
  'tlsInsecure=true',
  'tlsAllowInvalidCertificates=true',
])('a MONGODB_URI that asks for less than is promised is refused: %s', (query) => {
  for (const head of ['mongodb://ada:canary@db/shop', 'mongodb://ada:canary@db/', 'mongodb+srv://ada:canary@db/']) {
    const text = describeFaults({ MONGODB_URI: `${head}?${query}` })
    expect(text).toContain('MONGODB_URI must not weaken what is promised')
    expect(text).not.toContain('canary')
  }
})

test.each([
  'localhost:27017',
  'mongodb://',
  'mongodb:///shop',
  'mysql://db/shop',
  'mongodb://db/sh op',
  'mongodb://db/a/b',
  'mongodb://db:port/shop',
  'mongodb://ada:can@ary@db/shop',
  'mongodb://ada:can%zary@db/shop',
  'mongodb://db/shop?noSuchOption=canary',
  'mongodb://db/shop?maxPoolSize=canary',
  'mongodb+srv://db:27017/shop',
  'embedded:',
])('a MONGODB_URI that the driver cannot use is a fault of the settings: %s', (uri) => {
  const text = describeFaults({ MONGODB_URI: uri })
  expect(text).toContain('MONGODB_URI ')
  expect(text).not.toMatch(/canary|can@ary|can%zary/)
})

test('embedded:DIR names the embedded database on purpose', () => {
  const embedded = { kind: 'embedded', directory: '/var/lib/gatehouse', name: 'gatehouse' }
  for (const env of [{}, PRODUCTION])
    expect(readConfig({ ...env, MONGODB_URI: 'embedded:/var/lib/gatehouse' }).database).toEqual(embedded)
})

test.each(['retryWrites=false', 'retryReads=false', 'RETRYWRITES=false', 'j=false', 'readPreference=canary'])(
  'an option that takes back a promise is refused by its name: %s',
  (query) => {
    expect(findFault(query)).toContain(`must not weaken what is promised (${query.split('=')[0]})`)
    expect(findFault(query)).not.toContain('canary')
  },
)

test.each([
  ['minPoolSize=80', 'minPoolSize must be a whole number from 0 to 50'],
  ['minPoolSize=11&maxPoolSize=10', 'minPoolSize must be a whole number from 0 to 10'],
  ['maxPoolSize=0', 'maxPoolSize must be a whole number from 1 to 1000'],
  ['maxPoolSize=5&maxpoolsize=9', 'sets the option maxpoolsize twice'],
  ['waitQueueTimeoutMS=0', 'waitQueueTimeoutMS must be'],
  ['serverSelectionTimeoutMS=30000', 'serverSelectionTimeoutMS must be a whole number from 100 to 2000'],
  ['connectTimeoutMS=0', 'connectTimeoutMS must be a whole number from 100 to 2000'],
  ['socketTimeoutMS=0', 'socketTimeoutMS must be a whole number from 100 to 2000'],
  ['socketTimeoutMS=360000', 'socketTimeoutMS must be'],
  ['timeoutMS=1000', 'not supported: timeoutMS'],
  ['wtimeoutMS=1', 'not supported: wtimeoutMS'],
  ['readPreferenceTags=dc:ny', 'not supported: readPreferenceTags'],
  ['promoteValues=false', 'not supported: promoteValues'],
  ['ignoreUndefined=true', 'not supported: ignoreUndefined'],
  ['noSuchOption=canary', 'not supported: noSuchOption'],
  ['no%20such=canary', 'not supported: one whose name is no word'],
  ['compressors=snappy', 'compressors needs the package snappy, which is not installed'],
  ['compressors=zlib,snappy', 'compressors needs the package snappy, which is not installed'],
  ['compressors=gzip', 'compressors must be of none, zlib, snappy, zstd, by commas'],
  ['proxyHost=10.0.0.1', 'proxyHost needs the package socks, which is not installed'],
  ['authMechanism=GSSAPI', 'authMechanism needs the package kerberos, which is not installed'],
  ['authMechanism=MONGODB-AWS', 'authMechanism needs the package @aws-sdk/credential-providers'],
  ['authMechanism=MONGODB-CR', 'authMechanism must be one of'],
  ['tls=maybe', 'tls must be true or false'],
  ['tlsCAFile=ca.pem', 'tlsCAFile needs tls=true beside it'],
  ['tls=true&tlsCAFile=no-such-canary.pem', 'tlsCAFile names a file that cannot be read (ENOENT)'],
  ['tls=true&tlsCertificateKeyFile=.', 'tlsCertificateKeyFile names a file that cannot be read (EISDIR)'],
  [`appName=${'x'.repeat(129)}`, 'appName must have at most 128 bytes'],
  ['directConnection=yes', 'directConnection must be true or false'],
])('an option that would never connect, or not hold, is refused by its name: %s', (query, fault) => {
  expect(findFault(query)).toMatch(/^MONGODB_URI /)
  expect(findFault(query)).toContain(fault)
  expect(findFault(query)).not.toContain('canary')
})

test('each faulty option is told, not only the first', () => {
  expect(listFaults({ MONGODB_URI: 'mongodb://db/?minPoolSize=80&compressors=snappy&timeoutMS=5' })).toHaveLength(3)
})

test('certificates are tried as the driver will use them', () => {
  const directory = createTemporaryDirectory()
  const [key, certificate, both, broken] = ['key', 'cert', 'both', 'broken'].map((name) => join(directory, name))
  if (!key || !certificate || !both || !broken) throw new Error('no path')
  const subject = ['-subj', '/CN=db', '-days', '1', '-newkey', 'rsa:2048', '-passout', 'pass:canary']
  execFileSync('openssl', ['req', '-x509', ...subject, '-keyout', key, '-out', certificate], { stdio: 'ignore' })
  writeFileSync(both, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'))
  writeFileSync(broken, '-----BEGIN CERTIFICATE-----\ncanary\n-----END CERTIFICATE-----\n')
  const pair = `tls=true&tlsCertificateKeyFile=${both}`
  expect(findFault(`tls=true&tlsCAFile=${certificate}`)).toBe('')
  expect(findFault(`${pair}&tlsCertificateKeyFilePassword=canary`)).toBe('')
  for (const query of [`${pair}&tlsCertificateKeyFilePassword=wrong`, pair, `tls=true&tlsCertificateKeyFile=${key}`])
    expect(findFault(query)).toContain('tlsCertificateKeyFile names a file that is not what it should hold')
  expect(findFault(`tls=true&tlsCAFile=${broken}`)).toContain('tlsCAFile names a file that is not what it should hold')
})

test('what a URI says of pool, time limits and the rest holds for the client', () => {
  const limits = { maxPoolSize: 80, waitQueueTimeoutMS: 500, serverSelectionTimeoutMS: 1500, socketTimeoutMS: 900 }
  const limitsText = Object.entries(limits).map(([name, value]) => `${name.toLowerCase()}=${value}`)
  const others = ['minPoolSize=60', 'appName=shop%20api', 'replicaSet=rs0', 'compressors=zlib', 'tls=true']
  const uri = `mongodb://ada:secret@db/shop?${[...limitsText, ...others].join('&')}&authSource=admin&maxIdleTimeMS=60000`
  const { database } = readConfig({ MONGODB_URI: uri })
  expect(database).toEqual({ kind: 'mongodb', uri, name: 'shop', limits })
  expect(new MongoClient(uri, limits).options).toMatchObject({
    ...limits,
    minPoolSize: 60,
    maxIdleTimeMS: 60_000,
    appName: 'shop api',
    replicaSet: 'rs0',
    compressors: ['zlib'],
    tls: true,
    credentials: { source: 'admin' },
  })
})
