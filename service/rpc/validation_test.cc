#include "service/rpc/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "service/model/limits.h"
#include "service/model/session_filter.h"
#include "service/model/time_proto.h"

namespace carrel {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string MessageOf(const absl::Status& status) { return std::string(status.message()); }

TEST(ValidationTest, LimitsNameTheirField) {
  const v1::Limits max = DefaultMaxLimits();
  v1::Limits limits;
  EXPECT_TRUE(CheckLimits("session.limits", limits, max).ok());
  limits.set_memory_bytes(-1);
  EXPECT_EQ(MessageOf(CheckLimits("session.limits", limits, max)),
            "session.limits.memory_bytes is negative");
  limits.set_memory_bytes(max.memory_bytes() + 1);
  EXPECT_THAT(MessageOf(CheckLimits("session.limits", limits, max)),
              HasSubstr("session.limits.memory_bytes is over"));
  limits.set_memory_bytes(max.memory_bytes());
  EXPECT_TRUE(CheckLimits("session.limits", limits, max).ok());
}

TEST(ValidationTest, EveryLimitIsChecked) {
  const v1::Limits max = DefaultMaxLimits();
  const auto* descriptor = v1::Limits::descriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const auto* field = descriptor->field(i);
    v1::Limits limits;
    const auto* reflection = limits.GetReflection();
    if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_INT32) {
      reflection->SetInt32(&limits, field, -1);
    } else if (field->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_INT64) {
      reflection->SetInt64(&limits, field, -1);
    } else {
      reflection->MutableMessage(&limits, field)->CopyFrom(ToProto(absl::Seconds(-1)));
    }
    EXPECT_EQ(MessageOf(CheckLimits("l", limits, max)), "l." + field->name() + " is negative");
  }
}

TEST(ValidationTest, UnsetLimitsTakeTheFallback) {
  v1::Limits limits;
  limits.set_memory_bytes(5);
  v1::Limits complete = WithFallback(limits, DefaultSessionLimits());
  EXPECT_EQ(complete.memory_bytes(), 5);
  EXPECT_EQ(complete.output_bytes(), DefaultSessionLimits().output_bytes());
  EXPECT_GT(FromProto(complete.execution_timeout()), absl::ZeroDuration());
}

TEST(ValidationTest, DurationsMustBeWellFormed) {
  google::protobuf::Duration duration;
  duration.set_seconds(1);
  duration.set_nanos(-1);
  EXPECT_FALSE(ParseDuration("timeout", duration, absl::Hours(1)).ok());
  duration.set_seconds(INT64_MAX);
  EXPECT_FALSE(ParseDuration("timeout", duration, absl::InfiniteDuration()).ok());
  EXPECT_EQ(*ParseDuration("timeout", ToProto(absl::Milliseconds(1500)), absl::Hours(1)),
            absl::Milliseconds(1500));
  EXPECT_FALSE(ParseDuration("timeout", ToProto(absl::Hours(2)), absl::Hours(1)).ok());
}

TEST(ValidationTest, CodeIsBoundedUtf8) {
  EXPECT_TRUE(CheckCode("print('é')", 100).ok());
  EXPECT_TRUE(CheckCode("", 100).ok());
  EXPECT_THAT(MessageOf(CheckCode("\xFF", 100)), HasSubstr("code is not valid UTF-8"));
  EXPECT_THAT(MessageOf(CheckCode(std::string(101, 'x'), 100)), HasSubstr("code is longer"));
  EXPECT_FALSE(CheckCode(std::string("a\0b", 3), 100).ok());
}

TEST(ValidationTest, LabelsAreSmallAndPlain) {
  Labels labels;
  labels["team"] = "blue";
  EXPECT_TRUE(CheckLabels("session.labels", labels).ok());
  labels["Team"] = "x";
  EXPECT_THAT(MessageOf(CheckLabels("session.labels", labels)), StartsWith("session.labels"));
  labels.erase("Team");
  labels["a"] = std::string(64, 'x');
  EXPECT_THAT(MessageOf(CheckLabels("session.labels", labels)), StartsWith("session.labels.a"));
}

TEST(ValidationTest, ReservedVariablesAreRefused) {
  for (const char* name : {"HOME", "LD_PRELOAD", "PYTHONPATH", "1A", "A-B", "", "A=B"}) {
    Labels variables;
    variables[name] = "x";
    EXPECT_FALSE(ParseEnvironment("session.env", variables).ok()) << name;
  }
  Labels variables;
  variables["B"] = "2";
  variables["A"] = "1";
  Environment environment = *ParseEnvironment("session.env", variables);
  EXPECT_EQ(environment[0].first, "A");
  variables["C"] = std::string("a\0b", 3);
  EXPECT_FALSE(ParseEnvironment("session.env", variables).ok());
}

TEST(ValidationTest, UpdateMasksNameWhatCanBeUpdated) {
  google::protobuf::FieldMask mask;
  EXPECT_FALSE(ParseUpdateMask(mask).ok());
  mask.add_paths("labels");
  EXPECT_TRUE(ParseUpdateMask(mask).ok());
  mask.add_paths("limits.memory_bytes");
  EXPECT_FALSE(ParseUpdateMask(mask).ok());
}

TEST(ValidationTest, WriteSpecs) {
  v1::WriteFileSpec spec;
  EXPECT_TRUE(CheckWriteSpec(spec).ok());
  spec.set_size_bytes(-1);
  EXPECT_FALSE(CheckWriteSpec(spec).ok());
  spec.set_size_bytes(1);
  spec.set_size_unknown(true);
  EXPECT_FALSE(CheckWriteSpec(spec).ok());
  spec.set_size_unknown(false);
  spec.set_sha256("ABC");
  EXPECT_FALSE(CheckWriteSpec(spec).ok());
}

TEST(SessionFilterTest, MatchesConjunctionsOfLabels) {
  Labels labels;
  labels["team"] = "a AND \"b\"";
  labels["user"] = "7";
  for (const char* text : {"", "  ", "labels.user:*", "labels.user = \"7\"", "labels.user=\"7\"",
                           "labels.user:* AND labels.team = \"a AND \\\"b\\\"\""})
    EXPECT_TRUE(SessionFilter::Parse(text).value().Matches(labels)) << text;
  for (const char* text :
       {"labels.other:*", "labels.user = \"8\"", "labels.user:* AND labels.team = \"x\""})
    EXPECT_FALSE(SessionFilter::Parse(text).value().Matches(labels)) << text;
}

TEST(SessionFilterTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* text : {"user", "labels.user", "labels.user = 7", "labels.user = \"7",
                           "labels.user:* OR labels.team:*", "labels.user:* AND", "labels.:*",
                           "labels.user:*labels.team:*", "labels.user:* ANDlabels.team:*"})
    EXPECT_FALSE(SessionFilter::Parse(text).ok()) << text;
}

}  // namespace
}  // namespace carrel
