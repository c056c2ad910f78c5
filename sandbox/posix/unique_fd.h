// A file descriptor with one owner.
#ifndef CARREL_SANDBOX_POSIX_UNIQUE_FD_H_
#define CARREL_SANDBOX_POSIX_UNIQUE_FD_H_

#include <unistd.h>

#include <cerrno>

namespace carrel {

// Owns a file descriptor and closes it. Move-only; never converts to or from an int or a pointer by
// accident. Not thread-safe.
class UniqueFd {
 public:
  UniqueFd() = default;
  // Takes ownership of `fd`; a negative one means "none".
  explicit UniqueFd(int fd) : fd_(fd) {}
  // Rejects UniqueFd(true), UniqueFd(3L) and UniqueFd(nullptr), which are mistakes.
  template <typename T>
  explicit UniqueFd(T) = delete;

  UniqueFd(UniqueFd&& other) noexcept : fd_(other.release()) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  // The descriptor, still owned by this object; -1 if it owns none.
  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  explicit operator bool() const { return valid(); }

  // Gives up ownership: the caller closes it.
  [[nodiscard]] int release() noexcept {
    int fd = fd_;
    fd_ = -1;
    return fd;
  }

  // Closes the owned descriptor and takes ownership of `fd`. Keeps errno.
  void reset(int fd = -1) noexcept {
    int old = fd_;
    fd_ = fd;
    if (old < 0 || old == fd) return;
    int saved = errno;
    // The descriptor is closed only once, even after EINTR: Linux has released the number by then,
    // and closing it again could hit a descriptor that another thread has just opened.
    ::close(old);
    errno = saved;
  }

 private:
  int fd_ = -1;
};

}  // namespace carrel

#endif  // CARREL_SANDBOX_POSIX_UNIQUE_FD_H_
