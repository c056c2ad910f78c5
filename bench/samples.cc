#include "samples.h"

#include <algorithm>
#include <cmath>

namespace carrel::bench {
namespace {

// Below this, the highest sample would be called a p99.
constexpr size_t kSamplesForP99 = 20;

}  // namespace

double Samples::Quantile(double q) const {
  if (values_.empty()) return 0;
  std::vector<double> sorted = values_;
  std::sort(sorted.begin(), sorted.end());
  const auto rank = static_cast<size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

Measurement Samples::Summary(const std::string& name, const std::string& unit,
                             const Measurement* baseline) const {
  Measurement row;
  row.set_name(name);
  row.set_unit(unit);
  row.set_count(static_cast<int>(values_.size()));
  row.set_median(Median());
  if (values_.size() > 1) row.set_min(*std::min_element(values_.begin(), values_.end()));
  if (values_.size() >= kSamplesForP99) row.set_p99(Quantile(0.99));
  if (baseline != nullptr && baseline->median() > 0) {
    row.set_ratio(row.median() / baseline->median());
    row.set_ratio_to(baseline->name());
  }
  return row;
}

}  // namespace carrel::bench
