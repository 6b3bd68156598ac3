#!/bin/sh
# Kiosque Métiers en direct : le grand écran de la classe.
# Écrit par « kiosk install », retiré par « kiosk uninstall ». / Written by "kiosk install".
#
# Attend que le kiosque réponde, ouvre l'écran en plein écran, rouvre le navigateur s'il se ferme
# ou si sa page ne vit plus, empêche la veille. S'arrête avec la session graphique.
# Pour l'arrêter à la main / to stop it:   kill "$(cat "$XDG_RUNTIME_DIR/kiosque-ecran/pid")"
set -u

url=@URL@
host=@HOST@ port=@PORT@
python=@PYTHON@
# Le premier qui existe sert. / The first one found is used.
browsers=@BROWSERS@
# Options de plus pour le navigateur (kiosk install --browser-flag). / More options for the browser.
flags=@FLAGS@
# Secondes entre deux regards sur la page. / Seconds between two looks at the page.
watch=@WATCH@

run=${XDG_RUNTIME_DIR:-/tmp}/kiosque-ecran
[ -n "${XDG_RUNTIME_DIR:-}" ] || run=$run-$(id -u)
mkdir -p "$run" && [ -O "$run" ] && chmod 700 "$run" || exit 1

# Une seule fois par session, même si deux mécanismes le démarrent. / Once a session.
exec 9>>"$run/lock"
if command -v flock >/dev/null 2>&1 && ! flock -n 9; then
    exit 0
fi
echo $$ >"$run/pid"

child='' browser_pid='' awake_pid='' awake=on
finish() {
    trap - TERM INT HUP EXIT
    [ "$awake" = on ] || screen on
    for pid in $child $browser_pid $awake_pid; do
        kill "$pid" 2>/dev/null
    done
    if [ -n "$browser_pid" ]; then
        for _ in 1 2 3 4 5; do
            kill -0 "$browser_pid" 2>/dev/null || break
            sleep 1
        done
        kill -9 "$browser_pid" 2>/dev/null
    fi
    rm -rf "$run/profile" "$run/pid" "$run/browser"
    exit 0
}
trap finish TERM INT HUP EXIT

# rest COMMAND…: run it and wait, so that a signal is heard at once.
rest() {
    "$@" 9>&- &
    child=$!
    wait "$child"
    status=$?
    child=''
    return $status
}

# seconds: since the machine started; the clock of a Pi may jump.
seconds() {
    read -r up _ </proc/uptime
    echo "${up%.*}"
}

# session: whether the graphical session still answers; one that crashed leaves its socket behind.
session() {
    if [ -n "${WAYLAND_DISPLAY:-}" ]; then
        case $WAYLAND_DISPLAY in
        /*) socket=$WAYLAND_DISPLAY ;;
        *) socket=${XDG_RUNTIME_DIR:-/nowhere}/$WAYLAND_DISPLAY ;;
        esac
    else
        case ${DISPLAY:-} in
        '') return 1 ;;
        :*)
            socket=${DISPLAY#:}
            socket=/tmp/.X11-unix/X${socket%%.*}
            ;;
        *) return 0 ;; # a screen over the network
        esac
    fi
    "$python" -I -c 'import socket, sys; socket.socket(socket.AF_UNIX).connect(sys.argv[1])' "$socket" 2>/dev/null 9>&-
}

# ask MODE: « ready » waits ten seconds for the kiosk to answer, or fails; « displays » prints how many screens it
# sees, and whether a class may look at this one (on, off), or nothing.
ask() {
    rest "$python" -I -c '
import http.client, json, sys, time
mode, host, port = sys.argv[1:]
for _ in range(10):
    try:
        line = http.client.HTTPConnection(host, int(port), timeout=10)
        line.request("GET", "/healthz")
        answer = line.getresponse()
        said = json.load(answer)
        # A full disk takes no question, and shows what is held: the screen stays.
        if answer.status == 200 or said.get("error", {}).get("code", "").startswith("storage_"):
            if mode == "displays":
                print(said.get("displays", "-"), {True: "on", False: "off"}.get(said.get("awake"), "-"))
            sys.exit(0)
    except (OSError, ValueError, http.client.HTTPException):
        pass
    if mode == "displays":
        break
    time.sleep(1)
sys.exit(1)
' "$1" "$host" "$port"
}

# screen on|off: the monitor itself; nothing where the session lends no way to it.
screen() {
    if [ -n "${WAYLAND_DISPLAY:-}" ]; then
        if command -v wlopm >/dev/null 2>&1 && wlopm "--$1" '*' 2>/dev/null; then
            return
        fi
        command -v wlr-randr >/dev/null 2>&1 || return
        for output in $(wlr-randr 2>/dev/null | sed -n 's/^\([^ ]\{1,\}\) .*/\1/p'); do
            wlr-randr --output "$output" "--$1" 2>/dev/null
        done
    elif [ -n "${DISPLAY:-}" ] && command -v xset >/dev/null 2>&1; then
        case $1 in
        on) xset s off s noblank dpms force on -dpms 2>/dev/null ;;
        off) xset +dpms dpms 0 0 0 dpms force off 2>/dev/null ;;
        esac
    fi
}

