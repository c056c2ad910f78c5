#include "service/session/image_pool.h"

#include <algorithm>
#include <utility>

#include "sandbox/files/workspace_quota.h"

namespace carrel {
namespace {

// The size of a file of `bytes` on disk. An empty file counts as one block.
int64_t OnDisk(int64_t bytes) { return WorkspaceQuota::BlocksOf(std::max<int64_t>(bytes, 1)); }

}  // namespace

std::vector<ImagePool::Image> ImagePool::Put(Image image, int64_t max_bytes) {
  absl::MutexLock lock(&mutex_);
  image.bytes = OnDisk(image.bytes);
  bytes_ += image.bytes;
  images_.push_back(std::move(image));
  std::vector<Image> forgotten;
  while (bytes_ > max_bytes && images_.size() > 1) {
    bytes_ -= images_.front().bytes;
    forgotten_.insert(images_.front().execution);
    forgotten.push_back(std::move(images_.front()));
    images_.pop_front();
  }
  return forgotten;
}

void ImagePool::Remove(absl::string_view execution, absl::string_view id) {
  absl::MutexLock lock(&mutex_);
  // The image is most likely one of the newest.
  const auto found = std::find_if(images_.rbegin(), images_.rend(), [&](const Image& image) {
    return image.execution == execution && image.id == id;
  });
  if (found == images_.rend()) return;
  bytes_ -= found->bytes;
  images_.erase(std::next(found).base());
}

void ImagePool::RemoveAllOf(absl::string_view execution) {
  absl::MutexLock lock(&mutex_);
  forgotten_.erase(execution);
  const auto first =
      std::remove_if(images_.begin(), images_.end(), [this, execution](const Image& image) {
        mutex_.AssertHeld();
        if (image.execution != execution) return false;
        bytes_ -= image.bytes;
        return true;
      });
  images_.erase(first, images_.end());
}

bool ImagePool::HasForgotten(absl::string_view execution) const {
  absl::MutexLock lock(&mutex_);
  return forgotten_.contains(execution);
}

}  // namespace carrel
