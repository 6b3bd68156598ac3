# Everything the project checks. Sourced by run.sh, whose functions it uses; not run by itself.
#
#   ./run.sh test           style and types; four at a time: the unit suite on the newest Python found, a part of it on
#                           the others (from 3.10); on one the long tests, browser, servers; beside them, what waits
#   ./run.sh test ARGS…     one pytest run on .venv with these arguments (-k word, a file…)
# shellcheck shell=sh disable=SC2154

lock=$here/config/requirements-test.lock stamp=.kiosk-test

# browser: Chromium (whole, as a kiosk opens it; and its shell without a window, which tests drive), Firefox, WebKitGTK, a
# known font, a screen without a monitor, systemd's own checks, PostgreSQL, Redis, two relays (nginx, Caddy), a package's,
# a card's and a manual's tools, a clock that is off, from Debian when we may install them.
browser() {
    wanted=
    command -v chromium >/dev/null 2>&1 || wanted=chromium
    command -v chromium-headless-shell >/dev/null 2>&1 || wanted="$wanted chromium-headless-shell"
    command -v firefox-esr >/dev/null 2>&1 || command -v firefox >/dev/null 2>&1 || wanted="$wanted firefox-esr"
    command -v WebKitWebDriver >/dev/null 2>&1 || wanted="$wanted webkit2gtk-driver"
    fc-list 2>/dev/null | grep -qi dejavu || wanted="$wanted fontconfig fonts-dejavu-core"
    command -v Xvfb >/dev/null 2>&1 || wanted="$wanted xvfb"
    command -v openbox >/dev/null 2>&1 || wanted="$wanted openbox"
    command -v systemd-analyze >/dev/null 2>&1 || wanted="$wanted systemd"
    command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || wanted="$wanted nginx-light"
    command -v caddy >/dev/null 2>&1 || wanted="$wanted caddy"
    ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || wanted="$wanted postgresql"
    command -v redis-server >/dev/null 2>&1 || wanted="$wanted redis-server"
    command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || wanted="$wanted pgbouncer"
    command -v debootstrap >/dev/null 2>&1 || [ -x /usr/sbin/debootstrap ] || wanted="$wanted debootstrap"
    command -v lintian >/dev/null 2>&1 || wanted="$wanted lintian"
    command -v mcopy >/dev/null 2>&1 || wanted="$wanted mtools"
    [ -x /usr/sbin/mkfs.vfat ] || command -v mkfs.vfat >/dev/null 2>&1 || wanted="$wanted dosfstools"
    [ -x /usr/sbin/sfdisk ] || command -v sfdisk >/dev/null 2>&1 || wanted="$wanted fdisk"
    command -v mandoc >/dev/null 2>&1 || wanted="$wanted mandoc"
    command -v man >/dev/null 2>&1 || wanted="$wanted man-db"
    command -v ssh-keygen >/dev/null 2>&1 || wanted="$wanted openssh-client"
    command -v faketime >/dev/null 2>&1 || wanted="$wanted faketime"
    [ -n "$wanted" ] || return 0
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "  navigateur, écran, systemd, bases PostgreSQL et Redis, relais…"
        # shellcheck disable=SC2086
        (export DEBIAN_FRONTEND=noninteractive
            step apt-get update -q
            step apt-get install -q -y --no-install-recommends $wanted)
        return 0
    fi
    stop "Les tests ont besoin d’un navigateur, d’une police, de Xvfb, d’openbox, de systemd, de PostgreSQL, de Redis, de nginx, de Caddy, de debootstrap, de lintian, de mtools, de dosfstools, de sfdisk, de mandoc et de faketime. Installez-les, puis relancez." \
        "Tests need a browser, a font, Xvfb, openbox, systemd, PostgreSQL, Redis, nginx, Caddy, debootstrap, lintian, mtools, dosfstools, sfdisk, mandoc and faketime. Install them, then start again:" \
        "sudo apt install $wanted"
}

