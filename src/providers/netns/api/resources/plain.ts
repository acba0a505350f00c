import type { V1ClusterRoleBinding, V1ControllerRevision, V1Lease, V1RoleBinding } from '@kubernetes/client-node'
import type { KubeObject } from '../types.ts'
import type { Stored } from '../wire.ts'
import { ageSince } from './ages.ts'
import { ageColumn, column, nameColumn, numberColumn, wideColumn } from './columns.ts'
import { defineResource, type ResourceDefinition } from './definition.ts'

const rbac = { group: 'rbac.authorization.k8s.io', nameRule: 'path-segment' } as const
const createdAt = column('Created At')

interface Binding {
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects?: { readonly kind: string; readonly name: string; readonly namespace?: string }[]
}

const bindingColumns = [
  nameColumn,
  column('Role'),
  ageColumn,
  wideColumn('Users'),
  wideColumn('Groups'),
  wideColumn('ServiceAccounts'),
]

function bindingCells(binding: KubeObject & Binding, nowMs: number): string[] {
  const named = (kind: string): string =>
    (binding.subjects ?? [])
      .filter((subject) => subject.kind === kind)
      .map((subject) => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
      .join(', ')
  return [
    binding.metadata.name,
    `${binding.roleRef.kind}/${binding.roleRef.name}`,
    ageSince(binding.metadata.creationTimestamp, nowMs),
    named('User'),
    named('Group'),
    named('ServiceAccount'),
  ]
}

const createdCells = (object: KubeObject): string[] => [object.metadata.name, object.metadata.creationTimestamp]

/** Kinds that manifests and tools expect to exist, and that nothing here acts upon. */
export const plainResources: readonly ResourceDefinition[] = [
  defineResource<KubeObject>({
    ...rbac,
    resource: 'clusterroles',
    singular: 'clusterrole',
    kind: 'ClusterRole',
    model: 'V1ClusterRole',
    namespaced: false,
    columns: [nameColumn, createdAt],
    cells: createdCells,
  }),
  defineResource<KubeObject>({
    ...rbac,
    resource: 'roles',
    singular: 'role',
    kind: 'Role',
    model: 'V1Role',
    columns: [nameColumn, createdAt],
    cells: createdCells,
  }),
  defineResource<Stored<V1ClusterRoleBinding>>({
    ...rbac,
    resource: 'clusterrolebindings',
    singular: 'clusterrolebinding',
    kind: 'ClusterRoleBinding',
    model: 'V1ClusterRoleBinding',
    namespaced: false,
    columns: bindingColumns,
    cells: bindingCells,
    validate: (binding, problems) => (binding.roleRef === undefined ? problems.required('roleRef.name') : undefined),
  }),
  defineResource<Stored<V1RoleBinding>>({
    ...rbac,
    resource: 'rolebindings',
    singular: 'rolebinding',
    kind: 'RoleBinding',
    model: 'V1RoleBinding',
    columns: bindingColumns,
    cells: bindingCells,
    validate: (binding, problems) => (binding.roleRef === undefined ? problems.required('roleRef.name') : undefined),
  }),
  defineResource<Stored<V1Lease>>({
    resource: 'leases',
    singular: 'lease',
    kind: 'Lease',
    group: 'coordination.k8s.io',
    model: 'V1Lease',
    columns: [nameColumn, column('Holder'), ageColumn],
    cells: (lease, nowMs) => [
      lease.metadata.name,
      lease.spec?.holderIdentity ?? '',
      ageSince(lease.metadata.creationTimestamp, nowMs),
    ],
  }),
  defineResource<Stored<V1ControllerRevision>>({
    resource: 'controllerrevisions',
    singular: 'controllerrevision',
    kind: 'ControllerRevision',
    group: 'apps',
    model: 'V1ControllerRevision',
    columns: [nameColumn, column('Controller'), numberColumn('Revision'), ageColumn],
    cells: (revision, nowMs) => {
      const owner = revision.metadata.ownerReferences?.find((reference) => reference.controller)
      const group = owner?.apiVersion.split('/')[0] ?? ''
      return [
        revision.metadata.name,
        owner === undefined ? '<none>' : `${owner.kind.toLowerCase()}.${group}/${owner.name}`,
        revision.revision,
        ageSince(revision.metadata.creationTimestamp, nowMs),
      ]
    },
  }),
]
