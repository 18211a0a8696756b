#include <stddef.h>

/** Longer sums come to c in parts. */
enum { LONGEST_ONTO = 1024 };

/**
 * c[m, n] = addend + a[m, k] b[k, n]; strides in elements, one of each factor's pair 1; c and the addend lie by rows. No addend: NULL; it may be
 * c where k is at most LONGEST_ONTO.
 */
struct Product {
  size_t m, n, k;
  const float *a;
  size_t aRow, aColumn;
  const float *b;
  size_t bRow, bColumn;
  float *c;
  size_t cRow;
  const float *addend;
  size_t addendRow;
};

/** What this processor's products are computed with; NULL where it has nothing wider than WebAssembly. */
const char *instructions(void);

/** Room that products pack parts of b into. */
size_t panelBytes(void);

void product(const struct Product *p, float *panel);

/** c[n, n] = a[n, k] aᵀ. */
void gram(const struct Product *p, float *panel);
