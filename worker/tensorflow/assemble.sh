#!/bin/sh
# assemble.sh PINS WHEELS TARGET: makes TARGET a folder in whose node_modules TensorFlow works, for ALLOT_TFJS: the package of
# PINS/package-lock.json without its install script, which would download from elsewhere; the libraries out of the wheels that
# fetch.sh has brought, in one folder, where each finds the others by $ORIGIN; and the binding between them, compiled here.
# Needs npm, python3, g++ and strip, on Linux x64.
set -eu
pins=$1 wheels=$2 target=$3
unpacked=$(mktemp -d -p "$target")
trap 'rm -rf "$unpacked"' EXIT

cp "$pins/package.json" "$pins/package-lock.json" "$target"
npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund
package=$(echo "$target"/node_modules/@tensorflow/tfjs-node*)
libraries=$package/deps/lib
mkdir -p "$libraries" "$package/lib/napi-v8"

python3 - "$wheels" "$unpacked" <<'END'
import pathlib, re, sys, zipfile
wanted = re.compile(
    r"tensorflow/(libtensorflow_|include/(tensorflow|tsl|xla/tsl|external/local_xla)/)"
    # Without what TensorFlow does not open: drop-in replacements, several GPUs at once, profilers' counters.
    r"|nvidia/\w+/lib/(?!libnvblas|libcufftw|libcusolverMg|libcheckpoint|libnvperf|libpcsampling)[^/]*\.so"
    r"|nvidia_[^/]*\.dist-info/License\.txt"
)
for wheel in pathlib.Path(sys.argv[1]).glob("*.whl"):
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(sys.argv[2], [name for name in archive.namelist() if wanted.match(name)])
END
mv "$unpacked"/tensorflow/libtensorflow_*.so.2 "$libraries"
strip --strip-unneeded "$libraries"/libtensorflow_*.so.2
if [ -d "$unpacked/nvidia" ]; then
  mv "$unpacked"/nvidia/*/lib/*.so* "$libraries"
  mkdir "$target/licenses"
  for folder in "$unpacked"/nvidia_*.dist-info; do cp "$folder/License.txt" "$target/licenses/$(basename "$folder" .dist-info).txt"; done
fi

# N-API 8: one build serves every Node that the project runs on.
include=$unpacked/tensorflow/include
g++ -std=c++17 -O2 -fPIC -shared -w -DNAPI_VERSION=8 -DBUILDING_NODE_EXTENSION \
  -I"$package" -I"$include" -I"$include/external/local_xla" -I"$target/node_modules/node-api-headers/include" \
  "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" \
  -L"$libraries" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 \
  -Wl,-rpath,'$ORIGIN/../../deps/lib' -Wl,--allow-shlib-undefined \
  -o "$package/lib/napi-v8/tfjs_binding.node"
# For debuggers and compilers of TypeScript; nearly half of what npm brings.
find "$target/node_modules" \( -name '*.map' -o -name '*.d.ts' \) -delete
