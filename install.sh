#!/bin/sh
# Makes this machine the device by the bed. For Raspberry Pi OS (64-bit) and Debian, 12 and newer.
#
#   sudo ./install.sh               install, or bring up to date
#   ./install.sh --dry-run          say what that would change, and change nothing
#   sudo ./install.sh --uninstall   take it back; the journal and the settings stay
#
# It may be interrupted at any moment, also by pulling the plug, and started again. Packages come from the system's
# own apt and from Python's pip, and from nowhere else.
set -eu
umask 022

home=/opt/guide
venv=$home/venv # a link to the environment in use: another is made beside it, and takes its place when it is whole
python=/usr/bin/python3 # the system's own: one in somebody's home is out of the service's sight
service=guide-bedside.service
# Python; what plays and records; what speaks; what switches off; what sets a card's volume. systemd is there already.
packages='python3 python3-venv libportaudio2 libespeak-ng1 dbus polkitd alsa-utils systemd'

say() { printf '%s\n' "$*"; }

stop() {
    printf '%s\n' "$*" >&2
    exit 1
}

again='When it is mended, start this again: it goes on from here.'

dry=
deed=install
for word in "$@"; do
    case $word in
        --dry-run) dry=yes ;;
        --uninstall) deed=uninstall ;;
        *) stop 'It is: sudo ./install.sh, with --dry-run to only look, or --uninstall to take it back.' ;;
    esac
done

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
cd /

# -- what has to be so --------------------------------------------------------------------------------------------

fits() {
    [ -f "$here/pyproject.toml" ] || stop "There is no Guide beside $here/install.sh. Fetch the whole folder again."
    if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
        stop 'There is no apt here. This is for Raspberry Pi OS and Debian; elsewhere, see README.md.'
    fi
    # The kernel of a 32-bit Raspberry Pi OS may be one of 64 bits: what counts is what is installed.
    case $(dpkg --print-architecture) in
        arm64 | amd64) ;;
        *) stop "This system is $(dpkg --print-architecture). Put Raspberry Pi OS Lite (64-bit) on the card." ;;
    esac
}

python_fits() {
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        stop 'Guide needs Python 3.11 or newer. Put a newer Raspberry Pi OS or Debian (12 or later) on the card.'
}

room() { # are there so many megabytes?
    free=$(df -Pk /opt | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$free" -ge "$1" ] || stop "There is too little room: /opt has $free MB free, and $1 MB are needed. $again"
}

# -- packages of the system ---------------------------------------------------------------------------------------

missing() { # those of the packages that are not installed
    for package in $packages; do
        case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
            ii*) ;;
            *) printf ' %s' "$package" ;;
        esac
    done
}

apt() { DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"; }

bring_packages() {
    wanted=$(missing)
    if [ -z "$wanted" ]; then
        say 'nothing to change: the packages of the system'
        return
    fi
    if [ -n "$dry" ]; then
        say "to do: install with apt-get:$wanted"
        return
    fi
    say "installing with apt-get:$wanted"
    # What a power cut left half done is finished first. A new card has no lists of packages.
    dpkg --configure -a || stop "dpkg cannot finish what was begun before. $again"
    # shellcheck disable=SC2086 # words, on purpose
    { apt update && apt install $wanted; } >/dev/null ||
        stop "apt-get could not install$wanted. Is there a network, and is the date right? $again"
}

# -- Guide and what it needs of Python ----------------------------------------------------------------------------

made_from() { # what an environment depends on: this folder's files, and Python
    (
        cd "$here"
        find guide scripts help audio pyproject.toml README.md -type f ! -path '*/__pycache__/*' -print0 |
            LC_ALL=C sort -z | xargs -0 cksum
        "$python" -V
    ) | cksum
}

whole() { # is the environment in use made from this?
    [ -x "$venv/bin/python" ] && [ -r "$venv/made-from" ] && [ "$(cat "$venv/made-from")" = "$(made_from)" ]
}

sweep() { # environments that are not in use, such as half a one
    used=$(readlink -f "$venv" || :)
    for old in "$home"/venv.*; do
        [ ! -e "$old" ] || [ "$old" = "$used" ] || rm -rf "$old"
    done
}

bring_guide() {
    renewed=
    if whole; then
        say "nothing to change: Guide in $venv"
        return
    fi
    if [ -n "$dry" ]; then
        say "to do: bring Guide and what it needs, with pip, to $venv"
        return
    fi
    sweep
    room 400
    say "bringing Guide to $venv (some minutes)"
    new=$(mktemp -d "$home/venv.XXXXXX")
    chmod 755 "$new"
    "$python" -m venv "$new" || stop "Python could not make $new. $again"
    PIP_CACHE_DIR=$home/cache "$new/bin/python" -m pip install --quiet --disable-pip-version-check \
        --root-user-action=ignore "${here}[pi,seal]" ||
        stop "pip could not bring what Guide needs. Is there a network, and is the date right? $again"
    made_from >"$new/made-from"
    # All of it is on the card before it is used.
    sync
    ln -sfn "$new" "$home/venv-new"
    mv -T "$home/venv-new" "$venv"
    sync
    rm -rf "$home/cache"
    renewed=yes
}

# -- the device ---------------------------------------------------------------------------------------------------

device() { # device [--uninstall]: `guide bedside install`, or uninstall
    if [ -n "$dry" ]; then
        set -- "$@" --dry-run
    fi
    # Before there is an environment, and where half a one is to be taken back, this folder's own files do.
    if [ -z "$dry" ] && [ -x "$venv/bin/python" ]; then
        "$venv/bin/python" -m guide.bedside.install "$@"
    else
        PYTHONPATH=$here PYTHONDONTWRITEBYTECODE=1 \
            "$python" -m guide.bedside.install --python "$venv/bin/python" "$@"
    fi
}

running() { [ -d /run/systemd/system ]; }

start() {
    if ! running; then
        say 'systemd does not run here: the device starts with the machine.'
        return
    fi
    verb=start
    [ -z "$renewed" ] || verb=restart
    systemctl "$verb" "$service" ||
        stop 'The device is installed and does not start. Why: sudo journalctl --namespace=guide -n 20'
    say 'The device is ready: press the button.'
}

locked() { # one at a time
    mkdir -p "$home"
    exec 9>>"$home/.lock"
    flock -n 9 || stop 'Another install.sh is at work. Let it finish.'
}

fits
if [ -z "$dry" ]; then
    [ "$(id -u)" = 0 ] || stop "Only root can install. Type: sudo $0 $*"
    locked
fi
if [ "$deed" = uninstall ]; then
    device --uninstall
    if [ -n "$dry" ]; then
        say "to do: remove $home"
    else
        rm -rf "$home"
        say "done: remove $home. The packages of the system stay: others may use them."
    fi
    exit
fi
bring_packages
if [ -n "$dry" ] && [ ! -x "$python" ]; then
    say 'What comes then can be said when there is a Python.'
    exit
fi
python_fits
bring_guide
device
[ -z "$dry" ] || exit 0
start
sweep
say "Its settings: /var/lib/guide/config/bedside.yaml. How it is: sudo guide-bedside bedside status"
say "More about it: $here/docs/bedside.md"
