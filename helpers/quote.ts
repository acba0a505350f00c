/** One word of a command line as a POSIX shell reads it back. For people to copy; commands are never run from such text. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
