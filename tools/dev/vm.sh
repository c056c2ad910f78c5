# A virtual machine with Debian's own kernel: what is built here runs there, under qemu without KVM.

VM="$STATE/vm"
VM_DISK_SIZE=12G   # of Debian's disk, which is a sparse file; what the machine writes is thrown away
VM_MODULES=(virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk
  crc16 mbcache jbd2 crc32c_generic ext4)   # in this order

vm_usage() {
  cat <<'TEXT'
Usage: ./dev test-vm [OPTION...] [--shell | -- COMMAND...]

Boots Debian's own kernel in a virtual machine (qemu without KVM: ten to twenty times slower), with
what is built here at the same path.

  --shell           a shell there; `exit` ends the machine, and so does Ctrl-A X
  -- COMMAND...     runs that there, as root, in the root of the checkout; its status is ours
  --time-limit SECONDS   of what runs there
  --memory MIB      of the machine; 8192 if not given

What is left in /vm/out there is in .carrel/vm/out/ afterwards. Nothing else comes back.
TEXT
}

run_test_vm() {
  local limit=14400 memory=8192 shell="" command=()
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --help | -h) vm_usage; return ;;
      --time-limit) limit="${2-}"; shift ;;
      --memory) memory="${2-}"; shift ;;
      --shell) shell=1 ;;
      --) shift; command=("$@"); break ;;
      *) fail "test-vm does not know '$1'; see ./dev test-vm --help" ;;
    esac
    shift || fail "test-vm: the last option lacks its value"
  done
  [[ $limit =~ ^[0-9]+$ && $memory =~ ^[0-9]+$ ]] || fail "test-vm: SECONDS and MIB are numbers"
  [[ -z $shell ]] || command=(bash -i)
  [[ ${#command[@]} -gt 0 ]] || fail "test-vm needs --shell or -- COMMAND"

  build
  ensure_packages tools/vm/host-packages.txt
  ensure_vm_kernel
  ensure_vm_debian
  ensure_vm_disk
  VM_RUN="$(mktemp -d "$VM/run-XXXXXX")"
  trap 'rm -rf "$VM_RUN"' EXIT
  make_run_disk "${command[@]}"
  end_one_at_a_time
  boot_vm
}

# ensure_vm_kernel: vmlinuz and initramfs, of Debian's package, which is unpacked and never installed.
ensure_vm_kernel() {
  local wanted
  wanted="$(key linux-image-amd64 "${VM_MODULES[@]}" tools/vm/initramfs_init)"
  is_current "$STATE/stamps/vm-kernel" "$wanted" && return
  say "getting Debian's kernel"
  quietly "$STATE/log/vm-kernel.log" make_vm_kernel ||
    fail "could not get Debian's kernel; see .carrel/log/vm-kernel.log"
  stamp "$STATE/stamps/vm-kernel" "$wanted"
}

make_vm_kernel() {
  local package tree="$VM/kernel.new" root="$VM/initramfs.new" module
  package="$(apt-cache depends linux-image-amd64 | sed -nE 's/^ *Depends: (linux-image-.*)/\1/p')"
  [[ -n $package ]] || { echo "apt-cache knows no linux-image-amd64; apt-get update?"; return 1; }
  rm -rf "$tree" "$root"
  mkdir -p "$tree/debs" "$root"/{bin,dev,proc,sys,root,modules}
  (cd "$tree/debs" && apt-get -q download "$package" busybox-static) || return
  for file in "$tree"/debs/*.deb; do dpkg -x "$file" "$tree" || return; done
  cp "$tree/bin/busybox" "$root/bin/" && install -m 755 tools/vm/initramfs_init "$root/init" || return
  for module in "${VM_MODULES[@]}"; do
    find "$tree/lib/modules" -name "$module.ko" -exec cp {} "$root/modules/" \; &&
      [[ -f $root/modules/$module.ko ]] || { echo "no module $module"; return 1; }
    echo "$module.ko" >>"$root/modules/order"
  done
  (cd "$root" && find . | "$tree/bin/busybox" cpio -o -H newc | gzip -1) >"$VM/initramfs.gz" &&
    cp "$tree"/boot/vmlinuz-* "$VM/vmlinuz" || return
  printf '%s\n' "$package" >"$VM/kernel-package"
  rm -rf "$tree" "$root"
}

# ensure_vm_debian: .carrel/vm/debian, the tree of the machine without what is Carrel's.
ensure_vm_debian() {
  local packages wanted list
  mapfile -t packages < <(packages_in tools/vm/packages.txt images/runtime-packages.txt \
    images/*/image.textproto)
  wanted="$(key "${packages[@]}")"
  is_current "$STATE/stamps/vm-debian" "$wanted" && [[ -d $VM/debian ]] && return
  say "getting Debian 12 for the virtual machine"
  no_mounts_below "$VM" || fail "something is mounted below .carrel/vm"
  rm -rf --one-file-system "$VM/debian" "$VM/debian.new"
  mkdir -p "$VM" "${DOWNLOADS%/*}/debs"
  list="$(IFS=,; echo "${packages[*]}")"
  # Its mounts are in a namespace of its own and end with it.
  quietly "$STATE/log/vm-debian.log" unshare --mount --propagation private \
    debootstrap --variant=minbase --cache-dir="${DOWNLOADS%/*}/debs" --include="$list" \
    bookworm "$VM/debian.new" "$(debian_mirror)" ||
    fail "debootstrap failed; see .carrel/log/vm-debian.log"
  mv "$VM/debian.new" "$VM/debian"
  stamp "$STATE/stamps/vm-debian" "$wanted"
}

no_mounts_below() { ! grep -qF " $1/" /proc/self/mountinfo; }

# ensure_vm_disk: Debian, our tools, and the images' environments on a disk, which no run changes.
ensure_vm_disk() {
  local tree="$VM/disk.new" wanted
  wanted="$(key "$(<"$STATE/stamps/vm-debian")" "$(<"$STATE/stamps/tools")" \
    "$(cat "$STATE"/images/*/share/carrel/stamp)" "$VM_DISK_SIZE")"
  is_current "$STATE/stamps/vm-disk" "$wanted" && [[ -f $VM/debian.ext4 ]] && return
  say "making the disk of the virtual machine"
  rm -rf --one-file-system "$tree"
  cp -al "$VM/debian" "$tree"   # links cost nothing
  mkdir -p "$tree/vm" "$tree/state"
  cp -al "$STATE/tools" "$STATE/images" "$tree/state/"
  make_ext4 "$VM/debian.ext4" "$tree" "$VM_DISK_SIZE" || fail "mkfs.ext4 failed; see .carrel/log/vm-disk.log"
  rm -rf --one-file-system "$tree"
  stamp "$STATE/stamps/vm-disk" "$wanted"
}

# make_ext4 FILE FOLDER SIZE: a file system with what is in FOLDER.
make_ext4() {
  rm -f "$1" "$1.new"
  quietly "$STATE/log/vm-disk.log" mke2fs -q -t ext4 -O ^has_journal -E lazy_itable_init=1 -m 0 \
    -d "$2" "$1.new" "$3" && mv "$1.new" "$1"
}

# make_run_disk COMMAND...: the checkout, what is built of it, and what to run.
make_run_disk() {
  local disk="$VM_RUN/disk"
  mkdir -p "$disk/repo"
  git ls-files -z --cached --others --exclude-standard | existing |
    tar --null -T - -cf - client/src/carrel | tar -C "$disk/repo" -xf -
  (cd "$ROOT" && find "${BUILD#"$ROOT/"}" -type f \
    \( -perm -100 -o -name '*.cmake' -o -name '*.so' \) ! -path '*/CMakeFiles/*' -print0) |
    tar --null -T - -cf - | tar -C "$disk/repo" -xf -
  install -m 755 tools/vm/guest_init "$disk/init"
  printf '%s\n' "$ROOT" >"$disk/root"
  printf 'export CARREL_STATE_DIR=%q CARREL_BUILD_DIR=%q PYTHONPATH=%q CARREL_TEST_LANE=native\n' \
    "$STATE" "$BUILD" "$ROOT/client/src" >"$disk/environment"
  printf 'exec timeout --foreground --kill-after 30 %d ' "$limit" >"$disk/command"
  printf '%q ' "$@" >>"$disk/command"
  make_ext4 "$VM_RUN/disk.ext4" "$disk" 2G || fail "mkfs.ext4 failed; see .carrel/log/vm-disk.log"
  rm -rf "$disk"
  truncate -s 1G "$VM_RUN/out.tar"
}

# existing: those of the names on standard input that there are, each ended by NUL.
existing() { xargs -0 sh -c 'for name; do [ ! -f "$name" ] || printf "%s\0" "$name"; done' -; }

# boot_vm: the machine, on this terminal; then .carrel/vm/out, and the command's status.
boot_vm() {
  local serial=(-serial stdio -monitor none) out="$VM/out"
  [[ -z $shell ]] || serial=(-serial mon:stdio)
  say "booting $(<"$VM/kernel-package")"
  TMPDIR="$VM_RUN" timeout --foreground --kill-after 30 $((limit + 600)) qemu-system-x86_64 \
    -machine q35 -accel tcg,thread=multi -cpu max,la57=off -smp 2 -m "$memory" \
    -nodefaults -no-user-config -display none -no-reboot "${serial[@]}" \
    -kernel "$VM/vmlinuz" -initrd "$VM/initramfs.gz" \
    -append "console=ttyS0 quiet panic=1 mitigations=off" \
    -drive "file=$VM/debian.ext4,if=virtio,format=raw,snapshot=on" \
    -drive "file=$VM_RUN/disk.ext4,if=virtio,format=raw,cache=unsafe" \
    -drive "file=$VM_RUN/out.tar,if=virtio,format=raw,cache=unsafe" || fail "qemu ended with $?"
  rm -rf "$out"
  mkdir -p "$out"
  tar -C "$out" -xf "$VM_RUN/out.tar" 2>/dev/null && [[ -f $out/status ]] ||
    fail "the machine ended without a word; see above"
  return "$(<"$out/status")"
}
