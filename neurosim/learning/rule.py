"""The learning rule: two phase records in, a gradient out."""

from neurosim.engines.protocol import Products


def gradient(engine, records):
    """Estimate the gradient of the loss 1/2 |x_out - y|^2, averaged over the batch.

        dL/dW = -c (h(plus) - h(minus)) / (distance in beta x samples)

    h are Hebbian products; Lin et al., Eq. 5 and 11, with the sign of a gradient and the layers (n - 1, n) paired. c is
    1, or what a gain of the feedback above asks for, see `neurosim.network.potentials`.

    records : PhaseRecords
    returns : Products, weights by connection and biases by layer
    """
    products = engine.correlate(records.plus.mean, records.minus.mean)
    kind, factor = records.plus.mean.dtype.type, -1 / (records.distance * len(records.plus.mean))
    factors = {name: kind(factor * c) for name, c in engine.network.gradient_factors.items()}
    return Products({name: factors[name] * value for name, value in products.weights.items()},
                    {name: factors[name] * value for name, value in products.biases.items()})
