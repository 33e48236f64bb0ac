#!/usr/bin/env bash
# Build the one-folder bundle in an environment of its own, with torch for the CPU, and start it
# once under Xvfb.
#   packaging/bundle_linux.sh [OUT]
# PIP_EXTRA_INDEX_URL or --index-url of your pip's configuration decides where torch for the CPU
# comes from; without one the plain torch is bundled, which is several times as large.
set -euo pipefail
cd "$(dirname "$0")"
out=$(realpath -m "${1:-../dist}")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python3 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet .. "pyinstaller>=6.10"
"$place/venv/bin/pyinstaller" --noconfirm --distpath "$out" --workpath "$place/work" segviewer.spec

cd "$place"
"$out/segviewer/segviewer" info
"$out/segviewer/segviewer" label sample:palace --out labels
xvfb-run -a -s "-screen 0 1600x1000x24" "$out/segviewer/segviewer" --screenshot window.png
test -s window.png
du -sh "$out/segviewer"
