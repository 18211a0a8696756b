"""Reads what `handover.ts` writes."""

import json
import os

import numpy as np


class Handover:
    def __init__(self, folder):
        with open(os.path.join(folder, "slots.json"), encoding="utf8") as file:
            self.header = json.load(file)
        self.workload = self.header["workload"]
        self.trials = self.header["trials"]
        self.positions = self.header["positions"]
        self.folder = folder

    def slots(self, kind):
        """{name: array}: [trials, ...shape], of a shared slot [...shape]; of a stream its whole buffer, [trials, length]."""
        return {slot["name"]: self._read(slot) for slot in self.header["slots"] if slot["kind"] == kind}

    @property
    def windows(self):
        """{stream: how many indexes a step sees}"""
        return {slot["name"]: slot["shape"][0] for slot in self.header["slots"] if slot["kind"] == "stream"}

    def _read(self, slot):
        leading = [] if slot["kind"] == "shared" else [self.trials]
        shape = leading + ([slot["elements"]] if slot["kind"] == "stream" else slot["shape"])
        dtype = "<i4" if slot["dtype"] == "index" else "<f4"
        count = int(np.prod(shape))
        return np.fromfile(os.path.join(self.folder, "slots.bin"), dtype=dtype, count=count, offset=slot["offset"]).reshape(shape)
