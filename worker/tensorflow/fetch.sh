#!/bin/sh
# fetch.sh PINS WHEELS: downloads the wheels that PINS/requirements.txt names and holds each against its sha256.
# Needs python3 with venv.
set -eu
pins=$1 wheels=$2
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
# The C API of a TensorFlow from 2.13 on has nothing of Python in it, so any wheel of that version does.
"$tools/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes \
  --python-version=3.11 --implementation=cp --platform=manylinux_2_17_x86_64 --platform=manylinux2014_x86_64 \
  --requirement "$pins/requirements.txt" --dest "$wheels"
