// POST /v1/customers/upload: takes files, hands out their URIs and knows whose they are; the bytes
// are not kept.
#pragma once

#include "sandbox/message.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rfi::sandbox {

/// The documented forms of an answer: `files` with an object for each file, or with one object for
/// all of them.
enum class UploadShape { list, merged };

/// What becomes of a PATCH with a URI that was not handed out here.
enum class UnknownUris { accepted, refused };

struct UploadOptions {
  UploadShape shape = UploadShape::list;
  std::size_t max_bytes = std::size_t{25} * 1024 * 1024;  ///< of a request; more is a 413
  UnknownUris unknown_uris = UnknownUris::accepted;
};

class Uploads {
 public:
  explicit Uploads(const UploadOptions& options) : options_(options) {}

  /// Answers a multipart/form-data request; 413 when it is too large, 422 when it is no such thing,
  /// does not begin with a `customer_id`, has no file, or one that is not what its type says.
  [[nodiscard]] Answer answer(const Request& request);

  /// The customer whom the files are for, if the request says so.
  [[nodiscard]] static std::optional<std::string> customer_of(const Request& request);

  /// A URI in `body` that belongs to another customer, if there is one (or to nobody, where that is
  /// refused).
  [[nodiscard]] std::optional<std::string> foreign_uri(const std::string& customer,
                                                       const boost::json::value& body) const;

  /// All files taken, in order: customer, part, file_name, content_type, bytes, sha256, uri.
  [[nodiscard]] const boost::json::array& taken() const { return taken_; }
  void clear();

 private:
  UploadOptions options_;
  boost::json::array taken_;
  std::unordered_map<std::string, std::string> owners_;  // uri -> customer
};

}  // namespace rfi::sandbox
