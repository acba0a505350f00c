import type { Column } from './definition.ts'

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace.',
  priority: 0,
}

/** A text column. */
export function column(name: string, description = ''): Column {
  return { name, type: 'string', format: '', description, priority: 0 }
}

export function numberColumn(name: string, description = ''): Column {
  return { ...column(name, description), type: 'integer' }
}

/** A column that shows with `-o wide`. */
export function wideColumn(name: string, description = ''): Column {
  return { ...column(name, description), priority: 1 }
}

export const ageColumn: Column = column(
  'Age',
  'CreationTimestamp is a timestamp representing the server time when this object was created.',
)
