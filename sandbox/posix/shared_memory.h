// Memory that the host shares with one guest.
#ifndef CARREL_SANDBOX_POSIX_SHARED_MEMORY_H_
#define CARREL_SANDBOX_POSIX_SHARED_MEMORY_H_

#include <cstddef>
#include <utility>

#include "absl/status/statusor.h"
#include "sandbox/posix/unique_fd.h"

namespace carrel {

// A mapping, which is unmapped when the object is destroyed. Move-only.
class SharedMemory {
 public:
  // Returns zeroed memory and the descriptor to hand to the guest. It is sealed against a change of
  // size: a guest that could shrink it would make the host die of SIGBUS on its next access.
  static absl::StatusOr<std::pair<SharedMemory, UniqueFd>> Make(const char* name, size_t size);

  SharedMemory() = default;
  SharedMemory(SharedMemory&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~SharedMemory();

  // Null if there is no mapping.
  void* data() const { return data_; }

 private:
  SharedMemory(void* data, size_t size) : data_(data), size_(size) {}
  void* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_SHARED_MEMORY_H_
