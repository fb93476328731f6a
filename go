#!/bin/sh
# Everything with one command: sets up what is missing, then does it.
#
#   ./go play releasing-the-wall    a session (any words go to `guide`)
#   ./go test                       the tests (words after it go to pytest)
#   ./go bench                      the benchmark (words after it go to tests/benchmarks/run.py)
#
# What was set up is written down in .venv, so that the next run only compares two lines and starts.
set -eu

say() { printf 'go: %s\n' "$*" >&2; }

# The folder of this file, through symbolic links. The current folder stays the person's own: sessions that are
# written to a file go there.
here=$0
while [ -L "$here" ]; do
    target=$(readlink "$here")
    case $target in
        /*) here=$target ;;
        *) here=${here%"${here##*/}"}$target ;;
    esac
done
case $here in
    */*) here=${here%/*} ;;
    *) here=. ;;
esac
root=$(CDPATH='' cd -- "${here:-/}" && pwd -P)

venv=$root/.venv
old=$root/.go-old
log=$root/.go-log
begun=$venv/.go-begun

kind='base'
case ${1-} in
    test | bench)
        kind=$1
        shift
        ;;
esac

# -- what is ready ------------------------------------------------------------------------------------------------

# What the set-up depends on: the dependencies, the place (a folder that was moved has stale paths inside), Python.
key_now() {
    sum=$(cksum <"$root/pyproject.toml")
    interpreter=$(readlink -f "$venv/bin/python" 2>/dev/null || :)
    key="1 $sum $interpreter $root"
}

# A stamp has two lines: the key, and the system packages that could not be installed.
ready() { # ready base|test|bench
    missing=
    [ -r "$venv/.go-$1" ] && [ -x "$venv/bin/guide" ] && [ -x "$venv/bin/python" ] || return 1
    { IFS= read -r written && IFS= read -r missing; } <"$venv/.go-$1" || return 1
    [ "$written" = "$key" ]
}

start() {
    if [ -n "$missing" ]; then
        missing_now "$missing"
        without
    fi
    [ "$kind" = base ] || cd "$root"
    case $kind in
        test) exec "$venv/bin/python" -m pytest -n 3 --dist worksteal "$@" ;;
        bench) exec "$venv/bin/python" tests/benchmarks/run.py "$@" ;;
        *) exec "$venv/bin/guide" "$@" ;;
    esac
}

# -- system packages ----------------------------------------------------------------------------------------------

library() { # is this shared library installed?
    PATH="$PATH:/usr/sbin:/sbin" ldconfig -p 2>/dev/null | grep -q "$1"
}

any() { # is one of these files there?
    for file in "$@"; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

present() { # is what this Debian package brings here already?
    case $1 in
        libportaudio2) library 'libportaudio\.so\.2' ;;
        libespeak-ng1) library 'libespeak-ng\.so\.1' ;;
        pulseaudio) command -v pulseaudio >/dev/null ;;
        pulseaudio-utils) command -v parec >/dev/null && command -v pactl >/dev/null ;;
        libasound2-plugins) any /usr/lib*/alsa-lib/*_pcm_pulse.so /usr/lib/*/alsa-lib/*_pcm_pulse.so ;;
        tmux | ffmpeg | sox | espeak-ng) command -v "$1" >/dev/null ;;
        alsa-utils) command -v aplay >/dev/null ;;
        *) return 1 ;;
    esac
}

missing_now() { # sets $missing to those of the packages that are not here
    missing=
    for package in $1; do
        present "$package" || missing="$missing $package"
    done
    missing=${missing# }
}

reason() {
    case $1 in
        libportaudio2) echo 'PortAudio, which plays and records' ;;
        libespeak-ng1) echo 'espeak-ng, the voice that speaks' ;;
        pulseaudio*) echo 'a private sound server to test and measure with' ;;
        libasound2-plugins) echo 'joins what is tested to that sound server' ;;
        tmux) echo 'a terminal for the tests' ;;
        ffmpeg | sox) echo 'what one would mix with otherwise, for the benchmark' ;;
        espeak-ng) echo 'the bare voice, which the benchmark compares with' ;;
        alsa-utils) echo "aplay, by which the benchmark's naive loop is heard" ;;
        python3*) echo 'Python with venv, which Guide is written in' ;;
        *) echo 'needed' ;;
    esac
}

without() { # what does not work while $missing is missing
    for package in $missing; do
        case $package in
            libportaudio2) say 'PortAudio is missing: sessions can be written to files, but not played or recorded.' ;;
            libespeak-ng1) say 'espeak-ng is missing: the default voice cannot speak.' ;;
            ffmpeg | sox | espeak-ng | alsa-utils)
                say "$package is missing ($(reason "$package")): what needs it is not measured."
                ;;
            *) say "$package is missing ($(reason "$package")): the tests that need it are skipped." ;;
        esac
    done
    [ -z "$missing" ] || say "To have all of it: sudo apt-get install $missing"
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif [ -t 2 ]; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

apt() {
    # --no-remove: what a person has installed is never taken away for our sake.
    as_root apt-get -qq -y --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 "$@" \
        </dev/null >>"$log" 2>&1 9>&-
}

apt_install() { # installs packages, saying which and why; false where it cannot be done
    if ! command -v apt-get >/dev/null; then
        say "There is no apt-get here to install $* with."
        return 1
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
        say "Only root can install $*, and there is no sudo."
        return 1
    fi
    for package in "$@"; do
        say "installing $package with apt-get: $(reason "$package")"
    done
    # A new machine has no lists of packages, an old list names files that are gone: then they are fetched first.
    apt install "$@" || { apt update && apt install "$@"; } || {
        say "apt-get could not install $*. Its last words:"
        tail -n 5 "$log" >&2
        return 1
    }
}

packages() { # installs what is missing of these packages; leaves the rest of them in $missing
    missing_now "$*"
    # Elsewhere than on Linux, pip brings PortAudio along, and the system has a voice of its own.
    [ "$(uname -s)" = Linux ] || missing=
    [ -n "$missing" ] || return 0
    # One by one if not together: a package that this system has not should not keep the others away.
    # shellcheck disable=SC2086
    set -- $missing
    apt_install "$@" || [ $# = 1 ] || for package in "$@"; do
        apt_install "$package" || :
    done
    missing_now "$*"
}

# -- Python and what Guide needs of it ----------------------------------------------------------------------------

python_found() { # sets $python to one that is new enough
    for python in python3 python3.13 python3.12 python3.11; do
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return 0
    done
    python=
    return 1
}

venv_works() { "$python" -c 'import ensurepip, venv' 2>/dev/null; }

find_python() {
    python_found || apt_install python3 python3-venv || :
    python_found || stop 'Guide needs Python 3.11 or newer. Install it, then start this again.'
    venv_works && return 0
    case $python in
        python3) apt_install python3-venv || : ;;
        *) apt_install "$python-venv" || : ;;
    esac
    venv_works || stop "$python has no venv. Install it (on Debian: sudo apt-get install python3-venv), then start this again."
}

stop() {
    say "$*"
    exit 1
}

pip_install() {
    # The marker stays if this is interrupted: half an installation is not built upon, but made anew.
    : >"$begun"
    (cd "$root" && "$venv/bin/python" -m pip install --disable-pip-version-check -e "$1") </dev/null >>"$log" 2>&1 || return 1
    rm -f "$begun"
}

usable() { # can the .venv that is there be built upon?
    [ -e "$venv" ] && [ ! -e "$begun" ] && [ "$placed" = "$root" ] && "$venv/bin/python" -c 'import pip' 2>/dev/null
}

make_venv() {
    placed=
    [ ! -r "$venv/.go-place" ] || IFS= read -r placed <"$venv/.go-place" || :
    usable && return 0
    find_python
    # What worked is kept aside until the new one works: there may be no network today.
    if [ -e "$venv/.go-base" ] && [ ! -e "$old" ]; then
        mv "$venv" "$old"
    else
        rm -rf "$venv"
    fi
    say "making .venv with $("$python" -V)"
    "$python" -m venv "$venv" >>"$log" 2>&1 || return 1
    printf '%s\n' "$root" >"$venv/.go-place"
}

install_guide() {
    make_venv || return 1
    case $kind in
        test)
            say 'installing Guide and its tests into .venv (a few minutes the first time)'
            pip_install '.[test]'
            ;;
        bench)
            say 'installing Guide and its benchmark into .venv (a few minutes the first time)'
            pip_install '.[test,bench]'
            ;;
        *)
            say 'installing Guide into .venv (a minute or two the first time)'
            pip_install .
            ;;
    esac
}

# What was installed once still does, started so that no path in it matters.
anyhow() {
    if [ "$kind" != base ] || [ ! -e "$venv/.go-base" ] || ! "$venv/bin/python" -c '' 2>/dev/null; then
        return 1
    fi
    say 'Going on with what was installed before.'
    PYTHONPATH=$root${PYTHONPATH:+:$PYTHONPATH} exec "$venv/bin/python" -m guide "$@" 9>&-
}

fall_back() {
    say 'The set-up did not succeed (is there a network?). Its last words:'
    tail -n 5 "$log" >&2
    if [ -e "$old" ]; then
        rm -rf "$venv"
        mv "$old" "$venv"
    fi
    anyhow "$@" || stop "Nothing could be started. All that was said is in $log. Start this again when it is mended."
}

# -- the set-up, one at a time ------------------------------------------------------------------------------------

espeak_embedded() { # can the espeak-ng that came with pip serve? Only on x86-64: elsewhere it lacks a part.
    "$venv/bin/python" -c '
import ctypes, os, platform, sys
if platform.machine() not in ("x86_64", "AMD64"):
    sys.exit(1)
import espeakng_loader
ctypes.CDLL(espeakng_loader.get_library_path())
sys.exit(not os.path.isdir(espeakng_loader.get_data_path()))' 2>/dev/null
}

wanted() { # the system packages for base|test|bench
    echo libportaudio2
    [ ! -x "$venv/bin/python" ] || espeak_embedded || echo libespeak-ng1
    [ "$1" = base ] || echo pulseaudio pulseaudio-utils libasound2-plugins tmux
    [ "$1" != bench ] || echo ffmpeg sox espeak-ng alsa-utils
}

included() { # what is ready when $kind is: the tests include a session, the benchmark both
    echo base
    [ "$kind" = base ] || echo 'test'
    [ "$kind" != bench ] || echo bench
}

set_up() {
    : >"$log"
    install_guide || fall_back "$@"
    # shellcheck disable=SC2046
    packages $(wanted "$kind")
    key_now
    lacking=" $missing "
    for one in $(included); do
        missing= # of all that is missing, what this one has a use for
        for package in $(wanted "$one"); do
            case $lacking in *" $package "*) missing="$missing $package" ;; esac
        done
        printf '%s\n%s\n' "$key" "${missing# }" >"$venv/.go-$one.new"
        mv "$venv/.go-$one.new" "$venv/.go-$one"
    done
    rm -rf "$old"
    say 'ready'
}

alone() { # one set-up at a time; where there is no flock (not Linux), that is for the person to see to
    command -v flock >/dev/null || return 0
    exec 9>"$root/.go-lock"
    flock -n 9 && return 0
    say 'Another ./go is setting up; waiting for it.'
    flock 9
}

writable() { # may this user set up?
    for path in "$root" "$venv" "$log" "$root/.go-lock"; do
        [ ! -e "$path" ] || [ -w "$path" ] || return 1
    done
}

key_now
if ! ready "$kind"; then
    if ! writable; then
        say "Set-up is needed, and this user may not write in $root."
        anyhow "$@" || stop 'Let its owner start ./go once, or copy the folder to where you may write.'
    fi
    alone
    key_now
    ready "$kind" || set_up "$@"
    exec 9>&-
fi
start "$@"
