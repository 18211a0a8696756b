"""Ridge regression by gradient descent, in Python's standard library alone.

Allot runs it once per trial (manifests/examples/command-python.yaml): parameters come as arguments,
the seed from ALLOT_SEED, and reports go to the file that ALLOT_MEASUREMENTS names. It uses + - * /
in a fixed order and a generator of its own, so that every Python gives the same bits (`sum` adds
floats in another way since Python 3.12).
"""

import json
import os
import sys

FEATURES = 8
EXAMPLES = 12
NOISE = 1.0
EPOCHS = 40

arguments = dict(argument.lstrip("-").split("=", 1) for argument in sys.argv[1:])
rate = float(arguments["rate"])
ridge = float(arguments["ridge"])
state = int(os.environ["ALLOT_SEED"])


def draw():
    """The next number of a Lehmer generator, between -1 and 1."""
    global state
    state = (state * 48271 + 11) % 2147483647
    return 2.0 * state / 2147483647 - 1.0


def dot(a, b):
    total = 0.0
    for left, right in zip(a, b):
        total += left * right
    return total


def example(teacher):
    x = [draw() for _ in range(FEATURES)]
    return x, dot(teacher, x) + NOISE * draw()


def loss(weights, examples):
    total = 0.0
    for x, y in examples:
        error = dot(weights, x) - y
        total += error * error
    return total / len(examples)


teacher = [draw() for _ in range(FEATURES)]
training = [example(teacher) for _ in range(EXAMPLES)]
validation = [example(teacher) for _ in range(200)]

weights = [0.0] * FEATURES
with open(os.environ["ALLOT_MEASUREMENTS"], "w") as reports:
    for epoch in range(1, EPOCHS + 1):
        for x, y in training:
            error = dot(weights, x) - y
            weights = [w - rate * (error * v + ridge * w) for w, v in zip(weights, x)]
        report = {"step": epoch, "train.loss": loss(weights, training), "validation.loss": loss(weights, validation)}
        print(json.dumps(report), file=reports, flush=True)

print(f"trained with rate {rate} and ridge {ridge}")
