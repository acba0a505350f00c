/** Our own images, as manifests name them. */
const OWN_IMAGE = /^(docker\.io\/)?packetproof\//

/** @param registry where the cluster finds the images of this project */
export function imageFor(image: string, registry: string | undefined): string {
  if (registry === undefined) return image
  return image.replace(OWN_IMAGE, `${registry.replace(/\/$/, '')}/`)
}
