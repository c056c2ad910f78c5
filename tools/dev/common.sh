# Names and small helpers that every part of ./dev uses.

STATE="$ROOT/.carrel"         # everything set-up makes
PRESET=release                # of CMakePresets.json: what is tested and shipped
BUILD="$ROOT/build/$PRESET"
TOOLS="$STATE/tools"          # the Python environment of our own tools
TOOLS_PYTHON="$TOOLS/bin/python"
# Debian's own: `python3` in PATH may be another build.
SYSTEM_PYTHON=/usr/bin/python3.11

# The tests and the client find the build through these.
export CARREL_STATE_DIR="$STATE" CARREL_BUILD_DIR="$BUILD"

# Another clone compiles the same: its paths are taken relative to its root.
export CCACHE_BASEDIR="$ROOT" CCACHE_NOHASHDIR=1

# use_preset NAME: builds, and tests, that one instead.
use_preset() {
  PRESET="$1"
  BUILD="$ROOT/build/$1"
  export CARREL_BUILD_DIR="$BUILD"
}

# say TEXT...: tells the user what happens now.
say() {
  if [[ -t 1 ]]; then
    printf '\e[1;34m==>\e[0m %s\n' "$*"
  else
    printf '==> %s\n' "$*"
  fi
}

# fail SENTENCE: ends ./dev with one sentence that says what to do.
fail() {
  printf 'dev: %s\n' "$*" >&2
  exit 1
}

# as_root COMMAND...: runs it as root.
as_root() {
  if [[ $EUID -eq 0 ]]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -- "$@"
  else
    fail "cannot run '$1' without root; run ./dev as root or install sudo"
  fi
}

# key TEXT_OR_FILE...: a hash of the arguments and of the content of those that
# are files. Relative paths only, so that a clone elsewhere has the same key.
key() {
  local arg
  for arg in "$@"; do
    printf '%s\n' "$arg"
    if [[ -f $arg ]]; then cat -- "$arg"; fi
  done | sha256sum | cut -c1-64
}

# is_current STAMP KEY: whether the step that wrote STAMP finished for KEY.
is_current() { [[ -f $1 && "$(<"$1")" == "$2" ]]; }

# stamp STAMP KEY: the step is finished; always the last thing it does.
stamp() {
  mkdir -p "$(dirname "$1")"
  printf '%s\n' "$2" >"$1.new"
  mv -f "$1.new" "$1"
}

# quietly LOG COMMAND...: keeps the output in LOG, shows its end on failure.
quietly() {
  local log="$1"
  shift
  mkdir -p "$(dirname "$log")"
  "$@" >"$log" 2>&1 && return
  tail -n 25 "$log" >&2
  return 1
}

# one_at_a_time: waits for another ./dev that sets up or builds this clone.
# The lock is let go at the end, or by end_one_at_a_time.
one_at_a_time() {
  [[ -z ${LOCK_FD-} ]] || return 0
  mkdir -p "$STATE"
  exec {LOCK_FD}>"$STATE/lock"
  if ! flock -n "$LOCK_FD"; then
    say "waiting for another ./dev in this clone"
    flock "$LOCK_FD"
  fi
}

# end_one_at_a_time: for what runs long and needs no lock; also keeps the lock
# from servers started later.
end_one_at_a_time() {
  [[ -n ${LOCK_FD-} ]] || return 0
  exec {LOCK_FD}>&-
  unset LOCK_FD
}
