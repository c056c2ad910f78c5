// Makes the API's displays from MIME bundles of the guest.
#ifndef CARREL_SERVICE_EXECUTION_DISPLAY_H_
#define CARREL_SERVICE_EXECUTION_DISPLAY_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/cell.h"

namespace carrel {

// A displayed image to be saved as an artifact.
struct DisplayedImage {
  std::string id;  // "{number}.{extension}"
  std::string mime_type;
  std::shared_ptr<const std::string> data;
};

// Maximum bytes of one event's displays: an event must fit a message of gRPC's default size.
inline constexpr int64_t kMaxInlineBytes = 3'500'000;

// True for types whose representation is text.
bool IsTextType(absl::string_view mime_type);

// Returns e.g. "png" for "image/png"; empty if `mime_type` is not that of an image.
std::string ImageExtension(absl::string_view mime_type);

// Converts a bundle: guest strings become UTF-8, images over `max_inline_image_bytes` become
// references. `keep_image` is called for each image, and returns its artifact's name, or "" if it
// cannot be kept.
v1::Display ToDisplay(DisplayBundle bundle, int64_t max_inline_image_bytes,
                      absl::FunctionRef<std::string(const std::string& mime_type,
                                                    std::shared_ptr<const std::string> data)>
                          keep_image);

}  // namespace carrel

#endif  // CARREL_SERVICE_EXECUTION_DISPLAY_H_
