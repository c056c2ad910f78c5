// The MIME type that a file's name suggests.
#ifndef CARREL_SANDBOX_FILES_MIME_TYPE_H_
#define CARREL_SANDBOX_FILES_MIME_TYPE_H_

#include "absl/strings/string_view.h"

namespace carrel {

// Returns the type for the extension, in any case: "a/Chart.PNG" -> "image/png";
// "application/octet-stream" if there is none or it is unknown. Never reads the content, which is
// the guest's: treat the type as a hint.
absl::string_view MimeTypeOfPath(absl::string_view path);

}  // namespace carrel

#endif  // CARREL_SANDBOX_FILES_MIME_TYPE_H_
