#!/usr/bin/env bash
# Makes a site for visitors of what Trunk has put together: few files, its address in the page, and compressed ones beside them.
# SITE_URL says where it will be, for previews of links.
#   site.sh release|debug DIST
# A page that is being developed stays as it is, so that its modules can be read and changed one by one; it is shown again
# when it was built.
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 2 ] || die "usage: site.sh release|debug DIST"
if [ "$1" != release ]; then
  cp "$ROOT/scripts/reload.js" "$2/"
  sed -i 's|</body>|<script src="reload.js"></script></body>|' "$2/index.html"
  exit 0
fi
"$ROOT/scripts/setup.sh" node
node "$ROOT/scripts/bundle.js" "$2"
node "$ROOT/scripts/site-url.js" "$2"
node "$ROOT/scripts/compress.js" "$2"
