// SPDX-FileCopyrightText: 2026 The Faltung authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>

#include "faltung/types.hpp"
#include "microkernels/butterflies.hpp"
#include "microkernels/units.hpp"
#include "support/aligned_vector.hpp"
#include "support/team.hpp"
#include "transform/lengths.hpp"

namespace faltung {

/// The ring of a transform: polynomials modulo X^M - e(a), e(t) = exp(2 pi i t).
enum class Root {
  cyclic,   ///< a = 0: complex data, products wrap around
  quarter,  ///< a = 1/4, modulo X^M - i: 2M real samples packed as z[j] = x[j] + i x[j+M];
            ///< products are those modulo X^2M + 1
};

/// What a transform runs along: contiguous rows, or columns of a matrix of rows.
enum class Along { rows, columns };

/// The convolution transform of one length.
///
/// A node X^m - e(a) of radix r splits into X^(m/r) - e((a+j)/r), j = 0 .. r-1: part s of the node
/// times the constant e(s a/r), then a plain DFT across the r parts. No weighting, no bit reversal,
/// no real-to-complex step; the leaves are the spectrum, in an order that only the same transform
/// undoes.
///
///   re  0 1 2 3 4 ...   16 points of X^16 - e(a), lanes 2: planes of real and imaginary parts,
///   im  0 1 2 3 4 ...   one beside the other in the samples of a packed row
///        | first pass, radix 2, reads planes and writes lines
///   [0 1|0 1][2 3|2 3][4 5|4 5][6 7|6 7]   two nodes of 4 lines: units
///        | radix 4 across the lines of a unit: nodes of one line
///        | transposed within the unit, radix 2: nodes of one point, the spectrum
///        | times the kernel's spectrum, and back the same way
///
/// Where a node is larger than the nearest cache, its pass is made and its children follow one
/// after the other to their leaves, through the product and back; smaller nodes are taken pass by
/// pass. So a convolution moves each point through an outer cache once for each pass above it.
/// Columns go the same way, strip by strip.
///
/// Shape    length M in {1, 3, 5, 9, 15} x 2^a; along rows a multiple of row_quantum(), or narrow.
/// Lines:
///          2 M numbers, the real parts of `lanes` points and then their imaginary parts.
/// Error    |fl(Fx) - Fx|_2 <= c u |Fx|_2, c = transform_error_coefficient(M);
///          docs/transform_error.md.
/// Threads  const; writes to the caller's arrays alone. The threads of a team take ranges of the
///          first passes and then whole nodes; the bits are those of one thread.
/// Source   the residue tree of Bernstein, Multidigit multiplication for mathematicians, 2001.
template <class T>
class Transform {
 public:
  using Team = support::Team;
  /// `narrow`: on lines of one point. `first_radix`: that of the first pass, where others make it
  /// (CircularRow); 1: any. Fails with unsupported for a length outside the family. May throw
  /// std::bad_alloc.
  static Result<Transform> make(std::int64_t length, Root root, Along along, std::int64_t target,
                                bool narrow = false, int first_radix = 1);

  /// Tables and a kernel's spectrum of more bytes are in no cache when the next row comes.
  static constexpr std::int64_t kFarBytes = std::int64_t{8} << 20;
  /// The transform is part of a row whose tables and spectrum are so many bytes.
  void set_bytes_of_row(std::int64_t bytes) noexcept { read_ = bytes; }

  std::int64_t length() const noexcept { return length_; }
  std::int64_t bytes() const noexcept;
  /// The same, before a transform is made.
  static std::int64_t bytes_of(std::int64_t length, Along along, std::int64_t target,
                               bool narrow = false, int first_radix = 1);

  /// A row: `length` contiguous real parts and as many imaginary parts (null: all zeros) to the
  /// spectrum in lines, times `factor`.
  void forward(const T* re, const T* im, T* lines, T factor = 1) const noexcept;
  /// The way back, with a factor of `length`; what lines held is lost.
  void inverse(T* lines, T* re, T* im) const noexcept;
  /// Behind the first pass: the rest of forward, times the spectrum h, and inverse: the same bits,
  /// with fewer ways through the caches. `errand`: what is done meanwhile, where does_errands(); of
  /// no team. `short_by`: the last so many numbers of y_im, less than may_miss(), are not there;
  /// `aside` is then room for 2 length numbers.
  void convolve_entered(const T* h, T* lines, T* y_re, T* y_im, const Team& team = {},
                        const Errand<T>& errand = {}, std::int64_t short_by = 0,
                        T* aside = nullptr) const noexcept;
  bool does_errands() const noexcept { return unit_count_ > 2; }

