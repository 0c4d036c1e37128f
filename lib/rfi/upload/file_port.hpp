// The files to upload as the service sees them: asynchronous, since a disk may be slow.
#pragma once

#include "rfi/api/byte_source.hpp"
#include "rfi/upload/document_file.hpp"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <variant>

namespace rfi::upload {

/// A file on its way to the API.
class FileSource : public api::ByteSource {
 public:
  /// Why read() gave nothing; nothing if it did not.
  [[nodiscard]] virtual const std::optional<FileFault>& fault() const = 0;
};

/// Asynchronous face of the upload directory. Io thread only.
class FilePort {
 public:
  FilePort() = default;
  FilePort(const FilePort&) = delete;
  FilePort& operator=(const FilePort&) = delete;
  FilePort(FilePort&&) = delete;
  FilePort& operator=(FilePort&&) = delete;
  virtual ~FilePort() = default;

  /// Reads the file from end to end.
  virtual boost::asio::awaitable<std::variant<Survey, FileFault>> survey(FileName name) = 0;

  /// The bytes of the file that `expected` is of. It is opened at the first read.
  [[nodiscard]] virtual std::unique_ptr<FileSource> source(FileName name, Survey expected) = 0;

  /// Deletes the file if it still has the bytes of `sha256`. `done` is called with the reason if it
  /// could not be, and not at all when the port goes first; nobody waits for it.
  virtual void remove(FileName name,
                      std::string sha256,
                      std::function<void(const std::optional<FileFault>&)> done) = 0;
};

}  // namespace rfi::upload
