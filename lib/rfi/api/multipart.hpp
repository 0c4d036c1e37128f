// An upload as the API documents it: what stands before and behind the file's bytes, and where the
// answer says the file is. Pure.
#pragma once

#include "rfi/api/api_port.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rfi::api {

/// The body is `before`, the file's bytes, `after`.
struct MultipartFrame {
  std::string content_type;  ///< with the boundary
  std::string before;        ///< the part `customer_id`, and the head of the file's part
  std::string after;
};

/// `boundary` must stand nowhere in the file: random, so that no file can be made to hold it.
[[nodiscard]] MultipartFrame multipart_frame(const UploadRequest& request,
                                             std::string_view boundary);

/// The uri of the file that was sent as `part`, whichever of the documented forms the answer has:
/// `files` as a list of objects with one name each, as one object with all of them, with `data`
/// around it or not. Nothing if there is none that could stand in a body.
[[nodiscard]] std::optional<std::string> uploaded_uri(std::string_view answer,
                                                      std::string_view part);

}  // namespace rfi::api
