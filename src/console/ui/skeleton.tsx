import { t } from '../translate.ts'
/** Grey bars where lines will be, while they load. */
export function Skeleton({ lines = 3, label = t('Loading') }: { lines?: number; label?: string }) {
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_line, index) => `line-${index}`).map((key) => (
        <span key={key} className="skeleton-line" />
      ))}
    </div>
  )
}

export function PageSkeleton() {
  return (
    <div className="page">
      <Skeleton lines={4} />
    </div>
  )
}
