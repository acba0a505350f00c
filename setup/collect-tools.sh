#!/bin/sh
# collect-tools.sh FOLDER TOOL…: copies programs of this machine to FOLDER (below DESTDIR), each with the libraries and the loader that it
# needs, so that they run in the root file system of any node. FOLDER/commands has one script for each, under the program's name.
set -eu
folder=$1
target=${DESTDIR:-}$folder
shift
PATH=$PATH:/usr/sbin:/sbin
mkdir -p "$target/commands" "$target/bin" "$target/lib"
for tool in "$@"; do
  path=$(command -v "$tool") || { echo "collect-tools.sh: there is no $tool" >&2; exit 1; }
  cp -L "$path" "$target/bin/$tool"
  libraries=$(ldd "$path" 2>/dev/null | grep -o '/[^ ]*' || true)
  for library in $libraries; do cp -Lf "$library" "$target/lib/"; done
  loader=$(printf '%s\n' "$libraries" | grep -m 1 '/ld-[^/]*$' || true)
  if [ -n "$loader" ]; then
    start="$folder/lib/${loader##*/} --argv0 $tool --library-path $folder/lib $folder/bin/$tool"
  else
    start=$folder/bin/$tool
  fi
  printf '#!/bin/sh\nexec %s "$@"\n' "$start" >"$target/commands/$tool"
  chmod 755 "$target/commands/$tool"
done