  std::int64_t may_miss() const noexcept { return first_lines_ * loops_->lanes; }

  /// What forward, inverse and convolve_entered are made of: the first pass, from planes to lines
  /// (twiddles as its loop takes them); all between, in place; and the last pass, back to planes.
  void first(const T* re, const T* im, T* lines, const Team& team = {}) const noexcept;
  /// The same with a look at the row, as Butterflies::first_and_scan has it.
  void first_and_scan(const T* re, const T* im, T* lines, Scan<T>& scan) const noexcept;
  const T* first_twiddles() const noexcept { return twiddles_.data(); }
  int first_radix() const noexcept { return first_radix_; }
  void forward_lines(T* lines, T factor = 1) const noexcept;
  void inverse_lines(T* lines) const noexcept;
  void convolve_lines(T* lines, const T* h, const Team& team = {},
                      const Errand<T>& errand = {}) const noexcept;
  void last(const T* lines, T* re, T* im, const Team& team = {}) const noexcept;
  /// Times the spectrum h of a row; y may be lines.
  void multiply(const T* lines, const T* h, T* y) const noexcept {
    loops_->multiply(lines, h, {.count = length_ / loops_->lanes}, y);
  }

  /// All between without the units, for short rows whose units others run with those of their own.
  void passes_to_units(T* lines) const noexcept;
  void passes_from_units(T* lines) const noexcept;
  bool is_deep() const noexcept { return passes_.size() > 1; }  ///< whether there are any
  std::int64_t unit_count() const noexcept { return unit_count_; }
  /// Twiddles as Units takes them.
  const T* unit_twiddles() const noexcept { return twiddles_.data() + unit_twiddles_; }
  const T* stage_twiddles() const noexcept { return stages_.data(); }

  /// Neighbouring columns: `count` lines of each of `length` rows of lines, `pitch` numbers apart;
  /// in place. inverse: times h first where there is one.
  void forward_columns(T* lines, std::int64_t pitch, std::int64_t count) const noexcept;
  void inverse_columns(T* lines, std::int64_t pitch, std::int64_t count,
                       const T* h = nullptr) const noexcept;
  /// forward, times h and inverse: the same bits with fewer ways through the caches. One of the
  /// strips that these go by, of `count` columns; lines and h are those of the first.
  void convolve_strip(T* lines, const T* h, std::int64_t pitch, std::int64_t count,
                      std::int64_t strip) const noexcept;
  std::int64_t strips(std::int64_t count) const noexcept {
    return (count + lines_of_a_strip() - 1) / lines_of_a_strip();
  }
  /// The spectrum of columns whose first `rows` points are given and the others zero, in the order
  /// in which the two above read it: strip by strip, dense.
  void kernel_columns(const T* lines, std::int64_t rows, std::int64_t pitch, std::int64_t count,
                      T* h) const noexcept;
  /// Calls body(first line, lines) for the strips of `count` columns.
  template <class Body>
  void for_strips(std::int64_t count, Body&& body) const {
    const std::int64_t strip = lines_of_a_strip();
    for (std::int64_t at = 0; at < count; at += strip) body(at, std::min(strip, count - at));
  }

