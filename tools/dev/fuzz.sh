# Fuzzing: libFuzzer where it can be had; else replay and blind mutation. Events: Hypothesis.

fuzz_usage() {
  cat <<'END'
Usage: ./dev fuzz [--time SECONDS] [--target NAME] [--seed NUMBER] [--replay FILE] [--keep]

  --time SECONDS  for each target; 60 if not given
  --target NAME   only this one: a folder of tests/fuzz/corpus/
  --seed NUMBER   1 if not given
  --replay FILE   of the target `events`: plays this sequence alone, again and again for SECONDS
  --keep          runs nothing, but adds to the corpus the fewest of the inputs found so far that
                  reach code which the corpus does not

With clang-14 and its libFuzzer (libclang-rt-14-dev, which is installed if it can be), inputs that
reach new code are kept in .carrel/fuzz/NAME/. Where that cannot be had, the same targets are run
under GCC's ASan and UBSan by a driver that replays the corpus and mutates it blindly: that is not
coverage-guided, and finds less. What fails goes to .carrel/fuzz/findings/.

The target `events` plays sequences of events (cells, uploads, deaths, signals) against a carreld of
the release build, so it needs root. Hypothesis makes them and shrinks what fails; each seed makes 20,
then comes the next seed, and a run says which. For an hour:

  ./dev fuzz --target events --time 3600 --seed $RANDOM
END
}

run_fuzz() {
  local seconds=60 only="" seed=1 replay="" keep=0 found="$STATE/fuzz"
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --help | -h) fuzz_usage; return ;;
      --time) seconds="${2-}"; shift ;;
      --time=*) seconds="${1#*=}" ;;
      --target) only="${2-}"; shift ;;
      --target=*) only="${1#*=}" ;;
      --seed) seed="${2-}"; shift ;;
      --seed=*) seed="${1#*=}" ;;
      --replay) replay="${2-}"; only=events; shift ;;
      --replay=*) replay="${1#*=}" only=events ;;
      --keep) keep=1 ;;
      *) fail "fuzz knows --time, --target, --seed, --replay and --keep, not '$1'" ;;
    esac
    shift || fail "fuzz: the last option lacks its value"
  done
  [[ $seconds =~ ^[0-9]+$ && $seed =~ ^[0-9]+$ ]] || fail "fuzz: SECONDS and NUMBER are numbers"
  local targets
  mapfile -t targets < <(fuzz_targets)
  if [[ -n $only ]]; then
    [[ " ${targets[*]} " == *" $only "* ]] ||
      fail "unknown target '$only'; there are: ${targets[*]}"
    targets=("$only")
  fi

  if [[ -n $replay ]]; then
    [[ -f $replay ]] || fail "fuzz: there is no file '$replay'"
    replay="$(realpath "$replay")"
  fi

  # A subshell, since its build is another.
  if [[ $keep -eq 0 && " ${targets[*]} " == *" events "* ]]; then (build); fi
  if [[ "${targets[*]}" != events ]]; then prepare_engine; fi
  end_one_at_a_time
  if [[ $keep -eq 1 ]]; then keep_found; else fuzz_all; fi
}

# prepare_engine: builds the targets that parse for the best engine that can be had; FUZZ_ENGINE.
prepare_engine() {
  one_at_a_time
  ensure_packages tools/debian-packages.txt
  if have_libfuzzer; then
    FUZZ_ENGINE=libfuzzer
    use_preset fuzz
  elif [[ $keep -eq 1 ]]; then
    fail "what is worth keeping only libFuzzer can say, which cannot be had: $WHY_NOT"
  else
    FUZZ_ENGINE=blind
    use_preset asan
    say "libFuzzer cannot be had: $WHY_NOT"
    say "instead: replay and blind mutation, not coverage-guided, under GCC's ASan and UBSan"
  fi
  build fuzz-targets
}