# pythons: one program per version from 3.10 up, sorted, one a line.
pythons() {
    for program in "$python" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python \
        /usr/bin/python3.1[0-9] /usr/local/bin/python3.1[0-9] $(for minor in 10 11 12 13 14 15; do
            command -v "python3.$minor" || true
        done); do
        [ -x "$program" ] || continue
        "$program" -c 'import sys, venv, ensurepip
print("%d.%02d" % sys.version_info[:2], sys.argv[1]) if sys.version_info >= (3, 10) else None' \
            "$program" 2>/dev/null || true
    done | grep "^3\." | sort -s -k 1,1 -u | cut -d ' ' -f 2
}

# version PROGRAM: of this Python.
version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'
}

# environment PROGRAM: the Python of its environment, made when it is not there; what tests need is installed in it,
# compiled when it is first imported ($PYTHONPYCACHEPREFIX): most of it never is.
environment() {
    if [ "$1" = "$python" ]; then
        printf '%s\n' "$python"
        return 0
    fi
    venv=$here/.venv-test/$(version "$1")
    (
        log=$venv.log python=$venv/bin/python
        mkdir -p "$here/.venv-test"
        if ! "$python" -c 'import pip' 2>/dev/null; then
            rm -rf "$venv"
            step "$1" -m venv "$venv"
        fi
        install "$lock" "$stamp" --no-compile
        rm -f "$log"
    ) && printf '%s\n' "$venv/bin/python"
}

# suite PYTHON NAME MARKS [PLACE…]: one run of pytest; whether it passed. Which tests failed is kept for again, when it
# came to its end: 1 is pytest's « some failed », anything else left tests untried.
suite() {
    with=$1 held=$kept/$2 marks=$3
    shift 3
    rm -rf "$held" "$held.ended"
    "$with" -m pytest -q -m "$marks" -o cache_dir="$held" --durations=15 "$@" && return 0
    echo $? >"$held.code"
    [ "$(cat "$held.code")" -ne 1 ] || touch "$held.ended"
    return 1
}

# again PYTHON NAME MARKS [PLACE…]: the tests that failed while the machine did something else too, once more, alone and
# one after the other; a run that was cut short, whole. What fails twice has failed, and the last lines printed tell what
# to mend. What passes the second time is told: a test that needs a quiet machine is a fault to mend, but no reason to
# refuse a change. More than sixty (a common beginning that failed may be twenty) is no matter of chance.
again() {
    with=$1 held=$kept/$2 marks=$3 called=$2
    shift 3
    if [ ! -e "$held.ended" ]; then
        say "
== Encore une fois, en entier ($called, interrompu : $(cat "$held.code" 2>/dev/null || echo 0)) :
$(tail -n 30 "$held.said" 2>/dev/null)"
        "$with" -m pytest -q -m "$marks" -o cache_dir="$held" "$@"
        return
    fi
    cases=$(grep -c '": true' "$held/v/cache/lastfailed" 2>/dev/null || true)
    if [ "${cases:-0}" -eq 0 ] || [ "$cases" -gt 60 ]; then
        say "
== Trop d’échecs pour un hasard ($called) :
$(grep -E '^(E  |FAILED|ERROR)' "$held.said" 2>/dev/null | sort | uniq -c | sort -rn | head -n 40)"
        return 1
    fi
    say "
== Encore une fois, seuls ($called) :
$(sed -n 's/^  "\(.*\)": true,*$/  \1/p' "$held/v/cache/lastfailed")"
    "$with" -m pytest -q -m "$marks" -o cache_dir="$held" --last-failed --last-failed-no-failures none
}

