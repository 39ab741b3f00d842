import type { Role } from '../gql/graphql.ts'
import { t } from '../translate.ts'

const ROLES: readonly { role: Role; describe(): string }[] = [
  { role: 'ADMIN', describe: () => t('Sees and changes users') },
  { role: 'SUPPORT', describe: () => t('Sees users') },
]

interface RoleChoiceProps {
  /** Roles that this page does not know belong to a clone, and stay. */
  chosen: readonly Role[]
  onChange(chosen: readonly Role[]): void
}

/** Which roles a user has. */
export function RoleChoice({ chosen, onChange }: RoleChoiceProps) {
  const toggle = (role: Role) =>
    onChange(chosen.includes(role) ? chosen.filter((one) => one !== role) : [...chosen, role])
  return (
    <fieldset className="choices">
      <legend className="label">{t('Roles')}</legend>
      {ROLES.map(({ role, describe }) => (
        <label key={role} className="check">
          <input type="checkbox" checked={chosen.includes(role)} onChange={() => toggle(role)} />
          <span>
            {role} <span className="muted">{describe()}</span>
          </span>
        </label>
      ))}
    </fieldset>
  )
}
