# A virtual machine with Debian's own kernel: what is built here runs there, under qemu without KVM.

vm_usage() {
  cat <<'TEXT'
Usage: ./dev test-vm [OPTION...] [--suite SUITE] [ARG...]
       ./dev test-vm [OPTION...] --shell
       ./dev test-vm [OPTION...] -- COMMAND [ARG...]

Boots Debian 12's own kernel (6.1: Landlock ABI 2, cgroup v2) in a virtual machine, with what is built
here at the same path, and tests the native lane there. qemu emulates the processors, so that it needs
no /dev/kvm; all is ten to fifty times slower. What is made for it stays in .carrel/vm.

  --suite SUITE   only this one: hostile, limits (pytest) or cpp (the sandbox's own, ctest)
  ARG...          for that suite's runner; without --suite, for pytest with hostile and limits:
                    ./dev test-vm -k fork_bomb
  --shell         a shell in the machine; `exit` ends it, and so does Ctrl-A X
  -- COMMAND...   runs that instead of the tests, as root, in the root of the checkout

  --time-limit SECONDS   of what runs in the machine; 21600 (6 h) if not given
  --slowness FACTOR      how many times longer tests wait than elsewhere; 20 if not given
  --memory MIB           of the machine; 6144 if not given

Every run has a fresh machine, without a network. What is left in its /vm/out (of the tests: logs, JUnit's
XML, records for the hostile matrix) is in .carrel/vm/out afterwards. The status is that of what ran.
TEXT
}

# run_test_vm [ARG...]: builds, boots, runs the tests or a command, and ends as that does.
run_test_vm() {
  local limit=21600 slowness=20 memory=6144 suite="" shell="" command=()
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --help | -h) vm_usage; return ;;
      --suite) suite="${2-}"; shift ;;
      --suite=*) suite="${1#*=}" ;;
      --time-limit) limit="${2-}"; shift ;;
      --time-limit=*) limit="${1#*=}" ;;
      --slowness) slowness="${2-}"; shift ;;
      --slowness=*) slowness="${1#*=}" ;;
      --memory) memory="${2-}"; shift ;;
      --memory=*) memory="${1#*=}" ;;
      --shell) shell=1 ;;
      --) shift; command=("$@"); break ;;
      *) break ;;
    esac
    shift || fail "test-vm: the last option lacks its value"
  done
  [[ $limit =~ ^[0-9]+$ && $memory =~ ^[0-9]+$ && $slowness =~ ^[0-9]+$ ]] ||
    fail "test-vm: SECONDS, FACTOR and MIB are whole numbers"
  [[ " hostile limits cpp  " == *" $suite "* ]] ||
    fail "unknown suite '$suite'; it is hostile, limits or cpp"
  if [[ -n $shell ]]; then
    command=(bash -i)
  elif [[ ${#command[@]} -eq 0 ]]; then
    [[ -n $suite || $# -eq 0 ]] || suite=system
    command=(tools/vm/guest_tests "${suite:-cpp limits hostile}" "$@")
  fi

  build
  ensure_vm
  VM_RUN="$(mktemp -d "$VM/run-XXXXXX")"
  trap 'rm -rf "$VM_RUN"' EXIT
  make_run_disk "${command[@]}"
  end_one_at_a_time
  boot_vm
}

# make_run_disk COMMAND...: the checkout, what is built of it, and what to run.
make_run_disk() {
  local disk="$VM_RUN/disk"
  mkdir -p "$disk/repo"
  git ls-files -z --cached --others --exclude-standard | existing |
    tar --null -T - -cf - clients/python/src/carrel | tar -C "$disk/repo" -xf -
  (cd "$ROOT" && find "${BUILD#"$ROOT/"}" -type f \
    \( -perm -100 -o -name '*.cmake' -o -name '*.so' \) ! -path '*/CMakeFiles/*' -print0) |
    tar --null -T - -cf - | tar -C "$disk/repo" -xf -
  mkdir -p "$disk/out/hostile"
  [[ ! -f $STATE/hostile/vm.json ]] ||   # a run of some attacks keeps the records of others
    cp "$STATE/hostile/vm.json" "$disk/out/hostile/native.json"
  install -m 755 tools/vm/guest_init "$disk/init"
  printf '%s\n' "$ROOT" >"$disk/root"
  printf 'export %q\n' CARREL_STATE_DIR="$STATE" CARREL_BUILD_DIR="$BUILD" \
    PYTHONPATH="$ROOT/clients/python/src" CARREL_TEST_LANE=native CARREL_TEST_SLOWNESS="$slowness" \
    CARREL_NEEDS_CGROUPS=1 \
    >"$disk/environment"
  printf 'exec timeout --foreground --kill-after 30 %d ' "$limit" >"$disk/command"
  printf '%q ' "$@" >>"$disk/command"
  make_ext4 "$VM_RUN/disk.ext4" "$disk" 2G || fail "mkfs.ext4 failed; see .carrel/log/vm-disk.log"
  rm -rf "$disk"
  truncate -s 1G "$VM_RUN/out.tar"
}

# existing: those of the names on standard input that there are, each ended by NUL.
existing() { xargs -0 sh -c 'for name; do [ ! -f "$name" ] || printf "%s\0" "$name"; done' -; }

# boot_vm: the machine, on this terminal; then .carrel/vm/out, and the status of what ran.
boot_vm() {
  local out="$VM/out" status=0
  say "booting $(<"$VM/kernel-package"): $memory MiB, at most $limit s"
  if [[ -n $shell ]]; then
    emulate -serial mon:stdio || status=$?
  elif [[ -t 1 ]]; then
    emulate -serial stdio -monitor none </dev/null || status=$?
  else
    emulate -serial stdio -monitor none </dev/null | sed -u 's/\r$//; s/\x1b\[[0-9;]*m//g' || status=$?
  fi
  rm -rf "$out"
  mkdir -p "$out"
  tar -C "$out" -xf "$VM_RUN/out.tar" 2>/dev/null && [[ -f $out/status ]] ||
    fail "the machine ended without a word (qemu: $status); see above"
  if [[ -f $out/hostile/native.json ]]; then
    mkdir -p "$STATE/hostile"
    cp "$out/hostile/native.json" "$STATE/hostile/vm.json"
  fi
  return "$(<"$out/status")"
}

# emulate ARG...: qemu, for somewhat longer than what runs in there may take. All that is written to
# Debian's disk goes to a file without a name in VM_RUN.
emulate() {
  TMPDIR="$VM_RUN" timeout --foreground --kill-after 30 $((limit + 600)) qemu-system-x86_64 \
    -machine q35 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m "$memory" \
    -nodefaults -no-user-config -display none -no-reboot "$@" \
    -kernel "$VM/vmlinuz" -initrd "$VM/initramfs.gz" \
    -append "console=ttyS0 quiet panic=1 mitigations=off no_timer_check" \
    -drive "file=$VM/debian.ext4,if=virtio,format=raw,snapshot=on" \
    -drive "file=$VM_RUN/disk.ext4,if=virtio,format=raw,cache=unsafe" \
    -drive "file=$VM_RUN/out.tar,if=virtio,format=raw,cache=unsafe"
}
