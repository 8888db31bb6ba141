"""The peer that learns: equilibrium propagation with spikes as one would write it in PyTorch, by the textbook.

Every synapse in every step, forwards and backwards, with `conv2d` and `conv_transpose2d`; the gradient of the energy by
autograd; `torch.optim`. tests/test_benchmarks.py holds its gradient against that of neurosim's engines. Used by
time_to_accuracy.py.
"""

import numpy as np
import torch
from dense import PlainLoop, _backward, _forward

from neurosim.datasets import TrainingBatches, prepare
from neurosim.learning.estimator import moment

AT_ONCE = 200


class PlainLearner(PlainLoop):
    """Equilibrium propagation with spikes of 0 and 1 or -1, 0 and 1 by the textbook, in PyTorch.

    training : Training that has not begun, of which it takes configuration, first weights and data
    """

    def __init__(self, training):
        self.config, model = training.config, training.model
        refuse_unequal(self.config, model.network)
        weights = {name: values.copy() for name, values in model.synapses.effective().forward.items()}
        super().__init__(model.network, weights, {name: values.copy() for name, values in model.biases.items()})
        self.network, self._training = model.network, training
        learning, layers = self.config.learning, self.network.layers
        longest = learning.free_steps + learning.nudge_steps
        self._eps, self._lam = (values.tolist() for values in self.network.neurons.schedules(longest, np.float64))
        self._range = [layer.law.range_of(layer.parameters) for layer in layers]
        self._edge_values = [values for *_, values in self._edges]
        names = [c.name for c, *_ in self._edges] + [layer.name for layer in layers[1:]]
        factors = self.network.gradient_factors
        self._factors = [factors[name] for name in names]
        self.parameters = [*self._edge_values, *self._biases]
        self._rates = [model.optimiser.rates[name] for name in names]
        self._optimiser = self._make_optimiser()

    def _make_optimiser(self):
        options = self.config.optimiser
        edges = len(self._edge_values)
        groups = [{"params": [values], "lr": rate, "weight_decay": options.weight_decay if i < edges else
                   options.bias_decay} for i, (values, rate) in enumerate(zip(self.parameters, self._rates))]
        if options.kind == "adamw":
            return torch.optim.AdamW(groups, betas=options.betas, eps=options.epsilon)
        return torch.optim.SGD(groups, momentum=options.momentum, nesterov=options.nesterov)

    def rest(self, images):
        """State of a batch, lists of tensors by layer: x, d, v, s."""
        shapes = self.start(images)
        return [[torch.zeros_like(one) for one in shapes] for _ in range(4)]

    def relax(self, state, images, times, targets=None, beta=0.0):
        """Make the steps `times`; state is MUTATED. Returns the mean states of the last window, by layer."""
        (x, d, v, s), window = state, self.config.learning.span
        steady, (image, *_) = self.network.source.steady, self.start(images)
        if steady:
            x[0], s[0] = image, image
        constant = [image, *(self._total(s, index, lambda lower: lower == 0 and steady, bias=True)
                             for index in range(1, len(x)))]
        mean = [torch.zeros_like(one) for one in x]
        for t in times:
            phi = [self._total(s, index, lambda lower: not (lower == 0 and steady)) for index in range(1, len(x))]
            for index in range(int(steady), len(x)):
                drive = constant[index]
                if index == len(x) - 1 and beta:
                    drive = drive + beta * (targets - x[index])
                if index:
                    d[index] = (1 - self._lam[t]) * d[index] + self._lam[t] * phi[index - 1]
                    drive = drive + d[index]
                self._advance(index, x, v, s, drive, self._eps[t] if index else 1.0, self._lam[t])
            if t >= times[-1] + 1 - window:
                mean = [total + one / window for total, one in zip(mean, x)]
        return mean

    def _advance(self, index, x, v, s, drive, eps, lam):
        layer, (low, high) = self.network.layers[index], self._range[index]
        before = x[index].clamp(low, high)
        x[index] = ((1 - eps) * x[index] + eps * drive).clamp(layer.low, layer.high)
        v[index] = v[index] + (x[index].clamp(low, high) - (1 - lam) * before) / lam
        s[index] = (v[index] > 0.5).float() - ((v[index] < -0.5).float() if low < 0 else 0.0)
        v[index] = v[index] - s[index]

    def _total(self, s, index, takes, bias=False):
        """What the signals of some layers send to one, and its bias."""
        own = self._biases[index - 1]
        shaped = own.view(-1, 1, 1) if s[index].ndim == 4 else own
        total = torch.zeros_like(s[index]) + (shaped if bias else 0.0)
        for connection, lower, upper, weights in self._edges:
            if upper == index and takes(lower):
                total = total + _forward(connection, weights, s[lower])
            if lower == index and not bias:
                total = total + connection.backward_gain * _backward(connection, weights, s[lower], s[upper])
        return total

    def gradient(self, images, targets):
        """Gradient of the loss of a batch as its phases estimate it, list of tensors like `parameters`."""
        learning, targets = self.config.learning, torch.as_tensor(targets)
        with torch.no_grad():
            free = self.rest(images)
            outputs = self.relax(free, images, range(learning.free_steps))[-1]
            taught = (outputs - targets).abs().amax(1) > (learning.error_threshold or -1)
            free = [[one[taught] for one in part] for part in free]
            later = range(learning.free_steps, learning.free_steps + learning.nudge_steps)
            means = [self.relax([list(part) for part in free], images[taught.numpy()], later, targets[taught],
                                phase.beta) for phase in learning.listed()]
        for values in self.parameters:
            values.requires_grad_(True)
        energies = [phase.weight * self._pairing(mean) for phase, mean in zip(learning.listed(), means)]
        found = torch.autograd.grad(sum(energies), self.parameters)
        for values in self.parameters:
            values.requires_grad_(False)
        share = -1 / (moment(learning.listed(), 1) * len(images))
        return [share * factor * one for factor, one in zip(self._factors, found)]

    def _pairing(self, x):
        """Sum over connections and samples of <A(W) x_lower, x_upper>, and of <b, x>."""
        pairs = sum((_forward(connection, weights, x[lower]) * x[upper]).sum()
                    for connection, lower, upper, weights in self._edges)
        return pairs + sum(((bias.view(-1, 1, 1) if one.ndim == 4 else bias) * one).sum()
                           for bias, one in zip(self._biases, x[1:]))

    def descend(self, gradient, scale):
        """Change the parameters at `scale` times the rates."""
        for group, rate, values, own in zip(self._optimiser.param_groups, self._rates, self.parameters, gradient):
            if self.config.optimiser.centralise and own.ndim > 1:
                own = own - own.mean(dim=tuple(range(1, own.ndim)), keepdim=True)
            group["lr"], values.grad = scale * rate, own
        self._optimiser.step()

    def error(self, images, labels):
        """Part of the images whose answer is wrong [1]."""
        training, wrong = self._training, 0
        with torch.inference_mode():
            for first in range(0, len(images), AT_ONCE):
                part = prepare(images[first:first + AT_ONCE], self.config.data, training.measured)
                outputs = self.relax(self.rest(part), part, range(self.config.learning.free_steps))[-1]
                wrong += int((outputs.argmax(1).numpy() != labels[first:first + AT_ONCE]).sum())
        return wrong / len(images)

    def run(self, course, images, labels):
        """Learn until the Course is over, or the last epoch."""
        training, config = self._training, self.config
        source = TrainingBatches(training.data, config.data, training.measured, config.training.batch, config.seed)
        course.begin()
        for epoch, number in source.following(0, 0, config.training.epochs):
            batch = source.make(epoch, number)
            targets = config.learning.desired(batch.labels, training.data.classes)
            scale = config.optimiser.scale(epoch, number / training.batches, config.training.epochs)
            self.descend(self.gradient(batch.images, targets), scale)
            course.batch(len(batch.labels), lambda: self.error(images, labels))
            if course.over:
                return


def refuse_unequal(config, network):
    """Raise ValueError for what the textbook loop does not do: it would learn something else."""
    learning, laws = config.learning, {layer.law.name for layer in network.layers[int(network.source.steady):]}
    for wrong, owner in ((not config.synapses.ideal, "synapses.device: devices"),
                         (laws - {"spiking", "ternary"}, "neurons.kind: neurons that send no spikes of one size"),
                         (network.spec.input == "events", "network.input: events"),
                         (len(network.sweeps) > 1, "neurons.order: alternating sweeps"),
                         (learning.loss != "squared-error", f"learning.loss: {learning.loss}"),
                         (learning.rule != "ep" or learning.estimator != "centred" or learning.phases or
                          learning.state != "mean" or learning.start != "zero" or learning.free_steps == "auto",
                          "learning: other phases than a free one and two nudged ones from rest"),
                         (config.training.average or config.optimiser.clip_norm,
                          "training: means of weights and limits of gradients")):
        if wrong:
            raise ValueError(f"{owner} are nothing that the plain PyTorch loop does; name another preset, for example "
                             "mnist-ideal, or leave that loop out with --only events dense")
