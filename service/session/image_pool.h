// The pool of displayed images that a session keeps.
#ifndef CARREL_SERVICE_SESSION_IMAGE_POOL_H_
#define CARREL_SERVICE_SESSION_IMAGE_POOL_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace carrel {

// Counts the images of all executions of a session together, by their size on disk, and selects the
// oldest for deletion when there are too many. Holds no image data. Thread-safe.
class ImagePool {
 public:
  struct Image {
    std::string execution;
    std::string id;
    int64_t bytes = 0;
  };

  // Adds a new image. Returns the images to delete so that no more than `max_bytes` are left; the
  // new one is always kept.
  std::vector<Image> Put(Image image, int64_t max_bytes);
  // Removes images that the guest took back, or whose execution was forgotten.
  void Remove(absl::string_view execution, absl::string_view id);
  void RemoveAllOf(absl::string_view execution);

  // True if images of this execution were deleted to make room.
  bool HasForgotten(absl::string_view execution) const;

 private:
  mutable absl::Mutex mutex_;
  std::deque<Image> images_ ABSL_GUARDED_BY(mutex_);  // Oldest first.
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Remembered executions with an image that was deleted to make room.
  absl::flat_hash_set<std::string> forgotten_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_IMAGE_POOL_H_
