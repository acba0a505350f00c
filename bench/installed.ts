import { findTool } from '../src/providers/netns/client/find-tool.ts'

export function isInstalled(command: string): boolean {
  return findTool(command) !== undefined
}
