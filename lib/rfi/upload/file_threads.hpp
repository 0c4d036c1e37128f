// FilePort over a few threads of its own. Not the io thread, which must never wait for a disk, and
// not the store's: a slow share with scans on it must not hold up the commits of everybody else.
#pragma once

#include "rfi/upload/file_port.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <memory>

namespace rfi::upload {

/// Construct, call and destroy on the io thread. The destructor waits for the reads under way, each
/// of which ends within one file.
class FileThreads final : public FilePort {
 public:
  FileThreads(boost::asio::any_io_executor home, Settings settings);
  FileThreads(const FileThreads&) = delete;
  FileThreads& operator=(const FileThreads&) = delete;
  FileThreads(FileThreads&&) = delete;
  FileThreads& operator=(FileThreads&&) = delete;
  ~FileThreads() override;

  boost::asio::awaitable<std::variant<Survey, FileFault>> survey(FileName name) override;
  [[nodiscard]] std::unique_ptr<FileSource> source(FileName name, Survey expected) override;
  void remove(FileName name,
              std::string sha256,
              std::function<void(const std::optional<FileFault>&)> done) override;

  /// After a reload: for whatever is begun from now on.
  void configure(Settings settings);

 private:
  boost::asio::any_io_executor home_;
  std::shared_ptr<const Settings> settings_;
  std::shared_ptr<KeptBytes> kept_ = std::make_shared<KeptBytes>();
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
  boost::asio::thread_pool pool_;
};

}  // namespace rfi::upload
