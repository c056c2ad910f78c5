// Makes the API's description of a file.
#ifndef CARREL_SERVICE_MODEL_FILE_PROTO_H_
#define CARREL_SERVICE_MODEL_FILE_PROTO_H_

#include <string>

#include "carrel/v1/code_interpreter.pb.h"
#include "sandbox/files/mime_type.h"
#include "sandbox/files/workspace_file.h"
#include "service/model/resource_name.h"
#include "service/model/time_proto.h"

namespace carrel {

inline v1::File ToProto(const FileInfo& info, const FileName& name) {
  v1::File file;
  file.set_name(ToString(name));
  if (name.path) file.set_path(name.path->str());
  file.set_size_bytes(info.size);
  file.set_mime_type(std::string(MimeTypeOfPath(info.path.str())));
  file.set_sha256(info.sha256);
  *file.mutable_update_time() = ToProto(info.update_time);
  return file;
}

}  // namespace carrel

#endif  // CARREL_SERVICE_MODEL_FILE_PROTO_H_
