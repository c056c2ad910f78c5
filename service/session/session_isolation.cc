#include "service/session/session_isolation.h"

#include <spdlog/spdlog.h>

namespace carrel {

absl::StatusOr<std::unique_ptr<Cgroups>> ClaimCgroups(const std::string& directory,
                                                      SessionIsolation* isolation) {
  absl::StatusOr<std::unique_ptr<Cgroups>> cgroups = Cgroups::Claim(directory);
  if (cgroups.ok()) {
    isolation->cgroups = cgroups->get();
    spdlog::info("cgroups of sessions are in {}", (*cgroups)->path());
  } else if (absl::IsFailedPrecondition(cgroups.status())) {
    isolation->no_cgroups = std::string(cgroups.status().message());
    spdlog::info("sessions get no cgroups: {}", isolation->no_cgroups);
    return nullptr;
  }
  return cgroups;
}

}  // namespace carrel
