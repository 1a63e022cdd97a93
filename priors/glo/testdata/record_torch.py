#!/usr/bin/env python3
"""Records small GLO trainings by PyTorch, to hold package glo to its definitions.

Run: python3 record_torch.py      (rewrites torch.json beside this file; recorded with torch 1.13.1)

Everything is float64, so that the numbers are the definitions' own and not one
library's rounding; what the Go side starts from is exact in float32. Each code
is a parameter with an optimiser of its own, which is what "its own Adam state
and step count" means. Codes go back on the unit sphere after each step, and
their optimiser's state stays as it is.
"""

import json
import math
import pathlib

import torch
from torch import nn

# The last batch of an epoch has 3 signals: with 2, BatchNorm leaves a gradient of
# almost nothing, and what Adam makes of that is rounding.
CODE_DIM, HIDDEN, DIM, SIGNALS, EPOCHS, BATCH, SLOPE = 5, [7, 6], 11, 11, 4, 4, 0.2


def exact32(t):
    return t.float().double()


def network(batch_norm):
    layers, width = [], CODE_DIM
    for out in HIDDEN:
        layers.append(nn.Linear(width, out, bias=not batch_norm))
        if batch_norm:
            layers.append(nn.BatchNorm1d(out))
        layers.append(nn.LeakyReLU(SLOPE))
        width = out
    layers.append(nn.Linear(width, DIM))
    net = nn.Sequential(*layers).double()
    with torch.no_grad():
        for p in net.parameters():
            p.copy_(exact32(p))
    return net


def state(net):
    """The layers as package nn holds them: null where a layer has no such part."""
    layers, modules = [], list(net)
    for i, m in enumerate(modules):
        if not isinstance(m, nn.Linear):
            continue
        layer = {"w": flat(m.weight), "bias": None if m.bias is None else flat(m.bias)}
        if i + 1 < len(modules) and isinstance(modules[i + 1], nn.BatchNorm1d):
            bn = modules[i + 1]
            layer["norm"] = {
                "gamma": flat(bn.weight), "beta": flat(bn.bias),
                "run_mean": flat(bn.running_mean), "run_var": flat(bn.running_var),
            }
        layers.append(layer)
    return layers


def flat(t):
    return [float(f"{v:.10g}") for v in t.detach().flatten().tolist()]


def record(name, batch_norm, schedule, lr_generator, lr_codes, weight_decay):
    torch.manual_seed(1)
    net = network(batch_norm)
    flux = exact32(torch.randn(SIGNALS, DIM))
    start = exact32(torch.randn(SIGNALS, CODE_DIM))
    codes = [nn.Parameter(z / z.norm()) for z in start]

    optimizers = [torch.optim.Adam(net.parameters(), lr=lr_generator, weight_decay=weight_decay)]
    optimizers += [torch.optim.Adam([z], lr=lr_codes) for z in codes]
    schedulers = []
    if schedule == "cosine":
        schedulers = [torch.optim.lr_scheduler.CosineAnnealingLR(o, T_max=EPOCHS) for o in optimizers]

    out = {
        "name": name, "batch_norm": batch_norm, "schedule": schedule,
        "lr_generator": lr_generator, "lr_codes": lr_codes, "weight_decay": weight_decay,
        "flux": flat(flux), "codes": flat(start), "initial": state(net), "epochs": [],
    }
    for _ in range(EPOCHS):
        order = torch.randperm(SIGNALS).tolist()
        losses = []
        for i in range(0, SIGNALS, BATCH):
            batch = order[i:i + BATCH]
            active = [optimizers[0]] + [optimizers[1 + k] for k in batch]
            for o in active:
                o.zero_grad()
            z = torch.stack([codes[k] for k in batch])
            loss = nn.functional.mse_loss(net(z), flux[batch])
            loss.backward()
            for o in active:
                o.step()
            with torch.no_grad():
                for k in batch:
                    codes[k].div_(codes[k].norm())
            losses.append(loss.item())
        out["epochs"].append({
            "order": order, "losses": losses,
            "codes": flat(torch.stack(list(codes))), "layers": state(net),
        })
        for s in schedulers:
            s.step()
    net.eval()
    with torch.no_grad():
        out["generated"] = flat(net(torch.stack(list(codes))))
    return out


def main():
    torch.set_num_threads(1)
    cases = [
        record("batch norm", True, "constant", 0.02, 0.01, 1e-5),
        record("biases", False, "constant", 0.01, 0.01, 0.1),
        record("cosine", True, "cosine", 0.01, 0.02, 1e-3),
    ]
    assert all(math.isfinite(e["losses"][-1]) for c in cases for e in c["epochs"])
    data = {
        "torch": torch.__version__, "code_dim": CODE_DIM, "hidden": HIDDEN, "dim": DIM,
        "signals": SIGNALS, "batch_size": BATCH, "slope": SLOPE, "cases": cases,
    }
    path = pathlib.Path(__file__).with_name("torch.json")
    path.write_text(json.dumps(data, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    main()
