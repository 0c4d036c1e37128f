// Thousands of random RFIs. Every value of the documents is a tag that says where it stands, so
// what may be sent is known from the grants alone, without walking the documents as the builder
// does.
#include "rfi/allowlist/body.hpp"
#include "rfi/allowlist/leaf_check.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace rfi::allowlist {
namespace {

using Words = std::vector<std::string>;

const Words all_parties = {
    "", "f6b13e01-044a-4f74-a70b-d5f66b6449af", "0a6d4e0f-22a5-4f35-9d6c-0b0ed2b6c0a1"};
const Words object_sections = {"proof_of_identity", "proof_of_address"};
const Words array_sections = {
    "supporting_documents", "company_details", "identifying_documents", "future_documents"};
const Words all_types = {"PASSPORT", "VISA", "GOVERNMENT_ID", "PROOF_OF_ADDRESS"};
const Words all_fields = {"number", "country", "expiry_date", "files", "note"};
const Words all_sides = {"", "FRONT", "BACK"};

struct Wish {
  std::string party, section, type, field, side;  // empty: none, any, whole, any
};

// A value of the documents, by its place.
struct Tag {
  std::string party, section, type, field, side;
};

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  bool chance(unsigned percent) { return engine_() % 100 < percent; }
  const std::string& any(const Words& words) { return words[engine_() % words.size()]; }
  std::size_t below(std::size_t limit) { return engine_() % limit; }

 private:
  std::mt19937 engine_;
};

bool covers(const Wish& wish, const Tag& tag, Policy policy) {
  const bool family = (wish.type == "GOVERNMENT_ID" && (tag.section == "proof_of_identity" ||
                                                        tag.section == "identifying_documents")) ||
                      (wish.type == "PROOF_OF_ADDRESS" && tag.section == "proof_of_address");
  if (wish.party != tag.party || wish.section != tag.section ||
      !(wish.type.empty() || wish.type == tag.type || family)) {
    return false;
  }
  if (wish.field.empty() && wish.type.empty() && tag.section == "future_documents") {
    return true;  // an unknown section, whole
  }
  if (tag.field == "files") {
    return (wish.field.empty() || wish.field == "files") &&
           (wish.side.empty() || tag.side.empty() || wish.side == tag.side);
  }
  return wish.field == tag.field || (wish.field.empty() && tag.field != "note") ||
         (policy == Policy::document && wish.field == "files" && tag.field != "note");
}

std::string text_of(const Tag& tag) {
  return tag.party + "|" + tag.section + "|" + tag.type + "|" + tag.field + "|" + tag.side;
}

