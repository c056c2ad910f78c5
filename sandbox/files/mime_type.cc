#include "sandbox/files/mime_type.h"

#include "absl/strings/match.h"

namespace carrel {
namespace {

struct Row {
  absl::string_view extension;
  absl::string_view type;
};

// The formats that data analysis reads and writes, by their registered names where they have one.
constexpr Row kTypes[] = {
    {"png", "image/png"},
    {"jpg", "image/jpeg"},
    {"jpeg", "image/jpeg"},
    {"gif", "image/gif"},
    {"webp", "image/webp"},
    {"svg", "image/svg+xml"},
    {"bmp", "image/bmp"},
    {"tif", "image/tiff"},
    {"tiff", "image/tiff"},
    {"ico", "image/vnd.microsoft.icon"},
    {"pdf", "application/pdf"},
    {"txt", "text/plain"},
    {"log", "text/plain"},
    {"csv", "text/csv"},
    {"tsv", "text/tab-separated-values"},
    {"md", "text/markdown"},
    {"html", "text/html"},
    {"htm", "text/html"},
    {"css", "text/css"},
    {"js", "text/javascript"},
    {"py", "text/x-python"},
    {"c", "text/x-c"},
    {"cc", "text/x-c++"},
    {"sh", "application/x-sh"},
    {"tex", "application/x-tex"},
    {"rtf", "application/rtf"},
    {"json", "application/json"},
    {"jsonl", "application/jsonl"},
    {"geojson", "application/geo+json"},
    {"xml", "application/xml"},
    {"yaml", "application/yaml"},
    {"yml", "application/yaml"},
    {"toml", "application/toml"},
    {"ipynb", "application/x-ipynb+json"},
    {"doc", "application/msword"},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {"xls", "application/vnd.ms-excel"},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    {"ppt", "application/vnd.ms-powerpoint"},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
    {"odt", "application/vnd.oasis.opendocument.text"},
    {"ods", "application/vnd.oasis.opendocument.spreadsheet"},
    {"parquet", "application/vnd.apache.parquet"},
    {"arrow", "application/vnd.apache.arrow.file"},
    {"feather", "application/vnd.apache.arrow.file"},
    {"sqlite", "application/vnd.sqlite3"},
    {"db", "application/vnd.sqlite3"},
    {"h5", "application/x-hdf5"},
    {"hdf5", "application/x-hdf5"},
    {"npy", "application/x-npy"},
    {"npz", "application/x-npz"},
    {"pkl", "application/x-python-pickle"},
    {"pickle", "application/x-python-pickle"},
    {"zip", "application/zip"},
    {"gz", "application/gzip"},
    {"tgz", "application/gzip"},
    {"bz2", "application/x-bzip2"},
    {"xz", "application/x-xz"},
    {"zst", "application/zstd"},
    {"7z", "application/x-7z-compressed"},
    {"tar", "application/x-tar"},
    {"mp3", "audio/mpeg"},
    {"wav", "audio/wav"},
    {"ogg", "audio/ogg"},
    {"flac", "audio/flac"},
    {"mp4", "video/mp4"},
    {"webm", "video/webm"},
    {"mov", "video/quicktime"},
    {"avi", "video/x-msvideo"},
    {"ttf", "font/ttf"},
    {"otf", "font/otf"},
    {"woff2", "font/woff2"},
};

}  // namespace

absl::string_view MimeTypeOfPath(absl::string_view path) {
  const absl::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
  const size_t dot = name.rfind('.');
  // The dot of ".json" hides a file; it does not start an extension.
  if (dot != absl::string_view::npos && dot > 0) {
    const absl::string_view extension = name.substr(dot + 1);
    for (const Row& row : kTypes) {
      if (absl::EqualsIgnoreCase(row.extension, extension)) return row.type;
    }
  }
  return "application/octet-stream";
}

}  // namespace carrel
