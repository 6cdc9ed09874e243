// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include "faltung/problem.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "reference/reference.hpp"
#include "support/problems.hpp"

namespace faltung {
namespace {

using namespace test_support;
using enum ElementType;

// --- the text form -------------------------------------------------------------------------------

TEST(ProblemText, TheExamplesOfTheHeader) {
  Problem p = Problem::parse("convolve f32 [1048576] * [4097] full");
  EXPECT_EQ(p.operation, Operation::convolve);
  EXPECT_EQ(p.x_type, f32);
  EXPECT_EQ(p.h_type, f32);
  EXPECT_EQ(p.x_shape, (Dims{1048576}));
  EXPECT_EQ(p.h_shape, (Dims{4097}));
  EXPECT_EQ(p.extent, Extent::full);
  p = Problem::parse(
      "correlate u8*i8->i32 [480,640,3] * [5,5,1] same boundary=mirror axes=0,1 policy=saturate");
  EXPECT_EQ(p.operation, Operation::correlate);
  EXPECT_EQ(p.x_type, u8);
  EXPECT_EQ(p.h_type, i8);
  EXPECT_EQ(p.y_type, i32);
  EXPECT_EQ(p.h_shape, (Dims{5, 5, 1}));
  EXPECT_EQ(p.axes, (Dims{0, 1}));
  EXPECT_EQ(p.boundary, Boundary::mirror);
  EXPECT_EQ(p.policy, Policy::saturate);
  EXPECT_EQ(p.output_shape(), (Dims{480, 640, 3}));
  p = Problem::parse("correlate f64 [1000000] * [1000] lags=-100:100");
  EXPECT_EQ(p.lags, Ranges(-100, 100));
  EXPECT_EQ(p.output_shape(), (Dims{201}));
}

TEST(ProblemText, EveryKeyComesBack) {
  const Problem p = Problem::parse(
      "convolve c64*f64->c128 [40,50,60] * [3,4] same axes=-1,1 origin=1,2 stride=2,3 "
      "dilation=1,2 cval=-1.5,0.25 method=direct block=64,32 reuse=7");
  EXPECT_EQ(p.cval, std::complex<double>(-1.5, 0.25));
  EXPECT_EQ(p.origin, (Dims{1, 2}));
  EXPECT_EQ(p.stride, (Dims{2, 3}));
  EXPECT_EQ(p.dilation, (Dims{1, 2}));
  EXPECT_EQ(p.block, (Dims{64, 32}));
  EXPECT_EQ(p.reuse, 7);
  EXPECT_EQ(p.method, "direct");
  EXPECT_EQ(Problem::parse(p.to_string()), p) << p.to_string();
  const Problem w = Problem::parse("convolve f32 [9,9] * [3,3] window=-1:4,2:9");
  EXPECT_EQ(w.window, (Ranges{{-1, 4}, {2, 9}}));
  EXPECT_EQ(Problem::parse(w.to_string()), w);
}

TEST(ProblemText, RandomProblemsComeBack) {
  std::vector<Types> types = mixed_types();
  for (const auto& more : {real_types(), complex_types(), widening_types(),
                           integer_types(Policy::saturate), integer_types(Policy::wrap)})
    types.insert(types.end(), more.begin(), more.end());
  const Family family = {.types = types,
                         .max_rank = 5,
                         .batch = true,
                         .boundaries = true,
                         .ranges = true,
                         .strides = true,
                         .dilation = true,
                         .origins = true,
                         .blocks = true};
  for (int i = 0; i < cases(3000, 100000); ++i) {
    Random random = random_for(current_test(), i);
    Problem p = random_problem(family, random);
    if (p.boundary == Boundary::constant && random.once_in(4)) p.cval = random.symmetric() * 1e-3;
    const auto back = Problem::try_parse(p.to_string());
    ASSERT_TRUE(back) << back.error().message << "\n" << p.to_string();
    ASSERT_TRUE(*back == p) << p.to_string() << "\n" << back->to_string();
  }
}

TEST(ProblemText, WrongTextIsRefusedWithASentence) {
  for (const char* text :
       {"",
        " ",
        "convolve",
        "convolute f32 [3] * [3] full",
        "convolve f33 [3] * [3] full",
        "convolve f32 3 * [3] full",
        "convolve f32 [3 * [3] full",
        "convolve f32 [3] [3] full",
        "convolve f32 [3] * full",
        "convolve f32 [] * [3] full",
        "convolve f32 [3] * [a] full",
        "convolve f32 [3] * [3] fuller",
        "convolve f32 [3] * [3] full key=1",
        "convolve f32 [3] * [3] full stride=",
        "convolve f32 [3] * [3] full stride=1.5",
        "convolve f32 [3] * [3] window=3",
        "convolve f32 [3] * [3] window=a:b",
        "convolve f32 [3] * [3] full cval=x",
        "convolve f32 [3] * [3] full cval=1,2,3",
        "convolve f32*f32*f32 [3] * [3] full",
        "convolve f32-> [3] * [3] full",
        "convolve f32 [99999999999999999999] * [3] full",
        "convolve f32 [3,,3] * [3] full",
        "convolve f32 [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1] * [3] full",
        "convolve f32 [3] * [3] full axes=1,2,3,4,5,6,7,8,9,1,2,3,4,5,6,7,8,9,10,11"}) {
    const auto p = Problem::try_parse(text);
    EXPECT_FALSE(p) << text;
    if (!p) {
      EXPECT_NE(p.error().status, Status::ok) << text;
      EXPECT_FALSE(p.error().message.empty()) << text;
    }
  }
}

TEST(ProblemText, ABareReflectNamesBothMeanings) {
  const auto b = parse_boundary("reflect");
  ASSERT_FALSE(b);
  EXPECT_EQ(b.error().status, Status::unknown_name);
  EXPECT_NE(b.error().message.find("symmetric"), std::string::npos);
  EXPECT_NE(b.error().message.find("mirror"), std::string::npos);
  for (int i = 0; i < 6; ++i)
    EXPECT_EQ(parse_boundary(name(static_cast<Boundary>(i))), static_cast<Boundary>(i));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(parse_extent(name(static_cast<Extent>(i))), static_cast<Extent>(i));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(parse_policy(name(static_cast<Policy>(i))), static_cast<Policy>(i));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(parse_operation(name(static_cast<Operation>(i))), static_cast<Operation>(i));
}

// --- what has no meaning -------------------------------------------------------------------------

Status status_of(const std::string& text) {
  const auto p = Problem::try_parse(text);
  if (!p) return p.error().status;
  const auto ok = p->check();
  if (ok) return Status::ok;
  EXPECT_FALSE(ok.error().message.empty()) << text;
  const auto shape = p->output_shape();
  EXPECT_FALSE(shape) << text;
  return ok.error().status;
}

TEST(ProblemCheck, EmptyOperands) {
  EXPECT_EQ(status_of("convolve f32 [0] * [3] full"), Status::empty_input);
  EXPECT_EQ(status_of("convolve f32 [3,0] * [3] full"), Status::empty_input);
  EXPECT_EQ(status_of("convolve f32 [3] * [0] full"), Status::empty_kernel);
  EXPECT_EQ(status_of("convolve f32 [-3] * [3] full"), Status::invalid_argument);
  Problem p;
  EXPECT_EQ(p.check().error().status, Status::empty_input);
  p.x_shape = {3};
  EXPECT_EQ(p.check().error().status, Status::empty_kernel);
}

TEST(ProblemCheck, NoOutputs) {
  EXPECT_EQ(status_of("convolve f32 [3] * [4] valid"), Status::no_output);
  EXPECT_EQ(status_of("convolve f32 [4] * [4] valid"), Status::ok);
  EXPECT_EQ(status_of("convolve f32 [6] * [4] valid dilation=2"), Status::no_output);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] valid dilation=2"), Status::ok);
  EXPECT_EQ(status_of("convolve f32 [7,3] * [4,4] valid"), Status::no_output);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] window=3:3"), Status::no_output);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] window=3:2"), Status::no_output);
  EXPECT_EQ(status_of("correlate f32 [7] * [4] lags=3:2"), Status::no_output);
  EXPECT_EQ(status_of("correlate f32 [7] * [4] lags=3:3"), Status::ok);
}

