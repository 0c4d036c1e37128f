#include "rfi/upload/content_type.hpp"

#include <gtest/gtest.h>

namespace rfi::upload {
namespace {

using namespace std::string_view_literals;

TEST(ContentType, IsToldByTheFirstBytesAlone) {
  EXPECT_EQ(content_type_of("%PDF-1.7\n"sv), ContentType::pdf);
  EXPECT_EQ(content_type_of("\xFF\xD8\xFF\xE0\0\x10JFIF"sv), ContentType::jpeg);
  EXPECT_EQ(content_type_of("\x89PNG\r\n\x1A\n\0\0"sv), ContentType::png);
  for (const std::string_view other : {""sv,
                                       "%PD"sv,
                                       " %PDF-1.7"sv,
                                       "GIF89a\0\0"sv,
                                       "PK\x03\x04"sv,
                                       "<html>"sv,
                                       "\x89PNG\n"sv,
                                       "\xFF\xD8"sv,
                                       "\0\0\0\0"sv}) {
    EXPECT_EQ(content_type_of(other), std::nullopt) << other;
  }
}

TEST(ContentType, HasANameAndAnExtension) {
  EXPECT_EQ(media_type(ContentType::jpeg), "image/jpeg");
  EXPECT_EQ(extension(ContentType::jpeg), "jpg");
  EXPECT_EQ(media_type(ContentType::png), "image/png");
  EXPECT_EQ(media_type(ContentType::pdf), "application/pdf");
}

}  // namespace
}  // namespace rfi::upload
