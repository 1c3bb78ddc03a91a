#!/usr/bin/env bash
# Makes a site for visitors of what Trunk has put together: few files, and compressed ones beside them.
#   site.sh release|debug DIST
# A page that is being developed stays as it is, so that its modules can be read and changed one by one.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 2 ] || die "usage: site.sh release|debug DIST"
[ "$1" = release ] || exit 0
"$ROOT/scripts/setup.sh" node
node "$ROOT/scripts/bundle.js" "$2"
node "$ROOT/scripts/compress.js" "$2"
