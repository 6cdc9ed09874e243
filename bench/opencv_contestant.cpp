// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
//
// OpenCV on pictures, by the function made for the kernel: filter2D for any taps, sepFilter2D for a
// Gaussian of floats, GaussianBlur for one of bytes, boxFilter for one of infinite width. They
// correlate, so taps go in backwards.
#include "contest.hpp"

#if FALTUNG_BENCH_OPENCV
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace faltung::bench {
namespace {

int border_of(Boundary boundary) {
  switch (boundary) {
    case Boundary::constant: return cv::BORDER_CONSTANT;
    case Boundary::edge: return cv::BORDER_REPLICATE;
    case Boundary::symmetric: return cv::BORDER_REFLECT;
    case Boundary::mirror: return cv::BORDER_REFLECT_101;
    default: throw Error({Status::unsupported, "OpenCV has no such boundary in its filters"});
  }
}

int depth_of(ElementType type) {
  return type == ElementType::u8 ? CV_8U : type == ElementType::f64 ? CV_64F : CV_32F;
}

class OpenCv final : public Contestant {
 public:
  explicit OpenCv(const Case& work)
      : sigma_(work.sigma), border_(border_of(work.problem.boundary)) {
    const Problem& p = work.problem;
    if (p.x_shape.rank() != 2 || p.extent != Extent::same)
      throw Error({Status::unsupported, "OpenCV filters pictures, extent same"});
    const ElementType type = p.x_type == ElementType::u8 ? p.x_type : p.result_type();
    y = Buffer(type, p.x_shape);
    // OpenCV reads through a pointer to what may be written; it does not write here.
    x_ = header(const_cast<Buffer&>(work.x));
    y_ = header(y);
    cv::setNumThreads(work.threads);
    box_ = std::isinf(sigma_);
    blur_ = sigma_ > 0 && type == ElementType::u8;
    size_ = {static_cast<int>(p.h_shape[1]), static_cast<int>(p.h_shape[0])};
    if (sigma_ > 0) cv::Mat(work.row).convertTo(row_, CV_32F);
    header(const_cast<Buffer&>(work.h)).convertTo(taps_, CV_32F);
    cv::flip(taps_, taps_, -1);
    version = std::string(CV_VERSION) + (box_         ? " boxFilter"
                                         : blur_      ? " GaussianBlur"
                                         : sigma_ > 0 ? " sepFilter2D"
                                                      : " filter2D");
  }

  void run() override {
    if (box_) cv::boxFilter(x_, y_, -1, size_, {-1, -1}, true, border_);
    else if (blur_) cv::GaussianBlur(x_, y_, size_, sigma_, sigma_, border_);
    else if (sigma_ > 0) cv::sepFilter2D(x_, y_, -1, row_, row_, {-1, -1}, 0, border_);
    else cv::filter2D(x_, y_, -1, taps_, {-1, -1}, 0, border_);
  }

 private:
  static cv::Mat header(Buffer& b) {
    const int depth = b.type == ElementType::i8 ? CV_8S : depth_of(b.type);
    return {static_cast<int>(b.shape[0]), static_cast<int>(b.shape[1]), depth, b.bytes.data()};
  }
  double sigma_;
  int border_;
  bool blur_ = false, box_ = false;
  cv::Size size_;
  cv::Mat x_, y_, taps_, row_;
};

}  // namespace

std::unique_ptr<Contestant> make_opencv(const Case& work) { return std::make_unique<OpenCv>(work); }

}  // namespace faltung::bench
#else
namespace faltung::bench {
std::unique_ptr<Contestant> make_opencv(const Case&) { return nullptr; }
}  // namespace faltung::bench
#endif
