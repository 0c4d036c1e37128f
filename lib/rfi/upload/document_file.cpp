#include "rfi/upload/document_file.hpp"

#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace rfi::upload {
namespace {

using Count = std::variant<std::size_t, FileFault>;

constexpr std::size_t kPiece = std::size_t{64} * 1024;

FileFault changed() {
  return {FileFault::Whose::file,
          "it changed while it was read or sent: write it elsewhere, rename it into place when it "
          "is whole, then `retry`"};
}

/// Fills `buffer` as far as the file goes.
Count fill(int descriptor, std::span<char> buffer) {
  std::size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t count = ::read(descriptor, buffer.data() + filled, buffer.size() - filled);
    if (count == 0) {
      break;
    }
    if (count > 0) {
      filled += static_cast<std::size_t>(count);
    } else if (errno != EINTR) {
      return FileFault{FileFault::Whose::machine,
                       "it cannot be read: " + std::generic_category().message(errno)};
    }
  }
  return filled;
}

}  // namespace

std::shared_ptr<std::string> KeptBytes::keep(std::uint64_t size) {
  if (size > kLargestFile) {
    return nullptr;
  }
  if (bytes_.fetch_add(size) + size > kMost) {
    bytes_ -= size;
    return nullptr;
  }
  auto text = std::make_unique<std::string>();
  text->reserve(size);
  return {text.release(), [all = shared_from_this(), size](const std::string* gone) {
            delete gone;  // NOLINT(cppcoreguidelines-owning-memory): the deleter of a shared_ptr
            all->bytes_ -= size;
          }};
}

std::variant<Survey, FileFault> survey_file(const Settings& settings,
                                            const FileName& name,
                                            KeptBytes* kept) {
  auto opened = open_file(settings, name);
  if (auto* fault = std::get_if<FileFault>(&opened)) {
    return std::move(*fault);
  }
  const OpenFile& file = std::get<OpenFile>(opened);
  Survey survey;
  platform::Sha256 hash;
  std::vector<char> buffer(kPiece);
  const auto bytes = kept == nullptr ? nullptr : kept->keep(file.size);
  while (true) {
    const Count filled = fill(file.descriptor.number(), buffer);
    if (const auto* fault = std::get_if<FileFault>(&filled)) {
      return *fault;
    }
    const std::string_view piece{buffer.data(), std::get<std::size_t>(filled)};
    if (survey.size == 0) {
      const auto type = content_type_of(piece);
      if (!type) {
        return FileFault{FileFault::Whose::file,
                         "it is neither PDF, JPEG nor PNG by its first bytes: the API takes no "
                         "other file"};
      }
      survey.type = *type;
    }
    hash.add(piece);
    survey.size += piece.size();
    if (survey.size > file.size) {
      return changed();  // it grows: without this a file could be read for ever
    }
    if (bytes) {
      bytes->append(piece);
    }
    if (piece.size() < buffer.size()) {
      break;
    }
  }
  if (survey.size != file.size) {
    return changed();
  }
  survey.sha256 = hash.hex();
  survey.bytes = bytes;
  return survey;
}

std::variant<DocumentReader, FileFault> DocumentReader::open(const Settings& settings,
                                                             const FileName& name,
                                                             const Survey& expected) {
  auto opened = open_file(settings, name);
  if (auto* fault = std::get_if<FileFault>(&opened)) {
    return std::move(*fault);
  }
  auto& file = std::get<OpenFile>(opened);
  if (file.size != expected.size) {
    return changed();
  }
  return DocumentReader{std::move(file), expected};
}

DocumentReader::DocumentReader(OpenFile file, const Survey& expected)
    : file_(std::move(file)), expected_sha256_(expected.sha256) {}

Count DocumentReader::read(std::span<char> buffer) {
  const std::uint64_t left = file_.size - handed_out_;
  if (left == 0) {
    return std::size_t{0};
  }
  if (left < buffer.size()) {
    buffer = buffer.first(static_cast<std::size_t>(left));
  }
  Count filled = fill(file_.descriptor.number(), buffer);
  const auto* count = std::get_if<std::size_t>(&filled);
  if (count == nullptr) {
    return filled;
  }
  if (*count < buffer.size()) {
    return changed();
  }
  hash_.add({buffer.data(), *count});
  handed_out_ += *count;
  if (handed_out_ == file_.size && !is_as_expected()) {
    return changed();
  }
  return filled;
}

bool DocumentReader::is_as_expected() {
  char more = 0;
  const Count beyond = fill(file_.descriptor.number(), std::span{&more, 1});
  const auto* count = std::get_if<std::size_t>(&beyond);
  return count != nullptr && *count == 0 && hash_.hex() == expected_sha256_;
}

}  // namespace rfi::upload
