# What a virtual machine with Debian's own kernel is made of: kernel, initramfs, and Debian's disk. They
# are made once, in .carrel/vm; no run changes them.

VM="$STATE/vm"
VM_DOWNLOADS="${DOWNLOADS%/*}/debs"
VM_DISK_SIZE=12G   # a sparse file
# What the kernel needs to see its disks, in this order.
VM_MODULES=(virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_blk
  crc16 mbcache jbd2 crc32c_generic ext4)

# ensure_vm: all of it.
ensure_vm() {
  [[ $EUID -eq 0 ]] || fail "test-vm needs root: Debian's files in the machine are root's"
  ensure_packages tools/vm/host-packages.txt
  mkdir -p "$VM" "$VM_DOWNLOADS"
  ensure_vm_debian
  ensure_vm_kernel
  ensure_vm_disk
}

# ensure_vm_debian: .carrel/vm/debian, the tree of the machine without what is Carrel's.
ensure_vm_debian() {
  local packages wanted list
  mapfile -t packages < <(packages_in tools/vm/packages.txt deploy/runtime-packages.txt \
    images/*/image.textproto)
  wanted="$(key "${packages[@]}")"
  is_current "$STATE/stamps/vm-debian" "$wanted" && [[ -d $VM/debian ]] && return
  say "getting Debian 12 for the virtual machine"
  no_mounts_below "$VM" || fail "something is mounted below .carrel/vm"
  rm -rf --one-file-system "$VM/debian" "$VM/debian.new"
  list="$(IFS=,; echo "${packages[*]}")"
  # Its mounts are in a namespace of its own and end with it.
  quietly "$STATE/log/vm-debian.log" unshare --mount --propagation private \
    debootstrap --variant=minbase --cache-dir="$VM_DOWNLOADS" --include="$list" \
    bookworm "$VM/debian.new" "$(debian_mirror)" ||
    fail "debootstrap failed; see .carrel/log/vm-debian.log"
  mv "$VM/debian.new" "$VM/debian"
  stamp "$STATE/stamps/vm-debian" "$wanted"
}

no_mounts_below() { ! grep -qF " $1/" /proc/self/mountinfo; }

# ensure_vm_kernel: vmlinuz, and an initramfs that finds the disks. Debian's package is unpacked, and
# never installed.
ensure_vm_kernel() {
  local wanted
  wanted="$(key linux-image-amd64 "${VM_MODULES[@]}" tools/vm/initramfs_init)"
  is_current "$STATE/stamps/vm-kernel" "$wanted" && return
  say "getting Debian's kernel"
  if [[ -z "$(vm_kernel_package)" ]]; then
    quietly "$STATE/log/apt-update.log" as_root apt-get -qo DPkg::Lock::Timeout=300 update || true
  fi
  quietly "$STATE/log/vm-kernel.log" make_vm_kernel ||
    fail "could not get Debian's kernel; see .carrel/log/vm-kernel.log"
  stamp "$STATE/stamps/vm-kernel" "$wanted"
}

# vm_kernel_package: what linux-image-amd64 stands for today.
vm_kernel_package() {
  apt-cache depends linux-image-amd64 | sed -nE 's/^ *Depends: (linux-image-.*)/\1/p'
}

make_vm_kernel() {
  local package tree="$VM/kernel.new" debs=()
  package="$(vm_kernel_package)"
  [[ -n $package ]] || { echo "apt-cache knows no linux-image-amd64"; return 1; }
  rm -rf "$tree"
  mkdir -p "$tree"
  # What an earlier clone has got is checked, and not got again.
  (cd "$VM_DOWNLOADS" && apt-get -q download "$package") || return
  mapfile -t debs < <(ls -t "$VM_DOWNLOADS/${package}"_*.deb)
  dpkg -x "${debs[0]}" "$tree" && make_vm_initramfs "$tree" && cp "$tree"/boot/vmlinuz-* "$VM/vmlinuz" || return
  printf '%s\n' "$(basename "${debs[0]}" .deb)" >"$VM/kernel-package"
  rm -rf "$tree"
}

# make_vm_initramfs KERNEL: Debian's busybox, and the modules from that tree.
make_vm_initramfs() {
  local root="$VM/initramfs.new" busybox="$VM/debian/bin/busybox" module file
  rm -rf "$root"
  mkdir -p "$root"/{bin,dev,proc,sys,root,modules}
  for module in "${VM_MODULES[@]}"; do
    file="$(find "$1/lib/modules" -name "$module.ko")"
    [[ -n $file ]] || { echo "the kernel has no module $module"; return 1; }
    cp "$file" "$root/modules/" && echo "$module.ko" >>"$root/modules/order" || return
  done
  install -m 755 tools/vm/initramfs_init "$root/init" && cp "$busybox" "$root/bin/" &&
    (cd "$root" && find . | "$busybox" cpio -o -H newc | gzip -1) >"$VM/initramfs.gz" || return
  rm -rf "$root"
}

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
