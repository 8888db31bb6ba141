"""Every verb as a call of Python: trainings, runs and what is known of them as objects.

    run = neurosim.train("mnist-small", epochs=2)
    run.test_error, run.layers, run.energy.by_component
"""
