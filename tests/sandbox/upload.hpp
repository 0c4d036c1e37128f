// POST /v1/customers/upload: takes files and hands out their URIs; the bytes are not kept.
#pragma once

#include "sandbox/message.hpp"

namespace rfi::sandbox {

/// Answers a multipart/form-data request with `{"data":{"files":[{<part name>: <uri>}]}}`, one
/// element a file; 422 when it is no such thing, or names no customer or no file.
[[nodiscard]] Answer answer_upload(const Request& request);

}  // namespace rfi::sandbox
