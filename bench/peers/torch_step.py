"""The step in PyTorch on the CPU, over the same weights and tokens as problem.mjs makes.

plain: the operations of the paper's published code: whole score matrices with an additive mask, every map applied on its own, logits
       everywhere and the loss's rows chosen from them.
fused: scaled_dot_product_attention, W_O W_V of the frozen first layer multiplied beforehand, logits for the loss's rows alone.
--pieces N: gradients summed over pieces of N sequences, one update a batch; 0: the whole batch in one piece.
"""

import argparse
import json
import math
import time

import torch
from torch.nn import functional as F

OPTIMIZER = dict(lr=0.2, momentum=0.9, weight_decay=1e-4)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--form", choices=["plain", "fused"], default="plain")
    parser.add_argument("--loss", choices=["in-context", "all"], default="in-context")
    parser.add_argument("--pieces", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.29, help="of positions in an in-context loss")
    for name, value in dict(dim=128, batch=512, length=256, vocab=61, steps=3, threads=2).items():
        parser.add_argument(f"--{name}", type=int, default=value)
    return parser.parse_args()


class Generator:
    """Numbers in [0, 1): the 32-bit linear congruence of problem.mjs."""

    def __init__(self, seed):
        self.state = seed

    def uniform(self):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return self.state / 2**32

    def normal(self, rows, columns):
        def draw():
            radius = math.sqrt(-2 * math.log(1 - self.uniform()))
            return radius * math.cos(2 * math.pi * self.uniform())

        return torch.tensor([draw() for _ in range(rows * columns)]).view(rows, columns)

    def linear(self, rows, columns):
        bound = math.sqrt(columns)
        return torch.tensor([(2 * self.uniform() - 1) / bound for _ in range(rows * columns)]).view(rows, columns)

    def tokens(self, batch, length, vocab):
        drawn = [int(self.uniform() * vocab) for _ in range(batch * length)]
        return torch.tensor(drawn).view(batch, length)


class Problem:
    def __init__(self, a):
        g = Generator(1)
        d = a.dim
        self.E, self.P = g.normal(a.vocab, d), g.normal(a.length, d)
        self.U, self.WV1, self.WO1, self.WV2 = (g.linear(rows, d) for rows in (a.vocab, d, d, d))
        self.trained = [g.linear(d, d).requires_grad_() for _ in range(3)]
        self.z, self.y = (g.tokens(a.batch, a.length, a.vocab) for _ in range(2))
        chosen = [a.loss == "all" or g.uniform() < a.share for _ in range(a.batch * a.length)]
        self.rows = torch.tensor(chosen).view(a.batch, a.length)
        self.OV1 = self.WO1 @ self.WV1


def plain_loss(p, part, every):
    WK1, WK2, WO2 = p.trained
    z, y, rows = part
    T, d = z.shape[1], p.E.shape[1]

    def attend(x, WK, WV, WO):
        mask = torch.full((T, T), -math.inf).triu(1)
        weights = torch.softmax(x @ F.linear(x, WK).transpose(1, 2) / math.sqrt(d) + mask, dim=-1)
        return x + F.linear(weights @ F.linear(x, WV), WO)

    x = attend(p.E[z] + p.P, WK1, p.WV1, p.WO1)
    logits = F.linear(attend(x, WK2, p.WV2, WO2), p.U)
    if every:
        return F.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum")
    return F.cross_entropy(logits[rows], y[rows], reduction="sum")


def fused_loss(p, part, every):
    WK1, WK2, WO2 = p.trained
    z, y, rows = part

    def attend(x, WK, values):
        one_head = (h[:, None] for h in (x, F.linear(x, WK), F.linear(x, values)))
        return F.scaled_dot_product_attention(*one_head, is_causal=True)[:, 0]

    x = p.E[z] + p.P
    x = x + attend(x, WK1, p.OV1)
    x = x + F.linear(attend(x, WK2, p.WV2), WO2)
    if every:
        return F.cross_entropy(F.linear(x, p.U).flatten(0, 1), y.flatten(), reduction="sum")
    return F.cross_entropy(F.linear(x[rows], p.U), y[rows], reduction="sum")


def main():
    a = arguments()
    torch.set_num_threads(a.threads)
    p = Problem(a)
    form = dict(plain=plain_loss, fused=fused_loss)[a.form]
    optimizer = torch.optim.SGD(p.trained, **OPTIMIZER)
    size = a.pieces or a.batch
    positions = int(p.rows.sum())
    losses, times = [], []
    for _ in range(a.steps + 2):
        start = time.perf_counter()
        optimizer.zero_grad()
        total = 0.0
        for first in range(0, a.batch, size):
            part = tuple(whole[first : first + size] for whole in (p.z, p.y, p.rows))
            loss = form(p, part, a.loss == "all") / positions
            loss.backward()
            total += loss.item()
        optimizer.step()
        times.append(time.perf_counter() - start)
        losses.append(total)
    timed = times[2:]
    versions = {"torch": torch.__version__, "vectors": torch.backends.cpu.get_cpu_capability()}
    pieces = f"pieces of {a.pieces}" if a.pieces else "one piece"
    print(
        json.dumps(
            dict(
                name=f"PyTorch, {a.form}, {pieces}",
                versions=versions,
                loss=a.loss,
                dim=a.dim,
                batch=a.batch,
                length=a.length,
                median=sorted(timed)[len(timed) // 2],
                times=timed,
                losses=losses[:3],
            )
        )
    )


main()
