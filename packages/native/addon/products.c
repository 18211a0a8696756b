#include "products.h"

#include <xmmintrin.h>
#include <stdlib.h>
#include <string.h>

#ifdef __clang__
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 12")
#endif

/** Terms of the sums that are computed at a time, so that what is packed of b stays in the second-level cache. Sums go on from c, so their bits don't tell. */
enum { STEPS = LONGEST_ONTO };

/** Copies k rows of `columns` elements of b side by side, `width` elements apart, zeros behind them. */
static void pack(const struct Product *p, int k, int columns, int width, const float *b, float *to) {
  if (p->bColumn == 1) {
    for (int row = 0; row < k; row++, b += p->bRow, to += width) {
      memcpy(to, b, (size_t)columns * sizeof(float));
      memset(to + columns, 0, (size_t)(width - columns) * sizeof(float));
    }
    return;
  }
  int column = 0;
  for (; column + 4 <= columns; column += 4) {
    const float *b0 = b + column * p->bColumn, *b1 = b0 + p->bColumn, *b2 = b1 + p->bColumn, *b3 = b2 + p->bColumn;
    float *at = to + column;
    int row = 0;
    // b's rows are neighbours here: blocks of 4 × 4 are transposed.
    for (; row + 4 <= k; row += 4, at += 4 * width) {
      __m128 x0 = _mm_loadu_ps(b0 + row), x1 = _mm_loadu_ps(b1 + row), x2 = _mm_loadu_ps(b2 + row), x3 = _mm_loadu_ps(b3 + row);
      _MM_TRANSPOSE4_PS(x0, x1, x2, x3);
      _mm_storeu_ps(at, x0);
      _mm_storeu_ps(at + width, x1);
      _mm_storeu_ps(at + 2 * width, x2);
      _mm_storeu_ps(at + 3 * width, x3);
    }
    for (; row < k; row++, at += width) at[0] = b0[row], at[1] = b1[row], at[2] = b2[row], at[3] = b3[row];
  }
  for (; column < width; column++) {
    for (int row = 0; row < k; row++) to[row * width + column] = column < columns ? b[column * p->bColumn + row] : 0;
  }
}

#define NAME(x) x##Avx2
#define TARGET __attribute__((target("avx2")))
#define LANES 8
#define TILE 6
#include "tile.h"
#undef NAME
#undef TARGET
#undef LANES
#undef TILE

#define NAME(x) x##Avx512
#define TARGET __attribute__((target("avx512f")))
#define LANES 16
#define TILE 12
#include "tile.h"

enum { WIDEST = 2 * 16 };

const char *instructions(void) { return __builtin_cpu_supports("avx512f") ? "avx512" : __builtin_cpu_supports("avx2") ? "avx2" : NULL; }

size_t panelBytes(void) { return STEPS * WIDEST * sizeof(float); }

void product(const struct Product *p, float *panel) {
  if (__builtin_cpu_supports("avx512f")) productAvx512(p, panel);
  else productAvx2(p, panel);
}

void gram(const struct Product *p, float *panel) {
  // Columns from the diagonal down, then what lies above is what lies below.
  for (size_t j = 0; j < p->n; j += WIDEST) {
    const float *from = p->a + j * p->aRow;
    const size_t columns = p->n - j < WIDEST ? p->n - j : WIDEST;
    const struct Product below = {.m = p->n - j, .n = columns, .k = p->k, .a = from, .aRow = p->aRow, .aColumn = p->aColumn, .b = from, .bRow = p->aColumn,
                                  .bColumn = p->aRow, .c = p->c + j * p->n + j, .cRow = p->n};
    product(&below, panel);
  }
  for (size_t i = 0; i < p->n; i++) {
    for (size_t j = i + 1; j < p->n; j++) p->c[i * p->n + j] = p->c[j * p->n + i];
  }
}
