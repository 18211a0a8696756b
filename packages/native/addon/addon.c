/** The Node addon: products over a memory of floats, as ../src/native.ts asks for them. */
#include <node_api.h>
#include <stdint.h>
#include <stdlib.h>

#include "products.h"

/** What a call is to compute: 32-bit words that the caller has written into the memory. Addresses are in bytes, strides in elements. */
struct Request {
  uint32_t gram, m, n, k, a, aRow, aColumn, b, bRow, bColumn, addend, addendRow, c;
};

struct Memory {
  char *start;
  size_t bytes;
  const struct Request *request;
  float *panel;
};

/** Vectors may read this far beyond an operand. */
enum { READ_AHEAD = 128 };

static int lies(const struct Memory *memory, uint32_t at, size_t rows, size_t row, size_t columns, size_t column) {
  if (at == 0 || at % sizeof(float) != 0 || rows == 0 || columns == 0) return 0;
  return at + ((rows - 1) * row + (columns - 1) * column + 1) * sizeof(float) + READ_AHEAD <= memory->bytes;
}

static napi_value compute(napi_env env, napi_callback_info info) {
  struct Memory *memory;
  napi_get_cb_info(env, info, NULL, NULL, NULL, (void **)&memory);
  const struct Request r = *memory->request;
  if (!lies(memory, r.a, r.m, r.aRow, r.k, r.aColumn) || !lies(memory, r.b, r.k, r.bRow, r.n, r.bColumn) || !lies(memory, r.c, r.m, r.n, r.n, 1) ||
      (r.addend != 0 && !lies(memory, r.addend, r.m, r.addendRow, r.n, 1))) {
    napi_throw_range_error(env, NULL, "a product reaches beyond the memory");
    return NULL;
  }
  if (r.addend == r.c && r.k > LONGEST_ONTO) {
    napi_throw_range_error(env, NULL, "a product with so long sums is not added to what it replaces");
    return NULL;
  }
  const struct Product p = {
      .m = r.m, .n = r.n, .k = r.k,
      .a = (const float *)(memory->start + r.a), .aRow = r.aRow, .aColumn = r.aColumn,
      .b = (const float *)(memory->start + r.b), .bRow = r.bRow, .bColumn = r.bColumn,
      .c = (float *)(memory->start + r.c), .cRow = r.n,
      .addend = r.addend == 0 ? NULL : (const float *)(memory->start + r.addend), .addendRow = r.addendRow,
  };
  if (r.gram) gram(&p, memory->panel);
  else product(&p, memory->panel);
  return NULL;
}

static void release(napi_env env, void *data, void *hint) {
  (void)env, (void)hint;
  struct Memory *memory = data;
  free(memory->panel);
  free(memory);
}

/** over(memory: ArrayBuffer, requestAt: number): () => void. The caller keeps the memory for as long as it calls. */
static napi_value over(napi_env env, napi_callback_info info) {
  napi_value arguments[2], call;
  size_t count = 2, bytes;
  void *start;
  uint32_t requestAt;
  if (napi_get_cb_info(env, info, &count, arguments, NULL, NULL) != napi_ok || count != 2 || napi_get_arraybuffer_info(env, arguments[0], &start, &bytes) != napi_ok ||
      napi_get_value_uint32(env, arguments[1], &requestAt) != napi_ok || requestAt % 4 != 0 || requestAt + sizeof(struct Request) > bytes) {
    napi_throw_type_error(env, NULL, "over(memory, requestAt): an ArrayBuffer and an address in it");
    return NULL;
  }
  struct Memory *memory = malloc(sizeof *memory);
  float *panel = aligned_alloc(64, panelBytes());
  if (!memory || !panel) {
    napi_throw_error(env, NULL, "no memory for products");
    return NULL;
  }
  *memory = (struct Memory){.start = start, .bytes = bytes, .request = (const struct Request *)((char *)start + requestAt), .panel = panel};
  napi_create_function(env, "compute", NAPI_AUTO_LENGTH, compute, memory, &call);
  napi_add_finalizer(env, call, memory, release, NULL, NULL);
  return call;
}

NAPI_MODULE_INIT() {
  napi_value value;
  const char *name = instructions();
  if (name) napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &value);
  else napi_get_undefined(env, &value);
  napi_set_named_property(env, exports, "instructions", value);
  napi_create_function(env, "over", NAPI_AUTO_LENGTH, over, NULL, &value);
  napi_set_named_property(env, exports, "over", value);
  return exports;
}
