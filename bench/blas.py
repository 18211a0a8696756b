"""Single-core float32 matrix products of numpy's BLAS, one measurement for each line of input, {seconds, slice}: the best slice counts."""

import json
import sys
import time

import numpy as np
from threadpoolctl import threadpool_info

M, K, N = 128, 784, 128
a = np.random.default_rng(0).standard_normal((M, K), dtype=np.float32)
b = np.random.default_rng(1).standard_normal((K, N), dtype=np.float32)
c = np.empty((M, N), dtype=np.float32)

libraries = [x for x in threadpool_info() if x["user_api"] == "blas"]
library = libraries[0]
assert library["num_threads"] == 1, library
name = f"{library['internal_api']} {library['version']}, {library.get('architecture')} kernel, numpy {np.__version__}"
print(json.dumps({"name": name}), flush=True)

for line in sys.stdin:
    asked = json.loads(line)
    end = time.perf_counter() + asked["seconds"]
    best = 0.0
    while time.perf_counter() < end:
        start = now = time.perf_counter()
        products = 0
        while now - start < asked["slice"]:
            np.matmul(a, b, out=c)
            products += 1
            now = time.perf_counter()
        best = max(best, products / (now - start))
    print(json.dumps({"flops": 2 * M * N * K * best}), flush=True)
