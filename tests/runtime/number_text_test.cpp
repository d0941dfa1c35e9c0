#include "runtime/data/number_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <string>

namespace nnc {
namespace {

TEST(NumberText, ReadsWhatPeopleAndProgramsWrite) {
  EXPECT_EQ(parse_number("+1.5").value, 1.5);
  EXPECT_EQ(parse_number(".5").value, 0.5);
  EXPECT_EQ(parse_number("5.").value, 5.0);
  EXPECT_EQ(parse_number("1E+05").value, 1e5);
  EXPECT_EQ(parse_number(" \t-2.5e-3 ").value, -2.5e-3);
  EXPECT_EQ(parse_number("0.1").value, 0.1);
  EXPECT_TRUE(std::signbit(parse_number("-0").value));
}

TEST(NumberText, RoundsLongNumbersCorrectly) {
  const std::string third = "0." + std::string(400, '3');
  EXPECT_EQ(parse_number(third).value, 1.0 / 3.0);
  const std::string long_one = "1" + std::string(300, '0') + "." + std::string(99, '9');
  EXPECT_EQ(parse_number(long_one).value, 1e300);
  // halfway between 1 and its neighbour, then one digit far behind that decides
  EXPECT_EQ(parse_number("1.00000000000000011102230246251565404236316680908203125").value, 1.0);
  EXPECT_EQ(parse_number("1.000000000000000111022302462515654042363166809082031250000001").value, 1.0000000000000002);
}

// Plain decimals take a path of their own; the C library must agree to the bit.
TEST(NumberText, PlainDecimalsAreCorrectlyRounded) {
  uint64_t state = 1;
  for (int i = 0; i < 100'000; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    const std::string digits = std::to_string((state >> 20) % (uint64_t{1} << (4 + i % 56)));
    const size_t point = state % (digits.size() + 1);
    const std::string text = fmt::format("{}.{}", digits.substr(0, point), digits.substr(point));
    ASSERT_EQ(parse_number(text).value, std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(NumberText, TooSmallIsZeroAndTooLargeAFault) {
  EXPECT_EQ(parse_number("1e-400").fault, NumberFault::none);
  EXPECT_EQ(parse_number("1e-400").value, 0.0);
  EXPECT_TRUE(std::signbit(parse_number("-1e-99999999999999999999").value));
  EXPECT_EQ(parse_number("0." + std::string(400, '0') + "1").value, 0.0);
  EXPECT_EQ(parse_number("4.9e-324").value, 4.9e-324);
  EXPECT_EQ(parse_number("0e999999999999999999999").value, 0.0);
  EXPECT_EQ(parse_number("1e999").fault, NumberFault::out_of_range);
  EXPECT_EQ(parse_number("-1e99999999999999999999").fault, NumberFault::out_of_range);
  EXPECT_EQ(parse_number(std::string(400, '9')).fault, NumberFault::out_of_range);
  EXPECT_EQ(parse_number("0.0001e400").fault, NumberFault::out_of_range);
}

TEST(NumberText, RefusesWhatIsNoDecimalNumber) {
  for (const char* text : {"0x10", "1d3", "１", "1_000", "$3", "5%", "1,5", "1.2.3", "--1", "+-1", "+", ".", "-.", "1e",
                           "e5", "1 2", "abc", "1e5.0", "nanx"}) {
    EXPECT_EQ(parse_number(text).fault, NumberFault::malformed) << text;
  }
  for (const char* text : {"nan", "NaN", "inf", "-Inf", "+infinity"}) {
    EXPECT_EQ(parse_number(text).fault, NumberFault::not_finite) << text;
  }
  EXPECT_EQ(parse_number(" ").fault, NumberFault::empty);
}

TEST(NumberText, DecimalCommas) {
  EXPECT_EQ(parse_number(" -1,5 ", ',').value, -1.5);
  EXPECT_EQ(parse_number(",5", ',').value, 0.5);
  EXPECT_EQ(parse_number("5,", ',').value, 5.0);
  EXPECT_EQ(parse_number("1,5e-3", ',').value, 1.5e-3);
  EXPECT_EQ(parse_number("0,1234567890123456789", ',').value, 0.1234567890123456789);
  EXPECT_EQ(parse_number("1e-400", ',').value, 0.0);
  EXPECT_EQ(parse_number("1,5e999", ',').fault, NumberFault::out_of_range);
  for (const char* text : {"1.5", "1.000,5", "1,2,3", "1.234567890123456789e5", ",", "1,5e0,5"}) {
    EXPECT_EQ(parse_number(text, ',').fault, NumberFault::malformed) << text;
  }
}

// 1,000 is a thousand or one: which of them only its writer knows.
TEST(NumberText, ThousandsAreNotTakenForDecimals) {
  const auto help = [](std::string_view text, const CsvFormat& format = {}) {
    return complain(text, NumberFault::malformed, format).help;
  };
  const CsvFormat semicolons{.separator = ';'}, commas{.separator = ';', .decimal = ','};
  EXPECT_EQ(help("1,000"), "thousands? then write 1000; decimals behind a comma? then write 1.000");
  EXPECT_EQ(help("-12,500", semicolons),
            "thousands? then write -12500; decimals behind a comma? then csv(…, decimal: \",\")");
  EXPECT_EQ(help("1.000", commas), "thousands? then write 1000; decimals behind a point? then leave out 'decimal'");
  EXPECT_EQ(help("0,125"), "decimal comma? numbers are written with a point: 0.125");
  EXPECT_EQ(help("1000,000"), "decimal comma? numbers are written with a point: 1000.000");
  EXPECT_EQ(help("1,0000"), "decimal comma? numbers are written with a point: 1.0000");
  EXPECT_EQ(help("1,5", semicolons), "decimal comma? csv(…, decimal: \",\"), or write 1.5, with a point");
  EXPECT_EQ(help("1,234,567"), "digits are written without separators: 1234567");
  EXPECT_EQ(help("1,234.5"), "digits are written without separators: 1234.5");
  EXPECT_EQ(help("1.234.567", commas), "digits are written without separators: 1234567");
  EXPECT_EQ(help("1.234.567,5"), "digits are written without separators, with a point: 1234567.5");
  EXPECT_EQ(help("1,234.5", commas), "digits are written without separators, with a comma: 1234,5");
  EXPECT_EQ(help("1'000"), "digits are written without separators: 1000");
  EXPECT_EQ(help("12 000,5", commas), "digits are written without separators: 12000,5");
}

TEST(NumberText, ComplaintsSayWhatToWrite) {
  const auto help = [](std::string_view text) { return complain(text, NumberFault::malformed).help; };
  EXPECT_NE(help("1,5").find("1.5"), std::string::npos);
  EXPECT_NE(help("1.234,5").find("1234.5"), std::string::npos);
  EXPECT_NE(help("1_000").find("1000"), std::string::npos);
  EXPECT_NE(help("$3").find("unit"), std::string::npos);
  EXPECT_NE(help("5%").find("unit"), std::string::npos);
  EXPECT_NE(help("NA").find("missing"), std::string::npos);
  EXPECT_NE(help("?").find("missing"), std::string::npos);
}

}  // namespace
}  // namespace nnc
