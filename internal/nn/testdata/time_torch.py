#!/usr/bin/env python3
"""Times the training step of `sedlab bench` in PyTorch, on 1 thread and on all.

Run: python3 time_torch.py      (docs/performance.md has a result beside sedlab's)

The best of many steps counts, as in sedlab bench. The codes of a batch share one
optimiser here, which is less work than an Adam state of its own for each.
"""

import os
import time

import torch
from torch import nn

CODE_DIM, HIDDEN, DIM, BATCH = 50, [512] * 7, 1000, 64


def network():
    layers, width = [], CODE_DIM
    for out in HIDDEN:
        layers += [nn.Linear(width, out, bias=False), nn.BatchNorm1d(out), nn.LeakyReLU(0.2)]
        width = out
    return nn.Sequential(*layers, nn.Linear(width, DIM))


def best_step(threads, seconds=5.0):
    torch.set_num_threads(threads)
    net, x = network(), torch.randn(BATCH, DIM)
    z = nn.functional.normalize(torch.randn(BATCH, CODE_DIM)).requires_grad_()
    optimisers = [torch.optim.Adam(net.parameters(), lr=1e-3, weight_decay=1e-5), torch.optim.Adam([z], lr=1e-2)]
    best, begin = float("inf"), time.perf_counter()
    while time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        for o in optimisers:
            o.zero_grad()
        nn.functional.mse_loss(net(z), x).backward()
        for o in optimisers:
            o.step()
        with torch.no_grad():
            z.copy_(nn.functional.normalize(z))
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    for threads in sorted({1, os.cpu_count()}):
        print(f"torch {torch.__version__}, {threads} threads: {1e3 * best_step(threads):.1f} ms")