 private:
  enum class Way { forward, inverse, convolve };
  struct Pass {
    int radix = 2;
    std::int64_t nodes = 1;     ///< before the pass
    std::int64_t length = 1;    ///< of a node, before the pass
    std::int64_t twiddles = 0;  ///< where its twiddles begin
    PassShape row;              ///< on a whole row at once
  };
  Transform() = default;
  void build(Root root, const std::vector<int>& radices);
  void add_stages(const std::vector<std::int64_t>& numerators, std::int64_t denominator);
  void last_but_some(const T* z, T* re, T* im, const Team& team, std::int64_t short_by,
                     T* aside) const;
  /// What goes along with the lines of a node: the kernel's, or null; the factor of a spectrum;
  /// what is done meanwhile.
  struct Beside {
    const T* h = nullptr;
    T factor = 1;
    Errand<T> errand = {};
    Beside at(std::int64_t number) const {
      return {h == nullptr ? h : h + number, factor, errand.at(number)};
    }
  };
  /// How points lie: those of a row one after the other, or each a row of `count` lines of
  /// neighbouring columns, `pitch` numbers behind the point before.
  struct Lie {
    std::int64_t pitch = 2;
    std::int64_t count = 0;  ///< 0: along a row
  };
  std::int64_t numbers_of_node(std::int64_t parts, Lie lie) const {
    return length_ / parts * (lie.count == 0 ? 2 : 2 * loops_->lanes * lie.count);
  }
  bool stays_in_cache(std::int64_t parts, Lie lie) const;
  void convolve_units(T* z, Beside with, std::int64_t count, const T* pass, const T* stages) const;
  PassShape shape_of(const Pass& pass, std::int64_t parts, Lie lie) const;
  std::int64_t lines_of_a_strip() const;
  template <Way way>
  void run_row(T* z, Beside with, const Team& team) const;
  template <Way way>
  void run_strip(T* z, const T* h, Lie lie, std::int64_t strip) const;
  template <Way way>
  void run_columns(T* z, const T* h, Lie lie) const;
  template <Way way>
  void run_node(std::size_t from, std::int64_t part, std::int64_t parts, T* z, Beside with,
                Lie lie) const;
  template <Way way>
  void run_in_cache(std::size_t from, std::int64_t part, std::int64_t parts, T* z, Beside with,
                    Lie lie) const;
  void run_pass(bool inverse, std::size_t step, std::int64_t part, std::int64_t parts, T* z,
                Lie lie) const;
  void run_shared_pass(bool inverse, std::size_t step, T* z, const Team& team) const;

  std::int64_t length_ = 1;
  const Butterflies<T>* loops_ = nullptr;
  const Units<T>* units_ = nullptr;
  std::vector<Pass> passes_;  ///< along rows, those before the units'
  std::int64_t unit_count_ = 0;
  int first_radix_ = 1;             ///< of the first pass; 1: rows are only moved to lines
  std::int64_t first_lines_ = 1;    ///< of each of its parts
  bool is_short_ = false;           ///< a row that stays in the nearest cache, and ends in units
  std::int64_t read_ = 0;           ///< bytes of tables and of a kernel's spectrum
  std::int64_t unit_twiddles_ = 0;  ///< where those of the units' pass begin
  support::AlignedVector<T> twiddles_;
  support::AlignedVector<T> stages_;
};

/// Lengths along rows are multiples of this: the points of a unit of the target.
template <class T>
std::int64_t row_quantum(std::int64_t target) noexcept {
  const std::int64_t lanes = butterflies<T>(target).lanes;
  return lanes == 1 ? 1 : kUnitLines * lanes;
}

/// x h of two spectra of `points` points; the result may take the place of x.
template <class T>
void multiply_spectra(const T* x, const T* h, std::int64_t points, T* y, std::int64_t target,
                      bool narrow = false) noexcept {
  const Butterflies<T>& loops = butterflies<T>(target, narrow);
  loops.multiply(x, h, {.count = points / loops.lanes}, y);
}

/// c of |fl(Fx) - Fx|_2 <= c u |Fx|_2 for one transform of this length (forward or inverse), for
/// the widest vectors of any target; docs/transform_error.md derives it.
double transform_error_coefficient(std::int64_t length) noexcept;
/// C of a convolution |e|_inf <= C u |x|_2 |h|_2 whose transforms over all axes have coefficients
/// that sum to `forward`.
double convolution_error_coefficient(double forward) noexcept;

/// The same in the L2 norm, with X and H the spectra of one block:
///   |e|_2 <= u (of_gain |x|_2 max|H| + of_kernel min(|x|_2 |h|_1, max|X| |h|_2)).
/// The second term is the rounding of the kernel's own spectrum, which max|H| does not bound.
struct L2Error {
  double of_gain;
  double of_kernel;
};
L2Error convolution_l2_error(double forward) noexcept;

}  // namespace faltung
