#!/bin/sh
# Makes <date>.zip here: a folder of runs as this version leaves it, for later ones to read.
# Call it before each release, with the program in SEDLAB.
set -e
here=$(cd "$(dirname "$0")" && pwd)
name=$(date -u +%Y-%m-%d)
work=/tmp/sedlab-past/$name
rm -rf "$work" && mkdir -p "$work" && cd "$work"
cp "$here/past.yaml" .
SEDLAB_HOSTNAME=off "${SEDLAB:-sedlab}" run past.yaml -m "made to be read later"
"${SEDLAB:-sedlab}" runs tag latest +kept
rm -rf runs/latest runs/cache/locks
mv runs/past-* runs/past
find . \( -name '*.lock' -o -name lock -o -name .index \) -exec rm -f {} +
rm -f "$here/$name.zip" && python3 -c "import shutil; shutil.make_archive('$here/$name', 'zip', '.')"
