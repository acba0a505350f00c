import type { ImagePin } from './pins.ts'

/** As Docker and Kubernetes name the image once it is there: `quay.io/calico/node:v3.32.1`. Docker shortens its own registry. */
export function taggedReference(pin: ImagePin): string {
  const short = pin.repository.replace(/^docker\.io\/(?:library\/)?/, '')
  return `${short}:${pin.tag}`
}

/** What is pulled: the content, by its digest; the tag alone where no digest is known. */
export function pullReference(pin: ImagePin): string {
  return pin.digest === undefined ? `${pin.repository}:${pin.tag}` : `${pin.repository}@${pin.digest}`
}
