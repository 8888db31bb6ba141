"""The peer: the spiking network of Lin, Bal and Sengupta as dense PyTorch tensors, as one would write it.

    python benchmarks/peer_dense_torch.py [--channels 128 256] [--hidden 512] [--density 0.1] [--threads 2] [--json]

Image - conv 3x3 - average pool 2 - conv 3x3 - average pool 2 - dense - dense (2C2FC), on images of 28 x 28 pixels.
In every step every synapse is computed, forwards and backwards, whether or not its neuron has spiked:

    phi = A s_below + A^T s_above                            currents of the spikes of the step before
    d   = (1 - lam) d + lam phi                              predictive decoder
    x   = clip((1 - eps) x + eps (d + b))                    to [0, 1]; outputs to [-1, 2]
    V   = V + (rho(x) - (1 - lam) rho(x_old)) / lam          predictive encoder, rho(x) = clip(x, 0, 1)
    s   = V > 1/2 ;  V = V - s                               sigma-delta modulator

Neurons fire at the wanted density because weights are drawn 10,000 times too small, so that every state rests at its
bias, which is that density. Prints microseconds per step and sample. Needs PyTorch: pip install '.[bench]'.
"""

import argparse
import json
import time

EPS, LAM = 0.9, 0.2
WARM_UP = 3


class DensePeer:
    """State and weights of one batch; `step` advances all layers by one time step."""

    def __init__(self, channels, hidden, batch, density, seed=0):
        torch = self.torch = require_torch()
        draw = torch.Generator().manual_seed(seed)
        c1, c2 = channels
        self.shapes = [(batch, c1, 13, 13), (batch, c2, 5, 5), (batch, hidden), (batch, 10)]
        kernels = [(c1, 1, 3, 3), (c2, c1, 3, 3), (hidden, c2 * 25), (10, hidden)]
        self.weights = [1e-4 * (torch.rand(shape, generator=draw) - 0.5) for shape in kernels]
        self.bias = [torch.full((shape[1], *(1 for _ in shape[2:])), density) for shape in self.shapes]
        self.image = torch.full((batch, 1, 28, 28), density)
        self.pixel_v = torch.rand(self.image.shape, generator=draw) - 0.5
        self.x = [torch.full(shape, density) for shape in self.shapes]
        self.d = [torch.zeros(shape) for shape in self.shapes]
        self.v = [torch.rand(shape, generator=draw) - 0.5 for shape in self.shapes]
        self.s = [torch.zeros(shape) for shape in self.shapes]

    def currents(self):
        """What the spikes of the step before drive, by layer; pooling sends a quarter back to each of four."""
        functions = self.torch.nn.functional
        conv1, conv2, dense1, dense2 = self.weights
        s1, s2, s3, s4 = self.s
        self.pixel_v += self.image
        pixels = (self.pixel_v > 0.5).float()
        self.pixel_v -= pixels
        spread = functions.pad(functions.interpolate(s2, scale_factor=2) * 0.25, (0, 1, 0, 1))
        phi1 = functions.avg_pool2d(functions.conv2d(pixels, conv1), 2)
        phi1 += functions.conv_transpose2d(spread, conv2)
        phi2 = functions.avg_pool2d(functions.conv2d(s1, conv2), 2)
        phi2 += (s3 @ dense1).view_as(s2)
        return phi1, phi2, (s2.flatten(1) @ dense1.T).addmm_(s4, dense2), s3 @ dense2.T

    def step(self):
        for layer, phi in enumerate(self.currents()):
            low, high = (-1, 2) if layer == 3 else (0, 1)
            x, d, v = self.x[layer], self.d[layer], self.v[layer]
            d.lerp_(phi, LAM)
            old = x.clamp(0, 1)
            x.lerp_(d + self.bias[layer], EPS).clamp_(low, high)
            rho = x.clamp(0, 1) if layer == 3 else x
            v += (rho - (1 - LAM) * old) / LAM
            self.s[layer] = (v > 0.5).float()
            v -= self.s[layer]


def require_torch():
    """Import PyTorch, or say what to install; raises SystemExit."""
    try:
        import torch
    except ImportError:
        raise SystemExit("benchmarks: the dense peer needs PyTorch; run pip install '.[bench]'") from None
    return torch


def measure(channels, hidden, batch, steps, density, threads):
    """Time `steps` steps of `batch` samples: wall time, or processor time of a single thread.

    returns : microseconds per step and sample; spike density of each layer [1]
    """
    torch = require_torch()
    clock = time.process_time if threads == 1 else time.perf_counter
    torch.set_num_threads(threads)
    peer = DensePeer(channels, hidden, batch, density)
    fired = [0.0] * len(peer.s)
    with torch.inference_mode():
        for _ in range(WARM_UP):
            peer.step()
        begin = clock()
        for _ in range(steps):
            peer.step()
        seconds = clock() - begin
        for _ in range(steps):
            peer.step()
            fired = [total + float(s.mean()) / steps for total, s in zip(fired, peer.s)]
    return seconds / steps / batch * 1e6, fired


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--channels", type=int, nargs=2, default=(128, 256))
    parser.add_argument("--hidden", type=int, default=512)
    parser.add_argument("--batch", type=int, default=20)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--density", type=float, default=0.1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    microseconds, densities = measure(args.channels, args.hidden, args.batch, args.steps, args.density, args.threads)
    if args.json:
        print(json.dumps({"us_per_step_sample": microseconds, "densities": densities}))
    else:
        print(f"{microseconds:.1f} us per step and sample; spikes by layer {', '.join(f'{d:.1%}' for d in densities)}")


if __name__ == "__main__":
    main()
