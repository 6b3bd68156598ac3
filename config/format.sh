#!/bin/sh
# Writes scripts and style sheets as Prettier does: sh config/format.sh; with --check, only says which are not.
#
# Not the templates: Prettier reads no Jinja and refuses a tag that holds {% if … %}. tests/test_templates.py holds those.
set -eu
cd "$(dirname "$0")/.."
node config/client/node_modules/prettier/bin/prettier.cjs --config config/client/prettier.json --log-level warn \
    "${1:---write}" "static/js/**/*.js" "static/css/**/*.css" "docs/style/*.css" "tests/**/*.js" "bench/node/*.js"
