#!/bin/sh
# The mutation check: mutmut changes one operator or value at a time in kiosk/domain, ground and storage
# ([mutmut] of setup.cfg) and runs the tests that reach it. A change no test notices is a rule nobody holds.
#
#   tests/mutation.sh            everything (half an hour to an hour on 2 quiet cores), then what survived
#   tests/mutation.sh PATTERN    only mutants whose name matches: 'kiosk.domain.questions.questions*'
#
# Needs ./run.sh test to have been run once (.venv). Works on a copy of the files as they are, in a folder thrown away at the end.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/tool"
"$work/tool/bin/python" -m pip install --quiet --disable-pip-version-check "mutmut==3.8.1"
"$here/.venv/bin/python" -c 'import site; print("\n".join(site.getsitepackages()))' \
    >"$("$work/tool/bin/python" -c 'import site; print(site.getsitepackages()[0])')/kiosk.pth"
mkdir "$work/copy"
cd "$here"
git ls-files -z | xargs -0 cp --parents -t "$work/copy"
cp -r kiosk/locale/en/LC_MESSAGES "$work/copy/kiosk/locale/en/"  # compiled catalogues, made at set-up
cd "$work/copy"
"$work/tool/bin/mutmut" run --max-children "${CHILDREN:-2}" "$@"
"$work/tool/bin/mutmut" results
