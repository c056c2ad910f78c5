// The images that an execution has displayed: its artifacts, unless they are taken back.
#ifndef CARREL_SERVICE_EXECUTION_DISPLAYED_IMAGES_H_
#define CARREL_SERVICE_EXECUTION_DISPLAYED_IMAGES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "service/execution/display.h"

namespace carrel {

// The storage of an execution's images. Both calls may be asynchronous, but take effect in order;
// `save` may delete the image if saving fails.
struct ImageStore {
  absl::AnyInvocable<void(DisplayedImage)> save;
  absl::AnyInvocable<void(const std::string& image_id)> remove;
};

// Lives on the loop.
class DisplayedImages {
 public:
  // Maximum number at a time; images that are being saved count until they are, even if removed
  // meanwhile.
  static constexpr size_t kMaxImages = 256;

  // `execution` is the resource name.
  DisplayedImages(std::string execution, ImageStore store)
      : execution_(std::move(execution)), store_(std::move(store)) {}

  // Starts to save an image; returns its artifact's name, or "" if there are too many.
  std::string Add(const std::string& mime_type, std::shared_ptr<const std::string> data);
  // Handles the result of saving an image.
  void OnSaved(const std::string& image_id, const absl::StatusOr<std::string>& sha256);
  // Takes images back, by their artifacts' names.
  void Remove(const std::vector<std::string>& names);

  // True once an image was displayed, even if it was taken back.
  bool had_any() const { return last_number_ > 0; }
  // Bytes of images that were taken back while they were being saved, and still are.
  int64_t removed_bytes() const { return removed_bytes_; }
  // Adds the remaining images to the execution's artifacts.
  void MoveTo(v1::Execution* execution);
  // Drops the mark that earlier images were too many.
  void ForgetTruncation() { truncated_ = false; }

 private:
  struct Image {
    std::string id;  // "{number}.{extension}"
    v1::Artifact artifact;
    bool saved = false;
    bool removed = false;
  };
  using Images = std::vector<Image>;

  const std::string execution_;
  ImageStore store_;
  Images images_;
  int64_t last_number_ = 0;
  int64_t removed_bytes_ = 0;
  bool truncated_ = false;
};

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_DISPLAYED_IMAGES_H_
