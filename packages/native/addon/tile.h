/**
 * Matrix products on vectors of LANES floats: this file is included once for each width. Every element of c is one sum in the order of k,
 * of products that are rounded before they are added, so the bits are those of the WebAssembly kernels in ../assembly, whatever the width.
 * Strides are in elements. TILE rows by two vectors of sums stay in registers while k runs.
 */
typedef float NAME(Vector) __attribute__((vector_size(LANES * 4), aligned(4), may_alias));

/** c[rows, columns] = addend + (from + a b) over k terms; `rows` and `vectors` are constants where this is called, `from` and `addend` may be NULL. */
TARGET static inline __attribute__((always_inline)) void NAME(tile)(const int rows, const int vectors, const struct Product *p, int columns, size_t k,
                                                                    const float *a, const float *b, size_t bRow, const float *from, float *c,
                                                                    const float *addend) {
  NAME(Vector) sums[TILE][2];
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < vectors; v++) sums[i][v] = from ? *(const NAME(Vector) *)(from + i * p->cRow + v * LANES) : (NAME(Vector)){0};
  }
  for (; k > 0; k--, a += p->aColumn, b += bRow) {
    NAME(Vector) x[2];
    UNROLL for (int v = 0; v < vectors; v++) x[v] = *(const NAME(Vector) *)(b + v * LANES);
    UNROLL for (int i = 0; i < rows; i++) {
      UNROLL for (int v = 0; v < vectors; v++) sums[i][v] += a[i * p->aRow] * x[v];
    }
  }
  UNROLL for (int i = 0; i < rows; i++) {
    UNROLL for (int v = 0; v < vectors; v++) {
      float *to = c + i * p->cRow + v * LANES;
      if (addend) sums[i][v] = *(const NAME(Vector) *)(addend + i * p->addendRow + v * LANES) + sums[i][v];
      const unsigned left = (unsigned)columns - v * LANES;
      if (left >= LANES) *(NAME(Vector) *)to = sums[i][v];
      else memcpy(to, &sums[i][v], left * sizeof(float));
    }
  }
}

TARGET static void NAME(rowsOfTiles)(int rows, int vectors, const struct Product *p, int columns, size_t k, const float *a, const float *b, size_t bRow,
                                     const float *from, float *c, const float *addend) {
#define ROWS(n)                                                                      \
  case n:                                                                            \
    if (vectors == 1) NAME(tile)(n, 1, p, columns, k, a, b, bRow, from, c, addend);  \
    else NAME(tile)(n, 2, p, columns, k, a, b, bRow, from, c, addend);               \
    break;
  switch (rows) {
    ROWS(1)
    ROWS(2)
    ROWS(4)
    ROWS(TILE)
  }
#undef ROWS
}

/** c = addend + a b, as many columns at a time as a tile has and STEPS terms of the sums; `panel` has room for that much of b. */
TARGET static void NAME(product)(const struct Product *p, float *panel) {
  for (size_t j = 0; j < p->n; j += 2 * LANES) {
    const int columns = p->n - j < 2 * LANES ? (int)(p->n - j) : 2 * LANES;
    const int vectors = columns > LANES ? 2 : 1;
    for (size_t done = 0, k; done < p->k; done += k) {
      k = p->k - done < STEPS ? p->k - done : STEPS;
      const int ends = done + k == p->k;
      const float *b = p->b + done * p->bRow + j * p->bColumn;
      size_t bRow = p->bRow;
      // A single row of tiles reads b once: where its vectors are whole they are read in place.
      if (p->bColumn != 1 || p->m > TILE || columns % LANES != 0) {
        pack(p, (int)k, columns, vectors * LANES, b, panel);
        b = panel;
        bRow = (size_t)vectors * LANES;
      }
      for (size_t i = 0, rows; i < p->m; i += rows) {
        const size_t left = p->m - i;
        rows = left >= TILE ? TILE : left >= 4 ? 4 : left >= 2 ? 2 : 1;
        float *c = p->c + i * p->cRow + j;
        const float *addend = p->addend && ends ? p->addend + i * p->addendRow + j : NULL;
        NAME(rowsOfTiles)((int)rows, vectors, p, columns, k, p->a + i * p->aRow + done * p->aColumn, b, bRow, done > 0 ? c : NULL, c, addend);
      }
    }
  }
}
