export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export function isShell(text: string): text is Shell {
  return shells.some((shell) => shell === text)
}

/** Each asks the program itself for the words: names of nodes and pods are known to it alone. */
export function completionScript(shell: Shell): string {
  return scripts[shell]
}

const scripts: Readonly<Record<Shell, string>> = {
  bash: `# source <(packetproof completion bash)
_packetproof() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(packetproof complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _packetproof packetproof
`,
  zsh: `#compdef packetproof
# source <(packetproof completion zsh)
_packetproof() {
  local -a found
  found=("\${(@f)$(packetproof complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found || _files
}
compdef _packetproof packetproof
`,
  fish: `# packetproof completion fish | source
complete -c packetproof -f -a '(packetproof complete -- (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
}
