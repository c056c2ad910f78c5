// Which displayed images a session keeps.
#ifndef CARREL_SERVICE_SESSION_IMAGE_SHELF_H_
#define CARREL_SERVICE_SESSION_IMAGE_SHELF_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace carrel {

// Counts the images of all executions of a session together, by what they take on disk, and says
// which are to be forgotten when there are too many: the oldest. Keeps no image itself.
// Thread-safe.
class ImageShelf {
 public:
  struct Image {
    std::string execution;
    std::string id;
    int64_t bytes = 0;
  };

  // Takes a new image in. Returns those to be deleted, so that no more than `max_bytes` are left;
  // the new one stays in any case.
  std::vector<Image> Put(Image image, int64_t max_bytes);
  // It was taken back, or its execution is not remembered any more.
  void Remove(absl::string_view execution, absl::string_view id);
  void RemoveAllOf(absl::string_view execution);

  // True if images of this execution had to be forgotten.
  bool HasForgotten(absl::string_view execution) const;

 private:
  mutable absl::Mutex mutex_;
  std::deque<Image> images_ ABSL_GUARDED_BY(mutex_);  // The oldest first.
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  // Executions of which some image was; those that are remembered only.
  absl::flat_hash_set<std::string> forgotten_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace carrel

#endif  // CARREL_SERVICE_SESSION_IMAGE_SHELF_H_
