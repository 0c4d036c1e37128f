#include "rfi/upload/content_type.hpp"

namespace rfi::upload {

using namespace std::string_view_literals;

std::optional<ContentType> content_type_of(std::string_view beginning) {
  if (beginning.starts_with("%PDF-"sv)) {
    return ContentType::pdf;
  }
  if (beginning.starts_with("\xFF\xD8\xFF"sv)) {
    return ContentType::jpeg;
  }
  if (beginning.starts_with("\x89PNG\r\n\x1A\n"sv)) {
    return ContentType::png;
  }
  return std::nullopt;
}

std::string_view media_type(ContentType type) {
  switch (type) {
    case ContentType::pdf:
      return "application/pdf";
    case ContentType::jpeg:
      return "image/jpeg";
    case ContentType::png:
      return "image/png";
  }
  return {};
}

std::string_view extension(ContentType type) {
  switch (type) {
    case ContentType::pdf:
      return "pdf";
    case ContentType::jpeg:
      return "jpg";
    case ContentType::png:
      return "png";
  }
  return {};
}

}  // namespace rfi::upload
