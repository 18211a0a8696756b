"""The other end of `converse` for a peer in Python; `serve.ts` is the same in TypeScript, and says what a peer answers."""

import gc
import json
import math
import sys
import time
import traceback

from handover import Handover


def serve(name, load):
    """`load(handover)` gives an object with `advance()`, which takes all trials a step, `sync()`, `losses()` and `moved()`."""
    loaded, trials, calls = None, 0, None

    def timed(count):
        start = time.process_time()
        for _ in range(count):
            loaded.advance()
        loaded.sync()
        return time.process_time() - start

    def calls_of(slice_seconds):
        count, took = 1, timed(1)
        while took < slice_seconds:
            count = min(8 * count, max(count + 1, math.ceil(1.1 * count * slice_seconds / max(took, 1e-6))))
            took = timed(count)
        return count

    def answer(asked):
        nonlocal loaded, trials, calls
        if asked["do"] == "load":
            handover = Handover(asked["folder"])
            loaded, trials, calls = load(handover), handover.trials, None
            return {}
        if asked["do"] == "train":
            for _ in range(asked["steps"]):
                loaded.advance()
            return {"losses": loaded.losses(), "moved": loaded.moved()}
        if asked["do"] == "measure":
            calls = calls or calls_of(asked["slice"])
            best, spent = 0.0, 0.0
            while spent < asked["seconds"]:
                took = timed(calls)
                best = max(best, calls * trials / took)
                spent += took
            return {"rate": best}
        finite = all(map(math.isfinite, loaded.losses()))
        loaded = None
        gc.collect()
        return {"finite": finite}

    print(json.dumps({"name": name}), flush=True)
    for line in sys.stdin:
        try:
            said = answer(json.loads(line))
        except Exception as error:
            traceback.print_exc()
            said = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)
