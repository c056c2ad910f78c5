#include "service/rpc/rpc_files.h"

#include <asio/post.hpp>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sandbox/files/hash_file.h"
#include "service/model/errors.h"
#include "service/model/file_proto.h"
#include "service/model/page_token.h"
#include "service/model/resource_name.h"

namespace carrel {
namespace {

// Sets the hash of `file`. A sparse file may be larger than all that the session may store: it has
// no hash.
absl::StatusOr<v1::File> Describe(v1::File file, const FileName& name,
                                  const absl::StatusOr<std::string>& hash) {
  if (hash.ok()) {
    file.set_sha256(*hash);
  } else if (!absl::IsResourceExhausted(hash.status())) {
    return FileError(hash.status(), ToString(name));
  }
  return file;
}

absl::StatusOr<v1::ListFilesResponse> ListPage(const Workspace& workspace,
                                               const std::string& session,
                                               const ListOptions& options,
                                               const std::string& question) {
  absl::StatusOr<Listing> listing = workspace.List(options);
  if (!listing.ok()) {
    return FileError(listing.status(),
                     FileNameOf(session, options.folder ? options.folder->str() : ""));
  }
  v1::ListFilesResponse response;
  for (const FileInfo& info : listing->files) {
    FileName name;
    name.session = session;
    name.path = info.path;
    *response.add_files() = ToProto(info, name);
  }
  if (listing->more && !listing->files.empty())
    response.set_next_page_token(MakePageToken(listing->files.back().path.str(), question));
  return response;
}

}  // namespace

void FileRpcs::Get(const Caller& caller, v1::GetFileRequest request, Responder<v1::File> respond) {
  absl::StatusOr<FileName> name = ParseFileName("name", request.name());
  if (!name.ok()) return respond(name.status());
  loop_->Post([this, caller, name = *std::move(name), respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(caller, name.session);
    if (!session.ok()) return respond(session.status());
    std::shared_ptr<SessionFiles> files = (*session)->files();
    files->Post([files, busy = (*session)->KeepBusy(), name = std::move(name),
                 respond = std::move(respond)]() mutable {
      auto handle = files->Open(name);
      if (!handle.ok()) return respond(handle.status());
      v1::File file = ToProto(handle->info(), name);
      const int64_t max_bytes = files->workspace()->limits().max_bytes;
      if (handle->info().size <= HashQueue::kSmallBytes)
        return respond(Describe(std::move(file), name, HashFile(*handle, max_bytes)));
      // Hashing may take long, and must not delay the work of others.
      auto shared = std::make_shared<Responder<v1::File>>(std::move(respond));
      files->hashes()->Hash(
          *std::move(handle), max_bytes, [files] { return !files->hashing_ends(); },
          [files, busy, file = std::move(file), name = std::move(name),
           shared](const absl::StatusOr<std::string>& hash) {
            if (absl::IsCancelled(hash.status()))
              return (*shared)(SessionDeleted(SessionNameOf(name.session)));
            (*shared)(Describe(file, name, hash));
          });
    });
  });
}

void FileRpcs::List(const Caller& caller, v1::ListFilesRequest request,
                    Responder<v1::ListFilesResponse> respond) {
  absl::StatusOr<std::string> id = ParseSessionName("parent", request.parent());
  if (!id.ok()) return respond(id.status());
  ListOptions options;
  if (!request.directory().empty()) {
    absl::StatusOr<WorkspacePath> folder = WorkspacePath::Parse(request.directory());
    if (!folder.ok()) return respond(InvalidField("directory", folder.status().message()));
    options.folder = *folder;
  }
  absl::StatusOr<int> size = EffectivePageSize(request.page_size());
  if (!size.ok()) return respond(size.status());
  options.limit = static_cast<size_t>(*size);
  const std::string question = absl::StrCat(request.parent(), "/files?", request.directory());
  absl::StatusOr<std::string> after = ReadPageToken(request.page_token(), question);
  if (!after.ok()) return respond(after.status());
  options.after_path = *after;
  loop_->Post([this, caller, id = *std::move(id), options, question,
               respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> session = table_->Find(caller, id);
    if (!session.ok()) return respond(session.status());
    asio::post(*pool_, [workspace = (*session)->files()->workspace(), id, options, question,
                        respond = std::move(respond)]() mutable {
      respond(ListPage(*workspace, id, options, question));
    });
  });
}

void FileRpcs::Delete(const Caller& caller, v1::DeleteFileRequest request,
                      Responder<google::protobuf::Empty> respond) {
  absl::StatusOr<FileName> name = ParseWorkspaceFileName("name", request.name());
  if (!name.ok()) return respond(name.status());
  loop_->Post([this, caller, name = *std::move(name), respond = std::move(respond)]() mutable {
    absl::StatusOr<std::shared_ptr<Session>> found = table_->Find(caller, name.session);
    if (!found.ok()) return respond(found.status());
    asio::post(*pool_, [loop = loop_, session = *found, name = std::move(name),
                        respond = std::move(respond)]() mutable {
      absl::Status status = session->files()->workspace()->Delete(*name.path);
      if (!status.ok()) return respond(FileError(status, ToString(name)));
      loop->Post([session = std::move(session), path = *name.path,
                  respond = std::move(respond)]() mutable {
        session->RecordDelete(path);
        respond(google::protobuf::Empty());
      });
    });
  });
}

}  // namespace carrel