Tag tag_of(const std::string& text) {
  Words parts(1);
  for (const char c : text) {
    if (c == '|') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  parts.resize(5);
  return {parts[0], parts[1], parts[2], parts[3], parts[4]};
}

std::string path_of(const Wish& wish) {
  std::string path = wish.party.empty() ? "" : "associated_party_attachments[" + wish.party + "].";
  path += wish.section;
  path += wish.type.empty() ? "" : "[" + wish.type + "]";
  return path + (wish.field.empty() ? "" : "." + wish.field);
}

std::string text_of(const Wish& wish) {
  if (wish.side.empty() && (wish.type.empty() || wish.field.empty() || wish.field == "note")) {
    return "\"" + path_of(wish) + "\"";
  }
  const std::string party =
      wish.party.empty() ? "" : R"("associated_party_id":")" + wish.party + "\",";
  const std::string side = wish.side.empty() ? "" : R"(,"side":")" + wish.side + "\"";
  return "{" + party + R"("section":")" + wish.section + R"(","categories":[{"document_type":")" +
         wish.type + R"(","fields":[{"field_name":")" + wish.field + "\"" + side + "}]}]}";
}

std::string text_of(const std::vector<Wish>& wishes) {
  std::string text = "[";
  for (const Wish& wish : wishes) {
    text += text.size() > 1 ? "," : "";
    text += text_of(wish);
  }
  return text + "]";
}

class Generator {
 public:
  explicit Generator(std::uint32_t seed) : random_(seed) {}

  std::vector<Wish> wishes() {
    std::vector<Wish> wishes(1 + random_.below(4));
    for (Wish& wish : wishes) {
      wish.section =
          random_.chance(50) ? random_.any(object_sections) : random_.any(array_sections);
      wish.party = wish.section == "identifying_documents" ? all_parties[1 + random_.below(2)]
                                                           : random_.any(all_parties);
      wish.type = random_.chance(60) ? "" : random_.any(all_types);
      wish.field = random_.chance(30) ? "" : random_.any(all_fields);
      if (wish.field == "files" && !wish.type.empty()) {
        wish.side = random_.any(all_sides);
      }
    }
    return wishes;
  }

  // Also fills `tags` with everything the documents hold.
  std::string documents(std::vector<Tag>& tags) {
    std::string text = "{" + sections("", tags);
    if (random_.chance(70)) {
      text += text.size() > 1 ? "," : "";
      text += "\"associated_party_attachments\":[";
      const std::size_t count = random_.below(4);
      for (std::size_t i = 0; i < count; ++i) {
        const std::string& party = all_parties[1 + random_.below(2)];
        const std::string inside = sections(party, tags);
        text += (i > 0 ? "," : "") + (R"({"associated_party_id":")" + party) + "\"" +
                (inside.empty() ? "" : "," + inside) + "}";
      }
      text += "]";
    }
    return text + "}";
  }

 private:
  std::string sections(const std::string& party, std::vector<Tag>& tags) {
    std::string text;
    const auto add = [&](const std::string& name, const std::string& value) {
      text += (text.empty() ? "\"" : ",\"") + name + "\":" + value;
    };
    for (const std::string& name : object_sections) {
      if (random_.chance(90)) {
        add(name, document(party, name, tags));
      }
    }
    for (const std::string& name : array_sections) {
      if (random_.chance(85)) {
        std::string list;
        for (std::size_t count = random_.below(4); count > 0; --count) {
          list += (list.empty() ? "" : ",") + document(party, name, tags);
        }
        add(name, "[" + list + "]");
      }
    }
    return text;
  }

  std::string document(const std::string& party,
                       const std::string& section,
                       std::vector<Tag>& tags) {
    const std::string& type = random_.any(all_types);
    std::string text = R"({"type":")" + type + "\"";
    for (const std::string& field : all_fields) {
      if (random_.chance(25)) {
        continue;
      }
      if (field != "files") {
        tags.push_back({party, section, type, field, ""});
        text += ",\"" + field + "\":\"" + text_of(tags.back()) + "\"";
        continue;
      }
      text += ",\"files\":[";
      const std::size_t count = random_.below(3);
      for (std::size_t i = 0; i < count; ++i) {
        const std::string& side = random_.any(all_sides);
        tags.push_back({party, section, type, field, side});
        text += (i > 0 ? ",{" : "{") +
                (side.empty() ? std::string() : R"("side":")" + side + "\",") + R"("uri":")" +
                text_of(tags.back()) + "\"}";
      }
      text += "]";
    }
    return text + "}";
  }

  Random random_;
};

// The tags in a body; a value that is neither a tag nor a structural key shows up as one that no
// wish covers.
void collect(const boost::json::value& value,
             std::string_view name,
             bool built_here,
             std::multiset<std::string>& found) {
  if (const auto* object = value.if_object()) {
    EXPECT_FALSE(built_here && object->empty());
    for (const auto& member : *object) {
      collect(
          member.value(), member.key(), built_here && member.key() != "future_documents", found);
    }
  } else if (const auto* array = value.if_array()) {
    EXPECT_FALSE(built_here && array->empty());
    for (const auto& item : *array) {
      collect(item, name, built_here, found);
    }
  } else if (name != "type" && name != "side" && name != "associated_party_id") {
    found.insert(value.is_string() ? std::string(value.as_string()) : "not a string");
  }
}

std::multiset<std::string> leaves(const std::string& body) {
  std::multiset<std::string> found;
  if (!body.empty()) {
    collect(boost::json::parse(body), "", true, found);
  }
  return found;
}

