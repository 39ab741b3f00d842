// The schema that a tutorial ends with, of the same shape as Gatehouse's; the plain servers of the benchmark share it.
import argon2 from 'argon2'
import { GraphQLError } from 'graphql'
import { MongoClient, MongoServerError, ObjectId } from 'mongodb'

interface UserDocument {
  _id: ObjectId
  email: string
  passwordHash: string
  firstName: string | null
  lastName: string | null
  roles: string[]
  createdAt: Date
}

interface Credentials {
  email: string
  password: string
}

/** The part of a request's session that the resolvers use: that of express-session and of @fastify/session. */
interface Session {
  userId?: string
  createdAt?: Date
  regenerate(done: (error?: unknown) => void): unknown
}

export interface Context {
  request: { session: Session }
}

export const typeDefs = `#graphql
  type User { id: ID! email: String! firstName: String lastName: String roles: [String!]! createdAt: String! }
  type Session { user: User! createdAt: String! }
  type SignupSuccess { user: User! }
  type LoginSuccess { user: User! }
  type EmailTaken { message: String! }
  type InvalidCredentials { message: String! }
  union SignupResult = SignupSuccess | EmailTaken
  union LoginResult = LoginSuccess | InvalidCredentials
  input SignupInput { email: String! password: String! }
  input LoginInput { email: String! password: String! }
  type Query { me: User session: Session }
  type Mutation { signup(input: SignupInput!): SignupResult login(input: LoginInput!): LoginResult }
`

const HASH = { type: argon2.argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const DUPLICATE_KEY = 11_000

export const client = await MongoClient.connect(process.env.MONGODB_URI ?? '')
export const db = client.db()
const users = db.collection<UserDocument>('users')
await users.createIndex({ email: 1 }, { unique: true })

const findUser = ({ userId }: Session) => (userId === undefined ? null : users.findOne({ _id: new ObjectId(userId) }))

async function signIn({ request }: Context, user: UserDocument) {
  await new Promise<void>((done, fail) => request.session.regenerate((error) => (error ? fail(error) : done())))
  request.session.userId = user._id.toHexString()
  request.session.createdAt = new Date()
}

async function signup(_: unknown, { input }: { input: Credentials }, context: Context) {
  const user: UserDocument = {
    _id: new ObjectId(),
    email: input.email,
    passwordHash: await argon2.hash(input.password, HASH),
    firstName: null,
    lastName: null,
    roles: [],
    createdAt: new Date(),
  }
  try {
    await users.insertOne(user)
  } catch (error) {
    if (!(error instanceof MongoServerError) || error.code !== DUPLICATE_KEY) throw error
    return { __typename: 'EmailTaken', message: 'This email has a user already.' }
  }
  await signIn(context, user)
  return { __typename: 'SignupSuccess', user }
}

async function login(_: unknown, { input }: { input: Credentials }, context: Context) {
  const user = await users.findOne({ email: input.email })
  if (!user || !(await argon2.verify(user.passwordHash, input.password))) {
    return { __typename: 'InvalidCredentials', message: 'Email or password is wrong.' }
  }
  await signIn(context, user)
  return { __typename: 'LoginSuccess', user }
}

async function me(_: unknown, __: unknown, { request }: Context) {
  const user = await findUser(request.session)
  if (!user) throw new GraphQLError('Sign in first.', { extensions: { code: 'UNAUTHENTICATED' } })
  return user
}

async function currentSession(_: unknown, __: unknown, { request }: Context) {
  const user = await findUser(request.session)
  return user && { user, createdAt: new Date(request.session.createdAt ?? 0).toISOString() }
}

export const resolvers = {
  Query: { me, session: currentSession },
  Mutation: { signup, login },
  User: {
    id: (user: UserDocument) => user._id.toHexString(),
    createdAt: (user: UserDocument) => user.createdAt.toISOString(),
  },
}