TEST(ProblemCheck, Contradictions) {
  EXPECT_EQ(status_of("correlate f32 [7] * [4] lags=0:3 window=0:3"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] lags=0:3"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] full origin=1"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] window=0:3 origin=1"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] same origin=4"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] same origin=-1"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] same origin=3"), Status::ok);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] same origin=6 dilation=2"), Status::ok);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] full boundary=wrap cval=1"),
            Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] full reuse=0"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] full stride=0"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] full dilation=-1"), Status::invalid_argument);
}

TEST(ProblemCheck, AxesAndLists) {
  EXPECT_EQ(status_of("convolve f32 [7,7] * [4,4] full axes=2"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7,7] * [1,4] full axes=-3"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7,7] * [4,4] full axes=0,-2"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7,7] * [4,4] full stride=1,1,1"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7,7] * [4,4] same origin=1"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7,7] * [4,4] window=0:3"), Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f32 [7,7] * [4,4] full stride=2"), Status::ok);
  EXPECT_EQ(status_of("convolve f32 [7,7] * [4,4] full dilation=2"), Status::ok);
}

TEST(ProblemCheck, Broadcasting) {
  EXPECT_EQ(status_of("convolve f32 [3,7] * [2,4] full axes=1"), Status::shape_mismatch);
  EXPECT_EQ(status_of("convolve f32 [3,7] * [3,4] full axes=1"), Status::ok);
  EXPECT_EQ(status_of("convolve f32 [3,7] * [1,4] full axes=1"), Status::ok);
  EXPECT_EQ(status_of("convolve f32 [1,7] * [3,4] full axes=1"), Status::ok);
  EXPECT_EQ(Problem::parse("convolve f32 [5,1,7] * [3,4] full axes=-1").output_shape(),
            (Dims{5, 3, 10}));
  EXPECT_EQ(Problem::parse("convolve f32 [7] * [3,4] full").output_shape(), (Dims{3, 10}));
}

