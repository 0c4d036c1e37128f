#include "rfi/queue/upload_book.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <stdexcept>

namespace rfi::queue {

UploadBook::UploadBook(const Database& database)
    : save_(database,
            "INSERT INTO upload (rfi, path, sha256, size, uri, uploaded_at) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (rfi, path) DO UPDATE SET "
            "sha256 = excluded.sha256, size = excluded.size, uri = excluded.uri, "
            "uploaded_at = excluded.uploaded_at"),
      of_(database, "SELECT path, sha256, size, uri, uploaded_at FROM upload WHERE rfi = ?1"),
      complete_(database,
                "UPDATE attempt SET body_sha256 = ?3, body_bytes = ?4 "
                "WHERE rfi_id = ?1 AND number = ?2 AND finished_at IS NULL") {}

void UploadBook::save(const UploadedFile& file) {
  save_.run(static_cast<std::int64_t>(file.rfi),
            file.path,
            file.sha256,
            file.size,
            file.uri,
            file.uploaded_at);
}

std::vector<UploadedFile> UploadBook::of(RfiId id) {
  std::vector<UploadedFile> files;
  auto rows = of_.query(static_cast<std::int64_t>(id));
  while (rows.next()) {
    files.push_back({.rfi = id,
                     .path = rows.text(0),
                     .sha256 = rows.text(1),
                     .size = static_cast<std::uint64_t>(rows.integer(2)),
                     .uri = rows.text(3),
                     .uploaded_at = policy::utc_from_unix_ms(rows.integer(4))});
  }
  return files;
}

void UploadBook::complete(const Completion& completion) {
  const auto id = static_cast<std::int64_t>(completion.attempt.rfi);
  const auto changed =
      complete_.run(id, completion.attempt.number, completion.body_sha256, completion.body_bytes);
  if (changed == 0) {
    throw std::logic_error(fmt::format(
        "attempt {} of RFI {} is completed but was not open", completion.attempt.number, id));
  }
}

}  // namespace rfi::queue