# stay_awake: the screen is woken; no sleep, no screensaver. The page itself asks the browser for the same (wake lock).
stay_awake() {
    screen on
    if command -v systemd-inhibit >/dev/null 2>&1 && systemd-inhibit --what=idle:sleep true 2>/dev/null; then
        systemd-inhibit --what=idle:sleep --mode=block --who='Kiosque Métiers en direct' \
            --why='Grand écran de la classe' tail --pid=$$ -f /dev/null 9>&- &
        awake_pid=$!
    fi
}

# shellcheck disable=SC2086 # flags are words
# open_browser PATH: full screen, in a profile of its own, in memory, new each time: nothing to restore,
# nothing to translate, no first-run page, no update, no wear of the card.
open_browser() {
    profile=$run/profile
    case $(readlink -f "$1") in
    */snap | /snap/*) profile=$HOME/snap/${1##*/}/common/kiosque-ecran ;; # un « snap » n'écrit que là
    esac
    rm -rf "$profile"
    mkdir -p "$profile"
    case ${1##*/} in
    firefox*)
        cat >"$profile/user.js" <<'END'
user_pref("app.normandy.enabled", false);
user_pref("app.update.auto", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.cache.disk.enable", false);
user_pref("browser.sessionstore.resume_from_crash", false);
user_pref("browser.sessionstore.max_resumed_crashes", 0);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.homepage_override.mstone", "ignore");
user_pref("browser.tabs.warnOnClose", false);
user_pref("browser.translations.enable", false);
user_pref("browser.translations.automaticallyPopup", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("extensions.update.enabled", false);
user_pref("signon.rememberSignons", false);
user_pref("toolkit.startup.max_resumed_crashes", -1);
user_pref("toolkit.telemetry.reportingpolicy.firstRun", false);
user_pref("trailhead.firstrun.didSeeAboutWelcome", true);
END
        MOZ_CRASHREPORTER_DISABLE=1 exec "$1" --no-remote --profile "$profile" --kiosk $flags "$url"
        ;;
    *)
        # A browser in another language offers to translate, over the class's screen, whatever its options say.
        mkdir -p "$profile/Default"
        printf '{"translate":{"enabled":false}}' >"$profile/Default/Preferences"
        exec "$1" --kiosk --user-data-dir="$profile" --disk-cache-size=16777216 \
            --no-first-run --no-default-browser-check --password-store=basic \
            --noerrdialogs --hide-crash-restore-bubble --disable-session-crashed-bubble --disable-infobars \
            --disable-features=Translate,MediaRouter,AutofillServerCommunication \
            --disable-component-update --check-for-update-interval=31536000 \
            --simulate-outdated-no-au='Tue, 31 Dec 2099 23:59:59 GMT' \
            --disable-background-networking --disable-sync --disable-breakpad --disable-extensions \
            --disable-pinch --overscroll-history-navigation=0 --deny-permission-prompts \
            $flags "$url"
        ;;
    esac
}

# watch: back when the browser ended; one whose page has not been connected for four looks, or never was in ten
# (« Aw, snap », a white page), is ended too: the kiosk counts its screens.
watch() {
    most=10 silent=0
    while kill -0 "$browser_pid" 2>/dev/null && session; do
        waited=0
        while [ "$waited" -lt "$watch" ] && kill -0 "$browser_pid" 2>/dev/null; do
            rest sleep 1
            waited=$((waited + 1))
        done
        told=$(ask displays)
        # Woken at each look, whatever put it to sleep; put to sleep once: who then moves the mouse sees the screen.
        case ${told#* } in
        on)
            screen on
            awake=on
            ;;
        off)
            [ "$awake" = off ] || screen off
            awake=off
            ;;
        esac
        case ${told%% *} in
        '' | -) ;; # an older kiosk, or one that is restarting: its page comes back by itself
        0)
            silent=$((silent + 1))
            if [ $silent -ge $most ]; then
                kill "$browser_pid" 2>/dev/null
                rest sleep 2
                kill -9 "$browser_pid" 2>/dev/null
            fi
            ;;
        *) most=4 silent=0 ;;
        esac
    done
    wait "$browser_pid" 2>/dev/null
}

# A loop killed the hard way leaves its browser: end it, it holds the screen.
if [ -f "$run/browser" ] && old=$(cat "$run/browser") && grep -qs "$run/profile" "/proc/$old/cmdline"; then
    kill "$old" 2>/dev/null
fi

stay_awake
pause=1
while session; do
    ask ready || continue
    found=''
    for name in $browsers; do
        found=$(command -v "$name") && break
    done
    if [ -z "$found" ]; then
        rest sleep 60
        continue
    fi
    began=$(seconds)
    open_browser "$found" 9>&- &
    browser_pid=$!
    echo "$browser_pid" >"$run/browser"
    watch
    browser_pid=''
    # A browser that cannot start must not take all of the processor.
    if [ $(($(seconds) - began)) -ge 15 ]; then
        pause=1
    elif [ $pause -lt 60 ]; then
        pause=$((pause * 2))
    fi
    rest sleep $pause
done