# suites: a line each, NAME|PYTHON|MARKS|PLACES, the longest first. What needs no server and no browser runs whole on the
# newest Python; on the oldest, where it speaks with the interpreter (threads, sockets, files, SQLite, processes); on those
# between, the database and its threads: for the rest, mypy judges every name against the oldest. What needs a server
# or a browser runs on the Python that people get. ``tests/cost`` is for the long ones: to collect it is to read every
# module of the product as a program.
suites() {
    plain='not browser and not server and not once' served='server and not browser and not waits' less=--ignore=tests/cost
    near='tests/storage tests/live tests/ops tests/test_config.py tests/test_cli.py tests/test_wholefile.py tests/test_doors.py'
    far='tests/centre tests/sync tests/browser tests/fuzz tests/ops'
    core='tests/storage tests/live tests/test_wholefile.py'
    pythons >"$kept/pythons"
    newest=$(tail -n 1 "$kept/pythons") oldest=$(head -n 1 "$kept/pythons")
    echo "serveurs|$python|$served|$less $(printf -- '--ignore=%s ' $far)"
    echo "navigateur|$python|browser|tests/browser"
    echo "Python $(version "$newest")|$newest|$plain|$less"
    echo "centre et liaisons|$python|$served|$far"
    echo "navigateur, hors des pages|$python|browser|$less --ignore=tests/browser"
    echo "essais longs|$python|once and not browser and not server|"
    while read -r program; do
        case $program in
            "$newest") ;;
            "$oldest") echo "Python $(version "$program")|$program|$plain|$near" ;;
            *) echo "Python $(version "$program")|$program|$plain|$core" ;;
        esac
    done <"$kept/pythons"
}

# waiting: what mostly waits, for a silence to be noticed, for sockets to be forgotten: a lane of its own, for it takes
# next to nothing of a processor.
waiting() {
    echo "attentes|$python|waits|--ignore=tests/cost"
}

# take LIST: run its suites that nobody has taken yet, one after another; what each prints is shown when it has ended.
take() {
    while IFS='|' read -r name with marks places <&3; do
        mkdir "$kept/$name.taken" 2>/dev/null || continue
        with=$(environment "$with" 2>"$kept/$name.said") || {
            cat "$kept/$name.said" >&2
            continue
        }
        # shellcheck disable=SC2086
        suite "$with" "$name" "$marks" $places >"$kept/$name.said" 2>&1 </dev/null && touch "$kept/$name.passed"
        say "
== $name
$(cat "$kept/$name.said")"
    done 3<"$kept/$1"
}

# everything: four suites at a time on two cores, for a test of servers or of a browser waits half of its time; what waits
# nearly all of its time beside them; then what failed.
everything() {
    rm -rf "$kept"
    mkdir -p "$kept"
    suites >"$kept/suites"
    waiting >"$kept/waiting"
    take waiting &
    take suites &
    take suites &
    take suites &
    take suites
    wait
    cat "$kept/suites" "$kept/waiting" >"$kept/all"
    while IFS='|' read -r name with marks places <&3; do
        # shellcheck disable=SC2086
        [ -e "$kept/$name.passed" ] || again "$(environment "$with")" "$name" "$marks" $places </dev/null ||
            failed="$failed, $name"
    done 3<"$kept/all"
}

# style: the checks setup.cfg describes.
style() {
    say "
== Style et types"
    set -- kiosk tests
    for folder in bench centre; do
        [ ! -d "$here/$folder" ] || set -- "$@" "$folder"
    done
    "$python" -m flake8 "$@"
    "$python" -m isort --check-only --quiet "$@"
    "$python" -m ruff format --check --quiet .
    "$python" -m mypy
    sh "$here/config/format.sh" --check
}

prepare dev
cd "$here"
if [ $# -gt 0 ]; then
    exec "$python" -m pytest "$@"
fi
# Whatever this machine's habit: hundreds of servers start, and each would compile three hundred modules anew.
unset PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX="$venv/.bytecode"
rm -rf "$PYTHONPYCACHEPREFIX"
style >"$venv/.style" 2>&1 &  # while what the tests need comes
judged=$!
browser
"$here/run.sh" docs  # every link of the documentation leads somewhere
wait "$judged" || {
    cat "$venv/.style" >&2
    exit 1
}
cat "$venv/.style" >&2
failed='' kept=$venv/.kept
everything
[ -z "$failed" ] || {
    say "
Échec : ${failed#, }"
    exit 1
}
