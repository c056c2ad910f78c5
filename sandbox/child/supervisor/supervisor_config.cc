#include "sandbox/child/supervisor/supervisor_config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sandbox/layers.h"

namespace carrel::child {
namespace {

// The header of the shared part; the rows follow it, then the filter.
struct SharedConfigHeader {
  uint64_t row_count;
  uint64_t filter_length;
  LayerMask layers_off;  // Always 0 except in tests.
  PolicyTraits traits;
};

bool WriteAll(int fd, const void* data, size_t size) {
  return write(fd, data, size) == static_cast<ssize_t>(size);
}

}  // namespace

SessionArguments::SessionArguments(pid_t interpreter, int process_count, uint32_t uid,
                                   uint32_t own_uid) {
  const uint32_t values[] = {static_cast<uint32_t>(interpreter),
                             static_cast<uint32_t>(process_count), uid, own_uid};
  argv_[0] = const_cast<char*>("carrel-supervisor");
  for (int i = 0; i < 4; ++i) {
    snprintf(numbers_[i], sizeof(numbers_[i]), "%u", values[i]);
    argv_[i + 1] = numbers_[i];
  }
  argv_[5] = nullptr;
}

int MakeSharedConfig(const PolicyTraits& traits, std::span<const NotificationRow> rows,
                     std::span<const sock_filter> filter) {
  int fd = memfd_create("carrel-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  SharedConfigHeader header{rows.size(), filter.size(), LayersOff(), traits};
  if (fd >= 0 && WriteAll(fd, &header, sizeof(header)) &&
      WriteAll(fd, rows.data(), rows.size_bytes()) &&
      WriteAll(fd, filter.data(), filter.size_bytes()) &&
      fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
    return fd;
  if (fd >= 0) close(fd);
  return -1;
}

bool ReadConfig(int argc, char* const* argv, int shared_config_fd, SupervisorConfig* config) {
  struct stat status;
  if (argc != 5 || fstat(shared_config_fd, &status) != 0) return false;
  const size_t size = static_cast<size_t>(status.st_size);
  void* book = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, shared_config_fd, 0);
  if (book == MAP_FAILED || size < sizeof(SharedConfigHeader)) return false;
  const auto* header = static_cast<const SharedConfigHeader*>(book);
  const auto* rows = reinterpret_cast<const NotificationRow*>(header + 1);
  SetLayersOff(header->layers_off);
  config->traits = header->traits;
  config->rows = {rows, header->row_count};
  config->filter = {reinterpret_cast<const sock_filter*>(rows + header->row_count),
                    header->filter_length};
  if (sizeof(*header) + config->rows.size_bytes() + config->filter.size_bytes() != size)
    return false;
  config->interpreter = static_cast<pid_t>(strtoul(argv[1], nullptr, 10));
  config->process_count = static_cast<int>(strtoul(argv[2], nullptr, 10));
  config->uid = static_cast<uint32_t>(strtoul(argv[3], nullptr, 10));
  config->own_uid = static_cast<uint32_t>(strtoul(argv[4], nullptr, 10));
  return config->interpreter > 0;
}

}  // namespace carrel::child
