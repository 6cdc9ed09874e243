// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#include <clocale>
#include <cmath>
#include <limits>

#include "damage.hpp"

namespace faltung::test {
namespace {

using namespace std::string_literals;

io::Result<io::Table> parse(std::string_view text) { return io::parse_csv(text, "a.csv"); }
std::string refusal(std::string_view text) { return message_of(parse(text)); }
std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
io::Table::Column numbers(const std::string& name, const std::vector<double>& values) {
  return {name, true, values, {}, {}};
}
io::Table::Column words(const std::string& name, const std::vector<std::string>& text) {
  return {name, false, {}, text, {}};
}

TEST(Csv, ReadsNumbersAndText) {
  const auto table = parse("date,outdoor,n\n2010-01-01,-3.5,1\n2010-01-02,+2e1, 2 \n");
  ASSERT_TRUE(table.has_value()) << message_of(table);
  ASSERT_EQ(table->columns.size(), 3u);
  EXPECT_EQ(table->rows(), 2u);
  EXPECT_EQ(table->columns[0].name, "date");
  EXPECT_FALSE(table->columns[0].numeric);
  EXPECT_EQ(table->columns[0].text, (std::vector<std::string>{"2010-01-01", "2010-01-02"}));
  EXPECT_EQ(table->columns[0].reason, "line 2 has '2010-01-01', which is no number");
  EXPECT_TRUE(table->columns[1].numeric);
  EXPECT_EQ(table->columns[1].values, (std::vector<double>{-3.5, 20}));
  EXPECT_EQ(table->columns[1].text, (std::vector<std::string>{"-3.5", "+2e1"}));
  EXPECT_EQ(table->columns[2].values, (std::vector<double>{1, 2}));
}

TEST(Csv, ReadsNumbersThatAreNotFinite) {
  const auto table = parse("x\nnan\ninf\n-inf\nNaN\n-Infinity\n");
  ASSERT_TRUE(table.has_value()) << message_of(table);
  const std::vector<double>& x = table->columns[0].values;
  ASSERT_EQ(x.size(), 5u);
  EXPECT_TRUE(std::isnan(x[0]) && std::isnan(x[3]));
  EXPECT_EQ(x[1], std::numeric_limits<double>::infinity());
  EXPECT_EQ(x[2], -x[1]);
  EXPECT_EQ(x[4], -x[1]);
}

TEST(Csv, ReadsEveryLineEndingAndMark) {
  for (const char* text :
       {"a,b\n1,2\n", "a,b\n1,2", "a,b\r\n1,2\r\n", "a,b\r\n1,2", "a,b\n1,2\n\n\r\n\n",
        "\xef\xbb\xbf\x61,b\n1,2\n"}) {  // \x61 is a, which would join the escape before it
    const auto table = parse(text);
    ASSERT_TRUE(table.has_value()) << text << message_of(table);
    EXPECT_EQ(table->columns[0].name, "a");
    EXPECT_EQ(table->columns[1].values, (std::vector<double>{2}));
  }
}

TEST(Csv, ReadsQuotes) {
  const auto table = parse("\"a \"\"b\"\"\",\"c,d\"\r\n\"1\",\"two\r\nlines\"\r\n2,\"\"\r\n");
  ASSERT_TRUE(table.has_value()) << message_of(table);
  EXPECT_EQ(table->columns[0].name, "a \"b\"");
  EXPECT_EQ(table->columns[1].name, "c,d");
  EXPECT_EQ(table->columns[0].values, (std::vector<double>{1, 2}));
  EXPECT_EQ(table->columns[1].text, (std::vector<std::string>{"two\r\nlines", ""}));
}

TEST(Csv, TakesDecimalPointsInEveryLocale) {
  const std::string old = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
    if (std::setlocale(LC_ALL, locale)) break;
  EXPECT_EQ(parse("x\n1.5\n")->columns[0].values, (std::vector<double>{1.5}));
  EXPECT_EQ(text_of(io::encode_csv({{numbers("x", {1.5})}})), "x\n1.5\n");
  std::setlocale(LC_ALL, old.c_str());
}

TEST(Csv, ReadsVeryLongLines) {
  std::string header = "c0", row = "0";
  for (int i = 1; i < 20000; ++i) {
    header += ",c" + std::to_string(i);
    row += "," + std::to_string(i);
  }
  row += ",\"" + std::string(3 << 20, 'x') + "\"";
  const auto table = parse(header + ",note\n" + row + "\n");
  ASSERT_TRUE(table.has_value()) << message_of(table);
  EXPECT_EQ(table->columns[19999].values, (std::vector<double>{19999}));
  EXPECT_EQ(table->columns[20000].text[0].size(), std::size_t{3 << 20});
  EXPECT_LT(table->columns[20000].reason.size(), 100u);
}

TEST(Csv, NeedsAHeader) {
  EXPECT_TRUE(contains(refusal("1,2\n3,4\n"), "line 1 holds numbers only; a header"));
  EXPECT_TRUE(contains(refusal("\n1\n"), "line 1 is blank; a header"));
  EXPECT_TRUE(contains(refusal(""), "empty"));
  EXPECT_TRUE(contains(refusal("\xef\xbb\xbf"), "header"));
  EXPECT_TRUE(contains(refusal("a,b\n"), "no rows"));
  EXPECT_TRUE(contains(refusal("a,b\n\n\n"), "no rows"));
  EXPECT_TRUE(parse("2009,b\n1,2\n").has_value()) << "one name is enough";
  EXPECT_TRUE(parse("\"2009\"\n1\n").has_value()) << "a quoted number is a name";
}

TEST(Csv, NamesTheLineOfARaggedRow) {
  EXPECT_TRUE(contains(refusal("a,b\n1,2\n3\n"), "line 3 has 1 cell, but the header has 2"));
  EXPECT_TRUE(contains(refusal("a,b\n1,2,\n"), "line 2 has 3 cells"));
  EXPECT_TRUE(contains(refusal("a,b\n\"x\ny\",2\n3\n"), "line 4 has 1 cell,"));
  EXPECT_TRUE(contains(refusal("a\n1\n\n2\n"), "line 3 is blank"));
}

TEST(Csv, HintsAtForeignSeparators) {
  EXPECT_TRUE(contains(refusal("a;b\n1,5;2\n"), "semicolons"));
  EXPECT_TRUE(contains(refusal("a\tb\n1\t2\n"), "tabs"));
  EXPECT_TRUE(parse("\"a;b\"\n1\n").has_value());
}

TEST(Csv, TellsGapsAmongNumbersFromText) {
  const auto gap = parse("t,x\n1,2\n2,\n3,4\n");
  ASSERT_TRUE(gap.has_value()) << message_of(gap);
  EXPECT_FALSE(gap->columns[1].numeric);
  EXPECT_TRUE(gap->columns[1].mixed);
  EXPECT_EQ(gap->columns[1].reason, "line 3 has an empty cell");
  const auto table = parse("t,note,none\n1,,\n2,rain,\n");
  ASSERT_TRUE(table.has_value()) << message_of(table);
  EXPECT_EQ(table->columns[1].text, (std::vector<std::string>{"", "rain"}));
  EXPECT_FALSE(table->columns[2].numeric || table->columns[2].mixed);
  EXPECT_EQ(table->columns[2].reason, "line 2 has an empty cell");
}

TEST(Csv, SaysWhyAColumnIsText) {
  EXPECT_EQ(parse("x\n1\n1O.5\n")->columns[0].reason, "line 3 has '1O.5', which is no number");
  EXPECT_TRUE(contains(parse("x\n1e999\n")->columns[0].reason, "out of the range"));
  EXPECT_TRUE(contains(parse("x\n0x10\n")->columns[0].reason, "no number"));
  EXPECT_TRUE(contains(parse("x\n+-1\n")->columns[0].reason, "no number"));
  EXPECT_TRUE(contains(parse("x\n\"a\x1b[2J\"\n")->columns[0].reason, "'a?[2J'"));
}

TEST(Csv, TellsAGapAmongNumbersFromText) {
  for (const char* cell : {"NA", "null", "1e400", "0x10", "-"}) {
    const auto table = parse("a,b\n1,2\n"s + cell + ",4\n5,6\n");
    ASSERT_TRUE(table.has_value()) << message_of(table);
    EXPECT_FALSE(table->columns[0].numeric) << cell;
    EXPECT_TRUE(table->columns[0].mixed) << cell;
    EXPECT_TRUE(contains(table->columns[0].reason, "line 3 has '"s + cell + "'"));
    EXPECT_TRUE(table->columns[1].numeric);
  }
  const auto words = parse("date,who\n2026-01-01,Nan\n2026-01-02,Inge\n");
  ASSERT_TRUE(words.has_value()) << message_of(words);
  EXPECT_FALSE(words->columns[0].mixed || words->columns[1].mixed) << "names are text";
  EXPECT_TRUE(parse("x\nnan\n1\n")->columns[0].numeric);
}

TEST(Csv, TrimsNames) {
  const auto table = parse("t, a b\t,\" c \"\n1,2,3\n");
  ASSERT_TRUE(table.has_value()) << message_of(table);
  EXPECT_EQ(table->columns[1].name, "a b");
  EXPECT_EQ(table->columns[2].name, "c");
}

TEST(Csv, RefusesBrokenQuotes) {
  EXPECT_TRUE(contains(refusal("a\n\"1\n2\n"), "opened in line 2 is never closed"));
  EXPECT_TRUE(contains(refusal("a\n\"1\"2\n"), "line 2 has text after a closing quote"));
  EXPECT_TRUE(contains(refusal("a\n1\"2\n"), "line 2 has a quote inside a cell"));
  EXPECT_TRUE(contains(refusal("a\r1\r"), "carriage return"));
}

TEST(Csv, RefusesWhatIsNoText) {
  EXPECT_TRUE(contains(refusal("a,b\n1,\0\n"s), "line 2 has a NUL byte"));
  EXPECT_TRUE(contains(refusal("\xff\xfe"
                               "a\0\n\0"s),
                       "UTF-16"));
  EXPECT_TRUE(contains(refusal("t,\xb0"
                               "C\n1,2\n"),
                       "line 1 is not UTF-8"));
  for (const char* bad :
       {"\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\x80", "\xf5", "\xe2\x82"})
    EXPECT_TRUE(contains(refusal("x\n"s + bad), "UTF-8"));
  EXPECT_TRUE(parse("t,\xc2\xb0"
                    "C \xe2\x82\xac \xf0\x9f\x8c\xa1\n1,2\n")
                  .has_value());
}

TEST(Csv, WritesTheShortestNumbersThatReadBack) {
  const std::vector<double> values = {0.1,
                                      1.0 / 3,
                                      -0.0,
                                      1e22,
                                      5e-324,
                                      1.7976931348623157e308,
                                      12345678,
                                      std::numeric_limits<double>::infinity(),
                                      -std::numeric_limits<double>::infinity()};
  const io::Table table{{numbers("x", values)}};
  const std::string text = text_of(io::encode_csv(table));
  EXPECT_TRUE(contains(text, "\n0.1\n")) << text;
  EXPECT_TRUE(contains(text, "\n-0\n")) << text;
  const auto read = parse(text);
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(read->columns[0].values, values);
  EXPECT_TRUE(std::signbit(read->columns[0].values[2]));
  for (const double sign : {1.0, -1.0}) {
    const double nan = std::copysign(std::nan(""), sign);
    EXPECT_EQ(text_of(io::encode_csv({{numbers("x", {nan})}})), "x\nnan\n");
  }
}

TEST(Csv, WrittenTextReadsBack) {
  const std::vector<std::string> cells = {"plain", "a,b",     "say \"no\"", "two\nlines",
                                          "",      " blank ", "\xc3\xa4"};
  const std::vector<double> values(cells.size(), 2.5);
  const io::Table table{{words("no,te", cells), numbers("2009", values)}};
  const auto read = parse(text_of(io::encode_csv(table)));
  ASSERT_TRUE(read.has_value()) << message_of(read);
  EXPECT_EQ(read->columns[0].name, "no,te");
  EXPECT_EQ(read->columns[0].text, cells);
  EXPECT_EQ(read->columns[1].values, values);
  // What would read as no header, as a foreign separator or as a blank line.
  const auto names = parse(text_of(io::encode_csv({{numbers("1", {1}), numbers("2", {2})}})));
  ASSERT_TRUE(names.has_value()) << message_of(names);
  EXPECT_EQ(names->columns[1].name, "2");
  EXPECT_TRUE(parse(text_of(io::encode_csv({{numbers("a;b", {1})}}))).has_value());
  const auto mark = parse(text_of(io::encode_csv({{numbers("\xef\xbb\xbfx", {1})}})));
  ASSERT_TRUE(mark.has_value()) << message_of(mark);
  EXPECT_EQ(mark->columns[0].name, "\xef\xbb\xbfx");
  const auto alone = parse(text_of(io::encode_csv({{words("", {"a", "", "b"})}})));
  ASSERT_TRUE(alone.has_value()) << message_of(alone);
  EXPECT_EQ(alone->columns[0].text, (std::vector<std::string>{"a", "", "b"}));
}

TEST(Csv, SurvivesEveryPrefixAndFlip) {
  const ByteVector bytes =
      bytes_of("\xef\xbb\xbft,\"x \"\"y\"\"\",note\r\n1,2.5e1,\"a,b\"\r\n2,nan,\n");
  const auto parse_bytes = [](std::span<const std::byte> text) {
    return io::parse_csv({reinterpret_cast<const char*>(text.data()), text.size()}, "a.csv");
  };
  for (std::size_t n = 0; n <= bytes.size(); ++n)
    read_damaged({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n)}, parse_bytes,
                 std::to_string(n) + " bytes");
  EXPECT_GT(flip_bits(bytes, parse_bytes, 128), 60);
}

}  // namespace
}  // namespace faltung::test