# keep_found: of `targets`.
keep_found() {
  local target folder file log
  folder="$(mktemp -d)"
  for target in "${targets[@]}"; do
    [[ $target != events ]] || continue
    log="$STATE/log/fuzz-keep-$target.log"
    mkdir -p "$found/$target" "$STATE/log"
    cp -r "tests/fuzz/corpus/$target" "$folder/$target"
    quietly "$log" "$BUILD/tests/fuzz/${target}_fuzz" -set_cover_merge=1 -use_counters=0 \
      "$folder/$target" "$found/$target" || fail "libFuzzer could not merge; see $log"
    for file in "$folder/$target"/*; do
      [[ -e tests/fuzz/corpus/$target/${file##*/} ]] ||
        install -m 644 "$file" "tests/fuzz/corpus/$target/found-$(sha1sum <"$file" | cut -c1-10)"
    done
    say "$target: $(count_files "tests/fuzz/corpus/$target") inputs, \
$(du -sb "tests/fuzz/corpus/$target" | cut -f1) bytes"
  done
  rm -rf "$folder"
}

fuzz_targets() {
  local folder
  for folder in tests/fuzz/corpus/*/; do basename "$folder"; done
}

# prepare_libfuzzer: the targets as `./dev test` runs them; NO_LIBFUZZER is empty, or says
# why there are none.
prepare_libfuzzer() {
  NO_LIBFUZZER=""
  if have_libfuzzer; then
    (use_preset fuzz && build fuzz-targets)
  else
    NO_LIBFUZZER="$WHY_NOT"
    say "libFuzzer cannot be had: $NO_LIBFUZZER"
  fi
}

# fuzz_briefly: each target for a few seconds, for `./dev test`: from the kept corpus alone.
fuzz_briefly() {
  local seconds=4 seed=1 found="$STATE/fuzz/test" targets FUZZ_ENGINE=libfuzzer status=0
  local BUILD="$ROOT/build/fuzz" started=$SECONDS failed
  mapfile -t targets < <(fuzz_targets | grep -vx events)
  rm -rf "$found"
  fuzz_all || status=$?
  failed="$(printf '%s\n' "${rows[@]}" | grep -c ' RED' || true)"
  # As pytest ends, for the table of ./dev test.
  printf '%d passed, %d failed in %d s\n' $((${#targets[@]} - failed)) "$failed" $((SECONDS - started))
  return "$status"
}

# fuzz_events_briefly: sequences of events for a minute, for `./dev test`.
fuzz_events_briefly() {
  local seconds=60 seed=1 replay="" log="$STATE/log/fuzz-events.log" started=$SECONDS verdict status=0
  mkdir -p "$STATE/fuzz/findings" "$STATE/log"
  verdict="$(fuzz_one events "$log")" || status=1
  tail -n 4 "$log"
  printf 'events: %s\n%d passed, %d failed in %d s\n' "$verdict" $((1 - status)) "$status" \
    $((SECONDS - started))
  return "$status"
}

# have_libfuzzer: installs it, if need be and possible, and tries it; else 1, and WHY_NOT.
have_libfuzzer() {
  try_packages clang-14 libclang-rt-14-dev || return
  local trial="$STATE/fuzz/trial" log="$STATE/log/libfuzzer-try.log"
  mkdir -p "$STATE/fuzz" "$STATE/log"
  printf '%s\n' '#include <cstddef>' '#include <cstdint>' \
    'extern "C" int LLVMFuzzerTestOneInput(const uint8_t*, size_t) { return 0; }' |
    clang++-14 -fsanitize=fuzzer,address,undefined -x c++ - -o "$trial" >"$log" 2>&1 &&
    "$trial" -runs=1 >>"$log" 2>&1 && return
  WHY_NOT="it is installed but does not work; see .carrel/log/libfuzzer-try.log"
  return 1
}

# fuzz_all: every one of `targets`, then a table; 1 if any is red. New inputs go to
# `found`; `rows` is left to the caller.
fuzz_all() {
  local target status=0
  rows=()
  mkdir -p "$STATE/fuzz/findings" "$STATE/log"
  for target in "${targets[@]}"; do
    say "fuzzing: $target, $seconds s"
    mkdir -p "$found/$target"
    local log="$STATE/log/fuzz-$target.log" verdict
    verdict="$(fuzz_one "$target" "$log")" || status=1
    rows+=("$(printf '%-20s %7d %12d %7s %7d  %s' "$target" \
      "$(count_files "tests/fuzz/corpus/$target")" "$(fuzz_runs "$log")" "$(fuzz_edges "$log")" \
      "$(count_files "$found/$target")" "$verdict")")
  done
  [[ " ${targets[*]} " != *" events "* ]] || say "sequences of events, of the seeds from $seed on"
  case "${FUZZ_ENGINE-}" in
    libfuzzer) say "libFuzzer, guided by coverage, seed $seed" ;;
    blind) say "replay and blind mutation (not coverage-guided), seed $seed" ;;
  esac
  printf '%-20s %7s %12s %7s %7s  %s\n' target corpus runs edges found verdict
  printf '%s\n' "${rows[@]}"
  return "$status"
}

# fuzz_one TARGET LOG: runs it and prints the verdict. A run of nothing is red, and so is one
# that should have been guided and saw no code.
fuzz_one() {
  local engine="${FUZZ_ENGINE-}"
  [[ $1 != events ]] || engine=events
  if ! "fuzz_$engine" "$1" >"$2" 2>&1; then
    tail -n 25 "$2" >&2
    echo "RED: see ${2#"$ROOT/"}"
  elif [[ "$(fuzz_runs "$2")" -eq 0 ]]; then
    echo "RED: ran nothing"
  elif [[ $engine == libfuzzer && "$(fuzz_edges "$2")" -eq 0 ]]; then
    echo "RED: saw no code"
  else
    echo green
    return
  fi
  return 1
}

fuzz_libfuzzer() {
  [[ "$(count_files "tests/fuzz/corpus/$1")" -gt 0 ]] || { echo "no corpus"; return 1; }
  UBSAN_OPTIONS=print_stacktrace=1 "$BUILD/tests/fuzz/$1_fuzz" -max_total_time="$seconds" \
    -seed="$seed" -timeout=30 -max_len=65536 -print_final_stats=1 \
    -artifact_prefix="$STATE/fuzz/findings/$1-" "$found/$1" "tests/fuzz/corpus/$1"
}

fuzz_blind() {
  UBSAN_OPTIONS=print_stacktrace=1 "$BUILD/tests/fuzz/$1_fuzz" --corpus "tests/fuzz/corpus/$1" \
    --seconds "$seconds" --seed "$seed" --findings "$STATE/fuzz/findings"
}

# fuzz_events TARGET: the sequences of the corpus, then those of seeds; or `replay` alone. Of the
# build EVENTS_BUILD, if that is set.
fuzz_events() {
  CARREL_BUILD_DIR="${EVENTS_BUILD:-$ROOT/build/release}" PYTHONPATH="$ROOT/clients/python/src" "$TOOLS_PYTHON" \
    tests/fuzz/events/main.py --corpus "${replay:-tests/fuzz/corpus/$1}" --seconds "$seconds" \
    --seed "$seed" --findings "$STATE/fuzz/findings"
}

# fuzz_runs LOG: how many inputs were run, as either engine says it.
fuzz_runs() {
  sed -nE -e 's/^stat::number_of_executed_units: *([0-9]+)$/\1/p' \
    -e 's/^.*: ([0-9]+) replayed, ([0-9]+) (mutated|made) .*/\1 \2/p' "$1" |
    awk '{ runs += $1 + $2 } END { print runs + 0 }'
}

# fuzz_edges LOG: how many edges of the program's flow were reached; 0 if nobody looked.
fuzz_edges() { sed -nE 's/^#.* cov: ([0-9]+) .*/\1/p' "$1" | tail -n 1 | grep . || echo 0; }

count_files() { find "$1" -type f 2>/dev/null | wc -l; }
