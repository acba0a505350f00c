type Values = readonly [string, ...string[]]

/** Labels that objects have and selectors ask for. */
export interface Vocabulary {
  /** Those that an object always has. */
  readonly fixed: Readonly<Record<string, Values>>
  /** Those that it may have. */
  readonly varying: Readonly<Record<string, Values>>
}

export const podVocabulary: Vocabulary = {
  fixed: { pod: ['a', 'b', 'c'] },
  varying: { app: ['web', 'db'], tier: ['front', 'back'], 'example.com/canary': ['', 'yes'] },
}

export const namespaceVocabulary: Vocabulary = {
  fixed: { ns: ['x', 'y', 'z'], 'kubernetes.io/metadata.name': ['x', 'y', 'z'] },
  varying: { team: ['red', 'blue'], stage: ['test'] },
}