TEST(ProblemCheck, Types) {
  EXPECT_EQ(status_of("convolve f32->u8 [7] * [4] full"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve f32->u8 [7] * [4] full policy=saturate"), Status::ok);
  EXPECT_EQ(status_of("convolve f32->u8 [7] * [4] full policy=wrap"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve c64->u8 [7] * [4] full policy=saturate"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve f32->u8 [7] * [4] full policy=saturate cval=0,1"),
            Status::type_mismatch);
  EXPECT_EQ(status_of("convolve f32->u8 [7] * [4] full policy=saturate nan=omit"),
            Status::type_mismatch);
  EXPECT_EQ(status_of("convolve f32->u8 [7] * [4] full policy=saturate cval=1e39"),
            Status::invalid_argument);
  EXPECT_EQ(status_of("convolve f64->f32 [7] * [4] full"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve c64->f32 [7] * [4] full"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve c64->f64 [7] * [4] full"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve f64->c64 [7] * [4] full"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve f32 [7] * [4] full policy=wrap"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve f32->f32 [7] * [4] full cval=0,1"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve u8->u8 [7] * [4] full cval=0.5"), Status::type_mismatch);
  EXPECT_EQ(status_of("convolve u8->f64 [7] * [4] full cval=0.5"), Status::ok);
  EXPECT_EQ(status_of("convolve u8->u8 [7] * [4] full policy=wrap"), Status::ok);
}

TEST(ProblemCheck, ExtentsAtTheEdgeOfSixtyFourBits) {
  const std::string most = std::to_string(std::numeric_limits<std::int64_t>::max());
  for (const std::string& text : std::vector<std::string>{
           "convolve u8 [" + most + "] * [1] full", "convolve u8 [1] * [" + most + "] full",
           "convolve f32 [4294967296,4294967296] * [1,1] full",
           "convolve u8 [10] * [3] full dilation=1000000000000000000",
           "convolve u8 [10] * [3] window=0:" + most,
           "convolve u8 [10] * [3] window=-" + most + ":0",
           "convolve f32 [65536,65536] * [65536,65536] window=0:4294967296,0:4294967296"})
    EXPECT_EQ(status_of(text), Status::size_overflow) << text;
  EXPECT_EQ(status_of("convolve u8 [4294967297] * [3] full"), Status::ok);
}

TEST(ProblemCheck, TooManyAxes) {
  Problem p;
  p.x_shape = Dims(17, 1);
  p.h_shape = Dims(1, 1);
  EXPECT_EQ(p.check().error().status, Status::invalid_argument);
  p.x_shape = Dims(16, 1);
  EXPECT_TRUE(p.check());
}

// --- what comes out ------------------------------------------------------------------------------

TEST(OutputShape, IsTheReferences) {
  const Family family = {.types = {{f32, f32}, {c64, f64}},
                         .max_rank = 5,
                         .batch = true,
                         .boundaries = true,
                         .ranges = true,
                         .strides = true,
                         .dilation = true,
                         .origins = true};
  for (int i = 0; i < cases(3000, 100000); ++i) {
    Random random = random_for(current_test(), i);
    const Problem p = random_problem(family, random);
    const reference::Reference reference(p, ConstView(nullptr, p.x_type, p.x_shape),
                                         ConstView(nullptr, p.h_type, p.h_shape));
    ASSERT_EQ(p.output_shape(), reference.shape()) << p.to_string();
  }
}

TEST(OutputShape, OfEveryExtent) {
  const auto count = [](const std::string& text) {
    return (*Problem::parse(text).output_shape())[0];
  };
  EXPECT_EQ(count("convolve f32 [10] * [4] full"), 13);
  EXPECT_EQ(count("convolve f32 [10] * [4] same"), 10);
  EXPECT_EQ(count("convolve f32 [10] * [4] valid"), 7);
  EXPECT_EQ(count("convolve f32 [10] * [4] causal"), 10);
  EXPECT_EQ(count("convolve f32 [10] * [4] full stride=5"), 3);
  EXPECT_EQ(count("convolve f32 [10] * [4] full stride=13"), 1);
  EXPECT_EQ(count("convolve f32 [10] * [4] full stride=1000"), 1);
  EXPECT_EQ(count("convolve f32 [10] * [4] full dilation=3"), 19);
  EXPECT_EQ(count("convolve f32 [2] * [4] same"), 2);
}

TEST(ZeroLag, IsWhereTheOperandsLieOnEachOther) {
  const auto zero = [](const std::string& text) { return Problem::parse(text).zero_lag_index(); };
  EXPECT_EQ(zero("correlate f32 [10] * [4] full"), 3);
  EXPECT_EQ(zero("correlate f32 [10] * [4] valid"), 0);
  EXPECT_EQ(zero("correlate f32 [10] * [4] same"), 2);
  EXPECT_EQ(zero("correlate f32 [10] * [4] causal"), 3);
  EXPECT_EQ(zero("correlate f32 [10] * [4] lags=-2:5"), 2);
  EXPECT_EQ(zero("correlate f32 [10] * [4] lags=2:5"), -2);  // not inside y
  EXPECT_EQ(zero("correlate f32 [10] * [4] full dilation=2"), 6);
  EXPECT_EQ(zero("correlate f32 [10] * [4] full stride=3"), 1);
  EXPECT_EQ(zero("convolve f32 [10] * [4] full"), 0);
  EXPECT_EQ(zero("convolve f32 [10] * [4] same"), -1);
  EXPECT_FALSE(zero("correlate f32 [10] * [4] full stride=2"));
  EXPECT_FALSE(Problem::parse("convolve f32 [10] * [4] full").zero_lag_index(1));
  EXPECT_FALSE(Problem::parse("convolve f32 [10] * [4] full").zero_lag_index(-1));
  const Problem two = Problem::parse("correlate f32 [10,20] * [3,5] full axes=1,0");
  EXPECT_EQ(two.zero_lag_index(0), 4);
  EXPECT_EQ(two.zero_lag_index(1), 2);
}

TEST(ResultTypes, Rules) {
  const auto type = [](const std::string& text) { return Problem::parse(text).result_type(); };
  EXPECT_EQ(type("convolve u8 [3] * [3] full"), i64);
  EXPECT_EQ(type("convolve u8*i16 [3] * [3] full policy=saturate"), u8);
  EXPECT_EQ(type("convolve i32*u8 [3] * [3] full policy=wrap"), i32);
  EXPECT_EQ(type("convolve u8*i16->u16 [3] * [3] full policy=saturate"), u16);
  EXPECT_EQ(type("convolve f32*u8 [3] * [3] full"), f32);
  EXPECT_EQ(type("convolve f32 [3] * [3] full cval=0.1"), f32);
  EXPECT_EQ(type("convolve f32 [3] * [3] full cval=0,1"), c64);
}

}  // namespace
}  // namespace faltung