bool covered(const std::vector<Wish>& wishes, const Tag& tag) {
  return std::ranges::any_of(wishes,
                             [&](const Wish& wish) { return covers(wish, tag, Policy::strict); });
}

bool met(const Wish& wish, const std::vector<Tag>& tags) {
  return std::ranges::any_of(tags,
                             [&](const Tag& tag) { return covers(wish, tag, Policy::strict); });
}

// An unknown section granted whole is met by any value, also one without a tag.
bool is_unknown_whole(const Wish& wish) {
  return wish.section == "future_documents" && wish.type.empty() && wish.field.empty();
}

TEST(ProjectionProperty, SendsExactlyWhatTheGrantsCover) {
  std::size_t sent = 0;
  std::size_t refused = 0;
  for (std::uint32_t seed = 1; seed <= 1500; ++seed) {
    Generator generator(seed);
    const std::vector<Wish> wishes = generator.wishes();
    std::vector<Tag> tags;
    const std::string documents = generator.documents(tags);
    const std::string requested = text_of(wishes);
    SCOPED_TRACE(testing::Message() << "seed " << seed << " " << requested << " " << documents);
    Settings settings;
    settings.partial = Partial::send;
    const Projection partial = project(requested, documents, settings);
    std::multiset<std::string> wanted;
    for (const Tag& tag : tags) {
      if (covered(wishes, tag)) {
        wanted.insert(text_of(tag));
      }
    }
    ASSERT_EQ(leaves(partial.body), wanted);
    ASSERT_EQ(project(requested, documents, settings).body, partial.body);
    if (!partial.body.empty()) {
      ASSERT_EQ(uncovered_leaves(partial.body, requested, settings), Words{});
    }

    const Projection strict = project(requested, documents, Settings{});
    const bool all_met =
        std::ranges::all_of(wishes, [&](const Wish& wish) { return met(wish, tags); });
    const bool certain = std::ranges::none_of(wishes, is_unknown_whole);
    if (all_met || certain) {
      ASSERT_EQ(strict.refusal.has_value(), !all_met) << strict.refusal.value_or("");
    }
    ASSERT_EQ(strict.body, strict.refusal ? "" : partial.body);
    ASSERT_EQ(strict.unmet.empty(), !strict.refusal);
    ++(strict.refusal ? refused : sent);
  }
  // Neither side of the property may be empty.
  EXPECT_GT(sent, 150U);
  EXPECT_GT(refused, 300U);
}

TEST(ProjectionProperty, AGrantLessIsNeverALeafMore) {
  for (std::uint32_t seed = 5001; seed <= 5500; ++seed) {
    Generator generator(seed);
    const std::vector<Wish> wishes = generator.wishes();
    std::vector<Tag> tags;
    const std::string documents = generator.documents(tags);
    SCOPED_TRACE(testing::Message()
                 << "seed " << seed << " " << text_of(wishes) << " " << documents);
    for (const Policy policy : {Policy::strict, Policy::document}) {
      Settings settings;
      settings.policy = policy;
      settings.partial = Partial::send;
      const std::string body = project(text_of(wishes), documents, settings).body;
      if (!body.empty()) {
        ASSERT_EQ(uncovered_leaves(body, text_of(wishes), settings), Words{});
      }
      const auto all = leaves(body);
      for (const std::string& leaf : all) {
        ASSERT_TRUE(std::ranges::any_of(wishes, [&](const Wish& wish) {
          return covers(wish, tag_of(leaf), policy);
        })) << leaf;
      }
      for (std::size_t i = 0; i < wishes.size(); ++i) {
        std::vector<Wish> fewer = wishes;
        fewer.erase(std::next(fewer.begin(), static_cast<std::ptrdiff_t>(i)));
        const auto some = leaves(project(text_of(fewer), documents, settings).body);
        ASSERT_TRUE(std::ranges::includes(all, some));
      }
    }
  }
}

}  // namespace
}  // namespace rfi::allowlist
