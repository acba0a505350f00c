import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { packageRoot } from '../helpers/package-root.ts'
import { taggedReference } from '../src/images/image-reference.ts'
import { imagePins } from '../src/images/pins.ts'
import { commonImages } from '../src/providers/kind/preload-images.ts'

it('pods of scenarios name images that are loaded into the nodes of kind, as they are named there', () => {
  const folder = join(packageRoot(), 'scenarios')
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /(?<!test)\.ts$/.test(name),
  )
  const named = sources.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/(?:image: |IMAGE = |BUSYBOX = )'([^' ]+)'/g)].map(
      ([, image]) => image ?? '',
    ),
  )
  expect(named.length).toBeGreaterThan(2)
  const loaded = new Set(commonImages.map((name) => taggedReference(imagePins[name])))
  expect(named.filter((image) => !loaded.has(image))).toEqual([])
})
